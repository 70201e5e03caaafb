"""A running sandbox Magento with short ways of doing what the tests do all the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from sandbox.magento.server import serve

ADDRESS: dict[str, Any] = {
    "firstname": "Ada",
    "lastname": "Buyer",
    "street": ["1 Main St"],
    "city": "Austin",
    "region_id": 57,
    "postcode": "73301",
    "country_id": "US",
    "telephone": "+15125550100",
    "email": "buyerid@tiktok.com",
}


class Shop:
    """Talks to a sandbox over HTTP with the bearer token; `call` fails the test on any other answer than 200."""

    def __init__(self, **settings: Any) -> None:
        self.server = serve(**settings)
        self.url = self.server.url
        self.state = self.server.state

    def send(self, method: str, path: str, body: Any = None, token: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.state.credentials.access_token}"}
        return requests.request(method, f"{self.url}/rest{path}", json=body, headers=headers, timeout=10)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.status_code == 200, (method, path, answer.status_code, answer.text)
        return answer.json()

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def cart(self, *lines: tuple[str, int], address: dict[str, Any] | None = None, **options: Any) -> str:
        """A cart ready to be placed; `options` is the product option of every line."""
        cart: str = self.call("POST", "/V1/carts/")
        for sku, qty in lines:
            item: dict[str, Any] = {"sku": sku, "qty": qty, "quote_id": cart}
            if options:
                item["product_option"] = {"extension_attributes": options}
            self.call("POST", f"/V1/carts/{cart}/items", {"cartItem": item})
        self.address(cart, address or ADDRESS)
        return cart

    def address(self, cart: str, address: dict[str, Any]) -> Any:
        information = {
            "shipping_address": address,
            "billing_address": address,
            "shipping_carrier_code": "flatrate",
            "shipping_method_code": "flatrate",
        }
        return self.call("POST", f"/V1/carts/{cart}/shipping-information", {"addressInformation": information})

    def put_order(self, cart: str) -> requests.Response:
        return self.send("PUT", f"/V1/carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})

    def place(self, *lines: tuple[str, int], **options: Any) -> int:
        answer = self.put_order(self.cart(*lines, **options))
        assert answer.status_code == 200, answer.text
        return int(answer.json())

    def order(self, order_id: int) -> dict[str, Any]:
        order: dict[str, Any] = self.call("GET", f"/V1/orders/{order_id}")
        return order

    def item_ids(self, order_id: int) -> list[int]:
        return [item["item_id"] for item in self.order(order_id)["items"] if not item.get("parent_item_id")]

    def invoice(self, order_id: int, **body: Any) -> Any:
        return self.call("POST", f"/V1/order/{order_id}/invoice", {"capture": True} | body)

    def ship(self, order_id: int, **body: Any) -> Any:
        return self.call("POST", f"/V1/order/{order_id}/ship", body)

    def refund(self, order_id: int, **body: Any) -> Any:
        return self.call("POST", f"/V1/order/{order_id}/refund", body)

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = self.control("books", method="GET")
        return books

    def stock(self, sku: str) -> tuple[float, float]:
        """What is in the source and what is salable."""
        row = self.books()["stock"][sku]
        return row["source"], row["salable"]


@contextmanager
def open_shop(**settings: Any) -> Iterator[Shop]:
    shop = Shop(**settings)
    try:
        yield shop
    finally:
        shop.server.stop()


def direct_order(**changes: Any) -> dict[str, Any]:
    """The body of way A: two red tees at 19.99, discount 2.00, tax 3.32, shipping 4.99."""
    item: dict[str, Any] = {
        "sku": "TEE-RED-M",
        "name": "Tee",
        "qty_ordered": 2,
        "product_id": 1,
        "product_type": "simple",
    }
    entity: dict[str, Any] = {
        "base_currency_code": "USD",
        "order_currency_code": "USD",
        "customer_email": "buyerid@tiktok.com",
        "state": "new",
        "status": "pending",
        "total_qty_ordered": 2,
        "billing_address": ADDRESS,
        "payment": {"method": "checkmo"},
        "extension_attributes": {
            "shipping_assignments": [{"shipping": {"address": ADDRESS, "method": "flatrate_flatrate"}}]
        },
    }
    for prefix in ("", "base_"):
        for name, value in (("price", 19.99), ("row_total", 39.98), ("discount_amount", 2), ("tax_amount", 3.32)):
            item[prefix + name] = value
        for name, value in (
            ("subtotal", 39.98),
            ("discount_amount", -2),
            ("tax_amount", 3.32),
            ("shipping_amount", 4.99),
            ("grand_total", 46.29),
        ):
            entity[prefix + name] = value
    return {"entity": entity | {"items": [item]} | changes}
