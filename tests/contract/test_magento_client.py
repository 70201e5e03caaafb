"""Every request that the Magento client sends is one that a real Magento's schema knows, to the last field."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import responses
from magento_schema import Schema

from connector.domain.booking import ProductOption
from connector.domain.customers import NewCustomer
from connector.domain.magento_order import MagentoTrack
from connector.domain.settings import ShopSettings
from connector.magento.addresses import OrderAddress
from connector.magento.client import MagentoClient, MagentoCredentials
from connector.magento.documents import correct_document, create_document
from connector.magento.probes import CUSTOMERS, PERMISSIONS
from connector.magento.transport import Transport
from sandbox.magento import rest  # noqa: F401  (importing it registers the routes)
from sandbox.magento.routing import find


def _bookings() -> Any:
    path = Path(__file__).parents[1] / "magento" / "bookings.py"
    spec = importlib.util.spec_from_file_location("magento_bookings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


B = _bookings()
D = Decimal
SINCE = datetime(2026, 11, 23, tzinfo=UTC)
TRACK = MagentoTrack(track_number="1Z999", title="UPS", carrier_code="ups")
OPTIONS = [
    ProductOption(kind="configurable", option_id="93", values=("50",)),
    ProductOption(kind="bundle", option_id="4", values=("8", "9"), quantity=2),
    ProductOption(kind="custom", option_id="7", values=("1",)),
    ProductOption(kind="downloadable", option_id="links", values=("1", "2")),
]
#: A booking in which every optional amount is there.
RICH = B.make_booking(
    currency="GBP",
    base_rate=D("1.25"),
    rows=(
        B.make_row(discount_tax_compensation_amount=D("0.33"), base_discount_tax_compensation_amount=D("0.41")),
        B.make_row(sku="MUG-01", product_id=None, product_type="virtual"),
    ),
    totals=B.make_totals(
        discount_tax_compensation_amount=D("0.33"), shipping_tax_amount=D("0.40"), shipping_discount_amount=D("0.99")
    ),
)
FIXED = ShopSettings(customer_mode="fixed", fixed_customer_id=7)
NEW_CUSTOMER = NewCustomer(email="v1@scs.tiktokw.us", firstname="Ada", lastname="Buyer", website_id=1)
IDS = {"TEE-RED-M": 21, "MUG-01": 22}


def created(booking: Any, settings: ShopSettings) -> dict[str, Any]:
    address = B.replace(B.ADDRESS, vat_id="12345678909")
    return create_document(B.make_order(), booking, address, settings=settings, increment_id="TT-1", store_id=1)


def corrected(booking: Any) -> dict[str, Any]:
    return correct_document(25, IDS, booking, B.make_order(), settings=ShopSettings())


Call = Callable[[MagentoClient], Any]

#: method of the client -> ways of calling it
CALLS: dict[str, list[Call]] = {
    "create_cart": [lambda m: m.create_cart()],
    "add_cart_item": [
        lambda m: m.add_cart_item(1, "MUG-01", 3),
        lambda m: m.add_cart_item(1, "CHEESE", D("0.25"), OPTIONS),
    ],
    "store_id_of_cart": [lambda m: m.store_id_of_cart(1)],
    "cart_items": [lambda m: m.cart_items(1)],
    "delete_cart_item": [lambda m: m.delete_cart_item(1, 2)],
    "set_shipping_information": [
        lambda m: m.set_shipping_information(1, B.ADDRESS, "flatrate", "flatrate", email="b@example.com"),
        lambda m: m.set_shipping_information(
            1,
            B.replace(B.ADDRESS, region="", region_code="", region_id=None, vat_id="1"),
            "a",
            "b",
            email="b@example.com",
        ),
    ],
    "set_billing_address": [lambda m: m.set_billing_address(1, B.ADDRESS, email="b@example.com")],
    "place_cart": [lambda m: m.place_cart(1, "checkmo")],
    "get_order": [lambda m: m.get_order(13)],
    "find_order_by_quote": [lambda m: m.find_order_by_quote(1)],
    "find_order_by_increment_id": [
        lambda m: m.find_order_by_increment_id("TT-1"),
        lambda m: m.find_order_by_increment_id("TT-1", 2),
    ],
    "find_orders_by_ext_order_id": [lambda m: m.find_orders_by_ext_order_id("577001")],
    "find_orders_that_name": [
        lambda m: m.find_orders_that_name("577001"),
        lambda m: m.find_orders_that_name("577001", "customer_note"),
    ],
    "has_order_with_status": [lambda m: m.has_order_with_status("tiktok_shipped")],
    "create_order": [
        lambda m: m.create_order(created(B.make_booking(), ShopSettings())),
        lambda m: m.create_order(created(RICH, FIXED)),
    ],
    "correct_order": [
        lambda m: m.correct_order(corrected(B.make_booking())),
        lambda m: m.correct_order(corrected(RICH)),
    ],
    "cancel": [lambda m: m.cancel(11)],
    "hold": [lambda m: m.hold(12)],
    "unhold": [lambda m: m.unhold(12)],
    "add_comment": [
        lambda m: m.add_comment(12, "hello"),
        lambda m: m.add_comment(12, "hello", status="pending", visible=True),
    ],
    "marketplace_orders_updated_since": [lambda m: list(m.marketplace_orders_updated_since(SINCE))],
    "invoice": [lambda m: m.invoice(10), lambda m: m.invoice(10, capture=False)],
    "ship": [lambda m: m.ship(10), lambda m: m.ship(10, {8: 1}, [TRACK], source_code="default")],
    "add_track": [lambda m: m.add_track(10, 1, TRACK)],
    "delete_track": [lambda m: m.delete_track(4)],
    "shipments_of": [lambda m: m.shipments_of(10)],
    "shipments_of_orders": [lambda m: m.shipments_of_orders([13, 14])],
    "shipments_updated_since": [lambda m: list(m.shipments_updated_since(SINCE))],
    "refund": [
        lambda m: m.refund(25),
        lambda m: m.refund(
            13,
            {11: 3, 12: D("0.5")},
            shipping_amount=D("3.99"),
            return_to_stock=[11],
            adjustment_positive=D("1.00"),
            adjustment_negative=D("0.50"),
        ),
    ],
    "creditmemos_of": [lambda m: m.creditmemos_of(13)],
    "products_by_sku": [lambda m: m.products_by_sku(["TEE-RED-M", "A,B", "C"])],
    "products_by_attribute": [lambda m: m.products_by_attribute("tiktok_sku", ["T-1"])],
    "products_updated_since": [lambda m: list(m.products_updated_since(SINCE))],
    "choices_of": [lambda m: m.choices_of("DESK/SET 1")],
    "website_ids_of": [lambda m: m.website_ids_of("MUG-01")],
    "stock_id": [lambda m: m.stock_id("base")],
    "salable_quantity": [lambda m: m.salable_quantity("MUG 01", 1)],
    "order_addresses": [lambda m: m.order_addresses(13)],
    "update_address": [
        lambda m: m.update_address(
            13, OrderAddress(entity_id=4, address_type="billing", email="b@example.com", address=B.ADDRESS), B.ADDRESS
        )
    ],
    "search_products": [lambda m: m.search_products("mug")],
    "find_customers": [lambda m: m.find_customers("v1+2@scs.tiktokw.us")],
    "create_customer": [
        lambda m: m.create_customer(NEW_CUSTOMER),
        lambda m: m.create_customer(B.replace(NEW_CUSTOMER, store_id=1, group_id=2)),
    ],
    "regions": [lambda m: m.regions("US")],
    "currency_rates": [lambda m: m.currency_rates()],
    "store_views": [lambda m: m.store_views()],
    "website_codes": [lambda m: m.website_codes()],
    "store_configs": [lambda m: m.store_configs()],
    "sellable_skus": [lambda m: m.sellable_skus()],
    "inventory_sources": [lambda m: m.inventory_sources()],
}

#: What Magento answers, by method and the path's end; the first that fits.
ANSWERS: list[tuple[str, str, Any]] = [
    ("DELETE", "", True),
    ("POST", r"/(cancel|hold|unhold|comments)$", True),
    ("POST", r"/(invoice|ship|refund)$|/carts/$", "1"),
    ("PUT", r"/order$", "13"),
    ("POST", r"/billing-address$", "1"),
    ("GET", r"/stock-resolver/", {"stock_id": 1}),
    ("GET", r"/get-product-salable-quantity/", 3),
    ("PUT", r"/orders/\d+$", {"entity_id": 4}),
    ("POST", r"/carts/\d+/items$", {"item_id": 1, "sku": "MUG-01", "qty": 3}),
    ("POST", r"/shipping-information$", {"payment_methods": [], "totals": {}}),
    ("GET", r"/carts/\d+$", {"store_id": 1}),
    ("GET", r"/carts/\d+/\w|/store/", []),
    ("GET", r"/directory/currency$", {"base_currency_code": "USD", "exchange_rates": []}),
    ("GET", r"/directory/", {"id": "US"}),
    ("GET", r"/(orders|invoices)/\d+$", {"entity_id": 13, "order_id": 13}),
    ("GET", "", {"items": [], "total_count": 0}),
    ("POST", "/customers$", {"id": 5, "email": "v1@scs.tiktokw.us", "group_id": 1, "website_id": 1}),
    ("POST", "", {"entity_id": 13, "order_id": 13}),
]


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema.load()


@pytest.fixture
def sent() -> Any:
    """All requests, each answered somehow."""

    def answered(request: Any) -> tuple[int, dict[str, str], str]:
        path = request.url.partition("?")[0]
        answer = next(body for method, end, body in ANSWERS if method == request.method and re.search(end, path))
        return 200, {}, json.dumps(answer)

    with responses.RequestsMock() as mock:
        for method in {method for method, _, _ in ANSWERS}:
            mock.add_callback(method, re.compile("https://store"), answered, content_type="application/json")
        mock.assert_all_requests_are_fired = False
        yield mock.calls


@pytest.mark.parametrize("code", [None, "default"])
@pytest.mark.parametrize(
    "call", [pytest.param(call, id=f"{name}-{n}") for name, calls in CALLS.items() for n, call in enumerate(calls)]
)
def test_every_request_is_one_that_magento_knows(call: Call, code: str | None, schema: Schema, sent: Any) -> None:
    client = MagentoClient("https://store.example/shop", MagentoCredentials(access_token="t"), store_view_code=code)
    call(client)
    assert len(sent) >= 1
    for one in sent:
        body = json.loads(one.request.body, parse_float=Decimal) if one.request.body else None
        assert list(schema.faults(one.request.method, one.request.url, body)) == []


def test_every_call_of_the_client_is_checked_here() -> None:
    own = {name for name, _ in inspect.getmembers(Transport, inspect.isfunction)}
    public = {
        name
        for name, _ in inspect.getmembers(MagentoClient, inspect.isfunction)
        if not name.startswith("_") and name not in own
    }
    # /magento_version is a page, no REST; a probe of a permission sends too little on purpose, so that nothing comes of it.
    assert public == set(CALLS) | {"version", "may"}


def test_the_store_check_asks_for_every_permission_that_a_call_needs_and_no_other(sent: Any) -> None:
    client = MagentoClient("https://store.example", MagentoCredentials(access_token="t"))
    needed = set()
    for call in itertools.chain(*CALLS.values()):
        call(client)
    for one in sent:
        found = find(one.request.method, urlsplit(one.request.url).path.removeprefix("/rest"))
        assert found is not None, one.request.url
        needed.add(found[0].resource)
    # The countries are everybody's; the store views are looked at first; customers, where a setting wants them.
    elsewhere = {None, "Magento_Backend::store", CUSTOMERS.resource}
    assert needed - elsewhere == {permission.resource for permission in PERMISSIONS}


# -- the judge itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url", "body", "fault"),
    [
        ("GET", "https://s/rest/V1/nope", None, "GET /V1/nope is not in the schema"),
        ("POST", "https://s/rest/V1/orders/x/cancel", None, "path id is 'x', not an integer"),
        ("POST", "https://s/rest/V1/orders/1/cancel", {"a": 1}, "there is a body, but the operation takes none"),
        ("GET", "https://s/rest/V1/orders?page=1", None, "query parameter page is unknown"),
        (
            "GET",
            "https://s/rest/V1/orders?searchCriteria[pageSize]=many",
            None,
            "searchCriteria[pageSize] is 'many', not an integer",
        ),
        ("POST", "https://s/rest/V1/orders", {"foo": 1}, "body.foo is unknown"),
        ("POST", "https://s/rest/V1/orders", {}, "body.entity is required"),
        ("POST", "https://s/rest/V1/orders", None, "the body is missing"),
        ("POST", "https://s/rest/V1/orders", {"entity": {"bogus_field": 1}}, "body.entity.bogus_field is unknown"),
        (
            "POST",
            "https://s/rest/V1/orders",
            {"entity": {"grand_total": "46.29"}},
            "body.entity.grand_total is '46.29', not number",
        ),
        (
            "POST",
            "https://s/rest/V1/orders",
            {"entity": {"items": [{"price": D(1)}]}},
            "body.entity.items[0].sku is required",
        ),
        (
            "POST",
            "https://s/rest/V1/carts/1/items",
            {"cartItem": {"sku": "A", "qty": 1, "quoteId": 1}},
            "body.cart_item.quote_id is 1, not string",
        ),
    ],
)
def test_the_judge_finds_what_is_wrong(method: str, url: str, body: Any, fault: str, schema: Schema) -> None:
    assert fault in list(schema.faults(method, url, body))


def test_only_fields_that_accepted_requests_left_out_may_be_left_out(schema: Schema) -> None:
    placed, addressed = "POST /V1/orders", "POST /V1/carts/{cartId}/shipping-information"
    assert (placed, "sales-data-order-payment-interface", "account_status") in schema.optional  # 22, 95
    assert (addressed, "quote-data-address-interface", "region") in schema.optional  # 80
    assert (placed, "sales-data-order-payment-interface", "method") not in schema.optional
    assert (placed, "sales-data-order-item-interface", "sku") not in schema.optional
    assert (addressed, "quote-data-address-interface", "city") not in schema.optional
