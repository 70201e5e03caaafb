"""What is special about an order: one list, for the badges and the filter of the panel and for what the plan does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from connector.domain.order import Order

SAMPLE = "sample"
GIFT = "gift"
REPLACEMENT = "replacement"
EXCHANGE = "exchange"
PRE_ORDER = "pre_order"
MADE_TO_ORDER = "made_to_order"
BACK_ORDER = "back_order"
COD = "cod"
FAILED_DELIVERY = "failed_delivery"
AFTER_SHIPPING = "cancelled_after_shipping"

#: In the order in which they are shown.
WORDS = {
    SAMPLE: "Sample",
    GIFT: "Gift",
    REPLACEMENT: "Replacement",
    EXCHANGE: "Exchange",
    PRE_ORDER: "Pre-order",
    MADE_TO_ORDER: "Made to order",
    BACK_ORDER: "Back order",
    COD: "Cash on delivery",
    FAILED_DELIVERY: "Failed delivery",
    AFTER_SHIPPING: "Cancelled after shipping",
}
#: Something went wrong: shown in another tone.
TROUBLE = frozenset({FAILED_DELIVERY, AFTER_SHIPPING})
#: Released later: the goods may not be there to be reserved.
RELEASED_LATER = frozenset({PRE_ORDER, MADE_TO_ORDER, BACK_ORDER})
_ORDER_TYPES = {"PRE_ORDER": PRE_ORDER, "MADE_TO_ORDER": MADE_TO_ORDER, "BACK_ORDER": BACK_ORDER}
#: How carriers and TikTok's reasons speak of a parcel that did not arrive.
_DID_NOT_ARRIVE = re.compile(
    r"deliver\w* (attempt )?(has )?fail|fail\w* (to )?deliver|return\w* to (the )?(sender|seller)|undeliver"
    r"|refused by|package (was |is )?(lost|damaged)|lost in transit",
    re.I,
)


def marks_of(order: Order, tracking: Iterable[str] = (), known: Iterable[str] = ()) -> tuple[str, ...]:
    """The marks of an order, in the order of WORDS. `tracking`: what the carrier reported, as TikTok tells it.

    Rests on the flags, `order_type` and `package_status` of GET /order/202507/orders: a package is cancelled when it was
    lost or damaged. TikTok has no status for a failed delivery; its reasons and the carrier's words tell of it. The package
    of what is cancelled itself says nothing of that: then it counts what was `known`, the marks from before.
    """
    is_shipped = order.rts_time is not None or any(line.tracking_number for line in order.line_items)
    lost = any(
        line.package_status == "CANCELLED" and line.tracking_number and not line.is_cancelled and not order.is_cancelled
        for line in order.line_items
    ) or (order.is_cancelled and FAILED_DELIVERY in known)
    words = [order.cancel_reason, *(line.cancel_reason for line in order.line_items), *tracking]
    did_not_arrive = is_shipped and any(_DID_NOT_ARRIVE.search(text.replace("_", " ")) for text in words if text)
    found = {
        SAMPLE: order.is_sample_order,
        GIFT: any(line.is_gift for line in order.line_items),
        REPLACEMENT: order.is_replacement_order,
        EXCHANGE: order.is_exchange_order,
        _ORDER_TYPES.get(order.order_type, ""): True,
        COD: order.is_cod,
        FAILED_DELIVERY: lost or did_not_arrive,
        AFTER_SHIPPING: order.is_cancelled and is_shipped,
    }
    return tuple(mark for mark in WORDS if found.get(mark))


def replaced_order(order: Order) -> str:
    """TikTok's number of the order that this one replaces, or came of by an exchange; empty for others."""
    return order.replaced_order_id or order.exchange_source_order_id


def to_text(marks: Iterable[str]) -> str:
    """Words between spaces, as they stand in a row: one of them is found by " word "."""
    words = " ".join(marks)
    return f" {words} " if words else ""


def from_text(text: str) -> tuple[str, ...]:
    return tuple(text.split())
