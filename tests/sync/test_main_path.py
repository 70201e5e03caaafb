"""A TikTok Shop order becomes a Magento order: once, with its total, its stock, its number on both sides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connector.models.order import NO_DEADLINE

LINES = [{"seller_sku": "MUG-01", "quantity": 3}, {"seller_sku": "TEE-RED-M", "quantity": 1}]


def test_an_order_is_placed_corrected_invoiced_and_told_of(work: Any) -> None:
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    [order] = work.magento_orders()
    assert (row.sync_state, row.error_code) == ("synced", "")
    assert order["ext_order_id"] == order_id
    assert Decimal(str(order["grand_total"])) == Decimal(work.total(order_id)) == row.magento_grand_total
    assert order["state"] == "processing"
    assert len(order["invoices"]) == 1
    assert Decimal(str(order["invoices"][0]["grand_total"])) == Decimal(work.total(order_id))
    assert order["customer_email"] == "buyerid@tiktok.com"
    assert order_id in order["shipping_description"]
    [comment] = order["comments"]
    assert comment.splitlines()[0] == f"TikTok Shop order {order_id}: awaiting shipment"
    with work.tiktok.state.lock:
        external = work.tiktok.state.find_order(order_id)[1].external
    assert [reference.id for reference in external.values()] == [order["increment_id"]]
    assert work.timeline(order_id) == ["received", "status", "placed", "corrected", "invoiced", "external_reference"]


def test_stock_is_reserved_for_what_was_sold(work: Any) -> None:
    before = work.magento_books()["stock"]
    work.sync(work.place(lines=LINES))
    after = work.magento_books()["stock"]
    assert after["MUG-01"]["salable"] == before["MUG-01"]["salable"] - 3
    assert after["TEE-RED-M"]["salable"] == before["TEE-RED-M"]["salable"] - 1
    assert after["HAT-07"]["salable"] == before["HAT-07"]["salable"]
    assert work.magento_books()["inconsistencies"] == []


def test_the_same_news_again_changes_nothing(work: Any) -> None:
    order_id = work.place(lines=LINES)
    work.sync(order_id)
    first = work.magento_orders()
    for _ in range(3):
        row = work.sync(order_id)
    assert row.sync_state == "synced"
    assert work.magento_orders() == first


@pytest.mark.parametrize(("status", "ready"), [("UNPAID", "pay"), ("ON_HOLD", "release_hold")])
def test_an_order_that_is_not_ready_waits_and_is_created_when_it_is(work: Any, status: str, ready: str) -> None:
    order_id = work.place(lines=LINES, status=status)
    row = work.sync(order_id)
    assert (row.sync_state, row.waiting_for) == ("waiting", status.lower())
    assert work.magento_orders() == []
    work.act(order_id, ready)
    assert work.sync(order_id).sync_state == "synced"
    assert len(work.magento_orders(order_id)) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"},
        {"fulfillment_type": "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"},
        {"shipping_type": "TIKTOK_DIGITAL"},
    ],
    ids=["TikTok", "Tokopedia", "virtual goods"],
)
def test_an_order_fulfilled_by_tiktok_is_recorded_complete_and_touches_no_stock(
    work: Any, options: dict[str, str]
) -> None:
    before = work.magento_books()["stock"]
    order_id = work.place(lines=LINES, **options)
    row = work.sync(order_id)
    [order] = work.magento_orders()
    assert (row.sync_state, order["state"], order["increment_id"]) == ("synced", "complete", f"TT-{order_id}")
    assert Decimal(str(order["grand_total"])) == Decimal(work.total(order_id))
    assert {sku: stock["salable"] for sku, stock in work.magento_books()["stock"].items()} == {
        sku: stock["salable"] for sku, stock in before.items()
    }
    assert work.magento_books()["inconsistencies"] == []
    assert (row.is_fulfilled_by_tiktok, row.ship_due) == (True, NO_DEADLINE)


def test_an_order_cancelled_before_it_was_created_is_never_created(work: Any) -> None:
    order_id = work.place(lines=LINES)
    work.act(order_id, "cancel")
    assert work.sync(order_id).sync_state == "synced"
    assert work.magento_orders() == []


@pytest.mark.parametrize("invoice", [True, False])
def test_a_cancelled_order_is_undone_in_magento_and_its_stock_comes_back(work: Any, invoice: bool) -> None:
    work.configure(invoice=invoice)
    before = work.magento_books()["stock"]["MUG-01"]["salable"]
    order_id = work.place(lines=LINES)
    work.sync(order_id)
    work.act(order_id, "cancel")
    row = work.sync(order_id)
    [order] = work.magento_orders()
    assert row.sync_state == "synced"
    assert order["state"] == ("closed" if invoice else "canceled")
    assert len(order["creditmemos"]) == int(invoice)
    books = work.magento_books()
    assert books["stock"]["MUG-01"]["salable"] == before
    assert books["inconsistencies"] == []


def test_an_unknown_sku_is_an_error_that_names_it_and_makes_nothing(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "MUG-02", "quantity": 1}])
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code, row.error_subject) == ("error", "unknown_sku", "MUG-02")
    assert "MUG-02" in row.error_message
    assert row.error_remedy
    assert row.due_at is None
    assert work.magento_orders() == []


def test_too_little_stock_is_an_error_and_goes_through_once_there_is_enough(work: Any) -> None:
    with work.magento.state.lock:
        work.magento.state.source_quantity["MUG-01"] = Decimal(2)
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_subject) == ("error", "MUG-01")
    assert work.magento_orders() == []
    with work.magento.state.lock:
        work.magento.state.source_quantity["MUG-01"] = Decimal(3)
    assert work.sync(order_id).sync_state == "synced"
    assert len(work.magento_orders(order_id)) == 1


def test_a_person_may_create_it_without_stock(work: Any) -> None:
    from connector.sync import asks, converge

    with work.magento.state.lock:
        work.magento.state.source_quantity["MUG-01"] = Decimal(2)
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    asks.create_without_stock(row.id, "staff@example.com")
    converge.sync_order(row.id)
    [order] = work.magento_orders()
    assert (work.row(order_id).sync_state, order["state"]) == ("synced", "complete")
    assert work.magento_books()["inconsistencies"] == []


def test_a_hostile_name_arrives_as_it_is(work: Any) -> None:
    order_id = work.place(lines=LINES, recipient={"first_name": "<script>alert(1)</script>", "last_name": "Ünïcode 🎁"})
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders()
    address = order["shipping_address"]
    assert f"{address['firstname']} {address['lastname']}" == "<script>alert(1)</script> Ünïcode 🎁"
