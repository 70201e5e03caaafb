"""By how much TikTok's clock differs from ours: TikTok refuses a request whose timestamp is more than five minutes off.

Every answer carries TikTok's time in its Date header (RFC 9110, 6.6.1). A server whose clock is wrong would otherwise sync
nothing, and its safety polls would ask for the wrong period. Kept per process and per address.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

#: Differences below this are none: the header has whole seconds, and the answer was under way.
TOLERATED = 30.0

_offsets: dict[str, float] = {}


def offset(api_url: str) -> float:
    """Seconds that TikTok's clock is ahead of ours (negative: behind); 0 while nothing else is known."""
    return _offsets.get(api_url, 0.0)


def learn(api_url: str, headers: Mapping[str, str], *, now: float | None = None) -> bool:
    """Takes the time from an answer's headers. True when it changed what `offset` says."""
    try:
        theirs = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return False
    difference = theirs - (time.time() if now is None else now)
    known = offset(api_url)
    if abs(difference - known) <= TOLERATED:
        return False
    _offsets[api_url] = difference if abs(difference) > TOLERATED else 0.0
    return _offsets[api_url] != known
