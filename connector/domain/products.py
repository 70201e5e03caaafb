"""Which Magento product each TikTok line item is: by mapping, by SKU, by the merchant's rules; and what to do when none is.

Order of the search, for a line item and for each part of a virtual bundle:

1. a mapping of the merchant, for the seller SKU, else for TikTok's SKU id;
2. for a virtual bundle (`combined_listing_skus`): its parts, each searched for in the same way;
3. the exact SKU, then the SKU by the merchant's rules (prefix, suffix, case).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from connector.domain.booking import MatchedProduct, ProductOption
from connector.domain.magento_order import MagentoProduct
from connector.domain.order import BundlePart, LineItem, Order
from connector.domain.product_problems import (
    DISABLED_PRODUCT,
    MISSING_SKU,
    NEEDS_CHOICE,
    NOT_IN_STORE,
    OUT_OF_STOCK,
    UNKNOWN_PLACEHOLDER,
    UNKNOWN_SKU,
    Problems,
    ProductProblem,
)
from connector.domain.settings import ShopSettings
from connector.domain.sku_mapping import MappedProduct, SkuMapping

__all__ = ["MappedProduct", "Matching", "ProductProblem", "SkuMapping", "candidates", "match", "skus_to_look_up"]

#: Magento products that cannot be put into a cart without choices; a mapping may bring them.
NEEDS_OPTIONS = frozenset({"configurable", "bundle", "grouped"})

#: What only stands in the way of a cart: an order that is merely recorded reserves nothing, and Magento checks nothing.
_ONLY_FOR_CARTS = frozenset({DISABLED_PRODUCT, NOT_IN_STORE, OUT_OF_STOCK, NEEDS_CHOICE})


@dataclass(frozen=True, kw_only=True)
class Matching:
    """What `match` found. `products` is for `amounts.book`: the Magento products of each line item, by its id."""

    products: Mapping[str, tuple[MatchedProduct, ...]]
    #: What the merchant must solve first; empty when the order can be created.
    problems: tuple[ProductProblem, ...] = ()
    #: What was passed over, because the settings say so (`record_only`, placeholder) or the order is recorded anyway.
    passed_over: tuple[ProductProblem, ...] = ()
    #: The order is to be created without reserving stock, because of `passed_over`.
    record_only: bool = False
    notes: tuple[str, ...] = ()


def candidates(seller_sku: str, settings: ShopSettings) -> tuple[str, ...]:
    """The Magento SKUs that a TikTok seller SKU may stand for, likeliest first: as it is, then by the merchant's rules.

    Several prefixes or suffixes are separated by commas. With `sku_ignore_case` the catalogue is compared without case,
    so no further candidates are needed for it.
    """
    sku = seller_sku.strip()
    if not sku:
        return ()
    without_prefix = _strip_prefix(sku, settings)
    found = (sku, without_prefix, _strip_suffix(sku, settings), _strip_suffix(without_prefix, settings))
    return tuple(dict.fromkeys(candidate for candidate in found if candidate))


def _strip_prefix(sku: str, settings: ShopSettings) -> str:
    for prefix in _listed(settings.sku_strip_prefix):
        if _cased(sku, settings).startswith(_cased(prefix, settings)):
            return sku[len(prefix) :]
    return sku


def _strip_suffix(sku: str, settings: ShopSettings) -> str:
    for suffix in _listed(settings.sku_strip_suffix):
        if _cased(sku, settings).endswith(_cased(suffix, settings)):
            return sku[: len(sku) - len(suffix)]
    return sku


def _listed(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(",") if part.strip())


def _cased(text: str, settings: ShopSettings) -> str:
    return text.casefold() if settings.sku_ignore_case else text


def skus_to_look_up(order: Order, settings: ShopSettings, mappings: Mapping[str, SkuMapping]) -> frozenset[str]:
    """The SKUs (or values of `sku_attribute`) to ask Magento for before `match`: mapped ones, candidates, the placeholder."""
    skus: set[str] = set()
    for line in order.live_line_items:
        mapping = _mapping(mappings, line.seller_sku, line.sku_id)
        if mapping:
            skus.update(product.sku for product in mapping.products)
            continue
        if not line.bundle_parts:
            skus.update(candidates(line.seller_sku, settings))
        for part in line.bundle_parts:
            of_part = _mapping(mappings, part.seller_sku, part.sku_id)
            skus.update(p.sku for p in of_part.products) if of_part else skus.update(
                candidates(part.seller_sku, settings)
            )
    if settings.product_problem == "placeholder" and settings.placeholder_sku:
        skus.add(settings.placeholder_sku)
    return frozenset(skus)


def _mapping(mappings: Mapping[str, SkuMapping], seller_sku: str, sku_id: str) -> SkuMapping | None:
    mapping = (mappings.get(seller_sku) if seller_sku else None) or (mappings.get(sku_id) if sku_id else None)
    return mapping if mapping and mapping.products else None


def match(
    order: Order,
    settings: ShopSettings,
    mappings: Mapping[str, SkuMapping],
    catalogue: Mapping[str, MagentoProduct],
) -> Matching:
    """The Magento products of an order's live line items, and what stands in the way.

    `mappings` is by seller SKU or TikTok SKU id. `catalogue` is what Magento has of `skus_to_look_up`, by the string
    looked up: its SKU, or the value of `sku_attribute`. Settings decide what a problem does (`product_problem`): it is
    given back in `problems`, or passed over by recording the order only, or by the placeholder product.
    """
    shelf = _Shelf(settings, catalogue)
    problems = Problems()
    products: dict[str, tuple[MatchedProduct, ...]] = {}
    for line in order.live_line_items:
        products[line.id] = _of_line(line, mappings, shelf, problems)
    _check_stock(order, products, shelf, problems)
    found = tuple(problems.found.values())
    if not found:
        return Matching(products=products)
    if settings.product_problem == "placeholder":
        return _with_placeholder(order, products, found, settings, shelf)
    if settings.product_problem == "record":
        return Matching(products=products, passed_over=found, record_only=True, notes=_said(found))
    recorded_anyway = settings.create_way == "record" or order.is_fulfilled_by_tiktok
    over = tuple(problem for problem in found if recorded_anyway and problem.code in _ONLY_FOR_CARTS)
    left = tuple(problem for problem in found if problem not in over)
    return Matching(products=products, problems=left, passed_over=over, notes=_said(over))


def _said(problems: tuple[ProductProblem, ...]) -> tuple[str, ...]:
    return tuple(problem.message for problem in problems)


@dataclass(frozen=True)
class _Shelf:
    """The catalogue, asked by the merchant's rules."""

    settings: ShopSettings
    catalogue: Mapping[str, MagentoProduct]

    def exact(self, sku: str) -> MagentoProduct | None:
        product = self.catalogue.get(sku)
        if product or not self.settings.sku_ignore_case:
            return product
        same = [key for key in self.catalogue if key.casefold() == sku.casefold()]
        return self.catalogue[min(same)] if same else None

    def by_rules(self, seller_sku: str) -> MagentoProduct | None:
        found = (self.exact(candidate) for candidate in candidates(seller_sku, self.settings))
        return next((product for product in found if product), None)


def _of_line(
    line: LineItem, mappings: Mapping[str, SkuMapping], shelf: _Shelf, problems: Problems
) -> tuple[MatchedProduct, ...]:
    mapping = _mapping(mappings, line.seller_sku, line.sku_id)
    if mapping:
        return tuple(_mapped(product, line, shelf, problems) for product in mapping.products)
    if not line.bundle_parts:
        return (_by_sku(line.seller_sku, 1, line, shelf, problems),)
    return _merged(part for each in line.bundle_parts for part in _of_part(each, line, mappings, shelf, problems))


def _of_part(
    part: BundlePart, line: LineItem, mappings: Mapping[str, SkuMapping], shelf: _Shelf, problems: Problems
) -> Iterator[MatchedProduct]:
    count = max(part.count, 1)
    mapping = _mapping(mappings, part.seller_sku, part.sku_id)
    if not mapping:
        yield _by_sku(part.seller_sku, count, line, shelf, problems)
        return
    for product in mapping.products:
        yield _mapped(replace(product, quantity=product.quantity * count), line, shelf, problems)


def _merged(parts: Iterator[MatchedProduct]) -> tuple[MatchedProduct, ...]:
    """The parts with the same product put together: a cart holds one item per SKU (recording 61)."""
    merged: dict[tuple[str, tuple[ProductOption, ...]], MatchedProduct] = {}
    for part in parts:
        known = merged.get((part.sku, part.options))
        merged[(part.sku, part.options)] = replace(known, quantity=known.quantity + part.quantity) if known else part
    return tuple(merged.values())


def _mapped(mapped: MappedProduct, line: LineItem, shelf: _Shelf, problems: Problems) -> MatchedProduct:
    product = shelf.exact(mapped.sku)
    if product is None:
        problems.add(UNKNOWN_SKU, mapped.sku, line)
        return MatchedProduct(sku=mapped.sku, quantity=mapped.quantity, name=line.product_name, options=mapped.options)
    return _checked(product, mapped.quantity, mapped.options, line, problems)


def _by_sku(seller_sku: str, quantity: int, line: LineItem, shelf: _Shelf, problems: Problems) -> MatchedProduct:
    product = shelf.by_rules(seller_sku)
    if product is None:
        problems.add(UNKNOWN_SKU if seller_sku.strip() else MISSING_SKU, seller_sku, line)
        return MatchedProduct(sku=seller_sku or line.sku_id, quantity=quantity, name=line.product_name)
    return _checked(product, quantity, (), line, problems)


def _checked(
    product: MagentoProduct,
    quantity: int,
    options: tuple[ProductOption, ...],
    line: LineItem,
    problems: Problems,
) -> MatchedProduct:
    if not product.is_enabled:
        problems.add(DISABLED_PRODUCT, product.sku, line)
    elif not product.is_in_store:
        problems.add(NOT_IN_STORE, product.sku, line)
    if product.type_id in NEEDS_OPTIONS and not options:
        problems.add(NEEDS_CHOICE, product.sku, line, type=product.type_id)
    return MatchedProduct(
        sku=product.sku,
        quantity=quantity,
        name=product.name or line.product_name,
        product_id=product.id,
        type_id=product.type_id,
        price=product.price if product.price > 0 else None,
        options=options,
    )


def _check_stock(
    order: Order, products: Mapping[str, tuple[MatchedProduct, ...]], shelf: _Shelf, problems: Problems
) -> None:
    """Where the catalogue says how much is salable: whether it is enough for the whole order."""
    salable = {p.sku: p.salable_quantity for p in shelf.catalogue.values() if p.salable_quantity is not None}
    wanted: dict[str, int] = {}
    for parts in products.values():
        for part in parts:
            wanted[part.sku] = wanted.get(part.sku, 0) + part.quantity
    for line in order.live_line_items:
        for part in products[line.id]:
            if part.sku in salable and wanted[part.sku] > salable[part.sku]:
                left = max(salable[part.sku], Decimal(0)).normalize()
                problems.add(OUT_OF_STOCK, part.sku, line, wanted=wanted[part.sku], salable=f"{left:f}")


def _with_placeholder(
    order: Order,
    products: Mapping[str, tuple[MatchedProduct, ...]],
    found: tuple[ProductProblem, ...],
    settings: ShopSettings,
    shelf: _Shelf,
) -> Matching:
    """The lines with problems become the placeholder product, one piece a unit; the others stay as they are."""
    placeholder = shelf.exact(settings.placeholder_sku)
    lines = {line.id: line for line in order.live_line_items}
    if placeholder is None:
        missing = Problems()
        missing.add(UNKNOWN_PLACEHOLDER, settings.placeholder_sku, next(iter(lines.values())))
        return Matching(products=products, problems=(*found, *missing.found.values()))
    affected = dict.fromkeys(line_id for problem in found for line_id in problem.line_item_ids)
    stand_in = MatchedProduct(
        sku=placeholder.sku, name=placeholder.name, product_id=placeholder.id, type_id=placeholder.type_id
    )
    sold = dict.fromkeys(
        f"{lines[i].seller_sku or lines[i].sku_id} ({lines[i].product_name or 'no name'})" for i in affected
    )
    return Matching(
        products={**products, **dict.fromkeys(affected, (stand_in,))},
        passed_over=found,
        notes=(*_said(found), f"{placeholder.sku} stands for: {', '.join(sold)}."),
    )
