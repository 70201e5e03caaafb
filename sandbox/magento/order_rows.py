"""Orders as rows of the database and as JSON: which columns a new row has by itself, and how a document is shown.

What Magento answers to a create is the entity as it was sent plus what saving added; a GET shows the columns (recordings 20, 29).
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.magento.schema import fields_of, names, render
from sandbox.magento.state import Order, Row, State

FOUR_PLACES = Decimal("0.0001")

_ITEM_ZEROS = names(
    "amount_refunded base_amount_refunded base_cost base_discount_amount base_discount_invoiced base_price "
    "base_row_invoiced base_row_total base_tax_amount base_tax_invoiced discount_amount discount_invoiced "
    "discount_percent price qty_backordered qty_canceled qty_invoiced qty_ordered qty_refunded qty_shipped "
    "row_invoiced row_total row_weight tax_amount tax_invoiced tax_percent weight"
)


def item_defaults() -> Row:
    """Columns of sales_order_item that are not null when an item is saved through `POST /V1/orders` (recording 29)."""
    return {name: Decimal(0) for name in _ITEM_ZEROS} | {"free_shipping": 0, "no_discount": 0}


def stored(kind: str, given: Row) -> Row:
    """The scalar fields of `given` as the database keeps them: money and quantities to four places."""
    kinds = fields_of(kind)
    row: Row = {}
    for name, value in given.items():
        if kinds.get(name) == "float" and value is not None:
            row[name] = Decimal(value).quantize(FOUR_PLACES, ROUND_HALF_UP)
        elif not isinstance(value, list | dict) or name in ("street", "additional_information"):
            row[name] = value
    return row


def shown_item(kind_row: Row) -> Row:
    """Row totals less the discount, and with tax, as Magento shows them over REST (recordings 20, 70, 75)."""
    item = dict(kind_row)
    if item.get("original_price") is None:
        item["original_price"] = item.get("price")
    for prefix in ("", "base_"):
        total = Decimal(item.get(f"{prefix}row_total") or 0)
        discount = Decimal(item.get(f"{prefix}discount_amount") or 0)
        taxes = Decimal(item.get(f"{prefix}tax_amount") or 0)
        taxes += Decimal(item.get(f"{prefix}discount_tax_compensation_amount") or 0)
        item[f"{prefix}row_total"] = total - discount
        item[f"{prefix}row_total_incl_tax"] = total - discount + taxes
    return item


def item_json(item: Row, parent: Row | None = None) -> dict[str, Any]:
    answer = render("sales-data-order-item", shown_item(item))
    if parent is not None:
        answer["parent_item"] = render("sales-data-order-item", shown_item(parent))
    if item.get("_options"):
        answer["product_option"] = {"extension_attributes": item["_options"]}
    return answer | {"extension_attributes": {"itemized_taxes": []}}


def with_due(row: Row) -> Row:
    """Magento works `total_due` out whenever it is asked for, whatever was stored."""
    due = dict(row)
    for prefix in ("", "base_"):
        rest = Decimal(row.get(f"{prefix}grand_total") or 0) - Decimal(row.get(f"{prefix}total_paid") or 0)
        due[f"{prefix}total_due"] = max(rest.quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal(0))
    return due


def order_json(order: Order) -> dict[str, Any]:
    """The order as `GET /V1/orders/{id}` shows it (recordings 29, 71)."""
    answer = render("sales-data-order", with_due(order.row))
    items = [item_json(item, order.item(item.get("parent_item_id") or 0)) for item in order.items]
    answer["items"] = items
    answer |= addresses_and_payment(order)
    total = {name: order.row.get(name) for name in fields_of("sales-data-total") if order.row.get(name) is not None}
    shipping: dict[str, Any] = {"total": total}
    if order.shipping_address is not None:
        address = render("sales-data-order-address", order.shipping_address)
        shipping = {"address": address, "method": order.shipping_method, "total": total}
    if order.shipping_method is None:
        shipping.pop("method", None)
    answer["extension_attributes"] = {
        "shipping_assignments": [{"shipping": shipping, "items": items}],
        "payment_additional_info": payment_info(order),
        "applied_taxes": [],
        "item_applied_taxes": [],
        "converting_from_quote": False,
        "taxes": [],
        "additional_itemized_taxes": [],
    }
    return answer


def addresses_and_payment(order: Order) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if order.billing_address is not None:
        answer["billing_address"] = render("sales-data-order-address", order.billing_address)
    if order.payment is not None:
        answer["payment"] = render("sales-data-order-payment", order.payment)
    answer["status_histories"] = [render("sales-data-order-status-history", h) for h in reversed(order.histories)]
    return answer


def payment_info(order: Order) -> list[dict[str, str]]:
    payment = order.payment or {}
    values = payment.get("additional_information") or []
    keys = payment.get("_info_keys") or [str(number) for number in range(len(values))]
    return [{"key": key, "value": value} for key, value in zip(keys, values, strict=True)]


def touch(state: State, order: Order, items: Iterable[Row] = ()) -> None:
    """`updated_at` of the order and of the items that changed."""
    now = state.now()
    order.row["updated_at"] = now
    for item in items:
        item["updated_at"] = now
