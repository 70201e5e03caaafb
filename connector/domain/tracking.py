"""Tracking numbers: as people write them, and as TikTok Shop takes them (reference/tiktok/README.md, "Shipping")."""

from __future__ import annotations

import re

#: "A tracking number is 4–50 characters of letters, digits, - _ . /"
TAKEN = re.compile(r"[A-Za-z0-9\-_./]{4,50}")


def cleaned(number: str) -> str:
    """A number without the blanks that come along when it is copied ("1Z 999 AA1"): no carrier's number has any."""
    return "".join(number.split())


def is_taken(number: str) -> bool:
    """Whether TikTok takes a (cleaned) number."""
    return TAKEN.fullmatch(number) is not None
