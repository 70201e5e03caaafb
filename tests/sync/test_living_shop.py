"""A shop that has been selling for long is connected: older orders are shown, and what another connector created is linked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connector import clock
from connector.extensions import db
from connector.models import FetchRun, Order, Shop
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, fetching, starting

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01"}]


def shop() -> Shop:
    found = db.session.scalars(select(Shop).execution_options(populate_existing=True)).one()
    end_transaction()
    return found


def connect_now() -> int:
    starting.begin(shop().id)
    return shop().id


def test_tiktok_is_asked_how_many_are_open_and_from_when(work: Any) -> None:
    open_ids = [work.place(lines=LINES), work.place(status="ON_HOLD", lines=LINES)]
    work.place(status="IN_TRANSIT", lines=LINES)
    work.place(status="CANCELLED", lines=LINES)
    shop_id = connect_now()
    starting.count(shop_id)
    start = shop().start
    with work.tiktok.state.lock:
        oldest = min(work.tiktok.state.find_order(order_id)[1].create_time for order_id in open_ids)
    assert (start["state"], start["open"]) == ("counted", 2)
    assert clock.now().fromisoformat(start["oldest"]).timestamp() == int(oldest)
    # They are fetched, so that they are shown.
    [run_id] = db.session.scalars(select(FetchRun.id)).all()
    end_transaction()
    fetching.work(run_id)
    assert all(work.row(order_id).document for order_id in open_ids)


def test_older_orders_are_shown_and_created_one_by_one(work: Any) -> None:
    orders = [work.place(lines=LINES) for _ in range(2)]
    with transaction() as session:
        session.execute(update(Shop).values(orders_from=clock.now() + timedelta(seconds=5), start={"mode": "now"}))
    for order_id in orders:
        row = work.sync(order_id)
        assert (row.sync_state, row.waiting_for, row.magento_order_id) == ("waiting", "older", None)
    asks.create(work.row(orders[0]).id, "ada@example.com")
    assert work.sync_until_settled(orders[0]).sync_state == "synced"
    starting.choose(shop().id, "open", None, "ada@example.com")
    assert db.session.scalar(select(Order.due_at).where(Order.tiktok_order_id == orders[1])) is not None
    end_transaction()
    assert work.sync_until_settled(orders[1]).sync_state == "synced"
    assert len(work.magento_orders()) == 2


@pytest.mark.parametrize(
    ("field", "settings"),
    [
        ("increment_id", {}),
        ("ext_order_id", {}),
        ("shipping_description", {}),
        ("customer_note", {"link_field": "customer_note"}),
    ],
)
def test_what_another_connector_created_is_linked_not_doubled(work: Any, field: str, settings: dict[str, str]) -> None:
    """Its order carries TikTok's number somewhere, in other words than ours."""
    work.books_are_checked = field != "increment_id"  # Magento files its reservations under the number that it gave
    order_id = work.place(lines=LINES)
    work.sync_until_settled(order_id)
    with work.magento.state.lock:
        [theirs] = work.magento.state.orders.values()
        theirs.row |= {"ext_order_id": None, "shipping_description": "Flat Rate"}
        theirs.row[field] = order_id if field == "ext_order_id" else f"TikTok #{order_id}"
    with transaction() as session:
        session.execute(update(Shop).values(created_at=clock.now() + timedelta(hours=1)))
        session.execute(
            update(Order).values(
                magento_order_id=None, magento_placing_at=None, magento_cart_id=None, magento_way="", due_at=clock.now()
            )
        )
        session.execute(update(Order).values(created_at=clock.now() + timedelta(hours=1)))
        shop_row = session.scalars(select(Shop)).one()
        shop_row.settings = type(shop_row.settings)(**settings)
    row = work.sync_until_settled(order_id)
    [order] = work.magento_orders()
    assert (row.sync_state, row.magento_order_id) == ("synced", order["entity_id"])
    assert order["ext_order_id"] == order_id
    assert "taken_over" in work.timeline(order_id)


def test_a_field_that_magento_does_not_have_is_said(work: Any) -> None:
    work.configure(link_field="no_such_field")
    row = work.sync_until_settled(work.place(lines=LINES))
    assert row.error_code == "link_field_unknown"
    assert work.magento_orders() == []
