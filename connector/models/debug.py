"""The debug log of a shop: whole exchanges with TikTok Shop and Magento, blanked, while a person has it switched on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime

TIKTOK = "tiktok"
MAGENTO = "magento"


class DebugExchange(Model):
    """One request and its answer, as `connector.redaction` leaves them: no secrets, no personal data, bodies cut."""

    __tablename__ = "debug_exchanges"
    __table_args__ = (Index("ix_debug_exchanges_shop", "shop_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    side: Mapped[str] = mapped_column(String(8))
    #: The order that was worked on, where there was one.
    tiktok_order_id: Mapped[str] = mapped_column(String(40), default="")
    method: Mapped[str] = mapped_column(String(8))
    url: Mapped[str] = mapped_column(String(2000))
    #: The HTTP status; None when no answer came, and then `failure` says why.
    status: Mapped[int | None]
    failure: Mapped[str] = mapped_column(String(200), default="")
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    request_body: Mapped[str] = mapped_column(Text, default="")
    response_body: Mapped[str] = mapped_column(Text, default="")
