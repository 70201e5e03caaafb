"""Splitting and combining: what a person asked for, and what TikTok lets be done with an order's packages now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, UtcDateTime

_OPEN = text("state IN ('asked', 'sent')")


class PackageAsk(Model):
    """An order has one that is open at most. `kind`: split, combine, uncombine. `state`: asked, sent, confirmed, refused."""

    __tablename__ = "package_asks"
    __table_args__ = (
        Index("uq_package_asks_open", "order_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_package_asks_order", "order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    #: Line items by package.
    groups: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    package_id: Mapped[str] = mapped_column(String(40), default="")
    #: TikTok's numbers of the orders that it is about.
    order_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    actor: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    #: The last call whose answer did not come (yet), and when TikTok said yes: it may show either later.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message: Mapped[str] = mapped_column(String(1000), default="")


class PackageChoices(Model):
    """What TikTok answered last. `state`: asked, ready, failed. `combinable`: [{"id", "order_ids"}]."""

    __tablename__ = "package_choices"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    can_split: Mapped[bool] = mapped_column(default=False)
    must_split: Mapped[bool] = mapped_column(default=False)
    #: Why it can't be split, or why TikTok could not be asked.
    message: Mapped[str] = mapped_column(String(1000), default="")
    combinable: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
