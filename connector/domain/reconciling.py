"""What is not alike on both sides of an order: a pure comparison of what TikTok Shop and Magento say of it.

`is_safe` says whether giving the order to a worker can put it right: the worker looks before it does anything, so that it
is always safe to ask; what it could not solve (two Magento orders, an invoiced order with another total) is a person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connector.domain import statuses
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order

KINDS = ("existence", "unknown", "unlinked", "unreadable", "doubled", "total", "status", "shipment")
#: Only TikTok Shop has the order; only Magento has it; Magento has it and we do not know.
EXISTENCE, UNKNOWN, UNLINKED, UNREADABLE, DOUBLED, TOTAL, STATUS, SHIPMENT = KINDS
#: A shipment in Magento is told to TikTok by the next watch; until then it is no difference.
TOLD_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One difference, in a sentence without personal data."""

    kind: str
    sentence: str
    is_safe: bool
    magento_increment_id: str = ""
    magento_order_id: int | None = None


def compare(
    order: Order,
    magento: Sequence[MagentoOrder],
    expected_total: Decimal | None,
    now: datetime,
    *,
    is_shared: bool = False,
    is_corrected: bool = False,
    is_unlinked: bool = False,
) -> list[Found]:
    """The differences of one TikTok order to the Magento orders that carry its number; empty when all is alike.

    `is_shared`: the Magento order stands for other TikTok orders, too; what is undone or shipped of it may be theirs.
    `is_corrected`: its amounts were right once; who has changed them since is not us, and no worker changes them back.
    `is_unlinked`: the order is known here, but not that Magento has it: the database was restored from an older backup.

    `expected_total` is what the merchant's settings made of TikTok's amounts when the order was created; None where that
    is not known (the order was not created by us yet). `now` is UTC.
    """
    if len(magento) > 1:
        numbers = ", ".join(found.increment_id for found in magento)
        return [
            Found(
                kind=DOUBLED,
                sentence=f"Magento has {len(magento)} orders with this TikTok number: {numbers}.",
                is_safe=False,
                magento_increment_id=magento[0].increment_id,
                magento_order_id=magento[0].entity_id,
            )
        ]
    if not magento:
        return _without_magento(order)
    one = magento[0]
    if is_unlinked:
        return [
            Found(
                kind=UNLINKED,
                sentence=f"Magento has the order as {one.increment_id}, but it is not linked here.",
                is_safe=True,
                magento_increment_id=one.increment_id,
                magento_order_id=one.entity_id,
            )
        ]
    if is_shared:
        is_partly = any(item.qty_shipped < item.qty_ordered for item in one.items)
        return [
            *_total(order, one, expected_total, is_corrected),
            *([] if order.is_cancelled else _status(order, one)),
            *([] if is_partly and one.is_shipped else _shipment(order, one, now)),
        ]
    return [*_total(order, one, expected_total, is_corrected), *_status(order, one), *_shipment(order, one, now)]


def only_in_magento(magento: MagentoOrder) -> Found:
    """A Magento order that carries a TikTok number which TikTok Shop does not know."""
    return Found(
        kind=UNKNOWN,
        sentence=f"Magento order {magento.increment_id} carries a number that TikTok Shop does not know in this shop.",
        is_safe=False,
        magento_increment_id=magento.increment_id,
        magento_order_id=magento.entity_id,
    )


def _without_magento(order: Order) -> list[Found]:
    if order.status not in statuses.TO_CREATE or not order.recipient.is_given:
        return []
    return [Found(kind=EXISTENCE, sentence="The order is not in Magento.", is_safe=True)]


def _total(order: Order, magento: MagentoOrder, expected: Decimal | None, is_corrected: bool) -> list[Found]:
    if expected is None or magento.grand_total == expected:
        return []
    return [
        Found(
            kind=TOTAL,
            sentence=f"Magento says {magento.grand_total} where the order comes to {expected} {order.payment.currency}.",
            # An invoiced order's amounts stand in the books; nobody but the merchant may change them.
            is_safe=not is_corrected and not magento.is_invoiced,
            magento_increment_id=magento.increment_id,
            magento_order_id=magento.entity_id,
        )
    ]


def _status(order: Order, magento: MagentoOrder) -> list[Found]:
    is_undone = magento.is_canceled or magento.is_closed
    if order.is_cancelled and not is_undone:
        sentence = f"Cancelled on TikTok Shop, but {magento.state} in Magento."
    elif magento.is_canceled and order.status in statuses.TO_CREATE:
        sentence = "Cancelled in Magento, but not on TikTok Shop."
    else:
        return []
    return [
        Found(
            kind=STATUS,
            sentence=sentence,
            is_safe=True,
            magento_increment_id=magento.increment_id,
            magento_order_id=magento.entity_id,
        )
    ]


def _shipment(order: Order, magento: MagentoOrder, now: datetime) -> list[Found]:
    if order.is_fulfilled_by_tiktok or order.is_cancelled:
        return []
    is_recent = magento.updated_at is not None and now - magento.updated_at < TOLD_WITHIN
    if magento.is_shipped and order.status == statuses.AWAITING_SHIPMENT and not is_recent:
        sentence = "Shipped in Magento, but TikTok Shop still waits for the shipment."
    elif order.status in statuses.SHIPPED and not magento.is_shipped and not magento.is_closed:
        sentence = "Shipped on TikTok Shop, but not in Magento."
    else:
        return []
    return [
        Found(
            kind=SHIPMENT,
            sentence=sentence,
            is_safe=True,
            magento_increment_id=magento.increment_id,
            magento_order_id=magento.entity_id,
        )
    ]
