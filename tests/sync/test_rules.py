"""Rules at work: in the engine, against both sandboxes; each order that one touches says so, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connector.domain.rules import Actions, Conditions
from connector.extensions import db
from connector.models import Notice, TimelineEntry
from connector.models.transaction import end_transaction
from connector.sync import asks, converge, rules, watch
from tests.sync.aftersales import Clock
from tests.sync.conftest import Work
from tests.sync.merchant import Merchant


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    rules.forget()
    yield
    rules.forget()


def switched_on(conditions: dict[str, Any], **actions: Any) -> int:
    rule_id = rules.save(None, "House rule", Conditions(**conditions), Actions(**actions), "a@example.com")
    rules.switch(rule_id, True, "a@example.com")
    return rule_id


def said(work: Work, order_id: str) -> list[str]:
    found = db.session.scalars(
        select(TimelineEntry.sentence).where(
            TimelineEntry.order_id == work.row(order_id).id, TimelineEntry.code == "rule"
        )
    ).all()
    end_transaction()
    return list(found)


def test_an_order_is_held_back_until_a_person_creates_it(work: Work) -> None:
    switched_on({"countries": ("US",), "total_from": "1"}, hold=True, tags=("look at",))
    order_id = work.place()
    row = work.sync(order_id)
    row = work.sync(order_id)
    assert (row.sync_state, row.waiting_for, row.tags) == ("waiting", "held_by_rule", "|look at|")
    assert work.magento_orders() == []
    assert said(work, order_id) == [
        "Rule “House rule” holds it back from Magento until a person creates it and tags it look at."
    ]
    asks.create(row.id, "a@example.com")
    converge.sync_order(row.id)
    assert work.row(order_id).sync_state == "synced"
    assert len(work.magento_orders()) == 1


def test_switched_off_a_rule_lets_its_orders_go_and_one_that_is_off_does_nothing(work: Work) -> None:
    rule_id = switched_on({}, hold=True)
    order_id = work.place()
    row = work.sync(order_id)
    assert row.waiting_for == "held_by_rule"
    rules.switch(rule_id, False, "a@example.com")
    assert work.row(order_id).due_at is not None
    converge.sync_order(row.id)
    assert work.row(order_id).sync_state == "synced"


def test_the_way_of_creating_is_chosen(work: Work) -> None:
    switched_on({"countries": ("US",)}, way="record")
    order_id = work.place()
    row = work.sync(order_id)
    assert row.magento_way == "record"
    assert said(work, order_id) == ["Rule “House rule” has it recorded without stock."]


def test_recorded_by_a_rule_it_asks_as_little_of_its_products_as_by_the_setting(work: Work) -> None:
    switched_on({"countries": ("US",)}, way="record")
    with work.magento.state.lock:
        work.magento.state.products["MUG-01"].status = 2
    row = work.sync(work.place(lines=[{"seller_sku": "MUG-01"}]))
    assert (row.sync_state, row.error_code, row.magento_way) == ("synced", "", "record")


@pytest.mark.parametrize("is_shipped", [False, True])
def test_a_buyers_cancellation_is_approved_while_nothing_is_shipped(work: Work, is_shipped: bool) -> None:
    switched_on({}, approve=True)
    order_id = work.place()
    row = work.sync(order_id)
    if is_shipped:
        Merchant(work).ship(order_id)
        watch.watch(1)
    work.act(order_id, "request_cancellation")
    row = work.sync_until_settled(order_id)
    if is_shipped:
        assert row.buyer_asks_cancel and said(work, order_id) == []
    else:
        assert row.status == "CANCELLED" and not row.buyer_asks_cancel
        assert said(work, order_id) == ["Rule “House rule” approves the buyer's cancellation."]
        assert work.magento_orders(order_id)[0]["state"] in ("canceled", "closed")


def test_a_rule_that_waits_is_looked_at_when_its_time_comes_and_tells_once(work: Work, clock: Clock) -> None:
    switched_on({"waited_hours": 3, "statuses": ("AWAITING_SHIPMENT",)}, tell=True, tags=("slow",))
    order_id = work.place()
    row = work.sync(order_id)
    assert (row.tags, row.sync_state) == ("", "synced")
    assert row.due_at is not None and row.due_at > row.status_changed_at + timedelta(hours=2.9)
    clock.turn(hours=3.1)
    for _ in range(2):
        converge.sync_order(row.id)
        row = work.sync(order_id)
    assert row.tags == "|slow|"
    notices = db.session.scalars(select(Notice.sentence)).all()
    end_transaction()
    assert list(notices) == [f"Rule “House rule” fits the order {order_id}."]
