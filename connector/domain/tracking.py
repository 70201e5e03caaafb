"""Tracking numbers: as people write them, and as TikTok Shop takes them (reference/tiktok/README.md, "Shipping")."""

from __future__ import annotations

import re

#: "A tracking number is 4–50 characters of letters, digits, - _ . /"
TAKEN = re.compile(r"[A-Za-z0-9\-_./]{4,50}")


#: On a label of USPS the bars begin with 420 and the post code, which are no part of the number that is printed below.
_USPS_ROUTED = re.compile(r"420(?:[0-9]{5}|[0-9]{9})(9[0-9]{21})")


def scanned(text: str) -> str:
    """The number of a label that was read by a scanner, which sends all that the bars hold (GS1 separators too)."""
    number = cleaned("".join(sign for sign in text if sign.isprintable()))
    routed = _USPS_ROUTED.fullmatch(number)
    return routed[1] if routed else number


def cleaned(number: str) -> str:
    """A number without the blanks that come along when it is copied ("1Z 999 AA1"): no carrier's number has any."""
    return "".join(number.split())


def is_taken(number: str) -> bool:
    """Whether TikTok takes a (cleaned) number."""
    return TAKEN.fullmatch(number) is not None
