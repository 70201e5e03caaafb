"""A fetch goes through to its end, however long it takes and whatever one order holds."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connector.extensions import db
from connector.models import FetchRun, Shop
from connector.models.transaction import end_transaction
from connector.sync import asks, fetching
from connector.tiktok.client import TikTokClient


def asked() -> int:
    shop_id = db.session.scalars(select(Shop.id)).one()
    end_transaction()
    return asks.fetch(shop_id, "somebody")


def state(run_id: int) -> FetchRun:
    run = db.session.get_one(FetchRun, run_id, populate_existing=True)
    end_transaction()
    return run


@pytest.mark.either_database
def test_what_takes_long_is_put_back_and_goes_on_where_it_stopped(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAGE_SIZE", 2)
    orders = [work.place() for _ in range(6)]
    for number, order_id in enumerate(orders):
        with work.tiktok.state.lock:
            work.tiktok.state.find_order(order_id)[1].update_time -= 60 * (6 - number)
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


def test_one_order_that_the_database_does_not_take_keeps_no_other_from_being_fetched(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, good = work.place(), work.place()
    real = TikTokClient.order_pages

    def with_a_nul(client: TikTokClient, **search: Any) -> Any:
        for page in real(client, **search):
            for document in page.documents:
                if document["id"] == poison:
                    document["recipient_address"]["name"] = "A\0B"
            yield page

    monkeypatch.setattr(TikTokClient, "order_pages", with_a_nul)
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

    monkeypatch.setattr(TikTokClient, "order_pages", broken)
    run_id = asked()
    fetching.work(run_id)
    assert state(run_id).state == "running" and "ZeroDivisionError" in state(run_id).error
