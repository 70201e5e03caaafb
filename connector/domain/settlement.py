"""What TikTok pays for an order and what it keeps, in TikTok's own fields; and where those do not add up.

TikTok documents settlement = revenue - shipping - fees and taxes - adjustment, and has been seen to send costs as negative
numbers, which add up with a plus. So nothing is computed that TikTok states: the sums are its own, both readings are tried, and
what fits neither is a named difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

ZERO = Decimal(0)
CENT = Decimal("0.01")
ORDER = "ORDER"
RESERVE = "RESERVE"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One transaction of TikTok's, settled in a statement or (estimated) not yet. Amounts in `currency`, as TikTok signs them.

    `parts`: "revenue", "fee", "tax" and "shipping" to the amounts by TikTok's names; those that are nothing are left out.
    """

    transaction_id: str
    kind: str = ORDER
    order_id: str = ""
    currency: str = ""
    settlement: Decimal = ZERO
    revenue: Decimal = ZERO
    shipping: Decimal = ZERO
    fee_tax: Decimal = ZERO
    adjustment: Decimal = ZERO
    reserve: Decimal = ZERO
    parts: Mapping[str, Mapping[str, Decimal]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def difference(self) -> Decimal:
        """What TikTok's settlement is beyond its parts; 0 where either reading of the signs fits, and for what has no parts."""
        if self.kind == RESERVE:
            return ZERO
        costs = self.shipping + self.fee_tax + self.adjustment
        least = min((self.settlement - (self.revenue - costs), self.settlement - (self.revenue + costs)), key=abs)
        return least if abs(least) >= CENT else ZERO


@dataclass(frozen=True, kw_only=True)
class Sums:
    """An order's lines together, in one currency. `kept` is what TikTok did not pass on of the revenue."""

    currency: str
    settlement: Decimal
    revenue: Decimal
    shipping: Decimal
    fee_tax: Decimal
    adjustment: Decimal
    #: By what they are for: "Platform commission", "Affiliate commission", "Other fees", "Taxes".
    fees: Mapping[str, Decimal]
    difference: Decimal

    @property
    def kept(self) -> Decimal:
        return self.revenue - self.settlement


def sums(lines: Iterable[Line]) -> Sums | None:
    """The sums of an order's lines; None without lines, or where they are in several currencies."""
    known = list(lines)
    currencies = {line.currency for line in known}
    if len(currencies) != 1:
        return None
    fees: dict[str, Decimal] = {}
    for line in known:
        for group in ("fee", "tax"):
            for name, amount in line.parts.get(group, {}).items():
                words = "Taxes" if group == "tax" else fee_group(name)
                fees[words] = fees.get(words, ZERO) + amount
    return Sums(
        currency=currencies.pop(),
        settlement=sum((line.settlement for line in known), ZERO),
        revenue=sum((line.revenue for line in known), ZERO),
        shipping=sum((line.shipping for line in known), ZERO),
        fee_tax=sum((line.fee_tax for line in known), ZERO),
        adjustment=sum((line.adjustment for line in known), ZERO),
        fees={words: amount for words, amount in fees.items() if amount},
        difference=sum((line.difference for line in known), ZERO),
    )


_PLATFORM = ("platform_commission", "referral_fee", "dynamic_commission", "platform_semi_managed_commission")
_AFFILIATE = ("affiliate_", "tap_shop_ads", "external_affiliate", "cofunded_creator_bonus", "tsp_commission")


def fee_group(name: str) -> str:
    """What a fee is for, by TikTok's name of it."""
    if name.startswith(_PLATFORM):
        return "Platform commission"
    return "Affiliate commission" if name.startswith(_AFFILIATE) else "Other fees"


def part_in_words(name: str) -> str:
    """TikTok's name of an amount for a person."""
    return name.removesuffix("_amount").replace("_", " ").capitalize()


def kind_in_words(kind: str) -> str:
    """The type of a transaction for a person."""
    return "Order" if kind == ORDER else kind.replace("_", " ").capitalize()


@dataclass(frozen=True, kw_only=True)
class Margin:
    """What is left of what Magento booked once TikTok has paid. All in `currency`."""

    currency: str
    booked: Decimal
    credited: Decimal
    settlement: Decimal

    @property
    def amount(self) -> Decimal:
        """Below zero: TikTok pays less than Magento booked."""
        return self.settlement - (self.booked - self.credited)

    @property
    def percent(self) -> Decimal | None:
        """TikTok's payment in percent of what Magento booked, with one decimal; None where nothing is booked."""
        left = self.booked - self.credited
        return (self.settlement / left * 100).quantize(Decimal("0.1")) if left > 0 else None


def margin(found: Sums | None, booked: Decimal | None, currency: str, credited: Decimal) -> Margin | None:
    """The two compared; None where one is not known, or where they are in different currencies."""
    if found is None or booked is None or found.currency != currency:
        return None
    return Margin(currency=currency, booked=booked, credited=credited, settlement=found.settlement)
