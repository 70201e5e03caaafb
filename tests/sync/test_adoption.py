"""A database that is restored from an older backup, or lost: what Magento has already is taken over, never made twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from connector import clock
from connector.models import Order, TimelineEntry
from connector.models.transaction import transaction


def forget_everything() -> None:
    with transaction() as session:
        session.execute(delete(TimelineEntry))
        session.execute(delete(Order))


def known_late(work: Any, order_id: str) -> None:
    """As if the order were an hour old when it becomes known again."""
    work.hint(order_id)
    with transaction() as session:
        session.execute(update(Order).values(created_at=clock.now() + timedelta(hours=1)))


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_an_order_of_a_lost_database_is_taken_over(work: Any, way: str) -> None:
    work.configure(create_way=way)
    order_id = work.place(lines=[{"seller_sku": "MUG-01", "quantity": 1}])
    assert work.sync_until_settled(order_id).sync_state == "synced"
    stock = work.magento_books()["stock"]["MUG-01"]["salable"]
    forget_everything()
    known_late(work, order_id)
    row = work.sync_until_settled(order_id)
    assert (row.sync_state, row.magento_way) == ("synced", way)
    [order] = work.magento_orders(order_id)
    assert row.magento_order_id == order["entity_id"]
    assert len(order["invoices"]) <= 1
    assert len(order["comments"]) == len(set(order["comments"]))
    assert work.magento_books()["stock"]["MUG-01"]["salable"] == stock
    assert "taken_over" in work.timeline(order_id)


def test_a_cancellation_after_the_loss_is_followed(work: Any) -> None:
    order_id = work.place()
    work.sync_until_settled(order_id)
    forget_everything()
    work.act(order_id, "cancel")
    known_late(work, order_id)
    assert work.sync_until_settled(order_id).sync_state == "synced"
    assert [order["state"] for order in work.magento_orders()] == ["closed"]


def test_two_magento_orders_are_shown_and_no_third_is_made(work: Any) -> None:
    first, second = work.place(), work.place()
    work.sync_until_settled(first)
    work.sync_until_settled(second)
    with work.magento.state.lock:
        for order in work.magento.state.orders.values():
            order.row["ext_order_id"] = first
    forget_everything()
    known_late(work, first)
    assert work.sync_until_settled(first).error_code == "several_magento_orders"
    assert len(work.magento_orders()) == 2


def test_a_new_order_costs_no_search(work: Any) -> None:
    order_id = work.place()
    work.sync_until_settled(order_id)
    with work.magento.state.lock:
        assert not [call for call in work.magento.state.calls if order_id in call.path]
