"""What TikTok charged: an order's amounts read so that they add up to TikTok's own total, whatever that takes.

TikTok's documentation leaves open what is inside `total_amount`: its formula names the retail delivery fee only, yet
other fees, the discount of a payment platform, and (for cross-border shops) taxes can be in it or not. So the amounts
themselves are asked: of all readings, the one nearest to the documented one that adds up exactly is taken. If none does,
the documented one is, and the difference is named: TikTok's total always wins (shared design: "the total wins").

Partial cancellation: the documentation does not say whether `payment` still counts cancelled units. That is read off
`sub_total` too: if it equals the sum of the units that are left, the payment is already without the cancelled ones; if
it equals the sum of all units, the cancelled ones (price, tax, their own fees) are taken off TikTok's total here.

All amounts are `Decimal` in the order's currency and not rounded.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from connector.domain.money import decimals, from_minor, minor_units, share, to_minor
from connector.domain.order import ZERO, LineItem, Order

#: The names by which the amounts that may or may not be in the total are known besides the fees.
TAX = "tax"
PAYMENT_DISCOUNT = "payment_platform_discount"
SERVICE_FEE = "payment_discount_service_fee"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One unit sold. `price` is before all discounts; the buyer paid price - seller - platform, and `tax` if on top."""

    line: LineItem
    price: Decimal
    seller: Decimal
    platform: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.price - self.seller - self.platform


@dataclass(frozen=True, kw_only=True)
class Charges:
    """An order's amounts, read. Fees and the payment discount are split into those inside TikTok's total and outside."""

    units: tuple[Unit, ...]
    shipping: Decimal
    tax: Decimal
    shipping_tax: Decimal
    tax_on_top: bool
    payment_discount: Decimal
    fees: Mapping[str, Decimal]
    #: Listed by TikTok but, by its own sum, not part of its total.
    outside: Mapping[str, Decimal]
    #: TikTok's total_amount, less what was cancelled since.
    total: Decimal
    #: total - the sum of the parts; not zero only when no reading adds up.
    difference: Decimal
    cancelled: tuple[LineItem, ...] = ()
    #: What was taken off TikTok's total for cancelled units.
    cancelled_amount: Decimal = ZERO
    notes: tuple[str, ...] = field(default=())

    @property
    def parts_total(self) -> Decimal:
        return self.total - self.difference


def read(order: Order, *, tax_expected_on_top: bool) -> Charges:
    """The charges of an order (GET /order/202507/orders, `payment` and `line_items`).

    `tax_expected_on_top` is how a tax that TikTok lists is to be taken in doubt: on top of the prices (US) or not.
    """
    payment = order.payment
    counted, notes = _counted_units(order)
    is_live = _is_live(order)
    units = tuple(unit for unit in counted if is_live(unit.line))
    gone = tuple(unit for unit in counted if not is_live(unit.line))

    fees = {name: amount for name, amount in _fees(order, counted).items() if amount}
    tax, shipping_tax = _taxes(order, counted)
    optional = fees | {
        SERVICE_FEE: payment.payment_discount_service_fee,
        PAYMENT_DISCOUNT: -payment.payment_platform_discount,
        TAX: tax,
    }
    fixed = sum((unit.net for unit in counted), ZERO) + payment.shipping_fee
    default_outside = frozenset() if tax_expected_on_top else frozenset({TAX})
    inside = _reading(optional, rest=payment.total_amount - fixed, outside_by_default=default_outside)
    difference = payment.total_amount - fixed - sum((optional[name] for name in inside), ZERO)

    gone_tax = min(sum((unit.tax for unit in gone), ZERO), tax - shipping_tax)
    gone_fees = {name: min(amount, fees.get(name, ZERO)) for name, amount in _fees_of(gone).items()}
    off = {TAX: gone_tax, **gone_fees}
    cancelled_amount = sum((unit.net for unit in gone), ZERO)
    cancelled_amount += sum((amount for name, amount in off.items() if name in inside), ZERO)
    left = {name: amount - off.get(name, ZERO) for name, amount in optional.items()}
    return Charges(
        units=units,
        shipping=payment.shipping_fee,
        tax=left[TAX],
        shipping_tax=shipping_tax,
        tax_on_top=TAX in inside,
        payment_discount=-left[PAYMENT_DISCOUNT] if PAYMENT_DISCOUNT in inside else ZERO,
        fees={name: left[name] for name in (*fees, SERVICE_FEE) if name in inside and left[name]},
        outside={name: abs(left[name]) for name in optional if left[name] and name not in inside and name != TAX},
        total=payment.total_amount - cancelled_amount,
        difference=difference,
        cancelled=tuple(line for line in order.line_items if not is_live(line)),
        cancelled_amount=cancelled_amount,
        notes=tuple(notes),
    )


def _is_live(order: Order) -> Callable[[LineItem], bool]:
    """Whether a line item is still wanted; cancelled ones count as wanted when there is nothing else left."""
    everything_cancelled = all(line.is_cancelled for line in order.line_items)
    return lambda line: everything_cancelled or not line.is_cancelled


def _reading(optional: Mapping[str, Decimal], *, rest: Decimal, outside_by_default: frozenset[str]) -> frozenset[str]:
    """Which of the optional amounts make up `rest`: the fewest changes to the documented reading that add up."""
    names = sorted(name for name, amount in optional.items() if amount)
    documented = frozenset(names) - outside_by_default
    for changes in range(len(names) + 1):
        for changed in itertools.combinations(names, changes):
            inside = documented.symmetric_difference(changed)
            if sum((optional[name] for name in inside), ZERO) == rest:
                return inside
    return documented


def _unit(line: LineItem) -> Unit:
    """A line item's amounts; its price is what it sold for plus what was taken off, whoever paid for that.

    For gifts and samples that is 0 although `original_price` may name what the product costs otherwise.
    """
    seller, platform = max(line.seller_discount, ZERO), max(line.platform_discount, ZERO)
    return Unit(
        line=line,
        price=max(line.sale_price + seller + platform, ZERO),
        seller=seller,
        platform=platform,
        tax=max(line.item_tax, ZERO),
    )


def _unit_from_original(line: LineItem) -> Unit:
    """The other reading: the original price is right, and the sale price is not what the buyer paid."""
    return replace(_unit(line), price=max(line.original_price, ZERO))


def _counted_units(order: Order) -> tuple[list[Unit], list[str]]:
    """The units that `payment` counts (with or without the cancelled ones), and what a person should know."""
    live, everything = order.live_line_items, order.line_items
    sub_total = order.payment.sub_total
    for read_unit in (_unit, _unit_from_original):
        for lines in (live, everything):
            units = [read_unit(line) for line in lines]
            if sum((unit.net for unit in units), ZERO) == sub_total:
                return _with_stated_funding(order, units), []
    for lines in (live, everything):
        with_vouchers = _with_vouchers(order, [_unit(line) for line in lines])
        if with_vouchers:
            return with_vouchers, ["Discounts that TikTok lists for the whole order were shared out over the items."]
    nearest = min((live, everything), key=lambda lines: abs(sum((_unit(x).net for x in lines), ZERO) - sub_total))
    return [_unit(line) for line in nearest], []


def _with_vouchers(order: Order, units: Sequence[Unit]) -> list[Unit] | None:
    """The units with discounts that only the order names shared out over them; None if that does not explain the gap."""
    payment = order.payment
    seller = payment.seller_discount - sum((unit.seller for unit in units), ZERO)
    platform = payment.platform_discount - sum((unit.platform for unit in units), ZERO)
    gap = sum((unit.net for unit in units), ZERO) - payment.sub_total
    if gap <= 0 or seller < 0 or platform < 0 or seller + platform != gap:
        return None
    nets = [max(unit.net, ZERO) for unit in units]
    sellers = _shares(order, seller, nets)
    platforms = _shares(order, platform, [net - taken for net, taken in zip(nets, sellers, strict=True)])
    return [
        replace(unit, seller=unit.seller + s, platform=unit.platform + p)
        for unit, s, p in zip(units, sellers, platforms, strict=True)
    ]


def _with_stated_funding(order: Order, units: list[Unit]) -> list[Unit]:
    """The units with TikTok's part of the discounts as the order states it, where the lines split it otherwise."""
    seller, platform = order.payment.seller_discount, order.payment.platform_discount
    taken = [unit.seller + unit.platform for unit in units]
    if sum((unit.platform for unit in units), ZERO) == platform or sum(taken, ZERO) != seller + platform:
        return units
    platforms = _shares(order, platform, taken)
    return [
        replace(unit, seller=both - part, platform=part)
        for unit, both, part in zip(units, taken, platforms, strict=True)
    ]


def _shares(order: Order, amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Decimal shares by the largest remainder, in the currency's minor unit, or finer where TikTok's amounts are."""
    finest = max(decimals(value) for value in (amount, *weights))
    digits = max(finest, minor_units(order.payment.currency))
    return [
        from_minor(part, digits) for part in share(to_minor(amount, digits), [to_minor(w, digits) for w in weights])
    ]


def _fees(order: Order, counted: Sequence[Unit]) -> dict[str, Decimal]:
    """Fees by name: the order's, and those that only lines name (the German deposit, `pfand_fee`)."""
    return _fees_of(counted) | dict(order.payment.fees)


def _fees_of(units: Sequence[Unit]) -> dict[str, Decimal]:
    fees: dict[str, Decimal] = {}
    for unit in units:
        for name, amount in unit.line.fees.items():
            fees[name] = fees.get(name, ZERO) + amount
    return fees


def _taxes(order: Order, counted: Sequence[Unit]) -> tuple[Decimal, Decimal]:
    """All tax that TikTok lists, and the part of it that is on shipping."""
    payment = order.payment
    tax = payment.tax or payment.product_tax + payment.shipping_fee_tax or sum((unit.tax for unit in counted), ZERO)
    return tax, min(payment.shipping_fee_tax, tax)
