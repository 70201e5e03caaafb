"""Writing lines into an order's timeline. A row's state and its line change in the same transaction."""

from __future__ import annotations

from typing import Any

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
            order_id=order_id,
            at=clock.now(),
            kind=kind,
            code=code,
            sentence=sentence[:1000],
            actor=actor,
            is_error=is_error,
            details=details,
        )
    )
