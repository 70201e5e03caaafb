"""The house number in a street line of its own, where the store wants it so: shops in the Netherlands and Germany often do."""

from __future__ import annotations

import re

#: Where the number stands behind the street's name.
COUNTRIES = frozenset({"NL", "DE", "BE", "AT"})
#: A name that is more than a number, a number, and what belongs to it: a letter, another number ("12-14"), an addition.
_NUMBERED = re.compile(
    r"(?P<street>.*?[^\W\d_].*?),?\s+(?P<number>\d+)(?P<range>\s?[-–/+]\s?\d+)?"
    r"(?P<addition>\s?[-–/]?\s?(?:[a-z]{1,2}|(?:bis|hs|huis|boven|beneden|rechts|links|[ivx]{1,4})))?",
    re.I,
)


def in_lines_of_its_own(lines: list[str], country: str, count: int) -> list[str]:
    """The street lines with the house number of the first in a line of its own, where the country writes it behind.

    With three lines or more, the Netherlands' addition has one too ("Keizersgracht", "123", "A"). `count` is how many lines
    the store has; with one, nothing changes. What does not end in a number stays as it is.
    """
    if country not in COUNTRIES or count < 2 or not lines:
        return lines
    found = _NUMBERED.fullmatch(lines[0])
    if found is None:
        return lines
    street, number = found["street"].rstrip(" ,"), found["number"] + (found["range"] or "")
    addition = found["addition"] or ""
    if country == "NL" and count > 2 and addition:
        return [street, number, addition.strip(" -–/"), *lines[1:]]
    return [street, number + addition, *lines[1:]]
