"""Letting the app in, and renewing tokens."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from connector.domain.errors import TryLater
from connector.http import CallFailed
from connector.tiktok import auth, errors

from .factories import APP

GRANTED = {
    "access_token": "ACCESS-NEW",
    "access_token_expire_in": 1764604800,
    "refresh_token": "REFRESH-NEW",
    "refresh_token_expire_in": 1795536000,
    "open_id": "o",
    "seller_name": "Mug House",
    "seller_base_region": "GB",
    "user_type": 0,
    "granted_scopes": ["seller.order.info"],
}


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def answer(mock: responses.RequestsMock, **given: Any) -> None:
    mock.add("GET", re.compile(r"https://auth\.test/api/v2/token/.*"), **given)


def test_the_code_becomes_tokens_and_who_it_was(server: responses.RequestsMock) -> None:
    answer(server, json={"code": 0, "message": "success", "data": GRANTED})
    authorization = auth.exchange(APP, "CODE")
    assert (authorization.seller_name, authorization.seller_base_region) == ("Mug House", "GB")
    assert (authorization.open_id, authorization.user_type) == ("o", 0)
    assert authorization.granted_scopes == ("seller.order.info",)
    tokens = authorization.tokens
    assert (tokens.access_token, tokens.refresh_token) == ("ACCESS-NEW", "REFRESH-NEW")
    assert tokens.access_expires_at == datetime(2025, 12, 1, 16, 0, tzinfo=UTC)  # a moment, for all that it says "in"
    assert tokens.refresh_expires_at == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    query = parse_qs(urlsplit(str(server.calls[0].request.url)).query)
    assert query == {
        "app_key": ["6a1b2c3d"],
        "app_secret": ["APP-SECRET"],
        "auth_code": ["CODE"],
        "grant_type": ["authorized_code"],
    }


def test_a_refresh_gives_both_new_tokens(server: responses.RequestsMock) -> None:
    answer(server, json={"code": 0, "data": GRANTED})
    calls: list[int] = []
    tokens = auth.refresh(APP, "REFRESH-OLD", before_call=lambda: calls.append(len(server.calls)))
    assert (tokens.access_token, tokens.refresh_token) == ("ACCESS-NEW", "REFRESH-NEW")
    assert calls == [0]


@pytest.mark.parametrize(
    "given",
    [
        {"json": {"code": 36004001, "message": "rt has expired", "request_id": "R"}},
        {"json": {"code": 36004005, "message": "can not find related auth record", "request_id": "R"}},
        {"json": {"code": 99999, "message": "auth_code is used", "request_id": "R"}},
        {"json": {"code": 105002, "message": "expired", "request_id": "R"}, "status": 401},
    ],
)
def test_a_refused_code_or_refresh_token_asks_for_a_new_consent(
    server: responses.RequestsMock, given: dict[str, Any]
) -> None:
    answer(server, **given)
    with pytest.raises(errors.AuthorizationRevoked) as caught:
        auth.refresh(APP, "REFRESH-OLD")
    assert "Reconnect the shop" in caught.value.remedy
    assert (caught.value.tiktok_code, caught.value.request_id) == (given["json"]["code"], "R")


def test_a_wrong_app_secret_is_not_blamed_on_the_shop(server: responses.RequestsMock) -> None:
    answer(server, json={"code": 36009004, "message": "invalid app_secret"})
    with pytest.raises(errors.TikTokError) as caught:
        auth.refresh(APP, "REFRESH-OLD")
    assert not isinstance(caught.value, errors.AuthorizationRevoked)
    assert "TIKTOK_APP_SECRET" in caught.value.remedy


@pytest.mark.parametrize(
    "given",
    [
        {"json": {"code": 36009003, "message": "internal"}},
        {"body": "<html>", "status": 502},
        {"json": {"code": 0}},
        {"json": {"code": 0, "data": {**GRANTED, "refresh_token": ""}}},
        {"json": {"code": 0, "data": {**GRANTED, "access_token_expire_in": None}}},
        {"json": {"code": 0, "data": {**GRANTED, "refresh_token_expire_in": "soon"}}},
        {"json": {"code": 36009002, "message": "slow"}, "status": 429},
        {"body": requests.ReadTimeout()},
    ],
)
def test_trouble_of_the_token_server_disconnects_no_shop(server: responses.RequestsMock, given: dict[str, Any]) -> None:
    answer(server, **given)
    with pytest.raises(TryLater):
        auth.refresh(APP, "REFRESH-OLD")


def test_the_secrets_in_the_token_server_s_address_never_show(server: responses.RequestsMock) -> None:
    answer(server, body=requests.ConnectionError("Max retries exceeded with url: /?app_secret=APP-SECRET"))
    with pytest.raises(CallFailed) as caught:
        auth.refresh(APP, "REFRESH-OLD"[:])
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.exchange)
    assert "APP-SECRET" not in shown
    assert "REFRESH-OLD&" not in shown
    assert caught.value.exchange is not None
    assert "refresh_token=***" in caught.value.exchange.url


def test_tokens_do_not_show_in_an_authorization(server: responses.RequestsMock) -> None:
    answer(server, json={"code": 0, "data": GRANTED})
    assert "ACCESS-NEW" not in repr(auth.exchange(APP, "CODE"))


def test_with_another_token_server_consent_is_asked_for_there() -> None:
    assert auth.authorize_url(APP, "US", "s").startswith("https://auth.test/open/authorize?service_id=")
