"""What a platform and Prometheus are told."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from rq import SimpleWorker
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from connector import cli, clock
from connector.extensions import db, queue
from connector.models import InboxEvent, Metric
from connector.models.transaction import transaction
from connector.queue import QUEUE_NAME
from connector.sync import catalogue, metrics, watch
from connector.sync.checks import Check
from tests import factories
from tests.support.apps import Apps


@pytest.fixture(autouse=True)
def nothing_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_gathered", metrics.Gathered())


def samples(client: FlaskClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for sample in family.samples
    }


def test_orders_events_and_the_oldest_pending_are_told(client: FlaskClient, session: Session) -> None:
    shop = factories.make_shop()
    factories.make_order(shop)
    since = clock.now() - timedelta(minutes=5)
    factories.make_order(shop, row={"sync_state": "pending", "due_at": since, "failing_since": since})
    session.add(InboxEvent(dedupe_key="k", type=1, body=b"{}", received_at=since, state="failed"))
    session.commit()
    told = samples(client)
    assert told["connector_orders", (("state", "synced"),)] == 1
    assert told["connector_orders", (("state", "pending"),)] == 1
    assert told["connector_inbox_events", (("state", "failed"),)] == 1
    assert told["connector_oldest_pending_seconds", ()] == pytest.approx(300, abs=10)
    assert told["connector_oldest_due_seconds", ()] == pytest.approx(300, abs=10)


def test_what_two_processes_counted_is_told_as_one(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        monkeypatch.setattr(metrics, "_gathered", metrics.Gathered())
        metrics.count("connector_api_calls", side="store", outcome="ok")
        metrics.count("connector_api_calls", side="store", outcome="timeout")
        metrics.observe("connector_lag_seconds", 0.3, step="placed")
        metrics.observe("connector_lag_seconds", 7200, step="placed")
        metrics.flush(is_last=True)
    told = samples(client)
    assert told["connector_api_calls_total", (("outcome", "ok"), ("side", "store"))] == 2
    assert told["connector_api_calls_total", (("outcome", "timeout"), ("side", "store"))] == 2
    assert told["connector_lag_seconds_bucket", (("le", "0.25"), ("step", "placed"))] == 0
    assert told["connector_lag_seconds_bucket", (("le", "0.5"), ("step", "placed"))] == 2
    assert told["connector_lag_seconds_bucket", (("le", "+Inf"), ("step", "placed"))] == 4
    assert told["connector_lag_seconds_count", (("step", "placed"),)] == 4
    assert told["connector_lag_seconds_sum", (("step", "placed"),)] == pytest.approx(14400.6)


def test_a_process_writes_once_in_a_while_and_loses_nothing_while_the_database_is_away(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics.count("connector_events", outcome="handled")
    metrics.flush()
    metrics.count("connector_events", outcome="handled")
    metrics.flush()
    assert session.query(Metric).one().value == 1, "the second is still in memory"
    session.rollback()
    session.execute(text("ALTER TABLE metrics RENAME TO away"))
    session.commit()
    metrics.flush(is_last=True)
    session.execute(text("ALTER TABLE away RENAME TO metrics"))
    session.commit()
    metrics.flush(is_last=True)
    session.expire_all()
    assert session.query(Metric).one().value == 2


def test_calls_of_a_command_are_counted(app: Flask, session: Session, magento: Any) -> None:
    factories.make_store(url=magento.url)
    assert app.test_cli_runner().invoke(args=["stores", "check"]).exit_code == 1, "it is another store's token"
    counted = dict(
        session.execute(select(Metric.labels, Metric.value).where(Metric.name == "connector_api_calls")).all()
    )
    assert sum(counted.values()) > 1


def test_a_shop_that_is_not_connected_is_not_waited_for(client: FlaskClient, session: Session) -> None:
    shop = factories.make_shop(last_ok_at=clock.now() - timedelta(hours=1))
    silent = "connector_last_success_seconds", (("connection", str(shop.id)), ("side", "shop"))
    assert samples(client)[silent] == pytest.approx(3600, abs=10)
    shop.state = "deauthorized"
    session.commit()
    told = samples(client)
    assert silent not in told
    active = "connector_shop_active", (("connection", str(shop.id)),)
    assert told[active] == 0
    assert not [name for name, _ in told if name == "connector_last_look_seconds"]
    shop.state = "disconnected"
    session.commit()
    assert active not in samples(client)


def test_a_poll_or_a_watch_that_never_ends_well_is_told_while_other_calls_succeed(client: FlaskClient) -> None:
    now = clock.now()
    shop = factories.make_shop(
        last_ok_at=now,
        last_poll_at=now - timedelta(minutes=10),
        last_aftersales_poll_at=now - timedelta(minutes=30),
        created_at=now - timedelta(days=1),
    )
    factories.make_store(last_ok_at=now, last_watch_at=None, created_at=now - timedelta(minutes=20))
    told = samples(client)
    of_shop = (("connection", str(shop.id)), ("side", "shop"))
    assert told["connector_last_success_seconds", of_shop] == pytest.approx(0, abs=10)
    looks = {
        (dict(labels)["side"], dict(labels)["kind"]): value
        for (name, labels), value in told.items()
        if name == "connector_last_look_seconds"
    }
    assert looks == {
        ("shop", "orders"): pytest.approx(600, abs=10),
        ("shop", "returns"): pytest.approx(1800, abs=10),
        ("store", "orders"): pytest.approx(1200, abs=10),
    }


@pytest.mark.parametrize("by", ["bound elsewhere", "disconnected"])
def test_a_store_that_no_shop_sells_for_any_more_is_nobodys_concern(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    long_ago = clock.now() - timedelta(days=9)
    old = factories.make_store(name="Old", last_ok_at=long_ago, last_watch_at=long_ago)
    new = factories.make_store(name="New", last_ok_at=clock.now())
    factories.make_shop(store_id=new.id)
    if by == "disconnected":
        factories.make_shop(store_id=old.id, state="disconnected")
    told = {labels for (name, labels) in samples(client) if ("side", "store") in labels}
    assert {dict(labels)["connection"] for labels in told} == {str(new.id)}
    woken: list[int] = []
    for wake in ("wake_watch", "wake_catalogue"):
        monkeypatch.setattr(queue, wake, lambda store_id, *, bucket="": woken.append(store_id) or True)
    assert (watch.start_watches(), catalogue.start_reads()) == (1, 1)
    assert set(woken) == {new.id}
    monkeypatch.setattr(cli, "check_store", lambda store_id: [Check("Magento", store_id == new.id, "")])
    checked = app.test_cli_runner().invoke(args=["stores", "check"])
    assert (checked.exit_code, "Old: left out" in checked.output) == (0, True)


def test_nothing_is_counted_under_a_name_that_is_not_described() -> None:
    with pytest.raises(AssertionError):
        metrics.count("something_else")
    with pytest.raises(AssertionError):  # Prometheus would rename it: its own label is called so
        metrics.observe("connector_job_seconds", 1.0, job="sync_order")


def test_ready_says_what_is_missing(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"database": "ok", "queue": "unreachable", "workers": "unknown"}


def test_a_full_redis_is_told_as_full_and_rings_the_alert(client: FlaskClient, redis: Redis) -> None:
    born(redis)
    redis.config_set("maxmemory", 1)
    assert client.get("/readyz").json == {"database": "ok", "queue": "full", "workers": "ok"}
    told = samples(client)["connector_workers", ()]
    assert math.isnan(told), "QueueAway asks whether it is a number"
    redis.config_set("maxmemory", 0)
    assert client.get("/readyz").json["queue"] == "ok"  # type: ignore[index]


def test_a_webhook_that_nobody_comes_to_is_late(client: FlaskClient, session: Session) -> None:
    came = clock.now() - timedelta(minutes=5)
    session.add(InboxEvent(dedupe_key="broken", type=1, body=b"{}", received_at=came - timedelta(hours=1), attempts=1))
    session.commit()
    assert samples(client)["connector_oldest_due_seconds", ()] == 0
    session.add(InboxEvent(dedupe_key="k", type=1, body=b"{}", received_at=came))
    session.commit()
    assert samples(client)["connector_oldest_due_seconds", ()] == pytest.approx(300, abs=10)


def test_a_database_that_was_not_migrated_is_not_ready(client: FlaskClient, session: Session) -> None:
    session.execute(text("DROP TABLE alembic_version"))
    session.commit()
    assert client.get("/readyz").json["database"] == "not migrated"  # type: ignore[index]


def test_a_database_that_is_full_is_not_ready(client: FlaskClient, session: Session) -> None:
    session.close()
    db.engine.dispose()

    def fill(connection: Any, _record: Any) -> None:
        [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(db.engine, "connect", fill)
    try:
        assert client.get("/readyz").json["database"] == "not writable"  # type: ignore[index]
    finally:
        event.remove(db.engine, "connect", fill)
        db.engine.dispose()
    assert client.get("/readyz").json["database"] == "ok"  # type: ignore[index]


def test_a_database_that_somebody_writes_to_is_ready_at_once(client: FlaskClient) -> None:
    with transaction():
        begun = time.monotonic()
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(client.get, "/readyz").result()
        assert answer.json["database"] == "ok"
        assert time.monotonic() - begun < 5


def test_a_replica_that_only_reads_is_not_ready(apps: Apps) -> None:
    with apps.one("postgresql") as app:
        name = db.engine.url.database
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
            admin.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        db.session.remove()
        db.engine.dispose()
        try:
            assert app.test_client().get("/readyz").json["database"] == "not writable"  # type: ignore[index]
        finally:
            db.session.remove()
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
                admin.execute(text("SET default_transaction_read_only = off"))
                admin.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
            db.engine.dispose()


def test_a_database_that_is_newer_than_this_version_is_ready(client: FlaskClient, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    session.commit()
    assert client.get("/readyz").json["database"] == "ok"  # type: ignore[index]


def test_the_process_itself_answers_without_any_of_it(client: FlaskClient) -> None:
    db.session.remove()
    assert client.get("/healthz").json == {"ok": True}


def born(redis: Redis, queue_name: str = QUEUE_NAME) -> SimpleWorker:
    worker = SimpleWorker([queue_name], connection=redis)
    worker.register_birth()
    return worker


def workers(client: FlaskClient) -> tuple[str, float]:
    told: str = client.get("/readyz").json["workers"]  # type: ignore[index]
    return told, samples(client)["connector_workers", ()]


def test_workers_are_counted_as_long_as_they_live(client: FlaskClient, redis: Redis) -> None:
    assert workers(client) == ("none", 0)
    killed, stopped = born(redis), born(redis)
    born(redis, "another application's")
    assert workers(client) == ("ok", 2)
    stopped.register_death()
    assert workers(client) == ("ok", 1)
    redis.expire(killed.key, 0)  # as it does by itself when no sign of life comes any more
    assert workers(client) == ("none", 0)


def test_a_worker_is_known_again_after_redis_came_back_empty(client: FlaskClient, redis: Redis) -> None:
    worker = born(redis)
    redis.flushall()
    worker.heartbeat()
    assert workers(client) == ("ok", 1)
