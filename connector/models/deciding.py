"""The seller's decisions on returns: what a person asked for, its pictures, and what TikTok lets be decided now."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from connector.extensions import Model
from connector.models.types import Json, Money, UtcDateTime

_OPEN = text("state IN ('asked', 'sent')")


class ReturnAnswer(Model):
    """A decision that was asked for here. A return has one that is open at most: pressed twice is once.

    `state`: asked, sent (from just before the call on), confirmed, refused, overtaken.
    """

    __tablename__ = "return_answers"
    __table_args__ = (
        Index("uq_return_answers_open", "return_row_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_return_answers_order", "order_id"),
        Index("ix_return_answers_return", "return_row_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    return_row_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"))
    actor: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200), default="")
    comment: Mapped[str] = mapped_column(String(500), default="")
    #: What is offered of the money, in the return's currency; None for other decisions.
    amount: Mapped[Decimal | None] = mapped_column(Money)
    #: The return's status when it was asked for: as long as it stands there, nothing has come of it.
    status_at: Mapped[str] = mapped_column(String(64), default="")
    #: TikTok's `idempotency_key`, kept before the call.
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When TikTok said that it has taken the answer.
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Why it was refused, for a person.
    message: Mapped[str] = mapped_column(String(1000), default="")


class Evidence(Model):
    """A picture that goes along with a rejection. Its content is dropped once TikTok has it."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_answer", "answer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("return_answers.id", ondelete="CASCADE"))
    mime_type: Mapped[str] = mapped_column(String(32))
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    #: What TikTok knows it by, once it is uploaded.
    uri: Mapped[str] = mapped_column(String(300), default="")


class ReturnChoices(Model):
    """What TikTok lets be decided about a return, as it answered last, and what it lists as having happened.

    `state`: asked, ready, failed, old (the return was answered since).
    `decisions`: [{"decision", "is_eligible", "why_not", "reasons": [{"name", "text"}]}]; of an offer that is possible also
    "least", "most" and "currency"; `is_elsewhere`: it is made in Seller Center only.
    `records`: [{"at", "role", "text", "note", "images": [address]}], the newest first.
    """

    __tablename__ = "return_choices"

    id: Mapped[int] = mapped_column(primary_key=True)
    return_row_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="CASCADE"), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    records: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    message: Mapped[str] = mapped_column(String(1000), default="")
