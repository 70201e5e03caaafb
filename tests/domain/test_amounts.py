"""What the table of documents does not show: rates, errors, tax settings, and readings of TikTok's totals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from connector.domain import stored_booking
from connector.domain.booking import MatchedProduct, ProductOption
from connector.domain.errors import NeedsMerchant
from connector.domain.order import Recipient
from connector.domain.settings import VAT_COUNTRIES
from connector.domain.tax import STANDARD_RATES
from tests.domain.checks import check_adds_up, invoice_total
from tests.domain.orders import booked, make_line, make_order

TEE = make_line("1", "TEE", "19.90", tax="1.64")


def test_another_currency_without_a_rate_is_a_clear_error_before_anything_is_created() -> None:
    with pytest.raises(NeedsMerchant) as caught:
        booked(make_order(TEE), base_currency="EUR")
    assert caught.value.code == "no_exchange_rate"
    assert "EUR" in caught.value.message and "USD" in caught.value.message
    assert "Currency Rates" in caught.value.remedy


def test_the_merchants_rate_goes_before_magentos() -> None:
    order = make_order(TEE)
    assert booked(order, base_currency="EUR", base_rate=D("0.92"), exchange_rate="0.5").base_rate == D("0.5")
    assert booked(order, base_currency="EUR", base_rate=D("0.92")).base_totals.grand_total == D("19.82")


@pytest.mark.parametrize("rate", ["none", "0", "-1", "NaN", "Infinity"])
def test_a_rate_that_is_none_is_said(rate: str) -> None:
    with pytest.raises(NeedsMerchant) as caught:
        booked(make_order(TEE), base_currency="EUR", exchange_rate=rate)
    assert caught.value.code == "bad_exchange_rate"


def test_no_rate_is_needed_where_the_currencies_are_the_same() -> None:
    assert booked(make_order(TEE), exchange_rate="0.5").base_rate == 1


def test_a_line_without_product_is_an_unknown_sku() -> None:
    with pytest.raises(NeedsMerchant) as caught:
        booked(make_order(TEE), {})
    assert (caught.value.code, caught.value.subject) == ("unknown_sku", "TEE")


def test_a_total_below_zero_is_not_booked() -> None:
    with pytest.raises(NeedsMerchant, match="below zero"):
        booked(make_order(TEE, total="-1"))


@pytest.mark.parametrize(
    ("country", "rate"),
    [
        ("GB", "20"),
        ("DE", "19"),
        ("FR", "20"),
        ("ES", "21"),
        ("IT", "22"),
        ("IE", "23"),
        ("NL", "21"),
        ("SE", "25"),
        ("DK", "25"),
        ("FI", "25.5"),
        ("CZ", "21"),
        ("RO", "21"),
        ("GR", "24"),
        ("SK", "23"),
    ],
)
def test_the_standard_rate_of_a_country_counts_unless_the_merchant_sets_another(country: str, rate: str) -> None:
    order = make_order(make_line("1", "TEE", "10.00"), currency="EUR", country=country)
    assert booked(order).rows[0].tax_percent == D(rate)
    assert booked(order, vat_rates={country: "5.5"}).rows[0].tax_percent == D("5.5")
    assert booked(order, vat_rates={"": "7"}).rows[0].tax_percent == 7
    assert booked(order, vat_rates={"AT": "10"}).rows[0].tax_percent == D(rate)


@pytest.mark.parametrize("rate", ["abc", "-1", "100", "NaN"])
def test_a_vat_rate_that_is_none_is_said(rate: str) -> None:
    with pytest.raises(NeedsMerchant) as caught:
        booked(make_order(make_line("1", "TEE", "10.00"), country="GB"), vat_rates={"GB": rate})
    assert caught.value.code == "bad_vat_rate"


def test_uk_is_gb_and_a_country_that_is_not_given_is_told_by_the_currency() -> None:
    line = make_line("1", "TEE", "12.00")
    for recipient in (Recipient(region_code="UK", name="A"), Recipient()):
        booking = booked(make_order(line, currency="GBP", recipient=recipient))
        assert (booking.tax_mode, booking.totals.tax_amount) == ("included", D("2.00"))


def test_every_country_with_vat_in_its_prices_has_a_rate() -> None:
    assert VAT_COUNTRIES - {"UK"} <= STANDARD_RATES.keys()


def test_tax_that_tiktok_lists_inside_its_prices_is_taken_out_of_them_when_asked_for() -> None:
    line = make_line("1", "TEE", "12.00", seller="2.40", tax="1.60")
    order = make_order(line, currency="GBP", country="GB", shipping="3.60", shipping_tax="0.60", total="13.20")
    booking = booked(order, tax_mode="listed")
    check_adds_up(booking)
    (row,) = booking.rows
    # 9.60 with 1.60 tax is 8.00 net; the discount of 2.40 has the same part of tax in it: 0.40.
    assert (row.row_total, row.tax_amount, row.discount_tax_compensation_amount) == (D("10.00"), D("1.60"), D("0.40"))
    assert (booking.totals.shipping_amount, booking.totals.shipping_tax_amount) == (D("3.00"), D("0.60"))
    assert booking.totals.grand_total == D("13.20")


def test_tax_on_top_is_never_called_included() -> None:
    booking = booked(make_order(TEE, shipping="5.99", shipping_tax="0.49"), tax_mode="included")
    assert (booking.tax_mode, booking.totals.grand_total, booking.totals.tax_amount) == (
        "listed",
        D("28.02"),
        D("2.13"),
    )


def test_items_whose_taxes_do_not_sum_to_the_orders_are_made_to() -> None:
    lines = (make_line("1", "TEE", "19.90", tax="1.60"), make_line("2", "HAT", "10.00", tax="0.80"))
    booking = booked(make_order(*lines, product_tax="2.46", tax="2.46"))
    assert [row.tax_amount for row in booking.rows] == [D("1.64"), D("0.82")]
    assert booking.totals.grand_total == D("32.36")


def test_who_funded_a_discount_is_told_by_the_order_where_its_lines_say_otherwise() -> None:
    line = make_line("1", "TEE", "20.00", seller="5.00")
    order = make_order(line, seller_discount="2.00", platform_discount="3.00")
    booking = booked(order, price_basis="merchant_paid")
    assert (booking.totals.discount_amount, booking.totals.grand_total) == (D("2.00"), D("18.00"))


def test_one_mug_in_a_bundle_and_one_by_itself_are_one_row_but_other_options_are_another() -> None:
    red = MatchedProduct(sku="TEE", options=(ProductOption(kind="configurable", option_id="93", values=("4",)),))
    blue = MatchedProduct(sku="TEE", options=(ProductOption(kind="configurable", option_id="93", values=("5",)),))
    order = make_order(*(make_line(str(n), "TEE", "10.00") for n in range(3)))
    booking = booked(order, {"0": (red,), "1": (blue,), "2": (red,)})
    assert [(row.quantity, row.row_total, row.line_item_ids) for row in booking.rows] == [
        (2, D("20.00"), ("0", "2")),
        (1, D("10.00"), ("1",)),
    ]


def test_a_bundle_is_shared_by_count_where_a_price_is_not_known() -> None:
    parts = (MatchedProduct(sku="A", quantity=2, price=D("9.00")), MatchedProduct(sku="B", quantity=1))
    booking = booked(make_order(make_line("1", "SET", "10.00")), {"1": parts})
    assert [(row.sku, row.quantity, row.row_total) for row in booking.rows] == [
        ("A", 2, D("6.67")),
        ("B", 1, D("3.33")),
    ]


def test_all_lines_cancelled_are_booked_as_they_were_sold() -> None:
    order = make_order(replace(TEE, display_status="CANCELLED"))
    assert booked(order).totals.grand_total == D("21.54")


def test_a_rupiah_total_with_decimals_is_kept_as_it_stands() -> None:
    order = make_order(make_line("1", "TEE", "15000.50"), currency="IDR", country="ID")
    assert booked(order).totals.grand_total == D("15000.50")


def test_more_left_out_than_was_paid_is_nothing_not_less() -> None:
    order = make_order(
        make_line("1", "TEE", "1.00"), fees={"handling_fee": "5.00"}, payment_platform_discount="4.00", shipping="0"
    )
    booking = booked(order, fees_mode="leave_out")
    check_adds_up(booking)
    assert booking.totals.grand_total == 0


def test_the_invoice_over_all_items_equals_the_order_in_both_currencies() -> None:
    lines = tuple(make_line(str(n), f"S{n % 2}", "33.33", seller="3.34", tax="2.47") for n in range(3))
    booking = booked(
        make_order(*lines, shipping="5.99", shipping_tax="0.49"), base_currency="EUR", base_rate=D("0.9137")
    )
    assert invoice_total(booking) == booking.totals.grand_total
    assert invoice_total(booking, "base_") == booking.base_totals.grand_total == D("94.90")  # 103.86 x 0.9137 = 94.8969


def test_a_second_reading_never_hides_a_difference() -> None:
    """An amount that is listed may be outside the total only if that makes the parts sum exactly."""
    order = make_order(TEE, fees={"handling_fee": "2.00"}, total="22.55")
    booking = booked(order)
    assert booking.adjustment is not None
    assert (booking.adjustment.amount, booking.totals.grand_total) == (D("-0.99"), D("22.55"))
    assert booking.needs_look


def test_notes_have_no_personal_data() -> None:
    order = make_order(TEE, make_line("2", "TEE", "18.90"), total="60")
    words = " ".join([*booked(order).notes, *(line.sentence for line in booked(order).explanations)])
    assert "Ada" not in words and "Main St" not in words and "TEE" in words


def test_each_row_knows_how_many_pieces_a_line_item_is() -> None:
    order = make_order(make_line("1", "MUG-6", "24"), make_line("2", "MUG", "5"))
    mugs = {"1": (MatchedProduct(sku="MUG", quantity=6),), "2": (MatchedProduct(sku="MUG"),)}
    [row] = booked(order, mugs).rows
    assert (row.quantity, row.by_line) == (7, {"1": 6, "2": 1})
    assert stored_booking.restored(stored_booking.stored(booked(order, mugs))).rows[0].by_line == {"1": 6, "2": 1}
    assert replace(row, pieces=()).by_line == {}  # an old row says only how many they are together
    assert replace(row, pieces=(), quantity=8).by_line == {"1": 4, "2": 4}
