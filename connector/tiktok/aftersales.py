"""From the documents of Search Cancellations and Search Returns to the domain's values.

Only the id and the order's id have to be there, and an amount that is there has to be one. Unknown statuses are kept as they
came. Facts: reference/tiktok/README.md, "Cancellations and returns".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from connector.domain.returns import Cancellation, Refund, Return
from connector.tiktok.caller import objects, text
from connector.tiktok.errors import unreadable
from connector.tiktok.fields import amount
from connector.tiktok.values import from_unix

Document = Mapping[str, Any]


def cancellation_from_document(document: Document) -> Cancellation:
    """A member of `cancellations`. Raises UnreadableAnswer."""
    return Cancellation(
        cancel_id=_id(document, "cancel_id"),
        cancel_type=text(document, "cancel_type"),
        status=_status(text(document, "cancel_status")),
        role=text(document, "role"),
        reason=text(document, "cancel_reason"),
        reason_text=text(document, "cancel_reason_text"),
        line_ids=_lines(document, "cancel_line_items"),
        deadline=_deadline(document),
        should_replenish_stock=_flag(document, "should_replenish_stock"),
        refund_shipping=refund_of(document).shipping,
        create_time=_moment(document, "create_time"),
        update_time=_moment(document, "update_time"),
    )


def return_from_document(document: Document) -> Return:
    """A member of `return_orders`. Raises UnreadableAnswer."""
    return Return(
        return_id=_id(document, "return_id"),
        return_type=text(document, "return_type"),
        status=text(document, "return_status"),
        role=text(document, "role"),
        reason=text(document, "return_reason"),
        reason_text=text(document, "return_reason_text"),
        line_ids=_lines(document, "return_line_items"),
        parts=_parts(document),
        refund=refund_of(document),
        deadline=_deadline(document),
        next_action=_next_action(document),
        offer=_offer(document),
        # Documented as a flag; the list of its values is written TRUE and FALSE.
        is_offer_refused=str(document.get("buyer_rejected_partial_refund")).upper() == "TRUE",
        is_sent_back=bool(text(document, "return_tracking_number")),
        may_keep=document.get("can_buyer_keep_item") is True,
        # Not documented for returns; taken where it comes.
        should_replenish_stock=_flag(document, "should_replenish_stock"),
        create_time=_moment(document, "create_time"),
        update_time=_moment(document, "update_time"),
    )


def order_id_of(document: Document) -> str:
    """The TikTok order that a cancellation or return is about. Raises UnreadableAnswer."""
    return _id(document, "order_id")


def refund_of(document: Document) -> Refund:
    """`refund_amount` of a cancellation or a return; zeros where it is missing. Raises UnreadableAnswer."""
    given = document.get("refund_amount")
    if not isinstance(given, dict):
        return Refund()
    try:
        return Refund(
            currency=text(given, "currency"),
            total=amount(given.get("refund_total") or 0),
            subtotal=amount(given.get("refund_subtotal") or 0),
            shipping=amount(given.get("refund_shipping_fee") or 0),
            tax=amount(given.get("refund_tax") or 0),
        )
    except ValidationError as error:
        raise unreadable("TikTok Shop's refund amount could not be read.") from error


def _id(document: Document, name: str) -> str:
    value = text(document, name)
    if not value:
        raise unreadable(f"TikTok Shop's answer could not be read: {name} is missing.")
    return value


def _status(status: str) -> str:
    """The webhook writes CANCELLED where the API says CANCEL."""
    return status.removesuffix("LED") if status.endswith("_CANCELLED") else status


def _lines(document: Document, name: str) -> tuple[str, ...]:
    ids = (text(line, "order_line_item_id") for line in objects(document, name))
    return tuple(dict.fromkeys(line_id for line_id in ids if line_id))


def _parts(document: Document) -> dict[str, tuple[str, ...]]:
    """The pieces of virtual bundles that a return names, by line item."""
    found: dict[str, tuple[str, ...]] = {}
    for line in objects(document, "return_line_items"):
        line_id = text(line, "order_line_item_id")
        named = tuple(text(part, "sub_order_line_item_id") for part in objects(line, "return_sub_line_items"))
        if line_id and named:
            found[line_id] = (*found.get(line_id, ()), *named)
    return found


def _deadline(document: Document) -> datetime | None:
    """The earliest deadline of what the seller is to do next."""
    moments = [_moment(action, "deadline") for action in objects(document, "seller_next_action_response")]
    return min((moment for moment in moments if moment is not None), default=None)


def _next_action(document: Document) -> str:
    """What the seller is to do next; "" when it is not the seller's turn."""
    return next((text(one, "action") for one in objects(document, "seller_next_action_response")), "")


def _offer(document: Document) -> Decimal | None:
    """What the seller has offered of the money; None where nothing was. Raises UnreadableAnswer."""
    given = document.get("partial_refund")
    if text(document, "seller_proposed_return_type") != "PARTIAL_REFUND" or not isinstance(given, dict):
        return None
    try:
        return amount(given.get("amount") or 0) or None
    except ValidationError as error:
        raise unreadable("The amount that was offered for a return could not be read.") from error


def _flag(document: Document, name: str) -> bool | None:
    value = document.get(name)
    return value if isinstance(value, bool) else None


def _moment(document: Document, name: str) -> datetime | None:
    try:
        return from_unix(document.get(name))
    except ValueError:
        return None
