"""The packing table with a scanner and nothing else: a keyboard that types and presses Enter. No script, no mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from connector import clock
from connector.models import CarrierMapping
from connector.models.transaction import transaction
from tests import factories

pytestmark = pytest.mark.browser


def test_order_after_order_is_scanned_without_mouse_or_script(open_panel: Callable[..., Page]) -> None:
    shop = factories.make_shop()
    with transaction() as session:
        session.add(
            CarrierMapping(
                shop_id=0,
                carrier_code="ups",
                title="",
                shipping_provider_id="7001",
                created_at=clock.now(),
                created_by="",
            )
        )
    in_magento = {"magento_order_id": 1, "magento_increment_id": "000000001"}
    first, second = (factories.make_order(shop, row=in_magento | {"magento_increment_id": f"00{n}"}) for n in (1, 2))
    page = open_panel("/packing", java_script_enabled=False)

    def scan(text: str) -> None:
        expect(
            page.locator(".scan-field[autofocus]")
        ).to_be_focused()  # the browser does it a moment after the page is there
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    scan(first.tiktok_order_id)
    expect(page.get_by_role("heading", name="Into the parcel: 1 unit")).to_be_visible()
    page.get_by_label("Carrier").select_option("ups")  # once: it is remembered
    page.get_by_label("2. The parcel's label").focus()
    scan("1Z999AA1")
    expect(page.get_by_text(f"{first.tiktok_order_id}: Ships with 1Z999AA1")).to_be_visible()
    scan("002")
    expect(page.get_by_label("2. The parcel's label")).to_be_focused()
    scan("002")
    expect(page.get_by_role("alert")).to_contain_text("That is the order again")
    scan("1Z999AA2")
    expect(page.get_by_text(f"{second.tiktok_order_id}: Ships with 1Z999AA2")).to_be_visible()
    expect(page.get_by_role("cell", name="1Z999AA1")).to_be_visible()
    scan("no such order")
    expect(page.get_by_role("alert")).to_contain_text("No order nosuchorder is known")
    expect(page.get_by_label("1. The order")).to_be_focused()
