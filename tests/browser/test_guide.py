"""The first run as a merchant walks it: from an empty database to an order that arrived, in one browser, with both sandboxes."""

from __future__ import annotations

import importlib
import os
import queue as queues
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from connector.blueprints import setup
from connector.extensions import db, queue
from connector.sync import stopping
from sandbox.stack import MAGENTO_TOKEN
from sandbox.tiktok.actions import act
from tests.support.apps import Apps, Sandboxes

pytestmark = pytest.mark.browser


@pytest.fixture
def app(apps: Apps, tiktok: Any) -> Iterator[Flask]:
    with apps.one("sqlite", TIKTOK_API_URL=tiktok.url, TIKTOK_AUTH_URL=tiktok.url) as app:
        yield app
        stopping.forget()


@pytest.fixture
def worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Does the jobs that the panel wakes, one after the other, as a worker would."""
    jobs: queues.Queue[tuple[str, list[Any]]] = queues.Queue()

    def woken(function: str, arguments: list[Any], *args: Any, **kwargs: Any) -> bool:
        jobs.put((function, arguments))
        return True

    monkeypatch.setattr(queue, "_enqueue", woken)
    monkeypatch.setattr(queue, "wake_events", lambda: woken("connector.sync.jobs.handle_events", []))

    def run() -> None:
        while True:
            function, arguments = jobs.get()
            if not function:
                return
            module, _, name = function.rpartition(".")
            with app.app_context():
                getattr(importlib.import_module(module), name)(*arguments)
                db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    jobs.put(("", []))
    thread.join()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    complaints: list[str] = []

    def noticed(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            complaints.append(message.text)

    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("console", noticed)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    """A picture for a person to look at, where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=Path(folder) / f"guide-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})


def step(page: Page, title: str) -> Any:
    return page.locator("ol.guide > li").filter(has=page.get_by_role("heading", name=title))


def test_from_an_empty_database_to_an_order_that_arrived(
    app: Flask, worker: None, page: Page, address: str, sandboxes: Sandboxes, magento: Any
) -> None:
    object.__setattr__(app.config["CONNECTOR"], "public_url", address)
    tiktok = sandboxes.tiktok(redirect_url=f"{address}/connections/tiktok/callback")
    page.goto("/")
    shot(page, "0-begin")

    # The first admin, at the address that the command prints.
    page.goto(f"/setup/{setup.code()}")
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password").fill("a good long password")
    page.get_by_label("Once more").fill("a good long password")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/guide")
    shot(page, "1-guide")

    # The store: first something that is not Magento, then the wrong token, then right.
    step(page, "Connect the Magento store").get_by_role("link", name="Connect").click()
    page.locator("#name").fill("My store")
    page.locator("#url").fill(tiktok.url)
    page.locator("#access_token").fill("wrong")
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#checks")).to_contain_text("What answers there is not Magento's REST API")
    shot(page, "2-not-magento")
    page.locator("#url").fill(magento.url)
    page.locator("#access_token").fill("wrong")
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#checks")).to_contain_text("access token is wrong")
    page.locator("#access_token").fill(MAGENTO_TOKEN)
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#checks")).to_contain_text("A cart was made, filled and emptied again.")
    shot(page, "3-store-checked")

    # The shop: TikTok's own page, and back.
    page.goto("/guide")
    expect(step(page, "Connect the Magento store")).to_have_class("is-done")
    step(page, "Connect the TikTok shop").get_by_role("link", name="Connect").click()
    page.get_by_text("Connect a TikTok shop", exact=True).click()
    page.get_by_role("link", name="A shop in the United States").click()
    page.wait_for_url(f"{tiktok.url}/open/authorize**")
    page.get_by_role("button").first.click()
    page.wait_for_url("**/connections/tiktok/choose")
    shot(page, "4-choose-shop")
    page.get_by_role("button", name="Connect").click()
    page.wait_for_url("**/start")

    # Which orders to begin with, and the defaults.
    expect(page.get_by_label("Only orders placed from now on")).to_be_visible()
    shot(page, "5-begin-with")
    page.get_by_label("Only orders placed from now on").check()
    page.get_by_role("button", name="Save").click()
    page.goto("/guide")
    expect(step(page, "Connect the TikTok shop")).to_have_class("is-done")
    expect(step(page, "Choose the orders to begin with")).to_have_class("is-done")
    step(page, "Look at the defaults").get_by_role("link", name="Settings").click()
    shot(page, "5b-settings")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/settings?shop=1")
    page.get_by_role("link", name="Open the debug log").click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("then off by itself.").first).to_be_visible()

    # A test order, then a real one, which comes by webhook.
    page.goto("/guide")
    expect(step(page, "Look at the defaults")).to_have_class("is-done")
    page.get_by_role("button", name="Send a test order").click()
    expect(page.locator("#test-order")).to_contain_text("is cancelled again, and its stock is given back")
    page.goto("/guide")
    expect(step(page, "Send a test order")).to_have_class("is-done")
    shot(page, "6-test-order")
    page.goto("/settings/1/debug")
    expect(page.locator(".exchanges > li").first).to_be_visible()
    page.locator(".exchanges summary").first.click()
    shot(page, "6b-debug-log")
    with tiktok.state.lock:
        order_id = str(tiktok.state.shop(None).place({"status": "ON_HOLD", "lines": [{"seller_sku": "MUG-01"}]}).id)
    with tiktok.state.lock:
        act(tiktok.state.shop(None), order_id, "release_hold", {})
    page.goto("/orders")
    row = page.locator("tr").filter(has_text=order_id[-6:])
    expect(row).to_contain_text("Awaiting shipment")
    expect(row.get_by_text("000000002")).to_be_visible()
    page.goto("/guide")
    expect(step(page, "See an order arrive")).to_have_class("is-done")
    shot(page, "7-arrived")
    page.goto("/users")
    shot(page, "8-users")
    page.goto("/settings/buyer")
    page.get_by_label("Known by").fill(order_id)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Needed until it has arrived")).to_be_visible()
    shot(page, "9-buyer")
