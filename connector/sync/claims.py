"""Claiming: of several processes that see the same row waiting, one gets it, by one conditional UPDATE."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, or_, update
from sqlalchemy.orm import InstrumentedAttribute

from connector.models import BulkRun, FetchRun, Reconciliation, Shop, Store
from connector.models.transaction import transaction


def has_passed(moment: InstrumentedAttribute[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Whether the moment that a row has in a column, a next time or a lease's end, lies behind; none counts as past."""
    return or_(moment.is_(None), moment <= now)


def is_due(next_at: InstrumentedAttribute[datetime | None], now: datetime, interval: float) -> ColumnElement[bool]:
    """Whether something that is done every `interval` seconds is due: never done, its time has come, or that time is
    further away than any interval, so that a clock which was ahead has written it."""
    return or_(has_passed(next_at, now), next_at > now + timedelta(seconds=2 * interval))


def claim(
    model: type[Shop | Store | FetchRun | BulkRun | Reconciliation],
    row_id: int,
    is_free: ColumnElement[bool],
    **columns: Any,
) -> bool:
    """Writes columns of a row where `is_free` still holds, in a transaction of its own. Returns whether it did."""
    with transaction() as session:
        return changed(session.execute(update(model).where(model.id == row_id, is_free).values(**columns))) == 1


def changed(result: object) -> int:
    """How many rows an UPDATE, DELETE or INSERT has changed."""
    assert isinstance(result, CursorResult)  # noqa: S101  (each of them gives one)
    return result.rowcount
