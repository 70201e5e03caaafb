"""What came to a dead end: webhook events that could not be handled, and orders that gave up or wait for a person.

Nothing is retried for ever: an event that fails again and again is set aside after MOST_TRIES, an order after a day
(connector.sync.backoff) or at once when only a person can help. Nothing is dropped either: all of it stands in one place,
and goes on when somebody says so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import DataError, SQLAlchemyError

from connector import clock, logs
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import InboxEvent, Order
from connector.models.inbox import DROPPED, FAILED, IS_SET_ASIDE, NEW
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, audit, events, metrics, stopping

log = logging.getLogger(__name__)

#: The sweep has the new events handled every 15 s at most (connector.queue.MARK_ENDS): for ten minutes or less.
MOST_TRIES = 40
#: Of so many without a failure that was seen, each has killed its worker. As connector.sync.lease.MOST_UNENDED for orders.
MOST_DEATHS = 10
#: The first event that is still new after so long, two sweeps, may be what killed the worker that met it before.
SUSPECT_AFTER = timedelta(seconds=30)
BATCH = 200
#: Other work in the queue comes to its turn, too.
MOST_AT_ONCE = 1000


def handle_new() -> int:
    """Handles the new events, the oldest first; returns how many. Ends after MOST_AT_ONCE, and asks for the rest.

    An event that breaks its handling stays new, and is met again by the next call (the sweep's, at the latest), after those
    that have not been tried yet. So is one that kills this process: whatever comes before it is handled, so it is the first
    of a later call.
    """
    queue.events_are_handled_now()
    tried = select(InboxEvent.id).where(InboxEvent.state == NEW, InboxEvent.attempts > 0)
    suspects = db.session.scalars(tried.order_by(InboxEvent.attempts, InboxEvent.id).limit(BATCH)).all()
    handled, last = 0, 0
    while handled < MOST_AT_ONCE:
        found = db.session.execute(
            select(InboxEvent.id, InboxEvent.received_at)
            .where(InboxEvent.state == NEW, InboxEvent.attempts == 0, InboxEvent.id > last)
            .order_by(InboxEvent.id)
            .limit(BATCH)
        ).all()
        end_transaction()
        if not found:
            break
        for event_id, received_at in found:
            _handle_next(event_id, is_suspect=not handled and clock.now() - received_at > SUSPECT_AFTER)
            handled += 1
        last = found[-1].id
    else:
        queue.wake_events()
    for event_id in suspects:
        _handle_next(event_id, is_suspect=True)
    return handled + len(suspects)


def _handle_next(event_id: int, *, is_suspect: bool) -> None:
    stopping.check()
    with logs.ids(event=event_id):
        handle(event_id, is_suspect=is_suspect)


def handle(event_id: int, *, is_suspect: bool = False) -> None:
    """Handles an event; one that breaks its handling is counted, and set aside after MOST_TRIES.

    One that `is_suspect` is counted before it is tried, in a transaction of its own: it may kill this process.

    The database being away is no fault of the event: it is raised, and the sweep comes again. That it does not take what the
    event holds (an order number of 60 characters, on PostgreSQL) is.
    """
    if is_suspect and not _count_try(event_id):
        return
    try:
        metrics.count("connector_events", outcome=events.handle(event_id, is_counted=is_suspect))
    except Exception as error:
        if isinstance(error, SQLAlchemyError) and not isinstance(error, DataError):
            raise
        log.exception("an event could not be handled")
        db.session.rollback()
        metrics.count("connector_events", outcome="broken")
        sentence = f"{type(error).__name__} in the connector while the event was handled."
        _count_failure(event_id, sentence, is_counted=is_suspect)


def _count_try(event_id: int) -> bool:
    """Counts a try that is about to be made. False when there were as many as may be, and none came to an end: set aside."""
    with transaction() as session:
        event = session.get(InboxEvent, event_id, with_for_update=True)
        if event is None or event.state != NEW:
            return False
        if event.attempts >= (MOST_TRIES if event.error else MOST_DEATHS):
            event.state, event.handled_at = FAILED, clock.now()
            event.error = "The worker died each time while the event was handled."
            return False
        event.attempts += 1
        return True


def _count_failure(event_id: int, sentence: str, *, is_counted: bool) -> None:
    with transaction() as session:
        event = session.get(InboxEvent, event_id, with_for_update=True)
        if event is None or event.state != NEW:
            return
        if not is_counted:
            event.attempts += 1
        event.error = sentence[:500]
        if event.attempts >= MOST_TRIES:
            event.state, event.handled_at = FAILED, clock.now()


def replay(event_ids: Sequence[int], actor: str) -> int:
    """Handles events anew, also such as were handled already (which changes nothing by itself: they are hints).

    Returns how many.
    """
    with transaction() as session:
        ids = session.scalars(
            update(InboxEvent)
            .where(InboxEvent.id.in_(event_ids))
            .values(state=NEW, attempts=0, error="")
            .returning(InboxEvent.id)
        ).all()
        audit.note(session, actor, "event", "replayed", subject=", ".join(map(str, ids)))
    queue.wake_events()
    return len(ids)


def replay_all(actor: str) -> int:
    """Replays every event that was set aside; returns how many."""
    ids = db.session.scalars(select(InboxEvent.id).where(IS_SET_ASIDE)).all()
    return sum(replay(ids[start : start + BATCH], actor) for start in range(0, len(ids), BATCH))


def drop(event_id: int, actor: str) -> bool:
    """Takes an event that was set aside off the dead ends, for good: nobody needs it. False where it is none (any more)."""
    with transaction() as session:
        kind = session.scalars(
            update(InboxEvent)
            .where(InboxEvent.id == event_id, IS_SET_ASIDE)
            .values(state=DROPPED, handled_at=clock.now())
            .returning(InboxEvent.type)
        ).one_or_none()
        if kind is None:
            return False
        audit.note(session, actor, "event", "dropped", subject=str(event_id))
    return True


def try_all(actor: str, error_code: str = "", subject: str | None = None) -> int:
    """Works anew on every order in Error (or only those with one cause, or of one subject of it); returns how many."""
    which = Order.sync_state == SyncState.ERROR
    if error_code:
        which &= Order.error_code == error_code
    if subject is not None:
        which &= Order.error_subject == subject
    ids = db.session.scalars(select(Order.id).where(which).order_by(Order.id)).all()
    count = 0
    for start in range(0, len(ids), BATCH):
        with transaction() as session:
            of_batch = which & Order.id.in_(ids[start : start + BATCH])
            woken = asks.release(session, of_batch, actor, "Asked to try again.")
        queue.wake_orders(woken)
        count += len(woken)
    return count
