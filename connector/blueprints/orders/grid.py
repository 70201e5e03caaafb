"""The columns of the order list, and what a person chose of them. The choice is a cookie: it works without a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from flask import request


class Column(NamedTuple):
    key: str
    label: str
    can_hide: bool = True


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
)
HIDEABLE = frozenset(column.key for column in COLUMNS if column.can_hide)
COOKIE = "order_grid"


@dataclass(frozen=True)
class Grid:
    """Which columns are shown, and how high a row is."""

    hidden: frozenset[str] = frozenset()
    is_compact: bool = False

    @classmethod
    def from_cookie(cls) -> Grid:
        values = parse_qs(request.cookies.get(COOKIE, ""))
        return cls(frozenset(values.get("hide", [])) & HIDEABLE, values.get("rows") == ["compact"])

    def to_cookie(self) -> str:
        return urlencode(
            [("hide", key) for key in sorted(self.hidden)] + ([("rows", "compact")] if self.is_compact else [])
        )

    @property
    def columns(self) -> list[Column]:
        return [column for column in COLUMNS if column.key not in self.hidden]
