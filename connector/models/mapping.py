"""What a merchant maps: TikTok SKUs to Magento products, Magento carriers to TikTok's shipping providers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, UtcDateTime


class SkuMapping(Model):
    """One TikTok SKU (the seller's SKU, or TikTok's sku id where that is empty) and the Magento products it stands for."""

    __tablename__ = "sku_mappings"

    id: Mapped[int] = mapped_column(primary_key=True)
    tiktok_sku: Mapped[str] = mapped_column(String(200), unique=True)
    #: [{"sku": …, "quantity": …, "options": …}, …]
    products: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254), default="")


class CarrierMapping(Model):
    """A Magento carrier (`custom` carriers by their title) and the TikTok shipping provider that it is.

    `shop_id` 0 counts for every shop that has no row of its own for the carrier; the code `*` is the default for what is
    not mapped. (TikTok's providers have other ids in other regions.)
    """

    __tablename__ = "carrier_mappings"
    __table_args__ = (UniqueConstraint("shop_id", "carrier_code", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(default=0)
    carrier_code: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200), default="")
    shipping_provider_id: Mapped[str] = mapped_column(String(64))
    shipping_provider_name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254), default="")
