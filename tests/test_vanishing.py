"""A machine that vanishes: a process of ours with its locks, or the database's own. Tried with the network cut in a
namespace of its own; here, that what was found to help is in force."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from connector import clock
from connector.config import Config
from connector.extensions import db
from connector.models import CallCount, Metric, SkuMapping
from connector.models.calls import TIKTOK_SHOP
from connector.models.transaction import transaction
from connector.sync import calls, metrics
from tests import factories
from tests.support.apps import Apps
from tests.test_config import GOOD


@pytest.fixture
def app(apps: Apps, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(metrics, "_gathered", metrics.Gathered())
    with apps.one("postgresql") as app:
        yield app


@contextmanager
def held(sql: str) -> Iterator[None]:
    """Somebody who wrote `sql` and says nothing more; let go after 8 s at the latest, so that a test fails and ends."""
    db.session.remove()
    with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)) as other:
        other.execute(sql)  # type: ignore[call-overload]
        letting_go = threading.Timer(8, other.rollback)
        letting_go.start()
        yield
        letting_go.cancel()
        letting_go.join()
        other.rollback()


def test_a_transaction_that_says_nothing_is_ended_by_the_server(app: Flask) -> None:
    assert db.session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "30s"
    db.session.remove()


def test_metrics_wait_for_nobody_and_lose_nothing(app: Flask) -> None:
    metrics.count("connector_events", outcome="handled")
    metrics.flush(is_last=True)
    metrics.count("connector_events", outcome="handled")
    with held("UPDATE metrics SET value = value"):
        begun = time.monotonic()
        metrics.flush(is_last=True)
        assert time.monotonic() - begun < 5
    metrics.flush(is_last=True)
    assert db.session.query(Metric).one().value == 2


def test_counts_of_calls_wait_for_nobody_and_lose_nothing(app: Flask) -> None:
    shop = factories.make_shop()
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with transaction() as session:
        session.add(CallCount(side=TIKTOK_SHOP, connection_id=shop.id, hour=hour, ok=0, failed=0))
    with held("UPDATE call_counts SET ok = ok"):
        begun = time.monotonic()
        calls.counted(TIKTOK_SHOP, shop.id, lambda: 1)
        assert time.monotonic() - begun < 5
    app.extensions["call_tallies"][TIKTOK_SHOP, shop.id].written_at -= calls.KEEP
    calls.counted(TIKTOK_SHOP, shop.id, lambda: 1)
    assert db.session.query(CallCount).one().ok == 2


@pytest.mark.parametrize("address", ["/orders/export.csv", "/skus/export.csv"])
def test_who_reads_a_download_slowly_is_not_taken_for_one_that_vanished(
    admin: FlaskClient, session: Session, address: str
) -> None:
    factories.make_order(factories.make_shop())
    with transaction() as writing:
        writing.add(SkuMapping(tiktok_sku="A", products=[{"sku": "B", "quantity": 1}], created_at=clock.now()))
    answer = admin.get(address, buffered=False)
    assert answer.status_code == 200
    idle = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in tr%'")
    seen = []
    for _part in answer.response:
        seen.append(session.scalar(idle))
        session.rollback()
    assert len(seen) > 1 and not any(seen), "a transaction was open while a part was sent"


def test_the_databases_machine_counts_as_gone_after_seconds() -> None:
    def asked(address: str) -> dict[str, object]:
        found: dict[str, object] = Config.from_environ({**GOOD, "DATABASE_URL": address}).flask()[
            "SQLALCHEMY_ENGINE_OPTIONS"
        ]["connect_args"]
        return found

    assert {"connect_timeout": 5, "tcp_user_timeout": 10_000}.items() <= asked("postgres://u:p@host/name").items()
    assert "connect_timeout" not in asked("postgres://u:p@host/name?connect_timeout=30"), "the address counts"
