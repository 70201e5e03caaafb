"""The order section from one end to the other, as a merchant goes through it in a day: with script, and without."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connector import clock
from connector.extensions import db
from connector.models import Order, Shop, TimelineEntry
from tests import factories

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def orders(shop: Shop, count: int = 54) -> list[Order]:
    """Paid orders, the newest first; the third is on its way, the fourth in Error."""
    now = clock.now()
    made = []
    for at in range(count):
        document = {"create_time": now - timedelta(minutes=at + 1)}
        if at == 2:
            document |= {"status": "IN_TRANSIT", "tracking_number": "1Z999AA1", "shipping_provider": "UPS"}
        made.append((factories.make_failed_order if at == 3 else factories.make_order)(shop, **document))
    return made


def columns(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.grid th[data-column]')].map(th => th.dataset.column)"
    )
    return found


def test_a_day_with_the_list(open_panel: Open, tmp_path: Path) -> None:
    shop = factories.make_shop(name="Acme")
    made = orders(shop)
    page = open_panel("/orders")

    # Columns: to the right with the keyboard, by dragging, and remembered.
    page.locator("#view-menu summary").click()
    page.locator("#right-total").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".grid th[data-column]").nth(6)).to_have_attribute("data-column", "total")
    expect(page.locator("#right-total")).to_be_focused()
    page.locator("#column-shop").uncheck()
    page.locator("#view-menu").get_by_role("button", name="Save").click()
    expect(page.locator(".grid th.c-shop")).to_have_count(0)
    page.locator(".grid th.c-total").drag_to(page.locator(".grid th.c-magento"), target_position={"x": 3, "y": 8})
    expect(page.locator(".grid th[data-column]").nth(1)).to_have_attribute("data-column", "total")
    page.reload()
    shown = ["order", "total", "magento", "when", "buyer", "items", "status", "ship_by"]
    assert columns(page) == shown

    # The export has them as shown; a filter is saved as a view, which keeps its own.
    page.locator("#export-menu summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    download.value.save_as(tmp_path / "orders.csv")
    lines = list(csv.reader((tmp_path / "orders.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert lines[0][:4] == ["TikTok order", "Total", "Currency", "Magento order"]
    assert len(lines) == 1 + len(made)
    page.goto("/orders?total_from=5")
    page.get_by_text("Save as…").click()
    page.get_by_label("Save this list, with its columns, as").fill("Dear ones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#tabs a.view")).to_have_text("Dear ones")
    page.locator("#view-menu summary").click()
    page.locator("#view-menu").get_by_role("button", name="As usual").click()
    expect(page.locator(".grid th.c-shop")).to_have_count(1)
    page.goto("/orders")
    assert columns(page) == shown
    page.locator("#views-menu summary").click()
    page.locator("#views-menu").get_by_role("link", name="Dear ones").click()
    expect(page).to_have_url(re.compile("total_from=5"))
    page.go_back()
    expect(page.locator("#tab-all")).to_have_attribute("aria-current", "page")

    # Why an order stands where it stands: on its way, and in Error.
    page.locator(f"#o-{made[2].id} .status-button").hover()
    expect(page.locator(f"#why-{made[2].id}")).to_contain_text(re.compile(r"UPS\s*1Z999AA1\s*Changed .* ago · "))
    page.locator(f"#o-{made[3].id} .error-button").hover()
    expect(page.locator(f"#why-{made[3].id}")).to_contain_text(re.compile("Awaiting shipment · changed"))

    # What is offered for a whole page goes with the page.
    page.get_by_label("Select all orders on this page").check()
    expect(page.get_by_role("button", name="Select all 54 that match")).to_be_visible()
    page.get_by_label(f"Select order {made[1].tiktok_order_id}").uncheck()
    expect(page.locator("#bulk-offer")).to_be_empty()
    page.get_by_label("Select all orders on this page").check()
    expect(page.get_by_role("button", name="Select all 54 that match")).to_be_visible()
    page.get_by_role("link", name="Older").click()
    expect(page.locator("#rows > tr")).to_have_count(4)
    expect(page.locator("#bulk-offer")).to_be_empty()
    page.go_back()
    expect(page.locator("#rows > tr")).to_have_count(50)

    # Looking beside the list while the keys go on; everything by its name; the order itself, and a note on it.
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator(".peek")).to_have_attribute("data-order", made[0].tiktok_order_id)
    page.keyboard.press("j")
    expect(page.locator(".peek")).to_have_attribute("data-order", made[1].tiktok_order_id)
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("in transit")
    page.keyboard.press("Enter")
    expect(page.locator("#rows > tr")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{made[2].tiktok_order_id}**")
    words = page.get_by_label("For your colleagues; buyers do not see it")
    words.fill("Called the buyer:\nwants it blue.")
    factories.make_line_of_timeline(made[2], "Invoiced in Magento.")  # the page follows and leaves the words alone
    expect(page.get_by_text("Invoiced in Magento.")).to_be_visible()
    expect(words).to_have_value("Called the buyer:\nwants it blue.")
    page.get_by_role("button", name="Write note").click()
    expect(page.locator(".note")).to_contain_text("wants it blue.")
    expect(page.locator(".timeline")).to_contain_text("Wrote a note.")


def test_a_day_without_script(open_panel: Open) -> None:
    shop = factories.make_shop(name="Acme")
    made = orders(shop)
    page = open_panel("/orders", java_script_enabled=False)
    page.locator("#filter-menu summary").click()
    page.get_by_label("TikTok status").select_option("IN_TRANSIT")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#rows > tr")).to_have_count(1)
    page.locator("#save-view-menu summary").click()
    page.get_by_label("Save this list, with its columns, as").fill("On their way")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#tabs a.view")).to_have_text("On their way")
    page.locator("#view-menu summary").click()
    page.locator("#right-buyer").click()
    assert page.locator(".grid th").nth(5).get_attribute("data-column") == "buyer"
    page.goto("/orders")
    page.get_by_role("link", name="Older").click()
    expect(page.locator("#rows > tr")).to_have_count(4)
    page.go_back()
    page.get_by_label(f"Select order {made[3].tiktok_order_id}").check()
    page.get_by_role("button", name="Sync again").click()
    expect(page.get_by_text("Trying 1 order again.").first).to_be_visible()
    page.get_by_role("button", name="Fetch orders").click()
    expect(page.get_by_text("Fetching orders from TikTok Shop.")).to_be_visible()
    page.locator(f"#o-{made[2].id} .order-link").click()
    expect(page.locator(".parcel")).to_contain_text("1Z999AA1")
    page.get_by_label("For your colleagues; buyers do not see it").fill("Without script")
    page.get_by_role("button", name="Write note").click()
    expect(page.locator(".note")).to_contain_text("Without script")
    assert db.session.query(TimelineEntry).filter_by(code="note").one().actor.startswith("staff-")
    page.get_by_role("link", name="Older order").click()
    page.wait_for_url(f"**/orders/{made[3].tiktok_order_id}**")
    page.locator("#raw summary").click()
    page.get_by_role("link", name="Open the document").click()
    expect(page.get_by_text(f'"id": "{made[3].tiktok_order_id}"')).to_be_visible()


def test_a_first_load_takes_less_than_150_kilobytes_and_only_pictures_come_from_elsewhere(
    open_panel: Open, address: str
) -> None:
    orders(factories.make_shop())
    page = open_panel("/account")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    came: list[float] = []
    network.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    asked: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append((request.resource_type, request.url)))
    page.goto("/orders", wait_until="networkidle")
    expect(page.locator("#rows > tr")).to_have_count(50)
    assert {kind for kind, _ in asked} >= {"document", "stylesheet", "script"}
    assert [url for kind, url in asked if not url.startswith(address) and kind != "image"] == []
    assert len(came) > 5
    assert sum(came) < 150_000, sum(came)
