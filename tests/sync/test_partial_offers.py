"""A part of the money offered to the buyer of a return, and refunds after which the buyer keeps what was sold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from connector.extensions import db
from connector.models import Return, ReturnAnswer, ReturnChoices, Shop
from connector.models.transaction import end_transaction, transaction
from connector.sync import return_asks
from connector.sync.asks import Refused
from tests.sync.aftersales import PERSON, Desk

pytestmark = pytest.mark.either_database

BEFORE, AFTER = "OFFER_PARTIAL_REFUND", "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG"
NOT_DEFECTIVE = "reverse_reject_request_reason_1"


def returned(desk: Desk, return_type: str = "RETURN_AND_REFUND") -> str:
    """A delivered order of which the buyer wants to give the hat back."""
    order_id = desk.placed(shipping_fee="4.99")
    desk.ship(order_id, until="deliver")
    desk.act(order_id, "request_return", return_type=return_type, unit_ids=desk.line_ids(order_id, "HAT-07"))
    desk.settle(order_id)
    return order_id


def choices(desk: Desk, order_id: str) -> dict[str, dict[str, str]]:
    """What may be decided, or is named as done elsewhere, as TikTok is asked now."""
    one = desk.returned(order_id)
    return_asks.ask_choices(one.id)
    desk.settle(order_id)
    found = db.session.scalars(
        select(ReturnChoices).where(ReturnChoices.return_row_id == one.id).execution_options(populate_existing=True)
    ).one()
    end_transaction()
    return {entry["decision"]: entry for entry in found.decisions if entry["is_eligible"] or entry.get("is_elsewhere")}


def decide(desk: Desk, order_id: str, decision: str, **options: Any) -> ReturnAnswer:
    return_asks.answer(desk.returned(order_id).id, decision, PERSON, **options)
    desk.settle(order_id)
    found = db.session.scalars(
        select(ReturnAnswer).order_by(ReturnAnswer.id.desc()).execution_options(populate_existing=True)
    ).first()
    assert found is not None
    end_transaction()
    return found


def memo_of(desk: Desk, order_id: str) -> tuple[Decimal, dict[str, int]]:
    """The only credit memo: what it gives back, and the pieces in it."""
    order = desk.magento(order_id)
    assert order is not None
    [memo] = order["creditmemos"]
    return Decimal(str(memo["grand_total"])), {item["sku"]: int(item["qty"]) for item in memo["items"]}


def test_how_much_may_be_offered_is_tiktoks_and_the_sellers_id_is_asked_for_once(desk: Desk) -> None:
    order_id = returned(desk)
    offer = choices(desk, order_id)[BEFORE]
    assert (offer["least"], offer["currency"]) == ("0.50", "USD")
    assert Decimal("0.50") < Decimal(offer["most"]) < desk.returned(order_id).refund_total
    with transaction() as session:
        session.execute(update(ReturnChoices).values(state="old"))
    choices(desk, order_id)
    assert desk.work.tiktok.state.requests["GET /seller/202601/shop_groups"] == 1


@pytest.mark.parametrize("return_type", ["REFUND", "RETURN_AND_REFUND"])
def test_an_offer_that_is_taken_is_credited_to_the_cent_and_nothing_comes_back(desk: Desk, return_type: str) -> None:
    order_id = returned(desk, return_type)
    choices(desk, order_id)
    answer = decide(desk, order_id, BEFORE, amount=Decimal("3.07"))
    one = desk.returned(order_id)
    assert (answer.state, answer.amount, one.status) == ("confirmed", Decimal("3.07"), "AWAITING_BUYER_RESPONSE")
    assert (one.offer_amount, one.next_action) == (Decimal("3.07"), "")
    assert desk.magento(order_id)["creditmemos"] == []  # type: ignore[index]
    desk.act(order_id, "accept_offer")
    for _ in range(2):
        assert desk.settle(order_id).sync_state == "synced"
    assert memo_of(desk, order_id) == (Decimal("3.07"), {})
    assert desk.sold() == {"MUG-01": 2, "HAT-07": 1}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_an_offer_that_the_buyer_does_not_take_leaves_the_answer_to_the_seller(desk: Desk) -> None:
    order_id = returned(desk)
    choices(desk, order_id)
    decide(desk, order_id, BEFORE, amount=Decimal("3.00"))
    desk.act(order_id, "decline_offer")
    desk.settle(order_id)
    one = desk.returned(order_id)
    assert (one.is_offer_refused, one.next_action) == (True, "SELLER_RESPOND_RETURN")
    assert BEFORE not in choices(desk, order_id)
    assert decide(desk, order_id, "DIRECT_REFUND").state == "confirmed"
    assert memo_of(desk, order_id) == (desk.returned(order_id).refund_total, {"HAT-07": 1})
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_after_the_parcel_came_back_an_offer_credits_the_item_for_less(desk: Desk) -> None:
    order_id = returned(desk)
    decide(desk, order_id, "APPROVE_RETURN")
    desk.act(order_id, "buyer_ships")
    desk.settle(order_id)
    found = choices(desk, order_id)
    assert (
        BEFORE not in found and {"name": NOT_DEFECTIVE, "text": "Product is not defective"} in found[AFTER]["reasons"]
    )
    with pytest.raises(Refused, match="Choose a reason"):
        return_asks.answer(desk.returned(order_id).id, AFTER, PERSON, amount=Decimal("2.00"))
    answer = decide(desk, order_id, AFTER, amount=Decimal("2.00"), reason=NOT_DEFECTIVE, comment="A hole in it.")
    assert (answer.state, desk.returned(order_id).status) == ("confirmed", "AWAITING_BUYER_RESPONSE")
    desk.act(order_id, "accept_offer")
    assert desk.settle(order_id).sync_state == "synced"
    assert memo_of(desk, order_id) == (Decimal("2.00"), {"HAT-07": 1})
    assert desk.sold() == {"MUG-01": 2}  # it came back
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_a_sum_that_cannot_be_offered_is_refused_in_words(desk: Desk) -> None:
    order_id = returned(desk)
    one = desk.returned(order_id)
    with pytest.raises(Refused, match="was not asked what may be offered"):
        return_asks.answer(one.id, BEFORE, PERSON, amount=Decimal("3.00"))
    most = choices(desk, order_id)[BEFORE]["most"]
    for amount, sentence in (
        (None, "Enter the amount"),
        ("NaN", f"an offer from 0.50 to {most} USD"),
        ("0", f"an offer from 0.50 to {most} USD"),
        ("99999", f"an offer from 0.50 to {most} USD"),
        ("3.001", "more decimals"),
    ):
        with pytest.raises(Refused, match=sentence):
            return_asks.answer(one.id, BEFORE, PERSON, amount=None if amount is None else Decimal(amount))
    assert db.session.scalars(select(ReturnAnswer)).all() == []
    end_transaction()


def test_what_may_be_offered_is_asked_again_before_it_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox.tiktok import shop_offers

    order_id = returned(desk)
    choices(desk, order_id)
    monkeypatch.setattr(shop_offers, "LEAST_OFFER", Decimal("4.00"))
    answer = decide(desk, order_id, BEFORE, amount=Decimal("3.00"))
    assert answer.state == "refused" and "it takes an offer from 4.00 to" in answer.message
    assert "POST /return_refund/202309/returns/{return_id}/approve" not in desk.work.tiktok.state.requests
    assert desk.row_state(order_id) == "synced"


def test_an_offer_that_timed_out_is_made_once(desk: Desk) -> None:
    order_id = returned(desk)
    choices(desk, order_id)
    desk.fault("tiktok", kind="cut", method="POST", path=r"/returns/[0-9]+/approve$", times=1)
    assert decide(desk, order_id, BEFORE, amount=Decimal("3.00")).state == "confirmed"
    assert desk.hits("tiktok") == 1
    desk.act(order_id, "accept_offer")
    desk.settle(order_id)
    desk.assert_refunded_once(order_id)


@pytest.mark.parametrize("path", ["/shop_groups$", "/review_decision$"])
def test_where_tiktok_does_not_tell_what_may_be_offered_it_is_named_as_done_elsewhere(desk: Desk, path: str) -> None:
    order_id = returned(desk)
    body = '{"code": 105005, "message": "Access denied", "request_id": "r"}'
    desk.fault("tiktok", kind="status", status=200, method="GET", path=path, body=body, times=9)
    found = choices(desk, order_id)
    assert (found[BEFORE]["is_eligible"], found[BEFORE]["is_elsewhere"]) == (False, True)
    assert found[BEFORE]["why_not"] == "Access denied"
    assert {"APPROVE_RETURN", "DIRECT_REFUND", "REJECT_RETURN"} < set(found)
    with pytest.raises(Refused, match="was not asked what may be offered"):
        return_asks.answer(desk.returned(order_id).id, BEFORE, PERSON, amount=Decimal("3.00"))
    assert desk.row_state(order_id) == "synced"


def test_a_seller_whose_id_tiktok_does_not_give_makes_offers_elsewhere(desk: Desk) -> None:
    order_id = returned(desk)
    desk.fault("tiktok", kind="status", status=200, method="GET", path="/shop_groups$", body='{"code": 0, "data": {}}')
    assert "seller's id" in choices(desk, order_id)[BEFORE]["why_not"]
    assert db.session.scalars(select(Shop.seller_id)).one() == ""
    end_transaction()


def test_a_decision_that_is_made_in_seller_center_only_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox.tiktok import shop_returns

    pending = ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING")
    monkeypatch.setitem(
        shop_returns.DECISIONS, pending, ("APPROVE_RETURN", "ISSUE_EXCHANGE_REFUND", "APPROVE_REQUEST_CANCEL")
    )
    found = choices(desk, returned(desk))
    assert set(found) == {"APPROVE_RETURN", "ISSUE_EXCHANGE_REFUND", BEFORE}
    assert found["ISSUE_EXCHANGE_REFUND"]["is_elsewhere"]


@pytest.mark.parametrize(
    ("return_type", "decision"), [("RETURN_AND_REFUND", "DIRECT_REFUND"), ("REPLACEMENT", "ISSUE_REPLACEMENT_REFUND")]
)
def test_money_back_for_what_the_buyer_keeps_leaves_the_stock(desk: Desk, return_type: str, decision: str) -> None:
    order_id = returned(desk, return_type)
    assert decide(desk, order_id, decision).state == "confirmed"
    assert desk.row_state(order_id) == "synced"
    assert memo_of(desk, order_id) == (desk.returned(order_id).refund_total, {"HAT-07": 1})
    assert desk.sold() == {"MUG-01": 2, "HAT-07": 1}
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()


def test_two_sums_for_one_refund_are_told_and_none_is_guessed(desk: Desk) -> None:
    order_id = returned(desk)
    choices(desk, order_id)
    decide(desk, order_id, BEFORE, amount=Decimal("3.00"))
    [back] = desk.work.tiktok.state.shop(None).returns.values()
    desk.act(order_id, "accept_offer")
    with desk.work.tiktok.state.lock:
        back.amount = None  # the return goes on saying what the buyer had asked for
    for _ in range(2):
        row = desk.settle(order_id)
    assert (row.sync_state, row.needs_look) == ("synced", True)
    assert desk.magento(order_id)["creditmemos"] == []  # type: ignore[index]
    assert sum("3.00 was offered and not refused" in said for said in desk.sentences(order_id)) == 1
    assert db.session.scalars(select(Return.followed)).one() == "told"
    end_transaction()
