"""connector.tiktok.orders: whatever TikTok adds to its orders, an order is read, and none is read wrongly."""

from __future__ import annotations

import copy
import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktok_shop_api.generated.models import (
    CombinedListingSku,
    DistrictInfo,
    GetOrderDetailResponseDataOrder,
    GetOrderDetailResponseDataOrderLineItem,
    GetOrderDetailResponseDataOrderLineItemItemTax,
    GetOrderDetailResponseDataOrderRecipientAddress,
    SubItemInfo,
)
from tiktok_shop_api.generated.models import Payment as DocumentedPayment

from connector.domain.errors import NeedsMerchant
from connector.domain.order import BundlePart, District, LineItem, Order, Payment, Recipient
from connector.tiktok import schemas
from connector.tiktok.fulfilment_calls import order_lines
from connector.tiktok.orders import UnreadableDocument, order_from_document
from connector.tiktok.values import from_unix, to_unix

from .factories import make_document, make_line

WHOLE: dict[str, Any] = {
    "id": "576461413038785752",
    "status": "AWAITING_SHIPMENT",
    "create_time": 1764000000,
    "update_time": 1764000060,
    "paid_time": 1764000010,
    "rts_time": 1764000020,
    "delivery_time": 1764000030,
    "cancel_time": 1764000040,
    "rts_sla_time": 1764000050,
    "tts_sla_time": 1764000051,
    "shipping_due_time": 1764000052,
    "collection_due_time": 1764000053,
    "delivery_due_time": 1764000054,
    "cancel_order_sla_time": 1764000055,
    "release_date": 1764000056,
    "fulfillment_type": "FULFILLMENT_BY_TIKTOK",
    "shipping_type": "TIKTOK",
    "order_type": "PRE_ORDER",
    "delivery_option_name": "Standard",
    "buyer_email": "x@scs.tiktokw.us",
    "buyer_message": "Bitte klingeln",
    "buyer_nickname": "nick",
    "user_id": "70",
    "seller_note": "fragile",
    "cancel_reason": "ordered by mistake",
    "cancellation_initiator": "BUYER",
    "cpf": "123",
    "cpf_name": "João",
    "warehouse_id": "w",
    "tracking_number": "1Z999",
    "shipping_provider": "UPS",
    "shipping_provider_id": "77",
    "split_or_combine_tag": "SPLIT",
    "packages": [{"id": "p1"}, {"id": "p2"}],
    "is_cod": True,
    "is_on_hold_order": True,
    "is_sample_order": True,
    "is_replacement_order": True,
    "replaced_order_id": "1",
    "is_exchange_order": True,
    "exchange_source_order_id": "2",
    "is_buyer_request_cancel": True,
    "payment": {
        "currency": "USD",
        "total_amount": "31.47",
        "sub_total": "26.00",
        "original_total_product_price": "30.00",
        "seller_discount": "3.00",
        "platform_discount": "1.00",
        "payment_platform_discount": "0.10",
        "payment_discount_service_fee": "0.20",
        "shipping_fee": "2.99",
        "original_shipping_fee": "5.99",
        "shipping_fee_seller_discount": "1.00",
        "shipping_fee_platform_discount": "1.50",
        "shipping_fee_cofunded_discount": "0.50",
        "tax": "2.20",
        "product_tax": "2.00",
        "shipping_fee_tax": "0.20",
        "retail_delivery_fee": "0.28",
        "handling_fee": "0",
    },
    "recipient_address": {
        "name": "Ana María López",
        "first_name": "Ana María",
        "last_name": "López",
        "phone_number": "(+1)2015550123",
        "region_code": "US",
        "postal_code": "90001",
        "address_line1": "1 Elm St",
        "address_line2": "Apt 2",
        "address_line3": "c",
        "address_line4": "d",
        "address_detail": "1 Elm St Apt 2",
        "full_address": "United States, California, Los Angeles, 1 Elm St Apt 2",
        "post_town": "LA",
        "district_info": [
            {"address_level": "L0", "address_level_name": "country", "address_name": "United States", "iso_code": "US"},
            {"address_level": "L1", "address_level_name": "state", "address_name": "California", "iso_code": "CA"},
        ],
    },
    "line_items": [
        {
            "id": "11",
            "sku_id": "s1",
            "seller_sku": "MUG-RED",
            "product_id": "p",
            "product_name": "Mug",
            "sku_name": "Red",
            "sku_image": "https://img.test/1",
            "original_price": "30.00",
            "sale_price": "26.00",
            "seller_discount": "3.00",
            "platform_discount": "1.00",
            "item_tax": [
                {"tax_type": "SALES_TAX", "tax_amount": "1.25", "tax_rate": "0.05"},
                {"tax_type": "SALES_TAX", "tax_amount": "0.75"},
            ],
            "retail_delivery_fee": "0.28",
            "pfand_fee": "0.25",
            "shipping_vat_amount": "0.47",
            "shipping_vat_rate": "19%",
            "is_gift": True,
            "display_status": "CANCELLED",
            "package_id": "p1",
            "package_status": "TO_FULFILL",
            "tracking_number": "1Z999",
            "shipping_provider_id": "77",
            "shipping_provider_name": "UPS",
            "cancel_reason": "ordered by mistake",
            "cancel_user": "BUYER",
            "combined_listing_skus": [
                {"sku_id": "a", "sku_count": 2, "product_id": "pa", "seller_sku": "CUP"},
                {"sku_id": "b", "sku_count": 1, "product_id": "pb", "seller_sku": ""},
            ],
            "sub_item_info": [{"id": "s1", "sku_id": "b", "seller_sku": "SAUCER"}],
        }
    ],
}


def names_of(schema: Any, *kinds: type) -> set[str]:
    return {name for name, field in schema().fields.items() if isinstance(field, kinds)}


FEES, LINE_FEES = (names_of(schema, schemas.Fee) for schema in (schemas.PaymentSchema, schemas.LineItemSchema))
MONEY = names_of(schemas.PaymentSchema, schemas.Amount) | FEES
LINE_MONEY = names_of(schemas.LineItemSchema, schemas.Amount) | LINE_FEES


def without_defaults(value: Any) -> list[str]:
    """The fields of a domain value that still are what they are by default: those that nobody read."""
    return [
        field.name
        for field in dataclasses.fields(value)
        if (field.default is not dataclasses.MISSING and getattr(value, field.name) == field.default)
        or (field.default_factory is not dataclasses.MISSING and getattr(value, field.name) == field.default_factory())
    ]


# -- all that there is -----------------------------------------------------------------------------------------------


def test_every_field_of_the_domain_is_read_from_a_whole_document() -> None:
    order = order_from_document(WHOLE)
    for value in (order, order.payment, order.line_items[0], order.recipient):
        # What several orders are together is no field of TikTok's (connector.domain.samples).
        assert set(without_defaults(value)) <= {"combined_ids"}


def test_a_whole_document_is_read_to_the_cent_and_the_second() -> None:
    order = order_from_document(WHOLE)
    assert order.create_time == datetime(2025, 11, 24, 16, 0, tzinfo=UTC)
    assert order.update_time == datetime(2025, 11, 24, 16, 1, tzinfo=UTC)
    assert order.package_ids == ("p1", "p2")
    payment, line = order.payment, order.line_items[0]
    assert (payment.currency, payment.total_amount, payment.shipping_fee_cofunded_discount) == (
        "USD",
        Decimal("31.47"),
        Decimal("0.50"),
    )
    assert dict(payment.fees) == {"retail_delivery_fee": Decimal("0.28"), "handling_fee": Decimal(0)}
    assert dict(line.fees) == {"retail_delivery_fee": Decimal("0.28"), "pfand_fee": Decimal("0.25")}
    assert (line.item_tax, line.sale_price, line.is_gift, line.is_cancelled) == (
        Decimal("2.00"),
        Decimal("26.00"),
        True,
        True,
    )
    assert line.bundle_parts == (
        BundlePart(sku_id="a", seller_sku="CUP", count=2, product_id="pa"),
        BundlePart(sku_id="b", seller_sku="SAUCER", count=1, product_id="pb"),
    )
    assert order.recipient.districts[1] == District(level="L1", level_name="state", name="California", iso_code="CA")
    assert order.recipient.first_name == "Ana María"


def test_reading_leaves_the_document_as_it_came() -> None:
    before = copy.deepcopy(WHOLE)
    order_from_document(WHOLE)
    assert before == WHOLE


@pytest.mark.parametrize(
    ("schema", "model", "ours_alone"),
    [
        (schemas.OrderSchema, GetOrderDetailResponseDataOrder, set()),
        (schemas.PaymentSchema, DocumentedPayment, set()),
        (schemas.LineItemSchema, GetOrderDetailResponseDataOrderLineItem, set()),
        (schemas.RecipientSchema, GetOrderDetailResponseDataOrderRecipientAddress, set()),
        (schemas.TaxSchema, GetOrderDetailResponseDataOrderLineItemItemTax, set()),
        (schemas.BundlePartSchema, CombinedListingSku, set()),
        (schemas.SubItemSchema, SubItemInfo, set()),
        (schemas.DistrictSchema, DistrictInfo, set()),
    ],
)
def test_the_names_that_we_read_are_tiktok_s(schema: Any, model: Any, ours_alone: set[str]) -> None:
    documented = {attribute.name for attribute in attrs.fields(model)}
    assert set(schema().fields) - documented == ours_alone


def test_every_fee_that_tiktok_documents_is_read() -> None:
    paid = {attribute.name for attribute in attrs.fields(DocumentedPayment) if "fee" in attribute.name}
    elsewhere = {
        "shipping_fee",
        "original_shipping_fee",
        "shipping_fee_seller_discount",
        "shipping_fee_platform_discount",
        "shipping_fee_cofunded_discount",
        "shipping_fee_tax",
        "payment_discount_service_fee",
    }
    assert paid - elsewhere == FEES - {"item_insurance_tax"}
    of_lines = {a.name for a in attrs.fields(GetOrderDetailResponseDataOrderLineItem) if a.name.endswith("_fee")}
    assert of_lines == LINE_FEES


# -- bundles ---------------------------------------------------------------------------------------------------------


def test_without_counts_each_sub_item_is_one_piece_of_the_bundle() -> None:
    pieces = [
        {"id": "1", "sku_id": "a", "seller_sku": "CUP"},
        {"id": "2", "sku_id": "b", "seller_sku": "SAUCER"},
        {"id": "3", "sku_id": "a", "seller_sku": ""},
    ]
    (line,) = order_from_document(make_document(line_items=[make_line(sub_item_info=pieces)])).line_items
    assert [(part.seller_sku, part.count) for part in line.bundle_parts] == [("CUP", 2), ("SAUCER", 1)]


def test_a_piece_that_was_cancelled_by_itself_is_not_in_the_bundle_any_more() -> None:
    listed = [{"sku_id": "a", "sku_count": 2, "seller_sku": "CUP"}, {"sku_id": "b", "seller_sku": "SAUCER"}]
    pieces = [
        {"id": "1", "sku_id": "a"},
        {"id": "2", "sku_id": "a", "display_status": "CANCELLED"},
        {"id": "3", "sku_id": "b", "display_status": "AWAITING_SHIPMENT"},
    ]
    document = make_document(line_items=[make_line(combined_listing_skus=listed, sub_item_info=pieces)])
    (line,) = order_from_document(document).line_items
    assert [(part.seller_sku, part.count) for part in line.bundle_parts] == [("CUP", 1), ("SAUCER", 1)]
    assert [one.sub_item_id for one in order_lines(document, ["11"])] == ["1", "3"]


def test_a_bundle_that_was_cancelled_as_a_whole_keeps_its_parts() -> None:
    pieces = [{"id": "1", "sku_id": "a", "display_status": "CANCELLED"}]
    line = make_line(display_status="CANCELLED", sub_item_info=pieces)
    (read,) = order_from_document(make_document(line_items=[line])).line_items
    assert [(part.sku_id, part.count) for part in read.bundle_parts] == [("a", 1)]


def test_a_line_that_is_no_bundle_has_no_parts() -> None:
    lines = [make_line(combined_listing_skus=[], sub_item_info=None), make_line(id="12")]
    assert [line.bundle_parts for line in order_from_document(make_document(line_items=lines)).line_items] == [(), ()]


# -- what may be missing or odd --------------------------------------------------------------------------------------


def test_the_least_that_is_an_order() -> None:
    document = {
        "id": "5",
        "status": "UNPAID",
        "create_time": 1764000000,
        "update_time": 1764000000,
        "payment": {"currency": "JPY"},
        "line_items": [{"id": "6"}],
    }
    order = order_from_document(document)
    assert order.line_items == (LineItem(id="6", sku_id="", seller_sku=""),)
    assert order.recipient == Recipient()
    assert not order.recipient.is_given
    assert (order.fulfillment_type, order.shipping_type) == ("FULFILLMENT_BY_SELLER", "SELLER")
    assert order.payment == Payment(currency="JPY")


def test_an_order_on_hold_has_no_recipient() -> None:
    for empty in (None, {}, "", {"name": "", "full_address": None}):
        assert not order_from_document(make_document(recipient_address=empty)).recipient.is_given


def test_the_webhook_s_spelling_of_cancelled_is_understood_in_an_order_too() -> None:
    assert order_from_document(make_document(status="CANCEL")).is_cancelled


@pytest.mark.parametrize("status", ["HANDED_TO_DRONE", "ON_HOLD"])
def test_a_status_that_we_do_not_know_is_kept(status: str) -> None:
    assert order_from_document(make_document(status=status)).status == status


def test_zero_is_no_moment_and_milliseconds_are_none_either() -> None:
    order = order_from_document(make_document(paid_time=0, rts_time="1764000000", delivery_time=1764000000000))
    assert (order.paid_time, order.delivery_time) == (None, None)
    assert order.rts_time == datetime(2025, 11, 24, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None}, "id"),
        ({"id": ""}, "id"),
        ({"id": ["5"]}, "id"),
        ({"status": None}, "status"),
        ({"status": True}, "status"),
        ({"create_time": None}, "create_time"),
        ({"create_time": "yesterday"}, "create_time"),
        ({"update_time": 0}, "update_time"),
        ({"update_time": 1764000000000}, "update_time"),
        ({"payment": None}, "payment"),
        ({"payment": "30.00"}, "payment"),
        ({"payment": {"total_amount": "30.00"}}, "payment.currency"),
        ({"payment": {"currency": "GBP", "total_amount": "thirty"}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "total_amount": "1,000.00"}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "total_amount": "NaN"}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "total_amount": "Infinity"}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "total_amount": "1e40"}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "total_amount": True}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "total_amount": {"amount": "1"}}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "sub_total": "30.00"}}, "payment.total_amount"),
        ({"payment": {"currency": "GBP", "total_amount": "1", "handling_fee": "x"}}, "payment.handling_fee"),
        ({"line_items": "none"}, "line_items"),
        ({"line_items": [make_line(), 5]}, "line_items.1"),
        ({"line_items": [make_line(), make_line(id=None)]}, "line_items.1.id"),
        ({"line_items": [make_line(sale_price="x")]}, "line_items.0.sale_price"),
        ({"line_items": [make_line(item_tax=[{"tax_amount": "x"}])]}, "line_items.0.item_tax.0.tax_amount"),
        ({"line_items": [make_line(pfand_fee="x")]}, "line_items.0.pfand_fee"),
        ({"line_items": []}, "line_items"),
        ({"line_items": None}, "line_items"),
        (
            {"line_items": [make_line(combined_listing_skus=[{"sku_id": "a", "sku_count": 0}])]},
            "line_items.0.combined_listing_skus.0.sku_count",
        ),
    ],
)
def test_a_document_that_no_order_can_stand_on_names_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        order_from_document(make_document(**change))
    error = caught.value
    assert (error.field, error.subject, error.code) == (field, field, "tiktok_order_unreadable")
    assert field in error.message
    assert isinstance(error, NeedsMerchant)


@pytest.mark.parametrize("document", [None, [], "5", 5])
def test_what_is_no_object_is_no_order(document: Any) -> None:
    with pytest.raises(UnreadableDocument):
        order_from_document(document)


def test_no_buyer_shows_in_the_error() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        order_from_document({**WHOLE, "update_time": "Ana María"})
    assert "Ana" not in str(caught.value) + caught.value.remedy
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


# -- anything at all -------------------------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NOT_TO_BE_ODD = {
    (): {"id", "status", "create_time", "update_time", "payment", "line_items"},
    ("payment",): {"currency", *MONEY},
    ("recipient_address",): set(),
    ("line_items", 0): {
        "id",
        "item_tax",
        "combined_listing_skus",
        *LINE_MONEY,
    },
}


@st.composite
def odd_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A whole document in which anything may be missing or of any type, but for what an order stands on."""
    document = copy.deepcopy(WHOLE)
    for path, fixed in NOT_TO_BE_ODD.items():
        place: Any = document
        for step in path:
            place = place[step]
        for name in list(place):
            if name in fixed:
                continue
            what = draw(st.sampled_from(["keep", "keep", "drop", "null", "odd"]))
            if what == "drop":
                del place[name]
            elif what == "null":
                place[name] = None
            elif what == "odd" and name not in ("recipient_address",):
                place[name] = draw(anything)
        for name, value in draw(st.dictionaries(st.text("abc_", min_size=1, max_size=6), anything, max_size=3)).items():
            place.setdefault(name, value)
        if not isinstance(document.get("recipient_address"), dict):
            document["recipient_address"] = {}
    return document


@settings(max_examples=150)
@given(odd_documents())
def test_unknown_fields_and_odd_values_where_they_do_not_matter_never_stop_an_order(document: dict[str, Any]) -> None:
    order = order_from_document(document)
    assert order.id == WHOLE["id"]
    assert order.payment.total_amount == Decimal("31.47")
    assert [line.sale_price for line in order.line_items] == [Decimal("26.00")]
    for value in (order, order.recipient, *order.line_items):
        kinds = {field.name: field.type for field in dataclasses.fields(value)}
        assert all(isinstance(getattr(value, name), str) for name, kind in kinds.items() if kind == "str")
        assert all(isinstance(getattr(value, name), bool) for name, kind in kinds.items() if kind == "bool")
        moments = (getattr(value, name) for name, kind in kinds.items() if "datetime" in str(kind))
        assert all(moment is None or moment.tzinfo is UTC for moment in moments)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), anything), st.booleans())
def test_anything_at_all_is_an_order_or_a_named_field(changes: dict[str, Any], only_these: bool) -> None:
    document = changes if only_these else {**WHOLE, **changes}
    try:
        order = order_from_document(document)
    except UnreadableDocument as error:
        assert error.field
    else:
        assert isinstance(order, Order)


@given(st.integers(0, 10**15), st.integers(0, 6), st.booleans())
def test_amounts_are_exact_as_text_and_as_number(units: int, places: int, negative: bool) -> None:
    number = Decimal(-units if negative else units).scaleb(-places)
    if abs(number) >= 10**13:
        return
    payment = {"currency": "IDR", "total_amount": str(number), "tax": number}
    order = order_from_document(make_document(payment=payment))
    assert order.payment.total_amount == order.payment.tax == number


@given(st.datetimes(datetime(2002, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moments_go_to_seconds_and_back(moment: datetime) -> None:
    assert from_unix(to_unix(moment)) == moment.replace(microsecond=0)


def test_orders_can_be_read_from_the_json_they_are_stored_as() -> None:
    assert order_from_document(json.loads(json.dumps(WHOLE))) == order_from_document(WHOLE)


def test_line_items_stay_in_tiktok_s_order() -> None:
    lines = [make_line(id=str(number)) for number in (3, 1, 2)]
    items: tuple[LineItem, ...] = order_from_document(make_document(line_items=lines)).line_items
    assert [item.id for item in items] == ["3", "1", "2"]
