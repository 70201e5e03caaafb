"""What lasts is told once when it begins and once when it is over, by each channel, with a link to what it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from connector import clock
from connector.domain.errors import TryLater
from connector.extensions import db
from connector.models import Order, Shop
from connector.models.transaction import transaction
from connector.sync import calls, notify, shops
from tests import factories
from tests.conftest import app as plain_app
from tests.sync.test_notify import fails, later, mails, receiver, shop_with

app = plain_app
__all__ = ["later", "mails", "receiver"]

Later = Callable[[float], None]


def look(shop: Shop, later: Later, times: int = 2) -> None:
    """A look, and the next minute in which what it found is told."""
    for _ in range(times):
        notify.send(shop.id)
        later(60)


def test_many_failures_are_told_once_and_once_when_they_are_over(app: Flask, mails: list[Any], later: Later) -> None:
    shop = shop_with(notify_mail="a@example.com", notify_errors=False, notify_failures=2)
    failed = [factories.make_failed_order(shop) for _ in range(2)]
    look(shop, later, times=4)
    [(_, subject, text)] = mails
    assert subject == "Acme: 2 orders failed within an hour."
    assert f"http://127.0.0.1:8000/orders?tab=error&shop={shop.id}" in text
    with transaction() as session:
        session.execute(update(Order).where(Order.id.in_([row.id for row in failed])).values(sync_state="synced"))
    look(shop, later, times=3)
    assert [subject for _, subject, _ in mails[1:]] == ["Acme: Over: Orders do not fail in numbers any more."]
    failed = [factories.make_failed_order(shop) for _ in range(2)]
    look(shop, later)
    assert len(mails) == 3  # it rings anew


def test_a_store_that_does_not_answer_is_told_after_a_quarter_of_an_hour(
    app: Flask, mails: list[Any], later: Later
) -> None:
    store = factories.make_store(name="Main")
    shop = shop_with(notify_mail="a@example.com")

    def call(error: Exception | None) -> None:
        def outcome() -> None:
            if error:
                raise error

        try:
            calls.counted(calls.MAGENTO_STORE, store.id, outcome)
        except TryLater:
            pass
        later(10)

    call(None)
    for _ in range(14):
        call(TryLater("away", code="unreachable"))
        look(shop, later, times=1)
    assert mails == []
    for _ in range(3):
        call(TryLater("away", code="unreachable"))
        look(shop, later, times=1)
    [(_, subject, text)] = mails
    assert "The Magento store Main has not answered as it should for 1" in subject
    assert "/connections" in text
    call(None)
    look(shop, later)
    assert mails[-1][1] == "Acme: Over: The Magento store Main answers again."
    assert len(mails) == 2


def test_an_unmapped_carrier_leads_to_the_orders_that_wait_for_it(
    app: Flask, staff: Any, mails: list[Any], later: Later
) -> None:
    shop = shop_with(notify_mail="a@example.com", notify_errors=False)
    error = {"error_code": "unmapped_carrier", "error_subject": "custom: My Courier"}
    order = factories.make_failed_order(shop, row=error)
    other = factories.make_failed_order(shop)
    look(shop, later)
    [(_, subject, text)] = mails
    assert "the carrier custom: My Courier is not mapped" in subject
    [address] = [line for line in text.splitlines() if line.startswith("http")]
    page = staff.get(address.removeprefix("http://127.0.0.1:8000")).text
    assert order.tiktok_order_id in page and other.tiktok_order_id not in page


def test_an_authorization_that_ended_is_told_although_the_shop_is_not_worked_for(
    app: Flask, mails: list[Any], later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = shop_with(notify_mail="a@example.com")
    with transaction() as session:
        session.execute(update(Shop).values(state="deauthorized"))
    later(61)
    woken: list[int] = []
    monkeypatch.setattr(notify.queue, "wake_notices", lambda shop_id, bucket: woken.append(shop_id))
    notify.start()
    assert woken == [shop.id]
    look(shop, later)
    assert "authorization has ended" in mails[0][1]


def test_a_shop_that_was_disconnected_on_purpose_is_not_told_of(app: Flask, mails: list[Any], later: Later) -> None:
    shop = shop_with(notify_mail="a@example.com")
    with transaction() as session:
        session.execute(update(Shop).values(state="deauthorized"))
    later(61)
    look(shop, later)
    assert len(mails) == 1
    shops.disconnect(shop.id, "somebody")
    look(shop, later, times=3)
    assert len(mails) == 1, "neither that it is away nor that it is well again"


def test_orders_near_their_deadline_are_each_told_and_their_end_once(
    app: Flask, mails: list[Any], later: Later
) -> None:
    shop = shop_with(notify_mail="a@example.com")
    due = int(clock.now().timestamp()) + 20 * 3600
    orders = [factories.make_order(shop, rts_sla_time=due) for _ in range(2)]
    look(shop, later, times=3)
    [(_, _, text)] = mails
    assert text.count("Deadline: ") == 2
    assert f"status=AWAITING_SHIPMENT,PARTIALLY_SHIPPING&sort=ship_by&shop={shop.id}" in text
    with transaction() as session:
        session.execute(update(Order).where(Order.id.in_([row.id for row in orders])).values(status="IN_TRANSIT"))
    look(shop, later)
    assert mails[-1][1] == "Acme: Over: No order has to be shipped within 24 hours any more."


def test_slack_gets_text_without_markup_of_others(app: Flask, receiver: Any, later: Later) -> None:
    shop = shop_with(notify_slack=f"http://127.0.0.1:{receiver.server_port}/services/T0/B0/x")
    order = factories.make_order(shop)
    fails(order, "Magento has no product <!channel> & Co.")
    later(60)
    notify.send(shop.id)
    [(signature, body)] = receiver.got
    assert signature is None
    text = json.loads(body)["text"]
    assert "Magento has no product &lt;!channel&gt; &amp; Co." in text
    assert f"<http://127.0.0.1:8000/orders/{order.tiktok_order_id}|Open>" in text
    assert f"<http://127.0.0.1:8000/orders?tab=error&shop={shop.id}|All of them>" in text
    assert order.buyer_name not in text
    object.__setattr__(app.config["CONNECTOR"], "allow_private_store_urls", False)
    fails(order)
    later(60)
    notify.send(shop.id)
    db.session.refresh(shop)
    assert "private network" in shop.notice_error
    assert len(receiver.got) == 1


def test_mails_are_gathered_while_posts_go_at_once(app: Flask, receiver: Any, mails: list[Any], later: Later) -> None:
    shop = shop_with(
        notify_mail="a@example.com", notify_digest="hourly", notify_url=f"http://127.0.0.1:{receiver.server_port}/"
    )
    look(shop, later, times=1)
    for _ in range(3):
        fails(factories.make_order(shop))
        later(600)
        notify.send(shop.id)
    assert (len(receiver.got), len(mails)) == (3, 0)
    later(3600)
    notify.send(shop.id)
    notify.send(shop.id)
    [(_, subject, text)] = mails
    assert subject == "Acme: 3 orders" and text.count("Error: ") == 3
