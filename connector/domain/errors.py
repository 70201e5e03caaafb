"""Errors, grouped by what to do next.

ConnectorError
├── TryLater          nobody needs to act; the same call may work later
│   ├── RateLimited   the other side asked us to wait
│   └── Unclear       what became of an earlier call is not to be seen yet
├── NeedsMerchant     only the merchant can solve it; `remedy` is shown as it stands
└── Conflict          our picture of the other side was wrong; read it again and plan anew

Each API package has its own subclasses that carry the exchange; this tree is what `sync` acts upon.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, with secrets and personal data already taken out. For developers, behind an error."""

    method: str
    url: str
    status: int | None = None
    request_body: str = ""
    response_body: str = ""
    seconds: float | None = None


class ConnectorError(Exception):
    """An error with a code, a sentence for a merchant and what to do next.

    `code` is a stable snake_case name (docs/errors.md lists them); `message` a sentence without personal data.
    """

    remedy: str = ""

    def __init__(self, message: str, *, code: str, remedy: str = "", exchange: Exchange | None = None) -> None:
        # The other side's own words may be in it; PostgreSQL keeps NUL in no text.
        self.message = message.replace("\0", "")
        super().__init__(self.message)
        self.code = code
        self.remedy = remedy or self.remedy
        self.exchange = exchange


#: Seconds. Whoever asks us to wait longer (a proxy's maintenance page, a broken header) is asked again meanwhile.
LONGEST_WAIT = 3600.0


class TryLater(ConnectorError):
    """Nobody needs to do anything; `after` is how many seconds the other side asked us to wait, if it did.

    That is LONGEST_WAIT at most.
    """

    remedy = "Nothing to do: the connector tries again by itself."

    def __init__(
        self,
        message: str,
        *,
        code: str = "try_later",
        remedy: str = "",
        exchange: Exchange | None = None,
        after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, remedy=remedy, exchange=exchange)
        self.after = None if after is None else min(after, LONGEST_WAIT)


def unexpected(error: Exception) -> TryLater:
    """A fault of ours as an error of the connector: its kind only, for what it says may hold personal data."""
    return TryLater(f"An unexpected error happened in the connector: {type(error).__name__}.", code="unexpected")


class RateLimited(TryLater):
    """The other side answered "too many requests"."""


class Unclear(TryLater):
    """What became of an earlier call is not to be seen yet, and the next must not come too soon.

    Nothing has failed just now: `after` is when to look, in place of the pause that grows with each failure.
    """


class NeedsMerchant(ConnectorError):
    """Only the merchant can solve it. `subject` names what it is about (a SKU, a carrier): errors are grouped by it."""

    def __init__(
        self, message: str, *, code: str, remedy: str = "", exchange: Exchange | None = None, subject: str = ""
    ) -> None:
        super().__init__(message, code=code, remedy=remedy, exchange=exchange)
        self.subject = subject


class Conflict(ConnectorError):
    """The other side is in another state than we thought: read it again and plan anew."""
