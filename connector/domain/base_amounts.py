"""The same amounts in the store's base currency, so that they still add up there.

Converting each amount by itself loses cents: the converted parts no longer sum to the converted total. So the total is
converted, shared out over rows and shipping by the largest remainder, and inside each row the price takes what rounding
leaves. Rate 1 gives back the amounts as they are. Minor units on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from connector.domain.money import half_up, share


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The four amounts of a row, or of shipping (without discount), whose signed sum is what it adds to the total."""

    price: int
    discount: int = 0
    tax: int = 0
    compensation: int = 0

    @property
    def total(self) -> int:
        return self.price - self.discount + self.tax + self.compensation

    @property
    def incl_tax(self) -> int:
        """Before the discount and with tax."""
        return self.price + self.tax + self.compensation


def converted(parts: Sequence[Parts], factor: Fraction) -> list[Parts]:
    """Each of `parts` times `factor` (base minor units for one minor unit), summing to the converted sum."""
    totals = [part.total for part in parts]
    targets = share(half_up(sum(totals) * factor), totals) if any(totals) else totals
    return [_converted(part, target, factor) for part, target in zip(parts, targets, strict=True)]


def _converted(part: Parts, target: int, factor: Fraction) -> Parts:
    discount = half_up(part.discount * factor)
    compensation = min(half_up(part.compensation * factor), target + discount)
    tax = min(half_up(part.tax * factor), target + discount - compensation)
    price = target + discount - compensation - tax
    if part.price == 0 and part.tax:  # tax on something free: the rounding stays with the tax
        tax, price = tax + price, 0
    return Parts(price=price, discount=discount, tax=tax, compensation=compensation)
