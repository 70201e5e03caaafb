"""Who changed what in the panel or by a command: settings, connections, users, tokens, personal data. Never a secret."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from connector.extensions import Model
from connector.models.types import UtcDateTime

#: kind of an entry: what part of the installation was changed.
SETTINGS = "settings"
CONNECTION = "connection"
USER = "user"
TOKEN = "token"  # noqa: S105  (a kind of entry)
PRIVACY = "privacy"
KEYS = "keys"
MAPPING = "mapping"


class AuditEntry(Model):
    """One change. `before` and `after` are as people read them, cut to what fits; a secret is named, never shown."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(16))
    #: The shop that a change of settings is about, so that its page can show it.
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shops.id", ondelete="SET NULL"), index=True)
    #: What was changed, in words: a shop's name, a user's address, a token's name.
    subject: Mapped[str] = mapped_column(String(254), default="")
    #: The setting's name, or a stable name of what was done.
    what: Mapped[str] = mapped_column(String(64))
    before: Mapped[str] = mapped_column(String(1000), default="")
    after: Mapped[str] = mapped_column(String(1000), default="")
