"""The two ways of signing in, checked from Magento's side of the wire."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
import requests
import responses

from connector.magento.client import MagentoClient, MagentoCredentials

OAUTH = MagentoCredentials(
    consumer_key="consumer-key", consumer_secret="consumer/secret+", access_token="token", access_token_secret="tok&sec"
)


def text(header: str | bytes) -> str:
    return header.decode() if isinstance(header, bytes) else header


def escaped(value: str) -> str:
    return quote(value, safe="~")


def signature_of(request: requests.PreparedRequest, credentials: MagentoCredentials) -> tuple[str, dict[str, str]]:
    """The signature by RFC 5849, section 3.4, computed from what was sent; and the OAuth parameters of the header."""
    header = text(request.headers["Authorization"])
    assert header.startswith("OAuth ")
    given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
    url = urlsplit(str(request.url))
    pairs = [tuple(map(unquote, pair.partition("=")[::2])) for pair in url.query.split("&") if pair]
    pairs += [(name, value) for name, value in given.items() if name not in ("oauth_signature", "realm")]
    joined = "&".join(f"{name}={value}" for name, value in sorted((escaped(n), escaped(v)) for n, v in pairs))
    base = "&".join([str(request.method), escaped(f"{url.scheme}://{url.netloc}{url.path}"), escaped(joined)])
    key = f"{escaped(credentials.consumer_secret)}&{escaped(credentials.access_token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode(), given


@pytest.fixture
def mocked() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add(responses.GET, re.compile("http"), json={"items": [], "total_count": 0})
        mock.add(responses.POST, re.compile("http"), json={"item_id": 1, "qty": 1})
        yield mock


@pytest.mark.parametrize(
    "base_url", ["https://store.example", "http://localhost:8123/shop/", "https://store.example/x/y"]
)
def test_the_signature_covers_the_query_as_it_was_sent(base_url: str, mocked: responses.RequestsMock) -> None:
    client = MagentoClient(base_url, OAUTH, store_view_code="de")
    client.products_by_sku(["MUG-01", "A&B=C", "Größe 42", "50% + 1", "[x]~*'(!)", "a,b"])
    request = mocked.calls[0].request
    assert " " not in str(request.url)
    assert "+" not in urlsplit(str(request.url)).query
    expected, given = signature_of(request, OAUTH)
    assert given["oauth_signature"] == expected
    assert given["oauth_signature_method"] == "HMAC-SHA256"
    assert given["oauth_consumer_key"] == "consumer-key"
    assert given["oauth_token"] == "token"


def test_a_json_body_is_no_part_of_the_signature(mocked: responses.RequestsMock) -> None:
    client = MagentoClient("https://store.example", OAUTH)
    client.add_cart_item(5, "MUG-01", 2)
    request = mocked.calls[0].request
    expected, given = signature_of(request, OAUTH)
    assert given["oauth_signature"] == expected
    assert "oauth_body_hash" not in given
    assert text(request.headers["Content-Type"]) == "application/json"
    assert request.body == b'{"cartItem": {"sku": "MUG-01", "qty": 2, "quote_id": "5"}}'


def test_each_request_has_its_own_nonce(mocked: responses.RequestsMock) -> None:
    client = MagentoClient("https://store.example", OAUTH)
    client.products_by_sku(["A"])
    client.products_by_sku(["A"])
    nonces = {signature_of(call.request, OAUTH)[1]["oauth_nonce"] for call in mocked.calls}
    assert len(nonces) == 2


def test_another_secret_gives_another_signature(mocked: responses.RequestsMock) -> None:
    client = MagentoClient("https://store.example", OAUTH)
    client.products_by_sku(["A"])
    other = MagentoCredentials(
        consumer_key="consumer-key", consumer_secret="other", access_token="token", access_token_secret="tok&sec"
    )
    request = mocked.calls[0].request
    assert signature_of(request, other)[0] != signature_of(request, OAUTH)[0]


def test_the_access_token_alone_is_sent_as_bearer(mocked: responses.RequestsMock) -> None:
    MagentoClient("https://store.example", MagentoCredentials(access_token="abc")).products_by_sku(["A"])
    assert mocked.calls[0].request.headers["Authorization"] == "Bearer abc"


def test_credentials_do_not_show() -> None:
    shown = repr(OAUTH) + str(OAUTH)
    assert not any(secret in shown for secret in ("consumer-key", "consumer/secret", "tok&sec", "'token'"))


@pytest.mark.parametrize(
    "given",
    [
        {"access_token": ""},
        {"access_token": "a", "consumer_key": "k"},
        {"access_token": "a", "consumer_key": "k", "consumer_secret": "s"},
    ],
)
def test_half_a_set_of_credentials_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="access token"):
        MagentoCredentials(**given)


@pytest.mark.parametrize(
    ("base_url", "code", "root"),
    [
        ("https://store.example", None, "https://store.example/rest/V1/"),
        ("https://store.example/", None, "https://store.example/rest/V1/"),
        ("https://store.example/shop/", "de", "https://store.example/shop/rest/de/V1/"),
        ("https://store.example/index.php", "all", "https://store.example/index.php/rest/all/V1/"),
        ("https://store.example/rest/V1/", None, "https://store.example/rest/V1/"),
        (" http://localhost:8080 ", None, "http://localhost:8080/rest/V1/"),
    ],
)
def test_the_address_may_be_written_in_many_ways(
    base_url: str, code: str | None, root: str, mocked: responses.RequestsMock
) -> None:
    client = MagentoClient(base_url, OAUTH, store_view_code=code)
    client.products_by_sku(["A"])
    assert str(mocked.calls[0].request.url).startswith(root)


@pytest.mark.parametrize("base_url", ["store.example", "ftp://store.example", "", "https://"])
def test_what_is_no_address_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        MagentoClient(base_url, OAUTH)


def test_before_call_comes_before_every_request_and_can_stop_it(mocked: responses.RequestsMock) -> None:
    calls: list[int] = []

    def renew() -> None:
        calls.append(len(mocked.calls))
        if len(calls) == 3:
            raise RuntimeError("the lease is lost")

    client = MagentoClient("https://store.example", OAUTH, before_call=renew)
    client.products_by_sku(["A"])
    client.products_by_sku(["B"])
    with pytest.raises(RuntimeError, match="lease"):
        client.products_by_sku(["C"])
    assert calls == [0, 1, 2]
    assert len(mocked.calls) == 2


def test_amounts_are_sent_digit_by_digit(mocked: responses.RequestsMock) -> None:
    client = MagentoClient("https://store.example", OAUTH)
    client.add_cart_item(5, "MUG-01", Decimal("1.10"))
    assert b'"qty": 1.10,' in mocked.calls[0].request.body
