"""Cancelling many orders: which of those that were chosen can be cancelled at all, why the others can't, and the reasons
that TikTok has for them.

Which reasons TikTok takes differs by market and by order, and only TikTok knows it for certain: for a few orders it is asked
(blueprints.orders.cancels), for many it would be asked for hours. So they are offered the words that TikTok has for orders
as these are, paid or not; each order's own list is looked at before anything is sent, and says why it refuses.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from connector.domain import returns, statuses
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import BulkItem, Order

#: So many orders TikTok is asked about one by one before the dialog opens.
ASKED_ONE_BY_ONE = 200

_CAN, _UNPAID = "can", "unpaid"
_WHY_NOT = {
    "read": "not read from TikTok Shop yet",
    "ignored": "ignored here: take them back first",
    "cancelled": "cancelled already",
    "completed": "completed: nothing can be cancelled any more",
    "cancelling": "being cancelled already",
}


class Outlook(NamedTuple):
    """How many of some orders can be cancelled, the reasons to choose from in words, and how many can't be and why."""

    able: int
    reasons: tuple[str, ...]
    unable: tuple[tuple[int, str], ...]


def _kind() -> ColumnElement[str]:
    return case(
        (Order.sync_state == SyncState.IGNORED, "ignored"),
        (Order.status == statuses.CANCELLED, "cancelled"),
        (Order.status == statuses.COMPLETED, "completed"),
        (Order.is_cancelling, "cancelling"),
        (Order.status == statuses.UNPAID, _UNPAID),
        (Order.status == "", "read"),
        else_=_CAN,
    )


def outlook(run_id: int) -> Outlook:
    """What can be said of the orders of a run before TikTok is asked."""
    kind = _kind().label("kind")
    grouped = (
        select(kind, func.count())
        .join(BulkItem, BulkItem.order_id == Order.id)
        .where(BulkItem.run_id == run_id)
        .group_by(kind)
    )
    counted: dict[str, int] = {row[0]: row[1] for row in db.session.execute(grouped)}
    unable = tuple((counted[key], words) for key, words in _WHY_NOT.items() if counted.get(key))
    paid, unpaid = counted.get(_CAN, 0), counted.get(_UNPAID, 0)
    lists = [returns.seller_reasons(is_paid=is_paid) for is_paid, count in ((True, paid), (False, unpaid)) if count]
    reasons = tuple(words for words in lists[0] if all(words in other for other in lists)) if lists else ()
    return Outlook(paid + unpaid, reasons, unable)


def able_ids(run_id: int) -> list[str]:
    """The TikTok order ids of those that can be cancelled, as many as TikTok is asked about one by one."""
    chosen = (
        select(Order.tiktok_order_id)
        .join(BulkItem, BulkItem.order_id == Order.id)
        .where(BulkItem.run_id == run_id, _kind().in_((_CAN, _UNPAID)))
        .order_by(Order.id)
        .limit(ASKED_ONE_BY_ONE)
    )
    return list(db.session.scalars(chosen))
