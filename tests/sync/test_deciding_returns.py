"""The seller's decisions on returns, refunds and replacements: asked for in the panel, carried out once on TikTok."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import Evidence, Order, Return, ReturnAnswer, ReturnChoices
from connector.models.transaction import end_transaction, transaction
from connector.sync import return_asks
from connector.sync.asks import Refused
from tests.support.pictures import PNG
from tests.sync.aftersales import PERSON, Desk

pytestmark = pytest.mark.either_database

NOT_DEFECTIVE = "reverse_reject_request_reason_1"


@pytest.fixture
def desk(work: object) -> Desk:
    return Desk(work)


def returned(desk: Desk, return_type: str) -> str:
    """An order that was delivered, and that the buyer wants to be paid back for."""
    order_id = desk.placed()
    desk.ship(order_id, until="deliver")
    desk.act(order_id, "request_return", return_type=return_type)
    desk.settle(order_id)
    return order_id


def answers(desk: Desk) -> list[ReturnAnswer]:
    found = list(
        db.session.scalars(select(ReturnAnswer).order_by(ReturnAnswer.id).execution_options(populate_existing=True))
    )
    end_transaction()
    return found


def decide(desk: Desk, order_id: str, decision: str, **options: object) -> ReturnAnswer:
    return_asks.answer(desk.returned(order_id).id, decision, PERSON, **options)  # type: ignore[arg-type]
    desk.settle(order_id)
    return answers(desk)[-1]


def test_what_may_be_decided_and_the_reasons_are_tiktoks_for_this_very_return(desk: Desk) -> None:
    order_id = returned(desk, "RETURN_AND_REFUND")
    one = desk.returned(order_id)
    assert one.next_action == "SELLER_RESPOND_RETURN" and one.deadline is not None
    return_asks.ask_choices(one.id)
    return_asks.ask_choices(one.id)
    desk.settle(order_id)
    choices = db.session.scalars(select(ReturnChoices)).one()
    end_transaction()
    possible = {entry["decision"]: entry["reasons"] for entry in choices.decisions if entry["is_eligible"]}
    assert (choices.state, set(possible)) == (
        "ready",
        {"APPROVE_RETURN", "DIRECT_REFUND", "REJECT_RETURN", "OFFER_PARTIAL_REFUND"},
    )
    assert {"name": NOT_DEFECTIVE, "text": "Product is not defective"} in possible["REJECT_RETURN"]
    assert choices.records[-1]["text"] == "The buyer has asked for a return"


def test_what_was_written_of_a_return_is_not_kept_of_a_buyer_who_was_erased(desk: Desk) -> None:
    order_id = returned(desk, "RETURN_AND_REFUND")
    with transaction() as session:
        session.get_one(Order, desk.work.row(order_id).id).blanked_at = clock.now()
    return_asks.ask_choices(desk.returned(order_id).id)
    desk.settle(order_id)
    choices = db.session.scalars(select(ReturnChoices)).one()
    end_transaction()
    assert (choices.state, choices.records) == ("ready", [])


def test_once_a_return_has_moved_on_tiktok_is_asked_anew(desk: Desk) -> None:
    order_id = returned(desk, "RETURN_AND_REFUND")
    return_asks.ask_choices(desk.returned(order_id).id)
    desk.settle(order_id)
    decide(desk, order_id, "APPROVE_RETURN")
    desk.act(order_id, "buyer_ships")
    desk.settle(order_id)
    return_asks.ask_choices(desk.returned(order_id).id)
    desk.settle(order_id)
    choices = db.session.scalars(select(ReturnChoices)).one()
    end_transaction()
    possible = {entry["decision"] for entry in choices.decisions if entry["is_eligible"]}
    assert (choices.state, possible) == (
        "ready",
        {"APPROVE_RECEIVED_PACKAGE", "REJECT_RECEIVED_PACKAGE", "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG"},
    )
    return_asks.ask_choices(desk.returned(order_id).id)  # a moment ago: not again
    assert db.session.scalars(select(ReturnChoices.state)).one() == "ready"
    end_transaction()


def test_a_return_is_accepted_then_its_parcel_and_magento_credits_it_once(desk: Desk) -> None:
    order_id = returned(desk, "RETURN_AND_REFUND")
    assert decide(desk, order_id, "APPROVE_RETURN").state == "confirmed"
    assert desk.returned(order_id).status == "AWAITING_BUYER_SHIP"
    with pytest.raises(Refused, match="does not wait for an answer"):
        return_asks.answer(desk.returned(order_id).id, "APPROVE_RETURN", PERSON)
    desk.act(order_id, "buyer_ships")
    desk.settle(order_id)
    assert (desk.returned(order_id).provider_name, desk.returned(order_id).document_type) == ("USPS", "SHIPPING_LABEL")
    assert decide(desk, order_id, "APPROVE_RECEIVED_PACKAGE").state == "confirmed"
    assert desk.row_state(order_id) == "synced"
    desk.assert_refunded_once(order_id)
    desk.assert_books_are_right()
    assert desk.sold() == {}


def test_a_rejection_goes_with_its_reason_words_and_pictures(desk: Desk) -> None:
    order_id = returned(desk, "REFUND")
    answer = decide(
        desk, order_id, "REJECT_REFUND", reason=NOT_DEFECTIVE, comment="It was worn.", pictures=[PNG, PNG + b"2"]
    )
    assert (answer.state, desk.returned(order_id).status) == ("confirmed", "REFUND_OR_RETURN_REQUEST_REJECT")
    [back] = desk.work.tiktok.state.shop(None).returns.values()
    assert (back.reject_reason, len(back.images)) == (NOT_DEFECTIVE, 2)
    contents = db.session.execute(select(Evidence.content, Evidence.uri)).all()
    end_transaction()
    assert [content for content, _ in contents] == [None, None] and all(uri for _, uri in contents)
    assert desk.magento(order_id)["creditmemos"] == []


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        ("APPROVE_REPLACEMENT", "REPLACEMENT_REQUEST_COMPLETE"),
        ("ISSUE_REPLACEMENT_REFUND", "REPLACEMENT_REQUEST_REFUND_SUCCESS"),
        ("REJECT_REPLACEMENT", "REPLACEMENT_REQUEST_REJECT"),
    ],
)
def test_a_replacement_is_sent_refunded_instead_or_refused(desk: Desk, decision: str, status: str) -> None:
    order_id = returned(desk, "REPLACEMENT")
    reason = "Product is not defective" if decision == "REJECT_REPLACEMENT" else ""
    assert decide(desk, order_id, decision, reason=reason).state == "confirmed"
    assert desk.returned(order_id).status == status
    desk.assert_refunded_once(order_id)


def test_a_decision_that_timed_out_is_made_once(desk: Desk) -> None:
    order_id = returned(desk, "REFUND")
    desk.fault("tiktok", kind="cut", method="POST", path=r"/returns/[0-9]+/approve$", times=1)
    assert decide(desk, order_id, "APPROVE_REFUND").state == "confirmed"
    assert desk.hits("tiktok") == 1
    desk.assert_refunded_once(order_id)
    assert sum("is so on TikTok Shop" in sentence for sentence in desk.sentences(order_id)) == 1


def test_who_was_quicker_and_what_tiktok_refuses_is_said(desk: Desk) -> None:
    order_id = returned(desk, "REFUND")
    assert decide(desk, order_id, "REJECT_REFUND", reason="no such reason").state == "refused"
    assert "It takes: Product is not defective" in answers(desk)[-1].message
    return_asks.answer(desk.returned(order_id).id, "REJECT_REFUND", PERSON, reason=NOT_DEFECTIVE)
    desk.act(order_id, "approve_return")  # in Seller Center
    desk.settle(order_id)
    assert answers(desk)[-1].state == "overtaken"
    assert desk.row_state(order_id) == "synced"
    desk.assert_refunded_once(order_id)


def test_a_decision_that_tiktok_has_taken_and_not_carried_out_is_looked_at_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = returned(desk, "REFUND")
    shop = desk.work.tiktok.state.shop(None)
    monkeypatch.setattr(shop, "decide", lambda *_, **__: None)  # TikTok says yes, and works on it
    assert decide(desk, order_id, "APPROVE_REFUND").state == "sent"
    row = desk.work.row(order_id)
    assert row.look_again_at is not None and row.look_again_at > clock.now()
    monkeypatch.undo()
    shop.approve_return(desk.returned(order_id).return_id)
    desk.settle(order_id)
    assert answers(desk)[-1].state == "confirmed"
    desk.assert_refunded_once(order_id)


def test_one_return_has_one_answer_and_no_file_but_a_picture(desk: Desk) -> None:
    returned(desk, "REFUND")
    one = db.session.scalars(select(Return)).one()
    end_transaction()
    for wrong, sentence in ((b"%PDF-1.7", "no JPEG, PNG or WEBP"), (b"", "empty"), (PNG[:16] + bytes(8), "0 × 0")):
        with pytest.raises(Refused, match=sentence):
            return_asks.answer(one.id, "REJECT_REFUND", PERSON, reason=NOT_DEFECTIVE, pictures=[wrong])
    with pytest.raises(Refused, match="up to 6"):
        return_asks.answer(one.id, "REJECT_REFUND", PERSON, reason=NOT_DEFECTIVE, pictures=[PNG] * 7)
    first = return_asks.answer(one.id, "APPROVE_REFUND", PERSON)
    assert return_asks.answer(one.id, "APPROVE_REFUND", PERSON) == first
    with pytest.raises(Refused, match="being answered already"):
        return_asks.answer(one.id, "REJECT_REFUND", PERSON, reason=NOT_DEFECTIVE)
