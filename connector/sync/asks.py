"""What a person may ask for, from the panel or the command line: each writes a row and wakes a worker; nothing is done here.

Every function takes who asks (an e-mail address, or "command line") and raises Refused with a sentence when it can't be.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import returns, statuses
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import CancelAsk, Cancellation, CancelOptions, FetchRun, Order, Shop
from connector.models.fetch import RUNNING
from connector.models.shop import ACTIVE
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync import aftersales, intake
from connector.sync.timeline import record

#: How far back a fetch reads when nothing has been read before and no time is given.
FIRST_FETCH = timedelta(days=3)
#: Each fetch reads again what changed shortly before the last: orders move while pages are read, and clocks differ.
OVERLAP = timedelta(minutes=5)


class Refused(Exception):
    """What was asked for is not possible now; the message says why, for a person."""


def sync_again(row_id: int, actor: str) -> None:
    """Works on an order anew, whatever state it is in; always safe. An ignored order stays ignored."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.sync_state == SyncState.IGNORED:
            raise Refused("The order is ignored. Take it back first.")
        make_due(row)
        record(session, row.id, PERSON, "sync_again", "Asked to try again.", actor=actor)
        observed = row.observed
    queue.wake_order(row_id, observed)


def create(row_id: int, actor: str) -> None:
    """Creates an order that waits for somebody to ask for it. Asked for twice, it is one order."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.sync_state == SyncState.IGNORED:
            raise Refused("The order is ignored. Take it back first.")
        if row.status == statuses.CANCELLED:
            raise Refused("The order is cancelled on TikTok Shop.")
        if row.magento_order_id is not None or row.magento_placing_at is not None:
            raise Refused("The Magento order is there already, or on its way.")
        refuse_carried(session, row)
        if row.create_asked_at is None:
            record(session, row.id, PERSON, "create_asked", "Asked to create it in Magento.", actor=actor)
        row.create_asked_at = row.create_asked_at or clock.now()
        make_due(row)
        observed = row.observed
    queue.wake_order(row_id, observed)


def plan_waiting_anew(session: Session, shop_id: int) -> None:
    """Has a shop's waiting orders planned anew: when they are created was set otherwise. Nothing is read for that."""
    session.execute(
        update(Order)
        .where(
            Order.shop_id == shop_id,
            Order.sync_state == SyncState.WAITING,
            Order.waiting_for.in_(("by_hand", "held_by_rule", "on_hold", "merchants_wait", "sample", "sample_window")),
        )
        .values(due_at=clock.now())
    )


def create_without_stock(row_id: int, actor: str) -> None:
    """Creates an order as a record only: complete from the start, no stock of Magento's touched (way A)."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.magento_order_id is not None or row.magento_placing_at is not None:
            raise Refused("The Magento order is there already, or on its way.")
        refuse_carried(session, row)
        row.forced_way = "record"
        make_due(row)
        record(
            session,
            row.id,
            PERSON,
            "forced_way",
            "Asked to create the order without reserving stock in Magento.",
            actor=actor,
        )
        observed = row.observed
    queue.wake_order(row_id, observed)


def ignore(row_id: int, actor: str) -> None:
    """Leaves an order alone from now on. What Magento already has stays as it is."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        row.sync_state = SyncState.IGNORED
        row.due_at = None
        record(session, row.id, PERSON, "ignored", "Marked to be ignored.", actor=actor)
        carried = session.scalars(
            select(Order).where(Order.combined_into == row_id).order_by(Order.id).with_for_update(of=Order)
        ).all()
        # Nobody creates or changes their Magento order any more: each says so.
        woken = [intake.observe_row(one) for one in carried]
    queue.wake_orders((one.row_id, one.observed) for one in woken)


def refuse_carried(session: Session, row: Order) -> None:
    """Refuses what can only be asked of the order that carries this one in Magento (connector.sync.together)."""
    if row.combined_into is not None:
        carrier = session.scalar(select(Order.tiktok_order_id).where(Order.id == row.combined_into))
        raise Refused(f"It is one Magento order together with TikTok Shop order {carrier}: do it there.")


def stop_ignoring(row_id: int, actor: str) -> None:
    """Takes an ignored order back into work."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.sync_state != SyncState.IGNORED:
            raise Refused("The order is not ignored.")
        make_due(row)
        record(session, row.id, PERSON, "unignored", "Taken back into work.", actor=actor)
        observed = row.observed
    queue.wake_order(row_id, observed)


def release_waiting(error_code: str, subject: str, actor: str) -> int:
    """Works anew on all orders that stand in Error with this cause (an unknown SKU that has just been mapped)."""
    of_cause = (Order.error_code == error_code) & (Order.error_subject == subject)
    with transaction() as session:
        woken = release(session, of_cause, actor, "Released: its cause was solved.")
    queue.wake_orders(woken)
    return len(woken)


def release(session: Session, which: ColumnElement[bool], actor: str, sentence: str) -> list[tuple[int, int]]:
    """Makes the orders that stand in Error and fit `which` due again, in the caller's transaction; what to wake after it."""
    rows = session.scalars(
        select(Order).where(Order.sync_state == SyncState.ERROR, which).order_by(Order.id).with_for_update(of=Order)
    ).all()
    for row in rows:
        make_due(row)
        record(session, row.id, PERSON, "sync_again", sentence, actor=actor)
    return [(row.id, row.observed) for row in rows]


def fetch(shop_id: int, actor: str, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """Fetches a shop's orders that changed between two times (UTC); by default what is new. Returns the run's id.

    Asked for twice with no times, it joins the run that is under way.
    """
    now = clock.now()
    with transaction() as session:
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        if shop.state != ACTIVE:
            raise Refused(f"The shop {shop.name} is not connected any more. Connect it again first.")
        under_way = session.scalars(
            select(FetchRun).where(FetchRun.shop_id == shop_id, FetchRun.state == RUNNING).order_by(FetchRun.id.desc())
        ).first()
        if under_way is not None and since is None and until is None:
            run_id = under_way.id
        else:
            if since is None:
                since = shop.poll_watermark - OVERLAP if shop.poll_watermark else now - FIRST_FETCH
            until = until or now + timedelta(minutes=1)
            if since >= until:
                raise Refused("The beginning of the period must lie before its end.")
            run = FetchRun(shop_id=shop_id, asked_by=actor, since=since, until=until, started_at=now)
            session.add(run)
            session.flush()
            run_id = run.id
    queue.wake_fetch(run_id)
    return run_id


def make_due(row: Order) -> None:
    """Has an order worked on anew, in the caller's transaction; wake it after."""
    row.observed += 1
    row.attempts = 0
    row.failing_since = None
    row.sync_state = SyncState.PENDING
    row.due_at = clock.now()
    row.updated_at = clock.now()


def active_shops() -> list[Shop]:
    """The shops that are connected, by name."""
    return list(db.session.scalars(select(Shop).where(Shop.state == ACTIVE).order_by(Shop.name)))


# -- cancellations ----------------------------------------------------------------------------------------------------------


def cancel(row_id: int, reason: str, actor: str, line_ids: Sequence[str] | None = None) -> int:
    """Cancels an order on TikTok Shop, or some of its lines where the market allows that. Returns the ask's id.

    `reason` is TikTok's name of one of the reasons that it takes now, or its words; it is checked once more before it is sent.
    Asked for twice, it is one cancellation.
    """
    wanted = sorted(set(line_ids)) if line_ids else None
    if not reason.strip():
        raise Refused("Choose a reason.")
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        under_way = session.scalars(
            select(CancelAsk).where(CancelAsk.order_id == row_id, CancelAsk.state.in_(returns.OPEN))
        ).one_or_none()
        if under_way is not None:
            if under_way.reason == reason and under_way.line_ids == wanted:
                return under_way.id
            raise Refused("The order is being cancelled already.")
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
        make_due(row)
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
        raise Refused("The order is ignored. Take it back first.")
    if row.status in statuses.FINAL:
        raise Refused(f"The order is {row.status.lower()} on TikTok Shop: nothing can be cancelled any more.")
    if line_ids is None:
        return
    if row.shop.region not in LINES_IN:
        raise Refused("TikTok Shop lets single items be cancelled in the US and the UK only. Cancel the whole order.")
    known = {str(line.get("id")) for line in (row.document or {}).get("line_items", [])}
    if not set(line_ids) <= known:
        raise Refused("The order has no such items any more. Load the page again.")


def ask_cancel_options(row_id: int, actor: str) -> None:
    """Lets a worker ask TikTok which reasons it takes for an order now; the answer comes to stand in CancelOptions."""
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.sync_state == SyncState.IGNORED:
            raise Refused("The order is ignored. Take it back first.")
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
        raise Refused("Choose a reason for the rejection.")
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        request = session.scalars(
            select(Cancellation)
            .where(Cancellation.order_id == row_id, Cancellation.cancel_id == cancel_id)
            .with_for_update()
        ).one_or_none()
        if request is None or request.status != returns.PENDING:
            raise Refused("The buyer's request is settled already.")
        if request.answer_state in returns.OPEN:
            if request.answer == answer:
                return
            raise Refused("The request is being answered already.")
        request.answer, request.answer_state, request.answer_actor = answer, returns.ASKED, actor
        request.answer_reason, request.answer_comment = reason[:200], comment[:500]
        request.answer_key, request.answer_message = uuid.uuid4().hex, ""
        make_due(row)
        aftersales.hint(row)
        verb = "approve" if answer == returns.APPROVE else "reject"
        why = f": {returns.reason_in_words(reason)}" if reason else ""
        record(
            session, row.id, PERSON, f"answer_{verb}", f"Asked to {verb} the buyer's cancellation{why}.", actor=actor
        )
        observed = row.observed
    queue.wake_order(row_id, observed)
