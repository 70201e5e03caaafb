"""What the shipping steps and their plan need to know beside the two orders; read under the order's lease."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from connector.domain.carriers import Carrier, CarrierMap
from connector.domain.magento_order import MagentoOrder
from connector.domain.plan_shipping import CORRECTABLE, Shipping, Told
from connector.domain.steps import RECORD
from connector.extensions import db
from connector.models import CarrierMapping, Order, Shipment
from connector.models.transaction import end_transaction, transaction
from connector.sync import parcels
from connector.sync.run import Run


def read(run: Run) -> Shipping:
    """The shipments of the run's Magento order and what TikTok was told of them. Asks Magento only once something shipped."""
    row = db.session.get_one(Order, run.row_id)
    shop_id, region, ships_by, booking = row.shop_id, row.shop.region, row.shop.ships_by, row.booking
    end_transaction()
    magento = run.magento
    is_shippable = run.order.status in CORRECTABLE and not run.order.is_fulfilled_by_tiktok
    if magento is None or not is_shippable:
        return Shipping(region=region, ships_by=ships_by)
    shipments = (
        run.magento_client.shipments_of(magento.entity_id) if magento.is_shipped and run.record.way != RECORD else ()
    )
    if shipments:
        with transaction() as session:
            parcels.take_in(session, run.store.store_id, shipments, {magento.entity_id: run.row_id})
    told = _told(run.row_id)
    carriers = carrier_map(shop_id)
    end_transaction()
    return Shipping(
        region=region,
        ships_by=ships_by,
        shipments=shipments,
        told=told,
        carriers=carriers,
        contents=contents_of(booking, magento),
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


def contents_of(booking: Mapping[str, Any] | None, magento: MagentoOrder) -> Mapping[str, Mapping[int, int]]:
    """What each of TikTok's line items is in the Magento order: how many of which item.

    From the booking with which the order was made. A row whose item is not to be found is left out, with its line items:
    they count as shipped when all is.
    """
    items = {item.sku: item for item in magento.items if item.parent_item_id is None}
    by_product = {item.product_id: item for item in items.values() if item.product_id is not None}
    contents: dict[str, dict[int, int]] = {}
    unknown: set[str] = set()
    for row in (booking or {}).get("rows", ()):
        # A configurable product's item has the SKU of what was chosen, and the product that was booked.
        item = items.get(row["sku"]) or by_product.get(row.get("product_id"))
        line_ids = row.get("line_item_ids") or ()
        if item is None or not line_ids or row["quantity"] % len(line_ids):
            unknown.update(line_ids)
            continue
        for line_id in line_ids:
            pieces = contents.setdefault(line_id, {})
            pieces[item.item_id] = pieces.get(item.item_id, 0) + row["quantity"] // len(line_ids)
    return MappingProxyType({line_id: pieces for line_id, pieces in contents.items() if line_id not in unknown})
