"""What is done once an hour, by whichever scheduler claims it first: what has had its time is forgotten."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from connector import clock
from connector.extensions import db, queue
from connector.models import FetchRun, InboxEvent, Setting
from connector.models.fetch import RUNNING
from connector.models.inbox import OVER, UNKNOWN_SHOP
from connector.models.transaction import end_transaction, transaction
from connector.sync import alarms, authorization, bulk, calls, debug, logins, privacy, stopping
from connector.sync.claims import changed

NEXT = "next_upkeep_at"
EVERY = timedelta(hours=1)
#: Webhook events that were handled, and fetches that have ended. What a person has to see to stays until somebody has; but of
#: a shop that is not connected nobody needs the events: when it is connected, its orders are read.
KEPT = timedelta(days=90)
#: Rows that one transaction removes.
BATCH = 500
#: Seconds after which the rest is left to another job: orders come to their turn, and RQ ends a job that takes too long.
AT_ONE_GO = 60.0


def start_upkeep() -> bool:
    """Wakes the upkeep when it is due; the time of the next one is written first, so that it is woken once."""
    now = clock.now()
    known = db.session.get(Setting, NEXT, populate_existing=True)
    end_transaction()
    if known is not None and not _is_due(known, now):
        return False  # a look costs no write
    with transaction() as session:
        row = session.get(Setting, NEXT, with_for_update=True)
        if row is None:
            session.add(Setting(name=NEXT, value=now.isoformat()))  # due at the next look; two that add it: one fails
            return False
        if not _is_due(row, now):
            return False
        row.value = (now + EVERY).isoformat()
    return queue.wake_upkeep(bucket=f"-{int(now.timestamp())}")


def _is_due(next_one: Setting, now: datetime) -> bool:
    """As connector.sync.claims.is_due: also where a clock that was ahead has written the time."""
    return not timedelta(0) < datetime.fromisoformat(next_one.value) - now <= 2 * EVERY


def maintain() -> None:
    """Forgets old counts, tries, consents, events and fetches; blanks personal data that has had its time. Safe to repeat.

    What is not done after AT_ONE_GO, or when the process is to stop, is another job's.
    """
    ends = time.monotonic() + AT_ONE_GO
    try:
        _maintain(ends)
    except stopping.Stopping:
        _wake_for_the_rest()
        raise
    if time.monotonic() > ends:
        _wake_for_the_rest()


def _wake_for_the_rest() -> None:
    queue.wake_upkeep(bucket=f"-rest-{int(clock.now().timestamp())}")


def _maintain(ends: float) -> None:
    with transaction() as session:
        calls.forget_old(session)
        debug.forget_old(session)
        authorization.forget_old(session)
        logins.forget_old(session)
        bulk.forget_old(session)
        alarms.forget_old(session)
    _forget(InboxEvent, InboxEvent.received_at, InboxEvent.state.in_((*OVER, UNKNOWN_SHOP)), ends)
    _forget(FetchRun, FetchRun.finished_at, FetchRun.state != RUNNING, ends)
    privacy.blank_what_has_had_its_time(ends)


def _forget(
    model: type[InboxEvent | FetchRun], at: InstrumentedAttribute[Any], is_over: ColumnElement[bool], ends: float
) -> None:
    """Removes what is over and older than KEPT, some at a time: webhooks that come meanwhile wait for no more than that."""
    old = select(model.id).where(at < clock.now() - KEPT, is_over).order_by(at).limit(BATCH)
    count = BATCH
    while count == BATCH:
        stopping.check()
        with transaction() as session:
            ids = session.scalars(old).all()
            count = changed(session.execute(delete(model).where(model.id.in_(ids))))
        if time.monotonic() > ends:
            return
