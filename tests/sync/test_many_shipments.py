"""Thousands of shipments at once, and more while they are read: none missed, none told twice.

By default 1,000 are noticed and 40 of them told, each with two runs: telling one takes some 60 ms of this one process. The
whole, 5,000 noticed and told: MANY_SHIPMENTS=5000 MANY_TOLD=5000 (ten minutes and more).
"""

from __future__ import annotations

import copy
import os
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import Order, Shipment
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, intake
from sandbox.tiktok.documents import order_document
from tests.sync.merchant import Merchant

MANY = int(os.environ.get("MANY_SHIPMENTS", "1000"))
TOLD = int(os.environ.get("MANY_TOLD", "40"))
LINES = [{"seller_sku": "MUG-01", "quantity": 1}]


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


class Seed:
    """Orders that are created and invoiced already, made of one real one; and their shipments."""

    def __init__(self, work: Any) -> None:
        self.work = work
        self.first = work.place(lines=LINES)
        self.row = work.sync(self.first)
        self.ids: list[str] = []
        self.next_id = 100_000

    def orders(self, count: int) -> None:
        state, tiktok = self.work.magento.state, self.work.tiktok.state
        documents = []
        with tiktok.lock:
            for _ in range(count):
                order = tiktok.shop(None).place({"status": "AWAITING_SHIPMENT", "lines": LINES})
                documents.append(order_document(order))
        with state.lock, transaction() as session:
            model = state.orders[self.row.magento_order_id]
            for document in documents:
                self.next_id += 1
                entity_id, item_id = self.next_id, self.next_id + 1_000_000
                clone = copy.deepcopy(model)
                clone.row |= {"entity_id": entity_id, "ext_order_id": document["id"], "increment_id": f"9{entity_id}"}
                for item in clone.items:
                    item |= {"item_id": item_id, "order_id": entity_id}
                state.orders[entity_id] = clone
                row = Order(
                    shop_id=self.row.shop_id,
                    tiktok_order_id=document["id"],
                    created_at=clock.now(),
                    updated_at=clock.now(),
                    sync_state="synced",
                    magento_way="reserve",
                    magento_order_id=entity_id,
                    magento_increment_id=f"9{entity_id}",
                    magento_placing_at=clock.now(),
                    magento_corrected_at=clock.now(),
                    external_reference=f"9{entity_id}",
                    commented_status="AWAITING_SHIPMENT",
                    booking=self._booking(document["line_items"][0]["id"]),
                )
                session.add(row)
                session.flush()
                intake.store_document(session, row, document, observed=0)
                self.ids.append(document["id"])

    def _booking(self, line_id: str) -> dict[str, Any]:
        booking: dict[str, Any] = copy.deepcopy(self.row.booking)
        booking["rows"][0]["line_item_ids"] = [line_id]
        return booking

    def ship(self, tiktok_order_ids: list[str]) -> None:
        """As the warehouse's own software ships a batch; some of the shipments of unrelated orders among them."""
        state = self.work.magento.state
        with state.lock:
            by_id = {order.row.get("ext_order_id"): order for order in state.orders.values()}
            for number, tiktok_order_id in enumerate(tiktok_order_ids):
                self._shipment(by_id[tiktok_order_id], f"1Z{tiktok_order_id}")
                if number % 5 == 0:
                    self._unrelated()

    def _shipment(self, order: Any, number: str) -> None:
        state = self.work.magento.state
        now, shipment_id = state.now(), state.next_id("sales_shipment")
        [item] = order.items
        item["qty_shipped"] = Decimal(1)
        order.row["updated_at"] = now
        track = {"entity_id": state.next_id("sales_shipment_track"), "order_id": order.id, "parent_id": shipment_id}
        track |= {"track_number": number, "title": "UPS", "carrier_code": "ups", "created_at": now, "updated_at": now}
        line = {"entity_id": shipment_id, "parent_id": shipment_id, "order_item_id": item["item_id"], "qty": Decimal(1)}
        state.shipments[shipment_id] = {
            "entity_id": shipment_id,
            "increment_id": f"{shipment_id:09d}",
            "order_id": order.id,
            "store_id": 1,
            "created_at": now,
            "updated_at": now,
            "items": [line],
            "tracks": [track],
            "comments": [],
            "packages": [],
        }

    def _unrelated(self) -> None:
        state = self.work.magento.state
        now, shipment_id = state.now(), state.next_id("sales_shipment")
        state.shipments[shipment_id] = {
            "entity_id": shipment_id,
            "order_id": 5_000_000 + shipment_id,
            "store_id": 1,
            "created_at": now,
            "updated_at": now,
            "items": [],
            "tracks": [],
            "comments": [],
            "packages": [],
        }


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_each_of_thousands_is_noticed_once_and_told_once(
    work: Any, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = Seed(work)
    seed.orders(MANY)
    merchant.look()
    late = seed.ids[-MANY // 10 :]
    seed.ship(seed.ids[: -len(late)])
    woken: list[int] = []
    pages = 0

    def more_arrive(orders: Any, *, bucket: str = "") -> int:
        """With each page that was read, some more are shipped, so that the pages shift."""
        nonlocal pages
        woken.extend(row_id for row_id, _ in orders)
        pages += 1
        seed.ship([late.pop() for _ in range(min(20, len(late)))])
        return 0

    monkeypatch.setattr("connector.extensions.queue.wake_orders", more_arrive)
    for _ in range(20):
        if merchant.look() == 0 and not late:
            break
    seed.ship(late)
    merchant.look()
    merchant.look()
    assert pages > MANY // 200
    assert len(woken) == len(set(woken)) == MANY
    due = list(db.session.scalars(select(Order.id).where(Order.due_at.is_not(None)).order_by(Order.id)))
    end_transaction()
    assert len(due) == MANY
    chosen = due[:: max(1, MANY // TOLD)]
    for row_id in chosen:
        converge.sync_order(row_id)
        converge.sync_order(row_id)  # and once more, as a job that was given out twice
    told = {row.order_id: row for row in db.session.scalars(select(Shipment).where(Shipment.told_at.is_not(None)))}
    end_transaction()
    assert set(told) == set(chosen)
    with work.tiktok.state.lock:
        shipped = [
            [package.tracking_number for package in order.packages]
            for order in work.tiktok.state.shop(None).orders.values()
            if order.packages
        ]
    assert sorted(shipped) == sorted([row.tracking_number] for row in told.values())
    assert merchant.calls("/packages") == len(chosen)
    assert merchant.look() == 0
