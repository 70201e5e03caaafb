"""The sandbox's customers: found, created, and refused in the words of Magento's source (see sandbox/magento/customers.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.magento_shop import Shop, open_shop

ADA = {"email": "v1@scs.tiktokw.us", "firstname": "Ada", "lastname": "Lovelace"}
EXISTS = "A customer with the same email address already exists in an associated website."


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


def create(shop: Shop, **fields: Any) -> Any:
    return shop.send("POST", "/V1/customers", {"customer": ADA | fields})


def found(shop: Shop, field: str, value: str) -> list[int]:
    one = "searchCriteria[filterGroups][0][filters][0]"
    answer = shop.call("GET", f"/V1/customers/search?{one}[field]={field}&{one}[value]={value}")
    return [row["id"] for row in answer["items"]]


def test_a_customer_is_created_found_and_shown(shop: Shop) -> None:
    customer = create(shop, group_id=2).json()
    assert (customer["id"], customer["website_id"], customer["store_id"], customer["group_id"]) == (1, 1, 1, 2)
    assert found(shop, "email", "V1@scs.tiktokw.us") == found(shop, "website_id", "1") == [1]
    assert found(shop, "email", "v2@scs.tiktokw.us") == []
    assert shop.call("GET", "/V1/customers/1")["lastname"] == "Lovelace"
    assert shop.call("GET", "/V1/customers/1/confirm") == "account_confirmation_not_required"


def test_whoever_registers_needs_no_permission_but_for_a_group(shop: Shop) -> None:
    url = f"{shop.url}/rest/V1/customers"
    assert requests.post(url, json={"customer": ADA}, timeout=5).json()["group_id"] == 1
    refused = requests.post(url, json={"customer": ADA | {"email": "v2@a.example", "group_id": 2}}, timeout=5)
    assert (refused.status_code, refused.json()["parameters"]) == (401, {"resources": "Magento_Customer::manage"})


def test_an_address_is_taken_once_in_a_website_or_once_in_all(shop: Shop) -> None:
    shop.control("stores", {"code": "outlet", "website_id": 2})
    assert create(shop).status_code == 200
    again = create(shop, email="V1@SCS.tiktokw.us")
    assert (again.status_code, again.json()["message"]) == (400, EXISTS)
    assert create(shop, website_id=2).json()["created_in"] == "Outlet"
    shop.control("settings", {"customers_per_website": False})
    shop.control("stores", {"code": "third", "website_id": 3})
    assert create(shop, website_id=3).json()["message"] == EXISTS


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"website_id": 9}, 404, "The website with id %1 that was requested wasn't found"),
        ({"store_id": 9}, 404, "The store that was requested wasn't found"),
        ({"store_id": 1, "website_id": 2}, 400, "The store view is not in the associated website."),
        ({"group_id": 9}, 400, "The specified customer group id does not exist."),
        ({"firstname": "R***"}, 400, "First Name is not valid!"),
        ({"lastname": ""}, 400, '"Last Name" is a required value.'),
        ({"email": "nobody"}, 400, '"Email" is not a valid email address.'),
        ({"name": "Ada"}, 400, '"%fieldName" is not supported'),
    ],
)
def test_what_is_refused(shop: Shop, fields: dict[str, Any], status: int, words: str) -> None:
    answer = create(shop, **fields)
    assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text
    assert shop.state.customers == {}


@pytest.mark.parametrize(
    ("path", "resource"),
    [("search?searchCriteria=", "Magento_Customer::customer"), ("0/confirm", "Magento_Customer::manage")],
)
def test_a_missing_permission_is_named(shop: Shop, path: str, resource: str) -> None:
    shop.control("settings", {"denied_resources": [resource]})
    answer = shop.send("GET", f"/V1/customers/{path}")
    assert (answer.status_code, answer.json()["parameters"]) == (401, {"resources": resource})


def test_who_is_not_there_is_404(shop: Shop) -> None:
    for path in ("/V1/customers/0/confirm", "/V1/customers/7"):
        answer = shop.send("GET", path)
        assert (answer.status_code, answer.json()["parameters"]["fieldName"]) == (404, "customerId")


def test_a_search_by_what_is_no_attribute_is_refused(shop: Shop) -> None:
    answer = shop.send("GET", "/V1/customers/search?searchCriteria[filterGroups][0][filters][0][field]=nope")
    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid attribute name: %1")
