"""The merchant cancels on TikTok, in the panel or by command; Magento follows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from connector.sync import asks, cancel_asks
from tests.sync.aftersales import LINES, OUT_OF_STOCK, PERSON, Desk

pytestmark = pytest.mark.either_database


def test_an_order_is_cancelled_once_with_its_reason_and_magento_follows(desk: Desk) -> None:
    order_id = desk.placed()
    desk.cancel(order_id)
    assert desk.work.row(order_id).is_cancelling
    row = desk.settle(order_id)
    assert (desk.tiktok(order_id), row.status, row.sync_state) == ("CANCELLED", "CANCELLED", "synced")
    assert not row.is_cancelling
    [cancellation] = desk.tiktok_book(order_id)["cancellations"]
    assert (cancellation["role"], cancellation["reason"]) == ("SELLER", OUT_OF_STOCK)
    ask = desk.ask(order_id)
    assert (ask.state, ask.cancel_id, ask.actor) == ("confirmed", cancellation["id"], PERSON)
    assert desk.magento(order_id)["state"] == "closed"
    assert desk.sold() == {}
    desk.assert_books_are_right()
    assert f"Asked to cancel the order on TikTok Shop: Out of stock. [{PERSON}]" in desk.sentences(order_id)
    assert f"Cancelled on TikTok Shop: Out of stock. [{PERSON}]" in desk.sentences(order_id)


def test_pressed_twice_it_is_one_cancellation(desk: Desk) -> None:
    order_id = desk.placed()
    first = desk.cancel(order_id)
    assert desk.cancel(order_id) == first
    with pytest.raises(asks.Refused, match="already"):
        desk.cancel(order_id, "seller_cancel_reason_wrong_price")
    desk.settle(order_id)
    assert len(desk.tiktok_book(order_id)["cancellations"]) == 1
    with pytest.raises(asks.Refused, match="cancelled on TikTok Shop"):
        desk.cancel(order_id)


def test_an_order_that_is_not_in_magento_yet_is_cancelled_and_never_created(desk: Desk) -> None:
    order_id = desk.placed(synced=False)
    desk.hear(order_id)
    desk.cancel(order_id)
    row = desk.settle(order_id)
    assert (row.status, row.sync_state) == ("CANCELLED", "synced")
    assert desk.magento(order_id) is None
    assert desk.sold() == {}


def test_an_order_whose_product_is_unknown_can_be_cancelled_all_the_same(desk: Desk) -> None:
    order_id = str(desk.work.place(lines=[{"seller_sku": "MUG-02", "quantity": 1}]))
    assert desk.settle(order_id).error_code == "unknown_sku"
    desk.cancel(order_id)
    row = desk.settle(order_id)
    assert (row.status, row.sync_state, row.error_code) == ("CANCELLED", "synced", "")


def test_a_cancellation_does_not_wait_for_magento(desk: Desk) -> None:
    order_id = desk.placed()
    desk.fault("magento", kind="status", status=503, times=None)
    desk.cancel(order_id)
    row = desk.settle(order_id, most=2)
    assert (desk.tiktok(order_id), desk.ask(order_id).state) == ("CANCELLED", "confirmed")
    assert row.sync_state == "pending"  # Magento follows when it is back


def test_single_items_are_cancelled_and_credited_with_their_stock(desk: Desk) -> None:
    order_id = desk.placed()
    lines = desk.line_ids(order_id, "MUG-01")
    desk.cancel(order_id, line_ids=lines)
    row = desk.settle(order_id)
    assert (row.status, row.sync_state, desk.ask(order_id).state) == ("AWAITING_SHIPMENT", "synced", "confirmed")
    order = desk.magento(order_id)
    [memo] = order["creditmemos"]
    assert {item["sku"]: int(item["qty"]) for item in memo["items"]} == {"MUG-01": 1}
    assert order["state"] == "processing"
    assert desk.sold() == {"MUG-01": 1, "HAT-07": 1}
    desk.assert_books_are_right()
    # The rest is cancelled later: everything comes back, and nothing is credited twice.
    desk.cancel(order_id)
    row = desk.settle(order_id)
    order = desk.magento(order_id)
    assert (row.status, order["state"]) == ("CANCELLED", "closed")
    assert sum(Decimal(str(memo["grand_total"])) for memo in order["creditmemos"]) == Decimal(str(order["grand_total"]))
    assert desk.sold() == {}
    desk.assert_books_are_right()


def test_items_cancelled_one_after_the_other_are_each_credited_once(desk: Desk) -> None:
    order_id = desk.placed()
    first, second = desk.line_ids(order_id, "MUG-01", "MUG-01")
    for line in (first, second):
        desk.cancel(order_id, line_ids=[line])
        desk.settle(order_id)
        desk.settle(order_id)
    assert len(desk.magento(order_id)["creditmemos"]) == 2
    assert desk.sold() == {"HAT-07": 1}
    desk.assert_books_are_right()


def test_outside_of_the_us_and_uk_single_items_are_refused_with_a_sentence(desk: Desk) -> None:
    from sqlalchemy import update

    from connector.models import Shop
    from connector.models.transaction import transaction

    order_id = desk.placed()
    with transaction() as session:
        session.execute(update(Shop).values(region="DE"))
    with pytest.raises(asks.Refused, match="US and the UK only"):
        desk.cancel(order_id, line_ids=desk.line_ids(order_id, "MUG-01"))


def test_refused_by_tiktok_the_order_is_as_it_was_and_says_why(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "ship")
    desk.cancel(order_id)
    row = desk.settle(order_id)
    assert (desk.tiktok(order_id), row.sync_state, row.is_cancelling) == ("AWAITING_COLLECTION", "synced", False)
    ask = desk.ask(order_id)
    assert ask.state == "refused"
    assert "AWAITING_COLLECTION" in ask.message
    assert desk.tiktok_book(order_id)["cancellations"] == []
    assert desk.magento(order_id)["creditmemos"] == []
    # It can be asked for again.
    assert desk.cancel(order_id) != ask.id


def test_a_refusal_of_the_call_itself_is_believed_only_after_a_second_look(desk: Desk) -> None:
    order_id = desk.placed()
    refusal = {"code": 36009004, "message": "cancel is frozen for this shop", "data": None, "request_id": "r"}
    desk.fault("tiktok", kind="status", status=200, method="POST", path="/cancellations$", body=refusal)
    desk.cancel(order_id)
    row = desk.settle(order_id)
    assert (desk.tiktok(order_id), row.sync_state) == ("AWAITING_SHIPMENT", "synced")
    assert (desk.ask(order_id).state, desk.ask(order_id).message) == ("refused", "cancel is frozen for this shop")


def test_a_reason_that_tiktok_does_not_take_lists_those_that_it_takes(desk: Desk) -> None:
    order_id = desk.placed()
    desk.cancel(order_id, "it_rains")
    desk.settle(order_id)
    ask = desk.ask(order_id)
    assert ask.state == "refused"
    assert "it_rains" in ask.message
    assert OUT_OF_STOCK in ask.message
    assert desk.tiktok(order_id) == "AWAITING_SHIPMENT"


def test_the_dialogs_reasons_are_asked_by_a_worker_and_kept(desk: Desk) -> None:
    from connector.extensions import db
    from connector.models import CancelOptions
    from connector.sync.cancelling import choices, common_reasons

    order_id = desk.placed()
    cancel_asks.ask_options(desk.work.row(order_id).id, PERSON)
    assert db.session.query(CancelOptions).one().state == "asked"
    db.session.commit()
    desk.settle(order_id)
    options = db.session.query(CancelOptions).populate_existing().one()
    assert options.state == "ready"
    assert (OUT_OF_STOCK, "Out of stock") in common_reasons(choices(options))
    db.session.commit()


CALLS = [
    ("tiktok", "GET", "/aftersale_eligibility"),
    ("tiktok", "POST", "/cancellations$"),
    ("tiktok", "POST", "/cancellations/search"),
    ("tiktok", "GET", "/orders"),
    ("magento", "POST", "/refund$"),
    ("magento", "GET", "/orders/"),
    ("magento", "POST", "/comments"),
]
#: Failing once without having worked; having worked without a word of it; answering so late that we have gone.
FAULTS = [{"kind": "status", "status": 500}, {"kind": "drop"}, {"kind": "cut"}, {"kind": "bad_json"}, {"kind": "html"}]


@pytest.mark.parametrize("lines", [False, True], ids=["whole", "lines"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
@pytest.mark.parametrize(("side", "method", "path"), CALLS)
def test_a_call_that_fails_or_worked_unseen_changes_nothing_about_the_outcome(
    desk: Desk, clock: Any, side: str, method: str, path: str, fault: dict[str, Any], lines: bool
) -> None:
    order_id = desk.placed()
    comments = len(desk.magento(order_id)["comments"])
    desk.fault(side, method=method, path=path, **fault)
    desk.cancel(order_id, line_ids=desk.line_ids(order_id, "MUG-01") if lines else None)
    desk.settle(order_id, most=3)
    clock.turn(minutes=61)  # long enough for an attempt that may still have been at work
    row = desk.settle(order_id)
    assert desk.hits(side) == 1 or (lines and path == "/comments")
    assert (row.sync_state, row.error_code) == ("synced", "")
    assert desk.ask(order_id).state == "confirmed"
    assert len(desk.tiktok_book(order_id)["cancellations"]) == 1
    order = desk.magento(order_id)
    assert len(order["creditmemos"]) == 1
    assert desk.sold() == ({"MUG-01": 1, "HAT-07": 1} if lines else {})
    assert len(order["comments"]) - comments == (0 if lines else 1)
    desk.assert_books_are_right()


# -- the command -------------------------------------------------------------------------------------------------------------


def run(desk: Desk, *arguments: str) -> Any:
    return desk.work.app.test_cli_runner().invoke(args=["orders", "cancel", *arguments])


@pytest.mark.parametrize("reason", [OUT_OF_STOCK, "Out of stock", "out of stock"])
def test_the_command_cancels_with_the_reasons_name_or_its_words(desk: Desk, reason: str) -> None:
    order_id = desk.placed()
    done = run(desk, order_id, "--reason", reason)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output.splitlines()[0])["status"] == "CANCELLED"
    assert desk.magento(order_id)["state"] == "closed"


def test_the_command_lists_the_valid_reasons_for_a_wrong_one(desk: Desk) -> None:
    order_id = desk.placed()
    done = run(desk, order_id, "--reason", "bad weather")
    assert done.exit_code != 0
    assert OUT_OF_STOCK in done.output
    assert "Pricing error" in done.output
    assert (desk.tiktok(order_id), desk.asks(order_id)) == ("AWAITING_SHIPMENT", [])


def test_the_command_fails_for_what_cannot_be_cancelled_and_says_why(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "ship")
    done = run(desk, order_id, "--reason", OUT_OF_STOCK)
    assert done.exit_code != 0
    assert "AWAITING_COLLECTION" in done.output


def test_the_command_works_for_an_order_that_is_not_known_yet(desk: Desk) -> None:
    order_id = str(desk.work.place(lines=LINES))
    done = run(desk, order_id, "--reason", OUT_OF_STOCK)
    assert done.exit_code == 0, done.output
    assert (desk.tiktok(order_id), desk.magento(order_id)) == ("CANCELLED", None)
