"""Actions on many orders as a worker does them: in chunks, with a lease, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import BulkItem, BulkRun, Order, TimelineEntry
from connector.models.transaction import transaction
from connector.sync import asks, bulk, stopping
from connector.sync.sweep import Sweeper
from tests import factories
from tests.support.apps import Apps


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, apps: Apps) -> Iterator[Flask]:
    with apps.one(request.param) as app:
        yield app


@pytest.fixture
def run_id(app: Flask) -> int:
    shop = factories.make_shop()
    for _ in range(5):
        factories.make_failed_order(shop)
    run_id = bulk.choose([Order.sync_state == "error"], "a@example.com", "Error", "/orders?tab=error")
    bulk.start(run_id, "sync-again", "a@example.com")
    return run_id


def run_of(run_id: int) -> BulkRun:
    db.session.commit()
    return db.session.get_one(BulkRun, run_id, populate_existing=True)


def asked() -> int:
    return len(db.session.scalars(select(TimelineEntry).where(TimelineEntry.code == "sync_again")).all())


def test_every_order_is_asked_for_once(run_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    bulk.work(run_id)
    bulk.work(run_id)
    run = run_of(run_id)
    assert (run.state, run.total, run.done, run.failed) == ("done", 5, 5, 0)
    assert asked() == 5
    assert set(db.session.scalars(select(BulkItem.state))) == {"done"}


def test_one_order_that_breaks_it_keeps_no_other_from_being_asked_for(
    run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = asks.sync_again, db.session.scalars(select(Order.id)).first()

    def breaks_one(row_id: int, actor: str) -> None:
        if row_id == broken:
            raise ZeroDivisionError
        real(row_id, actor)

    monkeypatch.setattr(asks, "sync_again", breaks_one)
    bulk.work(run_id)
    run = run_of(run_id)
    assert (run.state, run.done, run.failed) == ("done", 4, 1)
    assert "ZeroDivisionError" in bulk.failures(run)[0].message


def test_a_run_that_somebody_works_on_is_left_alone(run_id: int) -> None:
    with transaction() as session:
        session.get_one(BulkRun, run_id).lease_until = clock.now() + timedelta(seconds=30)
    bulk.work(run_id)
    assert run_of(run_id).done == 0
    assert bulk.resting(clock.now()) == []
    assert bulk.resting(clock.now() + timedelta(seconds=31)) == [(run_id, 0)]


def test_a_run_whose_worker_died_goes_on_where_it_was(run_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    calls = 0
    really = asks.sync_again

    def dies(row_id: int, actor: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        really(row_id, actor)

    monkeypatch.setattr(asks, "sync_again", dies)
    with pytest.raises(KeyboardInterrupt):
        bulk.work(run_id)
    assert run_of(run_id).done == 2
    monkeypatch.setattr(asks, "sync_again", really)
    with transaction() as session:
        session.get_one(BulkRun, run_id).lease_until = clock.now()
    bulk.work(run_id)
    run = run_of(run_id)
    assert (run.state, run.done) == ("done", 5)
    # The order before the one at which it died is asked for twice, which does no harm.
    assert asked() == 6


def test_a_worker_that_slept_through_its_lease_counts_nothing_twice(
    run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = asks.sync_again
    is_asleep = False

    def slow(row_id: int, actor: str) -> None:
        nonlocal is_asleep
        if not is_asleep:
            is_asleep = True
            with transaction() as session:
                session.get_one(BulkRun, run_id).lease_until = clock.now()
            bulk.work(run_id)  # another worker does all of it
        really(row_id, actor)

    monkeypatch.setattr(asks, "sync_again", slow)
    bulk.work(run_id)
    run = run_of(run_id)
    assert (run.state, run.done, run.failed) == ("done", 5, 0)


def test_a_worker_that_is_asked_to_stop_puts_the_run_back(run_id: int) -> None:
    stopping.ask()
    try:
        with pytest.raises(stopping.Stopping):
            bulk.work(run_id)
    finally:
        stopping.forget()
    assert bulk.resting(clock.now()) == [(run_id, 0)]


def test_the_sweep_wakes_a_run_that_nobody_works_on(run_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr("connector.sync.sweep.queue.wake_bulk", lambda run_id, **_: not woken.append(run_id))
    Sweeper().sweep()
    assert woken == [run_id]


def test_old_runs_are_forgotten_and_those_under_way_are_not(run_id: int) -> None:
    draft = bulk.choose([Order.sync_state == "error"], "a@example.com", "Error", "")
    with transaction() as session:
        for one in (run_id, draft):
            session.get_one(BulkRun, one).asked_at = clock.now() - timedelta(days=40)
    with transaction() as session:
        bulk.forget_old(session)
    assert list(db.session.scalars(select(BulkRun.id))) == [run_id]
    assert set(db.session.scalars(select(BulkItem.run_id))) == {run_id}
