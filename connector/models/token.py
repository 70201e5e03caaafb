"""API tokens: a name, a hash and scopes. The token itself is shown once, when it is made, and kept nowhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import Json, UtcDateTime

READ_ORDERS = "orders:read"
READ_BUYERS = "buyers:read"
#: Each scope with the sentence that the panel shows.
SCOPES = {
    READ_ORDERS: "Read orders: numbers, statuses, amounts, products, tracking. No buyer's name or address.",
    READ_BUYERS: "Also the recipient's name, address and phone, as far as TikTok gives them and they are still kept.",
}


class ApiToken(Model):
    """One token of the JSON API. `key_hash` is SHA-256 of the token, which has 256 bits of its own and needs no salt."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: The first characters, by which people recognise it.
    hint: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
