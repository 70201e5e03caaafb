"""People who use the panel: invited, changed, shut out, and their passwords.

Links to set a password are signed, end after a while and are good once: they hold a stamp of the password that they replace.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from functools import cache

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector import clock
from connector.extensions import db
from connector.models import User, UserSession
from connector.models.audit import USER
from connector.models.transaction import end_transaction, transaction
from connector.models.user import ROLES
from connector.sync import audit, logins
from connector.sync.asks import Refused

INVITATION, RESET = "invitation", "reset"
#: For how long a link is good, by its kind.
LASTS = {INVITATION: timedelta(days=7), RESET: timedelta(hours=2)}
#: Who has set a password by a link, in the audit log: who held it.
BY_LINK = "password link"


# -- who there is --------------------------------------------------------------------------------------------------------


def invite(email: str, role: str, actor: str) -> User:
    """A new person without a password; `password_link` is how they get one. Raises Refused."""
    email = _address(email)
    if role not in ROLES:
        raise Refused("There is no such role.")
    with transaction() as session:
        if session.scalar(select(User.id).where(User.email == email)) is not None:
            raise Refused(f"{email} is among the users already.")
        user = User(email=email, role=role, created_at=clock.now())
        user.set_password(secrets.token_urlsafe(32))  # nobody knows it: the invitation sets another one
        session.add(user)
        audit.note(session, actor, USER, "invited", subject=email, after=role)
    return user


def put(email: str, password: str, role: str, actor: str) -> None:
    """Makes a person, or sets the password and role of the one with this address, who is let in again.

    Raises Refused, and ValueError when the password is too weak.
    """
    email = _address(email)
    _refuse_weak(password, email)
    with transaction() as session:
        known = select(User).where(User.email == email).with_for_update()
        user = session.scalars(known).one_or_none()
        before = _described(user) if user else ""
        was_admin = user is not None and user.role == "admin" and user.is_active
        if user is None:
            user = User(email=email, role=role, created_at=clock.now())
            session.add(user)
        user.set_password(password)
        user.role, user.is_active = role, True
        user.forget_failed_logins()
        session.flush()
        if was_admin:
            _keep_an_admin(session)
        logins.end_sessions(session, user.id)
        what = "password and role set" if before else "created"
        audit.note(session, actor, USER, what, subject=email, before=before, after=_described(user))


def find(email: str) -> User | None:
    """The person with this e-mail address, in whatever case it is typed."""
    email = email.strip().lower()
    if "\0" in email:  # PostgreSQL refuses to compare such a text
        return None
    return db.session.scalars(select(User).where(User.email == email)).one_or_none()


def _address(email: str) -> str:
    email = email.strip().lower()
    if "@" not in email or len(email) > 254 or not email.isprintable() or " " in email:
        raise Refused("That is not an e-mail address.")
    return email


def anybody() -> bool:
    """Whether there is a user at all."""
    found = db.session.scalar(select(User.id).limit(1)) is not None
    end_transaction()
    return found


def first_admin(email: str, password: str) -> User:
    """The first person of an installation, as an admin. Raises Refused when there is somebody already, ValueError when
    the password is too weak."""
    email = _address(email)
    with transaction() as session:
        if session.scalar(select(User.id).limit(1)) is not None:
            raise Refused("There is a user already. Log in.")
        _refuse_weak(password, email)
        user = User(email=email, role="admin", created_at=clock.now())
        user.set_password(password)
        session.add(user)
        audit.note(session, email, USER, "first admin", subject=email)
    return user


def change(user_id: int, actor: str, *, role: str | None = None, is_active: bool | None = None) -> None:
    """Another role, or shut out and let in again. The last admin stays one. Raises Refused."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        before = _described(user)
        if role is not None:
            if role not in ROLES:
                raise Refused("There is no such role.")
            user.role = role
        if is_active is not None:
            user.is_active = is_active
            if not is_active:
                logins.end_sessions(session, user_id)
        session.flush()
        _keep_an_admin(session)
        audit.note(session, actor, USER, "changed", subject=user.email, before=before, after=_described(user))


def _keep_an_admin(session: Session) -> None:
    if not session.scalar(select(func.count()).select_from(User).where(User.role == "admin", User.is_active)):
        raise Refused("At least one admin has to stay.")


def _described(user: User) -> str:
    return f"{user.role}{'' if user.is_active else ', shut out'}"


def unlock(user_id: int, actor: str) -> None:
    """Ends the lock that wrong passwords brought about."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        user.forget_failed_logins()
        audit.note(session, actor, USER, "unlocked", subject=user.email)


# -- passwords -----------------------------------------------------------------------------------------------------------


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="connector.password")


def make_link(user: User, actor: str) -> str:
    """A link that somebody else passes on, written down; a new invitation for who was invited and never came."""
    now = clock.now()
    # Of an older account it is not known whether there were sessions: theirs may be forgotten.
    is_new = now - user.created_at < logins.KEPT and not _has_been_here(user.id)
    note_link(user, actor)
    return password_link(user, INVITATION if is_new else RESET)


def note_link(user: User, actor: str) -> None:
    """Writes down that somebody made a link for this person."""
    with transaction() as session:
        audit.note(session, actor, USER, "password link made", subject=user.email)


def _has_been_here(user_id: int) -> bool:
    found = db.session.scalar(select(UserSession.id).where(UserSession.user_id == user_id).limit(1)) is not None
    end_transaction()
    return found


def password_link(user: User, kind: str = RESET) -> str:
    """The address at which this person can set a password, once, for as long as its kind lasts."""
    token = _serializer().dumps([user.id, user.password_stamp, kind])
    return f"{current_app.config['CONNECTOR'].public_url}/password/{token}"


def user_of_link(token: str) -> User | None:
    """Whom a link is for; None when it is not ours, has ended or was used."""
    try:
        (user_id, stamp, kind), made_at = _serializer().loads(
            token, max_age=int(LASTS[INVITATION].total_seconds()), return_timestamp=True
        )
        has_ended = clock.now() - made_at > LASTS[kind]
    except (BadData, ValueError, TypeError, KeyError):
        return None
    user = db.session.get(User, user_id, populate_existing=True)
    end_transaction()
    if user is None or not user.is_active or not hmac.compare_digest(stamp, user.password_stamp):
        return None
    return None if has_ended else user


def set_password(user_id: int, password: str, actor: str) -> None:
    """A new password: all sessions end, and so does a lock. Raises ValueError when it is too weak."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        _refuse_weak(password, user.email)
        user.set_password(password)
        user.forget_failed_logins()
        logins.end_sessions(session, user_id)
        audit.note(session, actor, USER, "password set", subject=user.email)


def choose_language(user_id: int, code: str) -> None:
    """The language in which the panel speaks to this person, on every device: a code of the panel's languages."""
    with transaction() as session:
        session.get_one(User, user_id, populate_existing=True).locale = code


def _refuse_weak(password: str, email: str) -> None:
    if len(password) > 1024:
        raise ValueError("A password may have at most 1024 characters.")
    folded = password.casefold()
    if folded in common_passwords() or folded == email.casefold() or len(set(password)) < 4:
        raise ValueError("This password is among the first that are guessed. Take another one.")


@cache
def common_passwords() -> frozenset[str]:
    """The passwords that are guessed first, in small letters, and what is guessed first for this product."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # a list of 30,000: read when the first password is set

    return frozenset(FREQUENCY_LISTS["passwords"]) | {"tiktokshop", "tiktok123", "magento123", "magento2", "admin123"}
