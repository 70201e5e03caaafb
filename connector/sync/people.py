"""People who use the panel: invited, changed, let in by one or two factors, and where they are logged in.

Links to set a password are signed, end after a while and are good once: they hold a stamp of the password that they replace.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets
from datetime import datetime, timedelta
from functools import cache

import pyotp
from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.extensions import db
from connector.models import LoginTry, User, UserSession
from connector.models.audit import USER
from connector.models.transaction import end_transaction, transaction
from connector.models.user import ROLES
from connector.sync import audit
from connector.sync.asks import Refused

log = logging.getLogger(__name__)

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=2)
#: A session ends after this long without a page view, and in any case after the second.
IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
SEEN_EACH = timedelta(minutes=5)
#: Failed tries from one network address within a window; more are refused without a look at the password.
TRIES = 30
TRIES_WITHIN = timedelta(minutes=10)
RECOVERY_CODES = 10
ISSUER = "TikTok Shop connector"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# -- who there is --------------------------------------------------------------------------------------------------------


def invite(email: str, role: str, actor: str) -> User:
    """A new person without a password; `password_link` is how they get one. Raises Refused."""
    email = email.strip().lower()
    if "@" not in email or len(email) > 254 or any(character.isspace() for character in email):
        raise Refused("That is not an e-mail address.")
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


def anybody() -> bool:
    """Whether there is a user at all."""
    found = db.session.scalar(select(User.id).limit(1)) is not None
    end_transaction()
    return found


def first_admin(email: str, password: str) -> User:
    """The first person of an installation, as an admin. Raises Refused when there is somebody already, ValueError when
    the password is too weak."""
    email = email.strip().lower()
    if "@" not in email or len(email) > 254:
        raise Refused("That is not an e-mail address.")
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
        user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        before = _described(user)
        if role is not None:
            if role not in ROLES:
                raise Refused("There is no such role.")
            user.role = role
        if is_active is not None:
            user.is_active = is_active
            if not is_active:
                _end_sessions(session, user_id)
        session.flush()
        if not session.scalar(select(func.count()).select_from(User).where(User.role == "admin", User.is_active)):
            raise Refused("At least one admin has to stay.")
        audit.note(session, actor, USER, "changed", subject=user.email, before=before, after=_described(user))


def _described(user: User) -> str:
    return f"{user.role}{'' if user.is_active else ', shut out'}"


# -- passwords -----------------------------------------------------------------------------------------------------------


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="connector.password")


def password_link(user: User) -> str:
    """The address at which this person can set a password, once."""
    token = _serializer().dumps([user.id, user.password_stamp])
    return f"{current_app.config['CONNECTOR'].public_url}/password/{token}"


def user_of_link(token: str) -> User | None:
    """Whom a link is for; None when it is not ours, has ended or was used."""
    try:
        (user_id, stamp), made_at = _serializer().loads(
            token, max_age=int(INVITATION_LASTS.total_seconds()), return_timestamp=True
        )
    except (BadData, ValueError, TypeError):
        return None
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None or not user.is_active or not hmac.compare_digest(stamp, user.password_stamp):
        return None
    # Somebody who has logged in before has asked for a reset, which lasts less long than an invitation.
    has_been_here = db.session.scalar(select(UserSession.id).where(UserSession.user_id == user.id).limit(1)) is not None
    end_transaction()
    return None if has_been_here and clock.now() - made_at > RESET_LASTS else user


def set_password(user_id: int, password: str, actor: str) -> None:
    """A new password: all sessions end, and so does a lock. Raises ValueError when it is too weak."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        _refuse_weak(password, user.email)
        user.set_password(password)
        user.failed_logins, user.locked_until = 0, None
        _end_sessions(session, user_id)
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


# -- two factors ---------------------------------------------------------------------------------------------------------


def new_totp_secret() -> str:
    """A secret for an authenticator app; it counts once a code of it was given."""
    return pyotp.random_base32()


def totp_address(user: User, secret: str) -> str:
    """What the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code it is: this one, or one beside it for clocks that differ."""
    code = code.replace(" ", "")
    totp = pyotp.TOTP(secret)
    now = int(clock.now().timestamp()) // totp.interval
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace")):
            return step
    return None


def begin_two_factor(user_id: int, secret: str, code: str, actor: str) -> list[str]:
    """Switches two-factor on when the code is right. Returns the recovery codes, which are shown this once.

    Raises Refused.
    """
    step = _step_of(secret, code)
    if step is None:
        raise Refused("That is not the code which the app shows now. Check that the phone's clock is right.")
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        user.totp_secret, user.totp_last_step = secret, step
        user.recovery_codes = [_hash(code) for code in codes]
        audit.note(session, actor, USER, "two-factor on", subject=user.email)
    return codes


def end_two_factor(user_id: int, actor: str) -> None:
    """Switches two-factor off."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        user.totp_secret, user.recovery_codes = None, []
        audit.note(session, actor, USER, "two-factor off", subject=user.email)


def passes_second_factor(user_id: int, code: str) -> bool:
    """Whether the code is the app's, or a recovery code. Each is good once; a wrong one counts like a wrong password."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        if not user.is_active or (user.locked_until is not None and user.locked_until > clock.now()):
            return False
        step = _step_of(user.totp_secret, code) if user.totp_secret else None
        if step is not None and step > user.totp_last_step:
            user.totp_last_step = step
            user.failed_logins = 0
            return True
        hashed = _hash(code.strip().lower())
        if hashed in user.recovery_codes:
            user.recovery_codes = [kept for kept in user.recovery_codes if kept != hashed]
            user.failed_logins = 0
            audit.note(session, user.email, USER, "recovery code used", subject=user.email)
            return True
        user.count_failed_login(clock.now())
        return False


# -- sessions --------------------------------------------------------------------------------------------------------------


def begin_session(user_id: int, address: str, browser: str) -> str:
    """Writes down a log-in; returns the key that the browser's session cookie keeps."""
    key = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        session.add(
            UserSession(
                user_id=user_id,
                key_hash=_hash(key),
                created_at=now,
                seen_at=now,
                address=address[:45],
                browser=browser[:200],
            )
        )
    log.info("user %s logged in", user_id)
    return key


def session_of(key: str) -> UserSession | None:
    """The session of a key, unless it was ended or has ended by itself; notes that it was seen."""
    row = db.session.scalars(
        select(UserSession).where(UserSession.key_hash == _hash(key), UserSession.ended_at.is_(None))
    ).one_or_none()
    now = clock.now()
    if row is None or now - row.seen_at > IDLE or now - row.created_at > LONGEST:
        return None
    if now - row.seen_at > SEEN_EACH:
        with transaction() as session:
            session.execute(update(UserSession).where(UserSession.id == row.id).values(seen_at=now))
    return row


def sessions_of(user_id: int) -> list[UserSession]:
    """Where somebody is logged in, the last seen first."""
    now = clock.now()
    return list(
        db.session.scalars(
            select(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.ended_at.is_(None),
                UserSession.seen_at > now - IDLE,
                UserSession.created_at > now - LONGEST,
            )
            .order_by(UserSession.seen_at.desc())
        )
    )


def end_session(session_id: int, user_id: int) -> bool:
    """Ends one session of a person. False when they have none of this id."""
    with transaction() as session:
        ended = session.execute(
            update(UserSession)
            .where(UserSession.id == session_id, UserSession.user_id == user_id, UserSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
        assert isinstance(ended, CursorResult)  # noqa: S101
        return bool(ended.rowcount)


def end_all_sessions(user_id: int, actor: str) -> int:
    """Ends all sessions of a person, for an admin: a stolen laptop, say. Returns how many there were."""
    count = len(sessions_of(user_id))
    with transaction() as session:
        user = session.get_one(User, user_id)
        _end_sessions(session, user_id)
        audit.note(session, actor, USER, "sessions ended", subject=user.email, after=str(count))
    return count


def unlock(user_id: int, actor: str) -> None:
    """Ends the lock that wrong passwords brought about."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        user.failed_logins, user.locked_until = 0, None
        audit.note(session, actor, USER, "unlocked", subject=user.email)


def end_session_of(key: str) -> None:
    """Ends the session of a key, as logging out does."""
    with transaction() as session:
        session.execute(update(UserSession).where(UserSession.key_hash == _hash(key)).values(ended_at=clock.now()))


def _end_sessions(session: Session, user_id: int) -> None:
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


# -- tries -----------------------------------------------------------------------------------------------------------------


def place_of(address: str) -> str:
    """What a network address counts as: an IPv6 address by its /64, which one customer of a provider has whole."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


def too_many_tries(address: str) -> bool:
    """Whether this network address has failed too often lately."""
    since: datetime = clock.now() - TRIES_WITHIN
    count = db.session.scalar(
        select(func.count()).select_from(LoginTry).where(LoginTry.place == place_of(address), LoginTry.at > since)
    )
    end_transaction()
    return (count or 0) >= TRIES


def note_try(address: str) -> None:
    """Counts a failed try."""
    with transaction() as session:
        session.add(LoginTry(place=place_of(address), at=clock.now()))
    log.warning("a log-in was refused")  # from where is in the database, and goes after a day


def forget_old(session: Session) -> None:
    """Removes old tries and sessions, inside the caller's transaction."""
    now = clock.now()
    session.execute(delete(LoginTry).where(LoginTry.at < now - timedelta(days=1)))
    session.execute(delete(UserSession).where(UserSession.created_at < now - 2 * LONGEST))
