"""Stock is reserved while TikTok holds an order: placed with a placeholder and held in Magento, then released or cancelled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector import clock as product_clock
from connector.sync import asks
from sandbox.faults import Fault
from tests.sync.aftersales import Desk

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01"}]


def salable(work: Any) -> float:
    return float(work.magento_books()["stock"]["MUG-01"]["salable"])


@pytest.fixture(params=["masked", "empty"])
def held(request: pytest.FixtureRequest, work: Any) -> str:
    """An order on hold whose stock was reserved at once."""
    work.configure(on_hold="reserve")
    order_id: str = work.place(
        status="ON_HOLD", hold_recipient=request.param, lines=LINES, recipient={"first_name": "Ada"}
    )
    row = work.sync_until_settled(order_id)
    assert (row.sync_state, row.waiting_for) == ("waiting", "on_hold")
    return order_id


def test_its_stock_is_reserved_and_it_is_held_and_not_invoiced(work: Any, held: str) -> None:
    [order] = work.magento_orders(held)
    assert (order["state"], order["shipping_address"]["firstname"]) == ("holded", "TikTok")
    assert not order["invoices"]
    assert salable(work) == 499


def test_when_the_hold_ends_it_gets_the_address_and_is_released_and_invoiced(work: Any, held: str) -> None:
    work.act(held, "release_hold")
    row = work.sync_until_settled(held)
    [order] = work.magento_orders(held)
    assert (row.sync_state, order["state"], len(order["invoices"])) == ("synced", "processing", 1)
    assert {one["firstname"] for one in (order["billing_address"], order["shipping_address"])} == {"Ada"}
    assert row.magento_held_at is None
    codes = work.timeline(held)
    assert codes.index("held") < codes.index("address_updated") < codes.index("released") < codes.index("invoiced")
    assert salable(work) == 499


def test_when_the_buyer_cancels_its_stock_comes_back(work: Any, held: str) -> None:
    work.act(held, "cancel")
    assert work.sync_until_settled(held).sync_state == "synced"
    assert [order["state"] for order in work.magento_orders(held)] == ["canceled"]
    assert salable(work) == 500


def test_a_line_cancelled_meanwhile_is_credited_after_the_release(work: Any, desk: Desk) -> None:
    """Nobody is asked to take the order off our own hold: it would go to the placeholder address."""
    work.configure(on_hold="reserve")
    order_id = work.place(lines=[*LINES, {"seller_sku": "HAT-07"}], status="ON_HOLD")
    desk.settle(order_id)
    desk.act(order_id, "cancel", by="BUYER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert (row.sync_state, row.waiting_for, row.error_code) == ("waiting", "on_hold", "")
    desk.admin.unhold(row.magento_order_id)
    desk.settle(order_id)
    [order] = work.magento_orders(order_id)
    assert (order["state"], order["shipping_address"]["firstname"]) == ("holded", "TikTok")
    work.act(order_id, "release_hold")
    row = desk.settle(order_id)
    [order] = work.magento_orders(order_id)
    assert (row.sync_state, order["state"], len(order["invoices"]), len(order["creditmemos"])) == (
        "synced",
        "processing",
        1,
        1,
    )
    assert order["shipping_address"]["firstname"] != "TikTok"
    assert desk.sold() == {"HAT-07": 1}


def test_a_total_that_changed_meanwhile_is_corrected_before_the_invoice(work: Any, held: str) -> None:
    with work.tiktok.state.lock:
        shop, order = work.tiktok.state.find_order(held)
        order.units[0].tax += Decimal("1.50")
        shop.touch(order)
    work.act(held, "release_hold")
    row = work.sync_until_settled(held)
    [order] = work.magento_orders(held)
    assert (row.sync_state, len(order["invoices"])) == ("synced", 1)
    assert Decimal(str(order["grand_total"])) == Decimal(work.total(held))
    assert "booked_anew" in work.timeline(held)


def test_another_product_meanwhile_is_for_a_person_and_the_order_stays_on_hold(work: Any, desk: Desk) -> None:
    work.configure(on_hold="reserve")
    order_id = work.place(lines=[*LINES, {"seller_sku": "HAT-07"}], status="ON_HOLD")
    desk.settle(order_id)
    with work.tiktok.state.lock:
        shop, order = work.tiktok.state.find_order(order_id)
        order.units[0].sku = order.units[1].sku
        shop.touch(order)
    work.act(order_id, "release_hold")
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "quantity_mismatch")
    assert desk.magento(order_id)["state"] == "holded"
    desk.admin.unhold(row.magento_order_id)  # a person wants it as it is
    assert desk.settle(order_id).sync_state == "synced"


def test_that_its_own_pieces_were_the_last_is_no_change(work: Any) -> None:
    work.configure(on_hold="reserve")
    with work.magento.state.lock:
        work.magento.state.source_quantity["MUG-01"] = Decimal(1)
    order_id = work.place(lines=LINES, status="ON_HOLD")
    work.sync_until_settled(order_id)
    work.act(order_id, "release_hold")
    assert work.sync_until_settled(order_id).sync_state == "synced"
    assert "booked_anew" not in work.timeline(order_id)


@pytest.mark.parametrize("part", ["/hold", "/unhold"])
def test_a_hold_that_timed_out_is_found_and_let_go_of(work: Any, part: str) -> None:
    """Magento did it, and its answer was lost: nothing is held for ever, nothing is done twice."""
    work.configure(on_hold="reserve")
    order_id = work.place(status="ON_HOLD", lines=LINES)
    with work.magento.state.lock:
        work.magento.state.faults.add(Fault(kind="cut", method="POST", path=part, times=1))
    work.sync_until_settled(order_id)
    work.act(order_id, "release_hold")
    row = work.sync_until_settled(order_id)
    assert row.sync_state == "synced"
    assert [order["state"] for order in work.magento_orders()] == ["processing"]


def test_what_cannot_be_reserved_is_recorded_after_the_hold(work: Any) -> None:
    work.configure(on_hold="reserve", product_problem="record")
    order_id = work.place(status="ON_HOLD", lines=[{"seller_sku": "NOT-IN-MAGENTO"}])
    row = work.sync_until_settled(order_id)
    assert (row.waiting_for, row.magento_order_id) == ("on_hold", None)
    assert "not_reserved" in work.timeline(order_id)
    work.act(order_id, "release_hold")
    assert work.sync_until_settled(order_id).magento_way == "record"


def test_the_merchants_own_wait_after_the_hold_and_the_button_that_ends_it(work: Any, clock: Any) -> None:
    work.configure(wait_after_hold=3)
    orders = [work.place(lines=LINES) for _ in range(2)]
    for order_id in orders:
        row = work.sync(order_id)
        assert (row.sync_state, row.waiting_for) == ("waiting", "merchants_wait")
        assert timedelta(hours=2) < row.due_at - product_clock.now() <= timedelta(hours=3)
    asks.create(work.row(orders[0]).id, "ada@example.com")
    assert work.sync_until_settled(orders[0]).sync_state == "synced"
    clock.turn(hours=3, minutes=1)
    assert work.sync_until_settled(orders[1]).sync_state == "synced"
