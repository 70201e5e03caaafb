"""What was seen of Magento's shipments becomes rows: once each, however often it is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.carriers import carrier_of
from connector.domain.magento_order import MagentoShipment
from connector.domain.watching import shipment_mark
from connector.models import SeenCarrier, Shipment
from connector.models.upsert import insert_once


def take_in(
    session: Session, store_id: int, shipments: Iterable[MagentoShipment], order_rows: Mapping[int, Sequence[int]]
) -> set[int]:
    """Writes down shipments of our orders (`order_rows`: our rows by Magento's order id); inside the caller's transaction.

    Returns the rows of the orders of which a shipment is new or another than it was.
    """
    ours = {shipment.entity_id: shipment for shipment in shipments if shipment.order_id in order_rows}
    if not ours:
        return set()
    rows = {
        (row.magento_shipment_id, row.order_id): row
        for row in session.scalars(
            select(Shipment)
            .where(Shipment.store_id == store_id, Shipment.magento_shipment_id.in_(ours))
            .order_by(Shipment.id)
            .with_for_update()
        )
    }
    changed: set[int] = set()
    for shipment_id, shipment in sorted(ours.items()):
        mark, has_track = shipment_mark(shipment), bool(shipment.tracks)
        for order_id in order_rows[shipment.order_id]:
            row = rows.get((shipment_id, order_id))
            if row is None:
                _insert(session, store_id, order_id, shipment_id, mark, has_track)
                changed.add(order_id)
            elif row.seen != mark:
                row.seen, row.has_track = mark, has_track
                changed.add(order_id)
    return changed


def _insert(session: Session, store_id: int, order_id: int, shipment_id: int, mark: str, has_track: bool) -> None:
    insert_once(
        session,
        Shipment,
        {
            "store_id": store_id,
            "order_id": order_id,
            "magento_shipment_id": shipment_id,
            "seen": mark,
            "has_track": has_track,
            "created_at": clock.now(),
            "line_item_ids": [],
            "package_ids": [],
            "corrections": 0,
            **dict.fromkeys(
                (
                    "tracking_number",
                    "carrier_code",
                    "carrier_title",
                    "shipping_provider_id",
                    "refused_number",
                    "refused_because",
                ),
                "",
            ),
        },
    )


def note_carriers(session: Session, shipments: Iterable[MagentoShipment]) -> None:
    """Keeps the carriers that shipments went with, for the carrier page; inside the caller's transaction."""
    seen = {
        carrier_of(track.carrier_code, track.title): track.title
        for shipment in shipments
        for track in shipment.tracks
        if track.carrier_code
    }
    for carrier, label in sorted(seen.items()):
        insert_once(
            session,
            SeenCarrier,
            {
                "carrier_code": carrier.code,
                "title": carrier.title,
                "label": label[:200],
                "added_by": "",
                "last_seen_at": clock.now(),
            },
        )
