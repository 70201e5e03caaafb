"""Who may come in: the check of a password, and the lock after too many wrong ones.

Whether an account exists cannot be told from the answer, nor from how long it takes.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import update
from werkzeug.security import check_password_hash, generate_password_hash

from connector import clock
from connector.models import User
from connector.models import user as users
from connector.models.transaction import transaction
from connector.sync import people


@cache
def _hash_of_nobody() -> str:
    return generate_password_hash("nobody has this password", users.HASH_METHOD)


def authenticate(email: str, password: str) -> User | None:
    """The person with this e-mail address and password, or None: wrong, unknown, locked or shut out."""
    user = people.find(email)
    if user is None:
        check_password_hash(_hash_of_nobody(), password)
        return None
    return user if knows_password(user, password) else None


def knows_password(user: User, password: str) -> bool:
    """Whether it is this person's password. A wrong one counts, and while the account is locked none is right."""
    is_right = user.has_password(password)
    if not user.is_active or user.is_locked(clock.now()):
        return False
    if not is_right:
        _count_failure(user.id)
        return False
    # With a second factor only its code forgets failures: who has the password alone could guess codes for ever.
    if not user.totp_secret and (user.failed_logins or user.locked_until):
        with transaction() as session:
            session.execute(update(User).where(User.id == user.id).values(failed_logins=0, locked_until=None))
    return True


def _count_failure(user_id: int) -> None:
    with transaction() as session:
        row = session.get_one(User, user_id, with_for_update=True)
        row.count_failed_login(clock.now())
