"""The two columns of the carrier page: TikTok's shipping providers as last read, and Magento's carriers as they were seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime


class ShippingProvider(Model):
    """One of TikTok's shipping providers of a shop (warehouses → delivery options → shipping providers)."""

    __tablename__ = "shipping_providers"
    __table_args__ = (UniqueConstraint("shop_id", "provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"))
    provider_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeenCarrier(Model):
    """A carrier of Magento: seen on a shipment of the store, or added by a person. `title` counts for custom ones only."""

    __tablename__ = "seen_carriers"
    __table_args__ = (UniqueConstraint("carrier_code", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_code: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200), default="")
    #: What shipments call it; for people.
    label: Mapped[str] = mapped_column(String(200), default="")
    added_by: Mapped[str] = mapped_column(String(254), default="")
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
