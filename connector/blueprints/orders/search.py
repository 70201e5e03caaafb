"""Finding orders by any part of a number, name, product or tracking number.

Each word must occur somewhere in `orders.search_text`, one of less than three letters at the beginning of a word. They are
found by trigrams: on PostgreSQL by an index that its planner uses by itself, on SQLite by a full-text table (migration 0002).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, column, or_, select, table, text

from connector.extensions import db
from connector.models import Order
from connector.sync.intake import fold

TRIGRAM = 3
_FTS = table("orders_search", column("rowid"), column("search_text"))


def conditions(search: str) -> list[ColumnElement[bool]]:
    """What an order must be to be found."""
    words = list(dict.fromkeys(fold(search).split()))
    if db.engine.dialect.name != "sqlite":
        return [_holds(Order.search_text, word) for word in words]
    found = [_holds(Order.search_text, word) for word in words if len(word) < TRIGRAM]
    # A word of two letters and the space before it are a trigram too: it narrows what is compared.
    phrases = [word if len(word) >= TRIGRAM else f" {word}" for word in words if len(word) >= TRIGRAM - 1]
    if phrases:
        query = " AND ".join('"{}"'.format(phrase.replace('"', '""')) for phrase in phrases)
        matching = select(_FTS.c.rowid).where(text("orders_search MATCH :phrases").bindparams(phrases=query))
        found.append(Order.id.in_(matching))
    return found


def plain(search: str, searched: Any) -> list[ColumnElement[bool]]:
    """The same without an index, for a few rows; `searched` is their text."""
    return [_holds(searched, word) for word in dict.fromkeys(fold(search).split())]


def exact_number(search: str) -> list[ColumnElement[bool]]:
    """A whole order number, TikTok's or Magento's, is found by its index; most searches are pasted numbers."""
    if not (search.isascii() and search.isdecimal() and len(search) > 5):
        return []
    column = Order.tiktok_order_id if len(search) > 10 else Order.magento_increment_id
    return [column == search] if db.session.scalar(select(Order.id).where(column == search).limit(1)) else []


def _holds(searched: Any, word: str) -> ColumnElement[bool]:
    if len(word) >= TRIGRAM:
        return searched.contains(word, autoescape=True)  # type: ignore[no-any-return]
    return or_(searched.startswith(word, autoescape=True), searched.contains(f" {word}", autoescape=True))
