"""What Magento's cart refused, in the terms of the catalogue: so that it is told, and dealt with, as if known before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoProduct
from connector.magento.errors import NotFound, OutOfStock, ProductNotFound
from connector.sync.run import Run
from connector.sync.steps.prepare import Prepared

#: Products that have no stock of their own: their parts have.
COMPOSITE = frozenset({"configurable", "bundle", "grouped"})


def what_magento_refused(run: Run, prepared: Prepared, error: NeedsMerchant) -> dict[str, MagentoProduct | None]:
    """The refused products as they really are, by SKU: with too little salable, disabled, not in the store, or gone.

    Placing the cart does not say which product it is, so then all are looked at. Raises `error` when it is about
    something else (options that are missing, for instance).
    """
    products = {product.sku: product for product in prepared.catalogue.values()}
    wanted: dict[str, int] = {}
    for row in prepared.booking.rows:
        wanted[row.sku] = wanted.get(row.sku, 0) + row.quantity
    if isinstance(error, ProductNotFound):
        return {error.subject: None}
    if "option" in error.message.lower() or "link" in error.message.lower():
        raise error
    asked = [error.subject] if error.subject in products else [sku for sku in wanted if sku in products]
    short = dict(_short(run, (products[sku] for sku in asked), wanted))
    if short:
        return {sku: replace(products[sku], salable_quantity=left) for sku, left in short.items()}
    if isinstance(error, OutOfStock):
        # Magento's words count: perhaps a part of a bundle is short, or the stock moves while we look.
        return {sku: replace(products[sku], salable_quantity=Decimal(0)) for sku in asked}
    if len(asked) != 1:
        raise error
    [sku] = asked
    if run.store.website_id not in run.magento_client.website_ids_of(sku):
        return {sku: replace(products[sku], is_in_store=False)}
    return {sku: replace(products[sku], is_enabled=False)}


def _short(run: Run, products: Iterable[MagentoProduct], wanted: dict[str, int]) -> Iterable[tuple[str, Decimal]]:
    for product in products:
        if product.type_id in COMPOSITE:
            continue
        try:
            left = run.magento_client.salable_quantity(product.sku, run.store.stock_id)
        except (NotFound, NeedsMerchant):
            # Its stock is not managed, or Magento's inventory modules are switched off, or it may not be looked at, which the
            # store's check tells. Magento's refusal counts, not what keeps us from more of it.
            continue
        if left < wanted.get(product.sku, 0):
            yield product.sku, left
