"""Who may come in: the check of a password, and the lock after too many wrong ones.

Whether an account exists cannot be told from the answer, nor from how long it takes.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import select, update
from werkzeug.security import check_password_hash, generate_password_hash

from connector import clock
from connector.extensions import db
from connector.models import User
from connector.models import user as users
from connector.models.transaction import transaction


@cache
def _hash_of_nobody() -> str:
    return generate_password_hash("nobody has this password", users.HASH_METHOD)


def authenticate(email: str, password: str) -> User | None:
    """The person with this e-mail address and password, or None: wrong, unknown, locked or shut out."""
    user = db.session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
    if user is None:
        check_password_hash(_hash_of_nobody(), password)
        return None
    is_right = user.has_password(password)
    if not user.is_active or (user.locked_until is not None and user.locked_until > clock.now()):
        return None
    if not is_right:
        _count_failure(user.id)
        return None
    if user.failed_logins or user.locked_until:
        with transaction() as session:
            session.execute(update(User).where(User.id == user.id).values(failed_logins=0, locked_until=None))
    return user


def _count_failure(user_id: int) -> None:
    with transaction() as session:
        row = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        row.count_failed_login(clock.now())
