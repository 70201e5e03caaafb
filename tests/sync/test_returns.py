"""Returns and refunds: shown on the order, and credited in Magento once, with the amounts and the stock that belong to them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from connector.extensions import db
from connector.models import Credit, Shop
from connector.models.transaction import end_transaction
from connector.sync import aftersales
from tests.sync.aftersales import LINES, Desk, held_back, sent_twice

pytestmark = pytest.mark.either_database
FEES = {"shipping_fee": "4.99"}


@pytest.fixture
def delivered(desk: Desk) -> tuple[Desk, str]:
    order_id = desk.placed(**FEES)
    desk.ship(order_id, until="deliver")
    desk.settle(order_id)
    return desk, order_id


def refund(desk: Desk, order_id: str, return_type: str = "RETURN_AND_REFUND", **options: Any) -> None:
    """The buyer asks, and everything goes its way until the money is back."""
    desk.act(order_id, "request_return", return_type=return_type, **options)
    for _ in range(2 if return_type == "RETURN_AND_REFUND" else 1):
        desk.act(order_id, "approve_return")


def test_a_return_is_shown_from_its_request_on(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    desk.act(order_id, "request_return", unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    one = desk.returned(order_id)
    assert (row.return_state, row.sync_state) == ("open", "synced")
    assert (one.return_type, one.status) == ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING")
    assert one.line_ids == desk.line_ids(order_id, "MUG-01")
    assert one.deadline is not None
    assert one.refund_total > 0
    assert desk.magento(order_id)["creditmemos"] == []
    assert any("waits" in s or "pending" in s for s in desk.sentences(order_id))


def test_a_rejected_return_ends_without_a_credit_memo(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    desk.act(order_id, "request_return")
    desk.act(order_id, "reject_return")
    row = desk.settle(order_id)
    assert (row.return_state, row.sync_state, desk.magento(order_id)["creditmemos"]) == ("settled", "synced", [])


def test_everything_sent_back_is_credited_to_the_cent_and_returns_to_stock(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    refund(desk, order_id)
    row = desk.settle(order_id)
    order = desk.magento(order_id)
    [memo] = order["creditmemos"]
    assert (row.sync_state, row.error_code, order["state"]) == ("synced", "", "closed")
    assert Decimal(str(memo["grand_total"])) == Decimal(desk.work.total(order_id))
    assert desk.sold() == {}
    assert memo["comments"][0]["comment"] == f"TikTok Shop return {desk.returned(order_id).return_id}"
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


@pytest.mark.parametrize("to_stock", [True, False])
def test_some_items_sent_back_are_credited_without_shipping(desk: Desk, to_stock: bool) -> None:
    desk.work.configure(return_to_stock=to_stock)
    order_id = desk.placed(**FEES)
    desk.ship(order_id, until="deliver")
    refund(desk, order_id, unit_ids=desk.line_ids(order_id, "MUG-01"))
    row = desk.settle(order_id)
    [memo] = desk.magento(order_id)["creditmemos"]
    assert row.sync_state == "synced"
    assert {item["sku"]: int(item["qty"]) for item in memo["items"]} == {"MUG-01": 1}
    assert Decimal(str(memo["shipping_amount"])) == 0
    assert desk.sold() == {"MUG-01": 1 if to_stock else 2, "HAT-07": 1}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_a_part_of_a_bundle_that_was_sent_back_is_left_to_a_person(desk: Desk) -> None:
    order_id = desk.placed(lines=[{"seller_sku": "SET-TEE-MUG"}])
    desk.ship(order_id, until="deliver")
    [bundle] = desk.tiktok_book(order_id)["line_items"]
    tee = next(part["id"] for part in bundle["parts"] if part["seller_sku"] == "TEE-RED-M")
    refund(desk, order_id, part_ids=[tee])
    row = desk.settle(order_id)
    assert (row.sync_state, row.needs_look, desk.magento(order_id)["creditmemos"]) == ("synced", True, [])
    assert desk.returned(order_id).parts == {bundle["id"]: [tee]}
    assert any("1 × TEE-RED-M" in sentence for sentence in desk.sentences(order_id))
    assert desk.sold() == {"TEE-RED-M": 1, "MUG-01": 2}


def test_a_whole_bundle_that_was_sent_back_is_credited_with_its_parts(desk: Desk) -> None:
    order_id = desk.placed(lines=[{"seller_sku": "SET-TEE-MUG"}])
    desk.ship(order_id, until="deliver")
    refund(desk, order_id)
    row = desk.settle(order_id)
    assert (row.sync_state, row.needs_look, desk.magento(order_id)["state"]) == ("synced", False, "closed")
    assert desk.sold() == {}
    desk.assert_refunded_once(order_id)


def test_returns_one_after_the_other_are_each_credited_once(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    for line in desk.line_ids(order_id, "MUG-01", "MUG-01"):
        refund(desk, order_id, unit_ids=[line])
        desk.settle(order_id)
        desk.settle(order_id)
    assert len(desk.magento(order_id)["creditmemos"]) == 2
    assert desk.sold() == {"HAT-07": 1}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_a_refund_without_return_credits_the_items_and_leaves_the_stock(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "HAT-07"))
    row = desk.settle(order_id)
    [memo] = desk.magento(order_id)["creditmemos"]
    assert row.sync_state == "synced"
    assert {item["sku"]: int(item["qty"]) for item in memo["items"]} == {"HAT-07": 1}
    assert desk.sold() == {"MUG-01": 2, "HAT-07": 1}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_some_money_back_is_a_credit_memo_of_money_alone(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "HAT-07"), amount="5.00")
    row = desk.settle(order_id)
    [memo] = desk.magento(order_id)["creditmemos"]
    assert (row.sync_state, memo["items"]) == ("synced", [])
    assert Decimal(str(memo["adjustment_positive"])) == Decimal("5.00")
    assert desk.sold() == {"MUG-01": 2, "HAT-07": 1}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_an_item_sent_back_for_less_than_it_cost_is_credited_less_the_difference(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    refund(desk, order_id, unit_ids=desk.line_ids(order_id, "HAT-07"), amount="5.00")
    row = desk.settle(order_id)
    [memo] = desk.magento(order_id)["creditmemos"]
    assert row.sync_state == "synced"
    assert {item["sku"]: int(item["qty"]) for item in memo["items"]} == {"HAT-07": 1}
    assert Decimal(str(memo["grand_total"])) == Decimal("5.00")
    assert desk.sold() == {"MUG-01": 2}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


@pytest.mark.parametrize(
    "options",
    [
        {"region": "GB", "lines": [{"seller_sku": "MUG-01", "quantity": 2, "seller_discount": "1.50"}]},
        {"lines": [{"seller_sku": "MUG-01", "quantity": 3, "seller_discount": "1.00", "platform_discount": "0.50"}]},
        {"fees": {"retail_delivery_fee": "0.28"}},
        {"shipping_fee": "6.00", "shipping_fee_seller_discount": "2.00"},
        {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"},
    ],
    ids=["VAT included", "discounts", "fee", "shipping discount", "fulfilled by TikTok"],
)
def test_whatever_the_amounts_are_made_of_a_whole_refund_is_the_whole_order(
    desk: Desk, options: dict[str, Any]
) -> None:
    order_id = desk.placed(**({"lines": LINES} | options))
    desk.ship(order_id, until="deliver", also_in_magento="fulfillment_type" not in options)
    refund(desk, order_id)
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    desk.assert_refunded_once(order_id)
    assert desk.magento(order_id)["state"] == "closed"
    assert desk.sold() == {}
    desk.assert_books_are_right()


@pytest.mark.parametrize("region", ["US", "GB"])
def test_items_with_discounts_come_back_to_the_cent(desk: Desk, region: str) -> None:
    lines = [{"seller_sku": "MUG-01", "quantity": 3, "seller_discount": "1.00"}, {"seller_sku": "HAT-07"}]
    order_id = desk.placed(region=region, lines=lines)
    desk.ship(order_id, until="deliver")
    for line in desk.line_ids(order_id, "MUG-01", "MUG-01"):
        refund(desk, order_id, unit_ids=[line])
        desk.settle(order_id)
    order = desk.magento(order_id)
    credited = sum(Decimal(str(memo["grand_total"])) for memo in order["creditmemos"])
    refunded = sum(Decimal(one["refunded"]) for one in desk.tiktok_book(order_id)["returns"])
    # Magento shares a row's amounts out over its pieces in its own way: a cent may fall on another piece.
    assert abs(credited - refunded) <= Decimal("0.01") * 2
    desk.assert_books_are_right()


# -- the settings, and by hand ---------------------------------------------------------------------------------------------------


def test_only_told_where_the_setting_says_so(desk: Desk) -> None:
    desk.work.configure(refunds="tell")
    order_id = desk.placed()
    desk.ship(order_id, until="deliver")
    refund(desk, order_id)
    for _ in range(2):
        row = desk.settle(order_id)
    order = desk.magento(order_id)
    assert (row.sync_state, order["creditmemos"], desk.returned(order_id).followed) == ("synced", [], "told")
    assert sum("TikTok Shop refunded" in comment for comment in order["comments"]) == 1


def test_credited_by_hand_before_it_is_not_credited_again(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    magento_id = desk.work.row(order_id).magento_order_id
    hat = next(item for item in desk.admin.get_order(magento_id).items if item.sku == "HAT-07")
    desk.admin.refund(magento_id, {hat.item_id: 1}, return_to_stock=[hat.item_id])
    refund(desk, order_id, unit_ids=desk.line_ids(order_id, "HAT-07"))
    row = desk.settle(order_id)
    assert (row.sync_state, len(desk.magento(order_id)["creditmemos"])) == ("synced", 1)
    assert desk.returned(order_id).followed == "credited"


def test_a_refund_of_money_alone_made_by_hand_is_taken_for_it(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    magento_id = desk.work.row(order_id).magento_order_id
    hat = next(item for item in desk.admin.get_order(magento_id).items if item.sku == "HAT-07")
    five = Decimal("5.00")
    desk.admin.refund(magento_id, {hat.item_id: 0}, shipping_amount=Decimal(0), adjustment_positive=five)
    refund(desk, order_id, "REFUND", unit_ids=[desk.line_ids(order_id, "HAT-07")[0]], amount="5.00")
    desk.settle(order_id)
    assert len(desk.magento(order_id)["creditmemos"]) == 1


def test_the_order_in_magento_on_hold_waits_for_a_person(desk: Desk) -> None:
    order_id = desk.placed()
    desk.admin.hold(desk.work.row(order_id).magento_order_id)
    desk.ship(order_id, until="deliver", also_in_magento=False)
    refund(desk, order_id)
    assert desk.settle(order_id).error_code == "on_hold_in_magento"
    desk.admin.unhold(desk.work.row(order_id).magento_order_id)
    assert desk.settle(order_id).sync_state == "synced"
    desk.assert_refunded_once(order_id)


def test_refunded_before_it_was_invoiced_it_is_credited_once_it_is(desk: Desk) -> None:
    """The merchant holds it before the invoice, which failed once; it is refunded, and taken off hold."""
    order_id = desk.placed(synced=False)
    desk.fault("magento", kind="status", status=503, method="POST", path="/invoice", times=1)
    magento_id = desk.work.sync(order_id).magento_order_id
    desk.admin.hold(magento_id)
    desk.ship(order_id, until="deliver", also_in_magento=False)
    refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "HAT-07"))
    assert desk.settle(order_id).error_code == "on_hold_in_magento"
    desk.admin.unhold(magento_id)
    assert desk.settle(order_id).sync_state == "synced"
    assert len(desk.magento(order_id)["invoices"]) == 1
    desk.assert_refunded_once(order_id)


def test_cash_on_delivery_refunded_on_its_way_is_credited_once_it_is_delivered(desk: Desk) -> None:
    order_id = desk.placed(is_cod=True)
    desk.ship(order_id, until="collect")
    desk.settle(order_id)
    refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "MUG-01"))
    assert desk.settle(order_id).sync_state == "synced"
    assert desk.returned(order_id).followed == ""
    desk.act(order_id, "deliver")
    assert desk.settle(order_id).sync_state == "synced"
    assert len(desk.magento(order_id)["invoices"]) == 1
    desk.assert_refunded_once(order_id)


def test_refunded_is_what_was_never_invoiced_it_is_told(desk: Desk) -> None:
    """The merchant invoices by hand, and has invoiced the other item alone. Magento refuses a credit memo of nothing."""
    desk.work.configure(invoice=False)
    order_id = desk.placed()
    desk.invoice(order_id, "HAT-07")
    desk.ship(order_id, until="deliver")
    refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "MUG-01"))
    assert desk.settle(order_id).sync_state == "synced"
    assert (desk.returned(order_id).followed, desk.magento(order_id)["creditmemos"]) == ("told", [])


def test_the_poll_finds_a_refund_that_nobody_told_of(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    refund(desk, order_id)
    shop_id = db.session.scalar(db.select(Shop.id))
    end_transaction()
    assert aftersales.poll(shop_id) == 1
    desk.settle(order_id)
    desk.assert_refunded_once(order_id)
    assert aftersales.poll(shop_id) == 0


# -- the bad days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["status", "drop", "cut", "bad_json"])
@pytest.mark.parametrize(
    ("side", "method", "path"),
    [
        ("magento", "POST", "/refund$"),
        ("magento", "GET", "/creditmemos"),
        ("tiktok", "POST", "/returns/search"),
    ],
)
@pytest.mark.parametrize("part", ["money", "items"])
def test_nothing_is_refunded_twice_whatever_becomes_of_a_call(
    delivered: tuple[Desk, str], clock: Any, side: str, method: str, path: str, kind: str, part: str
) -> None:
    desk, order_id = delivered
    fault = {"kind": kind, "method": method, "path": path} | ({"status": 500} if kind == "status" else {})
    desk.fault(side, **fault)
    line = desk.line_ids(order_id, "MUG-01")
    refund(desk, order_id, "REFUND", unit_ids=line, amount="3.00" if part == "money" else None)
    desk.settle(order_id, most=3)
    assert desk.hits(side) == 1
    assert len(desk.magento(order_id)["creditmemos"]) <= 1
    clock.turn(minutes=61)
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    assert len(desk.magento(order_id)["creditmemos"]) == 1
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


@pytest.mark.parametrize("late", [3, 55])
@pytest.mark.parametrize("amount", ["3.00", None], ids=["money", "one of two"])
def test_an_attempt_that_may_still_be_at_work_is_not_repeated(
    desk: Desk, clock: Any, amount: str | None, late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed(**FEES)
    desk.ship(order_id, until="deliver")
    refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "MUG-01"), amount=amount)
    [call] = lost(desk, order_id, monkeypatch)
    # Magento was at work on it all the while, and is done now, late.
    clock.turn(minutes=late)
    row = desk.settle(order_id, most=4)
    assert (row.error_code, desk.magento(order_id)["creditmemos"]) == ("credit_unclear", [])
    call()
    clock.turn(minutes=61)
    row = desk.settle(order_id)
    assert (row.sync_state, len(desk.magento(order_id)["creditmemos"])) == ("synced", 1)
    desk.assert_refunded_once(order_id)
    credit = db.session.query(Credit).one()
    assert (credit.state, credit.creditmemo_id) == ("done", desk.magento(order_id)["creditmemos"][0]["entity_id"])
    end_transaction()


@pytest.mark.parametrize("is_late", [True, False], ids=["done late", "done after ours"])
@pytest.mark.parametrize("part", ["items", "whole order"])
def test_an_attempt_that_magento_would_refuse_twice_is_repeated_after_a_minute(
    desk: Desk, clock: Any, part: str, is_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed(**FEES)
    if part == "whole order":
        desk.act(order_id, "cancel", by="SYSTEM")
    else:
        desk.ship(order_id, until="deliver")
        refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "HAT-07"))
    [call] = lost(desk, order_id, monkeypatch)
    clock.turn(seconds=20)
    assert desk.settle(order_id, most=2).error_code == "credit_unclear"
    if is_late:
        call()
    clock.turn(seconds=60)
    row = desk.settle(order_id)
    if not is_late:
        assert call().status == 400  # Magento refuses what was credited meanwhile
    assert (row.sync_state, len(desk.magento(order_id)["creditmemos"])) == ("synced", 1)
    if part == "whole order":
        assert (desk.sold(), desk.magento(order_id)["state"]) == ({}, "closed")
        return
    desk.assert_refunded_once(order_id)


def lost(desk: Desk, order_id: str, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Any]]:
    """The refund is asked for, and lost to us."""
    calls = held_back(monkeypatch, "/refund")
    row = desk.settle(order_id, most=4)
    assert (row.sync_state, row.error_code, len(calls)) == ("pending", "credit_unclear", 1)
    return calls


def test_an_attempt_of_which_nothing_came_is_made_again_after_an_hour(
    delivered: tuple[Desk, str], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, order_id = delivered
    held_back(monkeypatch, "/refund")
    refund(desk, order_id, "REFUND", unit_ids=desk.line_ids(order_id, "MUG-01"), amount="3.00")
    assert desk.settle(order_id, most=2).error_code == "credit_unclear"
    clock.turn(minutes=61)
    assert desk.settle(order_id).sync_state == "synced"
    desk.assert_refunded_once(order_id)


@pytest.mark.parametrize("part", ["money", "one of two", "all of a row"])
def test_a_credit_memo_that_was_sent_twice_is_refused_by_magento_or_told(
    delivered: tuple[Desk, str], part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, order_id = delivered
    lines = desk.line_ids(order_id, "HAT-07" if part == "all of a row" else "MUG-01")
    refund(desk, order_id, "REFUND", unit_ids=lines, amount="3.00" if part == "money" else None)
    with monkeypatch.context() as patch:
        sent_twice(patch, "/refund")
        desk.settle(order_id)
    row = desk.settle(order_id)
    memos = desk.magento(order_id)["creditmemos"]
    told = [sentence for sentence in desk.sentences(order_id) if "made the credit memo twice" in sentence]
    assert (row.sync_state, row.error_code) == ("synced", "")
    if part == "all of a row":
        assert (len(memos), told, row.needs_look) == (1, [], False)
        desk.assert_refunded_once(order_id)
        return
    # Nothing refuses the second, and nothing undoes it: the order says so, once, and no third is made.
    assert (len(memos), len(told), row.needs_look) == (2, 1, True)
    assert any(memo["increment_id"] in told[0] for memo in memos)


def test_what_was_credited_by_hand_counts_for_one_return_only(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    magento_id = desk.work.row(order_id).magento_order_id
    mug = next(item for item in desk.admin.get_order(magento_id).items if item.sku == "MUG-01")
    desk.admin.refund(magento_id, {mug.item_id: 1}, shipping_amount=Decimal(0), return_to_stock=[mug.item_id])
    for line, memos in zip(desk.line_ids(order_id, "MUG-01", "MUG-01"), (1, 2), strict=True):
        refund(desk, order_id, unit_ids=[line])
        desk.settle(order_id)
        assert len(desk.magento(order_id)["creditmemos"]) == memos
    assert desk.sold() == {"HAT-07": 1}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()
