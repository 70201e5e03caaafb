"""A real browser on a real server, and for walks both sandboxes and a worker behind it. Only this machine is reachable."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from shutil import which
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from connector import clock
from connector.extensions import db
from connector.models import Order, ShippingLabel, User
from connector.models.transaction import end_transaction
from connector.sync import converge, labels, stopping
from tests import factories
from tests.support.apps import Apps, connect
from tests.sync.conftest import Work

#: Chromium without its window takes half of the processor's time. Not every distribution has it.
CHROMIUM = which("chromium-headless-shell") or which("chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pictures of products lie on TikTok's servers: tests must not ask for them.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is not installed: scripts/system-packages"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the app is served."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def open_panel(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the panel as a person of a role. At the end nothing may have been written to the console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def noticed(message: ConsoleMessage) -> None:
        # An ended session is answered 401 and a form with a fault 422, which the browser writes down by itself.
        if message.type in {"error", "warning"} and not re.search("status of (401|422)", message.text):
            complaints.append(message.text)

    def opened(path: str = "/orders", role: str = "staff", user: User | None = None, **options: object) -> Page:
        user = user or factories.make_user(role)
        context = chromium.new_context(base_url=address, **({"viewport": {"width": 1280, "height": 800}} | options))  # type: ignore[arg-type]
        context.set_default_timeout(8000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", noticed)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/login?next={path}")
        page.get_by_label("E-mail").fill(user.email)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"**{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


# -- walks with both sandboxes behind the panel --------------------------------------------------------------------------

#: Pages ask every few seconds what is new. In a walk they do more often, so that it need not wait.
LOOK_OFTEN = "setInterval(() => document.body?.dispatchEvent(new Event('panel:refresh')), 400);"


@pytest.fixture
def connected(apps: Apps, tiktok: Any, magento: Any) -> Iterator[Flask]:
    """The app with the sandbox shop and the sandbox store connected. A module of walks has this as its `app`."""
    with apps.one("sqlite", TIKTOK_API_URL=tiktok.url, TIKTOK_AUTH_URL=tiktok.url) as app:
        connect(magento.url)
        yield app
        stopping.forget()


@pytest.fixture
def work(app: Flask, tiktok: Any, magento: Any) -> Work:
    return Work(app, tiktok, magento)


class Worker:
    """Does what becomes due while a person looks at the panel: orders, and labels that are asked for."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._turn = threading.Lock()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def rests(self) -> AbstractContextManager[object]:
        """Nothing is done as long as this is held: for what a person sees before, and for putting a test's orders in place."""
        return self._turn

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        with self._app.app_context():
            while not self._is_over.wait(0.2):
                with self._turn:
                    due = list(db.session.scalars(select(Order.id).where(Order.due_at <= clock.now())))
                    unread = select(ShippingLabel.order_id).where(ShippingLabel.read_at.is_(None))
                    wanted = set(db.session.scalars(unread))
                    end_transaction()
                    for row_id in due:
                        converge.sync_order(row_id)
                    for row_id in wanted:
                        labels.read(row_id)
                    db.session.remove()


@pytest.fixture
def worker(app: Flask) -> Iterator[Worker]:
    found = Worker(app)
    yield found
    found.stop()


@pytest.fixture
def opened(open_panel: Callable[..., Page]) -> Callable[[str], Page]:
    """Opens a page of the panel; pictures of products, which lie elsewhere, are empty."""

    def page_at(path: str) -> Page:
        page = open_panel("/carriers")
        empty = '<svg xmlns="http://www.w3.org/2000/svg"/>'
        page.context.route(
            lambda url: "127.0.0.1" not in url, lambda route: route.fulfill(body=empty, content_type="image/svg+xml")
        )
        page.context.add_init_script(LOOK_OFTEN)
        page.goto(path)
        return page

    return page_at
