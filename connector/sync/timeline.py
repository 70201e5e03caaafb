"""Writing lines into an order's timeline. A row's state and its line change in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from connector import clock
from connector.models import TimelineEntry


def record(
    session: Session,
    order_id: int,
    kind: str,
    code: str,
    sentence: str,
    *,
    actor: str = "",
    is_error: bool = False,
    details: dict[str, Any] | None = None,
) -> None:
    """Adds one line, inside the caller's transaction. `sentence` must hold no personal data."""
    session.add(
        TimelineEntry(
            **line(order_id, kind, code, sentence, actor=actor, is_error=is_error, details=details),
        )
    )


def line(
    order_id: int,
    kind: str,
    code: str,
    sentence: str,
    *,
    actor: str = "",
    is_error: bool = False,
    details: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One line that happened now, to be written by `write_lines`."""
    return {
        "order_id": order_id,
        "at": clock.now(),
        "kind": kind,
        "code": code,
        "sentence": sentence[:1000],
        "actor": actor,
        "is_error": is_error,
        "details": details,
    }


def write_lines(connection: Connection, lines: Sequence[dict[str, Any]]) -> None:
    """Adds lines, inside the caller's transaction."""
    if lines:
        connection.execute(_INSERT, list(lines))


#: On the table: nobody needs the rows as objects.
_TABLE = TimelineEntry.__table__
assert isinstance(_TABLE, Table)  # noqa: S101
_INSERT = _TABLE.insert()
