"""Webhook events as they came: the raw body, unique by TikTok's notification id or by a hash of the body."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Select, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime

NEW = "new"
HANDLED = "handled"
NOT_HANDLED = "not_handled"  # a type that the connector has no use for, or of a shop that was disconnected
UNKNOWN_SHOP = "unknown_shop"  # a shop that was never connected
FAILED = "failed"  # could not be read; `error` says why
DROPPED = "dropped"  # one of these two that a person said is not needed

#: Events that wait for a person. Spelled as its index is: SQLite takes that index for no other words.
IS_SET_ASIDE = text("state IN ('failed', 'unknown_shop')")
#: Events that nothing is left to do for.
OVER = (HANDLED, NOT_HANDLED, DROPPED)


class InboxEvent(Model):
    """One webhook. It is never changed but for its state; the row outlives a failed run and can be replayed."""

    __tablename__ = "inbox_events"
    __table_args__ = (
        Index("ix_inbox_new", "id", postgresql_where=text("state = 'new'"), sqlite_where=text("state = 'new'")),
        Index("ix_inbox_set_aside", "state", "id", postgresql_where=IS_SET_ASIDE, sqlite_where=IS_SET_ASIDE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(80), unique=True)
    type: Mapped[int] = mapped_column(BigInteger)
    tiktok_shop_id: Mapped[str] = mapped_column(String(40), default="")
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    state: Mapped[str] = mapped_column(String(16), default=NEW)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")


def waits_since() -> Select[datetime]:
    """When the oldest event came that nobody has tried to handle yet; one that breaks its handling is another matter."""
    untried = select(InboxEvent.received_at).where(InboxEvent.state == NEW, InboxEvent.attempts == 0)
    return untried.order_by(InboxEvent.id).limit(1)
