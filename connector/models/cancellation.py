"""Cancellations: what was asked for here, what TikTok lists, and which reasons TikTok takes for an order now."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, Money, UtcDateTime

_OPEN = text("state IN ('asked', 'sent')")


class CancelAsk(Model):
    """A cancellation that was asked for here. An order has one that is open at most: pressed twice is once.

    `state`: asked, sent (from just before the call on), confirmed, refused. `line_ids` is NULL for the whole order.
    """

    __tablename__ = "cancel_asks"
    __table_args__ = (
        Index("uq_cancel_asks_open", "order_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_cancel_asks_order", "order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    actor: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200))
    line_ids: Mapped[list[str] | None] = mapped_column(Json)
    #: The Magento order was cancelled, and the shop's setting is to follow on TikTok.
    from_magento: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_id: Mapped[str] = mapped_column(String(40), default="")
    #: Why TikTok refused, for a person.
    message: Mapped[str] = mapped_column(String(1000), default="")


class Cancellation(Model):
    """A cancellation that TikTok lists for an order, and the answer that a person here gave to a buyer who asks."""

    __tablename__ = "cancellations"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    cancel_id: Mapped[str] = mapped_column(String(40), unique=True)
    cancel_type: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[str] = mapped_column(String(64), default="")
    role: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    reason_text: Mapped[str] = mapped_column(String(500), default="")
    line_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    should_replenish_stock: Mapped[bool | None]
    refund_total: Mapped[Decimal | None] = mapped_column(Money)
    refund_shipping: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(8), default="")
    create_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    update_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: [{"name", "text"}] with which a request of the buyer's can be rejected; NULL: not asked yet.
    reject_reasons: Mapped[list[dict[str, str]] | None] = mapped_column(Json)

    #: "", "approve" or "reject", and how far the answer has come: asked, sent, taken, confirmed, refused, overtaken.
    answer: Mapped[str] = mapped_column(String(16), default="")
    answer_state: Mapped[str] = mapped_column(String(16), default="")
    answer_reason: Mapped[str] = mapped_column(String(200), default="")
    answer_comment: Mapped[str] = mapped_column(String(500), default="")
    answer_actor: Mapped[str] = mapped_column(String(254), default="")
    #: TikTok's `idempotency_key`, kept before the call.
    answer_key: Mapped[str] = mapped_column(String(64), default="")
    #: When TikTok was told of it first.
    answer_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_message: Mapped[str] = mapped_column(String(1000), default="")


class CancelOptions(Model):
    """What TikTok answers when asked whether and why an order can be cancelled now; the dialog shows it.

    `entries`: [{"line_ids", "is_eligible", "reasons", "why_not"}]. `state`: asked, ready, failed.
    """

    __tablename__ = "cancel_options"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    entries: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    message: Mapped[str] = mapped_column(String(1000), default="")
