"""How calls to each shop and each store went, by the hour: enough for an error rate, and one write in many calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime

TIKTOK_SHOP = "shop"
MAGENTO_STORE = "store"


class CallCount(Model):
    """The calls of one hour (UTC) to one connection: how many were answered, how many failed on the other side's fault."""

    __tablename__ = "call_counts"
    __table_args__ = (UniqueConstraint("side", "connection_id", "hour"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(String(8))
    connection_id: Mapped[int]
    hour: Mapped[datetime] = mapped_column(UtcDateTime)
    ok: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
