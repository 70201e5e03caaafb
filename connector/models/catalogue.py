"""What pages know of a Magento store's catalogue, and of the products that orders look for in vain.

Pages call nobody: the catalogue is read by a job (connector.sync.catalogue) and searched here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, UtcDateTime


class CatalogueProduct(Model):
    """A product of a Magento store, as it was last read."""

    __tablename__ = "catalogue_products"
    __table_args__ = (UniqueConstraint("store_id", "sku"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    magento_product_id: Mapped[int]
    sku: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(500), default="")
    type_id: Mapped[str] = mapped_column(String(32), default="simple")
    is_enabled: Mapped[bool] = mapped_column(default=True)
    #: SKU and name without accents and case, for the search.
    search_text: Mapped[str] = mapped_column(Text, default="")
    #: What must be chosen of a composite product: connector.domain.choices, as JSON.
    choices: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CatalogueRead(Model):
    """How far a store's catalogue has been read, and when it is read again. One row a store."""

    __tablename__ = "catalogue_reads"

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"), unique=True)
    #: Products that changed up to here are known (their updated_at, by Magento's clock).
    watermark: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: A reading of the whole catalogue that is under way began then; what it does not meet is gone from Magento.
    whole_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_whole_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(500), default="")


class OrderProblem(Model):
    """A product that an order could not get, or was created without. `tiktok_sku` is what a mapping of it is called."""

    __tablename__ = "order_problems"
    __table_args__ = (
        UniqueConstraint("order_id", "code", "sku"),
        Index("ix_order_problems_tiktok_sku", "tiktok_sku"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    #: As in the order's error: unknown_sku, missing_sku, disabled_product, not_in_store, out_of_stock, needs_options.
    code: Mapped[str] = mapped_column(String(64))
    sku: Mapped[str] = mapped_column(String(200))
    tiktok_sku: Mapped[str] = mapped_column(String(200))
    product_name: Mapped[str] = mapped_column(String(500), default="")
    image: Mapped[str] = mapped_column(String(1000), default="")
    message: Mapped[str] = mapped_column(String(1000), default="")
    #: The settings (or the way of creating) passed over it: the order does not wait for it.
    is_passed_over: Mapped[bool] = mapped_column(default=False)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
