"""Finding orders by any part of a number, name, product or tracking number.

Each word must occur somewhere in `orders.search_text`, one of less than three letters at the beginning of a word. They are
found by trigrams: on PostgreSQL by an index that its planner uses by itself, on SQLite by a full-text table (migrations 0002
and 0019).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, column, or_, select, table, text

from connector.domain.folding import fold
from connector.extensions import db
from connector.models import Order

TRIGRAM = 3
_FTS = table("orders_search", column("rowid"), column("search_text"))
_TERMS = table("orders_search_terms", column("term"), column("doc"))
#: Up to so many orders are found by their trigrams; of more, the newest are sooner found by walking along the list.
RARE = 2_000


def conditions(search: str) -> list[ColumnElement[bool]]:
    """What an order must be to be found."""
    words = list(dict.fromkeys(fold(search).split()))
    if db.engine.dialect.name != "sqlite":
        return [_holds(Order.search_text, word) for word in words]
    found = [_holds(Order.search_text, word) for word in words if len(word) < TRIGRAM]
    # A word of two letters and the space before it are a trigram too: it narrows what is compared.
    phrases = [word if len(word) >= TRIGRAM else f" {word}" for word in words if len(word) >= TRIGRAM - 1]
    if phrases:
        found.append(Order.id.in_(_matching(" AND ".join(_quoted(phrase) for phrase in phrases))))
    elif words:
        found += _rare_beginning(words[0])
    return found


def _matching(query: str) -> Select[tuple[int]]:
    return select(_FTS.c.rowid).where(text("orders_search MATCH :query").bindparams(query=query))


def _rare_beginning(letter: str) -> list[ColumnElement[bool]]:
    """On SQLite: narrows to the orders with a word that begins with this letter or digit, where these are few."""
    after = f"{letter}\U0010ffff"
    terms = db.session.execute(
        select(_TERMS.c.term, _TERMS.c.doc).where(_TERMS.c.term.between(f" {letter}", f" {after}"))
    ).all()
    # A text begins with TikTok's number, which has no space before it.
    numbered = db.session.scalars(
        select(Order.id).where(Order.tiktok_order_id.between(letter, after)).limit(RARE)
    ).all()
    if sum(orders for _, orders in terms) + len(numbered) >= RARE:
        return []
    # No word begins so: then this is found nowhere either.
    query = " OR ".join(_quoted(term) for term, _ in terms) or _quoted(f" {letter} ")
    return [or_(Order.id.in_(_matching(query)), Order.id.in_(numbered))]


def _quoted(phrase: str) -> str:
    return '"{}"'.format(phrase.replace('"', '""'))


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
