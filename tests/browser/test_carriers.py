"""Mapping carriers as a merchant does it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from connector import clock
from connector.extensions import db
from connector.models import SeenCarrier, ShippingProvider, Shop
from connector.models.transaction import transaction
from tests import factories

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture
def shop_id(app: object) -> int:
    shop = factories.make_shop()
    with transaction() as session:
        for number, name in enumerate(("USPS", "UPS", "FedEx", "DHL_US")):
            session.add(ShippingProvider(shop_id=shop.id, provider_id=f"700{number}", name=name, read_at=clock.now()))
        session.add(SeenCarrier(carrier_code="custom", title="My Courier", last_seen_at=clock.now()))
    return shop.id


def test_a_row_is_saved_without_leaving_the_page(open_panel: Open, shop_id: int) -> None:
    page = open_panel("/carriers")
    row = page.locator('[data-carrier="custom: My Courier"]')
    expect(row.get_by_text("Not mapped")).to_be_visible()
    box = row.get_by_role("combobox")
    assert box.get_attribute("list") == "providers"
    assert page.locator("#providers option").count() == 4
    box.fill("fedex")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_text("Mapped", exact=True)).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("custom: My Courier: FedEx")
    page.reload()
    expect(page.locator('[data-carrier="custom: My Courier"]').get_by_role("combobox")).to_have_value("FedEx")


def test_what_is_not_taken_stays_in_the_box_with_the_reason(open_panel: Open, shop_id: int) -> None:
    page = open_panel("/carriers")
    row = page.locator('[data-carrier="custom: My Courier"]')
    row.get_by_role("combobox").fill("Pigeon")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_contain_text("no shipping provider Pigeon")
    expect(row.get_by_role("combobox")).to_have_value("Pigeon")


def test_suggestions_are_confirmed_at_once(open_panel: Open, shop_id: int) -> None:
    page = open_panel("/carriers")
    expect(page.locator('[data-carrier="dhl"]').get_by_role("combobox")).to_have_value("DHL_US")
    page.get_by_role("button", name="Confirm all").click()
    expect(page.locator('[data-carrier="dhl"]').get_by_text("Mapped", exact=True)).to_be_visible()


def test_it_works_without_script(open_panel: Open, shop_id: int) -> None:
    waits = {"sync_state": "error", "error_code": "unmapped_carrier"}
    for subject in ("custom: My Courier", "custom: My Courier", "dpd"):
        factories.make_order(db.session.get_one(Shop, shop_id), row=waits | {"error_subject": subject})
    page = open_panel("/carriers", java_script_enabled=False)
    said = page.get_by_role("status").first

    def row(name: str) -> Locator:
        return page.locator(f'[data-carrier="{name}"]')

    def save(name: str, provider: str, button: str = "Save") -> None:
        row(name).get_by_role("combobox").fill(provider)
        row(name).get_by_role("button", name=button).click()
        page.wait_for_url("**/carriers?shop=*")

    # Those that orders wait for come first; saving lets the orders go on.
    rows = page.locator("#carriers > li")
    expect(rows.nth(0)).to_have_attribute("data-carrier", "custom: My Courier")
    expect(rows.nth(0)).to_contain_text("2 orders wait")
    expect(rows.nth(1)).to_contain_text("1 order waits")
    save("custom: My Courier", "UPS")
    expect(said).to_contain_text("custom: My Courier: UPS. 2 waiting orders go on.")
    expect(row("custom: My Courier").get_by_text("Mapped", exact=True)).to_be_visible()
    expect(page.get_by_text("orders wait")).to_have_count(0)

    # What does not exist is refused, a suggestion confirmed, the default set and taken away again.
    save("dpd", "Pigeon")
    expect(said).to_contain_text("no shipping provider Pigeon")
    row("dhl").get_by_role("button", name="Confirm").click()
    expect(row("dhl").get_by_text("Mapped", exact=True)).to_be_visible()
    save("*", "USPS")
    expect(said).to_contain_text("All other carriers: USPS. 1 waiting order goes on.")
    save("*", "")
    expect(row("*").get_by_text("No default")).to_be_visible()

    # A courier of the merchant's own, by its title.
    page.get_by_label("Code in Magento").fill("custom")
    page.get_by_label("Title (for custom carriers)").fill("Bike Messenger")
    page.get_by_role("button", name="Add").click()
    expect(row("custom: Bike Messenger").get_by_text("Not mapped")).to_be_visible()


def test_the_page_fits_a_telephone(open_panel: Open, shop_id: int) -> None:
    page = open_panel("/carriers", viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
