"""What was observed becomes rows: a hint that an order changed, or an order's document as TikTok gave it.

Idempotent: the same observation twice leaves one row, and an older `update_time`, or of the same second a status that is
less far on, never overwrites a newer one.
Nothing here calls TikTok or Magento.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import marks, statuses
from connector.domain.folding import fold
from connector.domain.order import Order as OrderValue
from connector.domain.statuses import SyncState
from connector.models import Order
from connector.models.order import NO_DEADLINE
from connector.models.timeline import TIKTOK
from connector.models.upsert import insert_once
from connector.sync import privacy
from connector.sync.timeline import record
from connector.tiktok.orders import UnreadableDocument, order_from_document


@dataclass(frozen=True)
class Observed:
    """An order's row after an observation: what to wake, and whether anything was new about it."""

    row_id: int
    observed: int
    is_new: bool
    is_changed: bool
    is_unreadable: bool = False


def observe_hint(session: Session, shop_id: int, tiktok_order_id: str) -> Observed:
    """Something says that an order changed (a webhook): note it, so that a worker reads the order anew."""
    row, is_new = _row(session, shop_id, tiktok_order_id)
    _raise_observed(row)
    return Observed(row.id, row.observed, is_new, is_changed=True)


def observe_documents(session: Session, shop_id: int, documents: Iterable[Mapping[str, Any]]) -> list[Observed]:
    """Orders as TikTok's search gave them. Those that are older than, or the same as, what is known change nothing."""
    many = [(str(document["id"]), document) for document in documents]
    row_ids, known = _known(session, [number for number, _ in many])
    seen = []
    # Written together at the end: a flush an order took a third of the time.
    with session.no_autoflush:
        for number, document in sorted(many, key=lambda one: _place(row_ids, one[0])):
            if same := known.get((number, document.get("update_time"), document.get("status"))):
                seen.append(same)
                continue
            row, is_new = _row(session, shop_id, number, may_be_known=number in row_ids)
            is_unreadable = False
            try:
                is_changed = is_new or row.document is None or _is_newer(row, document)
                if is_changed:
                    _raise_observed(row)
                    store_document(session, row, document, observed=row.observed)
            except UnreadableDocument:
                # One order that cannot be read must not keep the others from being fetched. Its own run reads it again, and
                # shows what is wrong with it.
                is_unreadable = True
                is_changed = is_new or row.document is not None
                if not is_new and is_changed:
                    _raise_observed(row)
            seen.append(Observed(row.id, row.observed, is_new, is_changed, is_unreadable))
    return seen


def observe_hints(session: Session, shop_id: int, tiktok_order_ids: Iterable[str]) -> list[Observed]:
    """`observe_hint` for several orders."""
    numbers = list(tiktok_order_ids)
    row_ids, _ = _known(session, numbers) if len(numbers) > 1 else ({}, None)
    return [observe_hint(session, shop_id, number) for number in sorted(numbers, key=lambda one: _place(row_ids, one))]


def _place(row_ids: Mapping[str, int], number: str) -> tuple[float, str]:
    """In one order for everybody, by the ids of the rows, new ones last: two transactions that lock the same rows in different
    orders would block each other. TikTok's numbers are in another order: an order may become known after a younger one."""
    return row_ids.get(number, math.inf), number


def _known(
    session: Session, numbers: Sequence[str]
) -> tuple[dict[str, int], dict[tuple[str, object, object], Observed]]:
    """Of these orders the row ids, and those that are known as they are, by number, `update_time` (Unix seconds) and status.

    A look in vain costs less than a row that is made to be thrown away, and most of what overlapping fetches give is known.
    """
    rows = session.execute(
        select(Order.id, Order.observed, Order.tiktok_order_id, Order.update_time, Order.status).where(
            Order.tiktok_order_id.in_(numbers)
        )
    ).all()
    return {row.tiktok_order_id: row.id for row in rows}, {
        (number, int(update_time.timestamp()), status): Observed(row_id, observed, is_new=False, is_changed=False)
        for row_id, observed, number, update_time, status in rows
        if update_time is not None
    }


def observe_row(row: Order) -> Observed:
    """Something outside of TikTok says that an order changed: the same for a row that the caller's transaction has locked."""
    _raise_observed(row)
    return Observed(row.id, row.observed, is_new=False, is_changed=True)


def store_document(session: Session, row: Order, document: Mapping[str, Any], *, observed: int) -> None:
    """Keeps an order's document, which was read when the row's `observed` was as given, unless a newer one is there.

    Raises UnreadableDocument (connector.tiktok.orders) when it is not an order.
    """
    order = order_from_document(document)
    row.document_observed = max(row.document_observed, observed)
    if _is_older(row, order):
        return
    if order.status != row.status:
        row.status_changed_at = order.update_time
        record(session, row.id, TIKTOK, "status", f"TikTok Shop: {_in_words(order)}", details={"status": order.status})
    if row.ready_at is None and order.status in statuses.TO_CREATE:
        row.ready_at = order.update_time
    if row.blanked_at is not None:
        document = privacy.blanked(document)
        order = order_from_document(document)
    row.document = dict(document)
    _summarise(row, order)


def _row(session: Session, shop_id: int, tiktok_order_id: str, *, may_be_known: bool = True) -> tuple[Order, bool]:
    """An order's row, locked, and whether it is new. `may_be_known`: False where it was looked for a moment ago in vain."""
    by_number = select(Order).where(Order.tiktok_order_id == tiktok_order_id).with_for_update(of=Order)
    # Most that is told of is known: a look costs less than a row that is made to be thrown away, and no number of a row.
    known = session.scalars(by_number).one_or_none() if may_be_known else None
    if known is not None:
        return known, False
    now = clock.now()
    new_id = insert_once(
        session,
        Order,
        {
            "shop_id": shop_id,
            "tiktok_order_id": tiktok_order_id,
            "created_at": now,
            "updated_at": now,
            "sync_state": SyncState.PENDING,
            **_EMPTY,
        },
    )
    row = session.scalars(by_number).one()
    if new_id is not None:
        record(session, row.id, TIKTOK, "received", "The order became known.")
    return row, new_id is not None


#: An INSERT by hand does not know the model's Python-side defaults.
_EMPTY: dict[str, Any] = {
    column.name: column.default.arg
    for column in Order.__table__.columns
    if column.default is not None and column.default.is_scalar and column.name != "sync_state"
}


def _raise_observed(row: Order) -> None:
    now = clock.now()
    row.observed += 1
    row.updated_at = now
    if row.sync_state == SyncState.IGNORED:
        return
    row.due_at = now
    if row.sync_state in (SyncState.SYNCED, SyncState.WAITING):
        row.sync_state = SyncState.PENDING


def _is_newer(row: Order, document: Mapping[str, Any]) -> bool:
    order = order_from_document(document)
    if row.update_time is None or order.update_time > row.update_time:
        return True
    # `update_time` has whole seconds: read in the second of a change, the order may have changed once more in it. Only what
    # is further on counts, so that an answer which lags behind and one which does not cannot take turns.
    return order.update_time == row.update_time and statuses.is_further(order.status, row.status)


def _is_older(row: Order, order: OrderValue) -> bool:
    if row.update_time is None or order.update_time > row.update_time:
        return False
    return order.update_time < row.update_time or statuses.is_further(row.status, order.status)


def _summarise(row: Order, order: OrderValue) -> None:
    """The columns that the panel lists, sorts and searches by, from the order."""
    row.status = order.status[:32]
    row.update_time = order.update_time
    row.create_time = order.create_time
    row.paid_time = order.paid_time
    row.ship_by = order.rts_sla_time
    has_deadline = order.status in statuses.HAVE_DEADLINE and not order.is_fulfilled_by_tiktok
    row.ship_due = (order.rts_sla_time if has_deadline else None) or NO_DEADLINE
    row.cancel_due = (order.auto_cancel_time if has_deadline else None) or NO_DEADLINE
    row.buyer_name = order.recipient.name[:200] or order.buyer_nickname[:200]
    row.country = order.recipient.country_code[:8]
    row.total_amount = order.payment.total_amount
    row.currency = order.payment.currency[:8]
    row.item_count = len(order.line_items)
    tracking = [event["text"] for event in row.tracking_events or ()]
    row.marks = marks.to_text(marks.marks_of(order, tracking, marks.from_text(row.marks or "")))
    row.replaces = marks.replaced_order(order)[:40]
    row.fulfillment_type = order.fulfillment_type[:64]
    row.shipping_type = order.shipping_type[:32]
    row.cancel_reason = order.cancel_reason[:500]
    row.cancellation_initiator = order.cancellation_initiator[:32]
    row.tracking_number = order.tracking_number[:100]
    row.shipping_provider = order.shipping_provider[:100]
    row.search_text = search_text(row, order)


def search_text(row: Order, order: OrderValue) -> str:
    """All that the search box looks in, folded."""
    words = [
        row.tiktok_order_id,
        row.magento_increment_id,
        order.recipient.name,
        order.buyer_nickname,
        order.tracking_number,
    ]
    for item in order.line_items:
        words += [item.product_name, item.seller_sku, item.sku_name, item.tracking_number]
    return fold(" ".join(dict.fromkeys(word for word in words if word)))


def _in_words(order: OrderValue) -> str:
    words = order.status.replace("_", " ").lower()
    if order.is_cancelled and order.cancel_reason:
        who = f" by {order.cancellation_initiator.lower()}" if order.cancellation_initiator else ""
        return f"{words}{who}: {order.cancel_reason}"
    return words
