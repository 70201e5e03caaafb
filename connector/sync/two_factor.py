"""The second factor of a log-in: the codes of an authenticator app (RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import hmac
import secrets

import pyotp

from connector import clock
from connector.models import User
from connector.models.audit import USER
from connector.models.transaction import transaction
from connector.sync import audit
from connector.sync.asks import Refused
from connector.sync.hashing import hashed

RECOVERY_CODES = 10
ISSUER = "TikTok Shop connector"


def new_secret() -> str:
    """A secret for an authenticator app; it counts once a code of it was given."""
    return pyotp.random_base32()


def address_of(user: User, secret: str) -> str:
    """What the QR code for the app holds."""
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


def begin(user_id: int, secret: str, code: str, actor: str) -> list[str]:
    """Switches two-factor on when the code is right. Returns the recovery codes, which are shown this once.

    Raises Refused.
    """
    step = _step_of(secret, code)
    if step is None:
        raise Refused("That is not the code which the app shows now. Check that the phone's clock is right.")
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        user.totp_secret, user.totp_last_step = secret, step
        user.recovery_codes = [hashed(code) for code in codes]
        audit.note(session, actor, USER, "two-factor on", subject=user.email)
    return codes


def end(user_id: int, actor: str) -> None:
    """Switches two-factor off."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        user.totp_secret, user.recovery_codes = None, []
        audit.note(session, actor, USER, "two-factor off", subject=user.email)


def passes(user_id: int, code: str) -> bool:
    """Whether the code is the app's, or a recovery code. Each is good once; a wrong one counts like a wrong password."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        if not user.is_active or user.is_locked(clock.now()):
            return False
        step = _step_of(user.totp_secret, code) if user.totp_secret else None
        if step is not None and step > user.totp_last_step:
            user.totp_last_step = step
            user.forget_failed_logins()
            return True
        found = hashed(code.strip().lower())
        if found in user.recovery_codes:
            user.recovery_codes = [kept for kept in user.recovery_codes if kept != found]
            user.forget_failed_logins()
            audit.note(session, user.email, USER, "recovery code used", subject=user.email)
            return True
        user.count_failed_login(clock.now())
        return False
