"""The one place that asks what time it is, so that tests can turn the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def is_due(next_at: InstrumentedAttribute[datetime | None], now: datetime, interval: int) -> ColumnElement[bool]:
    """Whether something that is done every `interval` seconds is due: never done, its time has come, or that time is
    further away than any interval, so that a clock which was ahead has written it."""
    return or_(next_at.is_(None), next_at <= now, next_at > now + timedelta(seconds=2 * interval))
