"""People who use the panel, and what each role may do."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flask_login import UserMixin
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

from connector.extensions import Model
from connector.models.types import Encrypted, Json, UtcDateTime

ROLES = ("viewer", "staff", "admin")
MINIMUM_PASSWORD = 8
#: This many wrong passwords lock an account, at first for a minute, twice as long with each further one.
FAILURES_BEFORE_LOCK = 5
LONGEST_LOCK = timedelta(minutes=15)
#: How passwords are hashed: werkzeug's scrypt with its cost of today; a hash names its own method and cost.
HASH_METHOD = "scrypt"


class User(UserMixin, Model):
    """A person with a log-in. E-mail addresses are kept in lower case."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Failed log-ins since the last good one, and until when the account is locked for them.
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_active: Mapped[bool] = mapped_column(default=True)  # what Flask-Login asks; False: may not log in any more
    #: Two-factor: the secret of the authenticator app (RFC 6238), the last time step that was used, recovery codes' hashes.
    totp_secret: Mapped[str | None] = mapped_column(Encrypted)
    totp_last_step: Mapped[int] = mapped_column(default=0)
    recovery_codes: Mapped[list[str]] = mapped_column(Json, default=list)
    #: The language that this person chose, one of i18n.LANGUAGES; None: the browser's.
    locale: Mapped[str | None] = mapped_column(String(16))

    def set_password(self, password: str) -> None:
        """Raises ValueError when the password is too short."""
        if len(password) < MINIMUM_PASSWORD:
            raise ValueError(f"A password needs at least {MINIMUM_PASSWORD} characters.")
        self.password_hash = generate_password_hash(password, HASH_METHOD)

    def has_password(self, password: str) -> bool:
        return check_password_hash(self.password_hash, password)

    @property
    def password_stamp(self) -> str:
        """Changes with the password: what was begun with another one, a session or a link, ends."""
        return hashlib.sha256(self.password_hash.encode()).hexdigest()[:16]

    def count_failed_login(self, now: datetime) -> None:
        """Counts a wrong password or code; from the fifth on the account is locked, twice as long each time."""
        self.failed_logins += 1
        if self.failed_logins >= FAILURES_BEFORE_LOCK:
            minutes = 2 ** min(self.failed_logins - FAILURES_BEFORE_LOCK, 10)
            self.locked_until = now + min(timedelta(minutes=minutes), LONGEST_LOCK)

    def forget_failed_logins(self) -> None:
        """Ends the count, and with it the lock."""
        self.failed_logins, self.locked_until = 0, None

    def is_locked(self, now: datetime) -> bool:
        """Whether wrong passwords or codes keep everybody out of the account."""
        return self.locked_until is not None and self.locked_until > now

    def may(self, role: str) -> bool:
        """Whether this person's role includes `role` (admin includes staff includes viewer)."""
        return ROLES.index(self.role) >= ROLES.index(role)
