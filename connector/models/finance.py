"""What TikTok pays: statements, their lines, payments; and how far they have been read. Amounts as TikTok signs them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, Money, UtcDateTime


class Statement(Model):
    """A day's statement of a shop. `read_at`: when its lines were read as they are now; `page_token`: where that is going on."""

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("shop_id", "statement_id"),
        Index("ix_statements_time", "statement_time", "id"),
        Index("ix_statements_payment", "shop_id", "payment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    statement_id: Mapped[str] = mapped_column(String(40))
    statement_time: Mapped[datetime] = mapped_column(UtcDateTime)
    currency: Mapped[str] = mapped_column(String(8), default="")
    settlement: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    revenue: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    fee: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    shipping: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    adjustment: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    reserve: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    payable: Mapped[Decimal | None] = mapped_column(Money)
    payment_status: Mapped[str] = mapped_column(String(32), default="")
    payment_id: Mapped[str] = mapped_column(String(40), default="")
    payment_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    page_token: Mapped[str] = mapped_column(String(500), default="")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SettlementLine(Model):
    """A transaction of a statement; with an empty `statement_id`, one that is not settled yet (an estimate)."""

    __tablename__ = "settlement_lines"
    __table_args__ = (
        UniqueConstraint("shop_id", "statement_id", "transaction_id"),
        Index("ix_settlement_lines_order", "tiktok_order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    statement_id: Mapped[str] = mapped_column(String(40), default="")
    transaction_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(64))
    tiktok_order_id: Mapped[str] = mapped_column(String(40), default="")
    currency: Mapped[str] = mapped_column(String(8), default="")
    settlement: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    revenue: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    shipping: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    fee_tax: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    adjustment: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    reserve: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    #: What TikTok's settlement is beyond its parts.
    difference: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    #: {"revenue" | "fee" | "tax" | "shipping": {TikTok's name: amount as text}}.
    parts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: Of what is not settled: why, and when TikTok expects it.
    reason: Mapped[str] = mapped_column(String(200), default="")
    expected: Mapped[str] = mapped_column(String(100), default="")
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Payment(Model):
    """A payment of TikTok's to the seller's bank."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("shop_id", "payment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    payment_id: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(32), default="")
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    currency: Mapped[str] = mapped_column(String(8), default="")
    settlement: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    settlement_currency: Mapped[str] = mapped_column(String(8), default="")
    create_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bank_account: Mapped[str] = mapped_column(String(40), default="")


class FinanceRead(Model):
    """How far a shop's money has been read: one round of stages, page by page, then a pause."""

    __tablename__ = "finance_reads"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), unique=True)
    #: "statements", "lines", "payments", "unsettled".
    stage: Mapped[str] = mapped_column(String(16), default="statements")
    page_token: Mapped[str] = mapped_column(String(500), default="")
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(500), default="")
