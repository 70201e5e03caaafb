"""Notices: each thing is told once by each channel, signed, without personal data, and a failing channel is tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from flask import Flask

from connector import clock, i18n
from connector.domain import alarms as alarm_rules
from connector.domain.errors import TryLater
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.models import Order, Shop
from connector.models.timeline import CONNECTOR
from connector.models.transaction import end_transaction, transaction
from connector.sync import mail, notify
from connector.sync.timeline import record
from tests import factories
from tests.conftest import app as plain_app

app = plain_app
NOW = factories.at("2026-11-24 12:00")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    real, moved = clock.now, [0.0]
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=moved[0]))

    def turn(seconds: float) -> None:
        moved[0] += seconds

    return turn


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str, str]]:
    sent: list[tuple[list[str], str, str]] = []
    monkeypatch.setattr(mail, "send", lambda to, subject, text: sent.append((to, subject, text)))
    return sent


@pytest.fixture
def receiver() -> Iterator[Any]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((self.headers.get("X-Connector-Signature"), body))  # type: ignore[attr-defined]
            self.send_response(server.status)  # type: ignore[attr-defined]
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 204  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def fails(order: Order, sentence: str = "Magento is away.") -> None:
    with transaction() as session:
        record(session, order.id, CONNECTOR, "failed", sentence, is_error=True)


def shop_with(**settings: Any) -> Shop:
    shop = factories.make_shop(name="Acme", stored_settings=settings)
    notify.send(shop.id)  # from here on things are told
    return shop


def test_an_error_is_mailed_once(app: Flask, mails: list[Any], later: Callable[[float], None]) -> None:
    shop = shop_with(notify_mail="a@example.com, b@example.com")
    order = factories.make_order(shop)
    fails(order)
    later(60)
    notify.send(shop.id)
    notify.send(shop.id)
    [(to, subject, text)] = mails
    assert to == ["a@example.com", "b@example.com"]
    assert subject == "Acme: 1 order"
    assert "Magento is away." in text
    assert f"http://127.0.0.1:8000/orders/{order.tiktok_order_id}" in text
    assert order.buyer_name not in text


def test_what_happened_before_is_not_told(app: Flask, mails: list[Any], later: Callable[[float], None]) -> None:
    shop = factories.make_shop(stored_settings={"notify_mail": "a@example.com"})
    fails(factories.make_order(shop))
    later(60)
    notify.send(shop.id)
    later(60)
    notify.send(shop.id)
    assert mails == []


def test_only_what_is_switched_on_is_told(app: Flask, mails: list[Any], later: Callable[[float], None]) -> None:
    quiet = shop_with(notify_mail="q@example.com", notify_errors=False)
    curious = shop_with(notify_mail="c@example.com", notify_new_orders=True, notify_errors=False)
    for shop in (quiet, curious):
        fails(factories.make_order(shop))
    later(60)
    notify.send(quiet.id)
    notify.send(curious.id)
    [(to, _, text)] = mails
    assert to == ["c@example.com"]
    assert "New order" in text
    assert "Magento is away" not in text


def test_a_deadline_is_told_once_and_only_while_the_order_waits(
    app: Flask, mails: list[Any], later: Callable[[float], None]
) -> None:
    shop = shop_with(notify_mail="a@example.com")
    waiting = factories.make_order(shop, rts_sla_time=in_hours(20))
    factories.make_order(shop, status="IN_TRANSIT", rts_sla_time=in_hours(20))
    factories.make_order(shop, fulfillment_type="FULFILLMENT_BY_TIKTOK", rts_sla_time=in_hours(20))
    factories.make_order(shop, rts_sla_time=in_hours(30))
    for _ in range(3):
        notify.send(shop.id)
        later(60)
    [(_, subject, text)] = mails
    assert subject == "Acme: 1 order"
    assert f"Deadline: {waiting.tiktok_order_id}" in text


def in_hours(hours: float) -> int:
    return int((clock.now() + timedelta(hours=hours)).timestamp())


def test_the_setting_says_how_long_before_a_deadline_it_is_told(
    app: Flask, mails: list[Any], later: Callable[[float], None]
) -> None:
    shop = shop_with(notify_mail="a@example.com", notify_hours_before=6)
    factories.make_order(shop, rts_sla_time=in_hours(8), shipping_due_time=in_hours(80))
    soon = factories.make_order(shop, rts_sla_time=in_hours(5), shipping_due_time=in_hours(80))
    cancelled = factories.make_order(shop, rts_sla_time=in_hours(-40), shipping_due_time=in_hours(5.5))
    for _ in range(3):
        notify.send(shop.id)
        later(60)
    [(_, _, text)] = mails
    assert text.count("Deadline: ") == 2
    assert f"{soon.tiktok_order_id}: To be shipped within 6 hours." in text
    assert f"{cancelled.tiktok_order_id}: TikTok cancels it within 6 hours unless it is shipped." in text


def test_a_post_is_signed_and_holds_no_personal_data(app: Flask, receiver: Any, later: Callable[[float], None]) -> None:
    shop = shop_with(notify_url=f"http://127.0.0.1:{receiver.server_port}/hook")
    order = factories.make_order(shop)
    fails(order)
    later(60)
    notify.send(shop.id)
    [(header, body)] = receiver.got
    moment, signed = header.split(",")
    expected = hmac.new(
        notify.secret_of(shop.id).encode(), moment.removeprefix("t=").encode() + b"." + body, hashlib.sha256
    )
    assert signed == f"v1={expected.hexdigest()}"
    document = json.loads(body)
    assert [event["kind"] for event in document["events"]] == ["error"]
    assert document["events"][0]["tiktok_order_id"] == order.tiktok_order_id
    assert order.buyer_name not in body.decode()


def test_a_channel_that_fails_is_tried_again_and_the_other_does_not_repeat_itself(
    app: Flask, receiver: Any, mails: list[Any], later: Callable[[float], None]
) -> None:
    shop = shop_with(notify_mail="a@example.com", notify_url=f"http://127.0.0.1:{receiver.server_port}/hook")
    fails(factories.make_order(shop))
    later(60)
    receiver.status = 500
    notify.send(shop.id)
    db.session.refresh(shop)
    assert shop.notice_error == "The address for notices answered 500."
    end_transaction()
    receiver.status = 200
    notify.send(shop.id)
    db.session.refresh(shop)
    assert shop.notice_error == ""
    end_transaction()
    assert len(mails) == 1
    assert len(receiver.got) == 2


def test_mail_that_is_not_set_up_is_said_and_loses_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch, later: Callable[[float], None]
) -> None:
    shop = shop_with(notify_mail="a@example.com")
    fails(factories.make_order(shop))
    later(60)
    notify.send(shop.id)
    db.session.refresh(shop)
    assert shop.notice_error == "SMTP_URL is not set"
    end_transaction()
    sent: list[str] = []
    monkeypatch.setattr(mail, "send", lambda to, subject, text: sent.append(text))
    notify.send(shop.id)
    assert len(sent) == 1


def test_posts_do_not_reach_inside(app: Flask, receiver: Any, later: Callable[[float], None]) -> None:
    shop = shop_with(notify_url=f"http://127.0.0.1:{receiver.server_port}/hook")
    fails(factories.make_order(shop))
    later(60)
    object.__setattr__(app.config["CONNECTOR"], "allow_private_store_urls", False)
    notify.send(shop.id)
    db.session.refresh(shop)
    assert "private network" in shop.notice_error
    end_transaction()
    assert receiver.got == []


def test_only_shops_with_somebody_to_tell_are_woken_once_a_minute(
    app: Flask, monkeypatch: pytest.MonkeyPatch, later: Callable[[float], None]
) -> None:
    factories.make_shop()
    shop = shop_with(notify_mail="a@example.com")
    woken: list[int] = []
    monkeypatch.setattr(notify.queue, "wake_notices", lambda shop_id, bucket: woken.append(shop_id))
    for _ in range(3):
        notify.start()
    assert woken == [shop.id]
    later(61)
    notify.start()
    assert woken == [shop.id, shop.id]


def test_trouble_of_the_server_is_later(app: Flask) -> None:
    object.__setattr__(app.config["CONNECTOR"], "smtp_url", "smtp://127.0.0.1:1")
    with pytest.raises(TryLater, match="did not take the mail"):
        mail.send(["a@example.com"], "x", "y")


def test_notices_are_told_in_the_language_of_the_setting(
    app: Flask, mails: list[Any], receiver: Any, later: Callable[[float], None]
) -> None:
    """Mails and Slack; what is posted for machines stays as it is stored."""
    address = f"http://127.0.0.1:{receiver.server_port}"
    shop = shop_with(
        notify_language="de", notify_mail="a@example.com", notify_slack=address, notify_url=address, notify_failures=2
    )
    orders = [factories.make_order(shop, row={"sync_state": "error"}) for _ in range(22)]
    for order in orders:
        fails(order, "Magento has no product with SKU RED-1.")
    later(60)
    notify.send(shop.id)
    [(_, subject, text)] = mails
    assert subject == "Acme: 22 Bestellungen"
    assert f"Fehler: {orders[0].tiktok_order_id}: Magento hat kein Produkt mit der SKU RED-1." in text
    assert f"Alle: http://127.0.0.1:8000/orders?tab=error&shop={shop.id}" in text
    told = {bool(signature): json.loads(body) for signature, body in receiver.got}
    assert "|Öffnen>" in told[False]["text"]
    assert "… und 2 weitere" in told[False]["text"]
    assert "|Alle>" in told[False]["text"]
    assert told[True]["events"][0]["sentence"] == "Magento has no product with SKU RED-1."
    assert i18n.language() == "en"


def test_what_alarms_say_is_known_in_german(app: Flask) -> None:
    facts = alarm_rules.Facts(
        shop_row=1,
        failed=1200,
        near_deadline=1,
        authorization_ends=NOW + timedelta(days=2),
        failing_since={("store", "Main"): NOW - timedelta(minutes=20), ("shop", "Acme"): NOW - timedelta(minutes=20)},
        unmapped={"Hermes": 3},
    )
    ringing = alarm_rules.ringing(facts, ShopSettings(), NOW)
    ringing += alarm_rules.ringing(alarm_rules.Facts(shop_row=1, is_authorized=False), ShopSettings(), NOW)
    said = [f"To be shipped within {24} hours.", f"TikTok cancels it within {24} hours unless it is shipped."]
    said += [sentence for alarm in ringing for sentence in (alarm.sentence, alarm.over) if sentence]
    with i18n.speaking("de"):
        in_german = {sentence: i18n.t(sentence) for sentence in said}
    english = re.compile(r"\b(the|orders?|hours|has|is|any more|within|days)\b", re.IGNORECASE)
    assert {sentence: told for sentence, told in in_german.items() if told == sentence or english.search(told)} == {}


def test_nothing_is_passed_over_that_was_written_before_something_older(
    app: Flask, mails: list[Any], later: Callable[[float], None]
) -> None:
    """A line may be written down some calls after it happened, and machines' clocks may differ by some seconds."""
    shop = shop_with(notify_mail="a@example.com")
    order = factories.make_order(shop)
    fails(order, "Magento is away.")
    later(-8)
    fails(order, "This one happened before it.")
    later(8 + notify.SETTLED.total_seconds() - 4)
    notify.send(shop.id)
    later(60)
    notify.send(shop.id)
    assert [sentence for _, _, text in mails for sentence in re.findall(r"Magento is away|This one", text)] == [
        "Magento is away",
        "This one",
    ]
