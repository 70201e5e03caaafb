"""How cancellations and returns come to be known: webhooks 11, 12, 64, 67, and the poll for what was lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import InboxEvent, Shop
from connector.models.inbox import HANDLED, NEW
from connector.models.transaction import end_transaction, transaction
from connector.sync import aftersales, events
from sandbox.stack import SHOP_ID
from tests.sync.aftersales import Desk

pytestmark = pytest.mark.either_database


def webhook(kind: int, data: dict[str, Any]) -> None:
    body = json.dumps({"type": kind, "tts_notification_id": f"n{kind}", "shop_id": SHOP_ID, "data": data}).encode()
    with transaction() as session:
        values = {"body": body, "dedupe_key": f"n{kind}", "received_at": clock.now(), "state": NEW}
        event = InboxEvent(type=kind, tiktok_shop_id=SHOP_ID, **values)
        session.add(event)
        session.flush()
        event_id = event.id
    events.handle(event_id)
    assert db.session.get_one(InboxEvent, event_id, populate_existing=True).state == HANDLED
    end_transaction()


@pytest.mark.parametrize("kind", [11, 12, 67])
def test_a_webhook_about_one_lets_its_order_be_asked_for(desk: Desk, kind: int) -> None:
    order_id = desk.placed()
    calls = {"order_id": order_id, "line_items": [{"main_order_id": order_id}]}
    webhook(kind, calls)
    row = desk.work.row(order_id)
    assert (row.aftersales_observed, row.sync_state) == (row.observed, "pending")
    desk.act(order_id, "request_cancellation")
    from connector.sync import converge

    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.buyer_asks_cancel, row.aftersales_read >= row.aftersales_observed) == (True, True)


def test_an_order_of_which_nothing_was_heard_is_not_asked_about(desk: Desk) -> None:
    order_id = desk.placed()
    before = dict(desk.work.tiktok.state.requests)
    desk.work.sync(order_id)
    asked = {path for path, count in desk.work.tiktok.state.requests.items() if count != before.get(path, 0)}
    assert not [path for path in asked if "return_refund" in path]


def test_a_request_that_names_no_order_lets_the_shop_be_looked_at_soon(desk: Desk) -> None:
    assert aftersales.start_polls(60) == 1  # the first look of a shop is due at once
    assert aftersales.start_polls(60) == 0
    webhook(64, {"aftersales_request_id": "403549", "return_role": "BUYER"})
    assert aftersales.start_polls(60) == 1
    assert aftersales.start_polls(60) == 0


def test_the_polls_watermark_stays_when_a_look_fails(desk: Desk) -> None:
    shop_id = db.session.scalar(select(Shop.id))
    end_transaction()
    aftersales.poll(shop_id)
    seen = db.session.get_one(Shop, shop_id, populate_existing=True).aftersales_watermark
    end_transaction()
    assert seen is not None
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    desk.fault("tiktok", kind="status", status=500, method="POST", path="/returns/search")
    assert aftersales.poll(shop_id) == 1  # what was read before it failed is not lost
    assert db.session.get_one(Shop, shop_id, populate_existing=True).aftersales_watermark == seen
    end_transaction()
