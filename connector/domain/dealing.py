"""Which of TikTok's units went with which of Magento's shipments. Pure; a part of connector.domain.plan_shipping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from connector.domain import tracking
from connector.domain.magento_order import NOT_SHIPPED, MagentoOrder
from connector.domain.order import Order
from connector.domain.shipping_steps import Shipping


def shipped_contents(shipping: Shipping, magento: MagentoOrder) -> Mapping[str, Mapping[int, int]]:
    """What each line item is of what Magento ships: virtual and downloadable products it never does.

    In an order that is only recorded they count as shipped, like everything.
    """
    never = {item.item_id for item in magento.items if item.product_type in NOT_SHIPPED and not item.qty_shipped}
    return {
        line_id: {item_id: count for item_id, count in pieces.items() if item_id not in never}
        for line_id, pieces in shipping.contents.items()
    }


def deal(order: Order, magento: MagentoOrder, shipping: Shipping) -> dict[int, tuple[str, ...]]:
    """Which units went with which shipment (by its id): those told stay; of the others, a shipment gets what it completes.

    A unit that is several Magento products goes with the shipment that brings the last of them; one of which it is not known
    what it is in Magento, with the shipment that is the last of all; one of which Magento ships nothing (a virtual product),
    with the first. A unit that TikTok shows with a shipment's number goes there first; one that it shows with another number
    (shipped in Seller Center) is what a shipment holds beside the units that were told of it.
    Of an order that shares its Magento order, the units of all are dealt out, so that each order's plan gives the same unit
    to the same shipment; what is given are this order's.
    """
    whole = shipping.whole or order
    mine = {line.id for line in order.line_items}
    units = {line.id: line for line in whole.live_line_items}
    places = {line.id: place for place, line in enumerate(whole.line_items)}
    dealt = {shipment_id: told.line_item_ids for shipment_id, told in shipping.told.items()}
    gone = {line_id for told in (dealt, *shipping.told_of_others) for ids in told.values() for line_id in ids}
    free = [line_id for line_id in units if line_id not in gone]
    # What Magento made twice is no parcel, whichever of the orders it was made for.
    doubles = {
        shipment_id for told in (dealt, *shipping.told_of_others) for shipment_id, ids in told.items() if not ids
    }
    parcels = [shipment for shipment in shipping.shipments if shipment.entity_id not in doubles]
    of_parcels = {"", *(tracking.cleaned(track.track_number) for parcel in parcels for track in parcel.tracks)}
    contents = shipped_contents(shipping, magento)
    pool: Counter[int] = Counter()
    for line_id in gone:
        pool.subtract(contents.get(line_id, {}))
    for shipment in parcels:
        pool.update({item_id: int(quantity) for item_id, quantity in shipment.quantities.items()})
        is_told = shipment.entity_id in dealt
        is_last = magento.is_all_shipped and shipment is parcels[-1]
        numbers = {tracking.cleaned(track.track_number) for track in shipment.tracks}
        free.sort(key=lambda line_id: (units[line_id].tracking_number not in numbers, places[line_id]))
        taken = []
        for line_id in free:
            if is_told and line_id in mine and units[line_id].tracking_number in of_parcels:
                continue
            wanted = contents.get(line_id)
            if wanted:
                is_in = all(pool[item_id] >= count for item_id, count in wanted.items())
            else:
                is_in = is_last if wanted is None else units[line_id].tracking_number in {"", *numbers}
            if is_in:
                pool.subtract(wanted or {})
                taken.append(line_id)
        free = [line_id for line_id in free if line_id not in taken]
        taken_of_mine = sorted(mine.intersection(taken), key=places.__getitem__)
        dealt[shipment.entity_id] = (*dealt.get(shipment.entity_id, ()), *taken_of_mine)
    return dealt
