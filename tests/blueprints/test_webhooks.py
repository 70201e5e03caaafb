"""The webhook receiver: what it stores, what it refuses, and with which status."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from connector import clock
from connector.blueprints import webhooks
from connector.extensions import db
from connector.models import InboxEvent, Metric, Order, Shop
from connector.models.transaction import end_transaction
from connector.sync import dead_ends, events, metrics, shops
from connector.tiktok import webhooks as tiktok
from tests.support.apps import Apps

SHOP_ID = "7494049642642441621"


@pytest.fixture(params=["sqlite", "postgresql"])
def connected(request: pytest.FixtureRequest, apps: Apps) -> Iterator[Flask]:
    """An app with one connected shop."""
    with apps.one(request.param) as app:
        shops.add_shop(
            shop_id=SHOP_ID,
            name="Shop",
            region="US",
            cipher="c",
            access_token="a",
            refresh_token="r",
            access_expires_at=clock.now(),
        )
        yield app


@pytest.fixture
def web(connected: Flask) -> FlaskClient:
    return connected.test_client()


def event(**changes: Any) -> dict[str, Any]:
    return {
        "type": 1,
        "tts_notification_id": "7327112393057371910",
        "shop_id": SHOP_ID,
        "timestamp": 1764000000,
        "data": {"order_id": "576461413038785752", "order_status": "CANCEL", "update_time": 1764000000},
        **changes,
    }


def deliver(web: FlaskClient, body: Any, authorization: str | None = None) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = hmac.new(b"sandbox-app-secret", b"sandbox-app-key" + raw, hashlib.sha256).hexdigest()
    return web.post(
        "/webhooks/tiktok", data=raw, headers={"Authorization": signature if authorization is None else authorization}
    )


def stored() -> list[InboxEvent]:
    rows = list(db.session.scalars(select(InboxEvent).execution_options(populate_existing=True)))
    end_transaction()
    return rows


def test_an_event_is_kept_exactly_as_it_came(web: FlaskClient) -> None:
    raw = b'{ "type": 1, "shop_id":"7494049642642441621",  "data": {"note": "\xe7\xa4\xbc\xe7\x89\xa9"} }'
    assert deliver(web, raw).status_code == 200
    [row] = stored()
    assert row.body == raw
    assert (row.type, row.state, row.tiktok_shop_id) == (1, "new", SHOP_ID)


def test_the_second_delivery_is_known_and_answered_200(web: FlaskClient) -> None:
    assert [deliver(web, event()).status_code for _ in range(3)] == [200, 200, 200]
    assert len(stored()) == 1


def test_events_without_an_id_are_told_apart_by_their_body(web: FlaskClient) -> None:
    first = {key: value for key, value in event(type=3).items() if key != "tts_notification_id"}
    for body in (first, first, {**first, "timestamp": 1764000001}):
        assert deliver(web, body).status_code == 200
    assert len(stored()) == 2


@pytest.mark.parametrize("signature", ["", "0" * 64, "Bearer x", "ü"])
def test_a_bad_signature_is_401_and_stores_nothing(web: FlaskClient, signature: str) -> None:
    assert deliver(web, event(), signature.encode("utf-8").decode("latin-1")).status_code == 401
    assert deliver(web, b"not json", signature.encode("utf-8").decode("latin-1")).status_code == 401
    assert stored() == []


def test_refused_events_are_counted_and_many_make_no_more_writes(
    web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_gathered", metrics.Gathered())
    for _ in range(20):
        assert deliver(web, event(), "0" * 64).status_code == 401
    assert db.session.query(Metric).one().value == 1, "the rest is written later, together"
    end_transaction()
    metrics.flush(is_last=True)
    assert db.session.query(Metric.value).one() == (20,)


@pytest.mark.parametrize(
    "raw", [b"", b"not json", b"[]", b"1", b'{"data": {}}', b'{"type": "1"}', b'{"type": true}', b"\xff\xfe"]
)
def test_what_is_no_event_is_400(web: FlaskClient, raw: bytes) -> None:
    assert deliver(web, raw).status_code == 400
    assert stored() == []


def test_more_than_a_mebibyte_is_413(web: FlaskClient) -> None:
    assert deliver(web, b"x" * (1024 * 1024 + 1)).status_code == 413
    padded = json.dumps(event(padding="x" * (1024 * 1024 - 400))).encode()
    assert deliver(web, padded).status_code == 200


def test_an_event_that_cannot_be_stored_is_503_so_that_it_comes_again(web: FlaskClient, connected: Flask) -> None:
    db.session.execute(text("ALTER TABLE inbox_events RENAME TO inbox_events_away"))
    db.session.commit()
    assert deliver(web, event()).status_code == 503
    db.session.execute(text("ALTER TABLE inbox_events_away RENAME TO inbox_events"))
    db.session.commit()
    assert deliver(web, event()).status_code == 200
    assert len(stored()) == 1


def test_a_shop_that_is_not_connected_is_kept_marked_and_answered_200(web: FlaskClient) -> None:
    assert deliver(web, event(shop_id="123")).status_code == 200
    [row] = stored()
    assert row.state == "unknown_shop"


@pytest.mark.parametrize("kind", [5, 13, 99999])
def test_a_type_that_we_have_no_use_for_is_kept_and_answered_200(web: FlaskClient, kind: int) -> None:
    assert deliver(web, event(type=kind)).status_code == 200
    [row] = stored()
    events.handle(row.id)
    assert stored()[0].state == "not_handled"
    assert db.session.scalars(select(Order)).all() == []


@pytest.mark.parametrize("state", ["disconnected", "deauthorized"])
def test_of_a_shop_that_was_disconnected_nothing_is_said_to_be_handled(web: FlaskClient, state: str) -> None:
    row_id = db.session.scalars(select(Shop.id)).one()
    db.session.execute(update(Shop).values(state=state))
    db.session.commit()
    deliver(web, event())
    deliver(web, event(type=6, tts_notification_id="1", data={}))
    for row in stored():
        events.handle(row.id)
    assert {row.type: row.state for row in stored()} == {1: "not_handled", 6: "handled"}
    assert db.session.scalars(select(Order)).all() == []
    # Connected again, an event that is replayed counts like any other.
    db.session.execute(update(Shop).where(Shop.id == row_id).values(state="active"))
    db.session.commit()
    assert dead_ends.replay([row.id for row in stored() if row.type == 1], "test") == 1
    events.handle(next(row.id for row in stored() if row.type == 1))
    assert next(row.state for row in stored() if row.type == 1) == "handled"
    assert [order.tiktok_order_id for order in db.session.scalars(select(Order))] == ["576461413038785752"]


def test_an_event_makes_its_order_due_once(web: FlaskClient) -> None:
    deliver(web, event())
    [row] = stored()
    events.handle(row.id)
    events.handle(row.id)
    [order] = db.session.scalars(select(Order)).all()
    assert (order.tiktok_order_id, order.observed, order.handled) == ("576461413038785752", 1, 0)
    assert order.due_at is not None
    assert stored()[0].state == "handled"


def test_a_package_event_makes_each_of_its_orders_due(web: FlaskClient) -> None:
    packages = [{"package_id": "1", "order_id_list": ["11", "12"]}, {"package_id": "2", "order_id_list": ["12", "13"]}]
    deliver(web, event(type=4, data={"package_list": packages}))
    events.handle(stored()[0].id)
    assert sorted(db.session.scalars(select(Order.tiktok_order_id))) == ["11", "12", "13"]


def test_of_the_same_event_twice_at_one_moment_one_is_stored(connected: Flask) -> None:
    raw = json.dumps(event()).encode()
    row = webhooks._row(raw, tiktok.parse(raw))
    other = {**row, "dedupe_key": "another"}
    first, again, different = webhooks._store([row, dict(row), other])
    assert (first is not None, again, different is not None) == (True, None, True)
    assert sorted(kept.dedupe_key for kept in stored()) == ["7327112393057371910", "another"]


@pytest.mark.parametrize("field", ["tts_notification_id", "shop_id"])
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "\u202e" * 50])
def test_an_envelope_that_no_column_takes_as_it_is_is_stored_all_the_same(
    web: FlaskClient, field: str, text: str
) -> None:
    body = json.dumps(event(**{field: text})).encode()
    assert deliver(web, body).status_code == 200
    [row] = stored()
    assert row.body == body
