"""One name into two: Magento requires a first and a last name.

TikTok's own two are taken where it gives both; else the name is split at its last word, before particles ("Ana | de la
Cruz"), after the family name where that comes first (Vietnam; Chinese, Japanese and Korean script). A name of one word is the
first name, and the last name is "-": plainly not a name, and nothing is printed twice on the label.
"""

from __future__ import annotations

import re

from connector.domain.order import Recipient

_PARTICLES = frozenset(
    {"de", "del", "della", "delle", "di", "da", "das", "do", "dos", "du", "la", "le", "van", "von", "vom", "zu", "zur"}
    | {"ter", "ten", "den", "der", "bin", "binti", "bint", "ibn", "al", "el", "st.", "dela"}
)
_FAMILY_NAME_FIRST = re.compile(r"[぀-ヿ㐀-鿿가-힯]")

NO_NAME = ("TikTok", "Buyer")
NO_LAST_NAME = "-"


def split_name(recipient: Recipient, country: str) -> tuple[str, str]:
    """First and last name, neither ever empty."""
    first, last = one_line(recipient.first_name), one_line(recipient.last_name)
    if first and last:
        return first, last
    # Without a last name, TikTok repeats the whole name in first_name (documentation of first_name).
    words = (one_line(recipient.name) or first or last).split(" ")
    if words == [""]:
        return NO_NAME
    if len(words) == 1:
        return words[0], NO_LAST_NAME
    if country == "VN" or _FAMILY_NAME_FIRST.search("".join(words)):
        return " ".join(words[1:]), words[0]
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def one_line(text: str) -> str:
    return " ".join(text.split())
