"""Free samples that became one Magento order, as a merchant sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from connector import clock
from tests import factories

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_samples_that_became_one_order_lead_to_each_other(open_panel: Open) -> None:
    shop = factories.make_shop()
    there = {"magento_order_id": 7, "magento_increment_id": "000000007", "sample_closed_at": clock.now()}
    first = factories.make_order(shop, is_sample_order=True, row=there)
    others = [
        factories.make_order(shop, is_sample_order=True, row=there | {"combined_into": first.id}) for _ in range(2)
    ]
    page = open_panel("/orders?mark=sample")
    expect(page.locator("#rows .c-magento", has_text="000000007")).to_have_count(3)
    page.goto(f"/orders/{others[1].tiktok_order_id}")
    expect(page.get_by_text("Created together with order")).to_be_visible()
    page.get_by_role("link", name=first.tiktok_order_id).click()
    card = page.locator(".side-card", has_text="Stands for these orders, too:")
    expect(card.get_by_role("link", name=others[0].tiktok_order_id)).to_be_visible()
    card.get_by_role("link", name=others[1].tiktok_order_id).click()
    expect(page.locator("h1")).to_contain_text(others[1].tiktok_order_id)


def test_a_sample_says_what_it_waits_for_and_until_when(open_panel: Open) -> None:
    order = factories.make_order(
        is_sample_order=True,
        row={
            "sync_state": "waiting",
            "waiting_for": "sample_window",
            "due_at": clock.now() + timedelta(hours=1, minutes=30),
        },
    )
    page = open_panel(f"/orders/{order.tiktok_order_id}")
    expect(page.get_by_text("Waits for other samples of the creator")).to_be_visible()
    expect(page.get_by_text("goes on in")).to_be_visible()
    expect(page.get_by_role("button", name="Create in Magento")).to_be_visible()


def test_the_window_is_set_in_half_hours(open_panel: Open) -> None:
    factories.make_shop()
    page = open_panel("/settings", "admin")
    page.get_by_label("Free samples", exact=True).select_option("combine")
    page.get_by_label("Time for samples of one creator").fill("1.5")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("2 settings saved.")).to_be_visible()
    expect(page.get_by_label("Time for samples of one creator")).to_have_value("1.5")
    expect(page.get_by_label("Free samples", exact=True)).to_have_value("combine")
