"""Money to the smallest unit: how many decimals a currency has, rounding, and fair shares.

Inside the booking, amounts are whole numbers of minor units (cents), so that nothing is ever lost in a division; at its
edges they are `Decimal`. What is shared out is shared by the largest remainder: each part is within one minor unit of
its exact share, and the parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

#: Decimals by currency; all others have two. IDR has two on paper (ISO 4217), but nobody uses them and TikTok Shop
#: sends none, as with JPY and VND (issue 3).
MINOR_UNITS = {
    **dict.fromkeys(("JPY", "VND", "IDR", "KRW", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("KWD", "BHD", "JOD", "OMR", "TND", "IQD", "LYD"), 3),
}


def minor_units(currency: str) -> int:
    """How many decimals amounts in `currency` (ISO 4217) have."""
    return MINOR_UNITS.get(currency.upper(), 2)


def decimals(amount: Decimal) -> int:
    """How many decimals an amount really has: 2 for 1.50 and 1.5 alike counts as 1."""
    exponent = amount.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def rounded(amount: Decimal, digits: int) -> Decimal:
    """`amount` with `digits` decimals, halves away from zero, as merchants, TikTok and Magento round."""
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def to_minor(amount: Decimal, digits: int) -> int:
    """`amount` in minor units of a currency with `digits` decimals, rounded."""
    return int(rounded(amount, digits).scaleb(digits))


def from_minor(amount: int, digits: int) -> Decimal:
    """The amount of so many minor units, with exactly `digits` decimals."""
    return Decimal(amount).scaleb(-digits)


def all_to_minor(amounts: Sequence[Decimal], digits: int) -> list[int]:
    """Each amount in minor units, rounded so that they add up to their rounded sum."""
    scaled = [amount.scaleb(digits) for amount in amounts]
    floors = [int(value.to_integral_value(ROUND_FLOOR)) for value in scaled]
    missing = to_minor(sum(amounts, Decimal(0)), digits) - sum(floors)
    by_remainder = sorted(range(len(scaled)), key=lambda i: (floors[i] - scaled[i], i))
    for i in by_remainder[:missing]:
        floors[i] += 1
    return floors


def share(amount: int, weights: Iterable[int]) -> list[int]:
    """`amount` minor units shared out in proportion to `weights` (none negative) by the largest remainder.

    A weight of zero gets nothing, unless all are zero: then the shares are even. Equal remainders go to the earlier
    part, so the same input always gives the same shares. Returns an empty list for no weights.
    """
    parts = list(weights)
    total = sum(parts)
    if total == 0:
        parts, total = [1] * len(parts), len(parts)
    sign, rest = (-1, -amount) if amount < 0 else (1, amount)
    shares = [rest * weight // total for weight in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(rest * parts[i] % total), i))
    for i in by_remainder[: rest - sum(shares)]:
        shares[i] += 1
    return [sign * value for value in shares]


def half_up(value: Fraction) -> int:
    """A fraction of minor units, not negative, to whole ones, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
