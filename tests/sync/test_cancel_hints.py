"""How cancellations and returns come to be known: webhooks 11, 12, 64, 67, and the poll for what was lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select

from connector import clock
from connector.extensions import db
from connector.models import InboxEvent, Shop
from connector.models.inbox import HANDLED, NEW
from connector.models.transaction import end_transaction, transaction
from connector.sync import aftersales, asks, events, fetching, intake
from connector.tiktok.aftersale_calls import DocumentPage
from connector.tiktok.client import TikTokClient
from sandbox.stack import SHOP_ID
from tests.sync.aftersales import Desk

pytestmark = pytest.mark.either_database


def webhook(kind: int, data: dict[str, Any]) -> None:
    body = json.dumps({"type": kind, "tts_notification_id": f"n{kind}", "shop_id": SHOP_ID, "data": data}).encode()
    with transaction() as session:
        values = {"body": body, "dedupe_key": f"n{kind}", "received_at": clock.now(), "state": NEW}
        row = InboxEvent(type=kind, tiktok_shop_id=SHOP_ID, **values)
        session.add(row)
        session.flush()
        event_id = row.id
    events.handle(event_id)
    assert db.session.get_one(InboxEvent, event_id, populate_existing=True).state == HANDLED
    end_transaction()


@pytest.mark.parametrize("kind", [11, 12, 67])
def test_a_webhook_about_one_lets_its_order_be_asked_for(desk: Desk, kind: int) -> None:
    order_id = desk.placed()
    calls = {"order_id": order_id, "line_items": [{"main_order_id": order_id}]}
    webhook(kind, calls)
    row = desk.work.row(order_id)
    assert (row.aftersales_observed, row.sync_state) == (row.observed, "pending")
    desk.act(order_id, "request_cancellation")
    from connector.sync import converge

    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.buyer_asks_cancel, row.aftersales_read >= row.aftersales_observed) == (True, True)


def test_an_order_of_which_nothing_was_heard_is_not_asked_about(desk: Desk) -> None:
    order_id = desk.placed()
    before = dict(desk.work.tiktok.state.requests)
    desk.work.sync(order_id)
    asked = {path for path, count in desk.work.tiktok.state.requests.items() if count != before.get(path, 0)}
    assert not [path for path in asked if "return_refund" in path]


def test_a_request_that_names_no_order_lets_the_shop_be_looked_at_soon(desk: Desk) -> None:
    assert aftersales.start_polls(60) == 1  # the first look of a shop is due at once
    assert aftersales.start_polls(60) == 0
    webhook(64, {"aftersales_request_id": "403549", "return_role": "BUYER"})
    assert aftersales.start_polls(60) == 1
    assert aftersales.start_polls(60) == 0


def test_the_polls_watermark_stays_when_a_look_fails(desk: Desk) -> None:
    shop_id = db.session.scalar(select(Shop.id))
    end_transaction()
    aftersales.poll(shop_id)
    seen = db.session.get_one(Shop, shop_id, populate_existing=True).aftersales_watermark
    end_transaction()
    assert seen is not None
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    desk.fault("tiktok", kind="status", status=500, method="POST", path="/returns/search")
    assert aftersales.poll(shop_id) == 1  # what was read before it failed is not lost
    assert db.session.get_one(Shop, shop_id, populate_existing=True).aftersales_watermark == seen
    end_transaction()


def shop() -> Shop:
    found = db.session.scalars(select(Shop).execution_options(populate_existing=True)).one()
    end_transaction()
    return found


def test_a_look_that_fails_is_told_until_one_goes_to_its_end_whatever_the_look_for_orders_does(desk: Desk) -> None:
    forbidden = {"code": 105005, "message": "no scope", "request_id": "x"}
    desk.fault("tiktok", kind="status", status=403, method="POST", path="/returns/search", body=forbidden, times=1)
    aftersales.poll(1)
    fetching.work(asks.fetch(1, "safety poll"))
    assert "TikTok Shop does not let the app do this." in shop().aftersales_error
    assert (shop().last_aftersales_poll_at, shop().aftersales_watermark) == (None, None)
    aftersales.poll(1)
    assert shop().aftersales_error == ""
    assert shop().last_aftersales_poll_at is not None


def test_a_fault_of_ours_in_a_look_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "observe_hint", broken)
    aftersales.poll(1)
    assert "ZeroDivisionError" in shop().aftersales_error
    assert shop().aftersales_watermark is None


def test_a_list_that_leads_back_to_a_page_that_was_read_ends_the_look(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = DocumentPage(documents=[], next_page_token="again", total_count=0)
    asked: list[object] = []

    def search(*_: Any, **search: Any) -> DocumentPage:
        asked.append(search["page_token"])
        assert len(asked) < 10
        return page

    monkeypatch.setattr(TikTokClient, "search_cancellations", search)
    aftersales.poll(1)
    assert asked == ["", "again"]
    assert "leads back" in shop().aftersales_error


def test_a_shop_that_is_not_connected_is_not_looked_through(desk: Desk) -> None:
    with transaction() as session:
        session.scalars(select(Shop)).one().state = "disconnected"
    before = dict(desk.work.tiktok.state.requests)
    assert aftersales.poll(1) == 0
    assert dict(desk.work.tiktok.state.requests) == before


def test_an_order_number_that_the_database_does_not_take_keeps_no_other_from_being_seen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    real = TikTokClient.search_cancellations

    def with_poison(client: TikTokClient, **search: Any) -> DocumentPage:
        found = real(client, **search)
        poison = [{**one, "order_id": "5" * 60, "cancel_id": "5\0"} for one in found.documents]
        return replace(found, documents=[*poison, *found.documents])

    monkeypatch.setattr(TikTokClient, "search_cancellations", with_poison)
    aftersales.poll(1)
    assert (shop().aftersales_error, desk.work.row(order_id).sync_state) == ("", "pending")


def test_a_look_that_finds_all_known_costs_the_database_no_more_for_many_than_for_one(desk: Desk) -> None:
    def cost_of_a_look() -> int:
        statements: list[str] = []

        def note(*arguments: Any) -> None:
            statements.append(arguments[2])

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert aftersales.poll(1) == 0
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(statements)

    costs = []
    for count in (1, 3):
        asked = [desk.placed() for _ in range(count)]
        for order_id in asked:
            desk.act(order_id, "request_cancellation")
        aftersales.poll(1)
        for order_id in asked:
            desk.work.sync(order_id)
        costs.append(cost_of_a_look())
    assert costs[0] == costs[1]


def test_one_that_changes_while_they_are_read_has_no_other_missed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves to the end, and whatever stood behind it to the page before."""
    orders = [desk.placed(synced=False) for _ in range(5)]
    for order_id in orders:
        desk.act(order_id, "request_cancellation")
    tiktok = desk.work.tiktok.state
    with tiktok.lock:
        requests = list(tiktok.shop(None).cancellations.values())
        for number, request in enumerate(requests):
            request.update_time -= 3600 * (6 - number)
    real, seen = TikTokClient.search_cancellations, []

    def moving(client: TikTokClient, **search: Any) -> DocumentPage:
        page = real(client, **search, page_size=2)
        if not seen:
            with tiktok.lock:
                requests[0].update_time += 6 * 3600
        seen.extend(document["order_id"] for document in page.documents)
        return page

    monkeypatch.setattr(TikTokClient, "search_cancellations", moving)
    aftersales.poll(1)
    assert shop().aftersales_error == ""
    assert set(seen) == set(orders)
    assert all(desk.work.row(order_id).sync_state == "pending" for order_id in orders)


def test_a_look_that_takes_long_is_not_begun_a_second_time_beside_itself(
    desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow TikTok would have every worker busy with looks at one shop."""
    for order_id in [desk.placed(synced=False) for _ in range(5)]:
        desk.act(order_id, "request_cancellation")
    real, begun = TikTokClient.search_cancellations, []

    def slow(client: TikTokClient, **search: Any) -> DocumentPage:
        page = real(client, **search, page_size=1)
        clock.turn(seconds=19)
        begun.append(aftersales.start_polls(60))
        return page

    monkeypatch.setattr(TikTokClient, "search_cancellations", slow)
    assert aftersales.start_polls(60) == 1
    aftersales.poll(1)
    assert len(begun) > 4 and sum(begun) == 0
    assert shop().aftersales_error == ""
    clock.turn(seconds=61)
    assert aftersales.start_polls(60) == 1
