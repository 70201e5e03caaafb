"""A customer for each buyer: chosen in the settings, looked at by the store's check and told on the order, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from connector.sync import stores

pytestmark = pytest.mark.browser


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected


def test_a_customer_for_each_buyer_is_chosen_checked_and_told(
    app: Flask, open_panel: Callable[..., Page], work: Any
) -> None:
    page = open_panel("/settings", "admin")
    page.locator("#customer_mode").select_option("A customer for each buyer")
    page.locator("#customer_website_id").fill("1")
    page.locator("#customer_group_id").fill("2")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/settings?shop=1")
    expect(page.locator("#customer_mode")).to_have_value("each")
    expect(page.locator("#changes")).to_contain_text("A customer for each buyer")

    with app.app_context():  # with a session of its own, as a job
        stores.run_check(1)
    page.goto("/connections/stores/1")
    page.get_by_text("A customer for each buyer can be found and created.").wait_for()

    order_id = work.place(lines=[{"seller_sku": "MUG-01"}])
    assert work.sync(order_id).sync_state == "synced"
    page.goto(f"/orders/{order_id}")
    page.get_by_text("Customer 1 was created in Magento for the buyer's TikTok address.").wait_for()
    page.get_by_text("It belongs to customer 1 in Magento, who stands for this buyer.").wait_for()
