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


def _fits(item: MagentoItem, row: BookedRow) -> bool:
    if item.qty_ordered != row.quantity:
        return False
    if row.options and row.product_id is not None and item.product_id is not None:
        return item.product_id == row.product_id
    return item.sku.casefold() == row.sku.casefold()
