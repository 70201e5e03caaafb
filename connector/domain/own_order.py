"""Whether a Magento order is the one that was made for a TikTok order, and not another store's with the same id. Pure.

A shop may be bound to another store, or a store's address may lead to another server: there an order of ours has a
stranger's number, and what TikTok tells of ours must not be done to that.
"""

from __future__ import annotations

from collections.abc import Collection

from connector.domain.magento_order import MagentoOrder
from connector.domain.steps import RESERVE, Record


def is_ours(
    found: MagentoOrder, record: Record, numbers: Collection[str], *, cart_id: int | None, increment_id: str
) -> bool:
    """Whether what stands in Magento under the order's id is that order. What is not known of it speaks for it.

    `numbers` are TikTok's, of all orders that the Magento order stands for; `cart_id` and `increment_id` what was kept of it.
    """
    if found.ext_order_id in numbers:
        return True
    if record.way != RESERVE or record.placing_at is None:
        # Recorded under a number of our own, or taken over: no cart that is known here became it.
        return increment_id in ("", found.increment_id)
    if None not in (cart_id, found.quote_id) and found.quote_id != cart_id:
        return False
    # Two young stores count alike, ids and carts. With the amounts we wrote TikTok's number twice: one may be overwritten.
    return not record.corrected or any(number in found.shipping_description for number in numbers)
