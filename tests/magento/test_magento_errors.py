"""Magento's error answers, as recorded, each become the error that tells what to do next."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import responses

from connector.domain.errors import Conflict, ConnectorError, NeedsMerchant, RateLimited, TryLater
from connector.domain.magento_order import MagentoTrack
from connector.domain.postal import PostalAddress
from connector.http import CallFailed
from connector.magento import errors
from connector.magento.client import MagentoClient, MagentoCredentials
from connector.magento.refusals import fill, message_of
from tests.support.reference import RECORDINGS

STORE = "https://store.example/shop"
ADA = PostalAddress(
    firstname="Ada",
    lastname="Buyer",
    street=("1 Main St",),
    city="Austin",
    postcode="73301",
    country_id="US",
    telephone="+15125550100",
    region_id=57,
)
NO_SUCH_PRODUCT = {"message": "The product that was requested doesn't exist. Verify the product and try again."}
NO_SUCH_ENTITY = {"message": "The entity that was requested doesn't exist. Verify the entity and try again."}

Call = Callable[[MagentoClient], Any]

#: recording, status, body as recorded, the call that got it, the error, a part of its sentence
RECORDED: list[tuple[str, int, dict[str, Any], Call, type[ConnectorError], str]] = [
    ("04", 404, NO_SUCH_PRODUCT, lambda m: m.add_cart_item(1, "NOPE", 1), errors.ProductNotFound, "SKU NOPE"),
    ("09", 404, NO_SUCH_ENTITY, lambda m: m.get_order(999999), errors.NotFound, "no such entry"),
    (
        "10",
        400,
        {"message": "Decoding error: \nUnable to unserialize value. Error: Syntax error"},
        lambda m: m.create_order({}),
        errors.Refused,
        "Decoding error: Unable to unserialize value. Error: Syntax error",
    ),
    (
        "11",
        400,
        {"message": '"%fieldName" is required. Enter and try again.', "parameters": {"fieldName": "entity"}},
        lambda m: m.create_order({}),
        errors.Refused,
        '"entity" is required.',
    ),
    (
        "12",
        400,
        {
            "message": '"%fieldName" is not supported. Correct the field name and try again.',
            "parameters": {"fieldName": "BogusField"},
        },
        lambda m: m.create_order({}),
        errors.Refused,
        '"BogusField" is not supported.',
    ),
    (
        "13",
        404,
        {"message": "Request does not match any route."},
        lambda m: m.inventory_sources(),
        errors.StoreAddressWrong,
        "does not have the part",
    ),
    (
        "21",
        400,
        {"message": "Unique constraint violation found"},
        lambda m: m.create_order({}),
        errors.UniqueNumberTaken,
        "already has an order with this number",
    ),
    (
        "41",
        400,
        {
            "message": "Invoice Document Validation Error(s):\nThe invoice can't be created without products. Add products"
            " and try again.\nThe order does not allow an invoice to be created."
        },
        lambda m: m.invoice(10),
        errors.AlreadyInvoiced,
        "nothing to invoice",
    ),
    (
        "45",
        400,
        {
            "message": "Shipment Document Validation Error(s):\nThe order does not allow a shipment to be created.\n"
            "You can't create a shipment without products."
        },
        lambda m: m.ship(10),
        errors.AlreadyShipped,
        "nothing to ship",
    ),
    ("57", 404, NO_SUCH_ENTITY, lambda m: m.cancel(9999999), errors.NotFound, "no such entry"),
    ("62", 404, NO_SUCH_PRODUCT, lambda m: m.add_cart_item(1, "NOPE", 3), errors.ProductNotFound, "SKU NOPE"),
    (
        "63",
        400,
        {"message": "The requested qty is not available"},
        lambda m: m.add_cart_item(1, "HAT-07", 3000),
        errors.OutOfStock,
        "enough stock of HAT-07",
    ),
    (
        "68",
        404,
        {
            "message": "No such entity with %fieldName = %fieldValue",
            "parameters": {"fieldName": "cartId", "fieldValue": 1},
        },
        lambda m: m.place_cart(1, "checkmo"),
        errors.CartGone,
        "no longer exists",
    ),
    (
        "81",
        400,
        {
            "message": "Please check the shipping address information. %1",
            "parameters": ['"regionId" is required. Enter and try again.'],
        },
        lambda m: m.place_cart(3, "checkmo"),
        errors.RegionRefused,
        "state or province",
    ),
    (
        "83",
        404,
        {"message": "Carrier with such method not found: %1, %2", "parameters": ["ups", "GND"]},
        lambda m: m.set_shipping_information(4, ADA, "ups", "GND", email="b@example.com"),
        errors.UnknownShippingMethod,
        "ups_GND",
    ),
    (
        "84",
        400,
        {"message": "The requested Payment Method is not available."},
        lambda m: m.place_cart(4, "nope"),
        errors.UnknownPaymentMethod,
        "payment method nope",
    ),
    (
        "94",
        500,
        {
            "message": "SQLSTATE[42S22]: Column not found: 1054 Unknown column 'nope' in 'WHERE', query was: SELECT "
            "`main_table`.* FROM `sales_order` AS `main_table` WHERE ((`nope` = '1'))",
            "code": 42,
        },
        lambda m: m.products_by_attribute("nope", ["1"]),
        errors.UnknownFilterField,
        "does not have: nope",
    ),
]


@pytest.fixture
def client() -> MagentoClient:
    return MagentoClient(STORE, MagentoCredentials(access_token="top-secret"))


@pytest.fixture
def oauth_client() -> MagentoClient:
    return MagentoClient(
        STORE,
        MagentoCredentials(consumer_key="ck", consumer_secret="cs", access_token="at", access_token_secret="ats"),
    )


def answer_everything(mocked: responses.RequestsMock, **answer: Any) -> None:
    import re

    for method in (responses.GET, responses.POST, responses.PUT, responses.DELETE):
        mocked.add(method, re.compile(r"https://store\.example/.*"), **answer)


@pytest.fixture
def mocked() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def raised(call: Call, client: MagentoClient) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        call(client)
    return caught.value


@pytest.mark.parametrize(
    ("recording", "status", "body", "call", "error", "sentence"), RECORDED, ids=[row[0] for row in RECORDED]
)
def test_a_recorded_refusal_becomes_the_error_that_says_what_to_do(
    recording: str,
    status: int,
    body: dict[str, Any],
    call: Call,
    error: type[ConnectorError],
    sentence: str,
    client: MagentoClient,
    mocked: responses.RequestsMock,
) -> None:
    answer_everything(mocked, json=body, status=status)
    caught = raised(call, client)
    assert type(caught) is error
    assert sentence in caught.message
    assert "%" not in caught.message
    assert caught.code.startswith("magento_")
    assert caught.remedy
    assert caught.exchange is not None
    assert caught.exchange.status == status
    assert "top-secret" not in repr(caught.exchange)
    assert "Main St" not in repr(caught.exchange)


@pytest.mark.parametrize("row", RECORDED, ids=[row[0] for row in RECORDED])
def test_the_refusals_here_are_the_recorded_ones(row: tuple[str, int, dict[str, Any], Call, type, str]) -> None:
    (recording,) = RECORDINGS.glob(f"{row[0]}-*.json")
    answer = json.loads(recording.read_text())["response"]
    assert (answer["status"], answer["body"]) == (row[1], row[2])


def test_no_recorded_refusal_is_missing_here() -> None:
    elsewhere = {"07", "08", "25"}  # unauthorized (below), and 21 once more
    refused = {
        path.name[:2] for path in RECORDINGS.glob("*.json") if json.loads(path.read_text())["response"]["status"] >= 400
    }
    assert refused == {row[0] for row in RECORDED} | elsewhere


@pytest.mark.parametrize(
    ("error", "group"),
    [
        (errors.UniqueNumberTaken, Conflict),
        (errors.CustomerExists, Conflict),
        (errors.CartGone, Conflict),
        (errors.AlreadyInvoiced, Conflict),
        (errors.NotFound, Conflict),
        (errors.ProductNotFound, NeedsMerchant),
        (errors.OutOfStock, NeedsMerchant),
        (errors.Refused, NeedsMerchant),
        (errors.NotAuthorized, NeedsMerchant),
        (errors.BadAnswer, TryLater),
        (errors.Unavailable, TryLater),
    ],
)
def test_errors_are_grouped_by_what_to_do_next(error: type[ConnectorError], group: type[ConnectorError]) -> None:
    assert issubclass(error, group)


# -- 401 -------------------------------------------------------------------------------------------------------------

NOT_AUTHORIZED = {
    "message": "The consumer isn't authorized to access %resources.",
    "parameters": {"resources": "Magento_Sales::actions_view"},
}


def test_a_refused_bearer_token_names_all_three_causes(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    answer_everything(mocked, json=NOT_AUTHORIZED, status=401)
    caught = raised(lambda m: m.get_order(1), client)
    assert isinstance(caught, errors.NotAuthorized)
    assert caught.subject == "Magento_Sales::actions_view"
    assert "access token is wrong" in caught.remedy
    assert "standalone Bearer tokens" in caught.remedy
    assert "lacks the permission Magento_Sales::actions_view" in caught.remedy


def test_with_oauth_the_same_answer_can_only_mean_a_missing_permission(
    oauth_client: MagentoClient, mocked: responses.RequestsMock
) -> None:
    answer_everything(mocked, json=NOT_AUTHORIZED, status=401)
    caught = raised(lambda m: m.get_order(1), oauth_client)
    assert isinstance(caught, errors.NotAuthorized)
    assert caught.code == "magento_permission_missing"
    assert "Bearer" not in caught.remedy


def test_a_wrong_secret_is_told_apart(oauth_client: MagentoClient, mocked: responses.RequestsMock) -> None:
    answer_everything(mocked, json={"message": "The signature is invalid. Verify and try again."}, status=401)
    caught = raised(lambda m: m.get_order(1), oauth_client)
    assert isinstance(caught, errors.SignatureInvalid)
    assert "secret" in caught.message


def test_a_nonce_seen_before_is_tried_again(oauth_client: MagentoClient, mocked: responses.RequestsMock) -> None:
    body = {"message": "The nonce is already being used by the consumer with ID %1.", "parameters": ["4"]}
    answer_everything(mocked, json=body, status=401)
    assert isinstance(raised(lambda m: m.get_order(1), oauth_client), errors.NonceUsed)


# -- wordings that no recording has, from Magento's sources ----------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("Not all of your products are available in the requested quantity.", errors.OutOfStock),
        ("Some of the products are out of stock.", errors.OutOfStock),
        ("This product is out of stock.", errors.OutOfStock),
        ('We don\'t have as many "Mug" as you requested.', errors.OutOfStock),
        ("Product that you are trying to add is not available.", errors.ProductUnavailable),
        ("The shipping method is missing. Select the shipping method and try again.", errors.UnknownShippingMethod),
        ("Please check the shipping address information. The city is wrong.", errors.AddressRefused),
        ("A hold action is not available.", errors.WrongState),
        # app/code/Magento/Customer/Model/AccountManagement.php; 2.1 and 2.2 leave out "address"
        (
            "A customer with the same email address already exists in an associated website.",
            errors.CustomerExists,
        ),
        ("A customer with the same email already exists in an associated website.", errors.CustomerExists),
        ("You cannot remove the hold.", errors.WrongState),
        (
            "Invoice Document Validation Error(s):\nAn invoice cannot be created when an order has a status of holded\n"
            "The invoice can't be created without products. Add products and try again.",
            errors.WrongState,
        ),
        ("An invoice cannot be created when an order has a status of complete", errors.AlreadyInvoiced),
        ("A shipment cannot be created when an order has a status of canceled", errors.WrongState),
        ("A creditmemo can not be created when an order has a status of closed", errors.AlreadyRefunded),
        ("A creditmemo can not be created when an order has a status of holded", errors.WrongState),
        ("The order does not allow a creditmemo to be created.", errors.WrongState),
        (
            "Creditmemo Document Validation Error(s):\nWe can't create creditmemo for the order.\nThe most money "
            "available to refund is 0.",
            errors.AlreadyRefunded,
        ),
        ("Could not save an invoice, see error log for details", errors.NotSaved),
        ("Could not save a shipment, see error log for details", errors.NotSaved),
        ("Could not save a Creditmemo, see error log for details", errors.NotSaved),
    ],
)
def test_other_wordings_of_magento_are_recognised(
    message: str, error: type[ConnectorError], client: MagentoClient, mocked: responses.RequestsMock
) -> None:
    answer_everything(mocked, json={"message": message}, status=400)
    assert type(raised(lambda m: m.add_cart_item(1, "MUG-01", 1), client)) is error


# -- odd answers -----------------------------------------------------------------------------------------------------

HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        ({"body": HTML, "status": 502, "content_type": "text/html"}, errors.Unavailable, "magento_unavailable"),
        ({"body": HTML, "status": 200, "content_type": "text/html"}, errors.BadAnswer, "magento_answer_not_json"),
        ({"body": HTML, "status": 404, "content_type": "text/html"}, errors.BadAnswer, "magento_answer_not_json"),
        ({"body": "[]", "status": 200, "content_type": "text/plain"}, errors.BadAnswer, "magento_answer_not_json"),
        (
            {"body": '{"entity_id": 1, "incre', "status": 200, "content_type": "application/json"},
            errors.BadAnswer,
            "magento_answer_cut",
        ),
        ({"body": "", "status": 200, "content_type": "application/json"}, errors.BadAnswer, "magento_answer_empty"),
        ({"body": "", "status": 200, "content_type": "text/html"}, errors.BadAnswer, "magento_answer_empty"),
        ({"json": {"items": []}, "status": 200}, errors.BadAnswer, "magento_answer_incomplete"),
        ({"json": ["no", "order"], "status": 200}, errors.BadAnswer, "magento_answer_incomplete"),
        (
            {"json": {"entity_id": 1, "grand_total": "NaN"}, "status": 200},
            errors.BadAnswer,
            "magento_answer_incomplete",
        ),
        ({"json": {"message": "Internal Error"}, "status": 500}, errors.Unavailable, "magento_unavailable"),
        ({"json": {"message": "Service down"}, "status": 503}, errors.Unavailable, "magento_unavailable"),
        ({"json": {"message": "Too Many Requests"}, "status": 429}, RateLimited, "magento_rate_limited"),
        ({"body": HTML, "status": 429, "content_type": "text/html"}, RateLimited, "magento_rate_limited"),
    ],
)
def test_an_odd_answer_is_tried_again_later(
    answer: dict[str, Any],
    error: type[ConnectorError],
    code: str,
    client: MagentoClient,
    mocked: responses.RequestsMock,
) -> None:
    answer_everything(mocked, **answer)
    caught = raised(lambda m: m.get_order(1), client)
    assert type(caught) is error
    assert isinstance(caught, TryLater)
    assert caught.code == code


def test_how_long_to_wait_is_taken_from_the_answer(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    answer_everything(mocked, json={"message": "slow down"}, status=429, headers={"Retry-After": "17"})
    caught = raised(lambda m: m.get_order(1), client)
    assert isinstance(caught, TryLater)
    assert caught.after == 17


def test_a_broken_connection_says_whether_the_work_may_have_been_done(
    client: MagentoClient, mocked: responses.RequestsMock
) -> None:
    import requests

    answer_everything(mocked, body=requests.ReadTimeout())
    caught = raised(lambda m: m.place_cart(1, "checkmo"), client)
    assert isinstance(caught, CallFailed)
    assert caught.maybe_done


def test_a_redirect_is_not_followed_but_named(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    answer_everything(mocked, status=301, headers={"Location": "https://www.store.example/shop/rest/V1/orders/1"})
    caught = raised(lambda m: m.get_order(1), client)
    assert isinstance(caught, errors.StoreAddressWrong)
    assert "https://www.store.example/shop." in caught.message
    assert len(mocked.calls) == 1


def test_a_password_before_magento_is_the_merchants(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    answer_everything(mocked, body="<h1>401</h1>", status=401, content_type="text/html")
    assert isinstance(raised(lambda m: m.get_order(1), client), errors.PasswordProtected)


def test_nothing_is_tried_twice_in_secret(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    answer_everything(mocked, json={"message": "Internal Error"}, status=500)
    raised(lambda m: m.add_track(1, 1, MagentoTrack(track_number="1Z", carrier_code="ups")), client)
    assert len(mocked.calls) == 1


# -- placeholders ----------------------------------------------------------------------------------------------------


def test_placeholders_are_filled_from_lists_and_objects() -> None:
    assert fill("%1, %2 and %3", ["a", "b"]) == "a, b and %3"
    assert fill("%name of %nameless", {"name": "x"}) == "x of %nameless"
    assert fill("%11 %1", [str(number) for number in range(1, 12)]) == "11 1"
    assert fill("100% sure", None) == "100% sure"
    assert fill("%1", {"1": "one"}) == "one"


def test_a_value_that_magento_quotes_back_stays_out_of_the_sentence() -> None:
    assert fill("%fieldName = %fieldValue", {"fieldName": "email", "fieldValue": "ada@example.com"}) == "email = …"
    assert fill("%fieldName = %fieldValue", {"fieldName": "cartId", "fieldValue": 7}) == "cartId = 7"


def test_several_errors_in_one_answer_are_all_said() -> None:
    body = {
        "message": "One or more input exceptions have occurred.",
        "errors": [
            {"message": '"%fieldName" is required.', "parameters": {"fieldName": "city"}},
            {"message": "The %1 is wrong.", "parameters": ["postcode"]},
        ],
    }
    assert message_of(body) == (
        'One or more input exceptions have occurred. "city" is required. The postcode is wrong.'
    )
    assert message_of(["not", "an", "object"]) == ""
