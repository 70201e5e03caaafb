"""Searching the catalogue as it was last read from Magento: by SKU and name, as a person types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from connector.domain.choices import Choice
from connector.domain.folding import fold
from connector.extensions import db
from connector.models import CatalogueProduct, CatalogueRead, Store

SHOWN = 12
SUGGESTED = 4
#: So many products are compared with a TikTok SKU and its name to find the likeliest.
COMPARED = 300

TYPES = {
    "simple": "",
    "virtual": "Virtual",
    "downloadable": "Download",
    "configurable": "Configurable",
    "bundle": "Bundle",
    "grouped": "Group",
}


@dataclass(frozen=True)
class Product:
    """A product of the catalogue, as the panel shows it."""

    sku: str
    name: str
    type_id: str
    is_enabled: bool
    choices: tuple[Choice, ...] = ()
    product_id: int = 0

    @property
    def type_label(self) -> str:
        return TYPES.get(self.type_id, self.type_id.capitalize())

    @property
    def needs_choice(self) -> bool:
        """Whether it cannot be mapped as it is: options must be chosen, or it stands for others."""
        return any(choice.is_required for choice in self.choices)


@dataclass(frozen=True)
class State:
    """How fresh the catalogue is."""

    count: int
    read_at: datetime | None
    is_reading: bool
    error: str


def state(now: datetime) -> State:
    """Of all stores together: the oldest reading counts."""
    reads = db.session.scalars(select(CatalogueRead)).all()
    stores = db.session.scalar(select(func.count(Store.id))) or 0
    times = [read.last_read_at for read in reads if read.last_read_at is not None]
    return State(
        count=db.session.scalar(select(func.count(CatalogueProduct.id))) or 0,
        read_at=min(times) if times and len(times) >= stores else None,
        is_reading=any(
            (read.lease_until is not None and read.lease_until > now)
            or (read.last_read_at is None and not read.last_error)
            for read in reads
        ),
        error=next((read.last_error for read in reads if read.last_error), ""),
    )


def search(text: str, limit: int = SHOWN) -> list[Product]:
    """Products that have every word of the text in their SKU or name; those whose SKU it is come first."""
    words = fold(text).split()[:8]
    if not words:
        return []
    column = CatalogueProduct.search_text
    folded = " ".join(words)
    rank = case((column.like(_pattern(f"{folded} ", end=True), escape="\\"), 0), (_begins(folded), 1), else_=2)
    statement = (
        select(CatalogueProduct)
        .where(and_(*(column.like(f"%{_escaped(word)}%", escape="\\") for word in words)))
        .order_by(rank, CatalogueProduct.is_enabled.desc(), CatalogueProduct.name, CatalogueProduct.sku)
        .limit(limit * 2)
    )
    return _products(db.session.scalars(statement))[:limit]


def suggestions(tiktok_sku: str, product_name: str, limit: int = SUGGESTED) -> list[Product]:
    """The products that are most like a TikTok SKU and its name, likeliest first."""
    sku_words = set(_words(tiktok_sku))
    name_words = set(_words(product_name))
    words = [word for word in {*sku_words, *name_words} if len(word) > 2][:12]
    if not words:
        return []
    column = CatalogueProduct.search_text
    statement = (
        select(CatalogueProduct)
        .where(or_(*(column.like(f"%{_escaped(word)}%", escape="\\") for word in words)))
        .where(CatalogueProduct.is_enabled)
        .limit(COMPARED)
    )
    scored = []
    for product in _products(db.session.scalars(statement)):
        own_sku, own_name = set(_words(product.sku)), set(_words(product.name))
        score = 3 * len(sku_words & own_sku) + len(name_words & (own_name | own_sku))
        if fold(product.sku).startswith(fold(tiktok_sku)[:4]):
            score += 2
        scored.append((-score, product.name, product.sku, product))
    return [product for score, _, _, product in sorted(scored, key=lambda one: one[:3]) if score < -1][:limit]


def by_sku(skus: Iterable[str]) -> dict[str, Product]:
    """The products with these SKUs."""
    wanted = list(dict.fromkeys(skus))
    found = db.session.scalars(select(CatalogueProduct).where(CatalogueProduct.sku.in_(wanted)))
    return {product.sku: product for product in _products(found)}


def by_id(product_ids: Iterable[str]) -> list[Product]:
    """The products with these Magento ids: the variants of a configurable product."""
    wanted = [int(product_id) for product_id in product_ids if product_id.isdecimal()]
    found = db.session.scalars(
        select(CatalogueProduct)
        .where(CatalogueProduct.magento_product_id.in_(wanted))
        .order_by(CatalogueProduct.name, CatalogueProduct.sku)
    )
    return _products(found)


def is_known() -> bool:
    """Whether a catalogue has been read at all."""
    return db.session.scalar(select(CatalogueProduct.id).limit(1)) is not None


def _products(rows: Iterable[CatalogueProduct]) -> list[Product]:
    """Two stores may have the same SKU: it is shown once."""
    found: dict[str, Product] = {}
    for row in rows:
        found.setdefault(
            row.sku,
            Product(
                sku=row.sku,
                name=row.name,
                type_id=row.type_id,
                is_enabled=row.is_enabled,
                choices=tuple(Choice.from_stored(stored) for stored in row.choices or ()),
                product_id=row.magento_product_id,
            ),
        )
    return list(found.values())


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^0-9a-z]+", fold(text)) if len(word) > 1]


def _begins(folded: str) -> ColumnElement[bool]:
    return CatalogueProduct.search_text.like(_pattern(folded, end=True), escape="\\")


def _pattern(text: str, *, end: bool) -> str:
    return _escaped(text) + ("%" if end else "")


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)
