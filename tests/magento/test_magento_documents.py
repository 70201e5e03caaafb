"""The documents sent to Magento, beside what a real Magento took (recordings 61, 75, 95)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from bookings import ADDRESS, make_booking, make_order, make_row, make_totals

from connector.domain.booking import ProductOption
from connector.domain.customers import Customer, customer_email
from connector.domain.errors import Conflict
from connector.domain.magento_order import MagentoItem
from connector.domain.settings import ShopSettings
from connector.magento.cart_documents import cart_address_document, cart_item_document, order_address_document
from connector.magento.documents import correct_document, create_document, shipping_description

D = Decimal


def created(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"settings": ShopSettings(), "increment_id": "TT-577601", "store_id": 1} | changes
    booking = given.pop("booking", make_booking())
    return create_document(make_order(), booking, ADDRESS, **given)


def corrected(**changes: Any) -> dict[str, Any]:
    return correct_document(
        25, {"TEE-RED-M": 21}, changes.get("booking", make_booking()), make_order(), settings=ShopSettings()
    )


def test_a_record_only_order_is_complete_paid_invoiced_and_shipped() -> None:
    document = created()
    expected = {  # of recording 95
        "base_currency_code": "USD",
        "order_currency_code": "USD",
        "global_currency_code": "USD",
        "store_currency_code": "USD",
        "store_id": 1,
        "customer_is_guest": 1,
        "customer_email": "buyerid@tiktok.com",
        "customer_firstname": "Ada",
        "customer_lastname": "Buyer",
        "ext_order_id": "577601",
        "state": "complete",
        "status": "complete",
        "subtotal": D("39.98"),
        "base_subtotal": D("39.98"),
        "discount_amount": D("-2.00"),
        "base_discount_amount": D("-2.00"),
        "tax_amount": D("3.32"),
        "base_tax_amount": D("3.32"),
        "shipping_amount": D("4.99"),
        "base_shipping_amount": D("4.99"),
        "shipping_incl_tax": D("4.99"),
        "base_shipping_incl_tax": D("4.99"),
        "grand_total": D("46.29"),
        "base_grand_total": D("46.29"),
        "total_due": 0,
        "base_total_due": 0,
        "total_qty_ordered": 2,
        "is_virtual": 0,
        "total_item_count": 1,
        "increment_id": "TT-577601",
        "total_paid": D("46.29"),
        "base_total_paid": D("46.29"),
        "total_invoiced": D("46.29"),
        "base_total_invoiced": D("46.29"),
    }
    assert {name: document[name] for name in expected} == expected
    (item,) = document["items"]
    expected_item = {
        "sku": "TEE-RED-M",
        "name": "TEE-RED-M",
        "qty_ordered": 2,
        "price": D("19.99"),
        "base_price": D("19.99"),
        "original_price": D("19.99"),
        "base_original_price": D("19.99"),
        "row_total": D("39.98"),
        "base_row_total": D("39.98"),
        "discount_amount": D("2.00"),
        "base_discount_amount": D("2.00"),
        "tax_amount": D("3.32"),
        "base_tax_amount": D("3.32"),
        "product_type": "simple",
        "product_id": 1,
        "qty_shipped": 2,
        "qty_invoiced": 2,
        "row_invoiced": D("39.98"),
        "base_row_invoiced": D("39.98"),
    }
    assert {name: item[name] for name in expected_item} == expected_item
    assert document["payment"] == {
        "method": "checkmo",
        "amount_ordered": D("46.29"),
        "base_amount_ordered": D("46.29"),
        "additional_information": ["TikTok Shop"],
    }
    (assignment,) = document["extension_attributes"]["shipping_assignments"]
    assert assignment["items"] == document["items"]
    assert assignment["shipping"]["method"] == "flatrate_flatrate"
    assert assignment["shipping"]["address"]["address_type"] == "shipping"
    assert "discount_tax_compensation_amount" not in document


def test_a_product_that_magento_does_not_have_goes_without_a_product_id() -> None:
    document = created(booking=make_booking(rows=(make_row(product_id=None),)))
    assert "product_id" not in document["items"][0]


def test_an_order_of_virtual_products_only_is_virtual() -> None:
    virtual = make_row(product_type="virtual")
    assert created(booking=make_booking(rows=(virtual,)))["is_virtual"] == 1
    assert created(booking=make_booking(rows=(virtual, make_row())))["is_virtual"] == 0


def test_a_fixed_customer_is_named_and_no_guest() -> None:
    document = created(settings=ShopSettings(customer_mode="fixed", fixed_customer_id=7))
    assert (document["customer_is_guest"], document["customer_id"]) == (0, 7)


def test_a_customer_of_the_buyers_own_is_named_with_its_group_unless_the_setting_has_one() -> None:
    own = Customer(id=5, website_id=1, group_id=3)
    document = created(settings=ShopSettings(customer_mode="each"), customer=own)
    assert (document["customer_is_guest"], document["customer_id"], document["customer_group_id"]) == (0, 5, 3)
    document = created(settings=ShopSettings(customer_mode="each", customer_group_id=2), customer=own)
    assert document["customer_group_id"] == 2
    document = created(settings=ShopSettings(customer_mode="each"))
    assert (document["customer_is_guest"], "customer_id" in document, "customer_group_id" in document) == (
        1,
        False,
        False,
    )


@pytest.mark.parametrize("mode", ["buyer", "each"])
def test_the_buyers_own_address_is_used_where_the_merchant_wants_it(mode: Any) -> None:
    order = make_order(buyer_email="anon@scs.tiktokw.us")
    assert customer_email(order, ShopSettings(customer_mode=mode)) == "anon@scs.tiktokw.us"
    assert customer_email(order, ShopSettings()) == "buyerid@tiktok.com"
    for given in ("", "a***n@scs.tiktokw.us", "***"):
        unknown = make_order(buyer_email=given)
        assert customer_email(unknown, ShopSettings(customer_mode=mode)) == "buyerid@tiktok.com"


def test_a_correction_keeps_magentos_number_and_state() -> None:
    document = corrected()
    assert document["entity_id"] == 25
    assert document["ext_order_id"] == "577601"
    for name in ("increment_id", "state", "status", "billing_address", "payment", "customer_is_guest"):
        assert name not in document
    assert document["total_due"] == document["grand_total"] == D("46.29")
    assert document["shipping_description"] == "TikTok Shop 577601 - Standard"


def test_a_correction_names_each_item_by_its_id_with_base_amounts_too() -> None:
    (item,) = corrected()["items"]
    assert item["item_id"] == 21
    assert (item["price"], item["base_price"], item["original_price"]) == (D("19.99"), D("19.99"), D("19.99"))
    assert (item["row_total"], item["discount_amount"], item["tax_amount"]) == (D("39.98"), D("2.00"), D("3.32"))
    for name in item:
        if f"base_{name}" in item:
            assert item[name] == item[f"base_{name}"]
    assert "qty_ordered" not in item


def test_a_correction_takes_away_what_the_stores_own_rules_put_there() -> None:
    document = corrected(booking=make_booking(totals=make_totals(tax_amount=D(0), discount_amount=D(0))))
    assert document["tax_amount"] == 0
    assert document["discount_amount"] == 0
    assert document["discount_tax_compensation_amount"] == 0
    assert document["shipping_tax_amount"] == 0
    assert document["items"][0]["discount_percent"] == 0


def test_tax_that_is_hidden_in_a_discount_is_sent() -> None:
    row = make_row(discount_tax_compensation_amount=D("0.33"), base_discount_tax_compensation_amount=D("0.33"))
    totals = make_totals(discount_tax_compensation_amount=D("0.33"))
    booking = make_booking(rows=(row,), totals=totals, base_totals=totals)
    for document in (created(booking=booking), corrected(booking=booking)):
        assert document["discount_tax_compensation_amount"] == D("0.33")
        assert document["base_discount_tax_compensation_amount"] == D("0.33")
        assert document["items"][0]["discount_tax_compensation_amount"] == D("0.33")


def test_base_amounts_and_rates_where_the_currencies_differ() -> None:
    base = make_totals(grand_total=D("57.86"))
    booking = make_booking(currency="GBP", base_rate=D("1.25"), base_totals=base)
    document = created(booking=booking)
    assert document["base_to_order_rate"] == D("0.8000")
    assert (document["order_currency_code"], document["base_currency_code"]) == ("GBP", "USD")
    assert (document["grand_total"], document["base_grand_total"]) == (D("46.29"), D("57.86"))
    assert (document["total_paid"], document["base_total_paid"]) == (D("46.29"), D("57.86"))
    assert corrected(booking=booking)["order_currency_code"] == "GBP"
    assert corrected(booking=booking)["base_to_order_rate"] == D("0.8000")
    assert "base_to_order_rate" not in created()


def test_an_item_that_the_order_lacks_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="HAT-07"):
        corrected(booking=make_booking(rows=(make_row(sku="HAT-07"),)))


def test_a_bundle_that_is_priced_by_its_parts_is_corrected_in_its_parts_too() -> None:
    row = make_row(
        sku="DESK-SET",
        quantity=1,
        row_total=D("10.00"),
        discount_amount=D("0.01"),
        tax_amount=D("0.83"),
        base_row_total=D("10.00"),
        base_discount_amount=D("0.01"),
        base_tax_amount=D("0.83"),
        options=(ProductOption(kind="bundle", option_id="1", values=("1",)),),
    )
    parts = [
        MagentoItem(item_id=32, sku="NOTE-A5", parent_item_id=31, qty_ordered=D(1), price=D("8.40")),
        MagentoItem(item_id=33, sku="PEN-GEL", parent_item_id=31, qty_ordered=D(2), price=D("2.35")),
    ]
    document = correct_document(
        25,
        {row.key: 31},
        make_booking(rows=(row,)),
        make_order(),
        settings=ShopSettings(),
        item_skus={row.key: "DESK-SET-NOTE-A5-PEN-GEL"},
        priced_parts={row.key: parts},
    )
    bundle, note, pens = document["items"]
    assert (bundle["item_id"], bundle["sku"]) == (31, "DESK-SET-NOTE-A5-PEN-GEL")
    assert (note["item_id"], pens["item_id"]) == (32, 33)
    for name in (
        "row_total",
        "discount_amount",
        "tax_amount",
        "row_total_incl_tax",
        "base_row_total",
        "base_tax_amount",
    ):
        assert note[name] + pens[name] == bundle[name]
    assert (note["row_total"], pens["row_total"], pens["price"]) == (D("6.41"), D("3.59"), D("1.7950"))


def test_a_fixed_customer_is_written_by_the_correction() -> None:
    settings = ShopSettings(customer_mode="fixed", fixed_customer_id=7)
    document = correct_document(25, {"TEE-RED-M": 21}, make_booking(), make_order(), settings=settings)
    assert (document["customer_id"], document["customer_is_guest"]) == (7, 0)
    assert "customer_id" not in corrected()


def test_the_shipping_description_fits_its_column() -> None:
    assert shipping_description(make_order(delivery_option_name="")) == "TikTok Shop 577601"
    assert len(shipping_description(make_order(delivery_option_name="x" * 300))) == 255


def test_an_address_has_two_spellings() -> None:
    cart = cart_address_document(ADDRESS, "a@example.com")
    order = order_address_document(ADDRESS, "a@example.com", "billing")
    assert (cart["regionId"], cart["countryId"], cart["regionCode"]) == (57, "US", "TX")
    assert (order["region_id"], order["country_id"], order["region_code"]) == (57, "US", "TX")
    assert order["address_type"] == "billing"
    assert cart["street"] == order["street"] == ["1 Main St", "Apt 2"]


def test_what_an_address_lacks_is_left_out() -> None:
    bare = replace(ADDRESS, region="", region_code="", region_id=None)
    assert not {"region", "regionCode", "regionId", "vatId"} & set(cart_address_document(bare, "a@example.com"))
    assert not {"region", "region_code", "region_id", "vat_id"} & set(order_address_document(bare, "", "billing"))
    assert cart_address_document(replace(ADDRESS, vat_id="123"), "a@example.com")["vatId"] == "123"


def test_a_cart_item_names_its_cart_as_text_and_no_price() -> None:
    assert cart_item_document(1, "MUG-01", 3) == {"cartItem": {"sku": "MUG-01", "qty": 3, "quote_id": "1"}}


def test_choices_of_bundles_configurables_and_custom_options() -> None:
    options = [
        ProductOption(kind="configurable", option_id="93", values=("50",)),
        ProductOption(kind="bundle", option_id="4", values=("8", "9"), quantity=2),
        ProductOption(kind="custom", option_id="7", values=("1", "2")),
    ]
    chosen = cart_item_document(1, "SET", 1, options)["cartItem"]["product_option"]["extension_attributes"]
    assert chosen == {
        "configurable_item_options": [{"option_id": "93", "option_value": 50}],
        "bundle_options": [{"option_id": 4, "option_qty": 2, "option_selections": [8, 9]}],
        "custom_options": [{"option_id": "7", "option_value": "1,2"}],
    }
