"""Cancel, hold, unhold, comments, status, e-mails of an order (recordings 42, 50–57)."""

from decimal import Decimal
from typing import Any

from sandbox.magento.errors import ApiError
from sandbox.magento.order_rows import touch
from sandbox.magento.order_state import (
    add,
    amount,
    can_cancel,
    can_hold,
    count,
    own_items,
    set_state,
    stock_rows,
    to_cancel,
)
from sandbox.magento.orders import VIEW, get_order
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import render
from sandbox.magento.state import Order, State


@route("POST", "/V1/orders/{id}/cancel", "Magento_Sales::cancel")
def cancel(call: Call) -> bool:
    """`false`, with 200, when it cannot."""
    order = get_order(call.state, call.id())
    if not can_cancel(order):
        return False
    cancel_order(call.state, order)
    return True


def cancel_order(state: State, order: Order) -> None:
    """Cancels what is not invoiced of an order that can be cancelled."""
    row = order.row
    for item in own_items(order):
        qty = to_cancel(item)
        if qty <= 0:
            continue
        for stock_row, part in stock_rows(order, item, qty):
            # balances the reservation of the placing, or, in way A, one that never was
            state.reserve(order, str(stock_row.get("sku")), part, "order_canceled")
        for prefix in ("", "base_"):
            taxes = amount(item, f"{prefix}tax_amount") * qty / amount(item, "qty_ordered")
            add(item, f"{prefix}tax_canceled", taxes.quantize(Decimal("0.01")))
        count(order, item, "qty_canceled", qty)
    for prefix in ("", "base_"):
        for name in ("subtotal", "tax", "shipping"):
            whole = amount(row, f"{prefix}{name}" if name == "subtotal" else f"{prefix}{name}_amount")
            row[f"{prefix}{name}_canceled"] = whole - amount(row, f"{prefix}{name}_invoiced")
        discount = abs(amount(row, f"{prefix}discount_amount"))
        row[f"{prefix}discount_canceled"] = discount - abs(amount(row, f"{prefix}discount_invoiced"))
        row[f"{prefix}total_canceled"] = amount(row, f"{prefix}grand_total") - amount(row, f"{prefix}total_paid")
    if any(amount(item, "qty_invoiced") > 0 for item in own_items(order)):
        # what was invoiced goes on
        unshipped = any(amount(i, "qty_invoiced") > amount(i, "qty_shipped") for i in own_items(order))
        set_state(order, "processing" if unshipped else "complete")
    else:
        set_state(order, "canceled")
    touch(state, order, order.items)


@route("POST", "/V1/orders/{id}/hold", "Magento_Sales::hold")
def hold(call: Call) -> bool:
    order = get_order(call.state, call.id())
    if not can_hold(order):
        raise ApiError(400, "A hold action is not available.")
    order.row["hold_before_state"], order.row["hold_before_status"] = order.row.get("state"), order.row.get("status")
    set_state(order, "holded")
    touch(call.state, order)
    return True


@route("POST", "/V1/orders/{id}/unhold", "Magento_Sales::unhold")
def unhold(call: Call) -> bool:
    order = get_order(call.state, call.id())
    if order.row.get("state") != "holded":
        raise ApiError(400, "You cannot remove the hold.")
    order.row["state"], order.row["status"] = order.row.pop("hold_before_state"), order.row.pop("hold_before_status")
    touch(call.state, order)
    return True


@route("POST", "/V1/orders/{id}/comments", "Magento_Sales::comment")
def comment(call: Call) -> bool:
    """A comment may not change the status: another one than the order's own is refused."""
    order = get_order(call.state, call.id())
    given = call.body["statusHistory"]
    status = given.get("status")
    if status and status != order.row.get("status"):
        message = 'Unable to add comment: The status "%1" is not part of the order status history.'
        raise ApiError(400, message, [status])
    add_comment(call.state, order, given)
    return True


def add_comment(state: State, order: Order, given: dict[str, Any]) -> None:
    order.histories.append(
        {
            "comment": given.get("comment"),
            "created_at": state.now(),
            "entity_id": state.next_id("sales_order_status_history"),
            "entity_name": "order",
            "is_customer_notified": given.get("is_customer_notified", 0),
            "is_visible_on_front": given.get("is_visible_on_front", 0),
            "parent_id": order.id,
            "status": given.get("status") or order.row.get("status"),
        }
    )
    touch(state, order)


@route("GET", "/V1/orders/{id}/comments", VIEW)
def comments(call: Call) -> dict[str, Any]:
    order = get_order(call.state, call.id())
    kind = "sales-data-order-status-history"
    criteria = {
        "filter_groups": [{"filters": [{"field": "parent_id", "value": str(order.id), "condition_type": "eq"}]}]
    }
    items = [render(kind, history) for history in order.histories]
    return {"items": items, "search_criteria": criteria, "total_count": len(items)}


@route("GET", "/V1/orders/{id}/statuses", VIEW)
def status(call: Call) -> Any:
    return get_order(call.state, call.id()).row.get("status")


@route("POST", "/V1/orders/{id}/emails", "Magento_Sales::emails")
def emails(call: Call) -> bool:
    """`false`: nothing is ever mailed from a sandbox."""
    get_order(call.state, call.id())
    return False
