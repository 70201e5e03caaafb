"""A cart's shipping methods, payment methods and totals (recordings 64–66). Carts here know no taxes and no discounts."""

from decimal import Decimal
from typing import Any

from sandbox.magento.cart_items import price
from sandbox.magento.directory import rates
from sandbox.magento.methods import PAYMENT_METHODS, SHIPPING_METHODS
from sandbox.magento.state import Cart, State
from sandbox.magento.stores import BASE_CURRENCY


def currency_of(state: State, cart: Cart) -> tuple[str, Decimal]:
    """The cart's currency and how much of it one unit of the base currency is."""
    store = state.store(cart.store_id)
    code = store.currency if store else BASE_CURRENCY
    return code, rates(state).get(code, Decimal(1))


def is_virtual(cart: Cart) -> bool:
    return bool(cart.items) and all(row["is_virtual"] for row in cart.items)


def base_subtotal(cart: Cart) -> Decimal:
    return sum((row["base_price"] * row["qty"] for row in cart.items), Decimal(0))


def base_shipping(cart: Cart, method: str | None) -> Decimal:
    if method not in SHIPPING_METHODS or is_virtual(cart):
        return Decimal(0)
    one = SHIPPING_METHODS[method]
    pieces = sum((row["qty"] for row in cart.items if not row["is_virtual"]), Decimal(0))
    return one.amount * pieces if one.per_item else one.amount


def shipping_methods(state: State, cart: Cart) -> list[dict[str, Any]]:
    """None for an empty or a virtual cart."""
    if not cart.items or is_virtual(cart):
        return []
    _, rate = currency_of(state, cart)
    answer = []
    for code in state.settings.shipping_methods:
        carrier, _, method = code.partition("_")
        base = base_shipping(cart, code)
        amount = money(base, rate)
        answer.append(
            {
                "carrier_code": carrier,
                "method_code": method,
                "carrier_title": SHIPPING_METHODS[code].carrier_title,
                "method_title": SHIPPING_METHODS[code].method_title,
                "amount": amount,
                "base_amount": base,
                "available": True,
                "error_message": "",
                "price_excl_tax": amount,
                "price_incl_tax": amount,
            }
        )
    return answer


def payment_methods(state: State, cart: Cart) -> list[dict[str, str]]:
    """A total of zero leaves only `free`, and only that."""
    free = base_subtotal(cart) + base_shipping(cart, cart.shipping_method) == 0
    return [
        {"code": code, "title": PAYMENT_METHODS[code]}
        for code in state.settings.payment_methods
        if (code == "free") == free
    ]


def money(base: Decimal, rate: Decimal) -> Decimal:
    return base if rate == 1 else (base * rate).quantize(Decimal("0.01"))


def totals(state: State, cart: Cart) -> dict[str, Any]:
    """The totals object of recording 65."""
    code, rate = currency_of(state, cart)
    base_sub, base_ship = base_subtotal(cart), base_shipping(cart, cart.shipping_method)
    subtotal = sum((price(row, rate) * row["qty"] for row in cart.items), Decimal(0))
    shipping = money(base_ship, rate)
    zeros = (
        "discount_amount base_discount_amount shipping_discount_amount base_shipping_discount_amount tax_amount "
        "base_tax_amount shipping_tax_amount base_shipping_tax_amount"
    )
    answer: dict[str, Any] = dict.fromkeys(zeros.split(), 0)
    answer |= {
        "grand_total": subtotal + shipping,
        "base_grand_total": base_sub + base_ship,
        "subtotal": subtotal,
        "base_subtotal": base_sub,
        "subtotal_with_discount": subtotal,
        "base_subtotal_with_discount": base_sub,
        "shipping_amount": shipping,
        "base_shipping_amount": base_ship,
        "weee_tax_applied_amount": None,
        "subtotal_incl_tax": subtotal,
        "shipping_incl_tax": shipping,
        "base_shipping_incl_tax": base_ship,
        "base_currency_code": BASE_CURRENCY,
        "quote_currency_code": code,
        "items_qty": sum((row["qty"] for row in cart.items), Decimal(0)),
        "items": [_item(row, rate) for row in cart.items],
        "total_segments": _segments(cart, subtotal, shipping),
    }
    return answer


def _item(row: dict[str, Any], rate: Decimal) -> dict[str, Any]:
    unit, base_unit = price(row, rate), row["base_price"]
    total, base_total = unit * row["qty"], base_unit * row["qty"]
    return {
        "item_id": row["item_id"],
        "price": unit,
        "base_price": base_unit,
        "qty": row["qty"],
        "row_total": total,
        "base_row_total": base_total,
        "row_total_with_discount": 0,
        "tax_amount": 0,
        "base_tax_amount": 0,
        "tax_percent": 0,
        "discount_amount": 0,
        "base_discount_amount": 0,
        "discount_percent": 0,
        "price_incl_tax": unit,
        "base_price_incl_tax": base_unit,
        "row_total_incl_tax": total,
        "base_row_total_incl_tax": base_total,
        "options": "[]",
        "weee_tax_applied_amount": None,
        "weee_tax_applied": None,
        "name": row["name"],
    }


def _segments(cart: Cart, subtotal: Decimal, shipping: Decimal) -> list[dict[str, Any]]:
    segments: list[dict[str, Any]] = [{"code": "subtotal", "title": "Subtotal", "value": subtotal}]
    if cart.shipping_method in SHIPPING_METHODS:
        method = SHIPPING_METHODS[cart.shipping_method]
        title = f"Shipping & Handling ({method.carrier_title} - {method.method_title})"
        segments.append({"code": "shipping", "title": title, "value": shipping})
    extension = {"tax_grandtotal_details": list[Any]()}
    segments.append({"code": "tax", "title": "Tax", "value": 0, "extension_attributes": extension})
    total = {"code": "grand_total", "title": "Grand Total", "value": subtotal + shipping, "area": "footer"}
    return [*segments, total]
