"""A shipment in Magento that a person asked for in the panel is one parcel, whatever becomes of its request."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from connector.sync import ship_asks
from tests.sync.aftersales import Desk, held_back, sent_twice
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

FOUR = [{"seller_sku": "MUG-01", "quantity": 4}]


@pytest.fixture
def merchant(desk: Desk) -> Merchant:
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    return merchant


@pytest.fixture
def order_id(desk: Desk) -> str:
    """Four mugs."""
    return desk.placed(lines=FOUR)


def ask(desk: Desk, order_id: str, number: str, *places: int) -> None:
    """A person ships some of the four by their places."""
    units = desk.line_ids(order_id, *["MUG-01"] * 4)
    chosen = [units[place] for place in places]
    row_id = desk.work.row(order_id).id
    ship_asks.ship(row_id, "jo@example.com", carrier_code="ups", title="UPS", number=number, line_item_ids=chosen)


def shipped(desk: Desk, order_id: str) -> tuple[int, int]:
    """How many shipments Magento has, and how many pieces are in them."""
    found = desk.magento(order_id)
    assert found is not None
    return len(found["shipments"]), sum(int(item["qty_shipped"]) for item in found["items"])


@pytest.mark.parametrize("is_done", [True, False], ids=["done late", "never done"])
def test_one_of_several_is_not_repeated_while_the_attempt_may_be_at_work(
    desk: Desk, merchant: Merchant, order_id: str, clock: Any, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(desk, order_id, "1Z999", 0)
    calls = held_back(monkeypatch, "/ship")
    assert desk.settle(order_id, most=2).error_code == "shipping_unclear"
    clock.turn(minutes=3)
    assert desk.settle(order_id, most=2).error_code == "shipping_unclear"
    assert shipped(desk, order_id) == (0, 0)
    if is_done:
        assert calls[0]().status == 200
    clock.turn(minutes=58)
    assert desk.settle(order_id).sync_state == "synced"
    assert shipped(desk, order_id) == (1, 1)
    assert merchant.told(order_id) == {"1Z999": Counter({"MUG-01": 1})}


def test_the_rest_of_an_order_is_repeated_after_two_minutes_since_magento_refuses_it_twice(
    desk: Desk, merchant: Merchant, order_id: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(desk, order_id, "1Z999")
    calls = held_back(monkeypatch, "/ship")
    assert desk.settle(order_id, most=2).error_code == "shipping_unclear"
    clock.turn(minutes=3)
    assert desk.settle(order_id).sync_state == "synced"
    assert calls[0]().status == 400
    assert shipped(desk, order_id) == (1, 4)
    assert merchant.told(order_id) == {"1Z999": Counter({"MUG-01": 4})}


def test_a_request_that_was_sent_twice_is_told_as_one_parcel(
    desk: Desk, merchant: Merchant, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(desk, order_id, "1Z999", 0)
    with monkeypatch.context() as patched:
        sent_twice(patched, "/ship")
        row = desk.settle(order_id)
    assert (row.sync_state, row.needs_look, shipped(desk, order_id)) == ("synced", True, (2, 2))
    assert merchant.told(order_id) == {"1Z999": Counter({"MUG-01": 1})}
    assert desk.work.timeline(order_id).count("shipped_twice") == 1
    # What goes next is told by itself: what Magento made twice is in no parcel.
    ask(desk, order_id, "1Z777", 1)
    assert desk.settle(order_id).sync_state == "synced"
    assert merchant.told(order_id) == {"1Z999": Counter({"MUG-01": 1}), "1Z777": Counter({"MUG-01": 1})}
    assert desk.work.timeline(order_id).count("shipped_twice") == 1


def test_two_shipments_that_a_person_made_with_one_number_are_both_told(
    desk: Desk, merchant: Merchant, order_id: str
) -> None:
    merchant.ship(order_id, "1Z999", only={"MUG-01": 1})
    merchant.ship(order_id, "1Z999", only={"MUG-01": 1})
    row = desk.settle(order_id)
    assert (row.sync_state, row.needs_look) == ("synced", False)
    told = [package for package in desk.tiktok_book(order_id)["packages"] if package["tracking_number"] == "1Z999"]
    assert sum(len(package["unit_ids"]) for package in told) == 2
