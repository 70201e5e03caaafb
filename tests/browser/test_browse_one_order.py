"""One order as a merchant looks at it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import factories

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_the_timeline_grows_by_itself_and_what_was_opened_stays_open(open_panel: Open) -> None:
    order = factories.make_order()
    line = factories.make_line_of_timeline(order, "Placed in Magento.", details={"status": 200})
    page = open_panel(f"/orders/{order.tiktok_order_id}")
    page.locator(f"#line-{line.id}-more summary").click()
    expect(page.get_by_text('"status": 200')).to_be_visible()
    factories.make_line_of_timeline(order, "Invoiced in Magento.")
    expect(page.get_by_text("Invoiced in Magento.")).to_be_visible(timeout=7000)
    expect(page.get_by_text('"status": 200')).to_be_visible()


def test_the_document_is_read_when_it_is_opened(open_panel: Open) -> None:
    order = factories.make_order(a_field_of_tomorrow="here")
    page = open_panel(f"/orders/{order.tiktok_order_id}")
    page.get_by_text("TikTok's document").click()
    expect(page.get_by_text('"a_field_of_tomorrow": "here"')).to_be_visible()


def test_ignoring_and_taking_back_change_the_page_at_once(open_panel: Open) -> None:
    order = factories.make_failed_order()
    page = open_panel(f"/orders/{order.tiktok_order_id}")
    page.locator(".order-head").get_by_role("button", name="Ignore").click()
    expect(page.get_by_role("button", name="Take back into work")).to_be_visible()
    page.get_by_role("button", name="Take back into work").click()
    expect(page.get_by_role("button", name="Sync again")).to_be_visible()


def test_a_number_is_copied_with_a_click(open_panel: Open) -> None:
    order = factories.make_order()
    page = open_panel(f"/orders/{order.tiktok_order_id}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Copy the order number").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == order.tiktok_order_id
