"""Which item of a placed Magento order is which row of the booking.

Magento gives the parent item of a configurable product the SKU of the chosen variant, and that of a bundle a SKU put
together of its parts, so where a row has options the product's id decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from connector.domain.booking import BookedRow
from connector.domain.magento_order import ZERO, MagentoItem


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What TikTok's line items add to the grand total, and what Magento's credit memo gives back for a piece of an item.

    Magento has one item for all units of a product and credits its average, whatever each of them cost. With tax, without
    shipping, in the order's currency.
    """

    of_lines: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    of_pieces: Mapping[int, Decimal] = field(default_factory=lambda: MappingProxyType({}))

    def lacking(self, line_ids: Iterable[str], pieces: Mapping[int, int]) -> Decimal:
        """What a credit memo for `pieces` lacks of what these lines cost; below zero, what it gives back too much."""
        cost = sum((self.of_lines.get(line_id, ZERO) for line_id in line_ids), ZERO)
        return cost - sum((self.of_pieces.get(item_id, ZERO) * count for item_id, count in pieces.items()), ZERO)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What each of TikTok's line items is in the Magento order: how many of which item (by its id), and what it is worth."""

    pieces: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    worth: Worth = field(default_factory=Worth)


def contents_of(rows: Sequence[BookedRow], items: Sequence[MagentoItem]) -> Contents:
    """The contents of a Magento order by the rows that it was booked with.

    A row whose item is not to be found is left out, with its line items: they count as shipped when all is.
    """
    found = items_of_rows(items, rows)
    pieces: dict[str, Counter[int]] = {}
    of_lines: dict[str, Decimal] = {}
    of_pieces: dict[int, Decimal] = {}
    unknown: set[str] = set()
    for place, row in enumerate(rows):
        item, by_line = found.get(place), row.by_line
        if item is None or not by_line:
            unknown.update(row.line_item_ids)
            continue
        average = of_pieces[item.item_id] = row.total / row.quantity
        costs = row.costs or [average * count for count in by_line.values()]
        for (line_id, count), cost in zip(by_line.items(), costs, strict=True):
            pieces.setdefault(line_id, Counter())[item.item_id] += count
            of_lines[line_id] = of_lines.get(line_id, ZERO) + cost
    known = {line_id: counted for line_id, counted in pieces.items() if line_id not in unknown}
    return Contents(
        pieces=MappingProxyType(known),
        worth=Worth(of_lines=MappingProxyType(of_lines), of_pieces=MappingProxyType(of_pieces)),
    )


def match_items(items: Sequence[MagentoItem], rows: Sequence[BookedRow]) -> dict[str, MagentoItem] | None:
    """The order item of each row, by `BookedRow.key`; None when the order holds other products or quantities.

    Items below another one (the parts of a bundle, the variant of a configurable product) belong to the item above them.
    """
    left = [item for item in items if item.parent_item_id is None]
    found: dict[str, MagentoItem] = {}
    for row in rows:
        item = next((item for item in left if _fits(item, row)), None)
        if item is None:
            return None
        left.remove(item)
        found[row.key] = item
    return None if left else found


def items_of_rows(items: Sequence[MagentoItem], rows: Sequence[BookedRow]) -> dict[int, MagentoItem]:
    """The order item of each row, by the row's place, as far as one is to be found: also when the order was changed by hand.

    An item is given to one row only. What fits exactly comes first, so that two rows of one product keep their own.
    """
    left = [item for item in items if item.parent_item_id is None]
    found: dict[int, MagentoItem] = {}
    for fits in (_fits, _is_same_product, _is_of_product):
        for place, row in enumerate(rows):
            item = None if place in found else next((item for item in left if fits(item, row)), None)
            if item is not None:
                left.remove(item)
                found[place] = item
    return found


def _is_same_product(item: MagentoItem, row: BookedRow) -> bool:
    if row.options and row.product_id is not None and item.product_id is not None:
        return item.product_id == row.product_id
    return item.sku.casefold() == row.sku.casefold()


def _is_of_product(item: MagentoItem, row: BookedRow) -> bool:
    return row.product_id is not None and item.product_id == row.product_id


def _fits(item: MagentoItem, row: BookedRow) -> bool:
    return item.qty_ordered == row.quantity and _is_same_product(item, row)
