"""Nothing is retried for ever, nothing is dropped: what stands still is in one place and goes on when somebody says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import AuditEntry, InboxEvent, Order, Shop
from connector.models.inbox import DROPPED, FAILED, HANDLED, NEW, UNKNOWN_SHOP
from connector.models.transaction import end_transaction, transaction
from connector.sync import dead_ends, events, intake
from sandbox.stack import SHOP_ID


def stored_event(order_id: str, shop_id: str = SHOP_ID, body: bytes | None = None, key: str = "") -> int:
    told = {"order_id": order_id, "order_status": "AWAITING_SHIPMENT", "update_time": 1}
    raw = (
        body
        or json.dumps(
            {"type": 1, "tts_notification_id": order_id, "shop_id": shop_id, "timestamp": 1, "data": told}
        ).encode()
    )
    with transaction() as session:
        event = InboxEvent(
            dedupe_key=key or f"k{order_id}",
            type=1,
            tiktok_shop_id=shop_id,
            body=raw,
            received_at=clock.now(),
        )
        session.add(event)
        session.flush()
        return event.id


def event(event_id: int) -> InboxEvent:
    found = db.session.get_one(InboxEvent, event_id, populate_existing=True)
    end_transaction()
    return found


def test_an_event_that_breaks_its_handling_is_set_aside_in_the_end_and_can_be_replayed(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = work.place()
    event_id = stored_event(order_id)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(intake, "observe_hint", broken)
        for _ in range(dead_ends.MOST_TRIES - 1):
            dead_ends.handle(event_id)
        assert (event(event_id).state, event(event_id).attempts) == (NEW, dead_ends.MOST_TRIES - 1)
        dead_ends.handle(event_id)
    assert event(event_id).state == FAILED
    assert "ZeroDivisionError" in event(event_id).error
    dead_ends.handle(event_id)
    assert event(event_id).state == FAILED, "nothing is retried for ever"
    assert dead_ends.replay_all("somebody") == 1
    dead_ends.handle(event_id)
    assert event(event_id).state == HANDLED
    assert work.row(order_id).observed == 1


def test_an_event_that_somebody_says_is_not_needed_is_no_dead_end_any_more(app: Flask) -> None:
    broken = stored_event("1", body=b"{", key="k1")
    with transaction() as session:
        session.get_one(InboxEvent, broken).state = FAILED
    handled = stored_event("2")
    assert dead_ends.drop(broken, "ada@example.com")
    assert not dead_ends.drop(broken, "ada@example.com"), "it is none any more"
    assert not dead_ends.drop(handled, "ada@example.com")
    assert [event(one).state for one in (broken, handled)] == [DROPPED, NEW]
    assert dead_ends.replay_all("somebody") == 0
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.what == "dropped")).one()
    assert (entry.actor, entry.subject) == ("ada@example.com", str(broken))
    end_transaction()


def test_events_of_a_shop_that_was_not_connected_are_handled_once_it_is(work: Any) -> None:
    event_id = stored_event(work.place(), shop_id="123")
    dead_ends.handle(event_id)
    assert event(event_id).state == UNKNOWN_SHOP
    with transaction() as session:
        session.scalars(select(Shop)).one().tiktok_shop_id = "123"
    dead_ends.replay([event_id], "somebody")
    dead_ends.handle(event_id)
    assert event(event_id).state == HANDLED


def test_a_handled_event_can_be_replayed_and_makes_no_second_order(work: Any) -> None:
    order_id = work.place()
    event_id = stored_event(order_id)
    events.handle(event_id)
    work.sync_until_settled(order_id)
    dead_ends.replay([event_id], "somebody")
    dead_ends.handle(event_id)
    assert work.sync_until_settled(order_id).sync_state == "synced"
    assert len(work.magento_orders(order_id)) == 1


def test_events_are_replayed_by_command_and_their_orders_read_anew(work: Any) -> None:
    order_id = work.place()
    event_id, of_nobody = stored_event(order_id), stored_event(work.place(), shop_id="123")
    dead_ends.handle_new()
    work.sync_until_settled(order_id)
    observed = work.row(order_id).observed
    runner = work.app.test_cli_runner()
    result = runner.invoke(args=["events", "replay", str(event_id)])
    assert (result.exit_code, result.output) == (0, f"{event_id}: handled\n")
    assert work.row(order_id).observed == observed + 1
    result = runner.invoke(args=["events", "replay", str(event_id), str(of_nobody), "999999999"])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{event_id}: handled",
        f"{of_nobody}: unknown_shop",
        "999999999: there is no such event",
    ]


def test_all_orders_in_error_or_those_with_one_cause_are_tried_again(work: Any) -> None:
    unknown = work.place(lines=[{"seller_sku": "UNKNOWN-SKU", "quantity": 1}])
    row = work.sync(unknown)
    assert row.sync_state == "error"
    assert dead_ends.try_all("somebody", "another_cause") == 0
    assert dead_ends.try_all("somebody") == 1
    assert work.row(unknown).sync_state == "pending"
    assert work.row(unknown).due_at is not None
    assert "sync_again" in work.timeline(unknown)


def test_one_order_that_cannot_be_read_keeps_no_other_from_being_fetched(work: Any) -> None:
    shop_id = db.session.scalar(select(Shop.id))
    end_transaction()
    good = _document(work, work.place())
    poison = {"id": "42", "status": "AWAITING_SHIPMENT"}
    with transaction() as session:
        seen = intake.observe_documents(session, shop_id, [poison, good])
    assert [(one.is_new, one.is_unreadable) for one in seen] == [(True, True), (True, False)]
    rows = {row.tiktok_order_id: row for row in db.session.scalars(select(Order))}
    end_transaction()
    assert rows["42"].due_at is not None and rows["42"].document is None
    assert rows[good["id"]].document is not None


def _document(work: Any, order_id: str) -> dict[str, Any]:
    from sandbox.tiktok.documents import order_document

    with work.tiktok.state.lock:
        document: dict[str, Any] = order_document(work.tiktok.state.find_order(order_id)[1])
    return document


def test_a_job_handles_all_new_events_and_a_broken_one_holds_up_no_other(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [work.place() for _ in range(3)]
    ids = [stored_event(order_id) for order_id in orders]
    real = intake.observe_hint

    def breaks_one(session: Any, shop_id: int, order_id: str) -> Any:
        if order_id == orders[0]:
            raise ZeroDivisionError
        return real(session, shop_id, order_id)

    monkeypatch.setattr(intake, "observe_hint", breaks_one)
    assert dead_ends.handle_new() == 3
    assert [event(event_id).state for event_id in ids] == [NEW, HANDLED, HANDLED]
    assert event(ids[0]).attempts == 1


@pytest.mark.parametrize("tiktok_order_id", ["5" * 60, "5\0"], ids=["too long", "NUL"])
def test_an_event_that_the_database_does_not_take_holds_up_no_other(work: Any, tiktok_order_id: str) -> None:
    poison, good = stored_event(tiktok_order_id, key="poison"), stored_event(work.place())
    assert dead_ends.handle_new() == 2
    assert event(good).state == HANDLED
    # SQLite takes any text, and then the order says itself that TikTok Shop does not know it.
    if db.engine.dialect.name == "postgresql":
        assert (event(poison).state, event(poison).attempts) == (NEW, 1)
        assert "DataError" in event(poison).error


class Killed(BaseException):
    """What kill -9 is to a process: nothing after it runs."""


def test_an_event_that_kills_its_worker_each_time_holds_up_no_other_and_is_set_aside(
    work: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly, order_id = work.place(), work.place()
    poison, good = stored_event(deadly), stored_event(order_id)
    real = intake.observe_hint

    def kills(session: Any, shop_id: int, order_id: str) -> Any:
        if order_id == deadly:
            raise Killed
        return real(session, shop_id, order_id)

    monkeypatch.setattr(intake, "observe_hint", kills)
    monkeypatch.setattr(dead_ends, "MOST_DEATHS", 5)

    def die() -> None:
        with pytest.raises(Killed):
            dead_ends.handle_new()

    die()
    assert [(event(one).state, event(one).attempts) for one in (poison, good)] == [(NEW, 0), (NEW, 0)]
    clock.turn(seconds=31)
    die()
    assert event(poison).attempts == 1
    die()
    assert (event(good).state, event(good).attempts) == (HANDLED, 1)
    for _ in range(dead_ends.MOST_DEATHS - 2):
        die()
    assert (event(poison).state, event(poison).attempts) == (NEW, dead_ends.MOST_DEATHS)
    dead_ends.handle_new()
    assert (event(poison).state, event(poison).attempts) == (FAILED, dead_ends.MOST_DEATHS)
    assert event(poison).error == "The worker died each time while the event was handled."
    monkeypatch.undo()
    dead_ends.replay_all("somebody")
    assert dead_ends.handle_new() == 1
    assert (event(poison).state, event(poison).attempts) == (HANDLED, 1)


def test_an_event_that_comes_a_second_time_is_counted_once_a_try(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    event_id = stored_event(work.place())

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "observe_hint", broken)
    monkeypatch.setattr(dead_ends, "MOST_TRIES", 5)
    for tries in range(1, dead_ends.MOST_TRIES):
        assert dead_ends.handle_new() == 1
        assert (event(event_id).state, event(event_id).attempts) == (NEW, tries)
    dead_ends.handle_new()
    assert (event(event_id).state, event(event_id).attempts) == (FAILED, dead_ends.MOST_TRIES)
    assert "ZeroDivisionError" in event(event_id).error
