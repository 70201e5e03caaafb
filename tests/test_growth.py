"""What comes in day and night: it goes when it is over, and what is asked all the time is found without reading it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, insert, select, text

from connector import clock
from connector.blueprints.health.metrics import Collector
from connector.extensions import db
from connector.models import CallCount, FetchRun, InboxEvent, Metric, Order, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.models.upsert import add_to
from connector.sync import asks, calls, dead_ends, metrics, privacy, stopping, sweep, upkeep
from tests import factories
from tests.support.apps import Apps


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, apps: Apps) -> Iterator[Flask]:
    with apps.one(request.param) as app:
        yield app


def keep_event(name: str, state: str, days: float) -> None:
    at = clock.now() - timedelta(days=days)
    with transaction() as session:
        session.add(InboxEvent(dedupe_key=name, type=1, body=b"{}", received_at=at, state=state))


def test_events_that_are_over_or_nobodys_go_after_90_days_and_what_waits_for_somebody_stays(app: Flask) -> None:
    for state in ("new", "handled", "not_handled", "unknown_shop", "failed", "dropped"):
        keep_event(f"old {state}", state, 91)
        keep_event(f"young {state}", state, 89)
    upkeep.maintain()
    left = set(db.session.scalars(select(InboxEvent.dedupe_key).where(InboxEvent.dedupe_key.startswith("old"))))
    assert left == {"old new", "old failed"}
    assert len(db.session.scalars(select(InboxEvent.id)).all()) == 8
    end_transaction()


def test_fetches_that_have_ended_go_after_90_days(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 2)
    shop = factories.make_shop()
    old, young = clock.now() - timedelta(days=91), clock.now() - timedelta(days=89)
    for _ in range(5):
        factories.make_fetch_run(shop, state="done", started_at=old, finished_at=old)
    factories.make_fetch_run(shop, state="failed", started_at=old, finished_at=old)
    kept = [
        factories.make_fetch_run(shop, state="done", started_at=old, finished_at=young).id,
        factories.make_fetch_run(shop, state="running", started_at=old).id,
    ]
    upkeep.maintain()
    assert list(db.session.scalars(select(FetchRun.id).order_by(FetchRun.id))) == kept
    end_transaction()


def test_an_upkeep_with_much_to_do_leaves_the_rest_to_another_job(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour's flood of events, say: orders wait behind it, and a worker that shall stop is killed in the end."""
    woken: list[str] = []
    monkeypatch.setattr(upkeep.queue, "wake_upkeep", lambda bucket: bool(woken.append(bucket)) or True)
    monkeypatch.setattr(upkeep, "BATCH", 2)
    monkeypatch.setattr(privacy, "BATCH", 2)
    shop = factories.make_shop()
    for number in range(5):
        keep_event(f"event {number}", "handled", 91)
        factories.make_order(shop, row={"update_time": clock.now() - timedelta(days=91)}, status="COMPLETED")

    def left() -> tuple[int, int]:
        events = select(func.count()).select_from(InboxEvent)
        orders = select(func.count()).where(Order.blanked_at.is_(None))
        counted = db.session.scalar(events) or 0, db.session.scalar(orders) or 0
        end_transaction()
        return counted

    monkeypatch.setattr(upkeep, "AT_ONE_GO", -1.0)
    upkeep.maintain()
    assert (left(), len(woken)) == ((3, 3), 1)
    monkeypatch.setattr(upkeep, "AT_ONE_GO", 60.0)
    stopping.ask()
    with pytest.raises(stopping.Stopping):
        upkeep.maintain()
    stopping.forget()
    assert (left(), len(woken)) == ((3, 3), 2)
    upkeep.maintain()
    assert (left(), len(woken)) == ((0, 0), 2)
    end_transaction()


def test_failed_fetches_are_those_of_a_day(app: Flask) -> None:
    shop, now = factories.make_shop(), clock.now()
    factories.make_fetch_run(shop, state="failed", finished_at=now - timedelta(hours=25))
    factories.make_fetch_run(shop, state="failed", finished_at=now - timedelta(hours=23))
    assert [
        metric.samples[0].value for metric in Collector().collect() if metric.name == "connector_failed_fetches"
    ] == [1]
    end_transaction()


def counted() -> float:
    """Events that were handled, as all processes have written them down."""
    return metrics.stored().get("connector_events", {}).get((("outcome", "handled"),), 0)


def test_counting_what_was_counted_before_takes_no_numbers_of_rows(apps: Apps) -> None:
    """PostgreSQL has 2,147,483,647 of them for a table, and all processes count every few seconds."""
    with apps.one("postgresql"):
        shop = factories.make_shop()
        end_transaction()
        metrics.flush(is_last=True)  # what other tests of this process have counted
        before = counted()
        taken = []
        for _ in range(3):
            metrics.count("connector_events", outcome="handled")
            metrics.flush(is_last=True)
            with transaction() as session:
                calls._write(session, "shop", shop.id, clock.now(), 1, 0, clock.now(), None, "", True)
            numbers = "SELECT last_value FROM metrics_id_seq UNION ALL SELECT last_value FROM call_counts_id_seq"
            taken.append(db.session.scalars(text(numbers)).all())
            end_transaction()
        assert taken == [taken[0]] * 3
        assert counted() - before == 3
        assert db.session.execute(select(CallCount.ok, CallCount.failed)).all() == [(3, 0)]
        end_transaction()


def test_two_processes_that_count_something_for_the_first_time_lose_nothing(app: Flask) -> None:
    """The second finds no row to add to, and then one where it would make it."""
    key = {"name": "connector_events_total", "labels": ""}
    with transaction() as session:
        session.execute(insert(Metric).values(**key, value=1.0))
        real, answers = session.execute, iter([True])

        def execute(statement: Any, *rest: Any, **more: Any) -> Any:
            return real(statement if not next(answers, False) else statement.where(Metric.id < 0), *rest, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(session, "execute", execute)
            add_to(session, Metric, key, {"value": 2.0})
    assert db.session.scalars(select(Metric.value)).all() == [3]
    end_transaction()


ASKED_ALL_THE_TIME: dict[str, Callable[[FlaskClient], object]] = {
    "whether an event waits, every second": lambda _: sweep._has_waiting_event(clock.now()),
    "which fetches rest, every second": lambda _: sweep._resting_fetches(clock.now()),
    "all metrics, at each scrape": lambda _: list(Collector().collect()),
    "the new events, oldest first": lambda _: dead_ends.handle_new(),
    "the events that were set aside": lambda _: dead_ends.replay_all("somebody"),
    "a safety poll": lambda _: asks.fetch(1, "safety poll"),
    "dead ends": lambda client: client.get("/activity/dead-ends"),
}


@pytest.mark.parametrize("what", ASKED_ALL_THE_TIME)
def test_no_table_that_grows_is_read_whole(app: Flask, staff: FlaskClient, what: str) -> None:
    shop = factories.make_shop()
    db.session.remove()
    _fill(shop.id)
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, sql: str, values: Any, *rest: Any) -> None:
        if sql.startswith("SELECT") and ("FROM inbox_events" in sql or "FROM fetch_runs" in sql):
            statements.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ASKED_ALL_THE_TIME[what](staff)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        end_transaction()
    assert statements
    for sql, values in statements:
        plan = _plan(sql, values)
        assert not _reads_whole(plan), f"{sql}\n{values}\n{plan}"


def _fill(shop_id: int) -> None:
    """Enough rows that are over, of all times, for both databases to prefer an index where one fits."""
    now = clock.now()
    ages = [timedelta(minutes=30 * number) for number in range(4000)]
    common = {"type": 1, "tiktok_shop_id": "1", "body": b"x" * 400, "state": "handled", "attempts": 1, "error": ""}
    with transaction() as session:
        session.execute(
            insert(InboxEvent), [{**common, "dedupe_key": str(age), "received_at": now - age} for age in ages]
        )
        session.execute(
            insert(FetchRun),
            [
                {"shop_id": shop_id, "since": now, "until": now, "state": "done", "started_at": at, "finished_at": at}
                for at in (now - age for age in ages)
            ],
        )
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


def _plan(sql: str, values: Any) -> str:
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    with db.engine.connect() as connection:
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + sql, values))


def _reads_whole(plan: str) -> bool:
    """Whether a step goes through a table, or through an index of all its rows from the one end to the other."""
    partial = ("ix_inbox_new", "ix_inbox_set_aside", "ix_fetch_runs_running")
    steps = [step for step in plan.splitlines() if "inbox_events" in step or "fetch_runs" in step]
    return any(
        "Seq Scan" in step
        or (step.startswith("SCAN") and not step.endswith(partial))
        # What was received before this moment is all of it.
        or ("received_at<?" in step)
        for step in steps
    )


def test_the_few_failures_are_found_without_reading_the_timeline_whole(app: Flask, staff: FlaskClient) -> None:
    order = factories.make_order()
    line = {"order_id": order.id, "at": clock.now(), "kind": "magento", "code": "placed", "sentence": "s", "actor": ""}
    with transaction() as session:
        session.execute(insert(TimelineEntry), [{**line, "is_error": not number} for number in range(8000)])
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, sql: str, values: Any, *rest: Any) -> None:
        if sql.startswith("SELECT") and "FROM timeline_entries" in sql:
            statements.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert "s</" in staff.get("/activity?tab=failures").get_data(as_text=True)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        end_transaction()
    [(sql, values)] = statements
    plan = _plan(sql, values)
    assert "ix_timeline_errors" in plan, plan


def test_orders_that_have_had_their_time_are_found_among_those_that_are_not_blanked(app: Flask) -> None:
    shop = factories.make_shop()
    one = factories.make_order(shop, status="COMPLETED", row={"sync_state": "synced"})
    kept = {column.name: getattr(one, column.name) for column in Order.__table__.columns if column.name != "id"}
    now = clock.now()
    with transaction() as session:
        rows = [
            {
                **kept,
                "tiktok_order_id": str(number),
                "update_time": now - timedelta(hours=number),
                # All that is older than 80 days was blanked, by a shop that keeps them as long.
                "blanked_at": now if number > 80 * 24 else None,
            }
            for number in range(8000)
        ]
        session.execute(insert(Order), rows)
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, sql: str, values: Any, *rest: Any) -> None:
        if sql.startswith("SELECT orders.id"):
            statements.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert privacy.blank_what_has_had_its_time() == 0
        shop.state = "disconnected"
        db.session.commit()
        assert privacy.blank_what_has_had_its_time() == 0
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        end_transaction()
    assert len(statements) == 2
    for sql, values in statements:
        plan = _plan(sql, values)
        assert "ix_orders_not_blanked" in plan, plan
