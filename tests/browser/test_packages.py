"""Orders of one buyer combined, taken apart and shipped in a real browser, with both sandboxes behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import Worker
from tests.sync.aftersales import Desk
from tests.sync.conftest import Work
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.browser

Open = Callable[[str], Page]
PATIENCE = 20_000


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected


def test_orders_of_one_buyer_are_combined_taken_apart_combined_again_and_shipped(
    opened: Open, work: Work, worker: Worker
) -> None:
    desk, merchant = Desk(work), Merchant(work)
    merchant.map("ups", "UPS")
    with worker.rests():
        first, second = (desk.placed(buyer_id="77") for _ in range(2))
    page = opened(f"/orders/{first}")
    timeline = page.get_by_role("region", name="Timeline")
    shares = page.get_by_text("This order shares a package with others of its buyer")

    def changed(button: str) -> None:
        """Ask what can be done, and do it with the other order."""
        page.get_by_role("button", name="Split or combine…").click()
        page.get_by_role("button", name=button).click(timeout=PATIENCE)
        page.wait_for_url(f"**/orders/{first}")

    changed("Combine on TikTok Shop")
    expect(shares).to_be_visible(timeout=PATIENCE)
    changed("Take it out of the shared package")
    expect(shares).to_have_count(0, timeout=PATIENCE)
    with worker.rests():
        desk.settle(second)
    changed("Combine on TikTok Shop")
    expect(shares).to_be_visible(timeout=PATIENCE)
    expect(timeline).to_contain_text("TikTok Shop has combined 2 orders into one package.")

    # Shipped once, on one of them: TikTok has the number for both, and so has Magento.
    card = page.locator("#shipping")
    card.locator("select[name=carrier]").select_option("ups")
    card.get_by_label("Tracking number").fill("1Z-BOTH")
    card.get_by_role("button", name="Ship", exact=True).click()
    expect(page.locator(".sides")).to_contain_text("Awaiting collection", timeout=PATIENCE)
    desk.hear(second)
    page.goto(f"/orders/{second}")
    expect(timeline).to_contain_text("Shipped in Magento with the tracking number 1Z-BOTH.", timeout=PATIENCE)
    expect(page.locator(".parcel")).to_contain_text("1Z-BOTH")
    expect(page.locator("#shipping").get_by_role("button", name="Ship", exact=True)).to_have_count(0)
    with worker.rests():
        for order_id in (first, second):
            assert set(merchant.told(order_id)) == {"1Z-BOTH"}
            [shipment] = work.magento_orders(order_id)[0]["shipments"]
            assert "1Z-BOTH" in str(shipment)
        assert merchant.calls("/ship") == 1
