"""TikTok or the buyer cancels, in whole or in part: Magento follows. And the merchant cancels in Magento."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from connector.domain.magento_order import MagentoTrack
from connector.magento import read
from connector.magento.readers import order_from_document
from connector.models import Shop
from connector.models.transaction import transaction
from tests.sync.aftersales import OUT_OF_STOCK, Desk
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database


@pytest.mark.parametrize("by", ["BUYER", "SELLER", "SYSTEM"])
@pytest.mark.parametrize("status", ["UNPAID", "ON_HOLD", "AWAITING_SHIPMENT"])
def test_an_order_cancelled_before_it_was_created_is_not_created(desk: Desk, by: str, status: str) -> None:
    order_id = desk.placed(synced=False, status=status)
    desk.act(order_id, "cancel", by=by)
    row = desk.settle(order_id)
    assert (row.status, row.sync_state, desk.magento(order_id)) == ("CANCELLED", "synced", None)


def test_an_order_on_hold_in_magento_is_taken_off_hold_and_undone(desk: Desk) -> None:
    order_id = desk.placed()
    desk.admin.hold(desk.work.row(order_id).magento_order_id)
    desk.act(order_id, "cancel", by="BUYER")
    row = desk.settle(order_id)
    assert (row.sync_state, desk.magento(order_id)["state"], desk.sold()) == ("synced", "closed", {})
    desk.assert_books_are_right()


def test_an_order_shipped_in_magento_is_left_for_a_person_to_decide(desk: Desk) -> None:
    order_id = desk.placed()
    desk.ship(order_id)
    desk.settle(order_id)
    desk.act(order_id, "cancel", by="SYSTEM")
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "cancelled_after_shipping")
    order = desk.magento(order_id)
    assert (order["state"], order["creditmemos"]) == ("complete", [])
    # The merchant refunds it by hand: then both sides agree.
    magento_id = row.magento_order_id
    desk.admin.refund(magento_id, return_to_stock=[item["item_id"] for item in order["items"]])
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code, desk.sold()) == ("synced", "", {})
    desk.assert_books_are_right()


def test_an_order_that_was_undone_by_hand_needs_nothing_more(desk: Desk) -> None:
    order_id = desk.placed()
    desk.magento_cancels(order_id)
    desk.act(order_id, "cancel", by="BUYER")
    row = desk.settle(order_id)
    assert (row.sync_state, len(desk.magento(order_id)["creditmemos"])) == ("synced", 1)
    desk.assert_books_are_right()


# -- single lines ------------------------------------------------------------------------------------------------------------


def test_lines_cancelled_before_the_order_was_created_are_left_out_of_it(desk: Desk) -> None:
    order_id = desk.placed(synced=False)
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert row.sync_state == "synced"
    assert desk.sold() == {"MUG-01": 1, "HAT-07": 1}
    assert desk.magento(order_id)["creditmemos"] == []
    desk.assert_books_are_right()


def test_a_line_cancelled_between_placing_and_correcting_is_booked_and_credited(desk: Desk) -> None:
    order_id = desk.placed(synced=False)
    desk.fault("magento", kind="status", status=503, method="POST", path="/V1/orders$")
    desk.settle(order_id, most=1)  # placed, not corrected
    assert desk.work.row(order_id).magento_order_id is not None
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    assert desk.sold() == {"MUG-01": 1, "HAT-07": 1}
    desk.assert_books_are_right()


@pytest.mark.parametrize("is_cod", [False, True])
def test_without_an_invoice_a_line_cancelled_between_placing_and_correcting_is_told_too(
    desk: Desk, is_cod: bool
) -> None:
    desk.work.configure(invoice=is_cod)
    order_id = desk.placed(synced=False, is_cod=is_cod)
    desk.fault("magento", kind="status", status=503, method="POST", path="/V1/orders$")
    desk.settle(order_id, most=1)  # placed, not corrected
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "lines_cancelled_uninvoiced")
    [order] = desk.work.magento_orders(order_id)
    assert order["grand_total"] == row.magento_grand_total  # corrected all the same, and shown so


def test_without_an_invoice_a_person_is_told_what_to_invoice_and_the_rest_is_cancelled(desk: Desk) -> None:
    desk.work.configure(invoice=False)
    order_id = desk.placed()
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "lines_cancelled_uninvoiced")
    assert "1 × MUG-01" in row.error_message
    desk.admin.invoice(row.magento_order_id)  # all of it: what was cancelled is credited
    row = desk.settle(order_id)
    assert (row.sync_state, desk.sold()) == ("synced", {"MUG-01": 1, "HAT-07": 1})
    desk.assert_books_are_right()


def test_an_order_of_which_only_a_part_was_invoiced_is_credited_and_cancelled(desk: Desk) -> None:
    desk.work.configure(invoice=False)
    order_id = desk.placed()
    desk.invoice(order_id, "HAT-07")
    desk.act(order_id, "cancel", by="SYSTEM")
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code, desk.sold()) == ("synced", "", {})
    assert len(desk.magento(order_id)["creditmemos"]) == 1
    desk.assert_books_are_right()


@pytest.mark.parametrize("sku", ["", "HAT-07"], ids=["the order", "an item"])
def test_where_the_money_was_given_back_without_the_items_a_person_is_told(desk: Desk, sku: str) -> None:
    """Magento then credits no item any more, whatever it is asked: the order is not planned anew again and again."""
    order_id = desk.placed()
    magento_id, total = desk.work.row(order_id).magento_order_id, Decimal(desk.work.total(order_id))
    no_item = {desk.item(order_id, "HAT-07"): 0}
    desk.admin.refund(magento_id, no_item, shipping_amount=Decimal(0), adjustment_positive=total)
    desk.act(order_id, "cancel", by="BUYER", **({"unit_ids": desk.line_ids(order_id, sku)} if sku else {}))
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "credit_refused")
    assert f"{total} of {total} was given back" in row.error_message


def test_the_last_of_a_shipping_fee_in_another_currency_is_credited_to_the_cent(desk: Desk) -> None:
    """In Magento's currency the two parts come to a cent more than the whole, which Magento refuses to give back."""
    desk.work.configure(exchange_rate="1.3246")
    order_id = desk.placed(region="GB", shipping_fee="4.99")
    for sku, shipping in (("MUG-01", "2.50"), ("HAT-07", "2.49")):
        desk.act(order_id, "cancel", by="BUYER", unit_ids=desk.line_ids(order_id, sku), shipping=shipping)
        row = desk.settle(order_id)
        assert (row.sync_state, row.error_message) == ("synced", "")
    memos = desk.magento(order_id)["creditmemos"]
    assert sum(Decimal(str(memo["shipping_amount"])) for memo in memos) == Decimal("4.16")
    desk.settle(order_id)
    assert len(desk.magento(order_id)["creditmemos"]) == 4


def test_shipping_that_tiktok_gives_back_with_a_cancelled_line_is_credited_once(desk: Desk) -> None:
    order_id = desk.placed(shipping_fee="4.99")
    desk.act(order_id, "cancel", by="SYSTEM", unit_ids=desk.line_ids(order_id, "MUG-01"), shipping="2.00")
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "HAT-07"))
    for _ in range(2):
        row = desk.settle(order_id)
        memos = desk.magento(order_id)["creditmemos"]
        assert (row.sync_state, row.error_code) == ("synced", "")
        assert [Decimal(str(memo["shipping_amount"])) for memo in memos] == [0, Decimal("2.00")]
    assert desk.sold() == {"MUG-01": 1}
    # The rest is cancelled, too: all that is left of the shipping goes back with it.
    desk.act(order_id, "cancel", by="SYSTEM")
    assert desk.settle(order_id).sync_state == "synced"
    order = desk.magento(order_id)
    assert (order["state"], len(order["creditmemos"]), desk.sold()) == ("closed", 3, {})
    desk.assert_books_are_right()


def test_shipping_that_was_credited_by_hand_is_not_credited_again(desk: Desk) -> None:
    """With the item, in one memo; it counts once: what TikTok gives back later is credited."""
    order_id = desk.placed(shipping_fee="4.99")
    desk.admin.refund(
        desk.work.row(order_id).magento_order_id, {desk.item(order_id, "HAT-07"): 1}, shipping_amount=Decimal("2.00")
    )
    desk.act(order_id, "cancel", by="BUYER", unit_ids=desk.line_ids(order_id, "HAT-07"), shipping="2.00")
    assert desk.settle(order_id).sync_state == "synced"
    assert len(desk.magento(order_id)["creditmemos"]) == 1
    desk.act(order_id, "cancel", by="BUYER", unit_ids=desk.line_ids(order_id, "MUG-01"), shipping="1.50")
    assert desk.settle(order_id).sync_state == "synced"
    memos = desk.magento(order_id)["creditmemos"]
    assert sum(Decimal(str(memo["shipping_amount"])) for memo in memos) == Decimal("3.50")
    desk.assert_books_are_right()


def test_a_cancelled_line_that_was_shipped_in_magento_is_for_a_person(desk: Desk) -> None:
    order_id = desk.placed()
    row = desk.work.row(order_id)
    items = {item.sku: item.item_id for item in desk.admin.get_order(row.magento_order_id).items}
    track = MagentoTrack(track_number="1Z999AA10123456784", carrier_code="ups", title="UPS")
    desk.admin.ship(row.magento_order_id, {items["MUG-01"]: 2}, [track])
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "cancelled_after_shipping")
    assert desk.magento(order_id)["creditmemos"] == []


def test_on_hold_in_magento_cancelled_lines_wait_for_a_person(desk: Desk) -> None:
    order_id = desk.placed()
    magento_id = desk.work.row(order_id).magento_order_id
    desk.admin.hold(magento_id)
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "HAT-07"))
    assert desk.settle(order_id).error_code == "on_hold_in_magento"
    desk.admin.unhold(magento_id)
    assert desk.settle(order_id).sync_state == "synced"
    assert desk.sold() == {"MUG-01": 2}


def test_what_was_credited_by_hand_is_not_credited_again(desk: Desk) -> None:
    order_id = desk.placed()
    magento_id = desk.work.row(order_id).magento_order_id
    mug = next(item for item in desk.admin.get_order(magento_id).items if item.sku == "MUG-01")
    desk.admin.refund(magento_id, {mug.item_id: 1}, shipping_amount=None)
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert (row.sync_state, len(desk.magento(order_id)["creditmemos"])) == ("synced", 1)
    assert desk.sold() == {"MUG-01": 1, "HAT-07": 1}


# -- in Magento ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("invoice", [True, False], ids=["invoiced", "not invoiced"])
def test_cancelled_in_magento_by_default_it_is_a_task_with_a_button(desk: Desk, invoice: bool) -> None:
    desk.work.configure(invoice=invoice)
    order_id = desk.placed()
    desk.magento_cancels(order_id)
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "cancelled_in_magento")
    assert desk.tiktok(order_id) == "AWAITING_SHIPMENT"
    desk.cancel(order_id)  # the button
    row = desk.settle(order_id)
    assert (desk.tiktok(order_id), row.sync_state, row.error_code) == ("CANCELLED", "synced", "")
    assert desk.sold() == {}
    desk.assert_books_are_right()


@pytest.mark.parametrize("invoice", [True, False], ids=["invoiced", "not invoiced"])
def test_cancelled_in_magento_it_is_cancelled_on_tiktok_where_the_setting_says_so(desk: Desk, invoice: bool) -> None:
    desk.work.configure(invoice=invoice, magento_cancel="cancel", magento_cancel_reason="Pricing error")
    order_id = desk.placed()
    desk.magento_cancels(order_id)
    row = desk.settle(order_id)
    assert (desk.tiktok(order_id), row.sync_state) == ("CANCELLED", "synced")
    [cancellation] = desk.tiktok_book(order_id)["cancellations"]
    assert cancellation["reason"] == "seller_cancel_reason_wrong_price"
    [ask] = desk.asks(order_id)
    assert (ask.actor, ask.state, ask.from_magento) == ("Magento", "confirmed", True)
    calls = len(desk.work.magento.state.calls)
    desk.settle(order_id)
    desk.settle(order_id)
    assert len(desk.asks(order_id)) == 1  # neither side answers the other's answer
    assert not [c for c in list(desk.work.magento.state.calls)[calls:] if c.method == "POST"]


def test_cancelled_in_magento_a_refusal_of_tiktok_is_told_and_not_tried_again(desk: Desk) -> None:
    desk.work.configure(magento_cancel="cancel")
    order_id = desk.placed()
    desk.act(order_id, "ship")
    desk.magento_cancels(order_id)
    with_status = desk.settle(order_id)
    # Credited after it was shipped on TikTok: that is a refund of the merchant's, not a cancellation.
    assert with_status.sync_state == "synced"
    assert desk.asks(order_id) == []


def test_cancelled_in_magento_uninvoiced_and_shipped_on_tiktok_the_refusal_is_told(desk: Desk) -> None:
    desk.work.configure(magento_cancel="cancel", invoice=False)
    order_id = desk.placed()
    desk.act(order_id, "ship")
    desk.magento_cancels(order_id)
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "cancelled_in_magento")
    assert "TikTok Shop refused" in row.error_message
    desk.settle(order_id)
    assert len(desk.asks(order_id)) == 1


def test_cancelled_in_magento_nothing_happens_where_the_setting_says_so(desk: Desk) -> None:
    desk.work.configure(magento_cancel="nothing")
    order_id = desk.placed()
    desk.magento_cancels(order_id)
    row = desk.settle(order_id)
    assert (row.sync_state, desk.tiktok(order_id), desk.asks(order_id)) == ("synced", "AWAITING_SHIPMENT", [])


def test_the_watch_notices_a_cancellation_in_magento(desk: Desk) -> None:
    desk.work.configure(magento_cancel="cancel", magento_cancel_reason=OUT_OF_STOCK)
    order_id = desk.placed()
    merchant: Any = Merchant(desk.work)
    merchant.look()
    desk.magento_cancels(order_id)
    merchant.settle()
    assert desk.tiktok(order_id) == "CANCELLED"


def test_an_order_that_was_edited_in_magento_is_not_cancelled_on_tiktok(desk: Desk) -> None:
    desk.work.configure(invoice=False, magento_cancel="cancel")
    order_id = desk.placed()
    magento_id = desk.work.row(order_id).magento_order_id
    edited = {"entity_id": magento_id, "relation_child_id": "99", "relation_child_real_id": "000000001-1"}
    desk.admin.call("POST", "/orders", order_from_document, body={"entity": edited})
    assert desk.admin.cancel(magento_id)
    row = desk.settle(order_id)
    assert (row.error_code, desk.tiktok(order_id)) == ("cancelled_in_magento", "AWAITING_SHIPMENT")
    assert "order 000000001-1 stands in its place" in row.error_message


@pytest.mark.parametrize("setting", ["ask", "cancel"])
def test_the_rest_cancelled_in_magento_does_not_cancel_the_part_that_has_gone(desk: Desk, setting: str) -> None:
    """Magento calls the whole order cancelled, where nothing of it is invoiced."""
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    desk.work.configure(invoice=False, magento_cancel=setting, magento_credit=setting)
    order_id = desk.placed()
    merchant.ship(order_id, "1Z-HAT", only={"HAT-07": 1})
    assert desk.admin.cancel(desk.work.row(order_id).magento_order_id)
    merchant.settle()
    row = desk.settle(order_id)
    assert desk.magento(order_id)["state"] == "canceled"
    assert merchant.told(order_id) == {"1Z-HAT": Counter({"HAT-07": 1})}
    expected = ("PARTIALLY_SHIPPING", "credited_in_magento") if setting == "ask" else ("AWAITING_COLLECTION", "")
    assert (merchant.status(order_id), row.error_code) == expected


@pytest.mark.parametrize("carrier", ["ups", "dpd"], ids=["told", "with a carrier that is not mapped"])
def test_an_order_that_has_gone_and_was_then_credited_is_not_cancelled_on_tiktok(desk: Desk, carrier: str) -> None:
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    desk.work.configure(magento_cancel="cancel", magento_credit="cancel")
    order_id = desk.placed()
    merchant.ship(order_id, "1Z-ALL", carrier=carrier)
    desk.admin.refund(desk.work.row(order_id).magento_order_id)
    merchant.settle()
    row = desk.settle(order_id)
    is_told = carrier == "ups"
    assert (row.error_code, desk.tiktok(order_id)) == (
        ("", "AWAITING_COLLECTION") if is_told else ("cancelled_in_magento", "AWAITING_SHIPMENT")
    )
    assert desk.asks(order_id) == []


# -- credited in Magento, item by item -----------------------------------------------------------------------------------------


def credit(desk: Desk, order_id: str, *skus: str, comment: str = "") -> None:
    """The merchant makes a credit memo in Magento's admin for one piece of each SKU."""
    magento_id = desk.work.row(order_id).magento_order_id
    items = {item.sku: item.item_id for item in desk.admin.get_order(magento_id).items}
    chosen = [items[sku] for sku in skus]
    pieces = {item_id: chosen.count(item_id) for item_id in chosen}
    desk.admin.refund(magento_id, pieces, shipping_amount=Decimal(0), comment=comment)


def test_items_credited_in_magento_are_cancelled_on_tiktok_with_the_reason_of_the_comment(desk: Desk) -> None:
    desk.work.configure(magento_credit="cancel", magento_cancel_words={"typo": "Pricing error"})
    order_id = desk.placed()
    credit(desk, order_id, "MUG-01", comment="A typo in the price list")
    row = desk.settle(order_id)
    assert (desk.tiktok(order_id), row.sync_state) == ("AWAITING_SHIPMENT", "synced")
    [cancellation] = desk.tiktok_book(order_id)["cancellations"]
    assert cancellation["reason"] == "seller_cancel_reason_wrong_price"
    assert cancellation["unit_ids"] == desk.line_ids(order_id, "MUG-01")
    credit(desk, order_id, "HAT-07", comment="gone")
    row = desk.settle(order_id)
    assert [one["reason"] for one in desk.tiktok_book(order_id)["cancellations"]][1] == OUT_OF_STOCK
    desk.settle(order_id)
    assert [len(ask.line_ids or ()) for ask in desk.asks(order_id)] == [1, 1]
    # Neither side answers the other's answer: no credit memo beside the merchant's two.
    assert len(desk.magento(order_id)["creditmemos"]) == 2
    desk.assert_books_are_right()


def test_items_credited_in_magento_are_by_default_a_task_until_somebody_decides(desk: Desk) -> None:
    order_id = desk.placed()
    credit(desk, order_id, "MUG-01")
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "credited_in_magento")
    assert "1 × MUG-01" in row.error_message
    desk.cancel(order_id, line_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code, desk.tiktok(order_id)) == ("synced", "", "AWAITING_SHIPMENT")
    desk.work.configure(magento_credit="nothing")
    credit(desk, order_id, "HAT-07")
    assert desk.settle(order_id).sync_state == "synced"
    assert len(desk.asks(order_id)) == 1


def test_all_items_credited_in_magento_cancel_the_whole_order(desk: Desk) -> None:
    desk.work.configure(magento_credit="cancel", magento_cancel="cancel")
    order_id = desk.placed()
    credit(desk, order_id, "MUG-01", "MUG-01", "HAT-07")
    row = desk.settle(order_id)
    assert (desk.tiktok(order_id), row.sync_state) == ("CANCELLED", "synced")
    assert [ask.line_ids for ask in desk.asks(order_id)] == [None]
    desk.assert_books_are_right()


def test_what_tiktok_refuses_of_credited_items_is_told_once_and_shipping_is_not_held_up(desk: Desk) -> None:
    desk.work.configure(magento_credit="cancel", magento_cancel_reason="no such reason")
    order_id = desk.placed()
    credit(desk, order_id, "MUG-01")
    desk.fault(
        "tiktok",
        kind="status",
        status=200,
        method="POST",
        path="/cancellations$",
        times=None,
        body='{"code": 25001001, "message": "Not now", "request_id": "r"}',
    )
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "credited_in_magento")
    assert "TikTok Shop refused" in row.error_message
    desk.settle(order_id)
    assert len(desk.asks(order_id)) == 1
    desk.ship(order_id)
    assert desk.settle(order_id).error_code == ""


@pytest.mark.parametrize("undone_by", ["credit memo", "cancellation"])
@pytest.mark.parametrize("setting", ["ask", "cancel"])
def test_what_is_undone_in_magento_beside_a_part_that_is_shipped_reaches_tiktok(
    desk: Desk, setting: str, undone_by: str
) -> None:
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    desk.work.configure(invoice=undone_by == "credit memo", magento_credit=setting)
    order_id = desk.placed()
    magento_id = desk.work.row(order_id).magento_order_id
    if undone_by == "credit memo":
        credit(desk, order_id, "MUG-01", "MUG-01")
    else:
        hat = next(item for item in desk.admin.get_order(magento_id).items if item.sku == "HAT-07")
        body = {"capture": True, "items": [{"order_item_id": hat.item_id, "qty": 1}]}
        desk.admin.call("POST", f"/order/{magento_id}/invoice", read.integer, body=body)
        assert desk.admin.cancel(magento_id)  # of what is not invoiced
    merchant.ship(order_id, "1Z-HAT", only={"HAT-07": 1})
    merchant.settle()
    row = desk.settle(order_id)
    assert merchant.told(order_id) == {"1Z-HAT": Counter({"HAT-07": 1})}
    if setting == "ask":
        assert (row.sync_state, row.error_code) == ("error", "credited_in_magento")
        assert "2 × MUG-01" in row.error_message
        assert merchant.status(order_id) == "PARTIALLY_SHIPPING"
    else:
        assert (row.sync_state, merchant.status(order_id)) == ("synced", "AWAITING_COLLECTION")
        [ask] = desk.asks(order_id)
        assert sorted(ask.line_ids or ()) == sorted(desk.line_ids(order_id, "MUG-01", "MUG-01"))
    assert desk.sold() == {"HAT-07": 1}


def test_a_package_of_which_an_item_was_credited_in_magento_is_a_task(desk: Desk) -> None:
    """Where TikTok ships packages as a whole, one that waits for an item that Magento ships no more waits for a person."""
    with transaction() as session:
        session.execute(update(Shop).values(region="ID"))
    merchant = Merchant(desk.work, "ID")
    merchant.map("ups", "J&T Express")
    desk.work.configure(exchange_rate="0.0001")
    order_id = desk.placed(region="ID")
    credit(desk, order_id, "MUG-01", "MUG-01")
    merchant.ship(order_id, "JT-HAT-1", only={"HAT-07": 1})
    merchant.settle()
    assert merchant.told(order_id) == {}
    assert desk.settle(order_id).error_code == "credited_in_magento"
