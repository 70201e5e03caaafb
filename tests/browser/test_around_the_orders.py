"""What stands around the orders (rules, payouts, warehouses, settings, reasons) as a merchant meets it, in a browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connector import clock
from connector.models import Source, Warehouse
from connector.models.transaction import transaction
from tests import factories, seeds

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_a_rule_is_looked_at_on_last_weeks_orders_before_it_is_switched_on(open_panel: Open) -> None:
    shop = factories.make_shop()
    cheap = factories.make_order(shop)
    dear = factories.make_order(shop, line_items=[factories.make_line(price="612.00")])
    page = open_panel("/rules", "admin")
    expect(page.get_by_role("heading", name="No rules yet")).to_be_visible()
    page.get_by_role("link", name="New rule").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Dear orders")
    page.get_by_label("Total from").fill("500")
    page.get_by_label("Hold it back from Magento until a person creates it").check()
    page.get_by_label("Add these tags").fill("dear")
    page.get_by_role("button", name="Save and look at what it would do").click()
    looked_at = page.locator("section", has=page.get_by_role("heading", name="Last week's orders"))
    expect(looked_at).to_contain_text("Of 2 orders of the last 7 days it fits 1")
    expect(looked_at.get_by_role("link")).to_have_count(1)
    expect(looked_at.get_by_role("link")).to_have_attribute("href", f"/orders/{dear.tiktok_order_id}")
    expect(page.locator("main")).not_to_contain_text(cheap.tiktok_order_id[-5:])
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("link", name="All rules").click()
    expect(page.get_by_role("row", name="Dear orders")).to_contain_text(re.compile(r"On\s*$|On\s"))


def test_payouts_lead_from_a_statement_to_its_orders_and_to_what_does_not_match(
    open_panel: Open, tmp_path: Path
) -> None:
    statement = seeds.money(factories.make_shop())
    page = open_panel("/payouts")
    page.locator(f'a[href="/payouts/{statement.id}"]').click()
    page.locator('main a[href^="/orders/"]').first.click()
    page.wait_for_url("**/orders/*")
    order_id = page.url.rpartition("/")[2].partition("#")[0]
    expect(page.locator("main")).to_contain_text("Platform commission")
    page.goto("/payouts")
    page.locator('a[href="/payouts?tab=matching"]').click()
    row = page.get_by_role("row", name=re.compile("576999"))
    expect(row).to_contain_text("Not known here")
    with page.expect_download() as came:
        page.get_by_role("link", name="CSV").click()
    came.value.save_as(tmp_path / "payouts.csv")
    with (tmp_path / "payouts.csv").open(encoding="utf-8-sig", newline="") as file:
        assert order_id in {cell for line in csv.reader(file) for cell in line}

    # Returns are selected like orders: all at once, none, and from one to another with the shift key.
    shop = factories.make_shop()
    seeds.returns(shop)
    seeds.make_return(factories.make_order(shop))
    page.goto("/returns")
    counted = page.locator("[data-selected-count]")
    page.get_by_label("Select all returns on this page").check()
    expect(counted).to_have_text("3")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#grid input[name=id]:checked")).to_have_count(0)
    page.locator("#grid input[name=id]").first.click()
    page.locator("#grid input[name=id]").last.click(modifiers=["Shift"])
    expect(counted).to_have_text("3")


def test_a_warehouse_is_mapped_and_its_order_names_both_places(open_panel: Open) -> None:
    store = factories.make_store()
    shop = factories.make_shop(store_id=store.id)
    with transaction() as session:
        for code in ("default", "east"):
            session.add(Source(store_id=store.id, source_code=code, name=code.title(), read_at=clock.now()))
        session.add(Warehouse(shop_id=shop.id, warehouse_id="7001", name="Atlantic", read_at=clock.now()))
    order = factories.make_order(shop, warehouse_id="7001")
    page = open_panel("/warehouses")
    page.get_by_label("Magento's source for Atlantic").select_option("East (east)")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".carrier-state")).to_have_text("Mapped")
    page.goto(f"/orders/{order.tiktok_order_id}")
    expect(page.locator("main")).to_contain_text(re.compile("From Atlantic.*source East"))


def test_settings_of_notices_and_cancelling_are_kept_and_a_fault_keeps_what_was_typed(open_panel: Open) -> None:
    shop = factories.make_shop()
    page = open_panel("/settings", "admin")
    page.locator("#notify_mail").fill("packing@example.com")
    page.locator("#notify_hours_before").fill("never")
    page.locator("#magento_cancel_words").fill("sold out = Out of stock")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notify_hours_before")).to_have_value("never")
    expect(page.locator("#notify_mail")).to_have_value("packing@example.com")
    expect(page.locator("#notify_hours_before")).to_have_attribute("aria-invalid", "true")
    factories.reload(shop)
    assert "notify_mail" not in shop.stored_settings
    page.locator("#notify_hours_before").fill("6")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/settings?shop={shop.id}")
    expect(page.locator("#changes")).to_contain_text("packing@example.com")
    expect(page.locator("#magento_cancel_words")).to_have_value("sold out = Out of stock")
    factories.reload(shop)
    assert shop.settings.notify_hours_before == 6


def test_an_order_that_waits_says_why_and_one_button_ends_the_wait(open_panel: Open) -> None:
    shop = factories.make_shop()
    until = clock.now() + timedelta(hours=5, minutes=30)
    order = factories.make_order(
        shop, row={"sync_state": "waiting", "waiting_for": "merchants_wait", "due_at": until, "look_again_at": until}
    )
    failed = factories.make_failed_order(shop)
    page = open_panel(f"/orders/{order.tiktok_order_id}")
    expect(page.locator(".sides")).to_contain_text("in 5 h")
    page.get_by_role("button", name="Create in Magento").click()
    expect(page.get_by_role("button", name="Create in Magento")).to_have_count(0)
    factories.reload(order)
    assert order.create_asked_at is not None

    page.goto(f"/orders/{failed.tiktok_order_id}")
    page.get_by_role("link", name="All reasons").click()
    page.wait_for_url(re.compile(r"/help/reasons"))
    reason = page.locator("tr", has_text=failed.error_code)
    expect(reason.get_by_role("link", name="1")).to_be_visible()
