"""What the merchant does in Magento's admin, and what TikTok then knows: for the tests of watching and shipping."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from connector import clock
from connector.domain.magento_order import MagentoTrack
from connector.extensions import db
from connector.magento.client import MagentoClient, MagentoCredentials
from connector.models import CarrierMapping, Order, Shipment, Store
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, watch
from sandbox.stack import MAGENTO_TOKEN
from sandbox.tiktok.logistics import provider_id


class Merchant:
    """The merchant's hands in Magento, and eyes on TikTok Shop."""

    def __init__(self, work: Any, region: str = "US") -> None:
        self.work = work
        self.region = region
        self.admin = MagentoClient(work.magento.url, MagentoCredentials(access_token=MAGENTO_TOKEN))

    def map(self, code: str, provider: str, title: str = "") -> None:
        """Maps a Magento carrier to one of TikTok's by its name."""
        with transaction() as session:
            session.add(
                CarrierMapping(
                    carrier_code=code,
                    title=title,
                    shipping_provider_id=provider_id(self.region, provider),
                    created_at=clock.now(),
                )
            )

    def ship(
        self,
        tiktok_order_id: str,
        *numbers: str,
        carrier: str = "ups",
        title: str = "",
        only: dict[str, int] | None = None,
    ) -> int:
        """A shipment in Magento, of all that is left or of some SKUs, with these tracking numbers; its id."""
        magento_id = self.work.row(tiktok_order_id).magento_order_id
        items = None
        if only is not None:
            order = self.admin.get_order(magento_id)
            items = {item.item_id: Decimal(only[item.sku]) for item in order.items if item.sku in only}
        tracks = [MagentoTrack(track_number=n, carrier_code=carrier, title=title or carrier.upper()) for n in numbers]
        return self.admin.ship(magento_id, items, tracks)

    def add_track(
        self, tiktok_order_id: str, shipment_id: int, number: str, carrier: str = "ups", title: str = ""
    ) -> None:
        track = MagentoTrack(track_number=number, carrier_code=carrier, title=title or carrier.upper())
        self.admin.add_track(self.work.row(tiktok_order_id).magento_order_id, shipment_id, track)

    def delete_tracks(self, tiktok_order_id: str) -> None:
        for shipment in self.admin.shipments_of(self.work.row(tiktok_order_id).magento_order_id):
            for track in shipment.tracks:
                self.admin.delete_track(track.entity_id)

    # -- looking -----------------------------------------------------------------------------------------------------

    def look(self, *, at_all_tracks: bool = False) -> int:
        """One look of the watch, as the scheduler would start it; how many orders it observed."""
        store_id = db.session.scalar(select(Store.id))
        if at_all_tracks:
            with transaction() as session:
                session.execute(update(Store).values(tracks_looked_at=None))
        end_transaction()
        return watch.watch(store_id)

    def settle(self) -> int:
        """A look, and then the runs that it woke (and their repetitions), without the pauses. How many were observed."""
        observed = self.look()
        for _ in range(8):
            due = db.session.scalars(select(Order.id).where(Order.due_at.is_not(None)).order_by(Order.id)).all()
            end_transaction()
            if not due:
                break
            with transaction() as session:
                session.execute(update(Order).where(Order.due_at.is_not(None)).values(due_at=clock.now()))
            for row_id in due:
                converge.sync_order(row_id)
        return observed

    def told(self, tiktok_order_id: str) -> dict[str, Counter[str]]:
        """What TikTok's own books say: the tracking numbers of the order's packages, with the SKUs in each."""
        with self.work.tiktok.state.lock:
            _, order = self.work.tiktok.state.find_order(tiktok_order_id)
            return {
                package.tracking_number: Counter(order.unit(unit_id).sku.seller_sku for unit_id in package.unit_ids)
                for package in order.packages
                if package.tracking_number
            }

    def status(self, tiktok_order_id: str) -> str:
        with self.work.tiktok.state.lock:
            return str(self.work.tiktok.state.find_order(tiktok_order_id)[1].status)

    def calls(self, part: str) -> int:
        """How many requests TikTok's sandbox has answered whose path holds `part`."""
        with self.work.tiktok.state.lock:
            return sum(count for path, count in self.work.tiktok.state.requests.items() if part in path)

    def shipments(self) -> list[Shipment]:
        rows = list(
            db.session.scalars(select(Shipment).order_by(Shipment.id).execution_options(populate_existing=True))
        )
        end_transaction()
        return rows
