"""What a person may ask for, from the panel or the command line: each writes a row and wakes a worker; nothing is done here.

Every function takes who asks (an e-mail address, or "command line") and raises Refused with a sentence when it can't be.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import statuses
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import FetchRun, Order, Shop
from connector.models.fetch import RUNNING
from connector.models.shop import ACTIVE
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync import intake
from connector.sync.timeline import record

#: How far back a fetch reads when nothing has been read before and no time is given.
FIRST_FETCH = timedelta(days=3)
#: Each fetch reads again what changed shortly before the last: orders move while pages are read, and clocks differ.
OVERLAP = timedelta(minutes=5)


class Refused(Exception):
    """What was asked for is not possible now; the message says why, for a person.

    `field` is the field of the form that is to blame, where one is.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


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


def release_waiting(error_code: str, subject: str, actor: str, shop_id: int = 0) -> int:
    """Works anew on a shop's orders (0: on all shops') that stand in Error with this cause (a carrier that is mapped now)."""
    of_cause = (Order.error_code == error_code) & (Order.error_subject == subject)
    if shop_id:
        of_cause &= Order.shop_id == shop_id
    return release_solved(of_cause, actor)


def release_solved(which: ColumnElement[bool], actor: str) -> int:
    """Works anew on all orders that stand in Error and fit `which`, for their cause was solved. Returns how many."""
    with transaction() as session:
        woken = release(session, which, actor, "Released: its cause was solved.")
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

    Asked for twice, it joins the run that is under way; a period that somebody asked for is read beside others.
    """
    now = clock.now()
    is_of_what_is_new = since is None and until is None
    with transaction() as session:
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        if shop.state != ACTIVE:
            raise Refused(f"The shop {shop.name} is not connected any more. Connect it again first.")
        if since is None:
            since = shop.poll_watermark - OVERLAP if shop.poll_watermark else now - FIRST_FETCH
        until = until or now + timedelta(minutes=1)
        if since >= until:
            raise Refused("The beginning of the period must lie before its end.")
        running = session.scalars(
            select(FetchRun).where(FetchRun.shop_id == shop_id, FetchRun.state == RUNNING).order_by(FetchRun.id.desc())
        )
        for run in running:
            if _reads_what_is_new(run, shop) if is_of_what_is_new else _reads_period(run, since, until, now):
                run_id = run.id
                break
        else:
            run = FetchRun(shop_id=shop_id, asked_by=actor, since=since, until=until, started_at=now)
            session.add(run)
            session.flush()
            run_id = run.id
    queue.wake_fetch(run_id)
    return run_id


def _reads_what_is_new(run: FetchRun, shop: Shop) -> bool:
    """Whether a run begins where the next poll would, and goes on to its own start: not a period that somebody asked for."""
    if run.until < run.started_at:
        return False
    if shop.poll_watermark is None:
        return run.since >= run.started_at - FIRST_FETCH
    return shop.poll_watermark - OVERLAP <= run.since <= shop.poll_watermark


def _reads_period(run: FetchRun, since: datetime, until: datetime, now: datetime) -> bool:
    """Whether a run reads this very period. One that has not ended ends with the run's start, which differs with each press."""
    return run.since == since and (run.until == until or (run.until >= run.started_at and until >= now))


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
