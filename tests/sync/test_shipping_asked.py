"""Parcels that a person ships in the panel, and parcels that TikTok's own carrier takes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from connector import clock
from connector.domain.steps import PLACING_MAY_LAST
from connector.magento.client import MagentoClient
from connector.sync import ship_asks
from connector.sync.asks import Refused
from connector.sync.steps.ship_magento import SHIPMENT_MAY_LAST
from sandbox.faults import Fault
from sandbox.tiktok.logistics import provider_id
from tests.support.short_calls import short_calls
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "TEE-RED-M", "quantity": 1}]
ALL = Counter({"MUG-01": 2, "TEE-RED-M": 1})


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


@pytest.fixture
def order_id(work: Any) -> str:
    order_id: str = work.place(lines=LINES)
    work.sync(order_id)
    return order_id


def ask(work: Any, order_id: str, number: str = "1Z999", **values: Any) -> None:
    fields = {"carrier_code": "ups", "title": "UPS", "number": number} | values
    ship_asks.ship(work.row(order_id).id, "jo@example.com", **fields)


def in_magento(work: Any, order_id: str) -> list[dict[str, Any]]:
    shipments: list[dict[str, Any]] = work.magento_orders(order_id)[0]["shipments"]
    return shipments


def units(work: Any, order_id: str, sku: str) -> list[str]:
    with work.tiktok.state.lock:
        _, order = work.tiktok.state.find_order(order_id)
        return [unit.id for unit in order.units if unit.sku.seller_sku == sku]


def test_shipping_an_order_makes_the_magento_shipment_and_tells_tiktok(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    ask(work, order_id)
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": ALL}
    assert len(in_magento(work, order_id)) == 1
    assert work.row(order_id).sync_state == "synced"
    assert work.magento_books()["inconsistencies"] == []
    merchant.settle()
    assert (len(in_magento(work, order_id)), merchant.calls("/packages")) == (1, 1)


def test_some_units_are_shipped_and_then_the_rest(work: Any, merchant: Merchant, order_id: str) -> None:
    ask(work, order_id, "1Z-A", line_item_ids=units(work, order_id, "MUG-01")[:1])
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-A": Counter({"MUG-01": 1})}
    ask(work, order_id, "1Z-B")
    merchant.settle()
    assert merchant.told(order_id) == {
        "1Z-A": Counter({"MUG-01": 1}),
        "1Z-B": Counter({"MUG-01": 1, "TEE-RED-M": 1}),
    }
    assert len(in_magento(work, order_id)) == 2


def test_an_order_that_is_only_recorded_is_told_without_a_magento_shipment(work: Any, merchant: Merchant) -> None:
    work.configure(create_way="record")
    order_id = work.place(lines=LINES)
    work.sync(order_id)
    ask(work, order_id)
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": ALL}
    assert in_magento(work, order_id) == []
    merchant.settle()
    assert merchant.calls("/packages") == 1


def test_while_the_magento_order_is_on_hold_it_says_so_and_ships_once_it_is_not(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    magento_id = work.row(order_id).magento_order_id
    merchant.admin.hold(magento_id)
    ask(work, order_id)
    merchant.settle()
    row = work.row(order_id)
    assert (row.sync_state, row.error_code) == ("error", "on_hold_in_magento")
    assert in_magento(work, order_id) == []
    merchant.admin.unhold(magento_id)
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": ALL}
    assert len(in_magento(work, order_id)) == 1


def test_put_on_hold_between_our_look_and_our_shipment_it_is_not_waited_for_an_answer(
    work: Any, merchant: Merchant, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    magento_id = work.row(order_id).magento_order_id
    really = MagentoClient.ship

    def held_first(client: MagentoClient, *args: Any, **options: Any) -> int:
        monkeypatch.undo()
        client.hold(magento_id)
        return really(client, *args, **options)

    ask(work, order_id)
    monkeypatch.setattr(MagentoClient, "ship", held_first)
    merchant.settle()
    assert work.row(order_id).error_code == "on_hold_in_magento"
    merchant.admin.unhold(magento_id)
    merchant.settle()
    assert (merchant.told(order_id), len(in_magento(work, order_id))) == ({"1Z999": ALL}, 1)


@pytest.mark.parametrize("number", ["1Z", "no#good", ""])
def test_a_number_that_tiktok_does_not_take_is_refused_at_once(work: Any, order_id: str, number: str) -> None:
    with pytest.raises(Refused, match="4 to 50"):
        ask(work, order_id, number)


def test_asked_twice_is_refused_while_the_first_is_under_way(work: Any, order_id: str) -> None:
    ask(work, order_id)
    with pytest.raises(Refused, match="just being shipped"):
        ask(work, order_id)


@pytest.mark.parametrize("kind", ["status", "drop", "cut", "html", "bad_json", "after"])
def test_magento_may_fail_or_have_made_the_shipment_unseen(
    work: Any, merchant: Merchant, order_id: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_calls(monkeypatch)
    ask(work, order_id, line_item_ids=units(work, order_id, "MUG-01")[:1])
    values: dict[str, Any] = {"status": 503} if kind == "status" else {"seconds": 1.0} if kind == "after" else {}
    fault = Fault(kind=kind, path="/ship$", times=1, **values)
    work.magento.state.faults.add(fault)
    merchant.settle()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + SHIPMENT_MAY_LAST)
    for _ in range(3):
        merchant.settle()
    assert fault.hits == 1, "the fault never struck: the test proves nothing"
    assert len(in_magento(work, order_id)) == 1
    assert merchant.told(order_id) == {"1Z999": Counter({"MUG-01": 1})}


class TestTikToksCarrier:
    @pytest.fixture
    def order_id(self, work: Any) -> str:
        order_id: str = work.place(lines=LINES, shipping_type="TIKTOK")
        work.sync(order_id)
        return order_id

    def test_arranged_it_awaits_collection_and_magento_has_the_number(
        self, work: Any, merchant: Merchant, order_id: str
    ) -> None:
        ship_asks.arrange(work.row(order_id).id, "jo@example.com", handover="DROP_OFF")
        merchant.settle()
        row = work.row(order_id)
        assert (row.status, row.sync_state) == ("AWAITING_COLLECTION", "synced")
        [number] = merchant.told(order_id)
        [shipment] = in_magento(work, order_id)
        assert number in str(shipment)
        merchant.settle()
        assert len(in_magento(work, order_id)) == 1

    @pytest.mark.parametrize("kind", ["status", "drop", "cut", "after"])
    @pytest.mark.parametrize("side", ["tiktok", "magento"])
    def test_each_side_may_fail_or_have_worked_unseen(
        self, work: Any, merchant: Merchant, order_id: str, kind: str, side: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        short_calls(monkeypatch)
        ship_asks.arrange(work.row(order_id).id, "jo@example.com", handover="DROP_OFF")
        values: dict[str, Any] = {"status": 503} if kind == "status" else {"seconds": 1.0} if kind == "after" else {}
        path = "/packages$" if side == "tiktok" else "/ship$"
        fault = Fault(kind=kind, path=path, times=1, **values)
        getattr(work, side).state.faults.add(fault)
        merchant.settle()
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + PLACING_MAY_LAST * 2)
        for _ in range(3):
            merchant.settle()
        assert fault.hits == 1, "the fault never struck: the test proves nothing"
        assert len(merchant.told(order_id)) == 1
        assert len(in_magento(work, order_id)) == 1
        assert work.row(order_id).sync_state == "synced"

    def test_what_was_arranged_in_seller_center_is_followed(self, work: Any, merchant: Merchant, order_id: str) -> None:
        work.act(order_id, "ship")
        work.sync(order_id)
        [number] = merchant.told(order_id)
        assert number in str(in_magento(work, order_id))

    def test_the_merchants_own_number_is_refused(self, work: Any, order_id: str) -> None:
        with pytest.raises(Refused, match="TikTok Shop's own carrier"):
            ask(work, order_id)


def test_an_order_from_tiktoks_warehouse_gets_its_number_as_a_comment_once(work: Any) -> None:
    order_id = work.place(lines=LINES, fulfillment_type="FULFILLMENT_BY_TIKTOK")
    work.sync(order_id)
    work.act(order_id, "ship", tracking_number="FBT-1234")
    for _ in range(2):
        work.sync(order_id)
    [order] = work.magento_orders(order_id)
    assert len([comment for comment in order["comments"] if "FBT-1234" in comment]) == 1
    assert order["shipments"] == []


def test_tracking_events_follow_the_parcel(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.ship(order_id, "1Z999")
    merchant.settle()
    work.act(order_id, "collect")
    work.sync(order_id)
    events = work.row(order_id).tracking_events
    assert any("collected" in event["text"] for event in events)


@pytest.mark.parametrize("first", ["taken off", "undone"])
def test_a_number_of_tiktoks_carrier_that_magento_has_no_shipment_for_keeps_nothing_going_round(
    work: Any, merchant: Merchant, first: str
) -> None:
    """It was put on a shipment once and the merchant took it off; or the order was undone before, and nothing can be shipped."""
    work.configure(magento_cancel="nothing")
    order_id = work.place(lines=LINES, shipping_type="TIKTOK")
    work.sync(order_id)
    if first == "undone":
        merchant.admin.refund(work.row(order_id).magento_order_id)
    work.act(order_id, "ship")
    work.sync(order_id)
    merchant.delete_tracks(order_id)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    assert [shipment["tracks"] for shipment in in_magento(work, order_id)] == [[]] * (first == "taken off")


@pytest.mark.parametrize("meanwhile", ["cancelled", "shipped"])
def test_of_units_alike_none_is_shipped_in_place_of_one_that_is_gone_meanwhile(
    work: Any, merchant: Merchant, meanwhile: str
) -> None:
    """Two of three mugs are to be shipped, and one of them is cancelled or shipped in Seller Center before that is done."""
    order_id = work.place(lines=[{"seller_sku": "MUG-01", "quantity": 3}])
    work.sync(order_id)
    first, second, _ = units(work, order_id, "MUG-01")
    if meanwhile == "cancelled":
        work.act(order_id, "cancel", by="BUYER", unit_ids=[second])
    else:
        provider = provider_id("US", "UPS")
        work.act(order_id, "mark_shipped", tracking_number="SC12345678", provider_id=provider, unit_ids=[second])
        work.sync(order_id)
        merchant.settle()
    ask(work, order_id, line_item_ids=[first, second])
    work.sync(order_id)
    merchant.settle()
    assert merchant.told(order_id).pop("1Z999") == Counter({"MUG-01": 1})
    assert merchant.status(order_id) == "PARTIALLY_SHIPPING"
