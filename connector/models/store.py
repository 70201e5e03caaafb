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
    #: What the last live check found: {"state": "running"|"done", "asked_at": …, "results": [{name, ok, message}, …]}.
    checks: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(500), default="")
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: It did not answer: until when nobody asks it, or somebody is at it (connector.sync.resting).
    rests_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Orders and shipments of Magento have been read up to here (their updated_at, by Magento's clock).
    watch_watermark: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shipments_watermark: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: By how many seconds Magento's clock is ahead of ours, at least; None: not known yet (connector.domain.watching).
    clock_ahead: Mapped[float | None] = mapped_column()
    #: When the next look is due, and until when somebody is at it. `tracks_looked_at`: see connector.sync.watch.
    next_watch_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    watch_lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tracks_looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_watch_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
