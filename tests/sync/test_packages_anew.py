"""Packages that are split, combined and split again on TikTok's side (webhook 4): followed, and nothing is told twice."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import InboxEvent, Order
from connector.models.inbox import HANDLED, NEW
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, events, ship_asks
from sandbox.stack import SHOP_ID
from tests import factories
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "TEE-RED-M", "quantity": 1}]


class Seller:
    """What happens to packages in Seller Center, and the webhooks that TikTok sends of it."""

    def __init__(self, work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.work = work
        self.shop = work.tiktok.state.shop(None)
        self.sent: list[dict[str, Any]] = []
        monkeypatch.setattr(self.shop, "_notify", self._keep)

    def _keep(self, shop_id: str, kind: int, data: dict[str, Any]) -> None:
        if kind == 4:
            self.sent.append(data)

    def units(self, tiktok_order_id: str) -> list[str]:
        with self.work.tiktok.state.lock:
            return [unit.id for unit in self.shop.order(tiktok_order_id).units]

    def split(self, tiktok_order_id: str, *parts: list[int]) -> None:
        units = self.units(tiktok_order_id)
        with self.work.tiktok.state.lock:
            self.shop.split(tiktok_order_id, [[units[place] for place in part] for part in parts])

    def combine(self, *tiktok_order_ids: str) -> str:
        with self.work.tiktok.state.lock:
            return str(self.shop.combine(tiktok_order_ids))

    def webhooks(self, *, times: int = 1) -> None:
        """Delivers what was sent, each so many times, and runs the orders that they name."""
        for data in self.sent * times:
            body = json.dumps({"type": 4, "shop_id": SHOP_ID, "timestamp": int(clock.now().timestamp()), "data": data})
            with transaction() as session:
                event = InboxEvent(
                    dedupe_key=uuid.uuid4().hex,
                    body=body.encode(),
                    type=4,
                    tiktok_shop_id=SHOP_ID,
                    received_at=clock.now(),
                    state=NEW,
                )
                session.add(event)
                session.flush()
                event_id = event.id
            assert events.handle(event_id) == HANDLED
        self.sent.clear()
        due = list(db.session.scalars(select(Order.id).where(Order.due_at.is_not(None)).order_by(Order.id)))
        end_transaction()
        assert due, "a webhook named no order"
        for row_id in due:
            converge.sync_order(row_id)

    def packages(self, tiktok_order_id: str) -> list[str]:
        with self.work.tiktok.state.lock:
            return [package.id for package in self.shop.order(tiktok_order_id).packages]


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


@pytest.fixture
def seller(work: Any, monkeypatch: pytest.MonkeyPatch) -> Seller:
    return Seller(work, monkeypatch)


def parcels_on_page(app: Flask, tiktok_order_id: str) -> list[tuple[str, str, int]]:
    """Package, tracking number and count of units, as the order page shows them."""
    app.config["WTF_CSRF_ENABLED"] = False
    user, client = factories.make_user("staff"), app.test_client()
    client.post("/login", data={"email": user.email, "password": factories.PASSWORD})
    text = client.get(f"/orders/{tiktok_order_id}").text
    side = text[text.index('id="parcels-title"') :]
    found = []
    for part in side[: side.index("</section>")].split('<div class="parcel">')[1:]:
        titles = re.findall(r'class="long-id" title="([^"]+)"', part)
        units = re.search(r"(\d+) units?", part)
        assert units
        package = titles[-1] if "package" in part else ""
        found.append((package, titles[0] if len(titles) > 1 else "", int(units[1])))
    return sorted(found)


def test_a_parcel_that_is_split_anew_after_it_was_told_is_followed(
    work: Any, merchant: Merchant, seller: Seller, app: Flask
) -> None:
    order_id = work.place(lines=LINES)
    work.sync(order_id)
    merchant.ship(order_id, "1Z-ALL")
    merchant.settle()
    calls = merchant.calls("/packages")
    seller.split(order_id, [0], [1, 2])
    seller.webhooks(times=2)
    first, second = seller.packages(order_id)
    assert parcels_on_page(app, order_id) == sorted([(first, "1Z-ALL", 1), (second, "1Z-ALL", 2)])
    [row] = merchant.shipments()
    assert sorted(row.package_ids) == sorted([first, second])
    assert (row.tracking_number, len(row.line_item_ids)) == ("1Z-ALL", 3)
    seller.split(order_id, [0, 1, 2])
    seller.webhooks()
    [only] = seller.packages(order_id)
    assert parcels_on_page(app, order_id) == [(only, "1Z-ALL", 3)]
    assert merchant.shipments()[0].package_ids == [only]
    merchant.settle()
    assert merchant.calls("/packages") == calls
    assert work.timeline(order_id).count("told") == 1
    assert work.row(order_id).sync_state == "synced"


def test_after_a_split_a_correction_reaches_the_packages_that_there_are(
    work: Any, merchant: Merchant, seller: Seller
) -> None:
    order_id = work.place(lines=LINES)
    work.sync(order_id)
    shipment_id = merchant.ship(order_id, "1Z-WRONG")
    merchant.settle()
    seller.split(order_id, [0], [1, 2])
    merchant.delete_tracks(order_id)
    merchant.add_track(order_id, shipment_id, "1Z-RIGHT")
    merchant.settle()
    seller.webhooks()
    with work.tiktok.state.lock:
        numbers = [package.tracking_number for package in seller.shop.order(order_id).packages]
    assert numbers == ["1Z-RIGHT", "1Z-RIGHT"]


def test_a_package_split_before_it_is_shipped_is_told_part_by_part(
    work: Any, merchant: Merchant, seller: Seller, app: Flask
) -> None:
    order_id = work.place(lines=LINES, region="ID")
    work.sync_until_settled(order_id)
    Merchant(work, "ID").map("dhl", provider_of(work, "ID"))
    seller.split(order_id, [0, 1], [2])
    seller.webhooks()
    first, second = seller.packages(order_id)
    assert parcels_on_page(app, order_id) == sorted([(first, "", 2), (second, "", 1)])
    merchant.ship(order_id, "ID-0001", carrier="dhl", only={"MUG-01": 2})
    merchant.settle()
    assert merchant.told(order_id) == {"ID-0001": Counter({"MUG-01": 2})}
    merchant.ship(order_id, "ID-0002", carrier="dhl", only={"TEE-RED-M": 1})
    merchant.settle()
    assert merchant.told(order_id)["ID-0002"] == Counter({"TEE-RED-M": 1})
    assert parcels_on_page(app, order_id) == sorted([(first, "ID-0001", 2), (second, "ID-0002", 1)])
    assert [row.package_ids for row in merchant.shipments()] == [[first], [second]]
    assert merchant.calls("/ship") == 2


def test_a_combined_package_is_told_with_its_first_order_and_kept_for_the_other(
    work: Any, merchant: Merchant, seller: Seller, app: Flask
) -> None:
    one, other = (work.place(lines=LINES, region="ID") for _ in range(2))
    for order_id in (one, other):
        work.sync_until_settled(order_id)
    Merchant(work, "ID").map("dhl", provider_of(work, "ID"))
    package_id = seller.combine(one, other)
    seller.webhooks()
    for order_id in (one, other):
        assert parcels_on_page(app, order_id) == [(package_id, "", 3)]
    merchant.ship(one, "ID-0001", carrier="dhl")
    merchant.settle()
    merchant.ship(other, "ID-0001", carrier="dhl")
    merchant.settle()
    for order_id in (one, other):
        work.sync(order_id)
        assert parcels_on_page(app, order_id) == [(package_id, "ID-0001", 3)]
        assert (work.row(order_id).status, work.row(order_id).sync_state) == ("AWAITING_COLLECTION", "synced")
    assert [(row.tracking_number, row.package_ids) for row in merchant.shipments()] == [("ID-0001", [package_id])] * 2
    assert merchant.calls("/ship") == 1


def test_a_new_number_of_tiktoks_carrier_goes_onto_the_shipment_that_is_there(
    work: Any, merchant: Merchant, seller: Seller
) -> None:
    order_id = work.place(lines=LINES, shipping_type="TIKTOK")
    work.sync(order_id)
    ship_asks.arrange(work.row(order_id).id, "jo@example.com", handover="DROP_OFF")
    merchant.settle()
    seller.split(order_id, [0], [1, 2])
    with work.tiktok.state.lock:
        seller.shop.order(order_id).packages[1].tracking_number = "TT-SECOND"
    seller.webhooks()
    work.sync(order_id)
    [shipment] = work.magento_orders(order_id)[0]["shipments"]
    assert "TT-SECOND" in str(shipment)
    merchant.settle()
    assert str(work.magento_orders(order_id)[0]["shipments"]).count("TT-SECOND") == 1
    assert work.row(order_id).sync_state == "synced"


def provider_of(work: Any, region: str) -> str:
    from sandbox.tiktok.regions import REGIONS

    return str(REGIONS[region].carriers[0])
