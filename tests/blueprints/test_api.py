"""The JSON API: tokens with scopes, pages that miss nothing, and answers as its OpenAPI document says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector import clock
from connector.blueprints.api.openapi import DOCUMENT
from connector.models.token import READ_BUYERS, READ_ORDERS
from connector.sync import tokens
from tests import factories


def headers(*scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.make('test', list(scopes) or [READ_ORDERS], None, 'test')}"}


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}


def test_without_a_good_token_nothing_is_given(client: FlaskClient, admin: FlaskClient) -> None:
    factories.make_order()
    for sent in ({}, {"Authorization": "Bearer tsc_wrong"}, {"Authorization": "Basic YTpi"}):
        answer = client.get("/api/v1/orders", headers=sent)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json["title"]
    assert admin.get("/api/v1/orders").status_code == 401  # a session of the panel is no token


def test_an_ended_token_gives_nothing(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.make("short", [READ_ORDERS], 30, "test")
    sent = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/orders", headers=sent).status_code == 200
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=31))
    assert client.get("/api/v1/orders", headers=sent).status_code == 401


def test_an_order_is_as_the_document_says(client: FlaskClient) -> None:
    order = factories.make_failed_order()
    answer = client.get(f"/api/v1/orders/{order.tiktok_order_id}", headers=headers())
    jsonschema.validate(answer.json, schema("Order"))
    assert answer.json["error"]["code"] == "magento_product_not_found"
    assert answer.json["total"] == {"amount": str(order.total_amount), "currency": "USD"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/api/v1/orders/1", headers=headers()).status_code == 404


def test_the_buyer_is_given_only_with_the_scope(client: FlaskClient) -> None:
    order = factories.make_order()
    path = f"/api/v1/orders/{order.tiktok_order_id}"
    plain = client.get(path, headers=headers())
    assert "recipient" not in plain.json
    assert order.buyer_name not in plain.text
    full = client.get(path, headers=headers(READ_ORDERS, READ_BUYERS))
    assert order.buyer_name in full.text
    jsonschema.validate(full.json, schema("Order"))


def test_pages_give_every_order_once(client: FlaskClient) -> None:
    numbers = {factories.make_order().tiktok_order_id for _ in range(7)}
    sent, seen, after = headers(), [], ""
    while True:
        page = client.get(f"/api/v1/orders?limit=3&after={after}", headers=sent).json
        seen += [order["tiktok_order_id"] for order in page["orders"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 7
    assert set(seen) == numbers


def test_filters(client: FlaskClient) -> None:
    failed, other = factories.make_failed_order(), factories.make_order()
    sent = headers()

    def found(query: str) -> list[str]:
        return [one["tiktok_order_id"] for one in client.get(f"/api/v1/orders?{query}", headers=sent).json["orders"]]

    assert found("sync_state=error") == [failed.tiktok_order_id]
    assert set(found(f"status={other.status}")) >= {other.tiktok_order_id}
    assert found("status=NOWHERE") == []
    assert found("updated_since=2999-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "updated_since=yesterday", "after=x", "after=9e99_1", "sync_state=odd"]
)
def test_a_wrong_question_is_answered_with_what_is_right(query: str, client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/orders?{query}", headers=headers())
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_the_document_names_every_address(app: Flask, client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    expected = {f"/api/v1{path}".replace("{", "<").replace("}", ">") for path in described["paths"]}
    assert rules == expected | {"/api/v1/openapi.json"}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(method: str, client: FlaskClient) -> None:
    assert getattr(client, method)("/api/v1/orders", headers=headers()).status_code in {401, 405}
