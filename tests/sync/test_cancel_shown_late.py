"""TikTok carries out the merchant's cancellation, and shows it in its list and on the order a little later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connector import http
from connector.domain import returns as values
from connector.models import Order
from connector.tiktok.aftersale_calls import DocumentPage
from connector.tiktok.client import TikTokClient
from tests.sync.aftersales import Desk

pytestmark = pytest.mark.either_database


class Lag:
    """From the cancellation on, TikTok's reads answer as before it, until it is over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_answer_lost: bool) -> None:
        self.sent, self.is_over = 0, False
        before: list[Any] = []
        cancel, search, read = TikTokClient.cancel_order, TikTokClient.search_cancellations, TikTokClient.get_orders

        def cancel_order(client: TikTokClient, order_id: str, *arguments: Any, **options: Any) -> Any:
            self.sent += 1
            before.extend(read(client, [order_id]))
            result = cancel(client, order_id, *arguments, **options)
            if is_answer_lost:
                raise http.CallFailed("It did not answer in time.", kind="timeout")
            return result

        def late(real: Callable[..., Any], then: Callable[[], Any]) -> Callable[..., Any]:
            return lambda *arguments, **options: then() if before and not self.is_over else real(*arguments, **options)

        monkeypatch.setattr(TikTokClient, "cancel_order", cancel_order)
        monkeypatch.setattr(TikTokClient, "get_orders", late(read, lambda: before))
        nothing = DocumentPage(documents=[], next_page_token="", total_count=0)
        monkeypatch.setattr(TikTokClient, "search_cancellations", late(search, lambda: nothing))


def look(desk: Desk, order_id: str) -> Order:
    return desk.settle(order_id, most=3)


@pytest.mark.parametrize("is_answer_lost", [False, True], ids=["taken", "answer lost"])
def test_what_tiktok_shows_late_is_not_taken_for_refused(
    desk: Desk, clock: Any, is_answer_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed()
    lag = Lag(monkeypatch, is_answer_lost=is_answer_lost)
    desk.cancel(order_id)
    row = look(desk, order_id)
    assert (row.sync_state, desk.ask(order_id).state, lag.sent) == ("pending", values.SENT, 1)
    assert row.error_code == ("cancel_unclear" if is_answer_lost else "")
    lag.is_over = True
    clock.turn(seconds=15)
    assert desk.settle(order_id).sync_state == "synced"
    assert (desk.ask(order_id).state, lag.sent, desk.sold()) == (values.CONFIRMED, 1, {})
    desk.assert_books_are_right()


@pytest.mark.parametrize("is_answer_lost", [False, True], ids=["taken", "answer lost"])
def test_what_tiktok_never_shows_ends_as_refused(
    desk: Desk, clock: Any, is_answer_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed()
    lag = Lag(monkeypatch, is_answer_lost=is_answer_lost)
    desk.cancel(order_id)
    look(desk, order_id)
    clock.turn(minutes=2 if is_answer_lost else 7 * 60)
    assert desk.settle(order_id).sync_state == "synced"
    assert (desk.ask(order_id).state, lag.sent) == (values.REFUSED, 1)


class AnswerLag:
    """From the answer to the buyer on, TikTok's lists answer as before it, until it is over; a second answer is refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: str, *, is_answer_lost: bool) -> None:
        self.sent, self.is_over = 0, False
        before: dict[str, Any] = {}
        real = getattr(TikTokClient, answer)
        reads = {name: getattr(TikTokClient, name) for name in ("search_cancellations", "get_orders")}

        def answers(client: TikTokClient, cancel_id: str, *arguments: Any, **options: Any) -> Any:
            self.sent += 1
            if self.sent == 1:
                before["search_cancellations"] = reads["search_cancellations"](client, cancel_ids=[cancel_id])
                before["get_orders"] = []
                orders = {document["order_id"] for document in before["search_cancellations"].documents}
                before["get_orders"] = reads["get_orders"](client, sorted(orders))
            result = real(client, cancel_id, *arguments, **options | {"idempotency_key": f"key-{self.sent}"})
            if is_answer_lost:
                raise http.CallFailed("It did not answer in time.", kind="timeout")
            return result

        def late(name: str) -> Callable[..., Any]:
            return lambda *a, **o: (
                before[name] if before.get("get_orders") and not self.is_over else reads[name](*a, **o)
            )

        monkeypatch.setattr(TikTokClient, answer, answers)
        for name in reads:
            monkeypatch.setattr(TikTokClient, name, late(name))


@pytest.mark.parametrize("is_answer_lost", [False, True], ids=["taken", "answer lost"])
@pytest.mark.parametrize("answer", [values.APPROVE, values.REJECT])
def test_an_answer_to_the_buyer_that_tiktok_shows_late_is_given_once_and_not_taken_for_refused(
    desk: Desk, clock: Any, answer: str, is_answer_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    desk.settle(order_id)
    lag = AnswerLag(monkeypatch, f"{answer}_cancellation", is_answer_lost=is_answer_lost)
    desk.answer(order_id, answer, "seller_reject_apply_product_has_been_packed" if answer == values.REJECT else "")
    row = look(desk, order_id)
    assert row.error_code == ("shown_late" if is_answer_lost else "")
    assert desk.request(order_id).answer_state == (values.SENT if is_answer_lost else values.TAKEN)
    assert is_answer_lost or lag.sent == 1
    lag.is_over = True
    clock.turn(seconds=15)
    assert desk.settle(order_id).sync_state == "synced"
    assert (desk.request(order_id).answer_state, desk.tiktok(order_id)) == (
        values.CONFIRMED,
        "CANCELLED" if answer == values.APPROVE else "AWAITING_SHIPMENT",
    )
    assert not any("did not take the answer" in sentence for sentence in desk.sentences(order_id))
