"""API tokens: made, found by what was sent, ended. The token itself is shown once and kept nowhere."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update

from connector import clock
from connector.extensions import db
from connector.models import ApiToken
from connector.models.audit import TOKEN
from connector.models.token import READ_ORDERS, SCOPES
from connector.models.transaction import transaction
from connector.sync import audit
from connector.sync.asks import Refused
from connector.sync.hashing import hashed

#: By which secret scanners find a token that was left somewhere.
PREFIX = "tsc_"
USED_EACH = timedelta(minutes=1)


def make(name: str, scopes: list[str], days: int | None, actor: str) -> str:
    """A new token with these scopes, ending after `days` (None: never). Returns it, this once. Raises Refused."""
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise Refused("A token needs a name, with at most 100 characters.")
    if not set(scopes) <= set(SCOPES) or READ_ORDERS not in scopes:
        raise Refused("A token needs at least the scope to read orders.")
    token = PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        session.add(
            ApiToken(
                name=name,
                key_hash=hashed(token),
                hint=token[: len(PREFIX) + 4],
                scopes=sorted(scopes),
                created_by=actor,
                created_at=now,
                expires_at=now + timedelta(days=days) if days else None,
            )
        )
        audit.note(session, actor, TOKEN, "made", subject=name, after=", ".join(sorted(scopes)))
    return token


def find(token: str) -> ApiToken | None:
    """The token's row, when it is good; notes that it was used, at most once a minute."""
    now = clock.now()
    which = select(ApiToken).where(ApiToken.key_hash == hashed(token))
    row = db.session.scalars(which.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.last_used_at is None or now - row.last_used_at > USED_EACH:
        with transaction() as session:
            session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=now))
    return row


def end(token_id: int, actor: str) -> None:
    """Ends a token at once."""
    with transaction() as session:
        row = session.get_one(ApiToken, token_id, with_for_update=True)
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            audit.note(session, actor, TOKEN, "ended", subject=row.name)
