"""What may be done with an order, and what state it is in after something was done: Magento's own rules.

Rows with a `parent_item_id` are parts of a composite product: they follow their parent and are never counted by themselves.
"""

from collections.abc import Iterator
from decimal import Decimal

from sandbox.magento.state import Order, Row

STATUS = {
    "new": "pending",
    "processing": "processing",
    "complete": "complete",
    "closed": "closed",
    "canceled": "canceled",
    "holded": "holded",
}
ZERO = Decimal(0)

NOT_SHIPPED = ("holded", "payment_review", "canceled")
NOT_REFUNDED = (*NOT_SHIPPED, "closed")
NOT_INVOICED = (*NOT_REFUNDED, "complete")
"""States in which Magento refuses a document by the state alone, with the status in the message."""


def amount(row: Row, name: str) -> Decimal:
    """A column as a number; null counts as 0."""
    return Decimal(row.get(name) or 0)


def add(row: Row, name: str, value: Decimal) -> None:
    row[name] = amount(row, name) + value


def own_items(order: Order) -> list[Row]:
    return [item for item in order.items if not item.get("parent_item_id")]


def to_invoice(item: Row) -> Decimal:
    return max(amount(item, "qty_ordered") - amount(item, "qty_invoiced") - amount(item, "qty_canceled"), ZERO)


def to_ship(item: Row) -> Decimal:
    left = amount(item, "qty_ordered") - amount(item, "qty_shipped")
    return max(left - amount(item, "qty_refunded") - amount(item, "qty_canceled"), ZERO)


def to_refund(item: Row) -> Decimal:
    return max(amount(item, "qty_invoiced") - amount(item, "qty_refunded"), ZERO)


def to_cancel(item: Row) -> Decimal:
    return min(to_invoice(item), to_ship(item))


def set_state(order: Order, state: str) -> None:
    order.row["state"], order.row["status"] = state, STATUS[state]


def can_invoice(order: Order) -> bool:
    if order.row.get("state") in NOT_INVOICED:
        return False
    return any(to_invoice(item) > 0 and not item.get("locked_do_invoice") for item in own_items(order))


def can_ship(order: Order) -> bool:
    if order.row.get("state") in NOT_SHIPPED or order.row.get("is_virtual"):
        return False
    return any(to_ship(i) > 0 and not i.get("is_virtual") and not i.get("locked_do_ship") for i in own_items(order))


def can_cancel(order: Order) -> bool:
    if order.row.get("state") in NOT_INVOICED:
        return False
    return any(to_invoice(item) > 0 for item in own_items(order))


def can_refund(order: Order) -> bool:
    if order.row.get("state") in NOT_REFUNDED:
        return False
    if abs(amount(order.row, "grand_total")) < Decimal("0.0001"):
        return any(to_refund(item) > 0 for item in own_items(order))
    return abs(amount(order.row, "total_paid") - amount(order.row, "total_refunded")) >= Decimal("0.0001")


def can_hold(order: Order) -> bool:
    return order.row.get("state") not in ("canceled", "payment_review", "complete", "closed", "holded")


def settle(order: Order, in_process: bool = False) -> None:
    """Bring the state to what the quantities say, after an invoice, a shipment or a credit memo (`in_process`: the first two)."""
    state = order.row.get("state")
    if state == "new" and in_process:
        set_state(order, "processing")
        state = "processing"
    if state in ("canceled", "holded") or can_invoice(order):
        return
    if state in ("processing", "complete") and not can_refund(order) and not can_ship(order):
        set_state(order, "closed")
    elif state == "processing" and not can_ship(order):
        set_state(order, "complete")


def stock_rows(order: Order, item: Row, qty: Decimal) -> Iterator[tuple[Row, Decimal]]:
    """The rows whose products stand on a shelf, and how many of each `qty` of the item is."""
    children = order.children(item)
    if not children:
        yield item, qty
        return
    ordered = amount(item, "qty_ordered") or Decimal(1)
    for child in children:
        yield child, qty * amount(child, "qty_ordered") / ordered


def count(order: Order, item: Row, column: str, qty: Decimal) -> None:
    """Add to a quantity of the item and, in proportion, of its parts."""
    add(item, column, qty)
    for row, part in stock_rows(order, item, qty):
        if row is not item:
            add(row, column, part)
