"""Changes of a Magento order that have no key of their own: none follows another one before that must have ended.

Magento checks whether an order can be invoiced or cancelled and writes only then, and most of its versions lock nothing in
between: a request that follows one of unknown outcome too soon passes the check, too. The order is then invoiced, or its
stock given back, twice. A correction that comes late writes what was due over what has been paid meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from connector import clock
from connector.domain.errors import ConnectorError, Unclear
from connector.http import CallFailed
from connector.magento.errors import Unavailable
from connector.sync.run import Run
from connector.sync.stopping import Stopping

#: Nothing in Magento's API can call off a request that timed out, but it ends: Magento's own web server settings give up after
#: 10 minutes, its database waits 50 seconds for a lock, and neither an offline refund nor a shipment makes it call anybody.
REQUEST_MAY_LAST = timedelta(hours=1)
#: A change that Magento refuses once it was made is repeated sooner: when the first can no longer be between Magento's check
#: and its saving (InnoDB waits 50 seconds for a lock).
CHECKED_AND_NOT_SAVED = timedelta(seconds=50)
SOONEST_LOOK = timedelta(seconds=15)
#: A proxy's answers that mean: Magento may still be at work.
GATEWAY_TIMEOUTS = (504, 524)


@contextmanager
def attempt(run: Run, *, is_seen: bool = False) -> Iterator[None]:
    """Around the call that makes the change. Raises Unclear as long as an earlier one may still be at work.

    `is_seen`: Magento shows what the earlier one was to do. The moment is written down before the call, as for a killed
    worker nobody else does it, and forgotten with the answer.
    """
    if not is_seen:
        wait_for_earlier(run.row.magento_asked_at)
    run.receipt(magento_asked_at=clock.now())
    try:
        yield
    except (ConnectorError, Stopping) as error:
        if not may_be_at_work(error):
            run.receipt(magento_asked_at=None, later=True)
        raise
    run.receipt(magento_asked_at=None, later=True)


def next_look(waited: timedelta, may_last: timedelta) -> float:
    """Seconds until it is looked again what came of an attempt: ever later, and at the latest when it must have ended."""
    look_in = max(waited / 4, SOONEST_LOOK)
    return (min(look_in, may_last - waited) if waited < may_last else look_in).total_seconds()


def look_after(asked_at: datetime, may_last: timedelta) -> float | None:
    """Seconds until it is looked again what came of an attempt of then; None where it must have ended, or the clock was set."""
    waited = clock.now() - asked_at
    return next_look(waited, may_last) if timedelta(0) <= waited < may_last else None


def wait_for_earlier(asked_at: datetime | None) -> None:
    """Raises Unclear as long as a change that was asked for then may still be between Magento's check and its saving."""
    if asked_at is None:
        return
    after = look_after(asked_at, CHECKED_AND_NOT_SAVED)
    if after is not None:
        raise Unclear(
            "It is not clear yet whether Magento did what it was asked for.", code="change_unclear", after=after
        )


def may_be_at_work(error: BaseException) -> bool:
    """Whether Magento may still be doing what was asked for when this came instead of an answer."""
    if isinstance(error, CallFailed):
        return error.maybe_done
    status = error.exchange.status if isinstance(error, Unavailable) and error.exchange else None
    return status in GATEWAY_TIMEOUTS
