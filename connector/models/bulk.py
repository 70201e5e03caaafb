"""One action on many orders, asked for by a person: what, on which, and how far it has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime

#: The orders are chosen (and stay chosen, whatever comes in meanwhile); what shall be done with them is not.
DRAFT = "draft"
RUNNING = "running"
DONE = "done"

FAILED = "failed"


class BulkRun(Model):
    """`what` is one of connector.sync.bulk.ACTIONS. `words` say how the orders were chosen, `address` where they were listed."""

    __tablename__ = "bulk_runs"
    __table_args__ = (Index("ix_bulk_runs_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(String(500), default="")
    address: Mapped[str] = mapped_column(String(1000), default="")
    state: Mapped[str] = mapped_column(String(16), default=DRAFT)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The last order's row that was worked on: the rest comes after it.
    reached: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)

    @property
    def left(self) -> int:
        return max(0, self.total - self.done - self.failed)


class BulkItem(Model):
    """One order of a run. `state` is empty until it was its turn; `message` says why it failed."""

    __tablename__ = "bulk_items"
    __table_args__ = (Index("ix_bulk_items_state", "run_id", "state", "order_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("bulk_runs.id", ondelete="CASCADE"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), default="")
    message: Mapped[str] = mapped_column(String(500), default="")
