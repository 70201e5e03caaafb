"""Shipping as a merchant does it on the order page and in the list, in a real browser, with both sandboxes behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import Order, ShippingLabel
from connector.models.transaction import end_transaction
from connector.sync import converge, labels, stopping
from tests.support.apps import Apps, connect
from tests.sync.conftest import Work
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "TEE-RED-M", "quantity": 1}]


@pytest.fixture
def app(apps: Apps, tiktok: Any, magento: Any) -> Iterator[Flask]:
    with apps.one("sqlite", TIKTOK_API_URL=tiktok.url, TIKTOK_AUTH_URL=tiktok.url) as app:
        connect(magento.url)
        yield app
        stopping.forget()


@pytest.fixture
def work(app: Flask, tiktok: Any, magento: Any) -> Work:
    return Work(app, tiktok, magento)


@pytest.fixture
def worker(app: Flask) -> Iterator[None]:
    """A worker that does what becomes due: orders, and labels that are asked for."""
    is_over = threading.Event()

    def run() -> None:
        with app.app_context():
            while not is_over.wait(0.2):
                due = list(db.session.scalars(select(Order.id).where(Order.due_at <= clock.now())))
                wanted = set(db.session.scalars(select(ShippingLabel.order_id).where(ShippingLabel.read_at.is_(None))))
                end_transaction()
                for row_id in due:
                    converge.sync_order(row_id)
                for row_id in wanted:
                    labels.read(row_id)
                db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    is_over.set()
    thread.join()


def opened(open_panel: Open, path: str) -> Page:
    """A page of the panel; pictures of products, which lie elsewhere, are empty."""
    page = open_panel("/carriers")
    empty = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    page.route(
        lambda url: "127.0.0.1" not in url, lambda route: route.fulfill(body=empty, content_type="image/svg+xml")
    )
    page.goto(path)
    return page


def test_some_lines_are_shipped_and_then_the_rest(open_panel: Open, work: Work, worker: None) -> None:
    Merchant(work).map("ups", "UPS")
    order_id = work.place(lines=LINES)
    work.sync(order_id)
    page = opened(open_panel, f"/orders/{order_id}")
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


def test_tiktoks_carrier_is_arranged_and_its_label_printed(open_panel: Open, work: Work, worker: None) -> None:
    order_id = work.place(lines=LINES, shipping_type="TIKTOK")
    work.sync(order_id)
    page = opened(open_panel, f"/orders/{order_id}")
    page.get_by_label("Drop off").check()
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


def test_many_are_arranged_and_their_labels_printed_as_one(open_panel: Open, work: Work, worker: None) -> None:
    order_ids = [work.place(lines=LINES, shipping_type="TIKTOK") for _ in range(2)]
    own = work.place(lines=LINES)
    for order_id in (*order_ids, own):
        work.sync(order_id)
    page = opened(open_panel, "/orders")
    page.get_by_label("Select all orders on this page").check()
    page.get_by_role("button", name="Arrange shipment: drop-off").click()
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
