"""Shipping as a merchant does it on the order page and in the list, in a real browser, with both sandboxes behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from connector.extensions import db
from connector.models import Shop
from connector.sync import carriers, labels, notes
from tests.browser.conftest import Worker
from tests.sync.conftest import Work
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.browser

Open = Callable[[str], Page]
LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "TEE-RED-M", "quantity": 1}]


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected


def test_some_lines_are_shipped_and_then_the_rest(opened: Open, work: Work, worker: Worker) -> None:
    Merchant(work).map("ups", "UPS")
    order_id = work.place(lines=LINES)
    work.sync(order_id)
    page = opened(f"/orders/{order_id}")
    card = page.locator("#shipping")
    expect(card).to_contain_text("Left to ship: 3 units")
    card.locator("select[name=carrier]").select_option("ups")
    card.get_by_label("Tracking number").fill("1Z-FIRST")
    card.locator('input[name="line"]').first.check()
    card.get_by_role("button", name="Ship", exact=True).click()
    expect(page.locator(".parcel")).to_contain_text("1Z-FIRST", timeout=15000)
    expect(page.locator("#shipping")).to_contain_text("Left to ship: 2 units")
    expect(page.locator(".sides")).to_contain_text("Partially shipping")
    card.locator("select[name=carrier]").select_option("ups")
    card.get_by_label("Tracking number").fill("1Z-SECOND")
    card.get_by_role("button", name="Ship", exact=True).click()
    expect(page.locator(".parcel")).to_have_count(2, timeout=15000)
    expect(page.locator(".sides")).to_contain_text("Awaiting collection")
    assert {number: sum(units.values()) for number, units in Merchant(work).told(order_id).items()} == {
        "1Z-FIRST": 1,
        "1Z-SECOND": 2,
    }
    assert len(work.magento_orders(order_id)[0]["shipments"]) == 2


def test_carriers_are_mapped_and_the_orders_that_waited_for_them_go_on(
    opened: Open, work: Work, worker: Worker
) -> None:
    merchant = Merchant(work)
    with worker.rests():
        carriers.read_providers(db.session.scalars(select(Shop.id)).one())
        one, two, other = (work.place(lines=LINES) for _ in range(3))
        for order_id in (one, two, other):
            work.sync(order_id)
        merchant.ship(one, "MC-ONE", carrier="custom", title="My Courier")
        merchant.ship(two, "MC-TWO", carrier="custom", title="My Courier")
        merchant.ship(other, "DPD-ONE", carrier="dpd")
        merchant.settle()
    page = opened(f"/orders/{one}")
    expect(page.locator(".problem-card")).to_contain_text("My Courier")
    page.goto("/carriers")
    rows, said = page.locator("#carriers > li"), page.locator("#toasts")

    # Those that orders wait for come first, with how many.
    expect(rows.nth(0)).to_have_attribute("data-carrier", "custom: My Courier")
    expect(rows.nth(0)).to_contain_text("2 orders wait")
    expect(rows.nth(1)).to_have_attribute("data-carrier", "dpd")
    expect(rows.nth(1)).to_contain_text("1 order waits")

    # Searched for in TikTok's providers, saved: the orders go on. Alike names are suggested and confirmed one by one.
    mine = page.locator('[data-carrier="custom: My Courier"]')
    assert mine.get_by_role("combobox").get_attribute("list") == "providers"
    offered = page.locator("#providers option").evaluate_all("options => options.map(option => option.value)")
    assert {"UPS", "USPS", "FedEx"} <= set(offered)
    mine.get_by_role("combobox").fill("fedex")
    mine.get_by_role("button", name="Save").click()
    expect(said).to_contain_text("custom: My Courier: FedEx. 2 waiting orders go on.")
    expect(mine).not_to_contain_text("orders wait")
    suggested = page.locator('[data-carrier="ups"]')
    expect(suggested.get_by_role("combobox")).to_have_value("UPS")
    suggested.get_by_role("button", name="Confirm").click()
    expect(suggested.get_by_text("Mapped", exact=True)).to_be_visible()

    # The default takes what is left; a courier of one's own is added by its title and comes first.
    default = page.locator('[data-carrier="*"]')
    default.get_by_role("combobox").fill("USPS")
    default.get_by_role("button", name="Save").click()
    expect(said).to_contain_text("All other carriers: USPS. 1 waiting order goes on.")
    page.get_by_label("Code in Magento").fill("custom")
    page.get_by_label("Title (for custom carriers)").fill("Bike Messenger")
    page.get_by_role("button", name="Add").click()
    expect(rows.nth(0)).to_have_attribute("data-carrier", "custom: Bike Messenger")

    # Nobody touched the orders: TikTok has their numbers, each with the provider that was mapped.
    for order_id, number, provider in ((one, "MC-ONE", "FedEx"), (two, "MC-TWO", "FedEx"), (other, "DPD-ONE", "USPS")):
        page.goto(f"/orders/{order_id}")
        expect(page.locator(".sides")).to_contain_text("Awaiting collection", timeout=15000)
        expect(page.locator(".parcel")).to_contain_text(number)
        expect(page.locator(".parcel")).to_contain_text(provider)
        expect(page.locator(".problem-card")).to_have_count(0)
        assert set(merchant.told(order_id)) == {number}


def test_what_is_ticked_stays_while_pick_up_times_are_read(opened: Open, work: Work, worker: Worker) -> None:
    order_id = work.place(lines=LINES, shipping_type="TIKTOK", region="ID")
    row = work.sync(order_id)
    page = opened(f"/orders/{order_id}")
    ticks = page.locator('#shipping input[name="line"]')
    ticks.nth(1).check()
    page.get_by_role("button", name="Read pick-up times").click()
    expect(page.locator("#toasts")).to_contain_text("Pick-up times are being read")
    labels.read(row.id)
    expect(page.locator('#shipping input[value^="PICKUP:"]').first).to_be_visible(timeout=15000)
    expect(ticks.nth(1)).to_be_checked()
    expect(page.locator('#shipping input[name="line"]:checked')).to_have_count(1)


def test_after_a_refusal_pick_up_times_still_come_and_what_was_chosen_stays(
    opened: Open, work: Work, worker: Worker
) -> None:
    order_id = work.place(lines=LINES, shipping_type="TIKTOK", region="ID")
    row = work.sync(order_id)
    page = opened(f"/orders/{order_id}")
    ticks = page.locator('#shipping input[name="line"]')
    ticks.nth(1).check()
    page.locator('#shipping input[value="PICKUP"]').check()
    page.evaluate("document.querySelector('#ship-form').insertAdjacentHTML('beforeend', '<input name=line value=9>')")
    page.get_by_role("button", name="Arrange the shipment").click()
    expect(page.locator("main")).to_contain_text("The order has other items by now")
    labels.read(row.id)
    expect(page.locator('#shipping input[value^="PICKUP:"]').first).to_be_visible(timeout=15000)
    expect(ticks.nth(1)).to_be_checked()
    expect(page.locator('#shipping input[value="PICKUP"]')).to_be_checked()


def test_a_refused_shipment_stays_in_its_form_when_the_page_follows(opened: Open, work: Work, worker: Worker) -> None:
    Merchant(work).map("ups", "UPS")
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    page = opened(f"/orders/{order_id}")
    card = page.locator("#shipping")
    card.get_by_label("Tracking number").fill("1Z#")
    card.locator('input[name="line"]').nth(1).check()
    card.get_by_role("button", name="Ship", exact=True).click()
    expect(card).to_contain_text("A tracking number has 4 to 50")
    notes.write(row.id, "Ask the carrier.", "jo@example.com")
    expect(page.locator("#notes")).to_contain_text("Ask the carrier.", timeout=10000)
    expect(card.get_by_label("Tracking number")).to_have_value("1Z#")
    expect(card.locator('input[name="line"]').nth(1)).to_be_checked()


def test_tiktoks_carrier_is_arranged_and_its_label_printed(opened: Open, work: Work, worker: Worker) -> None:
    order_id = work.place(lines=LINES, shipping_type="TIKTOK")
    work.sync(order_id)
    page = opened(f"/orders/{order_id}")
    page.get_by_role("button", name="Arrange the shipment").click()
    expect(page.locator(".sides")).to_contain_text("Awaiting collection", timeout=15000)
    page.get_by_role("button", name="Read label and packing list").click()
    link = page.get_by_role("link", name="Print")
    expect(link).to_be_visible(timeout=15000)
    answer = page.request.get(str(link.get_attribute("href")))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF")
    [shipment] = work.magento_orders(order_id)[0]["shipments"]
    [number] = Merchant(work).told(order_id)
    assert number in str(shipment)


def test_many_are_arranged_and_their_labels_printed_as_one(opened: Open, work: Work, worker: Worker) -> None:
    order_ids = [work.place(lines=LINES, shipping_type="TIKTOK") for _ in range(2)]
    own = work.place(lines=LINES)
    for order_id in (*order_ids, own):
        work.sync(order_id)
    page = opened("/orders")
    page.get_by_label("Select all orders on this page").check()
    page.get_by_role("button", name="Arrange the shipment").click()
    toast = page.locator("#toasts")
    expect(toast).to_contain_text("2 orders: TikTok Shop's carrier is being arranged.")
    expect(toast).to_contain_text(f"Not done: {own}: This order is shipped by a carrier of your own")
    expect(page.locator("#rows .c-status", has_text="Awaiting collection")).to_have_count(2, timeout=20000)
    page.reload()
    page.get_by_label("Select all orders on this page").check()
    page.get_by_role("button", name="Labels as one PDF").click()
    page.wait_for_url("**/orders/labels?**")
    link = page.get_by_role("link", name="All as one PDF")
    expect(link).to_be_visible(timeout=15000)
    expect(page.locator("#labels")).to_contain_text("A carrier of your own ships it")
    assert page.request.get(str(link.get_attribute("href"))).body().startswith(b"%PDF")
    expect(page.locator("#labels li")).to_have_count(3)
