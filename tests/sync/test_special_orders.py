"""Samples, replacements, cash on delivery and parcels that did not arrive, through both sandboxes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connector.sync import asks, converge, notes
from tests.sync.aftersales import Desk
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01"}]


def test_a_free_sample_is_created_at_price_0_and_marked(work: Any) -> None:
    order_id = work.place(lines=LINES, is_sample=True)
    row = work.sync_until_settled(order_id)
    [order] = work.magento_orders(order_id)
    assert (row.sync_state, row.marks, float(order["grand_total"])) == ("synced", " sample ", 0.0)
    assert "Sample." in order["comments"][0]


def test_samples_that_are_not_created_wait_for_somebody_to_ask(work: Any) -> None:
    work.configure(samples="skip")
    order_id = work.place(lines=LINES, is_sample=True)
    row = work.sync_until_settled(order_id)
    assert (row.sync_state, row.waiting_for, row.magento_order_id) == ("waiting", "sample", None)
    asks.create(row.id, "ada@example.com")
    assert work.sync_until_settled(order_id).sync_state == "synced"


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("replaced_order_id", ("Replaces", "Replaced by")),
        ("exchange_source_order_id", ("Exchange for", "Exchanged for")),
    ],
)
def test_a_replacement_and_its_original_name_each_other_in_magento(
    work: Any, option: str, words: tuple[str, str]
) -> None:
    first = work.place(lines=LINES)
    original = work.sync_until_settled(first)
    second = work.place(lines=LINES, **{option: first})
    row = work.sync_until_settled(second)
    assert (row.sync_state, row.replaces) == ("synced", first)
    [old], [new] = work.magento_orders(first), work.magento_orders(second)
    assert f"{words[0]} TikTok Shop order {first} (Magento order {original.magento_increment_id})." in new["comments"]
    assert f"{words[1]} TikTok Shop order {second} (Magento order {row.magento_increment_id})." in old["comments"]
    work.sync_until_settled(second)
    [again] = work.magento_orders(first)
    assert again["comments"] == old["comments"]


def test_cash_on_delivery_is_invoiced_once_delivered(work: Any) -> None:
    work.configure(cod_payment_method="cashondelivery", comment_on_status=False)
    with work.magento.state.lock:
        work.magento.state.settings.payment_methods.append("cashondelivery")
    order_id = work.place(lines=LINES, is_cod=True)
    row = work.sync_until_settled(order_id)
    [order] = work.magento_orders(order_id)
    assert (row.marks, order["state"], order["invoices"]) == (" cod ", "new", [])
    Merchant(work).ship(order_id, "1Z999AA10123456784")
    for action in ("ship", "collect", "deliver"):
        work.act(order_id, action)
        work.sync_until_settled(order_id)
        assert bool(work.magento_orders(order_id)[0]["invoices"]) is (action == "deliver")
    assert work.magento_orders(order_id)[0]["state"] == "complete"


def test_a_parcel_that_did_not_arrive_is_marked_told_and_left_to_a_person(work: Any) -> None:
    order_id = work.place(lines=LINES)
    work.sync_until_settled(order_id)
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    merchant.ship(order_id, "1Z999AA10123456784")
    work.sync_until_settled(order_id)
    work.act(order_id, "collect")
    work.sync_until_settled(order_id)
    work.act(order_id, "fail_delivery")
    row = work.sync_until_settled(order_id)
    assert row.marks == " failed_delivery cancelled_after_shipping "
    assert (row.sync_state, row.error_code) == ("error", "cancelled_after_shipping")
    work.sync_until_settled(order_id)
    [order] = work.magento_orders(order_id)
    assert sum("the delivery failed" in comment for comment in order["comments"]) == 1


@pytest.mark.parametrize(("setting", "sold"), [("credit", {"MUG-01": 1}), ("credit_stock", {})])
def test_a_parcel_that_did_not_arrive_is_credited_once_where_the_setting_says_so(
    desk: Desk, setting: str, sold: dict[str, int]
) -> None:
    desk.work.configure(failed_delivery=setting)
    order_id = desk.placed(lines=LINES, shipping_fee="4.99")
    Merchant(desk.work).map("ups", "UPS")
    desk.ship(order_id, until="collect")
    desk.settle(order_id)
    desk.act(order_id, "fail_delivery")
    for _ in range(2):
        row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    order = desk.magento(order_id)
    assert order is not None
    [memo] = order["creditmemos"]
    assert (order["state"], Decimal(str(memo["grand_total"]))) == ("closed", Decimal(desk.work.total(order_id)))
    assert desk.sold() == sold
    assert sum("the delivery failed" in comment for comment in order["comments"]) == 1
    assert sum("Credited in Magento" in said for said in desk.sentences(order_id)) == 1
    desk.assert_books_are_right()


def test_what_is_cancelled_after_shipping_without_a_failed_delivery_still_asks(desk: Desk) -> None:
    desk.work.configure(failed_delivery="credit_stock")
    order_id = desk.placed(lines=LINES)
    desk.ship(order_id)
    desk.act(order_id, "cancel", by="SYSTEM", reason="Suspected fraud")
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "cancelled_after_shipping")
    assert desk.magento(order_id)["creditmemos"] == []  # type: ignore[index]


@pytest.mark.parametrize(("setting", "sold"), [("tell", {"MUG-01": 1}), ("credit_stock", {})])
def test_a_failed_delivery_that_is_refunded_puts_its_stock_back_by_the_same_setting(
    desk: Desk, setting: str, sold: dict[str, int]
) -> None:
    desk.work.configure(failed_delivery=setting)
    order_id = desk.placed(lines=LINES)
    desk.ship(order_id, until="collect")
    with desk.work.tiktok.state.lock:
        _, order = desk.work.tiktok.state.find_order(order_id)
        package = order.packages[0]
        desk.work.tiktok.state.shop(None)._event(package, 80950, "Returned to sender")
    desk.settle(order_id)
    assert "failed_delivery" in desk.work.row(order_id).marks
    desk.act(order_id, "request_return", return_type="REFUND")
    desk.act(order_id, "approve_return")
    assert desk.settle(order_id).sync_state == "synced"
    assert desk.sold() == sold
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_the_orders_date_is_tiktoks_unless_the_setting_says_otherwise(work: Any) -> None:
    for date, way in (("tiktok", "reserve"), ("tiktok", "record"), ("magento", "reserve")):
        work.configure(order_date=date, create_way=way)
        order_id = work.place(lines=LINES)
        with work.tiktok.state.lock:
            work.tiktok.state.find_order(order_id)[1].create_time -= 7200
        work.sync_until_settled(order_id)
        with work.magento.state.lock:
            created = {
                order.row["created_at"]
                for order in work.magento.state.orders.values()
                if order.row["ext_order_id"] == order_id
            }
        row = work.row(order_id)
        assert (f"{row.create_time:%Y-%m-%d %H:%M:%S}" in created) is (date == "tiktok")


def test_a_note_of_the_staff_becomes_a_comment_once(work: Any) -> None:
    order_id = work.place(lines=LINES, status="ON_HOLD")
    row = work.sync_until_settled(order_id)
    notes.write(row.id, "Wrap it as a gift", "ada@example.com")
    work.act(order_id, "release_hold")
    work.sync_until_settled(order_id)
    notes.write(row.id, "Sent a card along", "bob@example.com")
    converge.sync_order(row.id)
    work.sync_until_settled(order_id)
    [order] = work.magento_orders(order_id)
    assert sum("Wrap it as a gift" in comment for comment in order["comments"]) == 1
    assert sum("Note of bob@example.com" in comment for comment in order["comments"]) == 1
    work.configure(tell_staff_notes=False)
    notes.write(row.id, "For us alone", "bob@example.com")
    work.sync_until_settled(order_id)
    assert not any("For us alone" in comment for comment in work.magento_orders(order_id)[0]["comments"])
