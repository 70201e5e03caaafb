"""Addresses that nobody clicks: numbers that no column holds, signs that no text has. None ends in an error of ours."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.blueprints.orders.filters import FILTERS
from tests import factories

#: How a view names what it reads from the query.
READ = re.compile(r"(?:request\.(?:args|values)\.get(?:list)?|asked\.number|_wanted)\(\"(\w+)\"|asked\.(page)\(")
OF_ORDERS = ["q", "sort", "cursor", "list", "after", "before", "v", *(entry.name for entry in FILTERS)]
#: A number that no column holds, and a sign that counts as a digit for some and is no number.
ODD = ("9" * 20, "\u00b2")


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, apps: Any) -> Iterator[Flask]:
    with apps.one(request.param) as app:
        yield app


def asked_of(app: Flask, endpoint: str) -> list[str]:
    """What the view of an endpoint may read from the query: whatever is read in its file."""
    view = inspect.unwrap(app.view_functions[endpoint])
    source = inspect.getsource(sys.modules[view.__module__])
    names = {name for found in READ.findall(source) for name in found if name}
    return sorted(names | set(OF_ORDERS if "OrderQuery.from_args" in source else ()))


def test_no_query_ends_in_an_error(app: Flask, admin: FlaskClient) -> None:
    order = factories.make_order()
    row_ids = {"shop_id": order.shop_id}
    tried = 0
    with app.test_request_context():
        addresses = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        values = {name: row_ids.get(name, 1) for name in rule.arguments} | {"tiktok_order_id": order.tiktok_order_id}
        address = addresses.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        for name in asked_of(app, rule.endpoint):
            for odd in ODD:
                with admin.get(f"{address}?{urlencode({name: odd})}") as answer:
                    assert answer.status_code < 500, (address, name, odd[:30])
                tried += 1
        assert admin.get(f"{address}?q=%00").status_code == 400, address
    assert tried > 200
    # A link to an order carries its list's address in its own: the second writing of a NUL.
    for within in ("q=%00", "carrier=%00", f"shop={'9' * 20}"):
        assert admin.get(f"/orders/{order.tiktok_order_id}?{urlencode({'list': within})}").status_code == 200


@pytest.mark.parametrize("path", ["/orders/%00", "/orders/1%00", "/returns/%00", "/%00"])
def test_a_path_with_a_nul_is_no_page(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_a_form_with_a_nul_cannot_be_read(admin: FlaskClient) -> None:
    for form in ({"tiktok_sku": "a\0"}, {"tiktok_sku": ["a", "\0"]}, {"tiktok_sku": "a", "pick-0-\0": "1"}):
        assert admin.post("/skus/edit", data=form).status_code == 400
        assert admin.post("/skus/edit", data=form, content_type="multipart/form-data").status_code == 400
    assert admin.post("/skus/edit", data={"tiktok_sku": "a"}).status_code == 200


def test_a_row_that_is_larger_than_any_is_not_found(admin: FlaskClient) -> None:
    factories.make_order()
    assert admin.get(f"/settings?shop={'9' * 20}").status_code == 404
    assert admin.get(f"/returns?page={'9' * 20}").status_code == 200
    assert admin.get(f"/activity?before={'9' * 20}").status_code == 200
