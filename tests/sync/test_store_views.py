"""Which of Magento's store views a shop's orders are in: the one that it is bound to, or Magento's default one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connector.extensions import db
from connector.models import Shop
from connector.models.transaction import end_transaction
from connector.sync import converge, shops
from sandbox.magento.stores import Store

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01"}]


def bind(code: str) -> None:
    shop = db.session.scalars(select(Shop)).one()
    end_transaction()
    shops.bind(shop.id, shop.store_id, code, shop.time_zone, "ada@example.com")


def list_first(work: Any, view: Store) -> None:
    """Magento lists its store views in no order that says which is the default one."""
    with work.magento.state.lock:
        work.magento.state.stores.insert(0, view)


@pytest.mark.parametrize("website_id", [1, 2])
@pytest.mark.parametrize("way", ["reserve", "record"])
def test_without_a_code_it_is_the_default_one_wherever_it_is_listed(work: Any, way: str, website_id: int) -> None:
    list_first(work, Store(2, "german", "German", website_id=website_id, store_group_id=website_id))
    work.configure(create_way=way, customer_mode="each")
    order_id = work.place(lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders(order_id)
    assert order["store_id"] == 1
    assert [row["website_id"] for row in work.magento.state.customers.values()] == [1]


def test_views_that_are_switched_off_sell_nothing(work: Any) -> None:
    list_first(work, Store(2, "german", "German", website_id=1, store_group_id=1, is_active=0))
    work.configure(create_way="record")
    order_id = work.place(lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    assert work.magento_orders(order_id)[0]["store_id"] == 1
    assert work.magento.state.carts == {}  # nobody needed to be asked


@pytest.mark.parametrize("is_placed", [False, True])
@pytest.mark.parametrize("way", ["reserve", "record"])
def test_one_that_is_gone_is_named_and_a_new_choice_lets_the_orders_go_on(work: Any, way: str, is_placed: bool) -> None:
    work.configure(create_way=way)
    order_id = work.place(lines=LINES)
    if is_placed:
        work.sync(order_id)
    bind("french")
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("error", "magento_no_route")
    assert "store view french" in row.error_message
    assert "Connections page" in row.error_remedy
    bind("")
    converge.sync_order(work.row(order_id).id)
    assert work.row(order_id).sync_state == "synced"
    assert len(work.magento_orders(order_id)) == 1
