"""Numbers as people type them, read in one place; and written so that they are read as the same number again.

"1,000" is a thousand to one reader and one to another. A number is read as the reader's language writes it, else as the
others do: "5,00" and "5.00" are five everywhere. What looks like thousands elsewhere and like decimals here is refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from connector.i18n import _, format_locale


class Ambiguous(ValueError):
    """A number that could be read in two ways. `more` and `less` are how each is written for sure."""

    def __init__(self, text: str, more: Decimal, less: Decimal) -> None:
        self.more, self.less = plain(more), plain(less.normalize())
        # In the reader's language at once: `t` would write what was typed as its own numbers.
        sentence = _("“%(text)s” may be %(more)s or %(less)s: write it as one of these.")
        super().__init__(sentence % {"text": text, "more": self.more, "less": self.less})


def number(text: str, most: int | None = None) -> Decimal:
    """The number that a person typed, of any sign. Raises Ambiguous, or ValueError for what is no number.

    `most`: nobody means more than that here, so "8.875" percent are not thousands in any language.
    """
    text = text.strip()
    symbols = format_locale().number_symbols["latn"]
    own, other = (
        _read(text, *signs)
        for signs in ((symbols["group"], symbols["decimal"]), (symbols["decimal"], symbols["group"]))
    )
    found = [value for value in (own, other) if value is not None]
    if not found:
        raise ValueError(text)
    meant = [value for value in found if most is None or abs(value) <= most] or found
    # The other way round it is clear: what this language writes as thousands, the reader means so.
    if len(meant) == 2 and abs(meant[0]) < abs(meant[1]):
        raise Ambiguous(text, more=meant[1], less=meant[0])
    return meant[0]


def _read(text: str, group: str, decimal: str) -> Decimal | None:
    """The number as a language with these signs writes it, with or without its thousands marked; None where it does not."""
    group, decimal = re.escape(group), re.escape(decimal)
    grouped = rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{decimal}[0-9]*)?"
    if not re.fullmatch(rf"[-+]?(?:{grouped}|[0-9]+{decimal}?[0-9]*|{decimal}[0-9]+)", text):
        return None
    return Decimal(re.sub(decimal, ".", re.sub(group, "", text)))


def plain(value: Decimal) -> str:
    """A number as an address keeps it, and as it stands in a form: `number` reads it as the same in every language."""
    return padded(f"{value:f}")


def padded(text: str) -> str:
    """A number that is kept as a text, for a form: one that could be thousands gets another decimal, so 1.085 is 1.0850."""
    return f"{text}0" if re.fullmatch(r"-?[1-9][0-9]{0,2}\.[0-9]{3}", text) else text
