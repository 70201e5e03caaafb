"""The buyer asks to cancel: shown with its deadline, answered once, and what TikTok decides is followed."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from connector.extensions import db
from connector.models import Shop
from connector.models.transaction import end_transaction
from connector.sync import aftersales, asks
from connector.tiktok.client import TikTokClient
from tests.sync.aftersales import Desk

pytestmark = pytest.mark.either_database
PACKED = "seller_reject_apply_product_has_been_packed"


@pytest.fixture
def asked(desk: Desk) -> tuple[Desk, str]:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    desk.settle(order_id)
    return desk, order_id


def test_a_request_is_read_with_its_deadline_and_tiktoks_reasons_to_reject(asked: tuple[Desk, str]) -> None:
    desk, order_id = asked
    row, request = desk.work.row(order_id), desk.request(order_id)
    assert (row.sync_state, row.buyer_asks_cancel) == ("synced", True)
    assert row.buyer_cancel_deadline == request.deadline
    assert request.deadline - request.create_time == timedelta(days=2)
    assert request.reason_text == "No longer needed"
    assert PACKED in {reason["name"] for reason in request.reject_reasons}
    assert row.due_at is not None  # it is read again when the deadline has passed, webhook or not
    assert any("Cancellation by the buyer waits for an answer: No longer needed" in s for s in desk.sentences(order_id))


def test_a_request_is_seen_without_any_webhook_about_it(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    desk.work.sync(order_id)  # only the order itself is read: it carries `is_buyer_request_cancel`
    assert desk.work.row(order_id).buyer_asks_cancel


def test_the_poll_finds_a_request_that_nobody_told_of(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    shop_id = db.session.scalar(db.select(Shop.id))
    end_transaction()
    assert aftersales.poll(shop_id) == 1
    row = desk.work.row(order_id)
    assert (row.sync_state, row.aftersales_observed) == ("pending", row.observed)
    desk.settle(order_id)
    assert aftersales.poll(shop_id) == 0  # known now


def test_one_request_that_cannot_be_read_keeps_no_other_from_being_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable, good = desk.placed(), desk.placed()
    for order_id in (unreadable, good):
        desk.act(order_id, "request_cancellation")
    real = TikTokClient.search_cancellations

    def without_an_id(client: TikTokClient, **search: Any) -> Any:
        page = real(client, **search)
        for document in page.documents:
            if document["order_id"] == unreadable:
                del document["cancel_id"]
        return page

    monkeypatch.setattr(TikTokClient, "search_cancellations", without_an_id)
    shop_id = db.session.scalar(db.select(Shop.id))
    end_transaction()
    assert aftersales.poll(shop_id) == 2
    assert db.session.get_one(Shop, shop_id, populate_existing=True).aftersales_watermark is not None
    end_transaction()


def test_the_poll_finds_what_was_asked_after_our_clock_was_put_right(
    desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed()
    shop_id = db.session.scalar(db.select(Shop.id))
    end_transaction()
    clock.turn(minutes=10)
    monkeypatch.setattr(aftersales, "clock_offset", SimpleNamespace(offset=lambda api_url: -600.0))
    aftersales.poll(shop_id)
    clock.turn(minutes=-10)
    desk.act(order_id, "request_cancellation")
    assert aftersales.poll(shop_id) == 1


def test_approved_the_order_is_cancelled_and_magento_follows(asked: tuple[Desk, str]) -> None:
    desk, order_id = asked
    desk.answer(order_id, "approve")
    desk.answer(order_id, "approve")  # pressed twice
    row = desk.settle(order_id)
    assert (row.status, row.sync_state, row.buyer_asks_cancel) == ("CANCELLED", "synced", False)
    assert (desk.magento(order_id)["state"], desk.sold()) == ("closed", {})
    assert desk.request(order_id).answer_state == "confirmed"
    assert "The buyer's request to cancel was approved. [staff@example.com]" in desk.sentences(order_id)
    with pytest.raises(asks.Refused, match="settled"):
        desk.answer(order_id, "reject", PACKED)


def test_rejected_the_order_goes_on(asked: tuple[Desk, str]) -> None:
    desk, order_id = asked
    with pytest.raises(asks.Refused, match="reason"):
        desk.answer(order_id, "reject")
    desk.answer(order_id, "reject", PACKED)
    row = desk.settle(order_id)
    assert (row.status, row.sync_state, row.buyer_asks_cancel) == ("AWAITING_SHIPMENT", "synced", False)
    assert desk.magento(order_id)["creditmemos"] == []
    assert "The buyer's request to cancel was rejected. [staff@example.com]" in desk.sentences(order_id)


def test_a_reason_that_tiktok_does_not_take_is_told_and_the_request_stays_open(asked: tuple[Desk, str]) -> None:
    desk, order_id = asked
    desk.answer(order_id, "reject", "too_lazy")
    desk.settle(order_id)
    request = desk.request(order_id)
    assert (request.answer, request.answer_state) == ("", "refused")
    assert "Product has been packed" in request.answer_message
    desk.answer(order_id, "reject", PACKED)
    desk.settle(order_id)
    assert desk.request(order_id).answer_state == "confirmed"


NOT_CONNECTED = {"code": 36004001, "message": "invalid refresh token", "data": None, "request_id": "1"}


def disconnect(desk: Desk) -> None:
    desk.fault("tiktok", kind="status", status=200, path="/reject_reasons", times=None, body=NOT_CONNECTED)


def reconnect(desk: Desk) -> None:
    requests.delete(f"{desk.work.tiktok.url}/_sandbox/faults", timeout=5).raise_for_status()


def test_the_reasons_are_read_once_the_shop_is_connected_again(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    disconnect(desk)
    assert desk.settle(order_id).error_code == "tiktok_authorization_revoked"
    reconnect(desk)
    assert desk.settle(order_id).sync_state == "synced"
    assert PACKED in {reason["name"] for reason in desk.request(order_id).reject_reasons}


def test_an_answer_waits_until_the_shop_is_connected_again(asked: tuple[Desk, str]) -> None:
    desk, order_id = asked
    disconnect(desk)
    desk.answer(order_id, "reject", PACKED)
    assert desk.settle(order_id).error_code == "tiktok_authorization_revoked"
    assert desk.request(order_id).answer_state == "asked", "TikTok Shop has not refused it"
    reconnect(desk)
    assert desk.settle(order_id).sync_state == "synced"
    assert desk.request(order_id).answer_state == "confirmed"


def test_a_request_that_cannot_be_rejected_offers_no_reasons(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    body = NOT_CONNECTED | {"code": 25001001, "message": "it cannot be rejected"}
    desk.fault("tiktok", kind="status", status=200, path="/reject_reasons", times=None, body=body)
    assert desk.settle(order_id).sync_state == "synced"
    assert desk.request(order_id).reject_reasons == []


@pytest.mark.parametrize("decision", ["approve_cancellation", "reject_cancellation", "withdraw_cancellation"])
def test_what_tiktok_or_the_buyer_decides_is_followed(asked: tuple[Desk, str], decision: str) -> None:
    desk, order_id = asked
    desk.act(order_id, decision)
    row = desk.settle(order_id)
    is_cancelled = decision == "approve_cancellation"
    assert row.status == ("CANCELLED" if is_cancelled else "AWAITING_SHIPMENT")
    assert (row.sync_state, row.buyer_asks_cancel) == ("synced", False)
    assert desk.magento(order_id)["state"] == ("closed" if is_cancelled else "processing")


def test_an_answer_that_comes_too_late_says_so(asked: tuple[Desk, str]) -> None:
    desk, order_id = asked
    desk.answer(order_id, "approve")
    desk.act(order_id, "withdraw_cancellation")
    row = desk.settle(order_id)
    assert (row.status, row.sync_state) == ("AWAITING_SHIPMENT", "synced")
    assert desk.request(order_id).answer_state == "overtaken"


def test_after_the_deadline_the_order_is_read_again_without_a_webhook(asked: tuple[Desk, str], clock: Any) -> None:
    from connector.sync import converge

    desk, order_id = asked
    row = desk.work.row(order_id)
    desk.act(order_id, "approve_cancellation")  # what TikTok does when nobody answers
    clock.turn(days=2, minutes=2)
    from connector.clock import now

    assert row.due_at < now()
    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.status, row.sync_state) == ("CANCELLED", "synced")


@pytest.mark.parametrize("answer", ["approve", "reject"])
@pytest.mark.parametrize("kind", ["drop", "cut"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/(approve|reject)$"), ("POST", "/cancellations/search"), ("GET", "/reject_reasons")]
)
def test_an_answer_is_given_once_whatever_becomes_of_a_call(
    asked: tuple[Desk, str], method: str, path: str, kind: str, answer: str
) -> None:
    desk, order_id = asked
    desk.fault("tiktok", kind=kind, method=method, path=path)
    desk.answer(order_id, answer, PACKED if answer == "reject" else "")
    row = desk.settle(order_id)
    assert row.sync_state == "synced"
    assert row.status == ("CANCELLED" if answer == "approve" else "AWAITING_SHIPMENT")
    assert desk.request(order_id).answer_state == "confirmed"
    assert len(desk.tiktok_book(order_id)["cancellations"]) == 1
    desk.assert_books_are_right()
