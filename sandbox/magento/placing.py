"""From a cart to an order (recordings 67, 81, 85, 87): the checks in Magento's order, the order's rows, the reservations."""

import secrets
from decimal import Decimal

from sandbox.magento.addresses import order_address, problems
from sandbox.magento.cart_items import check_quantities, needs, price
from sandbox.magento.cart_totals import base_shipping, currency_of, is_virtual, money
from sandbox.magento.errors import ApiError
from sandbox.magento.methods import PAYMENT_METHODS, SHIPPING_METHODS
from sandbox.magento.orders import check_address, claim_number
from sandbox.magento.schema import names
from sandbox.magento.state import Cart, Order, Row, State
from sandbox.magento.stores import BASE_CURRENCY

ZERO = Decimal(0)


def place(state: State, cart: Cart, base_subtotal: Decimal) -> Order:
    """Make the order, reserve its goods, end the cart. Raises ApiError 400 with the first thing that is wrong."""
    _check(state, cart)
    order_id = state.next_id("sales_order")
    row = _row(state, cart, order_id, base_subtotal)
    order = Order(row, items=[], shipping_method=cart.shipping_method)
    if not is_virtual(cart):
        order.shipping_address = order_address(
            cart.shipping_address or {}, "shipping", order_id, state.next_id("sales_order_address")
        )
    order.billing_address = order_address(
        cart.billing_address or {}, "billing", order_id, state.next_id("sales_order_address")
    )
    row["billing_address_id"] = order.billing_address["entity_id"]
    order.payment = _payment(state, cart, row)
    _, rate = currency_of(state, cart)
    for cart_item in cart.items:
        order.items += _items(state, cart, cart_item, order_id, rate)
    claim_number(state, row["increment_id"], cart.store_id, order_id)
    state.orders[order_id] = order
    for cart_item in cart.items:
        for sku, qty in needs(cart_item, cart_item["qty"]):
            state.reserve(order, sku, -qty, "order_placed")
    cart.is_active = False
    return order


def _check(state: State, cart: Cart) -> None:
    if not cart.items:
        message = "A server error stopped your order from being placed. Please try to place your order again."
        raise ApiError(400, message)
    if not is_virtual(cart):
        _check_address(state, cart.shipping_address or {}, "shipping")
        if not cart.shipping_method:
            raise ApiError(400, "The shipping method is missing. Select the shipping method and try again.")
    _check_address(state, cart.billing_address or {}, "billing")
    if not cart.payment_method:
        raise ApiError(400, "Enter a valid payment method and try again.")
    for address, kind in ((cart.shipping_address, "shipping"), (cart.billing_address, "billing")):
        if address is not None:
            check_address(
                {name: value for name, value in address.items() if value is not None} | {"address_type": kind}
            )
    check_quantities(state, cart)


def _check_address(state: State, address: Row, kind: str) -> None:
    found = problems(address, state.settings)
    if found:
        raise ApiError(400, f"Please check the {kind} address information. %1", [" ".join(found)])


def _row(state: State, cart: Cart, order_id: int, base_subtotal: Decimal) -> Row:
    now = state.now()
    code, rate = currency_of(state, cart)
    store = state.store(cart.store_id)
    qty = sum((item["qty"] for item in cart.items), ZERO)
    weight = sum(((item["weight"] or ZERO) * item["qty"] for item in cart.items), ZERO)
    subtotal = sum((price(item, rate) * item["qty"] for item in cart.items), ZERO)
    base_ship = base_shipping(cart, cart.shipping_method)
    row: Row = {
        "entity_id": order_id,
        "increment_id": state.increment_id("order", cart.store_id),
        "quote_id": cart.id,
        "store_id": cart.store_id,
        "store_name": store.full_name if store else None,
        "protect_code": secrets.token_hex(16),
        "state": "new",
        "status": "pending",
        "created_at": now,
        "updated_at": now,
        "customer_email": cart.customer_email,
        "customer_group_id": 0,
        "customer_is_guest": 1,
        "customer_note_notify": 1,
        "is_virtual": int(is_virtual(cart)),
        "global_currency_code": BASE_CURRENCY,
        "base_currency_code": BASE_CURRENCY,
        "store_currency_code": BASE_CURRENCY,
        "order_currency_code": code,
        "base_to_global_rate": Decimal(1),
        "base_to_order_rate": rate,
        "store_to_base_rate": ZERO,
        "store_to_order_rate": ZERO,
        "total_item_count": len(cart.items),
        "total_qty_ordered": qty,
        "weight": weight,
    }
    if cart.shipping_method:
        method = SHIPPING_METHODS[cart.shipping_method]
        row["shipping_description"] = f"{method.carrier_title} - {method.method_title}"
    for p, sub, ship in (("", subtotal, money(base_ship, rate)), ("base_", base_subtotal, base_ship)):
        hidden = f"{p}shipping_discount_tax_compensation_{'amnt' if p else 'amount'}"
        zeros = (
            f"{p}discount_amount {p}tax_amount {p}shipping_tax_amount {p}shipping_discount_amount "
            f"{p}discount_tax_compensation_amount {hidden}"
        )
        row |= dict.fromkeys(zeros.split(), ZERO)
        row |= {f"{p}subtotal": sub, f"{p}subtotal_incl_tax": sub}
        row |= {
            f"{p}shipping_amount": ship,
            f"{p}shipping_incl_tax": ship,
            f"{p}grand_total": sub + ship,
            f"{p}total_due": sub + ship,
        }
    return row


def _payment(state: State, cart: Cart, row: Row) -> Row:
    return {
        "entity_id": state.next_id("sales_order_payment"),
        "parent_id": row["entity_id"],
        "method": cart.payment_method,
        "additional_information": [PAYMENT_METHODS[cart.payment_method or ""]],
        "_info_keys": ["method_title"],
        "amount_ordered": row["grand_total"],
        "base_amount_ordered": row["base_grand_total"],
        "shipping_amount": row["shipping_amount"],
        "base_shipping_amount": row["base_shipping_amount"],
    }


_ITEM_ZEROS = names(
    "amount_refunded base_amount_refunded base_discount_amount base_discount_invoiced base_row_invoiced "
    "base_tax_amount base_discount_tax_compensation_amount base_tax_invoiced discount_amount discount_invoiced "
    "discount_percent discount_tax_compensation_amount qty_canceled qty_invoiced qty_refunded qty_shipped "
    "row_invoiced tax_amount tax_invoiced tax_percent"
)


def _items(state: State, cart: Cart, cart_item: Row, order_id: int, rate: Decimal) -> list[Row]:
    """The order item, and below it one for each part of a composite product, which carries no money (recording 71)."""
    qty, now = cart_item["qty"], state.now()
    common: Row = dict.fromkeys(_ITEM_ZEROS, ZERO)
    common |= {"order_id": order_id, "store_id": cart.store_id, "created_at": now, "updated_at": now}
    common |= {"free_shipping": 0, "no_discount": 0, "is_qty_decimal": 0}
    item = common | {
        "item_id": state.next_id("sales_order_item"),
        "quote_item_id": cart_item["item_id"],
        "name": cart_item["name"],
        "sku": cart_item["sku"],
        "product_id": cart_item["product_id"],
        "product_type": cart_item["product_type"],
        "is_virtual": cart_item["is_virtual"],
        "qty_ordered": qty,
        "weight": cart_item["weight"],
        "row_weight": (cart_item["weight"] or ZERO) * qty,
        "_options": cart_item["_options"],
    }
    for p, unit in (("", price(cart_item, rate)), ("base_", cart_item["base_price"])):
        item |= {f"{p}{name}": unit for name in ("price", "original_price", "price_incl_tax")}
        item |= {f"{p}row_total": unit * qty, f"{p}row_total_incl_tax": unit * qty}
    rows = [item]
    for child in cart_item["children"]:
        product = state.products[child["sku"]]
        part = common | {
            "item_id": state.next_id("sales_order_item"),
            "parent_item_id": item["item_id"],
            "quote_item_id": cart_item["item_id"],
            "name": product.name,
            "sku": product.sku,
            "product_id": product.id,
            "product_type": product.type_id,
            "is_virtual": int(product.is_virtual),
            "qty_ordered": child["per"] * qty,
            "weight": product.weight,
            "row_weight": (product.weight or ZERO) * child["per"] * qty,
        }
        for p in ("", "base_"):
            part |= {f"{p}{name}": ZERO for name in ("price", "original_price", "row_total")}
        rows.append(part)
    return rows
