"""What the order page shows of shipping: what is left, what was told, what may be asked. Reads the database only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from connector import clock
from connector.blueprints.orders import shops
from connector.blueprints.shipping import blueprint
from connector.domain.order import LineItem
from connector.domain.order import Order as OrderValue
from connector.domain.plan_shipping import MARK_REGIONS, TO_SHIP, waiting_packages
from connector.domain.statuses import SHIPPED
from connector.extensions import db
from connector.models import Order, PickupChoice, ShipAsk, Shipment, ShippingLabel
from connector.sync import carrier_rows, ship_asks


@dataclass(frozen=True, kw_only=True)
class Card:
    """For templates/orders/_shipping.html."""

    left: list[LineItem]
    can_ship: bool
    can_arrange: bool
    is_from_tiktok: bool
    carriers: list[carrier_rows.CarrierRow]
    asked: list[ShipAsk]
    refused: list[Shipment]
    labels: list[ShippingLabel]
    has_labels: bool
    #: Whether TikTok is told how a package is handed over: there are packages before they are shipped.
    can_hand_over: bool
    slots: list[tuple[int, int, datetime, datetime]]
    #: Why TikTok's pick-up times could not be read.
    no_slots: str
    events: list[tuple[datetime | None, str]]
    deadlines: list[tuple[str, datetime]]


def card_of(order: Order, value: OrderValue | None) -> Card | None:
    """The card of an order's row and its value; None where there is nothing to be said."""
    if value is None:
        return None
    waits = order.status in TO_SHIP and not value.is_fulfilled_by_tiktok
    left = [line for line in value.live_line_items if line.display_status not in SHIPPED and not line.is_cancelled]
    packages = waiting_packages(value)
    read = db.session.scalars(select(PickupChoice.choices).where(PickupChoice.package_id.in_(packages))).all()
    labels = list(db.session.scalars(select(ShippingLabel).where(ShippingLabel.order_id == order.id)))
    return Card(
        left=left,
        can_ship=waits and value.shipping_type == "SELLER" and order.magento_order_id is not None,
        can_arrange=waits and value.shipping_type == "TIKTOK" and order.magento_order_id is not None,
        is_from_tiktok=value.is_fulfilled_by_tiktok,
        carriers=[row for row in carrier_rows.rows_of(order.shop_id) if row.is_mapped or row.is_seen] if waits else [],
        asked=list(db.session.scalars(ship_asks.under_way(order.id))),
        refused=list(
            db.session.scalars(select(Shipment).where(Shipment.order_id == order.id, Shipment.refused_number != ""))
        ),
        labels=labels,
        has_labels=value.shipping_type == "TIKTOK" and any(line.display_status in SHIPPED for line in value.line_items),
        can_hand_over=bool(packages),
        slots=[(start, end, _moment(start), _moment(end)) for start, end in _slots(read)],
        no_slots=next((one["error"] for one in read if one.get("error")), ""),
        events=[
            (datetime.fromisoformat(event["at"]) if event.get("at") else None, event["text"])
            for event in order.tracking_events or ()
        ],
        deadlines=_deadlines(value) if waits else [],
    )


def _slots(read: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """The times at which the carrier can come for each of the packages, those left out that have passed since they were read."""
    offered = [{(int(start), int(end)) for start, end in one["slots"]} for one in read]
    now = clock.now().timestamp()
    return sorted((start, end) for start, end in set.intersection(*offered) if end > now) if offered else []


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _deadlines(value: OrderValue) -> list[tuple[str, datetime]]:
    named = (
        ("Ship by", value.rts_sla_time),
        ("Handed to the carrier by", value.tts_sla_time),
        ("Cancelled by TikTok if not shipped by", value.auto_cancel_time),
    )
    return [(name, at) for name, at in named if at is not None]


def is_any_handed_over(orders: Iterable[Order]) -> bool:
    """Whether TikTok is told of one of these how it is handed over: not where there is no package before its label is bought."""
    return any(shops.label(order.shop_id).region.upper() not in MARK_REGIONS for order in orders)


@blueprint.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {"shipping_card": card_of, "is_any_handed_over": is_any_handed_over}
