"""A Magento store that keeps workers waiting rests: one order after the other asks it, until one is answered.

Else each of its orders would hold a worker for up to a call's whole deadline, again and again, and the other stores' orders,
cancellations and webhooks would come to no turn. `connector.sync.recovery` lets the others go on once the store has answered.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from connector import clock
from connector.domain.errors import ConnectorError, RateLimited, Unclear
from connector.extensions import db
from connector.http import CALL_DEADLINE, CallFailed
from connector.magento.errors import BadAnswer, Unavailable
from connector.models import Store
from connector.models.transaction import give_up_soon, transaction
from connector.sync.claims import claim

log = logging.getLogger(__name__)

#: What says that the store as a whole is not well. One order's own trouble is told in other words.
_UNWELL = (CallFailed, Unavailable, BadAnswer, RateLimited)
#: A store rests after so many seconds that failed calls in a row have taken. One that is answered begins the count anew; and
#: a store that refuses at once keeps nobody waiting.
MOST_LOST = 5.0
#: It rests for a quarter of the time that it has been away: short at first, so that little is lost by a rest.
SHORTEST, LONGEST = timedelta(seconds=0.5), timedelta(seconds=10)
#: Seconds after which an order that was not tried looks again, at least, unless it is let go on before.
UNTRIED = 8.0
#: How long whoever asks a resting store may take; afterwards the next one asks.
ASKING = timedelta(seconds=CALL_DEADLINE + 5)


class StoreRests(Unclear):
    """Whether the store answers again is not to be seen yet: somebody else asks it, or it is not time. Nothing was tried."""


@dataclass
class _Losses:
    """What this process has seen of a store since it was answered last."""

    seconds: float = 0.0
    since: datetime | None = None
    has_rested: bool = False
    is_asking: bool = False


def require_awake(store_id: int, rests_until: datetime | None) -> None:
    """Raises StoreRests, unless the store is well, or it is on us to ask it. `rests_until` as it stands in the store's row."""
    if rests_until is None:
        return
    now = clock.now()
    # What is further away was written by a clock that was ahead.
    if not now < rests_until <= now + ASKING and claim(
        Store, store_id, Store.rests_until == rests_until, rests_until=now + ASKING
    ):
        _losses_of(store_id).is_asking = True
        return
    after = max(UNTRIED, min((rests_until - now).total_seconds(), CALL_DEADLINE)) * random.uniform(1, 1.25)
    raise StoreRests("Magento has not answered lately.", code="magento_rests", after=after)


def answered(store_id: int) -> None:
    """A call to the store was answered, whatever it said."""
    losses = _losses_of(store_id)
    has_rested = losses.has_rested or losses.is_asking
    losses.seconds, losses.since = 0.0, None
    # At once, and not with the next counts: by it connector.sync.recovery lets those go on that wait.
    if has_rested and _write(store_id, rests_until=None, last_ok_at=clock.now()):
        losses.has_rested = losses.is_asking = False


def failed(store_id: int, error: ConnectorError, seconds: float) -> None:
    """A call to the store failed after so many seconds."""
    if not isinstance(error, _UNWELL):
        answered(store_id)
        return
    losses = _losses_of(store_id)
    now = clock.now()
    losses.since = losses.since or now - timedelta(seconds=seconds)
    losses.seconds += seconds
    if losses.seconds < MOST_LOST and not losses.is_asking:
        return
    rest = min(max((now - losses.since) / 4, SHORTEST), LONGEST)
    if _write(store_id, rests_until=now + rest):
        log.warning("store %s does not answer: one order asks it again in %.1f s", store_id, rest.total_seconds())
        losses.seconds, losses.has_rested, losses.is_asking = 0.0, True, False


def _write(store_id: int, **columns: datetime | None) -> bool:
    """Whether it could be written. If not, the next call does."""
    if db.session().in_transaction():
        return False  # never in somebody else's transaction
    try:
        with transaction() as session:
            give_up_soon(session)
            session.execute(update(Store).where(Store.id == store_id).values(**columns))
    except SQLAlchemyError as problem:
        log.warning("that a store rests could not be written: %s", type(problem).__name__)
        return False
    return True


def _losses_of(store_id: int) -> _Losses:
    known: dict[int, _Losses] = current_app.extensions.setdefault("store_losses", {})
    return known.setdefault(store_id, _Losses())
