"""A fetch of orders from TikTok: asked for by a person, a command or the safety poll; its progress and what it found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime

RUNNING = "running"
DONE = "done"
FAILED = "failed"


class FetchRun(Model):
    """One fetch of one shop's orders by update_time, from `since` to `until` (UTC)."""

    __tablename__ = "fetch_runs"
    __table_args__ = (
        Index(
            "ix_fetch_runs_running",
            "shop_id",
            postgresql_where=text("state = 'running'"),
            sqlite_where=text("state = 'running'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), index=True)
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16), default=RUNNING)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: All changes before this have been read; None: none yet.
    reached: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when it fails without getting further; None: it does not.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pages: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    #: Orders that could not be read; each stands in the list with what is wrong with it.
    failed: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str] = mapped_column(String(500), default="")
