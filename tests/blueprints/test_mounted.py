"""Mounted on a host app under a prefix: no page and no answer leads out of it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from tests import factories, seeds

PREFIX = "/connector"
#: What a browser, htmx or our script goes to, and what they send forms to. `next` and `back_to` name where to go afterwards.
READ = re.compile(r'\s(?:href|src|data-href|data-orders|hx-get)="(/[^"]*)"|name="(?:next|back_to)" value="(/[^"]*)"')
SENT = re.compile(r'\s(?:action|formaction|hx-post)="(/[^"]*)"')


class Mounted:
    """A browser on the host app."""

    def __init__(self, app: Flask) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        self._app = app
        self._client = Client(DispatcherMiddleware(Flask("host"), {PREFIX: app}))

    def open(self, address: str, **kwargs: object) -> TestResponse:
        with self._app.app_context():  # one for each request, as in a server
            return self._client.open(address, buffered=True, **kwargs)

    def is_ours(self, address: str, method: str = "GET") -> bool:
        """Whether an address is below the prefix, and something of the connector answers there."""
        path = urlsplit(address).path
        return path.startswith(f"{PREFIX}/") and self._app.url_map.bind("localhost").test(
            path.removeprefix(PREFIX), method
        )


@pytest.fixture
def browser(app: Flask) -> Mounted:
    mounted = Mounted(app)
    user = factories.make_user("admin")
    answer = mounted.open(f"{PREFIX}/packing?carrier=x", method="GET")
    assert answer.location == f"{PREFIX}/login?next={PREFIX}/packing?carrier%3Dx"
    answer = mounted.open(answer.location, method="POST", data={"email": user.email, "password": factories.PASSWORD})
    assert answer.location == f"{PREFIX}/packing?carrier=x"
    return mounted


def _found(what: re.Pattern[str], page: str) -> set[str]:
    return {unescape("".join(filter(None, found.groups()))) for found in what.finditer(page)}


def _kind(address: str) -> tuple[str, ...]:
    """Pages of one kind are looked at once: numbers differ, and the filters of lists."""
    parts = urlsplit(address)
    return re.sub(r"\d+", "N", parts.path), *sorted(part.partition("=")[0] for part in parts.query.split("&"))


def test_no_page_leads_to_the_host(app: Flask, browser: Mounted) -> None:
    shop = factories.make_shop()
    factories.make_store()
    for code in ("unknown_region", "magento_permission_missing", "unmapped_carrier", "combined_stopped"):
        factories.make_failed_order(shop, row={"error_code": code, "error_subject": "1"})
    factories.make_failed_order(shop)
    factories.make_fetch_run(shop)
    seeds.returns(shop)
    seeds.money(shop)
    seeds.order_to_split(shop)
    outside: set[str] = set()
    seen = set()
    ahead = [f"{PREFIX}/orders", f"{PREFIX}/guide"]
    while ahead:
        address = ahead.pop()
        if _kind(address) in seen:
            continue
        seen.add(_kind(address))
        if not browser.is_ours(address):
            outside.add(address)
            continue
        answer = browser.open(address)
        assert answer.status_code < 400, address
        if answer.location:
            ahead += [answer.location] if answer.location.startswith("/") else []
        elif answer.mimetype == "text/html":
            ahead += _found(READ, answer.text)
            sent = _found(SENT, answer.text)
            outside |= {to for to in sent if not browser.is_ours(to, "POST") and not browser.is_ours(to)}
    assert outside == set()
    assert len(seen) > 60


def test_pages_without_a_shop_and_what_programs_read_know_the_prefix_too(browser: Mounted) -> None:
    for page in ("orders", "settings", "carriers"):
        text = browser.open(f"{PREFIX}/{page}").text
        assert f'href="{PREFIX}/connections"' in text
        assert 'href="/connections"' not in text
    token = browser.open(f"{PREFIX}/users/tokens", method="POST", data={"name": "erp"}, follow_redirects=True)
    assert f'<a href="{PREFIX}/api/v1/openapi.json">' in token.text
    assert browser.open(f"{PREFIX}/api/v1/openapi.json").json["servers"] == [{"url": f"{PREFIX}/api/v1"}]
    language = browser.open(
        f"{PREFIX}/language", method="POST", data={"language": "de", "next": f"{PREFIX}/orders?tab=error"}
    )
    assert language.location == f"{PREFIX}/orders?tab=error"
