"""What the seller ships in Seller Center with a carrier of their own becomes a shipment in Magento, unless Magento has one."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sync import ship_asks
from sandbox.tiktok.logistics import provider_id
from tests.sync.aftersales import Desk, held_back
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

UPS = provider_id("US", "UPS")


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


def shipments(desk: Desk, order_id: str) -> list[tuple[dict[str, int], list[str]]]:
    """What is in each of Magento's shipments, and its numbers."""
    magento_id = desk.work.row(order_id).magento_order_id
    skus = {item.item_id: item.sku for item in desk.admin.get_order(magento_id).items}
    return [
        (
            {skus[item_id]: int(count) for item_id, count in shipment.quantities.items()},
            [track.track_number for track in shipment.tracks],
        )
        for shipment in desk.admin.shipments_of(magento_id)
    ]


def test_a_whole_order_is_one_shipment_and_is_told_to_nobody(desk: Desk, merchant: Merchant) -> None:
    order_id = desk.placed()
    desk.act(order_id, "ship", tracking_number="SC12345678", provider_id=UPS)
    assert desk.settle(order_id).sync_state == "synced"
    merchant.settle()
    assert desk.settle(order_id).sync_state == "synced"
    assert shipments(desk, order_id) == [({"MUG-01": 2, "HAT-07": 1}, ["SC12345678"])]
    assert [shipment.tracking_number for shipment in merchant.shipments()] == ["SC12345678"]


def test_parts_are_a_shipment_each_beside_one_of_magentos_own(desk: Desk, merchant: Merchant) -> None:
    order_id = desk.placed()
    first, second = desk.line_ids(order_id, "MUG-01", "MUG-01")
    desk.act(order_id, "mark_shipped", tracking_number="SC-1", provider_id=UPS, unit_ids=[first])
    desk.settle(order_id)
    merchant.ship(order_id, "1Z-HAT", only={"HAT-07": 1})
    desk.act(order_id, "mark_shipped", tracking_number="SC-2", provider_id=UPS, unit_ids=[second])
    merchant.settle()
    desk.settle(order_id)
    assert sorted(numbers for _, numbers in shipments(desk, order_id)) == [["1Z-HAT"], ["SC-1"], ["SC-2"]]
    assert set(merchant.told(order_id)) == {"SC-1", "SC-2", "1Z-HAT"}
    assert desk.magento(order_id)["state"] == "complete"


@pytest.mark.parametrize("number", ["SC12345678", "1Z-ANOTHER", ""])
def test_what_magento_has_shipped_is_not_shipped_a_second_time(desk: Desk, merchant: Merchant, number: str) -> None:
    order_id = desk.placed()
    merchant.ship(order_id, *([number] if number else []), only={"MUG-01": 1})
    mug = desk.line_ids(order_id, "MUG-01")
    desk.act(order_id, "mark_shipped", tracking_number="SC12345678", provider_id=UPS, unit_ids=mug)
    merchant.settle()
    desk.settle(order_id)
    assert [quantities for quantities, _ in shipments(desk, order_id)] == [{"MUG-01": 1}]


def test_on_hold_in_magento_it_is_shipped_there_when_it_is_off_hold(desk: Desk, merchant: Merchant) -> None:
    order_id = desk.placed()
    magento_id = desk.work.row(order_id).magento_order_id
    desk.admin.hold(magento_id)
    desk.act(order_id, "ship", tracking_number="SC12345678", provider_id=UPS)
    assert (desk.settle(order_id).sync_state, shipments(desk, order_id)) == ("synced", [])
    desk.admin.unhold(magento_id)
    desk.settle(order_id)
    assert len(shipments(desk, order_id)) == 1


def test_an_attempt_that_is_needed_no_more_keeps_nobody_from_shipping_the_rest(
    desk: Desk, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Magento did not answer; meanwhile the merchant ships it there by hand, with a number of their own."""
    order_id = desk.placed()
    row = desk.work.row(order_id)
    lost = held_back(monkeypatch, f"/order/{row.magento_order_id}/ship")
    mug = desk.line_ids(order_id, "MUG-01")
    desk.act(order_id, "mark_shipped", tracking_number="SC12345678", provider_id=UPS, unit_ids=mug)
    desk.settle(order_id, most=1)
    assert lost
    merchant.ship(order_id, "1Z-BY-HAND", only={"MUG-01": 1})
    assert desk.settle(order_id).sync_state == "synced"
    ship_asks.ship(row.id, "jo@example.com", carrier_code="ups", title="UPS", number="1Z-REST")
    assert desk.settle(order_id).sync_state == "synced"
    assert set(merchant.told(order_id)) == {"SC12345678", "1Z-REST"}
