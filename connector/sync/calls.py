"""How calls went, counted in memory and written down once in a while: health at the price of one write in many calls.

A process keeps its counts for `KEEP` seconds at most, or until the outcome changes (the first failure after successes is
written at once, and so is the first success after failures). What a killed process had not written yet is lost: counts are
for people who look at a trend, nothing is decided by them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from flask import current_app
from sqlalchemy import delete, func, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.errors import ConnectorError, TryLater
from connector.extensions import db
from connector.magento.errors import StoreAddressWrong, Unauthorized
from connector.models import CallCount, Shop, Store
from connector.models.calls import MAGENTO_STORE, TIKTOK_SHOP
from connector.models.transaction import give_up_soon, transaction
from connector.models.upsert import add_to
from connector.sync import metrics, resting
from connector.tiktok.errors import (
    AuthorizationRevoked,
    MissingPermission,
    ShopDisabled,
    SignatureRejected,
    TokenExpired,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

KEEP = timedelta(seconds=5)
#: Where success and failure alternate, they are not written at each turn.
AT_MOST_EACH = timedelta(seconds=2)
#: Hours that are kept; the page shows the last day.
KEPT_FOR = timedelta(days=8)
#: What says that the connection is not well. A product that is unknown, say, is not among it.
_UNWELL = (
    TryLater,
    Unauthorized,
    StoreAddressWrong,
    AuthorizationRevoked,
    MissingPermission,
    ShopDisabled,
    SignatureRejected,
    TokenExpired,
)


@dataclass
class _Tally:
    written_at: datetime
    ok: int = 0
    failed: int = 0
    last_was_ok: bool | None = None
    last_ok_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


def counted(side: str, connection_id: int, call: Callable[[], T]) -> T:
    """What `call` gives; how it went is counted for the shop or store. Raises what it raises."""
    begun = time.monotonic()
    try:
        answer = call()
    except ConnectorError as error:
        seconds = time.monotonic() - begun
        metrics.count("connector_api_calls", side=side, outcome=error.code)
        log.info("call to %s %s failed: %s, %.2f s", side, connection_id, error.code, seconds)
        metrics.observe("connector_api_call_seconds", seconds, side=side)
        if side == MAGENTO_STORE:
            resting.failed(connection_id, error, seconds)
        _note(side, connection_id, error if isinstance(error, _UNWELL) else None)
        raise
    metrics.count("connector_api_calls", side=side, outcome="ok")
    metrics.observe("connector_api_call_seconds", time.monotonic() - begun, side=side)
    if side == MAGENTO_STORE:
        resting.answered(connection_id)
    _note(side, connection_id, None)
    return answer


def _note(side: str, connection_id: int, error: ConnectorError | None) -> None:
    now = clock.now()
    tallies: dict[tuple[str, int], _Tally] = current_app.extensions.setdefault("call_tallies", {})
    tally = tallies.setdefault((side, connection_id), _Tally(written_at=now - KEEP))
    with tally.lock:
        has_turned = tally.last_was_ok is not (error is None) and now - tally.written_at >= AT_MOST_EACH
        tally.last_was_ok = error is None
        if error is None:
            tally.ok, tally.last_ok_at = tally.ok + 1, now
        else:
            tally.failed, tally.last_error_at, tally.last_error = tally.failed + 1, now, error.message[:500]
        is_due = has_turned or now - tally.written_at >= KEEP
        if not is_due or db.session().in_transaction():
            return  # never in somebody else's transaction; a later call writes
        counts = (tally.ok, tally.failed, tally.last_ok_at, tally.last_error_at, tally.last_error, error is None)
        tally.ok = tally.failed = 0
        tally.written_at = now
    try:
        with transaction() as session:
            give_up_soon(session)
            _write(session, side, connection_id, now, *counts)
    except SQLAlchemyError as problem:
        # Only a statistic: the call itself went as it went. A later call writes.
        with tally.lock:
            tally.ok, tally.failed = tally.ok + counts[0], tally.failed + counts[1]
        log.warning("call counts could not be written: %s", type(problem).__name__)


def _write(
    session: Session,
    side: str,
    connection_id: int,
    now: datetime,
    ok: int,
    failed: int,
    last_ok_at: datetime | None,
    last_error_at: datetime | None,
    last_error: str,
    is_well: bool,
) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = {"side": side, "connection_id": connection_id, "hour": hour}
    add_to(session, CallCount, key, {"ok": ok, "failed": failed})
    model: type[Shop] | type[Store] = Shop if side == TIKTOK_SHOP else Store
    seen: dict[str, object] = {}
    if last_ok_at is not None:
        seen["last_ok_at"] = last_ok_at
    if last_error_at is not None:
        seen["last_error_at"] = last_error_at
        seen["last_error"] = last_error
    seen["failing_since"] = None if is_well else func.coalesce(model.failing_since, last_error_at)
    session.execute(update(model).where(model.id == connection_id).values(**seen))


def forget_old(session: Session) -> None:
    """Removes counts older than KEPT_FOR, inside the caller's transaction."""
    session.execute(delete(CallCount).where(CallCount.hour < clock.now() - KEPT_FOR))


__all__ = ["MAGENTO_STORE", "TIKTOK_SHOP", "counted", "forget_old"]
