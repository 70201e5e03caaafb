"""A store or shop that was away for hours and answers again: what it held up goes on at once, and nothing for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connector import clock
from connector.extensions import db
from connector.models import Order, Shop, Store
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, recovery, watch
from tests import factories
from tests.support import apps
from tests.sync.outages import recover, refuse

UNAUTHORIZED = {"message": "The consumer isn't authorized to access %resources.", "parameters": {"resources": "x"}}


def change(order_id: str, **columns: Any) -> None:
    with transaction() as session:
        session.execute(update(Order).where(Order.tiktok_order_id == order_id).values(**columns))


def forget_successes() -> None:
    with transaction() as session:
        session.execute(update(Store).values(last_ok_at=None, watch_lease_until=None))
        session.execute(update(Shop).values(last_ok_at=None, last_poll_at=None))


def failed_long_ago(work: Any, order_id: str, hours: float = 3) -> datetime:
    """As if the order had been failing for hours and its next try were minutes away."""
    row = work.row(order_id)
    at = clock.now() - timedelta(hours=hours / 2)
    change(
        order_id,
        failing_since=clock.now() - timedelta(hours=hours),
        updated_at=at,
        due_at=None if row.sync_state == "error" else clock.now() + timedelta(minutes=4),
    )
    forget_successes()
    return at


def test_an_order_in_a_long_pause_goes_on_when_its_store_answers_again(work: Any) -> None:
    refuse(work.magento, kind="status", status=503)
    order_id = work.place()
    work.sync(order_id)
    failed_long_ago(work, order_id)
    assert recovery.release() == 0, "the store has not answered since"
    recover(work.magento)
    store_id = work.row(order_id).shop.store_id or 1
    watch.watch(store_id)
    assert recovery.release() == 1
    row = work.row(order_id)
    assert row.due_at is not None and row.due_at <= clock.now()
    converge.sync_order(row.id)
    assert work.row(order_id).sync_state == "synced"


def test_an_order_that_was_refused_for_want_of_rights_goes_on_when_they_are_back(work: Any) -> None:
    refuse(work.magento, kind="status", status=401, body=UNAUTHORIZED)
    order_id = work.place()
    assert work.sync(order_id).sync_state == "error"
    failed_long_ago(work, order_id)
    recover(work.magento)
    watch.watch(1)
    assert recovery.release() == 1
    assert work.row(order_id).sync_state == "pending"
    assert "goes_on" in work.timeline(order_id)


def refuse_number(work: Any, code: int, message: str) -> None:
    """TikTok does not take Magento's number of an order."""
    body = {"code": code, "message": message, "data": None, "request_id": "1"}
    refuse(work.tiktok, kind="status", status=200, path="external_orders", body=body)


def test_the_number_that_a_shop_did_not_take_while_it_was_not_connected_is_told_later(work: Any) -> None:
    refuse_number(work, 36004001, "invalid refresh token")
    order_id = work.place()
    assert work.sync(order_id).sync_state == "error"
    recover(work.tiktok)
    assert work.sync(order_id).sync_state == "synced"
    with work.tiktok.state.lock:
        external = work.tiktok.state.find_order(order_id)[1].external
    assert [reference.id for reference in external.values()] == [work.row(order_id).magento_increment_id]


def test_a_number_that_tiktok_refuses_is_told_and_keeps_no_order(work: Any) -> None:
    refuse_number(work, 11031001, "not this one")
    order_id = work.place()
    assert work.sync(order_id).sync_state == "synced"
    assert "external_reference_refused" in work.timeline(order_id)


def test_a_success_of_the_other_side_releases_nothing(work: Any) -> None:
    refuse(work.magento, kind="status", status=503)
    order_id = work.place()
    work.sync(order_id)
    failed_long_ago(work, order_id)
    with transaction() as session:
        session.execute(update(Shop).values(last_ok_at=clock.now()))
    assert recovery.release() == 0


def test_an_order_that_only_the_merchant_can_help_is_left_to_the_merchant(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "UNKNOWN-SKU", "quantity": 1}])
    assert work.sync(order_id).sync_state == "error"
    failed_long_ago(work, order_id)
    watch.watch(1)
    assert recovery.release() == 0


def test_nothing_is_let_go_on_for_ever(work: Any) -> None:
    refuse(work.magento, kind="status", status=401, body=UNAUTHORIZED)
    order_id = work.place()
    work.sync(order_id)
    recover(work.magento)
    failed_long_ago(work, order_id, hours=25)
    watch.watch(1)
    assert recovery.release() == 0, "after a day it is a person's"
    # Refused again and again although other calls succeed: the pauses grow with the time that it has been failing.
    failed_long_ago(work, order_id, hours=8)
    change(order_id, updated_at=clock.now() - timedelta(minutes=20))
    watch.watch(1)
    assert recovery.release() == 0
    change(order_id, updated_at=clock.now() - timedelta(hours=3))
    assert recovery.release() == 1


def test_a_store_that_is_still_away_keeps_the_orders_of_no_other_from_going_on(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MOST", 1)
    now = clock.now()
    away, back = (factories.make_store(last_ok_at=now - timedelta(hours=hours)) for hours in (9, 1))
    refused = {"sync_state": "error", "error_code": "magento_not_authorized", "failing_since": now - timedelta(hours=8)}
    for store, hours in ((away, 7), (back, 6)):
        shop = factories.make_shop(store_id=store.id)
        order = factories.make_order(shop, row={**refused, "updated_at": now - timedelta(hours=hours)})
    assert recovery.release() == 1
    assert work.row(order.tiktok_order_id).sync_state == "pending"


@pytest.mark.parametrize("state", ["disconnected", "deauthorized"])
def test_an_order_that_is_done_rests_while_its_shop_is_not_connected_and_is_looked_at_after_that(
    work: Any, state: str
) -> None:
    """That it is not read again is the shop's concern: fourteen days of delivered orders would stand in Error, one by one."""
    order_id = work.place()
    row = work.sync_until_settled(order_id)
    with transaction() as session:
        session.execute(update(Shop).values(state=state))
    ago = clock.now() - timedelta(minutes=1)
    change(order_id, due_at=ago, look_again_at=ago)
    converge.sync_order(row.id)
    row = work.row(order_id)
    assert (row.sync_state, row.error_code, row.due_at, row.lease_owner) == ("synced", "", None, None)
    assert "failed" not in work.timeline(order_id)
    apps.connect(work.magento.url)
    assert work.row(order_id).due_at is not None
    before = dict(work.tiktok.state.requests)
    converge.sync_order(row.id)
    assert work.row(order_id).sync_state == "synced"
    assert dict(work.tiktok.state.requests) != before


def test_an_order_that_is_not_done_says_that_its_shop_is_not_connected(work: Any) -> None:
    row_id = work.hint(work.place())
    with transaction() as session:
        session.execute(update(Shop).values(state="disconnected"))
    converge.sync_order(row_id)
    [order] = db.session.scalars(select(Order)).all()
    assert (order.sync_state, order.error_code) == ("error", "shop_deauthorized")
    end_transaction()
