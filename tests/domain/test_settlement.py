"""What an order comes to: TikTok's own sums, with both ways in which it signs costs, and what does not add up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.domain.settlement import Line, fee_group, margin, part_in_words, sums


def line(settlement: str, revenue: str, fee: str = "0", **values: object) -> Line:
    return Line(
        transaction_id="1",
        currency="USD",
        settlement=Decimal(settlement),
        revenue=Decimal(revenue),
        fee_tax=Decimal(fee),
        **values,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("settlement", "fee", "difference"),
    [("8.80", "1.20", "0"), ("8.80", "-1.20", "0"), ("9.00", "1.20", "0.20"), ("8.00", "-1.20", "-0.80")],
)
def test_costs_may_be_signed_either_way_and_what_is_left_is_named(settlement: str, fee: str, difference: str) -> None:
    assert line(settlement, "10.00", fee).difference == Decimal(difference)


def test_a_reserve_has_no_parts_and_no_difference() -> None:
    assert line("-5.00", "0", kind="RESERVE").difference == 0


def test_an_orders_lines_are_added_up_by_what_they_are_for() -> None:
    fees = {"platform_commission_amount": Decimal("0.60"), "affiliate_commission_amount": Decimal("1.00")}
    parts = {"fee": fees, "tax": {"vat_amount": Decimal("0.10")}}
    found = sums([line("8.30", "10.00", "1.70", parts=parts), line("-1.00", "0", adjustment=Decimal("1.00"))])
    assert found is not None
    assert (found.settlement, found.kept, found.difference) == (Decimal("7.30"), Decimal("2.70"), 0)
    assert found.fees == {
        "Platform commission": Decimal("0.60"),
        "Affiliate commission": Decimal("1.00"),
        "Taxes": Decimal("0.10"),
    }
    assert sums([]) is None
    assert sums([line("1", "1"), Line(transaction_id="2", currency="GBP")]) is None


def test_a_margin_compares_one_currency_and_counts_what_was_credited() -> None:
    found = sums([line("8.00", "10.00", "2.00")])
    left = margin(found, Decimal("12.00"), "USD", Decimal("2.00"))
    assert left is not None and (left.amount, left.percent) == (Decimal("-2.00"), Decimal("80.0"))
    assert margin(found, Decimal("12.00"), "EUR", Decimal(0)) is None
    assert margin(found, None, "USD", Decimal(0)) is None
    nothing = margin(found, Decimal(0), "USD", Decimal(0))
    assert nothing is not None and nothing.percent is None


def test_names_of_fees_are_words() -> None:
    assert fee_group("referral_fee_amount") == "Platform commission"
    assert fee_group("gmv_max_ad_fee_amount") == "Other fees"
    assert part_in_words("affiliate_partner_commission_amount") == "Affiliate partner commission"
