"""Claiming: of several processes that see the same row waiting, one gets it, by one conditional UPDATE."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, or_, update
from sqlalchemy.orm import InstrumentedAttribute

from connector.models import BulkRun, FetchRun, Shop, Store
from connector.models.transaction import transaction


def has_passed(moment: InstrumentedAttribute[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Whether the moment that a row has in a column, a next time or a lease's end, lies behind; none counts as past."""
    return or_(moment.is_(None), moment <= now)


def claim(
    model: type[Shop | Store | FetchRun | BulkRun], row_id: int, is_free: ColumnElement[bool], **columns: Any
) -> bool:
    """Writes columns of a row where `is_free` still holds, in a transaction of its own. Returns whether it did."""
    with transaction() as session:
        return changed(session.execute(update(model).where(model.id == row_id, is_free).values(**columns))) == 1


def changed(result: object) -> int:
    """How many rows an UPDATE, DELETE or INSERT has changed."""
    assert isinstance(result, CursorResult)  # noqa: S101  (each of them gives one)
    return result.rowcount
