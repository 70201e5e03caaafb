"""A fetch goes through to its end, however long it takes and whatever one order holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from connector import clock as product_clock
from connector.blueprints.health.metrics import Collector
from connector.domain.errors import TryLater
from connector.extensions import db
from connector.models import FetchRun, Order, Shop
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, fetching, intake
from connector.tiktok.client import TikTokClient


def asked() -> int:
    shop_id = db.session.scalars(select(Shop.id)).one()
    end_transaction()
    return asks.fetch(shop_id, "somebody")


def state(run_id: int) -> FetchRun:
    run = db.session.get_one(FetchRun, run_id, populate_existing=True)
    end_transaction()
    return run


def placed_minutes_apart(work: Any, count: int) -> list[str]:
    """Orders that changed a minute after one another, the oldest first, so that each has its place in a fetch."""
    orders = [work.place() for _ in range(count)]
    for number, order_id in enumerate(orders):
        with work.tiktok.state.lock:
            work.tiktok.state.find_order(order_id)[1].update_time -= 60 * (count - number)
    return orders


@pytest.mark.either_database
def test_what_takes_long_is_put_back_and_goes_on_where_it_stopped(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAGE_SIZE", 2)
    orders = placed_minutes_apart(work, 6)
    run_id = asked()
    goes = 0
    while state(run_id).state == "running":
        fetching.work(run_id, at_one_go=0)
        goes += 1
        assert goes < 20
    assert goes > 2
    assert (state(run_id).state, state(run_id).new) == ("done", 6)
    assert all(work.row(order_id).document is not None for order_id in orders)
    assert db.session.scalars(select(Shop)).one().poll_watermark is not None
    end_transaction()


def test_the_command_goes_on_where_a_worker_that_was_quicker_stopped(
    work: Any, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker puts back waits for a worker, and there may be none any more: the command looked on until it gave up."""
    monkeypatch.setattr(fetching, "PAGE_SIZE", 2)
    placed_minutes_apart(work, 6)
    real = fetching.work
    turns: list[str] = []

    def as_in_a_race(run_id: int, at_one_go: float) -> None:
        turns.append("worker" if not turns else "command")
        real(run_id, at_one_go=0 if turns == ["worker"] else at_one_go)

    monkeypatch.setattr(fetching, "work", as_in_a_race)
    result = app.test_cli_runner().invoke(args=["orders", "fetch"])
    assert (result.exit_code, turns) == (0, ["worker", "command"]), result.output
    assert "6 new" in result.output


def test_one_order_that_the_database_does_not_take_keeps_no_other_from_being_fetched(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, good = work.place(), work.place()
    real = TikTokClient.changed_order_pages

    def with_a_nul(client: TikTokClient, *search: Any) -> Any:
        for page in real(client, *search):
            for document in page.documents:
                if document["id"] == poison:
                    document["recipient_address"]["name"] = "A\0B"
            yield page

    monkeypatch.setattr(TikTokClient, "changed_order_pages", with_a_nul)
    run_id = asked()
    fetching.work(run_id)
    assert state(run_id).state == "done"
    assert work.row(good).document is not None
    assert work.row(poison).due_at is not None
    if db.engine.dialect.name == "postgresql":
        assert (state(run_id).new, state(run_id).failed) == (1, 1)


@pytest.mark.either_database
def test_a_fault_of_ours_is_told(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(TikTokClient, "changed_order_pages", broken)
    run_id = asked()
    fetching.work(run_id)
    assert state(run_id).state == "running" and "ZeroDivisionError" in state(run_id).error


class Net:
    """TikTok's pages, which can be had or not: `is_away` before the first, `ends_early` after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away = self.ends_early = False
        real = TikTokClient.changed_order_pages

        def pages(client: TikTokClient, *search: Any) -> Iterator[Any]:
            for page in real(client, *search):
                if self.is_away:
                    raise TryLater("Slower, please.", code="tiktok_rate_limited", after=1.0)
                yield page
                self.is_away = self.ends_early

        monkeypatch.setattr(TikTokClient, "changed_order_pages", pages)


@pytest.mark.either_database
def test_a_long_fetch_gives_up_by_how_long_it_has_failed_in_a_row(
    work: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PAGE_SIZE", 2)
    placed_minutes_apart(work, 6)
    net = Net(monkeypatch)
    run_id = asked()
    fetching.work(run_id, at_one_go=0)
    for _ in range(2):
        clock.turn(minutes=11)
        net.is_away = True
        fetching.work(run_id, at_one_go=0)
        assert (state(run_id).state, state(run_id).error) == ("running", "Slower, please.")
        clock.turn(minutes=9)
        net.is_away = False
        fetching.work(run_id, at_one_go=0)
        assert (state(run_id).state, state(run_id).failing_since) == ("running", None)
    net.is_away = True
    fetching.work(run_id, at_one_go=0)
    clock.turn(minutes=11)
    fetching.work(run_id, at_one_go=0)
    assert state(run_id).state == "failed"


@pytest.mark.either_database
def test_a_fetch_that_only_reads_the_same_again_gives_up_too(
    work: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PAGE_SIZE", 2)
    second = int(product_clock.now().timestamp()) - 60
    for _ in range(4):
        order_id = work.place()
        with work.tiktok.state.lock:
            work.tiktok.state.find_order(order_id)[1].update_time = second
    net = Net(monkeypatch)
    run_id = asked()
    for _ in range(3):
        assert state(run_id).state == "running"
        net.is_away, net.ends_early = False, True
        fetching.work(run_id)
        clock.turn(minutes=6)
    assert state(run_id).state == "failed"


@pytest.mark.either_database
def test_a_period_that_somebody_asked_for_holds_up_no_poll(work: Any, clock: Any) -> None:
    shop_id = db.session.scalars(select(Shop.id)).one()
    end_transaction()
    first = asks.fetch(shop_id, "safety poll")
    assert asks.fetch(shop_id, "safety poll") == first
    now = clock.turn(minutes=0)
    past = asks.fetch(shop_id, "ada@example.com", since=now - timedelta(days=400), until=now - timedelta(days=390))
    year = asks.fetch(shop_id, "ada@example.com", since=now - timedelta(days=365))
    assert asks.fetch(shop_id, "safety poll") == first
    fetching.work(first)
    clock.turn(minutes=1)
    poll = asks.fetch(shop_id, "safety poll")
    assert poll not in (first, past, year)
    clock.turn(minutes=1)
    assert asks.fetch(shop_id, "safety poll") == poll
    fetching.work(poll)
    polled_at = db.session.get_one(Shop, shop_id, populate_existing=True).last_poll_at
    end_transaction()
    clock.turn(minutes=1)
    fetching.work(past)
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    assert (state(past).state, shop.last_poll_at) == ("done", polled_at)
    end_transaction()


@pytest.mark.either_database
def test_a_second_change_within_the_second_that_was_read_is_found_by_the_poll(work: Any) -> None:
    order_id = work.place()
    assert work.sync_until_settled(order_id).sync_state == "synced"
    with work.tiktok.state.lock:
        read_at = work.tiktok.state.find_order(order_id)[1].update_time
    work.act(order_id, "cancel")
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(order_id)[1].update_time = read_at
    fetching.work(asked())
    row = work.row(order_id)
    assert (row.status, row.sync_state) == ("CANCELLED", "pending")
    fetching.work(asked())
    assert work.row(order_id).observed == row.observed, "what is known wakes nobody"


@pytest.mark.either_database
def test_an_answer_that_lags_behind_within_the_same_second_takes_nothing_back(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = work.place()
    assert work.sync_until_settled(order_id).sync_state == "synced"
    row = work.row(order_id)
    lagging = {**row.document, "status": "ON_HOLD"}
    with transaction() as session:
        [seen] = intake.observe_documents(session, row.shop_id, [lagging])
    assert not seen.is_changed
    monkeypatch.setattr(TikTokClient, "get_orders", lambda *_: [lagging])
    assert work.sync(order_id).sync_state == "synced"
    assert work.row(order_id).status == "AWAITING_SHIPMENT"
    assert work.timeline(order_id).count("status") == 1


def connection(state: str) -> None:
    with transaction() as session:
        session.scalars(select(Shop)).one().state = state


@pytest.mark.parametrize("after_pages", [0, 1])
def test_a_shop_that_is_disconnected_meanwhile_gives_no_more_orders(
    work: Any, monkeypatch: pytest.MonkeyPatch, after_pages: int
) -> None:
    monkeypatch.setattr(fetching, "PAGE_SIZE", 2)
    for _ in range(4):
        work.place()
    real = TikTokClient.changed_order_pages

    def pages(client: TikTokClient, *search: Any) -> Iterator[Any]:
        for number, page in enumerate(real(client, *search)):
            if number == after_pages:
                connection("deauthorized")
            yield page

    monkeypatch.setattr(TikTokClient, "changed_order_pages", pages)
    run_id = asked()
    fetching.work(run_id)
    assert (state(run_id).state, state(run_id).seen) == ("failed", 2 * after_pages)
    assert "is not connected any more" in state(run_id).error
    assert len(db.session.scalars(select(Order.id)).all()) == 2 * after_pages
    end_transaction()


@pytest.mark.parametrize(("connection_state", "told"), [("deauthorized", 1), ("disconnected", 0)])
def test_a_shop_that_was_disconnected_before_is_not_read_and_one_given_up_on_purpose_is_nobodys_concern(
    work: Any, connection_state: str, told: int
) -> None:
    work.place()
    run_id = asked()
    connection(connection_state)
    fetching.work(run_id)
    assert (state(run_id).state, state(run_id).seen) == ("failed", 0)
    failed = [metric for metric in Collector().collect() if metric.name == "connector_failed_fetches"]
    assert [metric.samples[0].value for metric in failed] == [told]
    end_transaction()


@pytest.mark.either_database
def test_a_period_that_was_asked_for_before_the_first_poll_leaves_nothing_before_it_unread(work: Any) -> None:
    old = work.place()
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(old)[1].update_time -= 2 * 86400
    shop_id = db.session.scalars(select(Shop.id)).one()
    end_transaction()
    fetching.work(asks.fetch(shop_id, "somebody", since=product_clock.now() - timedelta(hours=1)))
    fetching.work(asks.fetch(shop_id, "safety poll"))
    assert work.row(old).document is not None


@pytest.mark.either_database
def test_an_order_that_changes_while_pages_are_read_has_no_other_missed(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It moves to the end, and whatever stood behind it to the page before."""
    monkeypatch.setattr(fetching, "PAGE_SIZE", 2)
    orders = [work.place() for _ in range(5)]
    with work.tiktok.state.lock:
        for number, order_id in enumerate(orders):
            work.tiktok.state.find_order(order_id)[1].update_time -= 3600 * (6 - number)
    real, seen = TikTokClient.search_orders, []

    def moving(client: TikTokClient, **search: Any) -> Any:
        page = real(client, **search)
        if not seen:
            with work.tiktok.state.lock:
                work.tiktok.state.find_order(orders[0])[1].update_time += 6 * 3600
        seen.extend(document["id"] for document in page.documents)
        return page

    monkeypatch.setattr(TikTokClient, "search_orders", moving)
    run_id = asked()
    fetching.work(run_id)
    assert state(run_id).state == "done"
    assert set(seen) == set(orders)
    assert state(run_id).new == 5
