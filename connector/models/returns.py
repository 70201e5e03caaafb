"""Returns and refunds as TikTok lists them, and the credit memos that were made of them in Magento."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, Money, UtcDateTime

SENDING = "sending"
DONE = "done"


class Return(Model):
    """A return or refund that TikTok lists for an order. Amounts in `currency`."""

    __tablename__ = "returns"
    __table_args__ = (
        # The page of returns: those that the seller is to answer, by deadline; all, the newest first.
        Index(
            "ix_returns_to_answer",
            "deadline",
            postgresql_where=text("next_action <> ''"),
            sqlite_where=text("next_action <> ''"),
        ),
        Index("ix_returns_updated", "update_time", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    return_id: Mapped[str] = mapped_column(String(40), unique=True)
    return_type: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[str] = mapped_column(String(64), default="")
    role: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    reason_text: Mapped[str] = mapped_column(String(500), default="")
    line_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    #: Of virtual bundles the pieces that it names, by line item; None where it names none.
    parts: Mapped[dict[str, list[str]] | None] = mapped_column(Json)
    currency: Mapped[str] = mapped_column(String(8), default="")
    refund_total: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    refund_subtotal: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    refund_shipping: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    refund_tax: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    should_replenish_stock: Mapped[bool | None]
    tracking_number: Mapped[str] = mapped_column(String(100), default="")
    provider_name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    #: What TikTok gives the buyer to send it with: SHIPPING_LABEL, QR_CODE, …; and who arranges it.
    document_type: Mapped[str] = mapped_column(String(32), default="", server_default="")
    return_method: Mapped[str] = mapped_column(String(32), default="", server_default="")
    return_address: Mapped[str] = mapped_column(String(500), default="", server_default="")
    #: What the seller is to do next, TikTok's name for it; empty when it is not the seller's turn.
    next_action: Mapped[str] = mapped_column(String(64), default="", server_default="")
    #: What the seller has offered of the money, and whether the buyer has said no to it.
    offer_amount: Mapped[Decimal | None] = mapped_column(Money)
    is_offer_refused: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: TikTok says that the buyer may keep what was sold, or it was decided so here.
    may_keep: Mapped[bool] = mapped_column(default=False, server_default=false())
    create_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    update_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What Magento got of a refund: "" (nothing yet), "told" or "credited".
    followed: Mapped[str] = mapped_column(String(16), default="")


class Credit(Model):
    """A credit memo of ours. The row is written before Magento is asked, so that a time-out never refunds twice.

    `key` names what it is for, within the order: "return:<TikTok's id>", "lines:<hash of the cancelled lines>",
    "shipping:<TikTok's cancellation>" or "order" (all that is left of a cancelled order). One that came of the same request
    when something on its way sent it twice: the same word, "again" and Magento's id of it.
    """

    __tablename__ = "credits"
    __table_args__ = (UniqueConstraint("order_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(16))
    #: Magento's item id (as text) to quantity.
    pieces: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    #: The credit memos that were there before ours was asked for.
    known_ids: Mapped[list[int]] = mapped_column(Json, default=list)
    #: When Magento was asked last; until it is certain that nothing comes of that, it is not asked again.
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    creditmemo_id: Mapped[int | None] = mapped_column(BigInteger)
    total: Mapped[Decimal | None] = mapped_column(Money)
