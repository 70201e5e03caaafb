"""What Magento is still to be told of TikTok's parcels: those that TikTok has a number of before Magento has. Pure.

TikTok's own carrier, TikTok's own warehouse, packages that several orders share, and what was shipped in Seller Center. A part of
connector.domain.plan_shipping.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from connector.domain import statuses, tracking
from connector.domain.dealing import shipped_contents
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import LineItem, Order
from connector.domain.shipping_steps import NoteTracking, ReadTracking, ShipInMagento, Shipping
from connector.domain.steps import Step


def from_shared_package(order: Order, magento: MagentoOrder, shipping: Shipping) -> list[ShipInMagento]:
    """The package that the order shares was shipped with another order: its number goes onto a Magento shipment here, too.

    Not where the units have a number of Magento's own (a correction of it takes its time on TikTok), and not of an order that
    is only recorded.
    """
    if not order.is_combined or (not shipping.shipments and magento.is_all_shipped):
        return []
    numbered = {line_id for told in shipping.told.values() if told.tracking_number for line_id in told.line_item_ids}
    return [step for step in from_tiktok(order, shipping) if not numbered & set(step.line_item_ids)]


def from_seller_center(
    order: Order, magento: MagentoOrder, shipping: Shipping, dealt: Mapping[int, tuple[str, ...]]
) -> list[ShipInMagento]:
    """Each package that the seller shipped in Seller Center with a carrier of their own, and not in Magento.

    `dealt`: which units are in which Magento shipment (connector.domain.dealing.deal), told to TikTok or not: those are
    not shipped a second time. Nor is what Magento has not left to ship, or of which it is not known what it is there.
    """
    if order.is_combined or magento.is_held:
        return []
    gone = {line_id for ids in dealt.values() for line_id in ids}
    contents = shipped_contents(shipping, magento)
    left = {item.item_id: item.left_to_ship for item in magento.items}
    found = []
    for step in from_tiktok(order, shipping):
        line_ids = set(step.line_item_ids)
        if line_ids & gone or not line_ids <= contents.keys():
            continue
        pieces: Counter[int] = Counter()
        for line_id in line_ids:
            pieces.update(contents[line_id])
        if pieces and all(left[item_id] >= count for item_id, count in pieces.items()):
            left |= {item_id: left[item_id] - count for item_id, count in pieces.items()}
            found.append(step)
    return found


def from_tiktok(order: Order, shipping: Shipping) -> list[ShipInMagento]:
    """Each package that has TikTok's number and was put onto no Magento shipment yet."""
    known = {tracking.cleaned(track.track_number) for shipment in shipping.shipments for track in shipment.tracks}
    known |= shipping.mirrored
    packages: dict[str, list[LineItem]] = {}
    for line in order.live_line_items:
        if line.tracking_number and line.tracking_number not in known and line.display_status in statuses.SHIPPED:
            packages.setdefault(line.tracking_number, []).append(line)
    return [
        ShipInMagento(
            line_item_ids=tuple(line.id for line in lines),
            tracking_number=number,
            carrier_title=lines[0].shipping_provider_name or "TikTok Shop",
        )
        for number, lines in packages.items()
    ]


def notes(order: Order, magento: MagentoOrder) -> list[Step]:
    """One comment for each number of a parcel that left TikTok's warehouse, unless it is there."""
    numbers = {
        line.tracking_number: line.shipping_provider_name
        for line in order.live_line_items
        if line.tracking_number and line.display_status in statuses.SHIPPED
    }
    known = {comment.comment for comment in magento.comments}
    texts = [
        f"TikTok Shop ships the order: {provider} {number}".replace("  ", " ") for number, provider in numbers.items()
    ]
    return [NoteTracking(text=text) for text in texts if text not in known]


def events(order: Order, shipping: Shipping) -> list[Step]:
    """Where the parcels are, once for each change of an order that is on its way."""
    if order.status not in statuses.SHIPPED or shipping.tracking_read_for == order.update_time:
        return []
    return [ReadTracking(update_time=order.update_time)]
