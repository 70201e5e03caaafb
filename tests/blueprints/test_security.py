"""What holds for the whole panel: cookies, headers, hosts, bounds, replays, secrets in logs and jobs."""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq.serializers import JSONSerializer
from sqlalchemy import func, select
from sqlalchemy import text as sql_text
from sqlalchemy.exc import IntegrityError

from connector import clock
from connector.blueprints import limits, webhooks
from connector.extensions import db, queue
from connector.models import InboxEvent, Order, Shop, User
from connector.models.transaction import end_transaction
from connector.sync import authorization, events, jobs, people
from connector.tiktok.signing import sign_webhook
from tests import factories
from tests.support.apps import Apps
from tests.support.databases import ENVIRON


@pytest.fixture
def https_app(apps: Apps) -> Iterator[Flask]:
    """The app as it stands behind TLS."""
    with apps.one("sqlite", PUBLIC_URL="https://connector.example.com") as app:
        yield app


def test_cookies_are_secure_httponly_and_samesite_and_pages_strict_behind_tls(https_app: Flask) -> None:
    https_app.config["WTF_CSRF_ENABLED"] = False
    user = factories.make_user("viewer")
    client = https_app.test_client()
    answer = client.post(
        "/login",
        data={"email": user.email, "password": factories.PASSWORD},
        base_url="https://connector.example.com",
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Path=/;" in cookie
    assert "Domain" not in cookie
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy


def test_the_proxy_header_for_the_scheme_counts_and_that_for_the_host_does_not(client: FlaskClient) -> None:
    sent = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example.com", "Host": "panel.example.com"}
    answer = client.get("/orders", headers=sent)
    assert "Strict-Transport-Security" in answer.headers
    assert "evil" not in str(answer.headers)


def test_a_strange_host_gets_into_no_link(client: FlaskClient, app: Flask) -> None:
    user = factories.make_user("viewer")
    answer = client.get("/orders", headers={"Host": "evil.example.com"})
    assert answer.headers["Location"].startswith("/login")
    with app.test_request_context("/", headers={"Host": "evil.example.com"}):
        assert people.password_link(user).startswith("http://127.0.0.1:8000/password/")


def test_what_is_sent_is_bounded(client: FlaskClient) -> None:
    assert client.post("/login", data={"email": "x" * (9 * 1024 * 1024)}).status_code == 413
    assert client.post("/webhooks/tiktok", data=b"x" * (1024 * 1024 + 1)).status_code == 413


def event(app: Flask, shop: Shop, order_id: str, at: float) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(
        {
            "type": 1,
            "tts_notification_id": "7327112393057371910",
            "shop_id": shop.tiktok_shop_id,
            "timestamp": int(at),
            "data": {"order_id": order_id, "order_status": "AWAITING_SHIPMENT", "update_time": int(at)},
        }
    ).encode()
    config = app.config["CONNECTOR"]
    signature = sign_webhook(app_key=config.tiktok_app_key, app_secret=config.tiktok_app_secret, raw=body)
    return body, {"Authorization": signature}


def test_a_webhook_of_an_hour_ago_that_is_replayed_changes_nothing(client: FlaskClient, app: Flask) -> None:
    order = factories.make_order()
    body, headers = event(app, order.shop, order.tiktok_order_id, (clock.now() - timedelta(hours=1)).timestamp())
    assert client.post("/webhooks/tiktok", data=body, headers=headers).json == {"stored": True}
    event_id = db.session.scalar(select(InboxEvent.id)) or 0
    end_transaction()
    events.handle(event_id)
    db.session.refresh(order)
    before = (order.observed, order.status, order.update_time)
    end_transaction()
    for _ in range(3):
        assert client.post("/webhooks/tiktok", data=body, headers=headers).json == {"stored": False}
        events.handle(event_id)
    db.session.refresh(order)
    assert (order.observed, order.status, order.update_time) == before
    assert db.session.scalar(select(func.count()).select_from(InboxEvent)) == 1
    assert db.session.scalar(select(func.count()).select_from(Order)) == 1
    end_transaction()


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_flood_of_log_ins_leaves_room_for_webhooks_and_the_other_way_round(client: FlaskClient, app: Flask) -> None:
    shop = factories.make_shop()
    user = factories.make_user("viewer")
    body, headers = event(app, shop, "576461413038785752", clock.now().timestamp())
    form = {"email": user.email, "password": factories.PASSWORD}
    with ExitStack() as held:
        assert all(held.enter_context(limits.LOG_INS.hold()) for _ in range(4))
        assert client.post("/login", data=form).status_code == 503
        assert client.post("/webhooks/tiktok", data=body, headers=headers).status_code == 200
    with ExitStack() as held:
        assert all(held.enter_context(limits.WEBHOOKS.hold()) for _ in range(6))
        assert client.post("/webhooks/tiktok", data=body, headers=headers).status_code == 503
        assert client.post("/login", data=form).status_code == 303
    assert client.post("/webhooks/tiktok", data=body, headers=headers).status_code == 200


def test_while_log_ins_are_flooded_a_process_takes_webhooks_and_the_other_way_round(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many threads as gunicorn has, and more slow requests of one kind than threads: the other kind is still answered."""
    shop = factories.make_shop()
    user = factories.make_user("viewer")
    body, headers = event(app, shop, "576461413038785752", clock.now().timestamp())
    form = {"email": user.email, "password": factories.PASSWORD}
    end_transaction()
    goes_on = threading.Event()

    def authenticate(*args: Any) -> None:
        goes_on.wait(20)

    def store(rows: list[Any]) -> list[None]:
        goes_on.wait(20)
        return [None] * len(rows)

    def log_in() -> int:
        return app.test_client().post("/login", data=form).status_code

    def webhook() -> int:
        return app.test_client().post("/webhooks/tiktok", data=body, headers=headers).status_code

    for name, slow, flood, other, good in (
        ("connector.blueprints.auth.accounts.authenticate", authenticate, log_in, webhook, 200),
        ("connector.blueprints.webhooks._store", store, webhook, log_in, 303),
    ):
        goes_on.clear()
        with ThreadPoolExecutor(8) as threads, monkeypatch.context() as patched:
            patched.setattr(name, slow)
            webhooks._intake.cache_clear()  # else it has `_store` as an earlier test's webhook found it
            flooding = [threads.submit(flood) for _ in range(24)]
            try:
                assert threads.submit(other).result(10) == good
            finally:
                goes_on.set()
            assert {503} < {one.result(10) for one in flooding}
    webhooks._intake.cache_clear()


def test_log_ins_and_webhooks_together_do_not_need_every_thread_of_one_kind() -> None:
    """gunicorn.conf.py gives a process 8 threads: no kind may take them all."""
    text = (Path(__file__).parents[2] / "gunicorn.conf.py").read_text()
    assert "threads = 8" in text
    for kind in (limits.LOG_INS, limits.WEBHOOKS, limits.BODIES):
        assert kind.most < 8


class Silence:
    """A request's body as gunicorn reads it, of which nothing comes."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def read(self, size: int = -1) -> bytes:
        return self._socket.recv(1000)


def test_while_four_bodies_are_waited_for_a_fifth_is_given_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else as many as there are threads, sent again and again, would let nobody else in."""
    monkeypatch.setattr(limits, "BODY_SECONDS", 60.0)
    monkeypatch.setattr(limits, "HURRIED_SECONDS", 0.1)
    ends = [socket.socketpair() for _ in range(5)]
    bodies = [limits._Body(Silence(mine), mine, "1000") for mine, _ in ends]  # type: ignore[arg-type]
    with ThreadPoolExecutor(5) as threads:
        waiting = [threads.submit(body.read) for body in bodies]
        over = next(as_completed(waiting, 30))
        assert isinstance(over.exception(), TimeoutError)
        for _, theirs in ends:
            theirs.close()
        assert sorted(one.exception() is None for one in waiting) == [False, True, True, True, True]
    for mine, _ in ends:
        mine.close()


def test_room_is_given_back_after_an_error() -> None:
    one = limits.AtOnce(1)
    with pytest.raises(RuntimeError), one.hold() as has_room:
        assert has_room
        raise RuntimeError
    with one.hold() as has_room:
        assert has_room
        outcome: list[bool] = []

        def other() -> None:
            with one.hold() as room:
                outcome.append(room)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert outcome == [False]


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_jobs_take_nothing_but_ids_and_are_written_as_json(app: Flask) -> None:
    assert queue.queue.serializer is JSONSerializer
    found = [
        f
        for _, f in inspect.getmembers(jobs, inspect.isfunction)
        if f.__module__ == jobs.__name__ and f is not jobs.job
    ]
    assert len(found) > 5
    for function in found:
        # Ids of ours, and Magento's own two letters of a country.
        parameters = inspect.signature(function).parameters.values()
        kinds = {parameter.annotation for parameter in parameters if parameter.name != "country"}
        assert kinds <= {"int"}, function


def test_every_job_that_is_woken_exists() -> None:
    names = [
        value
        for name, value in vars(importlib.import_module("connector.queue")).items()
        if name.isupper() and str(value).startswith("connector.sync.jobs")
    ]
    assert len(names) > 5
    for name in names:
        assert callable(getattr(jobs, name.rpartition(".")[2])), name


def test_a_failing_renewal_of_tokens_writes_no_token_into_the_log(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    object.__setattr__(app.config["CONNECTOR"], "tiktok_auth_url", "http://127.0.0.1:1")
    shop = factories.make_shop(
        access_token="SECRET-ACCESS", refresh_token="SECRET-REFRESH", access_expires_at=clock.now()
    )
    monkeypatch.setattr(logging.getLogger("connector"), "propagate", True)
    caplog.set_level(logging.DEBUG)
    authorization.care(shop.id)
    db.session.refresh(shop)
    text = f"{caplog.text}{shop.webhooks}{shop.last_error}"
    end_transaction()
    assert "could not be reached" in text
    for secret in ("SECRET-ACCESS", "SECRET-REFRESH", ENVIRON["TIKTOK_APP_SECRET"]):
        assert secret not in text


def test_an_error_of_the_database_quotes_nothing_of_what_was_to_be_written(app: Flask) -> None:
    shop = factories.make_shop(name="Ada Lovelace's", tiktok_shop_id="1")
    with pytest.raises(IntegrityError) as caught:
        factories.make_shop(name=shop.name, tiktok_shop_id="1", access_token="SECRET")
    db.session.rollback()
    assert "Ada" not in str(caught.value)


def test_what_matters_to_safety_is_in_the_log_without_names(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("connector"), "propagate", True)
    caplog.set_level(logging.INFO, logger="connector")
    user = factories.make_user("viewer")
    client.post("/login", data={"email": user.email, "password": "wrong wrong wrong"})
    client.post("/login", data={"email": user.email, "password": factories.PASSWORD})
    client.get("/settings")
    client.post("/webhooks/tiktok", data=b"{}", headers={"Authorization": "0" * 64})
    for said in (
        "a log-in was refused",
        f"user {user.id} logged in",
        f"user {user.id} was refused settings.index",
        "an event with a wrong signature was refused",
    ):
        assert said in caplog.text
    assert user.email not in caplog.text
    assert factories.PASSWORD not in caplog.text


def test_an_error_page_shows_nothing_of_the_error(admin: FlaskClient, app: Flask, monkeypatch: Any) -> None:
    def broken() -> None:
        raise RuntimeError("SECRET in the message")

    monkeypatch.setattr("connector.blueprints.connections.health.shops", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = admin.get("/connections")
    assert answer.status_code == 500
    assert "SECRET" not in answer.text


def test_a_settings_object_shows_no_secret(app: Flask) -> None:
    shown = repr(app.config["CONNECTOR"])
    for name in ("SECRET_KEY", "ENCRYPTION_KEY", "TIKTOK_APP_SECRET"):
        assert ENVIRON[name] not in shown


@pytest.mark.parametrize("path", ["/password/SECRET-LINK", "/setup/SECRET-CODE"])
def test_a_page_that_breaks_is_logged_without_the_link_that_led_to_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    monkeypatch.setattr(logging.getLogger("connector"), "propagate", True)
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    db.session.execute(sql_text("ALTER TABLE users RENAME TO away"))
    db.session.commit()
    monkeypatch.setattr(people, "user_of_link", lambda token: db.session.get(User, 1))
    assert client.get(path).status_code == 500
    assert "Exception on /" in caplog.text
    assert "SECRET" not in "".join(record.getMessage() for record in caplog.records)
