"""Reconciliations: each compares both sides' orders of a period, and keeps what it found that was not alike."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from connector.extensions import Model
from connector.models.shop import Shop
from connector.models.types import UtcDateTime

RUNNING = "running"
DONE = "done"
FAILED = "failed"


class Reconciliation(Model):
    """One comparison of one shop's orders that were created on TikTok from `since` to `until` (UTC)."""

    __tablename__ = "reconciliations"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), index=True)
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16), default=RUNNING)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: All orders that were created before this have been compared; None: none yet.
    reached: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when it fails without getting further; None: it does not.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: TikTok's orders that were looked at, how many of them were on their way just then, and how many agreed.
    orders: Mapped[int] = mapped_column(default=0)
    under_way: Mapped[int] = mapped_column(default=0)
    agreed: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")

    shop: Mapped[Shop] = relationship(lazy="joined")


class Difference(Model):
    """One order that is not alike on both sides, as a reconciliation saw it."""

    __tablename__ = "differences"

    id: Mapped[int] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliations.id", ondelete="CASCADE"), index=True)
    tiktok_order_id: Mapped[str] = mapped_column(String(64))
    magento_increment_id: Mapped[str] = mapped_column(String(64), default="")
    magento_order_id: Mapped[int | None] = mapped_column(BigInteger)
    #: What it is about, one of connector.domain.reconciling.KINDS.
    kind: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(String(500))
    #: Whether the order was given to a worker, which is always safe; otherwise a person has to decide.
    is_repaired: Mapped[bool] = mapped_column(default=False)
