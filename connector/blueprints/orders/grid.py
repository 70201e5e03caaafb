"""The columns of the order list: which are shown, in which order, and how high a row is.

A person's choice is a cookie, so that it works without a script; a saved view keeps its own (models.view).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from flask import request


class Column(NamedTuple):
    key: str
    label: str
    can_hide: bool = True
    #: Whether it is shown to somebody who has chosen nothing.
    is_usual: bool = True


COLUMNS = (
    Column("order", "TikTok order", can_hide=False),
    Column("magento", "Magento"),
    Column("when", "Created"),
    Column("buyer", "Buyer"),
    Column("items", "Items"),
    Column("total", "Total"),
    Column("status", "Status", can_hide=False),
    Column("ship_by", "Ship by"),
    Column("shop", "Shop"),
    Column("paid", "Paid", is_usual=False),
    Column("carrier", "Carrier", is_usual=False),
    Column("tracking", "Tracking number", is_usual=False),
    Column("fulfilment", "Fulfilment", is_usual=False),
)
BY_KEY = {column.key: column for column in COLUMNS}
USUAL = tuple(column.key for column in COLUMNS if column.is_usual)
COOKIE = "order_grid"


@dataclass(frozen=True)
class Grid:
    """The keys of the columns that are shown, from left to right, and how high a row is."""

    shown: tuple[str, ...] = USUAL
    is_compact: bool = False

    @classmethod
    def of(cls, shown: Sequence[str], is_compact: bool) -> Grid:
        """Of what somebody chose: unknown columns are left out, those that can't be hidden come back at their place."""
        known = tuple(dict.fromkeys(key for key in shown if key in BY_KEY))
        for at, column in enumerate(COLUMNS):
            if not column.can_hide and column.key not in known:
                known = (*known[:at], column.key, *known[at:])
        return cls(known, is_compact)

    @classmethod
    def read(cls, text: str) -> Grid:
        """Of what `text()` wrote; the usual columns for an empty text."""
        values = parse_qs(text)
        is_compact = values.get("rows") == ["compact"]
        if "show" in values:
            return cls.of(values["show"][0].split("."), is_compact)
        return cls(is_compact=is_compact)

    @classmethod
    def from_cookie(cls) -> Grid:
        return cls.read(request.cookies.get(COOKIE, ""))

    def text(self) -> str:
        """For the cookie and a view's row."""
        return urlencode({"show": ".".join(self.shown)} | ({"rows": "compact"} if self.is_compact else {}))

    def moved(self, key: str, steps: int) -> Grid:
        """With one column further to the left (negative) or to the right."""
        if key not in self.shown:
            return self
        at = self.shown.index(key)
        others = [one for one in self.shown if one != key]
        others.insert(max(0, at + steps), key)
        return Grid(tuple(others), self.is_compact)

    @property
    def columns(self) -> list[Column]:
        """Those that are shown, from left to right."""
        return [BY_KEY[key] for key in self.shown]

    @property
    def hidden(self) -> list[Column]:
        return [column for column in COLUMNS if column.key not in self.shown]
