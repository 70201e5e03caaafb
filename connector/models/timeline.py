"""What was received, decided and done for an order, in words, in the order in which it happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, UtcDateTime

#: kind of a line: where it came from.
TIKTOK = "tiktok"
MAGENTO = "magento"
CONNECTOR = "connector"
PERSON = "person"
#: What holds the exchange of a failure (connector.domain.errors.Exchange), among a line's details.
EXCHANGE = "exchange"
#: A note of the staff, and the name under which its words are kept: connector.redaction blanks what bears it.
NOTE, NOTE_WORDS = "note", "staff_note"


class TimelineEntry(Model):
    """One line of an order's timeline. `sentence` holds no personal data.

    `details` is what is kept behind it: of a failure its code and the exchange, else the few values that it is about.
    TikTok's document is kept with the order, the newest alone.
    """

    __tablename__ = "timeline_entries"
    __table_args__ = (
        Index("ix_timeline_order", "order_id", "id"),
        Index("ix_timeline_errors", "id", postgresql_where=text("is_error"), sqlite_where=text("is_error = 1")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(16))
    #: A stable name of what happened: "observed", "placed", "invoiced", "failed", …
    code: Mapped[str] = mapped_column(String(64))
    sentence: Mapped[str] = mapped_column(String(1000))
    actor: Mapped[str] = mapped_column(String(254), default="")
    is_error: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any] | None] = mapped_column(Json)
