"""What is not alike on both sides of an order: a pure comparison of what TikTok Shop and Magento say of it.

`is_safe` says whether giving the order to a worker puts it right, as connector.domain.plan and plan_shipping have it. What no
worker does (two Magento orders, an invoiced order with another total, a parcel that is delivered already) is a person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connector.domain import statuses
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.plan_shipping import CORRECTABLE, TO_SHIP

KINDS = ("existence", "unknown", "unlinked", "unreadable", "doubled", "total", "status", "shipment")
#: Only TikTok Shop has the order; only Magento has it; Magento has it, and one of both does not know.
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


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is written down here of an order, and set by the merchant; nothing for one that is not known here.

    `total` is what the merchant's settings made of TikTok's amounts when the order was created; None where that is not known
    (it was not created by us). `is_corrected`: its amounts were right once; who has changed them since is not us, and no worker
    changes them back. `is_unlinked`: the order is known here, but not that Magento has it: the database was restored from an
    older backup. `is_shared`: the Magento order stands for other TikTok orders, too; what is undone or shipped of it may be
    theirs. `is_carrier`: that it carries this one's number. `all_cancelled`: so are those others. `follows_magento`: a
    cancellation in Magento is to be followed on TikTok.
    """

    magento_order_id: int | None = None
    magento_increment_id: str = ""
    total: Decimal | None = None
    is_corrected: bool = False
    is_unlinked: bool = False
    is_shared: bool = False
    is_carrier: bool = True
    all_cancelled: bool = False
    follows_magento: bool = True


def compare(order: Order, magento: Sequence[MagentoOrder], known: Known, now: datetime) -> list[Found]:
    """The differences of one TikTok order to the Magento orders that carry its number, and to the one that is written down.

    Empty when all is alike. `now` is UTC.
    """
    magento = _standing(magento, known)
    if len(magento) > 1:
        numbers = ", ".join(found.increment_id for found in magento)
        sentence = f"Magento has {len(magento)} orders with this TikTok number: {numbers}."
        return [_found(DOUBLED, sentence, magento[0], is_safe=False)]
    if not magento:
        return _without_magento(order, known)
    one = magento[0]
    if known.is_unlinked:
        sentence = f"Magento has the order as {one.increment_id}, but it is not linked here."
        return [_found(UNLINKED, sentence, one, is_safe=True)]
    found = [*_number(order, one, known), *_total(order, one, known)]
    if not known.is_shared:
        return [*found, *_status(order, one, known), *_shipment(order, one, now)]
    is_partly = one.is_shipped and not one.is_all_shipped
    return [
        *found,
        *([] if order.is_cancelled and not known.all_cancelled else _status(order, one, known)),
        *([] if is_partly else _shipment(order, one, now)),
    ]


def only_in_magento(magento: MagentoOrder) -> Found:
    """A Magento order that carries a TikTok number which TikTok Shop does not know."""
    sentence = f"Magento order {magento.increment_id} carries a number that TikTok Shop does not know in this shop."
    return _found(UNKNOWN, sentence, magento, is_safe=False)


def _found(kind: str, sentence: str, magento: MagentoOrder, *, is_safe: bool) -> Found:
    return Found(
        kind=kind,
        sentence=sentence,
        is_safe=is_safe,
        magento_increment_id=magento.increment_id,
        magento_order_id=magento.entity_id,
    )


def _standing(magento: Sequence[MagentoOrder], known: Known) -> Sequence[MagentoOrder]:
    """Without those that were undone while another stands: that is what a person is told to do with two.

    Not without the one that is linked here: then the wrong one was undone.
    """
    linked = known.magento_order_id
    standing = [one for one in magento if one.entity_id == linked or not (one.is_canceled or one.is_closed)]
    return standing or magento


def _without_magento(order: Order, known: Known) -> list[Found]:
    if known.magento_order_id is not None:
        sentence = f"The Magento order {known.magento_increment_id} is not there any more."
        return [
            Found(
                kind=EXISTENCE,
                sentence=sentence,
                is_safe=False,
                magento_increment_id=known.magento_increment_id,
                magento_order_id=known.magento_order_id,
            )
        ]
    if order.status not in statuses.TO_CREATE or not order.recipient.is_given:
        return []
    return [Found(kind=EXISTENCE, sentence="The order is not in Magento.", is_safe=True)]


def _number(order: Order, magento: MagentoOrder, known: Known) -> list[Found]:
    """TikTok's number was taken off the Magento order, or another written: the watch finds by it what the merchant does.

    Another connector's order, of which we booked nothing, may have that one's number.
    """
    if known.magento_order_id != magento.entity_id or not known.is_carrier or magento.ext_order_id == order.id:
        return []
    if not magento.ext_order_id:
        sentence = f"Magento order {magento.increment_id} does not carry TikTok's number any more."
        return [_found(UNLINKED, sentence, magento, is_safe=not order.is_cancelled)]
    if known.total is None:
        return []
    sentence = f"Magento order {magento.increment_id} carries the number {magento.ext_order_id} in place of TikTok's."
    return [_found(UNLINKED, sentence, magento, is_safe=False)]


def _total(order: Order, magento: MagentoOrder, known: Known) -> list[Found]:
    grand_total, expected, currency = magento.grand_total, known.total, order.payment.currency
    said_currency = magento.order_currency_code or currency
    if expected is None or (grand_total, said_currency) == (expected, currency):
        return []
    sentence = f"Magento says {grand_total} {said_currency} where the order comes to {expected} {currency}."
    # An invoiced order's amounts stand in the books; nobody but the merchant may change them.
    is_safe = not known.is_corrected and not magento.is_invoiced
    return [_found(TOTAL, sentence, magento, is_safe=is_safe)]


def _status(order: Order, magento: MagentoOrder, known: Known) -> list[Found]:
    is_undone = magento.is_canceled or magento.is_closed
    if order.is_cancelled and not is_undone:
        sentence = f"Cancelled on TikTok Shop, but {magento.state} in Magento."
        return [_found(STATUS, sentence, magento, is_safe=True)]
    if not known.follows_magento:
        return []  # by the merchant's word
    if magento.is_canceled and order.status in statuses.TO_CREATE:
        return [_found(STATUS, "Cancelled in Magento, but not on TikTok Shop.", magento, is_safe=True)]
    if magento.is_closed and order.status in TO_SHIP:
        # As plan_cancel.is_cancelled_by_merchant: of one that is on its way in part, a person decides.
        is_safe = order.status == statuses.AWAITING_SHIPMENT
        return [_found(STATUS, "Refunded in Magento, but not cancelled on TikTok Shop.", magento, is_safe=is_safe)]
    return []


def _shipment(order: Order, magento: MagentoOrder, now: datetime) -> list[Found]:
    if order.is_fulfilled_by_tiktok or order.is_cancelled:
        return []
    is_recent = magento.updated_at is not None and now - magento.updated_at < TOLD_WITHIN
    is_all = magento.is_all_shipped
    waits = order.status == statuses.AWAITING_SHIPMENT or (order.status == statuses.PARTIALLY_SHIPPING and is_all)
    if magento.is_shipped and waits and not is_recent:
        sentence = "Shipped in Magento, but TikTok Shop still waits for the shipment."
        # A parcel of TikTok's own carrier is arranged by a person.
        return [_found(SHIPMENT, sentence, magento, is_safe=order.shipping_type == "SELLER")]
    if order.status in statuses.SHIPPED and not is_all and not magento.is_closed:
        sentence = (
            "Shipped on TikTok Shop, but in Magento only in part."
            if magento.is_shipped
            else "Shipped on TikTok Shop, but not in Magento."
        )
        # A parcel is followed in Magento while it is on its way (connector.domain.plan_mirror).
        return [_found(SHIPMENT, sentence, magento, is_safe=order.status in CORRECTABLE)]
    return []
