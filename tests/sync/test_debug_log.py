"""The debug log: both sides' exchanges while it is on, blanked, off by itself, never more than so many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from connector import clock as product_clock
from connector.domain.errors import Exchange
from connector.extensions import db
from connector.models import DebugExchange, Shop
from connector.models.transaction import transaction
from connector.sync import debug
from sandbox.stack import MAGENTO_TOKEN
from tests.sync.aftersales import Clock

LINES = [{"seller_sku": "MUG-01"}]


def _shop_id() -> int:
    found = db.session.scalar(select(Shop.id))
    assert found is not None
    db.session.commit()
    return found


def _kept() -> list[DebugExchange]:
    rows = debug.exchanges(_shop_id(), limit=1000)
    db.session.commit()
    return rows


@pytest.mark.either_database
def test_what_both_sides_say_is_kept_while_it_is_on_without_secrets_and_people(work: Any) -> None:
    work.sync(work.place(lines=LINES))
    assert _kept() == []

    debug.switch_on(_shop_id(), 15, "me@example.com")
    order_id = work.place(lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    rows = _kept()
    assert {row.side for row in rows} == {"tiktok", "magento"}
    assert any(row.method == "POST" and "/rest/" in row.url and row.request_body for row in rows)
    assert {row.tiktok_order_id for row in rows} == {order_id}
    everything = " ".join(" ".join((row.url, row.request_body, row.response_body, row.failure)) for row in rows)
    assert "MUG-01" in everything
    config = work.app.config["CONNECTOR"]
    document = work.row(order_id).document
    address = document["recipient_address"]
    private = [
        *(MAGENTO_TOKEN, "TTP_sandbox-access", "TTR_sandbox-refresh", config.tiktok_app_secret),
        *(address["name"], address["phone_number"], address["address_line1"], address["postal_code"]),
        *(document["buyer_email"], document["user_id"]),
    ]
    assert {
        text: everything[max(0, everything.find(text) - 80) :][:140] for text in private if text and text in everything
    } == {}


@pytest.mark.either_database
def test_it_goes_off_by_itself_and_a_webhook_is_in_it_only_while_it_is_on(work: Any, clock: Clock) -> None:
    debug.switch_on(_shop_id(), 15, "me@example.com")
    shop = db.session.get_one(Shop, _shop_id())
    with transaction() as session:
        debug.note_webhook(session, shop, b'{"type": 1, "data": {"order_id": "1", "buyer_email": "a@b.example"}}')
    [event] = _kept()
    assert (event.method, "order_id" in event.request_body, "a@b.example" in event.request_body) == (
        "EVENT",
        True,
        False,
    )
    clock.turn(minutes=16)
    assert not debug.is_on(shop)
    work.sync(work.place(lines=LINES))
    with transaction() as session:
        debug.note_webhook(session, shop, b"{}")
    assert len(_kept()) == 1


@pytest.mark.either_database
def test_it_is_bounded_and_old_exchanges_go(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debug, "MOST", 20)
    monkeypatch.setattr(debug, "TRIM_EACH", 5)
    shops = {_shop_id(): product_clock.now() + timedelta(hours=1)}
    for number in range(60):
        debug._note(shops, "magento", Exchange(method="GET", url=f"https://shop.example/{number}\0", status=200), "")
    assert 20 <= len(_kept()) <= 25
    assert _kept()[0].url == "https://shop.example/59"
    with transaction() as session:
        for row in session.scalars(select(DebugExchange)):
            row.at = product_clock.now() - debug.KEPT_FOR - timedelta(hours=1)
    with transaction() as session:
        debug.forget_old(session)
    assert db.session.scalar(select(func.count()).select_from(DebugExchange)) == 0
