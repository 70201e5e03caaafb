"""Counters that all processes add to, on however many machines: what /metrics shows is the same from each of them."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model


class Metric(Model):
    """One sample: its name as Prometheus knows it, its labels as sorted `name=value` pairs, and its value so far."""

    __tablename__ = "metrics"
    __table_args__ = (UniqueConstraint("name", "labels"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    labels: Mapped[str] = mapped_column(String(200), default="")
    value: Mapped[float] = mapped_column(default=0.0)
