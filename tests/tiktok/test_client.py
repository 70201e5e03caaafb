"""The gate to TikTok Shop's API: what every answer becomes, and what is tried again."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import responses

from connector.domain.errors import NeedsMerchant, RateLimited, TryLater
from connector.http import CallFailed
from connector.tiktok import errors
from connector.tiktok.caller import retry_after
from connector.tiktok.client import Tokens

from .factories import APP, make_client, make_document, make_tokens

SEARCH = "https://api.test/order/202309/orders/search"
DETAIL = "https://api.test/order/202507/orders"
EXPIRED = {"code": 105002, "message": "access token is expired, please refresh it", "request_id": "R1"}
BUSY = {"code": 36009002, "message": "Too many requests", "request_id": "R2"}


@pytest.fixture
def tiktok() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def ok(**data: Any) -> dict[str, Any]:
    return {"code": 0, "message": "Success", "request_id": "R0", "data": data}


def answers(mock: responses.RequestsMock, *given: dict[str, Any], url: str = SEARCH, method: str = "POST") -> None:
    """What TikTok answers, one after the other; the last stays."""
    for answer in given:
        mock.add(method, re.compile(re.escape(url)), **answer)


# -- what an answer becomes ------------------------------------------------------------------------------------------


def test_a_page_of_orders_comes_as_tiktok_sent_it(tiktok: responses.RequestsMock) -> None:
    document = make_document(new_field={"of": ["2027"]})
    answers(tiktok, {"json": ok(orders=[document], next_page_token="T", total_count=41)})
    page = make_client().search_orders()
    assert page.documents == [document]
    assert (page.next_page_token, page.total_count) == ("T", 41)


@pytest.mark.parametrize("odd", [{}, {"id": None}, {"id": ""}, {"id": {}}])
def test_an_order_without_an_id_keeps_up_no_other(tiktok: responses.RequestsMock, odd: dict[str, Any]) -> None:
    good = make_document()
    nameless = {name: value for name, value in good.items() if name != "id"} | odd
    answers(tiktok, {"json": ok(orders=[nameless, good])})
    assert make_client().search_orders().documents == [good]


def test_no_amount_becomes_a_float_and_the_document_stays_storable(tiktok: responses.RequestsMock) -> None:
    body = b'{"code":0,"data":{"orders":[{"id":576461413038785752,"payment":{"tax":0.10},"n":"a\\u0000b\\ud83d"}]}}'
    answers(tiktok, {"body": body})
    (document,) = make_client().search_orders().documents
    assert document == {"id": 576461413038785752, "payment": {"tax": "0.10"}, "n": "ab\ufffd"}
    json.dumps(document, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("data", [{}, {"orders": None}, {"orders": []}, None])
def test_an_empty_list_may_be_left_out(tiktok: responses.RequestsMock, data: Any) -> None:
    answers(tiktok, {"json": {"code": 0, "message": "Success", "data": data}})
    page = make_client().search_orders()
    assert (page.documents, page.next_page_token, page.total_count) == ([], "", 0)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ({"json": {"code": 12345, "message": "no"}}, errors.RequestRefused, "tiktok_refused"),
        ({"json": {"code": 12345, "message": "no"}, "status": 400}, errors.RequestRefused, "tiktok_refused"),
        ({"json": {"code": 12345, "message": "no"}, "status": 404}, errors.NotFound, "tiktok_not_found"),
        (
            {"json": {"code": 12345, "message": "no"}, "status": 403},
            errors.MissingPermission,
            "tiktok_missing_permission",
        ),
        ({"json": {"code": 12345, "message": "no"}, "status": 401}, errors.TokenExpired, "tiktok_token_expired"),
        ({"json": {"code": 12345, "message": "no"}, "status": 500}, errors.Unavailable, "tiktok_unavailable"),
        ({"json": {"code": 12345, "message": "no"}, "status": 429}, errors.TooManyRequests, "tiktok_rate_limited"),
        ({"json": {"code": 0, "message": "ok"}, "status": 502}, errors.Unavailable, "tiktok_unavailable"),
        (
            {"json": {"code": 106001, "message": "sign"}, "status": 401},
            errors.SignatureRejected,
            "tiktok_signature_rejected",
        ),
        (
            {"json": {"code": 105005, "message": "pkg"}, "status": 401},
            errors.MissingPermission,
            "tiktok_missing_permission",
        ),
        ({"json": {"code": 105999, "message": "?"}}, errors.TokenExpired, "tiktok_token_expired"),
        ({"json": {"code": 36009003, "message": "?"}}, errors.Unavailable, "tiktok_unavailable"),
        ({"json": {"code": 36009043, "message": "?"}}, errors.ShopDisabled, "tiktok_shop_disabled"),
        ({"json": {"code": 21008106, "message": "?"}}, errors.NotInThisRegion, "tiktok_not_in_this_region"),
        (
            {"json": {"code": 36009004, "message": "invalid timestamp"}},
            errors.SignatureRejected,
            "tiktok_signature_rejected",
        ),
        ({"json": {"code": 36009004, "message": "invalid access_token"}}, errors.TokenExpired, "tiktok_token_expired"),
        ({"json": {"code": 36009004, "message": "invalid page_size"}}, errors.RequestRefused, "tiktok_refused"),
        ({"json": {"code": "105002", "message": "?"}}, errors.TokenExpired, "tiktok_token_expired"),
        (
            {"json": {"code": 7, "message": "Too many requests, slow down"}},
            errors.TooManyRequests,
            "tiktok_rate_limited",
        ),
        ({"body": "<html>busy</html>", "status": 429}, errors.TooManyRequests, "tiktok_rate_limited"),
        ({"body": "<html>Bad gateway</html>", "status": 502}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": "<html>Welcome</html>"}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": '{"code":0,"data":{"orders":[{"id":"5"'}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": ""}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": "null"}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": "[]"}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": "{}"}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": '{"code":null}'}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": '{"code":false}'}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": "[" * 100_000}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"body": b"\xff\xfe\x00"}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"json": {"code": 0, "data": {"orders": {"id": "5"}}}}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        ({"json": {"code": 0, "data": {"orders": ["5"]}}}, errors.UnreadableAnswer, "tiktok_unreadable_answer"),
        (
            {"body": "", "status": 302, "headers": {"Location": "https://x.test/"}},
            errors.UnreadableAnswer,
            "tiktok_unreadable_answer",
        ),
        ({"body": requests.ReadTimeout()}, CallFailed, "timeout"),
        ({"body": requests.ConnectTimeout()}, CallFailed, "unreachable"),
        ({"body": requests.ConnectionError("reset")}, CallFailed, "connection_cut"),
    ],
)
def test_every_answer_that_is_no_data_is_the_fitting_error(
    tiktok: responses.RequestsMock, answer: dict[str, Any], kind: type[Exception], code: str
) -> None:
    answers(tiktok, answer)
    with pytest.raises(kind) as caught:
        make_client().search_orders()
    assert type(caught.value) is kind
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_errors_say_whose_turn_it_is() -> None:
    transient = (errors.Unavailable, errors.UnreadableAnswer, errors.TooManyRequests, CallFailed)
    assert all(issubclass(kind, TryLater) for kind in transient)
    assert issubclass(errors.TooManyRequests, RateLimited)
    for kind in (
        errors.TokenExpired,
        errors.AuthorizationRevoked,
        errors.MissingPermission,
        errors.SignatureRejected,
        errors.ShopDisabled,
        errors.RequestRefused,
        errors.NotFound,
        errors.NotInThisRegion,
    ):
        assert issubclass(kind, NeedsMerchant)
        assert kind.remedy.endswith(".")


def test_an_error_carries_what_tiktok_said_and_the_exchange(tiktok: responses.RequestsMock) -> None:
    said = {"code": 12345, "message": "order 5 of jane@example.com\n cannot be read", "request_id": "2025112400"}
    answers(tiktok, {"json": said, "status": 400})
    with pytest.raises(errors.RequestRefused) as caught:
        make_client().search_orders(order_status="ON_HOLD")
    error = caught.value
    assert (error.tiktok_code, error.request_id, error.http_status) == (12345, "2025112400", 400)
    assert error.tiktok_message == "order 5 of *** cannot be read"
    assert error.message == "TikTok Shop refused the request. It said: order 5 of *** cannot be read"
    assert error.exchange is not None
    assert (error.exchange.method, error.exchange.status) == ("POST", 400)
    assert error.exchange.url.startswith(f"{SEARCH}?page_size=50&")
    assert error.exchange.request_body == '{"order_status": "ON_HOLD"}'
    assert "2025112400" in error.exchange.response_body


# -- tokens ----------------------------------------------------------------------------------------------------------


def token_of(call: Any) -> str:
    return str(call.request.headers["x-tts-access-token"])


def test_an_expired_token_is_renewed_once_and_the_call_repeated_once(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": EXPIRED, "status": 401}, {"json": ok(orders=[make_document()])})
    asked: list[Tokens] = []
    new = make_tokens("ACCESS-NEW", "REFRESH-NEW")

    def renew(old: Tokens) -> Tokens:
        asked.append(old)
        return new

    client = make_client(renew_tokens=renew)
    assert len(client.search_orders().documents) == 1
    assert [old.access_token for old in asked] == ["ACCESS-OLD"]
    assert [token_of(call) for call in tiktok.calls] == ["ACCESS-OLD", "ACCESS-NEW"]
    assert client.tokens is new
    client.search_orders()
    assert token_of(tiktok.calls[2]) == "ACCESS-NEW"


def test_a_new_token_that_is_refused_too_is_for_the_merchant(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": EXPIRED, "status": 401})
    renewals: list[Tokens] = []

    def renew(old: Tokens) -> Tokens:
        renewals.append(old)
        return make_tokens("ACCESS-NEW")

    with pytest.raises(errors.TokenExpired) as caught:
        make_client(renew_tokens=renew).search_orders()
    assert (len(renewals), len(tiktok.calls)) == (1, 2)
    assert "Reconnect the shop" in caught.value.remedy


def test_without_a_way_to_renew_an_expired_token_is_told_at_once(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": EXPIRED})
    with pytest.raises(errors.TokenExpired):
        make_client().search_orders()
    assert len(tiktok.calls) == 1


def test_what_goes_wrong_in_renewing_is_told_as_it_is(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": EXPIRED})

    def renew(old: Tokens) -> Tokens:
        raise errors.AuthorizationRevoked("The seller left.", code="tiktok_authorization_revoked")

    with pytest.raises(errors.AuthorizationRevoked) as caught:
        make_client(renew_tokens=renew).search_orders()
    assert caught.value.__context__ is None
    assert len(tiktok.calls) == 1


# -- rate limits -----------------------------------------------------------------------------------------------------


def test_a_short_wait_is_waited_out_within_the_call(tiktok: responses.RequestsMock) -> None:
    slept: list[float] = []
    answers(tiktok, {"json": BUSY, "status": 429, "headers": {"Retry-After": "1"}}, {"json": BUSY}, {"json": ok()})
    make_client(sleep=slept.append).search_orders()
    assert len(tiktok.calls) == 3
    assert 1 <= slept[0] <= 1.2
    assert 0.4 <= slept[1] <= 1.2


def test_after_two_short_waits_the_limit_is_told(tiktok: responses.RequestsMock) -> None:
    slept: list[float] = []
    answers(tiktok, {"json": BUSY})
    with pytest.raises(RateLimited) as caught:
        make_client(sleep=slept.append).search_orders()
    assert (len(slept), len(tiktok.calls), caught.value.after) == (2, 3, None)
    assert sum(slept) <= 2


def test_a_long_wait_is_left_to_the_caller(tiktok: responses.RequestsMock) -> None:
    slept: list[float] = []
    answers(tiktok, {"json": BUSY, "status": 429, "headers": {"Retry-After": "17"}})
    with pytest.raises(RateLimited) as caught:
        make_client(sleep=slept.append).search_orders()
    assert (slept, len(tiktok.calls), caught.value.after) == ([], 1, 17.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0), ("2.5", 2.5), (" 7 ", 7), ("", None), ("soon", None), ("-3", None), ("9" * 50, None)],
)
def test_retry_after_in_seconds(header: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": header}) == seconds


def test_retry_after_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (retry_after({"Retry-After": later}) or 0) <= 90
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0


@pytest.mark.parametrize(
    "answer",
    [{"body": requests.ReadTimeout()}, {"body": "<html>"}, {"json": {"code": 36009003}}, {"json": {}, "status": 500}],
)
def test_nothing_else_is_tried_again_behind_the_caller_s_back(
    tiktok: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    answers(tiktok, answer)
    with pytest.raises(TryLater):
        make_client(renew_tokens=lambda old: old).search_orders()
    assert len(tiktok.calls) == 1


# -- before each request ---------------------------------------------------------------------------------------------


def test_before_call_runs_before_every_single_request(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": BUSY}, {"json": EXPIRED}, {"json": ok()})
    calls_made: list[int] = []
    client = make_client(
        before_call=lambda: calls_made.append(len(tiktok.calls)), renew_tokens=lambda old: make_tokens("ACCESS-NEW")
    )
    client.search_orders()
    assert calls_made == [0, 1, 2]


def test_a_lease_that_was_lost_stops_the_call(tiktok: responses.RequestsMock) -> None:
    class LeaseLost(Exception):
        pass

    def lost() -> None:
        raise LeaseLost

    answers(tiktok, {"json": ok()})
    with pytest.raises(LeaseLost):
        make_client(before_call=lost).search_orders()
    assert len(tiktok.calls) == 0


# -- pages and batches -----------------------------------------------------------------------------------------------


def test_pages_are_read_to_the_last(tiktok: responses.RequestsMock) -> None:
    answers(
        tiktok,
        {"json": ok(orders=[make_document(id="1")], next_page_token="T1")},
        {"json": ok(orders=[], next_page_token="T2")},
        {"json": ok(orders=[make_document(id="2")], next_page_token="")},
    )
    pages = list(make_client().order_pages(page_size=1, update_time_ge=datetime(2025, 11, 24, tzinfo=UTC)))
    assert [[document["id"] for document in page.documents] for page in pages] == [["1"], [], ["2"]]
    asked = [re.search(r"page_token=(\w+)", str(call.request.url)) for call in tiktok.calls]
    assert [found and found[1] for found in asked] == [None, "T1", "T2"]
    assert len({call.request.body for call in tiktok.calls}) == 1


def test_a_list_that_leads_back_to_itself_is_an_error_not_an_endless_loop(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": ok(orders=[make_document()], next_page_token="T1")})
    with pytest.raises(errors.UnreadableAnswer):
        list(make_client().order_pages())
    assert len(tiktok.calls) == 2


def test_orders_are_read_fifty_at_a_time_each_once(tiktok: responses.RequestsMock) -> None:
    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        ids = str(request.params["ids"]).split(",")  # type: ignore[attr-defined]
        assert len(ids) <= 50
        return 200, {}, json.dumps(ok(orders=[{"id": order_id} for order_id in ids]))

    tiktok.add_callback("GET", re.compile(re.escape(DETAIL)), callback=answer)
    ids = [str(number) for number in range(101)]
    documents = make_client().get_orders([*ids, "7", "100"])
    assert [document["id"] for document in documents] == ids
    assert len(tiktok.calls) == 3


def test_no_ids_make_no_call(tiktok: responses.RequestsMock) -> None:
    assert make_client().get_orders([]) == []
    assert len(tiktok.calls) == 0


def test_a_time_without_a_zone_is_never_sent(tiktok: responses.RequestsMock) -> None:
    with pytest.raises(ValueError, match="zone"):
        make_client().search_orders(update_time_ge=datetime(2025, 11, 24))  # noqa: DTZ001
    assert len(tiktok.calls) == 0


@pytest.mark.parametrize("hostile", ["../../../authorization/202309/shops", "5?x=1", "5/6", "ä", "%2e"])
def test_no_id_can_lead_to_another_path(tiktok: responses.RequestsMock, hostile: str) -> None:
    tiktok.add("GET", re.compile(r"https://api\.test/.*"), json=ok())
    make_client().handover_time_slots(hostile)
    path = str(tiktok.calls[0].request.path_url).partition("?")[0]
    assert re.fullmatch(r"/fulfillment/202309/packages/[^/]+/handover_time_slots", path)


# -- the Magento number on the TikTok order --------------------------------------------------------------------------

REFERENCES = "https://api.test/order/202406/orders/external_orders"


def test_the_reference_names_platform_order_and_lines(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": ok(errors=[])}, url=REFERENCES)
    make_client().add_external_order_reference("5", ["11", "12"], "000000012")
    assert json.loads(tiktok.calls[0].request.body) == {
        "orders": [
            {
                "id": "5",
                "external_order": {
                    "id": "000000012",
                    "platform": "MAGENTO",
                    "line_items": [
                        {"id": "000000012-1", "origin_id": "11"},
                        {"id": "000000012-2", "origin_id": "12"},
                    ],
                },
            }
        ]
    }


def test_of_more_than_a_hundred_lines_a_hundred_are_named_in_one_call(tiktok: responses.RequestsMock) -> None:
    answers(tiktok, {"json": ok()}, url=REFERENCES)
    make_client().add_external_order_reference("5", [str(line) for line in range(130)], "000000012")
    assert len(tiktok.calls) == 1
    (order,) = json.loads(tiktok.calls[0].request.body)["orders"]
    assert len(order["external_order"]["line_items"]) == 100


def test_a_reference_that_tiktok_does_not_take_is_an_error_for_all_that_the_answer_is_a_success(
    tiktok: responses.RequestsMock,
) -> None:
    refusal = {"code": "21", "message": "order not found", "detail": {"order_id": "5"}}
    answers(tiktok, {"json": ok(errors=[refusal])}, url=REFERENCES)
    with pytest.raises(errors.RequestRefused) as caught:
        make_client().add_external_order_reference("5", ["11"], "000000012")
    assert (caught.value.code, caught.value.tiktok_message) == ("tiktok_reference_refused", "order not found")


# -- carriers --------------------------------------------------------------------------------------------------------


def test_all_carriers_are_gathered_over_the_options_that_have_any(tiktok: responses.RequestsMock) -> None:
    api = "https://api.test/logistics/202309"
    sales, returns = {"id": "1", "type": "SALES_WAREHOUSE"}, {"id": "9", "type": "RETURN_WAREHOUSE"}
    own, theirs = {"id": "2", "type": "SEND_BY_SELLER"}, {"id": "3", "type": "STANDARD"}
    providers = [{"id": "77", "name": "UPS"}, {"id": "78", "name": "dhl"}, {"id": "77", "name": "UPS"}]
    get = {"method": "GET"}
    answers(tiktok, {"json": ok(delivery_options=[own, theirs])}, url=f"{api}/warehouses/1/delivery_options", **get)
    answers(tiktok, {"json": ok(warehouses=[sales, returns])}, url=f"{api}/warehouses?", **get)
    answers(tiktok, {"json": ok(shipping_providers=providers)}, url=f"{api}/delivery_options/2/", **get)
    answers(tiktok, {"json": {"code": 36009004, "message": "by TikTok"}}, url=f"{api}/delivery_options/3/", **get)
    found = make_client().all_shipping_providers()
    assert [(provider.id, provider.name) for provider in found] == [("78", "dhl"), ("77", "UPS")]


# -- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"code": 12345, "message": "no", "data": {"access_token": "ACCESS-OLD"}}},
        {"json": BUSY},
        {"json": EXPIRED},
        {"body": requests.ConnectionError("https://api.test/?sign=1")},
        {"body": "<html>"},
    ],
)
def test_no_token_secret_or_signature_shows_anywhere(
    tiktok: responses.RequestsMock, caplog: pytest.LogCaptureFixture, answer: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    answers(tiktok, answer)
    client = make_client(renew_tokens=lambda old: make_tokens("ACCESS-NEW", "REFRESH-NEW"))
    with pytest.raises((TryLater, NeedsMerchant)) as caught:
        client.search_orders()
    error = caught.value
    sign = re.search(r"sign=(\w+)", str(tiktok.calls[0].request.url))
    assert sign is not None
    values = (client, client.app, client.tokens, APP, error, error.exchange)
    shown = "".join(traceback.format_exception(error)) + caplog.text + repr(values)
    for secret in ("APP-SECRET", "ACCESS-", "REFRESH-", sign[1]):
        assert secret not in shown
