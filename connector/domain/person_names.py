"""One name into two: Magento requires a first and a last name.

TikTok's own two are taken where it gives both. Else the name is split by the language of its place:

- before particles, which belong to the last name ("Ana | de la Cruz", "Jan | van der Berg", "สมชาย | ณ อยุธยา");
- where people have two surnames (Spain, Latin America, Brazil, Portugal), before the second to last ("María José | García
  López"), unless what stands there is a second given name ("Ana Paula | Souza");
- after the family name where that comes first: Vietnam, Chinese, Japanese and Korean script, and a family name that alone is
  written in capitals ("YAMADA Taro");
- elsewhere before the last word.

A name of one word is the first name, and the last name is "-": plainly not a name, and nothing is printed twice on the label.
"""

from __future__ import annotations

import re

from connector.domain.order import Recipient
from connector.domain.region_names import plain

_PARTICLES = frozenset(
    {"de", "del", "della", "delle", "di", "da", "das", "do", "dos", "du", "la", "las", "le", "los", "van", "von", "vom"}
    | {
        "zu",
        "zum",
        "zur",
        "ter",
        "ten",
        "te",
        "den",
        "der",
        "het",
        "'t",
        "op",
        "bin",
        "binti",
        "bint",
        "ibn",
        "al",
        "el",
    }
    | {"st.", "dela", "y", "e", "af", "av", "ณ"}
)
_FAMILY_NAME_FIRST = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
_TWO_SURNAMES = frozenset({"ES", "MX", "BR", "PT", "AR", "CL", "CO", "PE"})
#: Given names that often stand second: what follows them is one surname, not two.
_SECOND_GIVEN = frozenset(
    {
        "alberto",
        "alejandro",
        "angel",
        "antonio",
        "augusto",
        "beatriz",
        "carlos",
        "carmen",
        "carolina",
        "cecilia",
        "clara",
    }
    | {"cristina", "eduardo", "elena", "eugenia", "felipe", "fernanda", "fernando", "francisco", "gabriel", "guadalupe"}
    | {"guilherme", "gustavo", "helena", "henrique", "ignacio", "isabel", "javier", "jesus", "jose", "julia", "laura"}
    | {"lucia", "luis", "luisa", "luiz", "luiza", "manuel", "maria", "mercedes", "miguel", "otavio", "pablo", "paula"}
    | {"paulo", "pedro", "rafael", "ramon", "ricardo", "roberto", "rosa", "sofia", "teresa", "vitoria", "victoria"}
)

NO_NAME = ("TikTok", "Buyer")
NO_LAST_NAME = "-"


def split_name(recipient: Recipient, country: str) -> tuple[str, str]:
    """First and last name, neither ever empty. `country` is the ISO code of where it goes."""
    first, last = one_line(recipient.first_name), one_line(recipient.last_name)
    if first and last:
        return first, last
    # Without a last name, TikTok repeats the whole name in first_name (documentation of first_name).
    words = (one_line(recipient.name) or first or last).split(" ")
    if words == [""]:
        return NO_NAME
    if len(words) == 1:
        return words[0], NO_LAST_NAME
    if country == "VN" or _FAMILY_NAME_FIRST.search("".join(words)) or _is_family_name_in_capitals(words):
        return " ".join(words[1:]), words[0]
    start = _start_of_last_name(words, len(words) - 1)
    if country in _TWO_SURNAMES and start > 1:
        before = words[start - 1]
        is_given = start == 2 and plain(before) in _SECOND_GIVEN
        if not is_given and "*" not in before:
            start = _start_of_last_name(words, start - 1)
    return " ".join(words[:start]), " ".join(words[start:])


def _start_of_last_name(words: list[str], start: int) -> int:
    """Where the name that begins at `start` begins with its particles; the first word is never part of it."""
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return start


def _is_family_name_in_capitals(words: list[str]) -> bool:
    first, *others = words
    return len(first) > 1 and first.isalpha() and first.isupper() and not any(word.isupper() for word in others)


def one_line(text: str) -> str:
    return " ".join(text.split())
