"""Every request of our TikTok client is one that an independent client, made from TikTok's documentation, knows.

Known path and query, the body parses as the request model with nothing unknown and nothing missing, and the fields that we read
from answers are fields of the response model. Not in here: whether TikTok's servers agree with their documentation.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from types import ModuleType
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

import attrs
import pytest
import requests
import responses
from tiktok_calls import EXAMPLES, LINES, SINCE, Example
from tiktok_shop_api.auth import TikTokShopAuth
from tiktok_shop_api.generated.types import UNSET, Unset
from tiktok_shop_api.signing import Signer, operation_for

from connector.tiktok import auth
from connector.tiktok.caller import Caller
from connector.tiktok.client import TikTokApp, TikTokClient, Tokens

APP = TikTokApp(app_key="6a1b2c3d", app_secret="s3cr3t", api_url="https://api.test", service_id="731")
TOKENS = Tokens(
    access_token="TTP_access",
    refresh_token="TTP_refresh",
    access_expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    refresh_expires_at=datetime(2031, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def tiktok() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client() -> TikTokClient:
    return TikTokClient(APP, "ROW_cipher-1", TOKENS)


def answer(mock: responses.RequestsMock, data: dict[str, Any]) -> None:
    envelope = {"code": 0, "message": "Success", "request_id": "r", "data": data}
    for method in ("GET", "POST", "PUT", "DELETE"):
        mock.add(method, re.compile(r"https://api\.test/.*"), json=envelope)
    mock.assert_all_requests_are_fired = False


def sent(mock: responses.RequestsMock, client: TikTokClient, example: Example) -> requests.PreparedRequest:
    answer(mock, example.data)
    example.make(client)
    assert len(mock.calls) == 1
    return mock.calls[0].request


def documented(request: requests.PreparedRequest) -> tuple[dict[str, Any], ModuleType]:
    """The operation that the request is, and the independent client's module for it."""
    operation = operation_for(str(request.method), urlsplit(str(request.url)).path)
    assert operation is not None, f"{request.method} {request.url} is no documented operation"
    group = _snake(operation["group"])
    name = _snake(operation["operationId"])
    return operation, importlib.import_module(f"tiktok_shop_api.generated.api.{group}.{name}")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def additional_members(value: Any, where: str = "") -> Iterator[str]:
    """The members of a parsed model, at any depth, that its documentation does not name."""
    if isinstance(value, list):
        for member in value:
            yield from additional_members(member, where)
    elif attrs.has(type(value)):
        yield from (f"{where}.{name}" for name in value.additional_properties)
        for attribute in attrs.fields(type(value)):
            if attribute.init:
                yield from additional_members(getattr(value, attribute.name), f"{where}.{attribute.name}")


def ids(example: Example) -> str:
    return f"{example.method}{', ' if example.note else ''}{example.note}"


every_example = pytest.mark.parametrize("example", EXAMPLES, ids=ids)


@every_example
def test_the_query_is_documented_and_whole(
    tiktok: responses.RequestsMock, client: TikTokClient, example: Example
) -> None:
    request = sent(tiktok, client, example)
    operation, module = documented(request)
    query = parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True)
    names = [name for name, _ in query]
    assert len(names) == len(set(names))

    ours = set(names) - {"app_key", "timestamp", "sign", "shop_cipher"}
    parameters = inspect.signature(module._get_kwargs).parameters
    in_path = set(re.findall(r"\{(\w+)\}", operation["path"]))
    theirs = {name: parameter for name, parameter in parameters.items() if name != "body" and name not in in_path}
    assert ours <= set(theirs)
    assert {name for name, parameter in theirs.items() if parameter.default is inspect.Parameter.empty} <= ours

    for name, value in query:
        for kind in _kinds(theirs[name].annotation) if name in theirs else []:
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                kind(value)  # raises for one that is not among its choices
    assert ("shop_cipher" in names) == operation["requiresShopCipher"]
    assert {"app_key", "timestamp", "sign"} <= set(names)


def _kinds(annotation: Any) -> list[Any]:
    """The types that an annotation offers, `list[X]` as X."""
    offered = get_args(annotation) or (annotation,)
    return [inner for kind in offered for inner in (get_args(kind) or (kind,))]


@every_example
def test_the_body_parses_as_the_request_model(
    tiktok: responses.RequestsMock, client: TikTokClient, example: Example
) -> None:
    request = sent(tiktok, client, example)
    _, module = documented(request)
    body = inspect.signature(module._get_kwargs).parameters.get("body")
    if body is None:
        assert not request.body
        return
    assert isinstance(request.body, bytes)
    (model,) = (kind for kind in _kinds(body.annotation) if kind is not Unset)
    if request.headers["content-type"].startswith("multipart/"):
        form = re.findall(rb'Content-Disposition: form-data; name="(\w+)"', request.body)
        known = {field.name: field for field in attrs.fields(model)}
        assert {name.decode() for name in form} <= set(known)
        assert {n for n, f in known.items() if f.init and f.default is attrs.NOTHING} <= {
            name.decode() for name in form
        }
        return
    parsed = model.from_dict(
        json.loads(request.body)
    )  # raises for a required member that is missing, and for an unknown choice
    assert list(additional_members(parsed)) == []
    assert parsed.to_dict() == json.loads(request.body)


@every_example
def test_the_request_is_signed_as_the_independent_client_signs_it(
    tiktok: responses.RequestsMock, client: TikTokClient, example: Example
) -> None:
    request = sent(tiktok, client, example)
    parts = urlsplit(str(request.url))
    query = parse_qsl(parts.query, keep_blank_values=True)
    body = request.body if isinstance(request.body, bytes) else None
    sign = Signer.sign(
        path=parts.path,
        query=query,
        content_type=request.headers["content-type"],
        body=body,
        app_secret=APP.app_secret,
    )
    assert dict(query)["sign"] == sign
    assert request.headers["x-tts-access-token"] == "TTP_access"
    assert "access_token" not in dict(query)
    assert request.headers["content-type"].startswith(("application/json", "multipart/form-data; boundary="))


@every_example
def test_what_we_read_from_the_answer_is_in_the_response_model(
    tiktok: responses.RequestsMock, client: TikTokClient, example: Example
) -> None:
    """The examples' answers hold all that the client reads: were a name wrong, it would be an additional member here."""
    request = sent(tiktok, client, example)
    operation, _ = documented(request)
    name = operation["operationId"][0].upper() + operation["operationId"][1:] + "Response"
    model = getattr(importlib.import_module("tiktok_shop_api.generated.models"), name)
    parsed = model.from_dict({"code": 0, "message": "", "request_id": "", "data": example.data})
    if parsed.data is not UNSET:
        assert list(additional_members(parsed.data)) == []


def test_no_call_of_the_client_is_left_out() -> None:
    put_together = {"order_pages", "changed_order_pages", "all_shipping_providers"}  # from calls that are here
    methods = {name for name in dir(TikTokClient) if not name.startswith("_")} - set(dir(Caller)) - put_together
    assert methods == {example.method for example in EXAMPLES}


# -- what the answers become -----------------------------------------------------------------------------------------


def made(mock: responses.RequestsMock, client: TikTokClient, method: str) -> Any:
    example = next(example for example in EXAMPLES if example.method == method)
    answer(mock, example.data)
    return example.make(client)


def test_eligibility_reads_the_new_and_the_legacy_names_of_lines(
    tiktok: responses.RequestsMock, client: TikTokClient
) -> None:
    can, cannot = made(tiktok, client, "aftersale_eligibility")
    assert (can.is_eligible, can.line_item_ids) == (True, ("11",))
    assert can.available_reason_names == ("seller_cancel_reason_out_of_stock",)
    assert (cannot.is_eligible, cannot.line_item_ids, cannot.ineligible_code) == (False, ("12",), 25)


def test_what_may_be_offered_is_read_item_by_item(tiktok: responses.RequestsMock, client: TikTokClient) -> None:
    can, cannot = made(tiktok, client, "review_decisions")
    assert (can.is_eligible, can.least, can.most, can.currency) == (True, Decimal("0.50"), Decimal("4.00"), "GBP")
    assert [reason.name for reason in can.reject_reasons] == ["used"]
    assert (cannot.is_eligible, cannot.most, cannot.ineligible_reason) == (False, None, "not sent")


def test_only_the_slots_that_are_free_are_offered(tiktok: responses.RequestsMock, client: TikTokClient) -> None:
    options = made(tiktok, client, "handover_time_slots")
    assert [slot.start_time for slot in options.pickup_slots] == [datetime(2025, 11, 24, 16, 0, tzinfo=UTC)]
    assert (options.can_pickup, options.can_drop_off) == (True, False)


def test_tracking_counts_in_milliseconds(tiktok: responses.RequestsMock, client: TikTokClient) -> None:
    (event,) = made(tiktok, client, "tracking")
    assert event.time == datetime(2025, 11, 24, 16, 0, 0, 123000, tzinfo=UTC)


def test_a_shipped_order_s_package_is_named(tiktok: responses.RequestsMock, client: TikTokClient) -> None:
    assert made(tiktok, client, "mark_package_as_shipped") == "99"


def test_times_go_out_as_whole_seconds(tiktok: responses.RequestsMock, client: TikTokClient) -> None:
    made(tiktok, client, "search_orders")
    body = json.loads(tiktok.calls[0].request.body)
    assert body["update_time_ge"] == int(SINCE.timestamp()) == 1763996400


def test_parts_of_a_bundle_are_named_when_single_lines_are_shipped(
    tiktok: responses.RequestsMock, client: TikTokClient
) -> None:
    made(tiktok, client, "mark_package_as_shipped")
    body = json.loads(tiktok.calls[0].request.body)
    assert LINES[1].sub_item_id == "121"
    assert body["order_line_list"] == [{"order_line_id": "11"}, {"order_line_id": "12", "sub_item_id": "121"}]


# -- authorization ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("region", "theirs"), [("US", "us"), ("GB", "row"), ("us", "us"), ("", "row")])
def test_the_seller_is_sent_where_the_independent_client_sends_him(region: str, theirs: Any) -> None:
    independent = TikTokShopAuth(APP.app_key, APP.app_secret, APP.service_id)
    expected = independent.authorization_url(type="seller", region=theirs, state="a b&c")
    assert auth.authorize_url(APP, region, "a b&c") == expected


@pytest.mark.parametrize("what", ["exchange", "refresh"])
def test_tokens_are_asked_for_as_the_independent_client_asks(tiktok: responses.RequestsMock, what: str) -> None:
    independent = TikTokShopAuth(APP.app_key, APP.app_secret)
    data = {
        "access_token": "A",
        "refresh_token": "R",
        "access_token_expire_in": 1764000000,
        "refresh_token_expire_in": 1795536000,
    }
    tiktok.add("GET", re.compile(r"https://auth\.tiktok-shops\.com/.*"), json={"code": 0, "data": data})
    if what == "exchange":
        auth.exchange(APP, "c/o de+1")
        expected = independent._exchange_url("c/o de+1")
    else:
        auth.refresh(APP, "r/e f+1")
        expected = independent._refresh_url("r/e f+1")
    url = str(tiktok.calls[0].request.url)
    assert parse_qsl(urlsplit(url).query) == parse_qsl(urlsplit(expected).query)
    assert url.partition("?")[0] == expected.partition("?")[0]
