"""What a person may ask for about cancellations: cancel an order, learn with which reasons, answer a buyer who asks.

As in connector.sync.asks, each writes a row and wakes a worker, and raises Refused with a sentence when it can't be.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from connector import clock
from connector.domain import returns, statuses
from connector.domain.statuses import SyncState
from connector.extensions import queue
from connector.models import CancelAsk, Cancellation, CancelOptions, Order
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync import aftersales, asks
from connector.sync.timeline import record


def cancel(row_id: int, reason: str, actor: str, line_ids: Sequence[str] | None = None) -> int:
    """Cancels an order on TikTok Shop, or some of its lines where the market allows that. Returns the ask's id.

    `reason` is TikTok's name of one of the reasons that it takes now, or its words; it is checked once more before it is sent.
    Asked for twice, it is one cancellation.
    """
    wanted = sorted(set(line_ids)) if line_ids else None
    if not reason.strip():
        raise asks.Refused("Choose a reason.", "reason")
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        under_way = session.scalars(
            select(CancelAsk).where(CancelAsk.order_id == row_id, CancelAsk.state.in_(returns.OPEN))
        ).one_or_none()
        if under_way is not None:
            if under_way.reason == reason and under_way.line_ids == wanted:
                return under_way.id
            raise asks.Refused("The order is being cancelled already.")
        _check_can_cancel(row, wanted)
        ask = CancelAsk(
            order_id=row_id,
            actor=actor,
            asked_at=clock.now(),
            reason=reason[:200],
            line_ids=wanted,
            state=returns.ASKED,
        )
        session.add(ask)
        asks.make_due(row)
        row.is_cancelling = True
        aftersales.hint(row)
        what = "the order" if wanted is None else "1 item" if len(wanted) == 1 else f"{len(wanted)} items"
        sentence = f"Asked to cancel {what} on TikTok Shop: {returns.reason_in_words(reason)}."
        record(session, row.id, PERSON, "cancel_asked", sentence, actor=actor)
        session.flush()
        ask_id, observed = ask.id, row.observed
    queue.wake_order(row_id, observed)
    return ask_id


#: Where TikTok lets single lines be cancelled (reference/tiktok/README.md, "Cancellations and returns").
LINES_IN = frozenset({"US", "GB", "UK"})


def _check_can_cancel(row: Order, line_ids: Sequence[str] | None) -> None:
    if row.sync_state == SyncState.IGNORED:
        raise asks.Refused("The order is ignored. Take it back first.")
    if row.status in statuses.FINAL:
        raise asks.Refused(f"The order is {row.status.lower()} on TikTok Shop: nothing can be cancelled any more.")
    if line_ids is None:
        return
    if row.shop.region not in LINES_IN:
        raise asks.Refused(
            "TikTok Shop lets single items be cancelled in the US and the UK only. Cancel the whole order."
        )
    known = {str(line.get("id")) for line in (row.document or {}).get("line_items", [])}
    if not set(line_ids) <= known:
        raise asks.Refused("The order has no such items any more. Load the page again.")


def ask_options(row_id: int, actor: str) -> None:
    """Lets a worker ask TikTok which reasons it takes for an order now; the answer comes to stand in CancelOptions."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.sync_state == SyncState.IGNORED:
            raise asks.Refused("The order is ignored. Take it back first.")
        options = session.scalars(select(CancelOptions).where(CancelOptions.order_id == row_id)).one_or_none()
        if options is None:
            options = CancelOptions(order_id=row_id, entries=[])
            session.add(options)
        options.state, options.asked_at, options.message = returns.ASKED, clock.now(), ""
        row.observed += 1
        row.due_at = clock.now()
        aftersales.hint(row)
        observed = row.observed
    queue.wake_order(row_id, observed)


def answer_buyer(row_id: int, cancel_id: str, answer: str, actor: str, *, reason: str = "", comment: str = "") -> None:
    """Answers a buyer who asks to cancel: "approve", or "reject" with one of TikTok's reasons. The first answer counts."""
    if answer == returns.REJECT and not reason:
        raise asks.Refused("Choose a reason for the rejection.")
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        request = session.scalars(
            select(Cancellation)
            .where(Cancellation.order_id == row_id, Cancellation.cancel_id == cancel_id)
            .with_for_update()
        ).one_or_none()
        if request is None or request.status != returns.PENDING:
            raise asks.Refused("The buyer's request is settled already.")
        if request.answer_state in returns.ANSWERING:
            if request.answer == answer:
                return
            raise asks.Refused("The request is being answered already.")
        request.answer, request.answer_state, request.answer_actor = answer, returns.ASKED, actor
        request.answer_reason, request.answer_comment = reason[:200], comment[:500]
        request.answer_key, request.answer_message, request.answer_sent_at = uuid.uuid4().hex, "", None
        asks.make_due(row)
        aftersales.hint(row)
        verb = "approve" if answer == returns.APPROVE else "reject"
        why = f": {returns.reason_in_words(reason)}" if reason else ""
        record(
            session, row.id, PERSON, f"answer_{verb}", f"Asked to {verb} the buyer's cancellation{why}.", actor=actor
        )
        observed = row.observed
    queue.wake_order(row_id, observed)
