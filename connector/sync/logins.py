"""Log-ins: where somebody is logged in, and how often somebody has failed to."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.extensions import db
from connector.models import LoginTry, User, UserSession
from connector.models.audit import USER
from connector.models.transaction import end_transaction, transaction
from connector.sync import audit
from connector.sync.claims import changed
from connector.sync.hashing import hashed

log = logging.getLogger(__name__)

#: A session ends after this long without a page view, and in any case after the second.
IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
#: Sessions that have ended are kept for as long, from their beginning.
KEPT = 2 * LONGEST
SEEN_EACH = timedelta(minutes=5)
#: Failed tries from one network address within a window; more are refused without a look at the password.
TRIES = 30
TRIES_WITHIN = timedelta(minutes=10)


# -- sessions --------------------------------------------------------------------------------------------------------------


def begin_session(user_id: int, address: str, browser: str) -> str:
    """Writes down a log-in; returns the key that the browser's session cookie keeps."""
    key = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        session.add(
            UserSession(
                user_id=user_id,
                key_hash=hashed(key),
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
        select(UserSession).where(UserSession.key_hash == hashed(key), UserSession.ended_at.is_(None))
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
        return bool(changed(ended))


def end_all_sessions(user_id: int, actor: str) -> int:
    """Ends all sessions of a person, for an admin: a stolen laptop, say. Returns how many there were."""
    count = len(sessions_of(user_id))
    with transaction() as session:
        user = session.get_one(User, user_id)
        end_sessions(session, user_id)
        audit.note(session, actor, USER, "sessions ended", subject=user.email, after=str(count))
    return count


def end_session_of(key: str) -> None:
    """Ends the session of a key, as logging out does."""
    with transaction() as session:
        session.execute(update(UserSession).where(UserSession.key_hash == hashed(key)).values(ended_at=clock.now()))


def end_sessions(session: Session, user_id: int) -> None:
    """Ends all sessions of a person, inside the caller's transaction."""
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
    session.execute(delete(UserSession).where(UserSession.created_at < now - KEPT))
