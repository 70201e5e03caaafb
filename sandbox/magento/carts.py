"""Way B's carts (recordings 60–69, 80–87)."""

from typing import Any

from sandbox.magento import cart_items, search
from sandbox.magento.addresses import cart_address
from sandbox.magento.cart_totals import (
    base_subtotal,
    currency_of,
    is_virtual,
    payment_methods,
    shipping_methods,
    totals,
)
from sandbox.magento.errors import ApiError, no_such, required
from sandbox.magento.placing import place
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import render
from sandbox.magento.state import Cart

RESOURCE = "Magento_Cart::manage"


@route("POST", "/V1/carts/", RESOURCE)
def create(call: Call) -> str:
    """An empty guest cart in the path's store view; the id comes as a JSON string."""
    state = call.state
    now = state.now()
    cart = Cart(state.next_id("quote"), call.store.id, now, now)
    state.carts[cart.id] = cart
    return str(cart.id)


def active_cart(call: Call, cart_id: int) -> Cart:
    """Raises ApiError 404 for a cart that does not exist or has been placed (recording 68)."""
    cart = call.state.carts.get(cart_id)
    if cart is None or not cart.is_active:
        raise no_such("cartId", cart_id)
    return cart


@route("GET", "/V1/carts/{cartId}", RESOURCE)
def show(call: Call) -> dict[str, Any]:
    """Also of a cart that has been placed."""
    cart = call.state.carts.get(call.id("cartId"))
    if cart is None:
        raise no_such("cartId", call.id("cartId"))
    return as_json(call, cart)


@route("GET", "/V1/carts/search", RESOURCE)
def find(call: Call) -> dict[str, Any]:
    criteria = search.parse(call.query)
    columns = ("id", "entity_id", "store_id", "created_at", "updated_at", "is_active", "customer_email")
    page, total = search.select(
        call.state.carts.values(),
        criteria,
        lambda cart: {name: getattr(cart, name, cart.id) for name in columns} | {"is_active": int(cart.is_active)},
        lambda one: search.unknown_column("quote", one),
        columns,
    )
    items = [as_json(call, cart) for cart in page]
    return {"items": items, "search_criteria": criteria.as_answered(), "total_count": total}


def as_json(call: Call, cart: Cart) -> dict[str, Any]:
    code, rate = currency_of(call.state, cart)
    currency = {
        "global_currency_code": "USD",
        "base_currency_code": "USD",
        "store_currency_code": "USD",
        "quote_currency_code": code,
        "store_to_base_rate": 0,
        "store_to_quote_rate": 0,
        "base_to_global_rate": 1,
        "base_to_quote_rate": rate,
    }
    return {
        "id": cart.id,
        "created_at": cart.created_at,
        "updated_at": cart.updated_at,
        "is_active": cart.is_active,
        "is_virtual": is_virtual(cart),
        "items": [cart_items.as_json(row, rate) for row in cart.items],
        "items_count": len(cart.items),
        "items_qty": sum(row["qty"] for row in cart.items),
        "customer": {"email": cart.customer_email, "firstname": None, "lastname": None},
        "billing_address": render("quote-data-address", cart.billing_address or {}),
        "orig_order_id": 0,
        "currency": currency,
        "customer_is_guest": True,
        "customer_note_notify": True,
        "customer_tax_class_id": 3,
        "store_id": cart.store_id,
    }


@route("GET", "/V1/carts/{cartId}/items", RESOURCE)
def items(call: Call) -> list[dict[str, Any]]:
    cart = active_cart(call, call.id("cartId"))
    _, rate = currency_of(call.state, cart)
    return [cart_items.as_json(row, rate) for row in cart.items]


@route("POST", "/V1/carts/{quoteId}/items", RESOURCE)
def add_item(call: Call) -> dict[str, Any]:
    """The cart is the one that the body's `quote_id` names, as in Magento; the path's is not looked at."""
    given = call.body["cartItem"]
    if not given.get("quote_id"):
        raise required("quoteId")
    quote_id = str(given["quote_id"])
    cart = active_cart(call, int(quote_id) if quote_id.isdigit() else 0)
    row = cart_items.add(call.state, call.store, cart, given)
    return cart_items.as_json(row, currency_of(call.state, cart)[1])


@route("PUT", "/V1/carts/{cartId}/items/{itemId}", RESOURCE)
def change_item(call: Call) -> dict[str, Any]:
    cart = active_cart(call, call.id("cartId"))
    row = _item(call, cart)
    qty = call.body["cartItem"].get("qty") or 0
    cart_items.check_quantities(call.state, cart, row, qty - row["qty"])
    row["qty"] = qty
    return cart_items.as_json(row, currency_of(call.state, cart)[1])


@route("DELETE", "/V1/carts/{cartId}/items/{itemId}", RESOURCE)
def delete_item(call: Call) -> bool:
    cart = active_cart(call, call.id("cartId"))
    cart.items.remove(_item(call, cart))
    return True


def _item(call: Call, cart: Cart) -> dict[str, Any]:
    row = next((row for row in cart.items if row["item_id"] == call.id("itemId")), None)
    if row is None:
        message = "The %1 Cart doesn't contain the %2 item."
        raise ApiError(404, message, [cart.id, call.id("itemId")])
    return row


@route("POST", "/V1/carts/{cartId}/estimate-shipping-methods", RESOURCE)
def estimate(call: Call) -> list[dict[str, Any]]:
    return shipping_methods(call.state, active_cart(call, call.id("cartId")))


@route("GET", "/V1/carts/{cartId}/shipping-methods", RESOURCE)
def shipping_methods_of(call: Call) -> list[dict[str, Any]]:
    cart = active_cart(call, call.id("cartId"))
    if cart.shipping_address is None:
        raise ApiError(400, "The shipping address is missing. Set the address and try again.")
    return shipping_methods(call.state, cart)


@route("POST", "/V1/carts/{cartId}/shipping-information", RESOURCE)
def shipping_information(call: Call) -> dict[str, Any]:
    """Sets addresses and method. The addresses are checked only at placing (recordings 80, 82)."""
    state = call.state
    cart = active_cart(call, call.id("cartId"))
    given = call.body["addressInformation"]
    shipping = given.get("shipping_address")
    if not cart.items:
        message = "The shipping method can't be set for an empty cart. Add an item to cart and try again."
        raise ApiError(400, message)
    if not shipping or not shipping.get("country_id"):
        raise ApiError(400, "The shipping address is missing. Set the address and try again.")
    carrier, method = given.get("shipping_carrier_code", ""), given.get("shipping_method_code", "")
    code = f"{carrier}_{method}"
    if not is_virtual(cart) and code not in state.settings.shipping_methods:
        raise ApiError(404, "Carrier with such method not found: %1, %2", [carrier, method])
    cart.shipping_address = cart_address(shipping)
    cart.billing_address = cart_address(given.get("billing_address") or shipping)
    cart.shipping_method = None if is_virtual(cart) else code
    cart.customer_email = shipping.get("email") or cart.billing_address.get("email")
    cart.updated_at = state.now()
    return {"payment_methods": payment_methods(state, cart), "totals": totals(state, cart)}


@route("POST", "/V1/carts/{cartId}/billing-address", RESOURCE)
def set_billing_address(call: Call) -> str:
    cart = active_cart(call, call.id("cartId"))
    cart.billing_address = cart_address(call.body["address"])
    if call.body.get("useForShipping"):
        cart.shipping_address = dict(cart.billing_address)
    cart.customer_email = cart.billing_address.get("email") or cart.customer_email
    return str(call.state.next_id("quote_address"))


@route("GET", "/V1/carts/{cartId}/billing-address", RESOURCE)
def billing_address(call: Call) -> dict[str, Any]:
    return render("quote-data-address", active_cart(call, call.id("cartId")).billing_address or {})


@route("GET", "/V1/carts/{cartId}/totals", RESOURCE)
def totals_of(call: Call) -> dict[str, Any]:
    return totals(call.state, active_cart(call, call.id("cartId")))


@route("GET", "/V1/carts/{cartId}/payment-methods", RESOURCE)
def payment_methods_of(call: Call) -> list[dict[str, str]]:
    return payment_methods(call.state, active_cart(call, call.id("cartId")))


@route("PUT", "/V1/carts/{cartId}/selected-payment-method", RESOURCE)
def select_payment_method(call: Call) -> str:
    cart = active_cart(call, call.id("cartId"))
    choose_payment_method(call, cart, call.body["method"].get("method"))
    return str(cart.id)


def choose_payment_method(call: Call, cart: Cart, code: str | None) -> None:
    """Raises ApiError 400 for a method that the store does not offer for this cart (recording 84)."""
    if code not in [method["code"] for method in payment_methods(call.state, cart)]:
        raise ApiError(400, "The requested Payment Method is not available.")
    cart.payment_method = code


@route("PUT", "/V1/carts/{cartId}/order", RESOURCE)
def place_order(call: Call) -> str:
    """Exactly one order comes of a cart, however often and however much at once it is placed; its id as a JSON string."""
    cart = active_cart(call, call.id("cartId"))
    if "paymentMethod" in call.body:
        choose_payment_method(call, cart, call.body["paymentMethod"].get("method"))
    return str(place(call.state, cart, base_subtotal(cart)).id)
