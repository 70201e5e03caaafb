"""How long a real, small Magento took for each call, in seconds (the reference's figures); the settings' factor scales it."""

_SECONDS = {
    "POST /V1/orders": 0.12,
    "PUT /V1/orders/create": 0.12,
    "POST /V1/carts/": 0.18,
    "POST /V1/carts/{quoteId}/items": 0.2,
    "POST /V1/carts/{cartId}/shipping-information": 0.195,
    "PUT /V1/carts/{cartId}/order": 0.87,
    "POST /V1/order/{orderId}/invoice": 0.19,
    "POST /V1/order/{orderId}/ship": 0.235,
    "POST /V1/order/{orderId}/refund": 0.235,
}
READ, WRITE = 0.075, 0.12


def seconds_of(route: str) -> float:
    return _SECONDS.get(route, READ if route.startswith("GET") else WRITE)
