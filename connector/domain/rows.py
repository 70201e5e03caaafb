"""From TikTok's units to Magento's rows: one row per Magento SKU, bundles shared out to the cent. Minor units throughout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from connector.domain.booking import MatchedProduct, ProductOption
from connector.domain.charges import Unit
from connector.domain.errors import NeedsMerchant
from connector.domain.money import all_to_minor, share, to_minor


@dataclass(kw_only=True)
class Group:
    """All units that are the same Magento products: for sharing out, one sum."""

    products: tuple[MatchedProduct, ...]
    units: list[Unit] = field(default_factory=list)
    #: What each unit costs, with its tax: by it the group's sums are the units'.
    costs: list[int] = field(default_factory=list)
    gross: int = 0
    discount: int = 0
    tax: int = 0

    @property
    def room(self) -> int:
        """What could still be discounted."""
        return self.gross - self.discount


@dataclass(kw_only=True)
class Row:
    """One Magento item while it is being added up. `gross` is before the discount, as TikTok prices it."""

    product: MatchedProduct
    gross: int = 0
    discount: int = 0
    tax: int = 0
    #: By TikTok's line item: its pieces, and what they cost by themselves.
    pieces: Counter[str] = field(default_factory=Counter)
    costs: Counter[str] = field(default_factory=Counter)
    unit_prices: Counter[Decimal] = field(default_factory=Counter)

    @property
    def quantity(self) -> int:
        return sum(self.pieces.values())

    @property
    def net(self) -> int:
        return self.gross - self.discount


def grouped(
    units: Sequence[Unit],
    products: Mapping[str, tuple[MatchedProduct, ...]],
    *,
    product_tax: Decimal,
    platform_discount_counts: bool,
    digits: int,
) -> list[Group]:
    """The units by what they are in Magento, in order of appearance, with `product_tax` shared out over them.

    `platform_discount_counts` is whether a discount that TikTok funds lowers the price (what the buyer paid).
    Raises NeedsMerchant (unknown_sku) for a line item without products.
    """
    prices = all_to_minor([unit.price for unit in units], digits)
    sellers = all_to_minor([unit.seller for unit in units], digits)
    platforms = all_to_minor([unit.platform for unit in units], digits)
    if not platform_discount_counts:
        platforms = [0] * len(units)
    taxes = all_to_minor([unit.tax for unit in units], digits)
    stated = to_minor(product_tax, digits)
    if sum(taxes) != stated:  # the order's figure is what the buyer paid; the lines only say how it spreads
        nets = [max(p - s - f, 0) for p, s, f in zip(prices, sellers, platforms, strict=True)]
        taxes = share(stated, taxes if any(taxes) else nets)
    groups: dict[tuple[MatchedProduct, ...], Group] = {}
    for unit, price, seller, platform, tax in zip(units, prices, sellers, platforms, taxes, strict=True):
        parts = products.get(unit.line.id, ())
        if not parts:
            raise NeedsMerchant(
                f"No Magento product is known for the TikTok SKU {unit.line.seller_sku or unit.line.sku_id}.",
                code="unknown_sku",
                subject=unit.line.seller_sku or unit.line.sku_id,
                remedy="Map this SKU to a Magento product, or create the product and try again.",
            )
        group = groups.setdefault(parts, Group(products=parts))
        group.units.append(unit)
        group.costs.append(max(price - seller - platform + tax, 0))
        group.gross += price
        group.discount += seller + platform
        group.tax += tax
    return list(groups.values())


def spread(amount: int, groups: Sequence[Group]) -> int:
    """Take `amount` more off the groups, by what is left of each, and return what found no room.

    Also moves discounts larger than their own group to the others, so that no row is ever below zero.
    """
    for group in groups:
        excess = max(group.discount - group.gross, 0)
        group.discount -= excess
        amount += excess
    rooms = [group.room for group in groups]
    fitting = min(amount, sum(rooms))
    if fitting:
        for group, part in zip(groups, share(fitting, rooms), strict=True):
            group.discount += part
    return amount - fitting


def rows_of(groups: Sequence[Group], digits: int) -> list[Row]:
    """One row per Magento SKU (and its options), in order of appearance."""
    rows: dict[tuple[str, tuple[ProductOption, ...]], Row] = {}
    for group in groups:
        parts = group.products
        grosses = share(group.gross, _weights(parts))
        discounts = share(group.discount, grosses)
        nets = [gross - discount for gross, discount in zip(grosses, discounts, strict=True)]
        taxes = share(group.tax, nets if any(nets) else grosses)
        for part, gross, discount, tax in zip(parts, grosses, discounts, taxes, strict=True):
            row = rows.setdefault((part.sku, part.options), Row(product=part))
            pieces = part.quantity * len(group.units)
            row.gross += gross
            row.discount += discount
            row.tax += tax
            for unit, cost in zip(group.units, share(gross - discount + tax, group.costs), strict=True):
                row.pieces[unit.line.id] += part.quantity
                row.costs[unit.line.id] += cost
            if len(parts) == 1:
                for unit in group.units:
                    row.unit_prices[unit.price / part.quantity] += part.quantity
            else:
                row.unit_prices[Decimal(gross).scaleb(-digits) / pieces] += pieces
    return list(rows.values())


def _weights(parts: Sequence[MatchedProduct]) -> list[int]:
    """How a bundle's price is shared out: by Magento's prices where all are known, else by count."""
    prices = [part.price for part in parts if part.price is not None and part.price > 0]
    if len(prices) < len(parts):
        return [part.quantity for part in parts]
    return [to_minor(price * part.quantity, 4) for price, part in zip(prices, parts, strict=True)]
