"""What people are told of that lasts, or that is not in an order's timeline: one row when it begins, one when it is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime


class Notice(Model):
    """`kind` and `subject` name an alarm (connector.domain.alarms); the one that rings has no `over_at` and `is_open`."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_shop", "shop_id", "id"),
        # An alarm rings once, whoever noticed it.
        Index(
            "ux_notices_open",
            "shop_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("is_open"),
            sqlite_where=text("is_open = 1"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200), default="")
    sentence: Mapped[str] = mapped_column(String(500))
    #: Where the panel shows what it is about.
    path: Mapped[str] = mapped_column(String(500), default="")
    #: What is said at its end; "": nothing.
    over: Mapped[str] = mapped_column(String(500), default="")
    is_open: Mapped[bool] = mapped_column(default=False)
    is_over: Mapped[bool] = mapped_column(default=False)
    #: Not told by any channel: kept so that its end is told.
    is_quiet: Mapped[bool] = mapped_column(default=False)
