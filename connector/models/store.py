"""A Magento store: its address and its credentials, encrypted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Encrypted, Json, UtcDateTime


class Store(Model):
    """A Magento 2 store. With a consumer key it is called by OAuth 1.0a, otherwise with the access token as bearer."""

    __tablename__ = "stores"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    url: Mapped[str] = mapped_column(String(500))
    #: Where people open Magento's admin; empty: `url` + /admin.
    admin_url: Mapped[str] = mapped_column(String(500), default="")
    consumer_key: Mapped[str | None] = mapped_column(Encrypted)
    consumer_secret: Mapped[str | None] = mapped_column(Encrypted)
    access_token: Mapped[str] = mapped_column(Encrypted)
    access_token_secret: Mapped[str | None] = mapped_column(Encrypted)
    #: What was last read of the store: base currency, websites, countries with their regions, exchange rates.
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    facts_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(500), default="")
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Orders of Magento have been read up to here (their updated_at), and who reads on next and when.
    watch_watermark: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_watch_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
