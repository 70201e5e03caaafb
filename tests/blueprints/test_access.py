"""Who may open what: every address of the panel asks for a log-in and a role, and every change for a token."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from connector.blueprints.panel import CONTENT_SECURITY_POLICY
from connector.extensions import csrf
from connector.models.user import ROLES
from tests import factories

#: What answers without a log-in, and why.
OPEN = {
    "static": "styles and icons",
    "auth.log_in": "the log-in itself",
    "auth.second_factor": "the log-in's second step",
    "auth.forgotten": "asks for a link by mail, gives the same answer to everybody",
    "auth.set_password": "the link's signature is the key",
    "auth.choose_language": "a language is chosen before the log-in too",
    "setup.begin": "says how the first admin is made, while there is none",
    "setup.first_admin": "a code that a command prints is the key, while there is no user",
    "api.openapi": "what the API gives, no data",
    "api.orders": "a token is the key",
    "api.order": "a token is the key",
    "webhooks.receive": "TikTok signs what it sends",
    "health.healthz": "asked by the platform",
    "health.readyz": "asked by the platform",
    "health.metrics": "asked by Prometheus",
}


def _rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in OPEN]


def _address(app: Flask, rule: Rule) -> str:
    values = dict.fromkeys(rule.arguments, "1")
    if "what" in values:
        values["what"] = "ignore"
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False))


def test_every_view_names_the_role_that_it_needs(app: Flask) -> None:
    unprotected = [
        rule.endpoint
        for rule in _rules(app)
        if getattr(app.view_functions[rule.endpoint], "needs_role", None) not in ROLES
    ]
    assert unprotected == []


def test_the_list_of_open_addresses_names_only_what_exists(app: Flask) -> None:
    assert set(OPEN) - {rule.endpoint for rule in app.url_map.iter_rules()} == set()


def test_nobody_sees_anything_without_a_log_in(app: Flask, client: FlaskClient) -> None:
    for rule in _rules(app):
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = client.open(_address(app, rule), method=method)
            assert answer.status_code == 302, rule
            assert answer.headers["Location"].startswith("/login"), rule


def test_a_fragment_without_a_log_in_sends_the_page_to_the_log_in(client: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/orders?tab=error"}
    answer = client.get("/orders/live", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/orders?tab%3Derror"
    assert answer.data == b""


def test_only_machines_may_post_without_a_token(app: Flask) -> None:
    exempt_blueprints = {
        name for name, bp in app.blueprints.items() if bp in csrf._exempt_blueprints or name in csrf._exempt_blueprints
    }
    assert exempt_blueprints == {"webhooks"}
    assert csrf._exempt_views == set()


def test_a_post_without_a_token_is_refused_and_changes_nothing(
    app: Flask, log_in: Callable[[str], FlaskClient]
) -> None:
    order = factories.make_failed_order()
    client = log_in("staff")
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(f"/orders/{order.tiktok_order_id}/ignore")
    assert answer.status_code == 400
    assert "open for too long" in answer.text
    factories.reload(order)
    assert order.sync_state == "error"


@pytest.mark.parametrize("what", ["sync-again", "ignore", "create-without-stock"])
def test_a_viewer_reads_but_does_not_act(viewer: FlaskClient, what: str) -> None:
    order = factories.make_failed_order()
    page = viewer.get(f"/orders/{order.tiktok_order_id}")
    assert page.status_code == 200
    assert "Sync again" not in page.text
    answer = viewer.post(f"/orders/{order.tiktok_order_id}/{what}")
    assert answer.status_code == 403
    assert "Your role does not allow this" in answer.text
    factories.reload(order)
    assert order.sync_state == "error"


def test_pages_carry_the_security_headers(viewer: FlaskClient) -> None:
    headers = viewer.get("/orders").headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "HX-Request" in headers["Vary"]
    assert "Strict-Transport-Security" not in headers
    https = viewer.get("/orders", headers={"X-Forwarded-Proto": "https"}).headers
    assert "max-age" in https["Strict-Transport-Security"]


def test_an_address_that_a_form_left_behind_leads_to_its_page(admin: FlaskClient) -> None:
    # A refused form, or a secret that is shown once, stands at the address that it was sent to: a reload or a log-in asks for it.
    shop = factories.make_order().shop_id
    for address, page in {
        f"/settings/{shop}": f"/settings?shop={shop}",
        "/packing/tracking": "/packing",
        "/users/invite": "/users",
        "/users/1/link": "/users",
        "/users/tokens": "/users",
        "/account/two-factor": "/account",
        "/skus/edit": "/skus",
        "/skus/import": "/skus",
    }.items():
        assert admin.get(address).location == page
        assert admin.get(page).status_code == 200


def test_no_page_has_inline_script_or_style(app: Flask, admin: FlaskClient) -> None:
    order = factories.make_failed_order()
    known = {"tiktok_order_id": order.tiktok_order_id, "shop_id": str(order.shop_id)}
    addresses = ["/orders?tab=error", "/orders/1"]
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint != "static":
                values = {name: known.get(name, "1") for name in rule.arguments}
                addresses.append(app.url_map.bind("localhost").build(rule.endpoint, values))
    shown = 0
    for address in addresses:
        answer = admin.get(address)
        text = answer.data.decode("utf-8", "replace")
        answer.close()
        if not answer.content_type.startswith("text/html"):
            continue
        shown += answer.status_code == 200
        assert not re.search(r"<[^>]* (?:style=|on[a-z]+=|hx-on)|<style", text), address
        assert text.count("<script") == text.count("<script src="), address
    assert shown > 30


def test_pages_that_are_missing_or_not_allowed_are_designed(viewer: FlaskClient) -> None:
    answer = viewer.get("/orders/1")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_page_that_breaks_says_so_and_shows_no_inside(
    app: Flask, staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("connector.blueprints.orders.tabs.version", broken)
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = staff.get("/orders")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "secret detail" not in answer.text


def test_static_files_may_be_kept_for_good_by_their_fingerprint(client: FlaskClient) -> None:
    page = client.get("/login").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert "immutable" not in client.get(address.split("?")[0]).headers.get("Cache-Control", "")
