"""Finding orders by any part of a number, name, product or tracking number.

Each word must occur somewhere in `orders.search_text`. Words of three letters and more are found by trigrams: on PostgreSQL
by an index that its planner uses by itself, on SQLite by a full-text table (migration 0002). Shorter ones are compared.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, column, select, table, text

from connector.extensions import db
from connector.models import Order
from connector.sync.intake import fold

TRIGRAM = 3
_FTS = table("orders_search", column("rowid"), column("search_text"))


def conditions(search: str) -> list[ColumnElement[bool]]:
    """What an order must be to be found."""
    words = list(dict.fromkeys(fold(search).split()))
    if db.engine.dialect.name != "sqlite":
        return [_contains(word) for word in words]
    long = [word for word in words if len(word) >= TRIGRAM]
    found = [_contains(word) for word in words if len(word) < TRIGRAM]
    if long:
        phrases = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in long)
        matching = select(_FTS.c.rowid).where(text("orders_search MATCH :phrases").bindparams(phrases=phrases))
        found.append(Order.id.in_(matching))
    return found


def plain(search: str, searched: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """The same without an index, for a few rows."""
    return [searched.contains(word, autoescape=True) for word in dict.fromkeys(fold(search).split())]


def exact_number(search: str) -> list[ColumnElement[bool]]:
    """A whole TikTok order number is found by its index; most searches are pasted numbers."""
    if not (search.isascii() and search.isdecimal() and len(search) > 10):
        return []
    exact = Order.tiktok_order_id == search
    return [exact] if db.session.scalar(select(Order.id).where(exact)) else []


def _contains(word: str) -> ColumnElement[bool]:
    return Order.search_text.contains(word, autoescape=True)
