"""Where people are logged in, and how often a log-in was tried. Neither holds a secret that would let somebody in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from connector.extensions import Model
from connector.models.types import UtcDateTime
from connector.models.user import User


class UserSession(Model):
    """One log-in of one browser. The cookie holds a random key, the row its hash: a copy of the table lets nobody in."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Written at most once in a few minutes: a page view should not cost a write.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(45), default="")
    browser: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(lazy="joined")


class LoginTry(Model):
    """One failed try to log in, reset a password or give a code, from one address. Rows older than a day are removed."""

    __tablename__ = "login_tries"
    __table_args__ = (Index("ix_login_tries_place", "place", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The network address that it came from; an IPv6 address counts by its /64.
    place: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
