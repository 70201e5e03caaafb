"""Which item of a placed Magento order is which row of the booking.

Magento gives the parent item of a configurable product the SKU of the chosen variant, and that of a bundle a SKU put
together of its parts, so where a row has options the product's id decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.booking import BookedRow
from connector.domain.magento_order import MagentoItem


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
