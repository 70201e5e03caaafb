"""One action on many orders: chosen in the panel, worked on by a worker in chunks, with a lease like a fetch run.

Which orders is frozen when they are chosen: an order that comes to match a filter afterwards is not touched. Each order is
asked for as a person would ask for it alone (connector.sync.asks), so that a chunk that is done twice does no harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import returns
from connector.domain.errors import unexpected
from connector.extensions import db, queue
from connector.models import BulkItem, BulkRun, CancelAsk, Order
from connector.models.bulk import DONE, DRAFT, FAILED, RUNNING
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, cancel_asks, stopping
from connector.sync.claims import changed, claim, has_passed

log = logging.getLogger(__name__)

#: As many orders as one run takes.
MOST = 100_000
CHUNK = 50
#: A run whose worker died is taken up again after this long. A chunk takes well under a second.
LEASE = timedelta(seconds=60)
#: Then the worker looks after something else, and the run is woken again.
AT_A_TIME = 20.0
KEPT = timedelta(days=30)
KEPT_DRAFTS = timedelta(days=1)


class Action(NamedTuple):
    """`label` is on the button, `going` and `ended` are in the sentence with the number of orders."""

    label: str
    going: str
    ended: str
    ask: Callable[[int, str, BulkRun], object]
    needs_reason: bool = False


ACTIONS: Mapping[str, Action] = {
    "sync-again": Action(
        "Sync again", "Trying {} again.", "Tried {} again.", lambda row_id, actor, run: asks.sync_again(row_id, actor)
    ),
    "create": Action(
        "Create in Magento",
        "Creating {} in Magento.",
        "Asked to create {} in Magento.",
        lambda row_id, actor, run: asks.create(row_id, actor),
    ),
    "ignore": Action(
        "Ignore",
        "Ignoring {} from now on.",
        "Ignored {} from now on.",
        lambda row_id, actor, run: asks.ignore(row_id, actor),
    ),
    "stop-ignoring": Action(
        "Take back into work",
        "Taking {} back into work.",
        "Took {} back into work.",
        lambda row_id, actor, run: asks.stop_ignoring(row_id, actor),
    ),
    "cancel": Action(
        "Cancel on TikTok Shop",
        "Cancelling {} on TikTok Shop.",
        "Asked TikTok Shop to cancel {}.",
        lambda row_id, actor, run: cancel_asks.cancel(row_id, run.reason, actor),
        needs_reason=True,
    ),
}

# -- choosing and starting -------------------------------------------------------------------------------------------------


def choose(conditions: Sequence[ColumnElement[bool]], actor: str, words: str, address: str) -> int:
    """Freezes which orders a run is about: all that fulfil the conditions now. Returns the run's id.

    Raises asks.Refused when there are none, or more than MOST.
    """
    with transaction() as session:
        run = BulkRun(actor=actor, words=words[:500], address=address[:1000], asked_at=clock.now())
        session.add(run)
        session.flush()
        chosen = select(literal(run.id), Order.id, literal(""), literal("")).where(*conditions).limit(MOST + 1)
        session.execute(
            insert(BulkItem).from_select(["run_id", "order_id", "state", "message"], chosen, include_defaults=False)
        )
        counted = select(func.count()).select_from(BulkItem).where(BulkItem.run_id == run.id)
        run.total = session.execute(counted).scalar_one()
        if run.total == 0:
            raise asks.Refused("No order matches any more.")
        if run.total > MOST:
            raise asks.Refused(f"More than {MOST:,} orders match. Narrow the list with a filter, by creation date say.")
        return run.id


def start(run_id: int, what: str, actor: str, reason: str = "") -> None:
    """Has a worker do it. Pressed twice, it is done once. Raises asks.Refused, or KeyError for an unknown action."""
    action = ACTIONS[what]
    reason = " ".join(reason.split())[:200]
    if action.needs_reason and not reason:
        raise asks.Refused("Choose a reason.")
    with transaction() as session:
        started = session.execute(
            update(BulkRun)
            .where(BulkRun.id == run_id, BulkRun.state == DRAFT, BulkRun.actor == actor)
            .values(what=what, reason=reason if action.needs_reason else "", state=RUNNING, started_at=clock.now())
        )
        if changed(started) == 0 and session.get_one(BulkRun, run_id).what != what:
            raise asks.Refused("Something else is being done with these orders already.")
    queue.wake_bulk(run_id)


# -- working ------------------------------------------------------------------------------------------------------------------


def work(run_id: int) -> None:
    """Asks for one order after the other. Does nothing when somebody else is at it, or when it is done."""
    now = clock.now()
    is_free = (BulkRun.state == RUNNING) & has_passed(BulkRun.lease_until, now)
    if not claim(BulkRun, run_id, is_free, lease_until=now + LEASE):
        return
    begun = time.monotonic()
    is_last = False
    while not is_last:
        try:
            stopping.check()
            is_last = _chunk(run_id)
        except stopping.Stopping:
            _give_back(run_id)
            raise
        if not is_last and time.monotonic() - begun > AT_A_TIME:
            _give_back(run_id)
            queue.wake_bulk(run_id, bucket=f"-{int(clock.now().timestamp())}")
            return


def _chunk(run_id: int) -> bool:
    """Whether nothing is left for us to do: all is done, or somebody else took the run over."""
    run = db.session.get_one(BulkRun, run_id, populate_existing=True)
    reached = run.reached
    row_ids = list(
        db.session.scalars(
            select(BulkItem.order_id)
            .where(BulkItem.run_id == run_id, BulkItem.order_id > reached)
            .order_by(BulkItem.order_id)
            .limit(CHUNK)
        )
    )
    end_transaction()
    failures: dict[int, str] = {}
    for row_id in row_ids:
        try:
            ACTIONS[run.what].ask(row_id, run.actor, run)
        except asks.Refused as refused:
            failures[row_id] = str(refused)[:500]
        except DBAPIError:
            raise  # the database is away: the run is taken up again
        except Exception as error:
            # One order that breaks it must not have its chunk asked for again and again.
            log.exception("an order of an action on many broke")
            db.session.rollback()
            failures[row_id] = unexpected(error).message
    now = clock.now()
    with transaction() as session:
        # Only who finds the run where it was goes on: a worker that slept through its lease does not count twice.
        moved = session.execute(
            update(BulkRun)
            .where(BulkRun.id == run_id, BulkRun.reached == reached, BulkRun.state == RUNNING)
            .values(
                reached=row_ids[-1] if row_ids else reached,
                done=BulkRun.done + len(row_ids) - len(failures),
                failed=BulkRun.failed + len(failures),
                lease_until=now + LEASE,
                **({} if row_ids else {"state": DONE, "finished_at": now}),
            )
        )
        if changed(moved) == 0:
            return True
        _write_down(session, run_id, row_ids, failures)
    return not row_ids


def _write_down(session: Session, run_id: int, row_ids: list[int], failures: Mapping[int, str]) -> None:
    items = (BulkItem.run_id == run_id) & BulkItem.order_id.in_(row_ids)
    session.execute(update(BulkItem).where(items).values(state=DONE))
    for row_id, message in failures.items():
        session.execute(
            update(BulkItem)
            .where(BulkItem.run_id == run_id, BulkItem.order_id == row_id)
            .values(state=FAILED, message=message)
        )


def _give_back(run_id: int) -> None:
    with transaction() as session:
        session.execute(update(BulkRun).where(BulkRun.id == run_id, BulkRun.state == RUNNING).values(lease_until=None))


def resting(now: datetime) -> list[tuple[int, int]]:
    """(run id, how far it is) of the runs that nobody works on, for the sweep."""
    rows = db.session.execute(
        select(BulkRun.id, BulkRun.reached).where(BulkRun.state == RUNNING, has_passed(BulkRun.lease_until, now))
    ).all()
    end_transaction()
    return [(row.id, row.reached) for row in rows]


def forget_old(session: Session) -> None:
    """Runs are kept for a month, choices that nothing came of for a day."""
    now = clock.now()
    old = (BulkRun.asked_at < now - KEPT) | ((BulkRun.state == DRAFT) & (BulkRun.asked_at < now - KEPT_DRAFTS))
    run_ids = select(BulkRun.id).where(old, BulkRun.state != RUNNING)
    session.execute(
        delete(BulkItem).where(BulkItem.run_id.in_(run_ids)), execution_options={"synchronize_session": False}
    )
    session.execute(
        delete(BulkRun).where(old, BulkRun.state != RUNNING), execution_options={"synchronize_session": False}
    )


# -- what came of it ------------------------------------------------------------------------------------------------------------


class Failure(NamedTuple):
    """An order for which it did not work, and why."""

    tiktok_order_id: str
    message: str
    remedy: str = ""


def failures(run: BulkRun, most: int = 200) -> list[Failure]:
    """What was refused at once, then what TikTok refused, then what stands in Error by now."""
    of_run = select(BulkItem.order_id).where(BulkItem.run_id == run.id, BulkItem.state == DONE)
    refused = (
        select(Order.tiktok_order_id, BulkItem.message, literal(""))
        .join(Order, Order.id == BulkItem.order_id)
        .where(BulkItem.run_id == run.id, BulkItem.state == FAILED)
        .order_by(BulkItem.order_id)
        .limit(most)
    )
    found = [Failure(*row) for row in db.session.execute(refused)]
    if run.what == "cancel":
        by_tiktok = (
            select(Order.tiktok_order_id, CancelAsk.message, literal(""))
            .join(Order, Order.id == CancelAsk.order_id)
            .where(
                CancelAsk.order_id.in_(of_run),
                CancelAsk.state == returns.REFUSED,
                CancelAsk.asked_at >= run.started_at,
            )
            .order_by(CancelAsk.order_id)
            .limit(most)
        )
        found += [Failure(*row) for row in db.session.execute(by_tiktok)]
    elif run.what != "ignore":
        in_error = (
            select(Order.tiktok_order_id, Order.error_message, Order.error_remedy)
            .where(Order.id.in_(of_run), Order.sync_state == "error")
            .order_by(Order.id)
            .limit(most)
        )
        found += [Failure(*row) for row in db.session.execute(in_error)]
    return found[:most]


def states(run: BulkRun) -> dict[str, int]:
    """How many of the orders that were asked for stand where by now."""
    grouped = (
        select(Order.sync_state, func.count())
        .join(BulkItem, BulkItem.order_id == Order.id)
        .where(BulkItem.run_id == run.id, BulkItem.state == DONE)
        .group_by(Order.sync_state)
    )
    return {row[0]: row[1] for row in db.session.execute(grouped)}
