"""Small facts of the installation as a whole, by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json


class Setting(Model):
    """One named value, JSON."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
