"""Who the customer of a Magento order is: a guest, the buyer by the anonymized address, or one fixed customer."""

from __future__ import annotations

from typing import Any

import pytest

LINES = [{"seller_sku": "MUG-01"}]


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_a_guest_has_the_address_of_the_setting(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_email="tiktok@shop.example")
    order_id = work.place(lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders(order_id)
    assert (order["customer_is_guest"], order["customer_email"]) == (1, "tiktok@shop.example")
    assert order["billing_address"]["email"] == "tiktok@shop.example"
    assert not order.get("customer_id")


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_the_buyer_is_known_by_the_anonymized_address(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="buyer")
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    [order] = work.magento_orders(order_id)
    assert order["customer_email"] == row.document["buyer_email"] != "buyerid@tiktok.com"
    assert order["customer_is_guest"] == 1


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_all_orders_may_belong_to_one_customer(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="fixed", fixed_customer_id=42)
    ids = [work.place(lines=LINES) for _ in range(2)]
    for order_id in ids:
        assert work.sync(order_id).sync_state == "synced"
    orders = [order for order_id in ids for order in work.magento_orders(order_id)]
    assert [(order["customer_is_guest"], order["customer_id"]) for order in orders] == [(0, 42), (0, 42)]


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_orders_get_the_customer_group_of_the_setting(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="buyer", customer_group_id=4)
    order_id = work.place(lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders(order_id)
    assert (order["customer_group_id"], order["customer_is_guest"]) == (4, 1)
