"""Pages of orders by keyset: page 1,000 costs what page 1 does, and an address shows the same page tomorrow.

Sorted newest first by TikTok's time of creation, or by a deadline, the soonest first (query.SORTS); then by row.
Orders that were announced but not read yet have no such times; they stand before the first page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import defer, lazyload

from connector.blueprints import asked
from connector.blueprints.orders import search
from connector.blueprints.orders.query import OrderQuery
from connector.extensions import db
from connector.models import Order
from connector.models.types import UtcDateTime

PAGE_SIZE = 50
#: More than these are never listed before the first page.
UNREAD_SHOWN = 20
#: So many orders are looked through before a search asks its index.
NEAR = 2000

_FIRST_NAME = Order.document[("line_items", 0, "product_name")].as_string()
_FIRST_PICTURE = Order.document[("line_items", 0, "sku_image")].as_string()
WITHOUT_DOCUMENTS = (
    defer(Order.document),
    defer(Order.booking),
    defer(Order.error_exchange),
    defer(Order.search_text),
    lazyload(Order.shop),
)


@dataclass(frozen=True)
class Row:
    """One order of a list, with what of its first item is shown. `order.document` is not loaded."""

    order: Order
    product_name: str
    picture: str


@dataclass(frozen=True)
class Page:
    """Some orders, and the cursors of the pages before and after (None: there is none)."""

    rows: list[Row]
    older: str | None = None
    newer: str | None = None


def cursor(query: OrderQuery, order: Order) -> str:
    """Where an order stands in the list, for an address."""
    if order.create_time is None:
        raise ValueError("an order that has not been read has no place in the list")
    return f"{int(getattr(order, query.sort.column.key).timestamp())}-{order.id}"


def read_cursor(text: str | None) -> tuple[datetime, int] | None:
    """The place that a cursor names; None for what is none."""
    seconds, _, row = (text or "").partition("-")
    row_id = asked.row_id(row)
    if row_id is None or not (seconds.isascii() and seconds.isdecimal() and len(seconds) < 12):
        return None
    return datetime.fromtimestamp(int(seconds), UTC), row_id


def page(
    query: OrderQuery,
    *,
    older: str | None = None,
    newer: str | None = None,
    size: int = PAGE_SIZE,
    with_unread: bool = True,
) -> Page:
    """The page after (`older`) or before (`newer`) a place in the list; without either, the first.

    After a place behind which nothing stands any more, it is the last page.
    `with_unread` is False when it is known that no order waits to be read for the first time.
    """
    before, after = read_cursor(older), read_cursor(newer)
    if after is not None:
        rows = _rows(query, [is_before(query, after)], size + 1, backwards=True)
        if len(rows) > size:
            rows = rows[:size][::-1]
            return Page(rows, older=cursor(query, rows[-1].order), newer=cursor(query, rows[0].order))
        # There is less than a page before it: that is the first page.
    rows = _rows(query, [is_after(query, before)] if before is not None else [], size + 1)
    next_page = cursor(query, rows[size - 1].order) if len(rows) > size else None
    rows = rows[:size]
    if before is None:
        return Page((_unread(query) if with_unread else []) + rows, older=next_page)
    if not rows:
        return _last_page(query, size, with_unread)
    return Page(rows, older=next_page, newer=cursor(query, rows[0].order))


def _last_page(query: OrderQuery, size: int, with_unread: bool) -> Page:
    """Where an address leads whose own page is empty by now: its orders are not in this list any more."""
    rows = _rows(query, [], size + 1, backwards=True)
    if len(rows) <= size:
        return page(query, size=size, with_unread=with_unread)
    rows = rows[:size][::-1]
    return Page(rows, newer=cursor(query, rows[0].order))


def neighbours(query: OrderQuery, order: Order) -> tuple[str | None, str | None]:
    """The TikTok order ids before and after an order in a list, also when it is not in the list any more."""
    if order.create_time is None:
        return None, None
    here = place_in(query, order)
    ids = select(Order.tiktok_order_id).where(Order.create_time.is_not(None), *query.conditions())
    newer = db.session.scalar(ids.where(is_before(query, here)).order_by(*keys(query, backwards=True)).limit(1))
    older = db.session.scalar(ids.where(is_after(query, here)).order_by(*keys(query)).limit(1))
    return newer, older


def selected() -> Select[Any]:
    """Orders with what a list shows of them, for `rows_of`."""
    return select(Order, _FIRST_NAME, _FIRST_PICTURE).options(*WITHOUT_DOCUMENTS)


def place_in(query: OrderQuery, order: Order) -> tuple[datetime, int]:
    """Where an order that has been read stands."""
    return getattr(order, query.sort.column.key), order.id


def keys(query: OrderQuery, *, backwards: bool = False) -> tuple[Any, Any]:
    """What the list is sorted by."""
    column = query.sort.column
    if query.sort.is_descending != backwards:
        return column.desc(), Order.id.desc()
    return column, Order.id


def is_after(query: OrderQuery, place: tuple[datetime, int]) -> ColumnElement[bool]:
    """Whether an order stands after a place in the list."""
    here, there = tuple_(query.sort.column, Order.id), _value_of(place)
    found: ColumnElement[bool] = here < there if query.sort.is_descending else here > there
    return found


def is_before(query: OrderQuery, place: tuple[datetime, int]) -> ColumnElement[bool]:
    """Whether an order stands before a place in the list."""
    here, there = tuple_(query.sort.column, Order.id), _value_of(place)
    found: ColumnElement[bool] = here > there if query.sort.is_descending else here < there
    return found


def _value_of(place: tuple[datetime, int]) -> Any:
    return tuple_(literal(place[0], UtcDateTime), literal(place[1]))


def rows_of(listed: Select[Any]) -> list[Row]:
    """The orders of a statement of `selected`."""
    return [Row(found, name or "", picture or "") for found, name, picture in db.session.execute(listed)]


def _rows(query: OrderQuery, place: list[ColumnElement[bool]], limit: int, *, backwards: bool = False) -> list[Row]:
    listed = selected().order_by(*keys(query, backwards=backwards)).limit(limit)
    if query.search:
        listed = listed.where(Order.id.in_(_found(query, place, limit, backwards)))
    else:
        listed = listed.where(Order.create_time.is_not(None), *place, *query.conditions())
    return rows_of(listed)


def _found(query: OrderQuery, place: list[ColumnElement[bool]], limit: int, backwards: bool) -> list[int]:
    """The rows that a search finds, as many as a page takes.

    First among the next few of the list: for a frequent word that is a page already. What is left then are rare words, of
    which there are few to sort: all of them are taken from the index before they are sorted. Neither rests on a planner's
    guess at how many match; a wrong one would have it walk through all orders.
    """
    fields = select(Order.id, Order.search_text, query.sort.column.label("key")).where(
        Order.create_time.is_not(None), *place
    )
    next_ones = fields.where(*query.narrowing()).order_by(*keys(query, backwards=backwards)).limit(NEAR).subquery()
    near = list(
        db.session.scalars(
            _first(query, next_ones, limit, backwards, search.plain(query.search, next_ones.c.search_text))
        )
    )
    if len(near) == limit:
        return near
    matching = fields.where(*query.conditions()).cte("matching").prefix_with("MATERIALIZED", dialect="postgresql")
    return list(db.session.scalars(_first(query, matching, limit, backwards, [])))


def _first(
    query: OrderQuery, rows: Any, limit: int, backwards: bool, conditions: list[ColumnElement[bool]]
) -> Select[Any]:
    ways: tuple[Any, Any] = rows.c.key, rows.c.id
    if query.sort.is_descending != backwards:
        ways = rows.c.key.desc(), rows.c.id.desc()
    return select(rows.c.id).where(*conditions).order_by(*ways).limit(limit)


def _unread(query: OrderQuery) -> list[Row]:
    listed = selected().where(Order.create_time.is_(None), *query.conditions()).order_by(Order.id.desc())
    return [Row(order, "", "") for order, _, _ in db.session.execute(listed.limit(UNREAD_SHOWN))]
