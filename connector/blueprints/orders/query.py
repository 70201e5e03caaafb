"""What an address of the list says: a tab, a search, filters and an order, less the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from connector.blueprints import typed
from connector.blueprints.orders import filters, search, shops
from connector.blueprints.orders.tabs import Tab, tab_of
from connector.i18n import _, t
from connector.models import Order

LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Sort:
    """What a list is sorted by, then by row. `back` and `on` are the words for the pages before and after."""

    key: str
    label: str
    column: Any
    is_descending: bool = False
    back: str = "Sooner"
    on: str = "Later"


#: The first is what an address says that names none.
SORTS: Mapping[str, Sort] = {
    sort.key: sort
    for sort in (
        Sort("created", "Newest first", Order.create_time, is_descending=True, back="Newer", on="Older"),
        Sort("ship_by", "Ship by, soonest first", Order.ship_due),
        Sort("auto_cancel", "Automatic cancellation, soonest first", Order.cancel_due),
    )
}
NEWEST_FIRST = SORTS["created"]


@dataclass(frozen=True)
class Chip:
    """A filter in force: how it reads, and the address's arguments without it."""

    label: str
    words: str
    without: dict[str, str]


def _cleaned(text: str) -> str:
    """A text of an address without what no text of ours has: PostgreSQL compares no NUL (one in a link's `list`, say)."""
    return text.replace("\0", "").strip()


@dataclass(frozen=True)
class OrderQuery:
    """A tab, a search, filters and an order: what an address of the list says, less the page."""

    tab: Tab
    search: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    sort: Sort = NEWEST_FIRST
    #: What was typed and says nothing to its filter: why, for a person.
    not_understood: tuple[str, ...] = ()

    @classmethod
    def from_args(cls, args: MultiDict[str, str]) -> OrderQuery:
        """Reads an address. What makes no sense is left out, so that an old bookmark still opens, and told."""
        zone = shops.panel_zone()
        values, not_understood = {}, []
        for entry in filters.FILTERS:
            value = ",".join(part for text in args.getlist(entry.name) if (part := _cleaned(text)))[:400]
            try:
                if value:
                    values[entry.name] = entry.understood(value, zone)
            except typed.Ambiguous as error:
                not_understood.append(f"{t(entry.label)}: {error}")
            except ValueError:
                why = _("“%(value)s” was not understood and does not count.", value=value)
                not_understood.append(f"{t(entry.label)}: {why}")
        words = " ".join(_cleaned(args.get("q", "")).split())[:LONGEST_SEARCH]
        sort = SORTS.get(args.get("sort", ""), NEWEST_FIRST)
        return cls(tab_of(args.get("tab", "")), words, values, sort, tuple(not_understood))

    def conditions(self) -> list[ColumnElement[bool]]:
        """What an order must be to be listed."""
        return self.narrowing() + (search.exact_number(self.search) or search.conditions(self.search))

    def narrowing(self) -> list[ColumnElement[bool]]:
        """The same without the search."""
        zone = shops.panel_zone()
        found = [filters.BY_NAME[name].where(value, zone) for name, value in self.values.items()]
        in_tab = self.tab.condition()
        if in_tab is not None:
            found.append(in_tab)
        return found

    def args(self, **changes: str | None) -> dict[str, str]:
        """The arguments of an address that says the same, with some changed (None: left out)."""
        arguments: dict[str, str | None] = {}
        if self.tab.key != "all":
            arguments["tab"] = self.tab.key
        if self.search:
            arguments["q"] = self.search
        arguments |= self.values
        if self.sort is not NEWEST_FIRST:
            arguments["sort"] = self.sort.key
        arguments |= changes
        return {name: value for name, value in arguments.items() if value}

    def chips(self) -> list[Chip]:
        """The filters in force."""
        return [Chip(filters.BY_NAME[name].label, self.words(name), self.args(**{name: None})) for name in self.values]

    def words(self, name: str) -> str:
        """How a filter in force reads."""
        return filters.BY_NAME[name].words(self.values[name])

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.values)
