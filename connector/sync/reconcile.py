"""Reconciliation: both sides' orders of a period are compared, whatever this database believes of them.

Started every night by the scheduler (claimed by one conditional UPDATE), by a person, or by a command. It changes nothing
itself: an order that is not alike is observed, so that a worker reads both sides and does what is missing; what no worker
could solve is listed for a person. The comparison is connector.domain.reconciling.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from connector import clock
from connector.domain.errors import ConnectorError, TryLater, unexpected
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import Difference, Order, Reconciliation, Shop
from connector.models.reconcile import DONE, FAILED, RUNNING
from connector.models.shop import ACTIVE, DISCONNECTED
from connector.models.transaction import end_transaction, transaction
from connector.sync.asks import Refused
from connector.sync.claims import changed, claim, has_passed, is_due
from connector.sync.comparing import LEASE, Comparison, Overtaken

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
#: How far back the nightly one looks at least: orders live about so long between the payment and the parcel.
NIGHTLY_PERIOD = timedelta(days=7)
#: The order of a difference that is left to a person is compared again every night for so long.
LOOKED_AT_AGAIN = timedelta(days=30)
#: Reports older than this are forgotten.
KEPT_FOR = timedelta(days=90)
#: One that fails for so long without getting further gives up.
GIVE_UP_AFTER = timedelta(hours=6)
#: Seconds after which what a person has to see to is tried again meanwhile.
AFTER_REFUSAL = 300.0
LONGEST = timedelta(days=366)
#: Seconds after which it is put back: other work in the queue comes to its turn, and RQ ends a job that takes too long.
AT_ONE_GO = 60.0


def ask(shop_id: int, actor: str, since: datetime, until: datetime) -> int:
    """Asks for a reconciliation of a shop's orders created between two times (UTC). Returns its id. Raises Refused."""
    if since >= until:
        raise Refused("The beginning of the period must lie before its end.")
    if until - since > LONGEST:
        raise Refused("A period is at most a year.")
    with transaction() as session:
        shop = session.get_one(Shop, shop_id)
        if shop.state != ACTIVE:
            raise Refused(f"The shop {shop.name} is not connected any more. Connect it again first.")
        under_way = session.scalars(
            select(Reconciliation).where(
                Reconciliation.shop_id == shop_id,
                Reconciliation.state == RUNNING,
                Reconciliation.since == since,
                Reconciliation.until == until,
            )
        ).first()
        run_id = under_way.id if under_way is not None else _begin(session, shop_id, actor, since, until)
    queue.wake_reconciliation(run_id)
    return run_id


def _begin(session: Session, shop_id: int, actor: str, since: datetime, until: datetime) -> int:
    run = Reconciliation(shop_id=shop_id, asked_by=actor, since=since, until=until, started_at=clock.now())
    session.add(run)
    session.flush()
    return run.id


def tend() -> int:
    """The scheduler's part: starts what is due tonight, wakes what rests, forgets what is old. Returns how many were woken."""
    now = clock.now()
    due = is_due(Shop.next_reconcile_at, now, EVERY.total_seconds())
    shops = db.session.scalars(select(Shop).where(Shop.state == ACTIVE, due)).all()
    waiting = [(shop.id, shop.next_reconcile_at, next_night(now, shop.time_zone)) for shop in shops]
    resting: Sequence[int] = db.session.scalars(
        select(Reconciliation.id).where(
            Reconciliation.state == RUNNING,
            has_passed(Reconciliation.lease_until, now),
        )
    ).all()
    end_transaction()
    for shop_id, was_due_at, next_at in waiting:
        with transaction() as session:
            claimed = session.execute(
                update(Shop).where(Shop.id == shop_id, due).values(next_reconcile_at=next_at),
            )
            session.execute(delete(Reconciliation).where(Reconciliation.started_at < now - KEPT_FOR))
            # A shop that has just been connected has nothing to compare yet: its first night comes.
            if changed(claimed) == 1 and was_due_at is not None:
                # In the claim's transaction: a scheduler that is killed between the two would lose the night.
                since = _tonight_since(session, shop_id, now)
                resting = [*resting, _begin(session, shop_id, "every night", since, now)]
    bucket = f"-{int(now.timestamp()) // 15}"
    return sum(queue.wake_reconciliation(run_id, bucket=bucket) for run_id in resting)


def next_night(now: datetime, time_zone: str) -> datetime:
    """Three in the morning, next, where the shop is: the quietest hour. UTC where there is no zone of that name."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    there = now.astimezone(zone)
    night = there.replace(hour=3, minute=0, second=0, microsecond=0)
    return night if night > there else night + EVERY


def work(run_id: int) -> None:
    """Works on a reconciliation for AT_ONE_GO. Does nothing when somebody else is at it.

    What is not finished then, or failed in a way that may pass, is taken up again where it stopped.
    """
    now = clock.now()
    is_free = (Reconciliation.state == RUNNING) & has_passed(Reconciliation.lease_until, now)
    if not claim(Reconciliation, run_id, is_free, lease_until=now + LEASE, error=""):
        return
    try:
        comparison = Comparison.of(run_id)
        is_finished = comparison.run(ends=time.monotonic() + AT_ONE_GO)
    except Overtaken:
        return
    except ConnectorError as error:
        _failed(run_id, error)
        return
    except Exception as error:
        log.exception("unexpected error")
        _failed(run_id, unexpected(error))
        return
    end = {"state": DONE, "finished_at": clock.now()} if is_finished else {}
    with transaction() as session:
        session.execute(update(Reconciliation).where(Reconciliation.id == run_id).values(lease_until=None, **end))
    if not is_finished:
        queue.wake_reconciliation(run_id, bucket=f"-{int(comparison.reached.timestamp())}")


def left_to_people() -> dict[int, int]:
    """How many differences are left to a person, by the shop's row id.

    Each as long as no later reconciliation has compared its order, and the order is not to be ignored: neither a comparison
    of today alone nor a week that has passed makes both sides alike. Without shops that were disconnected on purpose, and
    those that have not been compared.
    """
    run = aliased(Reconciliation)
    was_compared = exists().where(run.shop_id == Shop.id, run.state == DONE)
    count = _left(func.count()).where(Reconciliation.shop_id == Shop.id).correlate(Shop).scalar_subquery()
    # One statement: each look at the orders page asks it.
    counted = db.session.execute(select(Shop.id, count).where(was_compared, Shop.state != DISCONNECTED))
    return dict(counted.tuples().all())


def _left(*columns: Any) -> Select[Any]:
    """Of the differences that are left to a person; of the orders that only Magento has, those of a shop's last report."""
    later = aliased(Reconciliation)
    has_compared = or_(Order.id.is_(None), and_(later.since <= Order.create_time, later.until > Order.create_time))
    is_compared_later = exists().where(
        later.shop_id == Reconciliation.shop_id, later.id > Reconciliation.id, later.state == DONE, has_compared
    )
    return (
        select(*columns)
        .select_from(Difference)
        .join(Reconciliation, Reconciliation.id == Difference.reconciliation_id)
        .outerjoin(Order, Order.tiktok_order_id == Difference.tiktok_order_id)
        .where(
            Reconciliation.state == DONE,
            Difference.is_repaired.is_(False),
            or_(Order.id.is_(None), Order.sync_state != SyncState.IGNORED),
            ~is_compared_later,
        )
    )


def _tonight_since(session: Session, shop_id: int, now: datetime) -> datetime:
    """From when on a night compares: NIGHTLY_PERIOD, and what was left to people before that, for LOOKED_AT_AGAIN."""
    is_of_shop = (Reconciliation.shop_id == shop_id) & (Order.create_time > now - LOOKED_AT_AGAIN)
    oldest = session.scalar(_left(func.min(Order.create_time)).where(is_of_shop))
    return min(now - NIGHTLY_PERIOD, oldest or now)


def finish(run_id: int, patience: float = 600) -> tuple[Reconciliation, list[Difference]]:
    """Works on a reconciliation in this process, or waits for the worker that was quicker; then what it found.

    `patience`: for so many seconds without progress.
    """
    reached, give_up = None, time.monotonic() + patience
    while True:
        work(run_id)
        run = db.session.get_one(Reconciliation, run_id, populate_existing=True)
        end_transaction()
        if run.state != RUNNING or run.error or time.monotonic() > give_up:
            break
        if run.reached != reached:
            reached, give_up = run.reached, time.monotonic() + patience
        time.sleep(0.3)  # a worker has it
    found = db.session.scalars(
        select(Difference).where(Difference.reconciliation_id == run_id).order_by(Difference.id)
    ).all()
    end_transaction()
    return run, list(found)


def _failed(run_id: int, error: ConnectorError) -> None:
    now = clock.now()
    db.session.rollback()
    with transaction() as session:
        run = session.get_one(Reconciliation, run_id, populate_existing=True)
        run.error = f"{error.message} {error.remedy}".strip()[:500]
        run.failing_since = run.failing_since or now
        is_over = error.code == "shop_deauthorized" or now - run.failing_since >= GIVE_UP_AFTER
        if not is_over:
            # What only a person can solve (Magento's 401) is over by itself as often as not: the integration was saved anew.
            pause = max(error.after or 0, 30) if isinstance(error, TryLater) else AFTER_REFUSAL
            run.lease_until = now + timedelta(seconds=pause)
        else:
            run.state, run.finished_at, run.lease_until = FAILED, now, None
    log.warning("reconciliation failed: %s", error.code)
