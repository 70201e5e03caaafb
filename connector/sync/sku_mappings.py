"""What people say TikTok SKUs are in Magento: saved with the release of all orders that waited for it, deleted, imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.product_problems import MISSING_SKU, UNKNOWN_SKU
from connector.domain.sku_mapping import MappedProduct
from connector.domain.sku_mapping import SkuMapping as Mapped
from connector.extensions import queue
from connector.models import Order, OrderProblem, SkuMapping
from connector.models.audit import MAPPING
from connector.models.transaction import transaction
from connector.sync import asks
from connector.sync.audit import note

LONGEST_SKU = 200
MOST_PRODUCTS = 30
MOST_PIECES = 10_000


class Refused(Exception):
    """A mapping that cannot be; the message says why, for a person."""


def save(tiktok_sku: str, products: Sequence[MappedProduct], actor: str) -> int:
    """Maps a TikTok SKU and makes all orders that waited for it due. Returns how many. Raises Refused."""
    return save_all({tiktok_sku: products}, actor)


def save_all(mappings: Mapping[str, Sequence[MappedProduct]], actor: str) -> int:
    """The same for many at once: all of them, or with Refused none."""
    wanted = {sku.strip(): checked(sku, products) for sku, products in mappings.items()}
    woken: dict[int, int] = {}
    with transaction() as session:
        for tiktok_sku, products in wanted.items():
            _write(session, tiktok_sku, products, actor)
            # Also when it was mapped like that before: somebody means it to help now.
            woken |= dict(_released(session, tiktok_sku, actor))
    queue.wake_orders(woken.items())
    return len(woken)


def delete(tiktok_sku: str, actor: str) -> bool:
    """Forgets a mapping; orders that are in Magento stay as they are. False when there was none."""
    with transaction() as session:
        row = _row(session, tiktok_sku)
        if row is None:
            return False
        note(session, actor, MAPPING, "mapping deleted", subject=tiktok_sku, before=in_words(row.products))
        session.delete(row)
    return True


def checked(tiktok_sku: str, products: Sequence[MappedProduct]) -> tuple[MappedProduct, ...]:
    """The products, those that are the same put together. Raises Refused for what cannot be a mapping."""
    if not tiktok_sku.strip():
        raise Refused("Say which TikTok SKU it is.")
    if len(tiktok_sku.strip()) > LONGEST_SKU:
        raise Refused(f"A SKU has {LONGEST_SKU} characters at most.")
    merged: dict[tuple[object, ...], MappedProduct] = {}
    for product in products:
        sku = product.sku.strip()
        if not sku or len(sku) > LONGEST_SKU:
            raise Refused("Choose a Magento product.")
        if not 1 <= product.quantity <= MOST_PIECES:
            raise Refused(f"The quantity of {sku} is a whole number from 1 to {MOST_PIECES:,}.")
        known = merged.get((sku, product.options))
        quantity = product.quantity + (known.quantity if known else 0)
        merged[(sku, product.options)] = MappedProduct(sku=sku, quantity=quantity, options=product.options)
    if not merged:
        raise Refused("Choose a Magento product.")
    if len(merged) > MOST_PRODUCTS:
        raise Refused(f"One TikTok SKU stands for {MOST_PRODUCTS} products at most.")
    return tuple(merged.values())


def in_words(stored: Sequence[Mapping[str, object]]) -> str:
    """A mapping as people read it: "2 × MUG-01, TEE-RED"."""
    return ", ".join(
        f"{product['sku']}" if product.get("quantity", 1) == 1 else f"{product['quantity']} × {product['sku']}"
        for product in stored
    )


def _write(session: Session, tiktok_sku: str, products: tuple[MappedProduct, ...], actor: str) -> None:
    stored = Mapped(tiktok_sku=tiktok_sku, products=products).to_stored()
    row = _row(session, tiktok_sku)
    before = in_words(row.products) if row else ""
    if row is None:
        session.add(SkuMapping(tiktok_sku=tiktok_sku, products=stored, created_at=clock.now(), created_by=actor[:254]))
    elif row.products != stored:
        row.products, row.created_at, row.created_by = stored, clock.now(), actor[:254]
    else:
        return
    note(session, actor, MAPPING, "mapping saved", subject=tiktok_sku, before=before, after=in_words(stored))


def _released(session: Session, tiktok_sku: str, actor: str) -> list[tuple[int, int]]:
    waiting = select(OrderProblem.order_id).where(
        OrderProblem.tiktok_sku == tiktok_sku, OrderProblem.is_passed_over.is_(False)
    )
    named = Order.error_code.in_((UNKNOWN_SKU, MISSING_SKU)) & (Order.error_subject == tiktok_sku)
    sentence = f"Released: the TikTok SKU {tiktok_sku} was mapped."
    return asks.release(session, or_(Order.id.in_(waiting), named), actor, sentence)


def _row(session: Session, tiktok_sku: str) -> SkuMapping | None:
    return session.scalars(
        select(SkuMapping).where(SkuMapping.tiktok_sku == tiktok_sku).with_for_update()
    ).one_or_none()
