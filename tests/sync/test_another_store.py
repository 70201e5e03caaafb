"""A shop whose store is another one now: what stands there under the numbers of its orders is a stranger's, and left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

import sandbox.magento.server
from connector.domain.magento_order import MagentoTrack
from connector.extensions import db
from connector.magento.client import MagentoClient, MagentoCredentials
from connector.models import AuditEntry, Order, Shop, Store
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, shops, stores, watch
from sandbox.stack import MAGENTO_TOKEN
from tests.magento.bookings import ADDRESS
from tests.sync.aftersales import PERSON, Desk, held_back
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 1}]


class Elsewhere:
    """Another Magento, which is no store of the shop's yet, and a stranger's order in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = MagentoClient(url, MagentoCredentials(access_token=MAGENTO_TOKEN))
        self.stranger = self._placed()

    def _placed(self) -> int:
        cart_id = self.admin.create_cart()
        self.admin.add_cart_item(cart_id, "MUG-01", 1, ())
        self.admin.set_shipping_information(cart_id, ADDRESS, "flatrate", "flatrate", email="sam@example.com")
        return self.admin.place_cart(cart_id, "checkmo")


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = sandbox.magento.server.serve(port=0)
    yield Elsewhere(server.url)
    server.stop()


def bind(elsewhere: Elsewhere) -> int:
    """The shop's store is the other one from now on; that store's row id."""
    store_id = stores.add_store(name="Elsewhere", url=elsewhere.url, access_token=MAGENTO_TOKEN)
    _bind(store_id)
    return store_id


def _bind(store_id: int) -> None:
    shop = db.session.scalars(select(Shop)).one()
    shop_id, time_zone = shop.id, shop.time_zone
    end_transaction()
    shops.bind(shop_id, store_id, "", time_zone, PERSON)


def test_a_second_store_leaves_the_shops_with_the_one_that_they_sell_for(desk: Desk, elsewhere: Elsewhere) -> None:
    stores.add_store(name="Test store", url=elsewhere.url, access_token=MAGENTO_TOKEN)
    order_id = desk.placed(lines=LINES)
    assert desk.work.row(order_id).sync_state == "synced"
    assert desk.sold() == {"MUG-01": 1}
    bound = db.session.scalars(select(AuditEntry).where(AuditEntry.what == "shop bound")).one()
    assert (bound.subject, bound.before, bound.after) == ("Sandbox Shop", "the only store", "Sandbox Store")
    end_transaction()


def test_what_is_cancelled_cancels_no_strangers_order(desk: Desk, elsewhere: Elsewhere) -> None:
    order_id = desk.placed(lines=LINES)
    row = desk.work.row(order_id)
    assert row.magento_order_id == elsewhere.stranger, "the test proves nothing"
    before = elsewhere.admin.get_order(elsewhere.stranger)
    bind(elsewhere)
    desk.act(order_id, "cancel", by="BUYER")
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "another_magento_order")
    assert elsewhere.admin.get_order(elsewhere.stranger) == before
    assert row.magento_state == "processing"  # as it was, not the stranger's


def test_back_in_its_own_store_the_order_goes_on(desk: Desk, elsewhere: Elsewhere) -> None:
    order_id = desk.placed(lines=LINES)
    bind(elsewhere)
    desk.act(order_id, "cancel", by="BUYER")
    assert desk.settle(order_id).error_code == "another_magento_order"
    _bind(1)
    converge.sync_order(desk.work.row(order_id).id)
    row = desk.work.row(order_id)
    assert (row.sync_state, row.error_code, desk.sold()) == ("synced", "", {})


def test_the_address_of_the_store_put_right_lets_its_orders_go_on(desk: Desk, elsewhere: Elsewhere) -> None:
    order_id = desk.placed(lines=LINES)
    stores.add_store(name="Sandbox Store", url=elsewhere.url, access_token=MAGENTO_TOKEN, overwrites=True)
    assert desk.settle(order_id).error_code == "another_magento_order"
    stores.change_store(
        1, name="Store", url=desk.work.magento.url, admin_url="", access_token=MAGENTO_TOKEN, actor=PERSON
    )
    converge.sync_order(desk.work.row(order_id).id)
    row = desk.work.row(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")


def test_no_strangers_parcel_is_told(desk: Desk, elsewhere: Elsewhere) -> None:
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    order_id = desk.placed(lines=LINES)
    store_id = bind(elsewhere)
    assert desk.settle(order_id).error_code == "another_magento_order"
    observed = desk.work.row(order_id).observed
    track = MagentoTrack(track_number="1Z-STRANGER", carrier_code="ups", title="UPS")
    elsewhere.admin.ship(elsewhere.stranger, None, [track])
    assert watch.watch(store_id) == 0
    row = desk.settle(order_id)
    assert (merchant.told(order_id), merchant.shipments()) == ({}, [])
    assert (row.observed, row.error_code) == (observed + 1, "another_magento_order")


def test_an_order_that_is_placed_and_not_corrected_is_known_by_its_cart(desk: Desk, elsewhere: Elsewhere) -> None:
    order_id = desk.placed(lines=LINES, synced=False)
    desk.admin.create_cart()  # the store has had one more than the other
    desk.fault("magento", kind="status", status=503, method="POST", path="/V1/orders$")
    assert desk.settle(order_id, most=1).magento_order_id == elsewhere.stranger
    bind(elsewhere)
    assert desk.settle(order_id).error_code == "another_magento_order"
    assert elsewhere.admin.get_order(elsewhere.stranger).grand_total == Decimal("17.50")


def test_a_shop_is_bound_to_no_other_store_while_an_order_is_being_placed(
    desk: Desk, elsewhere: Elsewhere, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_back(monkeypatch, "/carts/1/order")
    order_id = desk.placed(lines=LINES, synced=False)
    assert desk.settle(order_id, most=1).error_code == "timeout"
    with pytest.raises(stores.Invalid, match=order_id):
        bind(elsewhere)
    with transaction() as session:
        store_id = session.scalar(select(Store.id).where(Store.name == "Elsewhere"))
        session.execute(update(Order).values(sync_state="ignored"))
    _bind(store_id)
    _bind(1)
    with transaction() as session:
        session.execute(update(Order).values(sync_state="pending"))
    clock.turn(seconds=int(timedelta(hours=1).total_seconds()) + 5)
    _bind(store_id)


def test_a_replacement_is_told_of_no_strangers_order(desk: Desk, elsewhere: Elsewhere) -> None:
    first = desk.placed(lines=LINES)
    bind(elsewhere)
    before = elsewhere.admin.get_order(elsewhere.stranger)
    second = desk.placed(lines=LINES, replaced_order_id=first)
    assert desk.work.row(second).magento_order_id != elsewhere.stranger
    assert elsewhere.admin.get_order(elsewhere.stranger) == before
