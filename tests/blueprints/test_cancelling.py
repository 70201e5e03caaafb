"""Cancelling, answering buyers, and returns in the panel."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from connector import clock
from connector.extensions import db
from connector.models import CancelAsk, Cancellation, CancelOptions, Order, Return
from tests.factories import make_line, make_order, work_on_all

OUT_OF_STOCK, WRONG_PRICE = "seller_cancel_reason_out_of_stock", "seller_cancel_reason_wrong_price"


def options_of(order: Order, *entries: dict[str, Any], state: str = "ready") -> None:
    known = [{"line_ids": [], "is_eligible": True, "reasons": [OUT_OF_STOCK], "why_not": ""}]
    values = {"asked_at": clock.now(), "entries": list(entries) or known}
    db.session.add(CancelOptions(order_id=order.id, state=state, **values))
    db.session.commit()


def test_the_button_has_tiktok_asked_and_opens_the_dialog(staff: FlaskClient) -> None:
    order = make_order()
    page = staff.get(f"/orders/{order.tiktok_order_id}").text
    assert "Cancel on TikTok Shop…" in page
    answer = staff.post(f"/orders/{order.tiktok_order_id}/cancel/options")
    assert (answer.status_code, answer.location) == (303, f"/orders/{order.tiktok_order_id}/cancel")
    assert db.session.query(CancelOptions).one().state == "asked"
    dialog = staff.get(answer.location).text
    assert "is being asked which reasons" in dialog
    assert 'hx-trigger="every 1s"' in dialog


@pytest.mark.parametrize(("seconds", "state"), [(-30, "ready"), (30, "asked")])
def test_tiktok_is_asked_anew_once_the_order_has_moved_on(staff: FlaskClient, seconds: int, state: str) -> None:
    order = make_order(row={"update_time": clock.now() + timedelta(seconds=seconds)})
    options_of(order)
    staff.post(f"/orders/{order.tiktok_order_id}/cancel/options")
    assert db.session.scalars(db.select(CancelOptions.state)).one() == state


def test_the_dialog_offers_exactly_what_tiktok_takes_in_words(staff: FlaskClient) -> None:
    order = make_order()
    options_of(order, {"line_ids": [], "is_eligible": True, "reasons": [OUT_OF_STOCK, WRONG_PRICE], "why_not": ""})
    dialog = staff.get(f"/orders/{order.tiktok_order_id}/cancel").text
    assert "every 1s" not in dialog
    for name, words in ((OUT_OF_STOCK, "Out of stock"), (WRONG_PRICE, "Pricing error")):
        assert f'value="{name}"' in dialog
        assert words in dialog
    assert dialog.count('name="reason"') == 2


def test_what_cannot_be_cancelled_says_why(staff: FlaskClient) -> None:
    order = make_order()
    options_of(order, {"line_ids": [], "is_eligible": False, "reasons": [], "why_not": "The order is in transit"})
    dialog = staff.get(f"/orders/{order.tiktok_order_id}/cancel").text
    assert "The order is in transit" in dialog
    assert 'name="reason"' not in dialog


def test_an_order_that_has_ended_has_no_button_and_its_dialog_says_so(staff: FlaskClient) -> None:
    order = make_order(status="CANCELLED")
    assert "Cancel on TikTok Shop…" not in staff.get(f"/orders/{order.tiktok_order_id}").text
    assert "cancelled on TikTok Shop already" in staff.get(f"/orders/{order.tiktok_order_id}/cancel").text


def test_single_items_are_offered_where_the_market_allows_them(staff: FlaskClient) -> None:
    order = make_order(line_items=[make_line(id="11"), make_line(id="12")])
    options_of(
        order,
        {"line_ids": ["11"], "is_eligible": True, "reasons": [OUT_OF_STOCK], "why_not": ""},
        {"line_ids": ["12"], "is_eligible": False, "reasons": [], "why_not": "It was shipped"},
    )
    dialog = staff.get(f"/orders/{order.tiktok_order_id}/cancel").text
    assert 'value="order"' not in dialog  # not all of it can be cancelled
    assert 'name="line" value="11"' in dialog
    assert 'name="line" value="12" disabled' in dialog
    answer = staff.post(
        f"/orders/{order.tiktok_order_id}/cancel", data={"reason": OUT_OF_STOCK, "what": "lines", "line": ["11"]}
    )
    assert answer.status_code == 303
    ask = db.session.query(CancelAsk).one()
    assert (ask.line_ids, ask.reason, ask.state) == (["11"], OUT_OF_STOCK, "asked")


def test_pressed_twice_there_is_one_ask_and_the_page_says_cancelling(staff: FlaskClient) -> None:
    order = make_order()
    for _ in range(2):
        data = {"reason": OUT_OF_STOCK, "what": "order"}
        assert staff.post(f"/orders/{order.tiktok_order_id}/cancel", data=data).status_code == 303
    assert db.session.query(CancelAsk).count() == 1
    page = staff.get(f"/orders/{order.tiktok_order_id}").text
    assert 'id="cancelling"' in page
    assert "Out of stock" in page
    assert "Cancel on TikTok Shop…" not in page
    assert "Cancelling</span>" in staff.get("/orders").text


def test_a_refusal_of_tiktok_is_shown_on_the_order(staff: FlaskClient) -> None:
    order = make_order(row={"aftersales_read": 1})
    values = {"actor": "a@b.c", "asked_at": clock.now(), "reason": OUT_OF_STOCK, "state": "refused"}
    db.session.add(CancelAsk(order_id=order.id, message="The order is shipped", **values))
    db.session.commit()
    page = staff.get(f"/orders/{order.tiktok_order_id}").text
    assert "TikTok Shop refused to cancel" in page
    assert "The order is shipped" in page


def test_several_orders_are_cancelled_with_the_reasons_that_all_take(staff: FlaskClient) -> None:
    first, second, shipped = make_order(), make_order(), make_order(status="COMPLETED")
    options_of(first, {"line_ids": [], "is_eligible": True, "reasons": [OUT_OF_STOCK, WRONG_PRICE], "why_not": ""})
    options_of(second, {"line_ids": [], "is_eligible": True, "reasons": [OUT_OF_STOCK], "why_not": ""})
    ids = [order.tiktok_order_id for order in (first, second, shipped)]
    answer = staff.post("/orders/cancel/options", data={"id": ids})
    assert answer.status_code == 303
    dialog = staff.get(answer.location).text
    assert f'value="{OUT_OF_STOCK}"' in dialog
    assert WRONG_PRICE not in dialog
    assert "completed on TikTok Shop already" in dialog
    assert "Cancel 2 orders" in dialog
    staff.post("/orders/cancel", data={"id": ids, "reason": OUT_OF_STOCK})
    work_on_all()
    assert {ask.order_id for ask in db.session.query(CancelAsk)} == {first.id, second.id}


@pytest.fixture
def asked(staff: FlaskClient) -> Order:
    deadline = clock.now() + timedelta(hours=20)
    order = make_order(row={"buyer_asks_cancel": True, "buyer_cancel_deadline": deadline, "aftersales_read": 1})
    db.session.add(
        Cancellation(
            order_id=order.id,
            cancel_id="4035",
            cancel_type="BUYER_CANCEL",
            status="CANCELLATION_REQUEST_PENDING",
            role="BUYER",
            reason_text="No longer needed",
            line_ids=[],
            deadline=deadline,
            refund_total=Decimal("12.50"),
            currency="USD",
            reject_reasons=[{"name": "packed", "text": "Product has been packed"}],
        )
    )
    db.session.commit()
    return order


def test_a_buyer_who_asks_is_seen_in_the_list_and_answered_on_the_order(asked: Order, staff: FlaskClient) -> None:
    make_order()
    listed = staff.get("/orders?tab=buyer-asks").text
    assert asked.tiktok_order_id in listed
    assert listed.count('<tr id="o-') == 1
    assert "Buyer asks to cancel" in listed
    page = staff.get(f"/orders/{asked.tiktok_order_id}").text
    assert "No longer needed" in page
    assert "Product has been packed" in page
    assert "data-until" in page
    address = f"/orders/{asked.tiktok_order_id}/answer-buyer"
    staff.post(address, data={"cancel_id": "4035", "answer": "reject", "reason": "packed", "comment": "Sorry"})
    request = db.session.query(Cancellation).one()
    assert (request.answer, request.answer_state, request.answer_reason) == ("reject", "asked", "packed")
    assert request.answer_key  # TikTok's idempotency key, before any call
    assert "Rejecting" in staff.get(f"/orders/{asked.tiktok_order_id}").text


def test_a_viewer_sees_the_request_and_cannot_answer(asked: Order, viewer: FlaskClient) -> None:
    page = viewer.get(f"/orders/{asked.tiktok_order_id}").text
    assert "The buyer asks to cancel" in page
    assert "Approve" not in page
    for address in ("answer-buyer", "cancel", "cancel/options"):
        assert viewer.post(f"/orders/{asked.tiktok_order_id}/{address}").status_code == 403


def test_returns_are_shown_with_what_belongs_to_them(staff: FlaskClient) -> None:
    order = make_order(row={"return_state": "open", "aftersales_read": 1}, line_items=[make_line(id="21")])
    db.session.add(
        Return(
            order_id=order.id,
            return_id="403548",
            return_type="RETURN_AND_REFUND",
            status="RETURN_OR_REFUND_REQUEST_PENDING",
            role="BUYER",
            reason_text="Does not match",
            line_ids=["21"],
            currency="USD",
            refund_total=Decimal("12.50"),
            deadline=clock.now() + timedelta(hours=5),
            create_time=clock.now(),
        )
    )
    db.session.commit()
    page = staff.get(f"/orders/{order.tiktok_order_id}").text
    for words in ("Return and refund", "Pending", "Does not match", "12.50", "the buyer", "data-until"):
        assert words in page
    assert "Return requested" in staff.get("/orders").text
    assert staff.get("/orders?tab=return-requested").text.count('<tr id="o-') == 1


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"line": []}, "line", "Choose the items to cancel."),
        ({"reason": ""}, "reason", "Choose a reason."),
        ({"line": ["13"]}, "", "The order has no such items any more."),
    ],
)
def test_a_refused_cancellation_keeps_what_was_chosen(
    staff: FlaskClient, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    order = make_order(line_items=[make_line(id="11"), make_line(id="12")])
    options_of(order)
    form = {"reason": OUT_OF_STOCK, "what": "lines", "line": ["12"]} | wrong
    answer = staff.post(f"/orders/{order.tiktok_order_id}/cancel", data=form)
    assert answer.status_code == 422 and db.session.query(CancelAsk).count() == 0
    page = answer.text
    assert (
        sentence in page and 'value="lines" required checked' in page and 'value="order" required checked' not in page
    )
    assert (f'value="{OUT_OF_STOCK}" required checked' in page) == (form["reason"] == OUT_OF_STOCK)
    assert ('value="12" checked' in page) == (form["line"] == ["12"])
    assert set(re.findall(r'aria-describedby="(\w+)-wrong"', page)) == ({field} if field else set())
