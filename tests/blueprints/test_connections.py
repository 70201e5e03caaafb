"""Connecting shops and stores in the panel, against both sandboxes in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import available_timezones

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from connector import clock
from connector.domain.settings import VAT_COUNTRIES
from connector.extensions import db, queue
from connector.magento.probes import PERMISSIONS
from connector.models import AuditEntry, Setting, Shop, Store
from connector.models.shop import ACTIVE, DEAUTHORIZED, DISCONNECTED
from connector.models.transaction import end_transaction, transaction
from connector.sync import authorization, gateways, jobs, recovery, shops, stopping, stores
from connector.sync.checks import Check
from connector.sync.shops import TIME_ZONES
from connector.sync.store_checks import CURRENCIES
from connector.tiktok import webhooks
from sandbox.faults import Fault
from sandbox.magento.stores import Store as StoreView
from sandbox.stack import MAGENTO_TOKEN, SHOP_ID
from tests import factories
from tests.support.apps import Apps, Sandboxes

CALLBACK = "http://127.0.0.1:8000/connections/tiktok/callback"


@pytest.fixture
def tiktok(sandboxes: Sandboxes) -> Any:
    return sandboxes.tiktok(redirect_url=CALLBACK, uk_shop=True)


@pytest.fixture
def app(apps: Apps, tiktok: Any) -> Iterator[Flask]:
    with apps.one("sqlite", TIKTOK_API_URL=tiktok.url, TIKTOK_AUTH_URL=tiktok.url) as app:
        yield app


def consent(client: FlaskClient, tiktok: Any, region: str = "US") -> str:
    """Goes to TikTok's page and lets the app in; the address that TikTok sends the browser back to."""
    there = client.get(f"/connections/tiktok/authorize?region={region}").location
    assert there.startswith(f"{tiktok.url}/open/authorize?")
    query = {name: value[0] for name, value in parse_qs(urlsplit(there).query).items()}
    answer = requests.post(
        f"{tiktok.url}/open/authorize", data={**query, "shop_id": SHOP_ID}, allow_redirects=False, timeout=5
    )
    back = answer.headers["Location"]
    assert back.startswith(CALLBACK)
    return back.removeprefix("http://127.0.0.1:8000")


def only_shop() -> Shop:
    shop = db.session.scalars(select(Shop).execution_options(populate_existing=True)).one()
    end_transaction()
    return shop


# -- TikTok ------------------------------------------------------------------------------------------------------------


def test_a_seller_consents_on_tiktoks_page_and_chooses_the_shop(admin: FlaskClient, tiktok: Any) -> None:
    answer = admin.get(consent(admin, tiktok))
    assert answer.status_code == 303
    page = admin.get(answer.location)
    assert "Sandbox Shop" in page.text
    assert db.session.scalar(select(Shop.id)) is None  # nothing before the choice
    end_transaction()
    assert admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID}).status_code == 303
    shop = only_shop()
    assert (shop.tiktok_shop_id, shop.state, shop.region) == (SHOP_ID, ACTIVE, "US")
    assert shop.refresh_expires_at is not None
    assert shop.refresh_expires_at > clock.now() + timedelta(days=100)
    assert db.session.scalar(select(AuditEntry.what)) == "connected"
    assert "Sandbox Shop" in admin.get("/connections").text
    # The consent is used up.
    assert admin.get("/connections/tiktok/choose").status_code == 400


def test_tokens_of_a_consent_are_neither_in_the_cookie_nor_plain_in_the_database(
    admin: FlaskClient, tiktok: Any
) -> None:
    admin.get(consent(admin, tiktok))
    sealed = str(db.session.scalar(select(Setting.value).where(Setting.name.startswith("pending_"))))
    assert sealed.startswith("gAAAA")
    assert "TTP_" not in sealed
    cookie = admin.get_cookie("session")
    assert cookie is not None
    assert len(cookie.value) < 1000
    assert "eyJ" not in cookie.value or "TTP_" not in cookie.decoded_value


@pytest.mark.parametrize("change", ["other", "none", "again", "late"])
def test_an_answer_with_another_state_connects_nothing(
    change: str, admin: FlaskClient, tiktok: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = consent(admin, tiktok)
    if change == "other":
        back = back.replace("state=", "state=x")
    elif change == "none":
        back = back.partition("&state=")[0]
    elif change == "again":
        admin.get(back)
        with transaction() as session:
            for row in session.scalars(select(Setting).where(Setting.name.startswith("pending_"))):
                session.delete(row)
    else:
        real = __import__("time").time
        monkeypatch.setattr("connector.blueprints.connections.tiktok.time.time", lambda: real() + 16 * 60)
    answer = admin.get(back)
    assert answer.status_code == 400
    assert "Nothing was connected" in answer.text
    assert db.session.scalar(select(Setting.name).where(Setting.name.startswith("pending_"))) is None


def test_a_code_that_tiktok_does_not_know_is_said_in_words(admin: FlaskClient, tiktok: Any) -> None:
    back = consent(admin, tiktok).replace("code=", "code=wrong")
    answer = admin.get(back)
    assert answer.status_code == 400
    assert "Not connected" in answer.text
    assert db.session.scalar(select(Setting.name).where(Setting.name.startswith("pending_"))) is None


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_only_an_admin_connects(role: str, log_in: Any, tiktok: Any) -> None:
    client = log_in(role)
    for path in ("/connections/tiktok/authorize", "/connections/tiktok/callback", "/connections/stores/new"):
        assert client.get(path).status_code == 403
    assert client.post("/connections/stores/new", data={"name": "x", "url": "http://127.0.0.1"}).status_code == 403


def test_a_reconnected_shop_keeps_its_settings_and_its_waiting_orders_go_on(admin: FlaskClient, tiktok: Any) -> None:
    shop = factories.make_shop(
        tiktok_shop_id=SHOP_ID,
        state=DEAUTHORIZED,
        stored_settings={"order_prefix": "US-"},
        time_zone="America/New_York",
        deauthorized_at=clock.now(),
    )
    order = factories.make_order(shop, row={"sync_state": "error", "error_code": "shop_deauthorized"})
    page = admin.get("/connections").text
    assert "Disconnected" in page
    admin.get(consent(admin, tiktok))
    admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID})
    db.session.refresh(shop)
    db.session.refresh(order)
    assert (shop.state, shop.settings.order_prefix, shop.deauthorized_at) == (ACTIVE, "US-", None)
    assert shop.time_zone == "America/New_York"
    assert order.due_at is not None
    end_transaction()


def test_a_consent_after_which_nothing_is_chosen_leaves_a_connected_shop_with_tokens_that_work(
    admin: FlaskClient, tiktok: Any
) -> None:
    """It ended those that the shop had."""
    admin.get(consent(admin, tiktok))
    admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID})
    before = only_shop().access_token
    tiktok.state.tokens.revoke(SHOP_ID)
    admin.get(consent(admin, tiktok))  # and the tab is closed
    assert only_shop().access_token != before
    authorization.care(only_shop().id)
    assert (only_shop().state, only_shop().webhooks["missing"]) == (ACTIVE, [])


@pytest.mark.parametrize("state", [DEAUTHORIZED, ACTIVE])
def test_a_new_consent_connects_what_it_covers_again_but_for_what_was_disconnected_here(
    state: str, admin: FlaskClient, tiktok: Any
) -> None:
    shop = factories.make_shop(tiktok_shop_id=SHOP_ID, state=state)
    order = factories.make_order(shop, row={"sync_state": "error", "error_code": "shop_deauthorized"})
    admin.get(consent(admin, tiktok))
    db.session.refresh(order)
    assert (only_shop().state, only_shop().access_token != "access", order.sync_state) == (ACTIVE, True, "pending")
    shops.disconnect(only_shop().id, "ada@example.com")
    admin.get(consent(admin, tiktok))
    assert only_shop().state == DISCONNECTED
    admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID})
    assert only_shop().state == ACTIVE


def connect_again(tiktok_shop_id: str) -> None:
    """What the consent of a shop ends in."""
    shops.add_shop(
        shop_id=tiktok_shop_id,
        name="Again",
        region="US",
        cipher="c",
        access_token="a",
        refresh_token="r",
        access_expires_at=clock.now() + timedelta(days=7),
    )


@pytest.mark.parametrize("code", recovery.REFUSED_BY_TIKTOK)
def test_whatever_a_shop_was_refused_for_goes_on_when_it_is_connected_again(code: str, app: Flask) -> None:
    """Also days later, when recovery has long left it to a person; and no other shop's."""
    since = clock.now() - timedelta(days=3)
    refused = {"sync_state": "error", "error_code": code, "failing_since": since, "updated_at": since}
    shop, other = factories.make_shop(), factories.make_shop()
    mine, not_mine = factories.make_order(shop, row=refused), factories.make_order(other, row=refused)
    unmapped = factories.make_order(shop, row={"sync_state": "error", "error_code": "unknown_sku"})
    connect_again(shop.tiktok_shop_id)
    for order in (mine, not_mine, unmapped):
        db.session.refresh(order)
    assert (mine.sync_state, mine.failing_since) == ("pending", None)
    assert mine.due_at is not None
    assert (not_mine.sync_state, unmapped.sync_state) == ("error", "error")
    end_transaction()


def test_care_subscribes_all_webhooks_here_and_finds_them_next_time(admin: FlaskClient, tiktok: Any) -> None:
    admin.get(consent(admin, tiktok))
    admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID})
    shop_id = only_shop().id
    with tiktok.state.lock:
        tiktok.state.shops[SHOP_ID].subscriptions.clear()
        tiktok.state.shops[SHOP_ID].subscriptions["PACKAGE_UPDATE"] = {
            "event_type": "PACKAGE_UPDATE",
            "address": "https://old.example.com/hook",
        }
    authorization.care(shop_id)
    there = {kind: row["address"] for kind, row in tiktok.state.shops[SHOP_ID].subscriptions.items()}
    assert there == dict.fromkeys(webhooks.EVENT_TYPES, "http://127.0.0.1:8000/webhooks/tiktok")
    assert only_shop().webhooks["missing"] == []
    authorization.care(shop_id)
    assert only_shop().webhooks["subscribed"] == []
    assert "ORDER_STATUS_CHANGE" in admin.get(f"/connections/shops/{shop_id}").text


def test_tiktok_is_not_told_to_send_webhooks_to_an_address_that_it_cannot_reach(
    admin: FlaskClient, tiktok: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.get(consent(admin, tiktok))
    admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID})
    shop_id = only_shop().id
    tiktok.state.shops[SHOP_ID].subscriptions.clear()
    # TikTok's own API speaks TLS, unlike the sandbox, and PUBLIC_URL is http://127.0.0.1:8000.
    sandbox = gateways.tiktok_client(db.session.get_one(Shop, shop_id), before_call=lambda: None)
    end_transaction()
    monkeypatch.setattr(gateways, "tiktok_client", lambda *_, **__: sandbox)
    object.__setattr__(admin.application.config["CONNECTOR"], "tiktok_api_url", "https://open-api.example.com")
    authorization.care(shop_id)
    assert tiktok.state.shops[SHOP_ID].subscriptions == {}
    assert "PUBLIC_URL is not set" in admin.get(f"/connections/shops/{shop_id}").text
    assert "PUBLIC_URL is not set" in admin.get("/connections").text


def test_tokens_that_end_within_a_day_are_renewed_ahead_and_others_are_not(admin: FlaskClient, tiktok: Any) -> None:
    admin.get(consent(admin, tiktok))
    admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID})
    shop = only_shop()
    before = tiktok.state.tokens.refreshes
    authorization.care(shop.id)
    assert tiktok.state.tokens.refreshes == before
    with transaction() as session:
        session.get_one(Shop, shop.id).access_expires_at = clock.now() + timedelta(hours=23)
    authorization.care(shop.id)
    assert tiktok.state.tokens.refreshes == before + 1
    assert only_shop().access_expires_at > clock.now() + timedelta(days=6)


def test_one_refresh_serves_all_shops_of_a_consent(tiktok: Any, app: Flask) -> None:
    tokens = tiktok.state.tokens.exchange(tiktok.state.tokens.new_code(SHOP_ID))
    same = {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token, "open_id": "seller-1"}
    soon = clock.now() + timedelta(hours=1)
    first = factories.make_shop(tiktok_shop_id=SHOP_ID, access_expires_at=soon, **same)
    second = factories.make_shop(access_expires_at=soon, **same)
    stranger = factories.make_shop(open_id="")
    before = tiktok.state.tokens.refreshes
    for shop in (first, second):
        authorization.care(shop.id)
    assert tiktok.state.tokens.refreshes == before + 1
    for shop in (first, second, stranger):
        db.session.refresh(shop)
    assert first.refresh_token == second.refresh_token != tokens.refresh_token
    assert stranger.refresh_token == "refresh"
    end_transaction()


def test_an_authorization_that_has_ended_stops_the_shop_and_keeps_it(admin: FlaskClient, tiktok: Any) -> None:
    shop = factories.make_shop(tiktok_shop_id=SHOP_ID, access_expires_at=clock.now(), refresh_token="spent")
    authorization.care(shop.id)
    found = only_shop()
    assert found.state == DEAUTHORIZED
    assert found.deauthorized_at is not None
    assert "Reconnect the shop to go on" in admin.get("/connections").text


def test_a_renewal_that_is_refused_ahead_of_time_stops_nothing_as_long_as_the_old_token_works(
    admin: FlaskClient, tiktok: Any
) -> None:
    """The answer to the one before may have been lost, and with it the new tokens."""
    admin.get(consent(admin, tiktok))
    admin.post("/connections/tiktok/choose", data={"shop": SHOP_ID})
    shop_id, ends_at = only_shop().id, clock.now() + timedelta(hours=20)
    with transaction() as session:
        shop = session.get_one(Shop, shop_id)
        shop.refresh_token, shop.access_expires_at = "spent", ends_at
    authorization.care(shop_id)
    assert only_shop().state == ACTIVE
    assert only_shop().webhooks["missing"] == []
    assert "The authorization ends on" in admin.get("/connections").text
    assert only_shop().refresh_expires_at == ends_at
    with transaction() as session:
        session.get_one(Shop, shop_id).access_token = "ended"
    authorization.care(shop_id)
    assert only_shop().state == DEAUTHORIZED


def event(kind: int, at: Any) -> webhooks.Event:
    return webhooks.Event(type=kind, notification_id="n", shop_id=SHOP_ID, timestamp=at, data={})


def test_a_deauthorization_of_the_time_before_the_shop_was_connected_again_changes_nothing(app: Flask) -> None:
    connected_at = clock.now()
    shop = Shop(state=ACTIVE, authorized_at=connected_at)
    authorization.take_note(shop, event(authorization.SELLER_DEAUTHORIZATION, connected_at - timedelta(hours=1)))
    assert shop.state == ACTIVE
    authorization.take_note(shop, event(authorization.SELLER_DEAUTHORIZATION, connected_at + timedelta(hours=1)))
    assert shop.state == DEAUTHORIZED


def test_the_announced_end_of_an_authorization_is_shown(admin: FlaskClient) -> None:
    shop = factories.make_shop()
    with transaction() as session:
        authorization.take_note(session.get_one(Shop, shop.id), event(authorization.ENDS_SOON, clock.now()))
    assert "announced that the authorization ends soon" in admin.get("/connections").text


def test_care_is_claimed_once(app: Flask) -> None:
    shop = factories.make_shop()
    assert authorization.start_care() == 1
    assert authorization.start_care() == 0
    db.session.refresh(shop)
    assert shop.next_care_at is not None
    end_transaction()


# -- Magento -----------------------------------------------------------------------------------------------------------


def checks_of(store_id: int) -> dict[str, Check]:
    return {check.name: check for check in stores.check_store(store_id)}


def connect(magento: Any, **values: str) -> int:
    return stores.add_store(name="Main", url=magento.url, **({"access_token": MAGENTO_TOKEN} | values))


@pytest.mark.parametrize(
    ("field", "address", "words"),
    [
        ("url", "https://store:abc", "That is no address that can be called"),
        ("url", "https://[", "That is no address that can be called"),
        ("url", f"https://{'x' * 64}.example.com", "That is no address that can be called"),
        ("url", "https://store.example.com/\x01", "That is no address that can be called"),
        ("url", "https://me:hunter2@store.example.com", "must hold no name and password"),
        ("url", "store.example.com", "must begin with http:// or https://"),
        ("admin_url", "https://[", "That is no address that can be called"),
    ],
)
def test_an_address_that_cannot_be_called_is_said_beside_it(
    admin: FlaskClient, magento: Any, app: Flask, field: str, address: str, words: str
) -> None:
    object.__setattr__(app.config["CONNECTOR"], "allow_private_store_urls", field != "url")
    form = {"name": "Main", "url": magento.url, "admin_url": "", "access_token": "t"} | {field: address}
    if field == "url":
        answer = admin.post("/connections/stores/new", data=form)
        assert (answer.status_code, words in answer.text) == (422, True)
    store_id = factories.make_store(name="Main", url=magento.url).id
    answer = admin.post(f"/connections/stores/{store_id}", data=form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert db.session.scalars(select(Store.url)).all() == [magento.url]
    end_transaction()


OAUTH = {
    "consumer_key": "sandbox-consumer-key",
    "consumer_secret": "sandbox-consumer-secret",
    "access_token_secret": "sandbox-access-token-secret",
}


@pytest.mark.parametrize("credentials", [{}, OAUTH])
def test_a_healthy_store_passes_every_check_and_keeps_nothing_of_it(
    credentials: dict[str, str], magento: Any, app: Flask
) -> None:
    shop = factories.make_shop(name="Acme")
    found = checks_of(connect(magento, **credentials))
    assert [check for check in found.values() if not check.ok] == []
    assert "base currency is USD" in found["Magento"].message
    assert "checkmo is switched on" in found[f"Payment method of {shop.name}"].message
    assert found["A cart and back"].message == "A cart was made, filled and emptied again."
    assert magento.state.orders == {}
    assert [item for cart in magento.state.carts.values() for item in cart.items] == []


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ({"access_token": "wrong"}, "the access token is wrong; or the store does not allow it as a bearer token"),
        (OAUTH | {"consumer_secret": "wrong"}, "the consumer secret or the access token secret is wrong"),
        (OAUTH | {"access_token_secret": "wrong"}, "the consumer secret or the access token secret is wrong"),
        (OAUTH | {"consumer_key": "wrong"}, "A consumer having the specified key does not exist"),
        (OAUTH | {"access_token": "wrong"}, "Specified token does not exist"),
    ],
)
def test_which_credential_is_wrong_is_said(credentials: dict[str, str], words: str, magento: Any, app: Flask) -> None:
    found = checks_of(connect(magento, **credentials))
    assert found["Credentials"].ok is False
    assert words in found["Credentials"].message
    assert "A cart and back" not in found


def test_a_bearer_token_where_bearer_is_switched_off_is_said(magento: Any, app: Flask) -> None:
    magento.state.settings.bearer_allowed = False
    assert "standalone Bearer tokens" in checks_of(connect(magento))["Credentials"].message


@pytest.mark.parametrize("resource", [permission.resource for permission in PERMISSIONS])
@pytest.mark.parametrize("credentials", [{}, OAUTH])
def test_a_missing_permission_is_named(resource: str, credentials: dict[str, str], magento: Any, app: Flask) -> None:
    magento.state.settings.denied_resources = [resource]
    found = checks_of(connect(magento, **credentials))
    assert found["Credentials"].ok
    assert found["Permissions"].ok is False
    assert resource in found["Permissions"].message
    assert "reauthorize" in found["Permissions"].message


def test_a_payment_method_that_is_off_is_named_with_those_that_are_on(magento: Any, app: Flask) -> None:
    factories.make_shop(name="Acme", stored_settings={"payment_method": "banktransfer"})
    message = checks_of(connect(magento))["Payment method of Acme"].message
    assert "banktransfer is not offered. Offered: checkmo" in message


def test_what_becomes_of_magentos_order_mail_is_told(magento: Any, app: Flask) -> None:
    factories.make_shop(name="Guests")
    factories.make_shop(name="Buyers", stored_settings={"customer_mode": "buyer"})
    factories.make_shop(name="Records", stored_settings={"create_way": "record"})
    found = checks_of(connect(magento))
    guests, buyers = found["Order mail of Guests"], found["Order mail of Buyers"]
    assert "to buyerid@tiktok.com while such mails are on; buyers get none" in guests.message and not guests.is_warning
    assert "to the buyer's TikTok address" in buyers.message and "Sales Emails > Order" in buyers.message
    assert buyers.ok and buyers.is_warning
    assert found["Order mail of Records"].message == "Orders that are only recorded send none."


def test_what_a_customer_for_each_buyer_needs_is_looked_at(magento: Any, app: Flask) -> None:
    factories.make_shop(name="Guests")
    factories.make_shop(name="Plain", stored_settings={"customer_mode": "each"})
    factories.make_shop(name="Grouped", stored_settings={"customer_mode": "each", "customer_group_id": 2})
    factories.make_shop(name="Elsewhere", stored_settings={"customer_mode": "each", "customer_website_id": 7})
    store_id = connect(magento)
    found = checks_of(store_id)
    assert "Customers of Guests" not in found
    for name in ("Plain", "Grouped"):
        assert found[f"Customers of {name}"].ok and found[f"Customers of {name}"].is_warning
        assert "welcome mail" in found[f"Customers of {name}"].message
        assert "Disable Email Communications" in found[f"Customers of {name}"].message
    assert "to the buyer's TikTok address" in found["Order mail of Plain"].message
    assert found["Customers of Elsewhere"].ok is False
    assert found["Customers of Elsewhere"].message == "Magento has no website with the id 7. There are: 1 (base)."
    assert magento.state.customers == {}

    magento.state.settings.denied_resources = ["Magento_Customer::manage"]
    found = checks_of(store_id)
    assert found["Customers of Plain"].ok
    assert found["Customers of Grouped"].ok is False
    assert "lacks Magento_Customer::manage (create customers in a group)" in found["Customers of Grouped"].message
    magento.state.settings.denied_resources = ["Magento_Customer::customer"]
    assert "lacks Magento_Customer::customer (find customers)" in checks_of(store_id)["Customers of Plain"].message


def test_a_shipping_method_that_is_not_offered_is_named(magento: Any, app: Flask) -> None:
    factories.make_shop(name="Acme", stored_settings={"shipping_carrier_code": "ups", "shipping_method_code": "ground"})
    found = checks_of(connect(magento))
    assert found["Shipping method of Acme"].ok is False
    assert "ups_ground" in found["Shipping method of Acme"].message
    assert found["A cart and back"].ok


def test_a_currency_without_a_rate_is_said_before_an_order_needs_it(magento: Any, app: Flask) -> None:
    factories.make_shop(name="Acme", region="GB")
    magento.state.settings.rates = {}
    found = checks_of(connect(magento))["Currency of Acme"]
    assert found.ok is False
    assert "no rate" in found.message


def test_each_shops_rate_is_that_of_its_store_view(magento: Any, app: Flask) -> None:
    for number, code, rates in ((2, "us", {"EUR": "0.9"}), (3, "eu", {"GBP": "0.8"})):
        magento.state.stores.append(StoreView(number, code, code, website_id=1, store_group_id=1, rates=rates))
        factories.make_shop(name=code, region="GB", store_view_code=code)
    found = checks_of(connect(magento))
    assert (found["Currency of us"].ok, found["Currency of eu"].ok) == (False, True)


def test_a_store_view_that_is_gone_is_said(magento: Any, app: Flask) -> None:
    factories.make_shop(name="Acme", store_view_code="french")
    found = checks_of(connect(magento))["Store views"]
    assert found.ok is False
    assert "french" in found.message


def test_nobody_there_is_not_reachable(app: Flask) -> None:
    store_id = stores.add_store(name="Main", url="http://127.0.0.1:1", access_token="t")
    found = checks_of(store_id)
    assert list(found) == ["Reachable"]
    assert "could not be reached" in found["Reachable"].message


def test_a_status_that_no_order_has_had_is_said(magento: Any, app: Flask) -> None:
    factories.make_shop()
    with transaction() as session:
        shop = session.scalars(select(Shop)).one()
        shop.settings = replace(shop.settings, status_map={"DELIVERED": "tiktok_done", "COMPLETED": "complete"})
        name = f"Statuses of {shop.name}"
    store_id = connect(magento)
    check = checks_of(store_id)[name]
    assert (check.ok, check.is_warning) == (True, True)
    assert "had tiktok_done yet" in check.message


def test_something_else_than_magento_is_said(tiktok: Any, app: Flask) -> None:
    store_id = stores.add_store(name="Main", url=tiktok.url, access_token="t")
    found = checks_of(store_id)
    assert found["Magento"].ok is False
    assert "not Magento's REST API" in found["Magento"].message


def test_what_a_check_found_is_on_the_page(admin: FlaskClient, magento: Any) -> None:
    store_id = connect(magento)
    stores.run_check(store_id)
    page = admin.get(f"/connections/stores/{store_id}").text
    assert "A cart was made, filled and emptied again." in page
    assert 'hx-trigger="every 1s"' not in page
    with transaction() as session:
        session.get_one(Store, store_id).checks = {
            "state": "running",
            "asked_at": clock.now().isoformat(),
            "results": [],
        }
    assert 'hx-trigger="every 1s"' in admin.get(f"/connections/stores/{store_id}/checks").text


def test_a_check_whose_clean_up_fails_ends_with_what_was_wrong(magento: Any, app: Flask) -> None:
    store_id = connect(magento)
    magento.state.faults.add(Fault(kind="status", status=503, method="DELETE", path="/items/"))
    stores.run_check(store_id)
    found = stores.last_check(db.session.get_one(Store, store_id, populate_existing=True))
    end_transaction()
    assert found["state"] == "done"
    assert [result["name"] for result in found["results"] if not result["ok"]] == ["Check"]


def test_a_check_whose_worker_is_gone_says_so(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    store_id = factories.make_store().id
    monkeypatch.setattr(queue, "wake_check", lambda store_id: True)
    assert stores.ask_check(store_id)
    page = f"/connections/stores/{store_id}/checks"
    assert 'hx-trigger="every 1s"' in admin.get(page).text
    with transaction() as session:
        kept = session.get_one(Store, store_id)
        kept.checks = kept.checks | {"asked_at": (clock.now() - timedelta(minutes=6)).isoformat()}
    said = admin.get(page).text
    assert ("The check was interrupted" in said, "every 1s" in said) == (True, False)

    def stops(*args: Any) -> None:
        raise stopping.Stopping

    monkeypatch.setattr(stores, "check_store", stops)
    jobs.check_store(store_id)
    kept = db.session.get_one(Store, store_id, populate_existing=True).checks
    assert (kept["state"], [result["message"] for result in kept["results"]]) == (
        "done",
        ["The check was interrupted. Check again."],
    )
    end_transaction()


def test_a_check_that_no_worker_can_be_asked_for_says_so_and_keeps_what_was_found(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {"state": "done", "results": [{"name": "Magento", "ok": True, "message": "It answers."}]}
    store_id = factories.make_store(checks=kept).id
    monkeypatch.setattr(queue, "wake_check", lambda store_id: False)
    address = f"/connections/stores/{store_id}/check"
    part = admin.post(address, headers={"HX-Request": "true", "HX-Target": "section#checks"})
    assert "queue is away" in part.headers["HX-Trigger"]
    assert "It answers." in part.text
    assert "queue is away" in admin.post(address, follow_redirects=True).text
    assert db.session.get_one(Store, store_id, populate_existing=True).checks == kept
    end_transaction()


def test_credentials_that_were_not_kept_for_another_fields_sake_are_asked_for_again(admin: FlaskClient) -> None:
    store = factories.make_store(name="Main")
    form = {"name": "", "url": store.url, "admin_url": "", "access_token": "new"}
    wrong = admin.post(f"/connections/stores/{store.id}", data=form)
    assert wrong.status_code == 422
    assert "Enter the credentials again" in wrong.text
    for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret"):
        assert f'id="{name}-wrong">Enter it again.' in wrong.text
    without = admin.post(f"/connections/stores/{store.id}", data=form | {"access_token": ""})
    assert "Enter the credentials again" not in without.text


def test_a_store_is_connected_in_the_panel_and_its_secrets_are_shown_to_nobody(
    admin: FlaskClient, magento: Any
) -> None:
    answer = admin.post(
        "/connections/stores/new",
        data={"name": "Main", "url": magento.url + "/", "access_token": "very-secret-token"},
        follow_redirects=True,
    )
    store = db.session.scalars(select(Store)).one()
    assert (store.url, store.access_token) == (magento.url, "very-secret-token")
    assert "queue is away" in answer.text
    for page in (answer.text, admin.get("/connections").text, admin.get(f"/connections/stores/{store.id}").text):
        assert "very-secret-token" not in page
    raw = db.session.connection().exec_driver_sql("SELECT access_token FROM stores").scalar()
    assert b"very-secret" not in bytes(raw or b"")
    entries = " ".join(f"{e.what}{e.before}{e.after}" for e in db.session.scalars(select(AuditEntry)))
    assert "very-secret" not in entries
    end_transaction()


def test_a_new_store_of_a_name_that_is_taken_changes_nothing_of_the_one_that_has_it(admin: FlaskClient) -> None:
    """Only the command line writes over a store by its name."""
    store_id = factories.make_store(name="Main", access_token="first").id
    form = {"name": "Main", "url": "http://127.0.0.1:9", "access_token": "second"}
    answer = admin.post("/connections/stores/new", data=form)
    assert answer.status_code == 422
    assert 'id="name-wrong">Another store has this name.' in answer.text
    store = db.session.get_one(Store, store_id, populate_existing=True)
    assert (store.url, store.access_token) == ("http://127.0.0.1:9999", "first")
    end_transaction()
    again = ["stores", "add", "--name", "Main", "--url", "http://127.0.0.1:9", "--access-token", "second"]
    assert admin.application.test_cli_runner().invoke(args=again).exit_code == 0
    store = db.session.scalars(select(Store).execution_options(populate_existing=True)).one()
    assert (store.url, store.access_token) == ("http://127.0.0.1:9", "second")
    end_transaction()


@pytest.mark.parametrize("code", recovery.REFUSED_BY_MAGENTO)
@pytest.mark.parametrize("by", ["panel", "command line"])
def test_whatever_a_store_refused_goes_on_with_its_new_credentials(code: str, by: str, admin: FlaskClient) -> None:
    """Also days later, when recovery has long left it to a person; and no other store's."""
    since = clock.now() - timedelta(days=3)
    refused = {"sync_state": "error", "error_code": code, "failing_since": since, "updated_at": since}
    store = factories.make_store(name="Main")
    mine = factories.make_order(factories.make_shop(store_id=store.id), row=refused)
    elsewhere = factories.make_shop(store_id=factories.make_store().id)
    not_mine = factories.make_order(elsewhere, row=refused)
    form = {"name": "Main", "url": store.url, "access_token": "new"}
    if by == "panel":
        assert admin.post(f"/connections/stores/{store.id}", data=form).status_code == 303
    else:
        stores.add_store(**form, overwrites=True)
    for order in (mine, not_mine):
        db.session.refresh(order)
    assert (mine.sync_state, not_mine.sync_state) == ("pending", "error")
    assert mine.due_at is not None
    end_transaction()


def test_half_of_the_credentials_are_refused_by_name(admin: FlaskClient, magento: Any) -> None:
    answer = admin.post(
        "/connections/stores/new",
        data={"name": "Main", "url": magento.url, "access_token": "a", "consumer_key": "k"},
    )
    assert answer.status_code == 422
    assert "needs all four" in answer.text
    assert f'value="{magento.url}"' in answer.text
    assert db.session.scalar(select(Store.id)) is None
    end_transaction()


def test_stored_credentials_do_not_go_to_another_server(admin: FlaskClient, magento: Any) -> None:
    store_id = connect(magento)
    form = {"name": "Main", "url": "http://127.0.0.1:9", "admin_url": ""}
    answer = admin.post(f"/connections/stores/{store_id}", data=form)
    assert answer.status_code == 422
    assert "enter its credentials anew" in answer.text
    store = db.session.get_one(Store, store_id, populate_existing=True)
    assert store.url == magento.url
    end_transaction()
    admin.post(f"/connections/stores/{store_id}", data=form | {"url": f"{magento.url}/shop", "name": "Renamed"})
    store = db.session.get_one(Store, store_id, populate_existing=True)
    assert (store.name, store.access_token) == ("Renamed", MAGENTO_TOKEN)
    end_transaction()


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("https://shop.example.com", "https://shop.example.com/de", True),
        ("http://shop.example.com", "https://shop.example.com", True),
        ("https://shop.example.com", "http://shop.example.com", False),
        ("https://shop.example.com", "https://shop.example.com:8443", False),
        ("https://shop.example.com", "https://evil.example.com", False),
    ],
)
def test_credentials_follow_an_address_only_where_it_is_as_safe(before: str, after: str, is_same: bool) -> None:
    assert stores._is_same_server(before, after) is is_same


def test_a_shop_is_bound_to_a_store_and_a_store_view(admin: FlaskClient) -> None:
    shop, store = factories.make_shop(), factories.make_store(name="UK store")
    form = {"store_id": str(store.id), "store_view_code": "uk_en", "time_zone": "Europe/London"}
    assert admin.post(f"/connections/shops/{shop.id}", data=form).status_code == 303
    found = only_shop()
    assert (found.store_id, found.store_view_code, found.time_zone) == (store.id, "uk_en", "Europe/London")
    entry = db.session.scalars(select(AuditEntry)).one()
    assert entry.after == "UK store, uk_en, Europe/London"
    wrong = admin.post(f"/connections/shops/{shop.id}", data=form | {"time_zone": "Middle/Earth"})
    assert wrong.status_code == 422
    assert "Middle/Earth" in wrong.text


def test_a_disconnected_shop_is_kept(admin: FlaskClient) -> None:
    shop = factories.make_shop()
    admin.post(f"/connections/shops/{shop.id}/disconnect")
    assert only_shop().state == DISCONNECTED
    assert "The shop was disconnected here on" in admin.get("/connections").text


def test_a_shop_that_was_disconnected_on_purpose_is_not_missed_when_its_authorization_is_taken_back(app: Flask) -> None:
    shop = Shop(state=DISCONNECTED)
    authorization.take_note(shop, event(authorization.SELLER_DEAUTHORIZATION, clock.now()))
    assert shop.state == DISCONNECTED


def test_health_says_what_is_wrong_first(app: Flask) -> None:
    from connector.blueprints.connections import health

    now = clock.now()
    shop = factories.make_shop(last_ok_at=now - timedelta(hours=1), last_error_at=now, last_error="TikTok is away.")
    assert health.of_shop(shop) == health.Health("bad", "Calls fail", "TikTok is away.")
    shop = factories.make_shop(last_ok_at=now, last_error_at=now - timedelta(hours=1))
    assert health.of_shop(shop).tone == "good"
    shop = factories.make_shop(refresh_expires_at=now + timedelta(days=20))
    assert health.of_shop(shop).word == "Ends soon"
    shop = factories.make_shop(last_poll_at=now - timedelta(hours=2))
    assert health.of_shop(shop).word == "Not polled"
    shop = factories.make_shop(last_poll_at=now, last_aftersales_poll_at=now - timedelta(hours=2))
    assert health.of_shop(shop).word == "Not polled"
    shop = factories.make_shop(last_poll_at=now, last_ok_at=now, aftersales_error="TikTok Shop says no.")
    said = "Cancellations and returns cannot be read: TikTok Shop says no."
    assert health.of_shop(shop) == health.Health("bad", "Returns not read", said)


@pytest.mark.parametrize("region", sorted(VAT_COUNTRIES | {"US", "MX", "BR", "JP", "ID", "TH", "VN", "MY", "PH", "SG"}))
def test_each_market_has_its_days_and_its_money(region: str) -> None:
    assert (region in TIME_ZONES, region in CURRENCIES) == (True, True)
    assert TIME_ZONES[region] in available_timezones()
