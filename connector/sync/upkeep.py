"""What is done once an hour, by whichever scheduler claims it first: what has had its time is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector import clock
from connector.extensions import db, queue
from connector.models import Setting
from connector.models.transaction import end_transaction, transaction
from connector.sync import alarms, authorization, bulk, calls, debug, logins, privacy

NEXT = "next_upkeep_at"
EVERY = timedelta(hours=1)


def start_upkeep() -> bool:
    """Wakes the upkeep when it is due; the time of the next one is written first, so that it is woken once."""
    now = clock.now()
    known = db.session.get(Setting, NEXT, populate_existing=True)
    end_transaction()
    if known is not None and datetime.fromisoformat(known.value) > now:
        return False  # a look costs no write
    with transaction() as session:
        row = session.get(Setting, NEXT, with_for_update=True, populate_existing=True)
        if row is None:
            session.add(Setting(name=NEXT, value=now.isoformat()))  # due at the next look; two that add it: one fails
            return False
        if datetime.fromisoformat(row.value) > now:
            return False
        row.value = (now + EVERY).isoformat()
    return queue.wake_upkeep(bucket=f"-{int(now.timestamp())}")


def maintain() -> None:
    """Blanks personal data that has had its time; forgets old counts, tries and consents. Safe to repeat."""
    privacy.blank_what_has_had_its_time()
    with transaction() as session:
        calls.forget_old(session)
        debug.forget_old(session)
        authorization.forget_old(session)
        logins.forget_old(session)
        bulk.forget_old(session)
        alarms.forget_old(session)
