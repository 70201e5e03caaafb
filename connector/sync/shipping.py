"""What the shipping steps and their plan need to know beside the two orders; read under the order's lease."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import select

from connector.domain.carriers import Carrier, CarrierMap
from connector.domain.magento_order import MagentoShipment, MagentoTrack
from connector.domain.order_items import Contents, contents_of
from connector.domain.plan_shipping import CORRECTABLE
from connector.domain.shipping_steps import MIRROR, OWN, PLATFORM, Ask, Shipping, Told
from connector.domain.steps import RECORD
from connector.domain.stored_booking import restored
from connector.extensions import db
from connector.models import CarrierMapping, ShipAsk, Shipment
from connector.models.shipment import ASKED, DONE
from connector.models.transaction import end_transaction, transaction
from connector.sync import parcels
from connector.sync.run import Run


def contents(run: Run) -> Contents:
    """What TikTok's line items are in the run's Magento order; nothing where there is none, or its booking is not known."""
    if run.magento is None or not run.row.booking:
        return Contents()
    return contents_of(restored(run.row.booking).rows, run.magento.items)


def read(run: Run) -> Shipping:
    """The shipments of the run's Magento order and what TikTok was told of them. Asks Magento only once something shipped."""
    magento = run.magento
    if magento is None:
        return Shipping(region=run.shop.region, ships_by=run.shop.ships_by)
    shipments: tuple[MagentoShipment, ...] = ()
    asked: tuple[Ask, ...] = ()
    told: Mapping[int, Told] = {}
    carriers = CarrierMap()
    if run.order.status in CORRECTABLE and not run.order.is_fulfilled_by_tiktok:
        asked = run.asks
        if run.record.way == RECORD:
            # An order that is only recorded can have no shipments in Magento: what a person ships stands for them.
            shipments = tuple(_as_shipment(ask, run) for ask in asks_of(run.row_id, ASKED, DONE) if ask.kind == OWN)
            asked = tuple(ask for ask in asked if ask.kind != OWN)
        elif magento.is_shipped:
            shipments = run.magento_client.shipments_of(magento.entity_id)
    if shipments:
        with transaction() as session:
            parcels.take_in(session, run.store.store_id, shipments, {magento.entity_id: [run.row_id]})
        told, carriers = _told(run.row_id), carrier_map(run.shop.id)
    # What people ship of a recorded order stands for shipments, of each TikTok order by itself: there is nothing to deal out.
    mates = run.record.mates if run.record.way != RECORD else ()
    others = [_told(mate.row_id) for mate in mates] if shipments else []
    mirrored = _mirrored(run.row_id) if any(line.tracking_number for line in run.order.line_items) else frozenset()
    end_transaction()
    return Shipping(
        region=run.shop.region,
        ships_by=run.shop.ships_by,
        shipments=shipments,
        told=told,
        whole=run.whole if mates else None,
        told_of_others=tuple({key: one.line_item_ids for key, one in told.items()} for told in others),
        carriers=carriers,
        contents=run.record.pieces,
        asks=asked,
        mirrored=mirrored,
        tracking_read_for=run.row.tracking_read_for,
    )


def asks_of(row_id: int, *states: str) -> tuple[Ask, ...]:
    """What people asked to be shipped of an order, the first first; inside the caller's read."""
    rows = db.session.scalars(
        select(ShipAsk)
        .where(ShipAsk.order_id == row_id, ShipAsk.state.in_(states), ShipAsk.kind.in_((OWN, PLATFORM)))
        .order_by(ShipAsk.id)
        .execution_options(populate_existing=True)
    ).all()
    return tuple(
        Ask(
            id=row.id,
            kind=row.kind,
            line_item_ids=tuple(row.line_item_ids),
            carrier=Carrier(row.carrier_code, row.carrier_title),
            tracking_number=row.tracking_number,
            handover=row.handover,
            slot=(row.slot_start, row.slot_end) if row.slot_start and row.slot_end else None,
        )
        for row in rows
    )


def _as_shipment(ask: Ask, run: Run) -> MagentoShipment:
    """What a person shipped, as if Magento had a shipment of it; ids below zero are nobody else's."""
    assert run.magento is not None  # noqa: S101
    quantities: Counter[int] = Counter()
    for line in run.order.live_line_items:
        if not ask.line_item_ids or line.id in ask.line_item_ids:
            quantities.update(run.record.pieces.get(line.id, {}))
    track = MagentoTrack(
        track_number=ask.tracking_number, carrier_code=ask.carrier.code, title=ask.carrier.title or ask.carrier.code
    )
    return MagentoShipment(
        entity_id=-ask.id,
        order_id=run.magento.entity_id,
        quantities={item_id: Decimal(count) for item_id, count in quantities.items()},
        tracks=(track,),
    )


def carrier_map(shop_id: int) -> CarrierMap:
    """The merchant's mapping, as it counts for a shop."""
    rows = db.session.execute(
        select(
            CarrierMapping.shop_id,
            CarrierMapping.carrier_code,
            CarrierMapping.title,
            CarrierMapping.shipping_provider_id,
        ).where(CarrierMapping.shop_id.in_((0, shop_id)))
    )
    return CarrierMap.from_rows((row.shop_id, row.carrier_code, row.title, row.shipping_provider_id) for row in rows)


def _told(row_id: int) -> Mapping[int, Told]:
    rows = db.session.scalars(
        select(Shipment)
        .where(Shipment.order_id == row_id, Shipment.told_at.is_not(None))
        .execution_options(populate_existing=True)
    )
    return MappingProxyType(
        {
            row.magento_shipment_id: Told(
                line_item_ids=tuple(row.line_item_ids),
                tracking_number=row.tracking_number,
                carrier=Carrier(row.carrier_code, row.carrier_title),
                told_at=row.told_at,
                package_ids=tuple(row.package_ids),
                refused_number=row.refused_number,
            )
            for row in rows
            if row.told_at is not None
        }
    )


def _mirrored(row_id: int) -> frozenset[str]:
    return frozenset(
        db.session.scalars(
            select(ShipAsk.tracking_number).where(
                ShipAsk.order_id == row_id, ShipAsk.kind == MIRROR, ShipAsk.state != ASKED
            )
        )
    )
