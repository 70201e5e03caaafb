"""Where the goods lie: TikTok's warehouses of a shop, Magento's inventory sources of a store, and which is which."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime


class Warehouse(Model):
    """A warehouse of a shop on TikTok, as last read. `source_code` is what the merchant mapped it to; "": Magento's default."""

    __tablename__ = "warehouses"
    __table_args__ = (UniqueConstraint("shop_id", "warehouse_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"))
    warehouse_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200), default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    source_code: Mapped[str] = mapped_column(String(255), default="")
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Source(Model):
    """An inventory source of a Magento store, as last read."""

    __tablename__ = "inventory_sources"
    __table_args__ = (UniqueConstraint("store_id", "source_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    source_code: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), default="")
    is_enabled: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
