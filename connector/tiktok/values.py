"""Values that TikTok Shop's API is spoken with: the app, a shop's tokens, moments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

API_URL = "https://open-api.tiktokglobalshop.com"
AUTH_URL = "https://auth.tiktok-shops.com"


@dataclass(frozen=True)
class TikTokApp:
    """The app as it is registered in TikTok's Partner Center. The secret never shows in `repr`."""

    app_key: str
    app_secret: str = field(repr=False)
    api_url: str = API_URL
    auth_url: str = AUTH_URL
    service_id: str = ""


@dataclass(frozen=True)
class Tokens:
    """A shop's tokens and when each ends (UTC). They never show in `repr`."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime


def from_unix(seconds: object) -> datetime:
    """TikTok's Unix seconds, a number or digits, as a moment in UTC.

    Raises ValueError when it is neither, or no moment between 2001 and 3000 (milliseconds, for one, are not).
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | str):
        raise ValueError("not a Unix time in seconds")
    number = int(seconds)
    if not 1_000_000_000 <= number < 32_503_680_000:
        raise ValueError("not a Unix time in seconds")
    return datetime.fromtimestamp(number, UTC)


def to_unix(moment: datetime) -> int:
    """Whole Unix seconds of an aware datetime. Raises ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return int(moment.timestamp())
