"""An address is put right, marked orders are found, and a new shop's first orders are chosen, in a browser."""

from __future__ import annotations

from typing import Any

import pytest

from connector import clock
from tests import factories

pytestmark = pytest.mark.browser


def test_an_address_is_put_right_and_a_marked_order_is_found(open_panel: Any) -> None:
    regions = {"regions:US": [[12, "CA", "California"], [57, "TX", "Texas"]]}
    store = factories.make_store(facts=regions, facts_read_at=clock.now())
    found = {"mode": "now", "state": "counted", "open": 3, "oldest": "2026-11-20T08:00:00+00:00", "chosen_by": ""}
    shop = factories.make_shop(name="Acme US", store_id=store.id, start=found, orders_from=clock.now())
    sample = factories.make_order(shop, is_sample_order=True)
    plain = factories.make_order(shop)
    number, other, shop_id = sample.tiktok_order_id, plain.tiktok_order_id, shop.id

    page = open_panel("/orders", "admin")
    page.locator("#filter-menu > summary").click()
    page.get_by_label("Marked as").select_option("sample")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**mark=sample**")
    assert page.locator("#rows tr").count() == 1
    assert other not in page.locator("#rows").inner_text()
    assert page.locator("#rows .mark").inner_text() == "Sample"

    page.goto(f"/orders/{number}")
    page.get_by_role("link", name="Put right").click()
    page.get_by_label("Street and number").fill("1 Right Street")
    page.get_by_label("State or province").select_option("Texas")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/orders/{number}")
    assert "1 Right Street" in page.locator("section[aria-labelledby=ship-title]").inner_text()
    page.get_by_text("What TikTok sent").click()
    page.locator("#sent-address").get_by_text("12 Market Street").wait_for()

    page.goto(f"/connections/shops/{shop_id}/start")
    assert "3 orders are open" in page.locator("#open-orders").inner_text()
    page.get_by_label("The open ones too").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/connections")
    assert "begins with the open orders too" in page.locator("body").inner_text()
