from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.money import all_to_minor, decimals, from_minor, half_up, minor_units, rounded, share, to_minor

EXAMPLES = settings(max_examples=2000)


@pytest.mark.parametrize(
    ("currency", "digits"), [("USD", 2), ("gbp", 2), ("JPY", 0), ("VND", 0), ("IDR", 0), ("KWD", 3), ("XYZ", 2)]
)
def test_each_currency_has_its_minor_unit(currency: str, digits: int) -> None:
    assert minor_units(currency) == digits


@pytest.mark.parametrize(
    ("amount", "digits", "result"),
    [("2.675", 2, "2.68"), ("2.665", 2, "2.67"), ("-2.675", 2, "-2.68"), ("1000.5", 0, "1001"), ("7", 2, "7.00")],
)
def test_halves_are_rounded_away_from_zero(amount: str, digits: int, result: str) -> None:
    assert str(rounded(D(amount), digits)) == result


def test_decimals_count_what_an_amount_really_has() -> None:
    assert [decimals(D(text)) for text in ("1.50", "1.5", "216000.00", "0", "1E+3", "0.001")] == [1, 1, 0, 0, 0, 3]


def test_ten_shared_by_three_gives_the_cent_left_over_to_the_first() -> None:
    assert share(1000, [1, 1, 1]) == [334, 333, 333]


def test_the_larger_remainder_gets_the_cent() -> None:
    assert share(500, [1990, 1600]) == [277, 223]


def test_zero_weights_get_nothing_unless_all_are_zero() -> None:
    assert share(5, [0, 3, 0]) == [0, 5, 0]
    assert share(5, [0, 0]) == [3, 2]
    assert share(5, []) == []


def test_negative_amounts_are_shared_like_positive_ones() -> None:
    assert share(-1000, [1, 1, 1]) == [-334, -333, -333]


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
@EXAMPLES
def test_shares_add_up_and_are_within_one_unit_of_the_exact_share(amount: int, weights: list[int]) -> None:
    parts = share(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(amount * weight, total) if total else Fraction(amount, len(weights))
        assert abs(part - exact) < 1
        assert total == 0 or weight > 0 or part == 0


@given(st.lists(st.decimals(-9999, 9999, places=4), max_size=20), st.integers(0, 3))
@EXAMPLES
def test_amounts_are_rounded_so_that_their_sum_is_the_rounded_sum(amounts: list[D], digits: int) -> None:
    minors = all_to_minor(amounts, digits)
    assert sum(minors) == to_minor(sum(amounts, D(0)), digits)
    assert all(abs(from_minor(m, digits) - a) < D(1).scaleb(-digits) for m, a in zip(minors, amounts, strict=True))


def test_fractions_of_a_cent_are_rounded_half_up() -> None:
    assert [half_up(Fraction(n, 4)) for n in range(5)] == [0, 0, 1, 1, 1]
