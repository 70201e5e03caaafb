"""Shipments of Magento orders as they were seen, and what TikTok Shop was told of each; and what a person asked to be shipped.

A row is unique by its Magento shipment: it is what keeps a parcel from being told twice. What is about to be told is
written down before the call (`telling_at`), what was told right after it (`told_at`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, UtcDateTime

#: States of what a person asked for.
ASKED = "asked"
DONE = "done"
REFUSED = "refused"


class Shipment(Model):
    """One parcel: a shipment in Magento (or, where Magento has none, what a person asked for), and what TikTok knows of it."""

    __tablename__ = "shipments"
    __table_args__ = (
        # One Magento shipment may hold units of several TikTok orders (connector.sync.together): each has its own row.
        UniqueConstraint("store_id", "magento_shipment_id", "order_id"),
        Index(
            "ix_shipments_without_track",
            "store_id",
            postgresql_where=text("NOT has_track"),
            sqlite_where=text("has_track = 0"),
        ),
        Index("ix_shipments_told", "store_id", "told_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    magento_shipment_id: Mapped[int] = mapped_column(BigInteger)
    #: The shipment as it was last seen (connector.domain.watching): seen again as it was, it wakes nobody.
    seen: Mapped[str] = mapped_column(String(40), default="")
    has_track: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    # -- what TikTok Shop was told: the first group before the call, the second after it -----------------------------
    telling_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    line_item_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    tracking_number: Mapped[str] = mapped_column(String(100), default="")
    carrier_code: Mapped[str] = mapped_column(String(64), default="")
    carrier_title: Mapped[str] = mapped_column(String(200), default="")
    shipping_provider_id: Mapped[str] = mapped_column(String(64), default="")

    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    package_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    corrections: Mapped[int] = mapped_column(default=0)
    #: A corrected number that TikTok did not take any more, and what it said.
    refused_number: Mapped[str] = mapped_column(String(100), default="")
    refused_because: Mapped[str] = mapped_column(String(500), default="")


class ShipAsk(Model):
    """What a person asked to be shipped: by their own carrier (carrier and number), or by TikTok's (how it is handed over)."""

    __tablename__ = "ship_asks"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[str] = mapped_column(String(16), default=ASKED)
    #: "own": carrier and number below; "platform": TikTok's carrier, handed over as `handover` says.
    kind: Mapped[str] = mapped_column(String(16))
    #: TikTok's line items; empty: all that is left.
    line_item_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    carrier_code: Mapped[str] = mapped_column(String(64), default="")
    carrier_title: Mapped[str] = mapped_column(String(200), default="")
    tracking_number: Mapped[str] = mapped_column(String(100), default="")
    handover: Mapped[str] = mapped_column(String(16), default="")
    slot_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    slot_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Set before the first call that does it: from then on it may have been done.
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(500), default="")


class ShippingLabel(Model):
    """A label or packing list of one package, read from TikTok by a job and kept for printing."""

    __tablename__ = "shipping_labels"
    __table_args__ = (UniqueConstraint("package_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    package_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    error: Mapped[str] = mapped_column(String(500), default="")


class PickupChoice(Model):
    """How a package can be handed over, as TikTok last said, for the form on the order page."""

    __tablename__ = "pickup_choices"

    package_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: {"can_pickup": …, "can_drop_off": …, "slots": [[start, end], …] in Unix seconds}, or {"error": …, "slots": []}
    choices: Mapped[dict[str, Any]] = mapped_column(Json)
