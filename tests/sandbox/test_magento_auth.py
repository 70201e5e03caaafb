"""Who may call: bearer token, OAuth 1.0a with HMAC-SHA256 against an independent client, and what is refused how."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256
from requests_oauthlib import OAuth1

from tests.sandbox.magento_shop import Shop, open_shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop(bearer_allowed=False) as shop:
        shop.control("product", {"sku": "A/B 1+2", "name": "Odd", "qty": 1})
        yield shop


def signed(shop: Shop, method: str = SIGNATURE_HMAC_SHA256, **other: str) -> OAuth1:
    own = shop.state.credentials
    keys: dict[str, Any] = {
        "client_key": own.consumer_key,
        "client_secret": own.consumer_secret,
        "resource_owner_key": own.access_token,
        "resource_owner_secret": own.access_token_secret,
    }
    return OAuth1(**(keys | other), signature_method=method)


def get(shop: Shop, path: str = "/rest/V1/orders?searchCriteria=", **keys: Any) -> requests.Response:
    return requests.get(shop.url + path, auth=signed(shop, **keys), timeout=5)


@pytest.mark.parametrize(
    "path",
    [
        "/rest/V1/orders?searchCriteria=",
        "/rest/default/V1/orders?searchCriteria[filterGroups][0][filters][0][field]=ext_order_id"
        "&searchCriteria[filterGroups][0][filters][0][value]=1,2&searchCriteria[filterGroups][0][filters][0][conditionType]=in",
        "/rest/V1/orders?searchCriteria[filterGroups][0][filters][0][field]=updated_at"
        "&searchCriteria[filterGroups][0][filters][0][value]=2026-11-23%2000:00:00",
        "/rest/V1/products/A%2FB%201%2B2",
        "/rest/V1/products/MUG-01?fields=sku,extension_attributes[stock_item[qty]]",
    ],
)
def test_a_signed_call_is_let_in(shop: Shop, path: str) -> None:
    answer = get(shop, path)
    assert answer.status_code == 200, answer.text


def test_a_signed_post_with_json_is_let_in(shop: Shop) -> None:
    answer = requests.post(f"{shop.url}/rest/V1/carts/", auth=signed(shop), timeout=5)
    assert answer.status_code == 200
    item = {"cartItem": {"sku": "MUG-01", "qty": 1, "quote_id": answer.json()}}
    added = requests.post(f"{shop.url}/rest/V1/carts/1/items", json=item, auth=signed(shop), timeout=5)
    assert added.status_code == 200


@pytest.mark.parametrize("secret", ["client_secret", "resource_owner_secret"])
def test_a_wrong_secret_is_an_invalid_signature(shop: Shop, secret: str) -> None:
    answer = get(shop, **{secret: "wrong"})
    assert (answer.status_code, answer.json()) == (401, {"message": "The signature is invalid. Verify and try again."})


def test_a_signature_of_another_path_is_invalid(shop: Shop) -> None:
    stolen = get(shop, "/rest/V1/products/MUG-01").request.headers["Authorization"]
    answer = requests.get(f"{shop.url}/rest/V1/products/HAT-07", headers={"Authorization": stolen}, timeout=5)
    assert answer.status_code == 401


def test_hmac_sha1_is_refused(shop: Shop) -> None:
    answer = get(shop, method=SIGNATURE_HMAC_SHA1)
    assert answer.status_code == 400
    assert answer.json() == {"message": "Signature method %1 is not supported", "parameters": ["HMAC-SHA1"]}


@pytest.mark.parametrize("key", ["client_key", "resource_owner_key"])
def test_an_unknown_key_or_token_is_401(shop: Shop, key: str) -> None:
    assert get(shop, **{key: "unknown"}).status_code == 401


def test_a_bearer_token_where_the_merchant_has_not_allowed_it_is_like_a_wrong_one(shop: Shop) -> None:
    off = shop.send("GET", "/V1/orders/1")
    shop.control("settings", {"bearer_allowed": True})
    wrong, right = shop.send("GET", "/V1/orders/1", token="wrong"), shop.send("GET", "/V1/orders/1")
    shop.control("settings", {"bearer_allowed": False})
    assert (off.status_code, off.json()) == (wrong.status_code, wrong.json())
    assert right.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("GET", "/V1/orders/1", "Magento_Sales::actions_view"),
        ("POST", "/V1/orders", "Magento_Sales::create"),
        ("POST", "/V1/orders/1/cancel", "Magento_Sales::cancel"),
        ("POST", "/V1/order/1/invoice", "Magento_Sales::invoice"),
        ("POST", "/V1/order/1/ship", "Magento_Sales::ship"),
        ("POST", "/V1/carts/", "Magento_Cart::manage"),
        ("GET", "/V1/products/MUG-01", "Magento_Catalog::products"),
        ("POST", "/async/bulk/V1/orders", "Magento_Sales::create"),
    ],
)
def test_a_missing_permission_is_named(shop: Shop, method: str, path: str, resource: str) -> None:
    shop.control("settings", {"denied_resources": [resource]})
    try:
        answer = requests.request(method, f"{shop.url}/rest{path}", auth=signed(shop), timeout=5)
    finally:
        shop.control("settings", {"denied_resources": []})
    assert answer.status_code == 401
    assert answer.json()["parameters"] == {"resources": resource}


def test_countries_and_currencies_are_open_to_all(shop: Shop) -> None:
    assert requests.get(f"{shop.url}/rest/V1/directory/countries/US", timeout=5).status_code == 200
    assert requests.get(f"{shop.url}/rest/V1/directory/currency", timeout=5).status_code == 200
