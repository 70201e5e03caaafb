"""Answering returns in the panel: the list with its deadlines, the dialog with TikTok's decisions, and what is asked for."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from connector.blueprints.returns import listing
from connector.extensions import db
from connector.models import Evidence, Return, ReturnAnswer, ReturnChoices
from tests import factories, seeds
from tests.support.pictures import PNG


@pytest.fixture
def one(app: Any) -> Return:
    return seeds.make_return(factories.make_order(status="DELIVERED"))


def answers() -> list[ReturnAnswer]:
    db.session.rollback()
    return list(db.session.scalars(select(ReturnAnswer).order_by(ReturnAnswer.id)))


def test_the_list_shows_what_waits_by_its_deadline_and_the_rest_in_tabs(app: Any, staff: FlaskClient) -> None:
    assert "Nothing waits for your answer" in staff.get("/returns").text
    seeds.returns(factories.make_shop())
    page = staff.get("/returns").text
    assert page.index("in 4 h") < page.index("in 29 h")
    assert "Accept the return" in page  # the answer that is under way stands where the status was
    assert page.count('name="id"') == 2
    assert "Complete" in staff.get("/returns?tab=all").text and "Complete" not in page
    assert "No return is under way" in staff.get("/returns?tab=open").text


def test_a_viewer_sees_returns_and_cannot_answer(one: Return, viewer: FlaskClient) -> None:
    page = viewer.get("/returns").text
    assert one.return_id in page and 'name="id"' not in page
    assert (
        "Answer…" not in viewer.get(f"/orders/{db.session.get_one(factories.Order, one.order_id).tiktok_order_id}").text
    )
    for address in ("/returns/choices", "/returns/decide"):
        assert viewer.post(address, data={"id": one.id}).status_code == 403


def test_the_dialog_waits_for_tiktoks_answer_and_offers_its_decisions_and_reasons(
    one: Return, staff: FlaskClient
) -> None:
    choices = db.session.scalars(select(ReturnChoices)).one()
    db.session.delete(choices)
    db.session.commit()
    answer = staff.post("/returns/choices", data={"id": one.id})
    assert answer.headers["Location"] == f"/returns/decide?id={one.id}"
    assert "is being asked what may be decided" in staff.get(f"/returns/decide?id={one.id}").text
    choices = db.session.scalars(select(ReturnChoices)).one()
    choices.state, choices.decisions = "ready", seeds.DECISIONS
    db.session.commit()
    page = staff.get(f"/returns/decide?id={one.id}").text
    assert page.count('name="decision"') == 4 and "Refund the buyer" not in page
    assert 'name="amount"' in page and "from 0.50 to 10.00 USD" in page
    assert "Only in Seller Center: “Refund instead of exchanging”" in page
    assert "Product is not defective" in page and 'type="file"' in page
    choices.decisions = [{"decision": "REJECT_RETURN", "is_eligible": False, "why_not": "Too late", "reasons": []}]
    db.session.commit()
    assert "Too late" in staff.get(f"/returns/decide?id={one.id}").text


def test_a_refusal_is_asked_for_with_reason_words_and_pictures(one: Return, staff: FlaskClient) -> None:
    form = {
        "id": one.id,
        "decision": "REJECT_RETURN",
        "reason": "r1",
        "comment": "Worn.",
        "picture": [(io.BytesIO(PNG), "a.png"), (io.BytesIO(PNG), "b.jpg")],
    }
    answer = staff.post("/returns/decide", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    [asked] = answers()
    assert (asked.decision, asked.reason, asked.comment, asked.state) == ("REJECT_RETURN", "r1", "Worn.", "asked")
    pictures = db.session.scalars(select(Evidence)).all()
    assert [(picture.mime_type, picture.content) for picture in pictures] == [("image/png", PNG)] * 2


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"decision": "REJECT_RETURN"}, "Choose a reason"),
        ({"decision": "PAY_ME"}, "Choose what to decide"),
        ({"decision": "REJECT_RETURN", "reason": "r1", "picture": (io.BytesIO(b"MZ" * 60), "a.png")}, "no JPEG"),
    ],
)
def test_what_cannot_be_asked_for_is_said(one: Return, staff: FlaskClient, form: dict[str, Any], sentence: str) -> None:
    page = staff.post(
        "/returns/decide", data={"id": one.id} | form, content_type="multipart/form-data", follow_redirects=True
    )
    assert sentence in page.text
    assert answers() == []


def test_an_offer_after_the_parcel_came_wants_a_reason_too(app: Any, staff: FlaskClient) -> None:
    offer = next(entry for entry in seeds.DECISIONS if entry["decision"] == "OFFER_PARTIAL_REFUND")
    after = offer | {"decision": "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG", "reasons": seeds.REASONS}
    one = seeds.make_return(factories.make_order(status="DELIVERED"), decisions=[after])
    assert "the buyer says yes or no; choose a reason below" in staff.get(f"/returns/decide?id={one.id}").text
    form = {"id": one.id, "decision": after["decision"], "amount": "2.50"}
    assert "Choose a reason" in staff.post("/returns/decide", data=form, follow_redirects=True).text
    staff.post("/returns/decide", data=form | {"reason": "r1", "comment": "A hole in it."})
    [asked] = answers()
    assert (asked.amount, asked.reason, asked.comment) == (Decimal("2.50"), "r1", "A hole in it.")


def test_an_offer_is_asked_for_with_its_sum_and_one_by_one(one: Return, staff: FlaskClient) -> None:
    form = {"id": one.id, "decision": "OFFER_PARTIAL_REFUND"}
    for typed, sentence in (("", "Enter the amount"), ("11", "takes an offer from 0.50 to 10.00 USD")):
        page = staff.post("/returns/decide", data=form | {"amount": typed}, follow_redirects=True)
        assert sentence in page.text
    assert answers() == []
    staff.post("/returns/decide", data=form | {"amount": "2.50"})
    [asked] = answers()
    assert (asked.decision, asked.amount, asked.state) == ("OFFER_PARTIAL_REFUND", Decimal("2.50"), "asked")
    others = [
        seeds.make_return(factories.make_order(status="DELIVERED", tiktok_order_id=number))
        for number in ("57681", "57682")
    ]
    page = staff.get(f"/returns/decide?id={others[0].id}&id={others[1].id}").text
    assert 'value="DIRECT_REFUND"' in page and "OFFER_PARTIAL_REFUND" not in page


def test_the_order_shows_the_way_back_and_the_offer(one: Return, staff: FlaskClient) -> None:
    order = db.session.get_one(factories.Order, one.order_id)
    address = f"/orders/{order.tiktok_order_id}"
    page = staff.get(address).text
    for words in ("a shipping label", "by TikTok Shop", "1 Returns Road, Reno, Nevada 89501, United States"):
        assert words in page
    assert "Comes back by" not in page
    one.tracking_number, one.provider_name, one.document_type = "RT9400100", "USPS", "QR_CODE_NBNL"
    one.offer_amount, one.status, one.next_action = Decimal("2.50"), "AWAITING_BUYER_RESPONSE", ""
    db.session.commit()
    page = staff.get(address).text
    for words in ("Comes back by", "USPS", "RT9400100", "no box and no label", "The buyer is to answer"):
        assert words in page
    one.is_offer_refused, one.status = True, "RETURN_OR_REFUND_REQUEST_PENDING"
    db.session.commit()
    assert "The buyer did not take it" in staff.get(address).text


def test_what_the_panel_cannot_do_for_a_return_is_said(one: Return, staff: FlaskClient) -> None:
    order = db.session.get_one(factories.Order, one.order_id)
    address = f"/orders/{order.tiktok_order_id}"
    one.return_type, one.status, one.next_action = "EXCHANGE", "EXCHANGE_REQUEST_PENDING", ""
    db.session.commit()
    assert "Exchanges are answered in Seller Center" in staff.get(address).text
    one.return_type, one.status, one.return_method = "RETURN_AND_REFUND", "AWAITING_BUYER_SHIP", "SELLER_SHIPPED"
    db.session.commit()
    assert "waits for a return label from you" in staff.get(address).text


def test_several_are_answered_at_once_with_what_they_have_in_common(app: Any, staff: FlaskClient) -> None:
    shop = factories.make_shop()
    refund = [{"decision": "DIRECT_REFUND", "is_eligible": True, "why_not": "", "reasons": []}]
    first = seeds.make_return(factories.make_order(shop, status="DELIVERED"))
    second = seeds.make_return(factories.make_order(shop, status="DELIVERED"), decisions=refund)
    settled = seeds.make_return(factories.make_order(shop, status="DELIVERED"), next_action="")
    ids = [first.id, second.id, settled.id]
    page = staff.get("/returns/decide?" + "&".join(f"id={row_id}" for row_id in ids)).text
    assert page.count('name="decision"') == 1 and 'value="DIRECT_REFUND"' in page
    assert "It does not wait for an answer" in page and 'type="file"' not in page
    answer = staff.post("/returns/decide", data={"id": ids, "decision": "DIRECT_REFUND"}, follow_redirects=True)
    assert "for 2 returns" in answer.text and "does not wait for an answer" in answer.text
    assert [asked.return_row_id for asked in answers()] == ids[:2]


def test_a_long_list_has_pages(app: Any, staff: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    seeds.returns(factories.make_shop())
    assert 'rel="next"' in staff.get("/returns").text
    last = staff.get("/returns?page=2").text
    assert 'rel="next"' not in last and 'rel="prev"' in last
    # A page that has been emptied by answers is the last one that there is.
    gone = staff.get("/returns?page=40").text
    assert "Nothing waits for your answer" not in gone and 'rel="prev"' in gone


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"decision": "OFFER_PARTIAL_REFUND", "amount": "11,50"}, "amount", "takes an offer from 0.50 to 10.00 USD"),
        ({"decision": "OFFER_PARTIAL_REFUND", "amount": "ten"}, "amount", "Enter the amount"),
        ({"decision": "REJECT_RETURN", "reason": ""}, "reason", "Choose a reason"),
        ({"decision": "REJECT_RETURN", "picture": (io.BytesIO(b"MZ" * 60), "a.png")}, "picture", "no JPEG"),
    ],
)
def test_a_refused_answer_keeps_what_was_typed_and_names_the_field(
    one: Return, staff: FlaskClient, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    form = {"id": one.id, "reason": "r1", "comment": "Worn “twice”.", "amount": "2.50"} | wrong
    answer = staff.post("/returns/decide", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422 and answers() == []
    page = answer.text
    assert f'value="{form["decision"]}" required checked' in page
    assert ('value="r1" checked' in page) == (form["reason"] == "r1")
    assert 'value="Worn “twice”."' in page and f'value="{form["amount"]}"' in page
    assert f'aria-describedby="{field}-wrong"' in page and sentence in page.split(f'id="{field}-wrong">')[1][:200]
    assert {field} == set(re.findall(r'id="(\w+)-wrong"', page))


def test_pictures_of_a_refused_answer_are_asked_for_again(one: Return, staff: FlaskClient) -> None:
    form = {"id": one.id, "decision": "REJECT_RETURN", "comment": "Worn.", "picture": (io.BytesIO(PNG), "a.png")}
    page = staff.post("/returns/decide", data=form, content_type="multipart/form-data").text
    assert "Choose a reason" in page and "Choose the pictures again." in page


def test_a_refused_answer_about_several_returns_names_each(app: Any, staff: FlaskClient) -> None:
    some = [seeds.make_return(factories.make_order(status="DELIVERED")) for _ in range(2)]
    form = {"id": [one.id for one in some], "decision": "REJECT_RETURN", "comment": "Worn."}
    answer = staff.post("/returns/decide", data=form)
    assert answer.status_code == 422 and 'value="Worn."' in answer.text
    assert all(f"{one.return_id}: Choose a reason for the rejection." in answer.text for one in some)
