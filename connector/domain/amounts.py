"""The Magento amounts of a TikTok order, to the cent, with the origin of each.

`book` reads TikTok's charges (`charges`), makes rows (`rows`), takes out or adds tax (`tax`), converts to the base currency
(`base_amounts`) and explains (`explain`). Decisions that hold throughout:

- The grand total is fixed first, from TikTok's `total_amount` and the settings; rows and shipping are then made to sum to it.
- Shipping is booked net of its discounts, so `shipping_discount_amount` is 0: Magento refunds shipping by
  `shipping_amount` alone (recording 74), and a discounted amount there would be refunded twice.
- Whatever no row can hold (fees, a positive difference) goes into shipping; what must be taken off and belongs to no
  row (a payment platform's discount, a negative difference) is spread over the rows by their price, then off shipping.
- Magento's invoice adds up the rows' totals, discounts, taxes and compensations, and shipping with its tax (73): exactly
  the sums that `BookedTotals` is made of, so the invoice's total is the order's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from connector.domain import charges as charged
from connector.domain import explain, tax
from connector.domain.base_amounts import Parts, converted
from connector.domain.booked_values import booked_row, booked_totals
from connector.domain.booking import Adjustment, Booking, MatchedProduct
from connector.domain.charges import Charges
from connector.domain.errors import NeedsMerchant
from connector.domain.money import decimals, half_up, minor_units, rounded, share, to_minor
from connector.domain.order import ZERO, Order
from connector.domain.rows import Group, Row, grouped, rows_of, spread
from connector.domain.settings import VAT_COUNTRIES, ShopSettings

TaxMode = Literal["listed", "included", "none"]

DIFFERENCE = "Difference to TikTok's total"


def book(
    order: Order,
    products: Mapping[str, tuple[MatchedProduct, ...]],
    settings: ShopSettings,
    *,
    base_currency: str,
    base_rate: Decimal | None,
) -> Booking:
    """The Magento amounts of `order`.

    `products` maps a line item's id to the Magento products that one unit is (several for a bundle); cancelled units
    need none. `base_rate` is Magento's rate, in units of `base_currency` for one unit of the order's currency; the
    merchant's own (`settings.exchange_rate`) goes before it. Pure: the same arguments give the same booking.

    Raises NeedsMerchant: no_exchange_rate, bad_exchange_rate, bad_vat_rate, unknown_sku, negative_total.
    Rests on GET /order/202507/orders (`payment`, `line_items`) and on recordings 70-75 of Magento.
    """
    currency = order.payment.currency or base_currency
    rate = _base_rate(currency, base_currency, base_rate, settings)
    digits = _digits(order, currency)
    country = tax.country_of(order)
    wanted = settings.tax_mode_for(country)
    read = charged.read(order, tax_expected_on_top=country not in VAT_COUNTRIES)
    mode = _tax_mode(read, wanted, settings)
    merchant_paid = settings.price_basis == "merchant_paid"

    groups = grouped(
        read.units,
        products,
        product_tax=read.tax - read.shipping_tax if mode == "listed" else ZERO,
        platform_discount_counts=not merchant_paid,
        digits=digits,
    )
    on_top = mode == "listed" and read.tax_on_top
    shipping_tax = to_minor(read.shipping_tax, digits) if mode == "listed" else 0
    added_back = _added_back(order, read, settings) if merchant_paid else {}
    left_out = _left_out(read, mode, settings)

    if read.total < 0:
        raise NeedsMerchant(
            "TikTok's total for this order is below zero.",
            code="negative_total",
            remedy="Look at the order in Seller Center; create it by hand if it is right.",
        )
    grand_total = to_minor(read.total + sum(added_back.values(), ZERO) - sum(left_out.values(), ZERO), digits)
    grand_total = max(grand_total, 0)  # a voucher may have paid for fees that are left out
    shipping, shipping_tax = _settle(
        groups,
        grand_total=grand_total,
        shipping=_intended_shipping(order, read, added_back, settings, digits),
        shipping_tax=shipping_tax,
        off=0 if merchant_paid else to_minor(read.payment_discount, digits),
        on_top=on_top,
    )
    rows = rows_of(groups, digits)
    parts, percents = _taxed(order, rows, shipping, shipping_tax, mode, on_top, tax.rate_for(country, settings), digits)
    base_digits = minor_units(base_currency) if base_currency != currency else digits
    base_parts = converted(parts, Fraction(rate) * Fraction(10) ** (base_digits - digits))

    adjustment = None
    if rounded(read.difference, digits):
        adjustment = Adjustment(
            name=DIFFERENCE,
            amount=rounded(read.difference, digits),
            parts_total=rounded(read.parts_total, digits),
            stated_total=rounded(read.total, digits),
        )
    booked_rows = tuple(
        booked_row(row, part, base, percent, digits, base_digits)
        for row, part, base, percent in zip(rows, parts, base_parts, percents, strict=False)
    )
    totals = booked_totals(parts, digits)
    story = explain.Story(
        order=order,
        charges=read,
        rows=booked_rows,
        totals=totals,
        adjustment=adjustment,
        added_back=added_back,
        left_out=left_out,
        tax_mode=mode,
        unit_prices={(row.product.sku, row.product.options): row.unit_prices for row in rows},
        digits=digits,
    )
    return Booking(
        currency=currency,
        base_currency=base_currency,
        base_rate=rate,
        rows=booked_rows,
        totals=totals,
        base_totals=booked_totals(base_parts, base_digits),
        explanations=story.explanations(),
        adjustment=adjustment,
        notes=story.notes(),
        tax_mode=mode,
    )


def _base_rate(currency: str, base_currency: str, magentos: Decimal | None, settings: ShopSettings) -> Decimal:
    if currency == base_currency:
        return Decimal(1)
    rate = magentos
    if settings.exchange_rate:
        try:
            rate = Decimal(settings.exchange_rate)
        except InvalidOperation:
            rate = ZERO
        if not rate.is_finite() or rate <= 0:
            raise NeedsMerchant(
                f"The exchange rate set for this shop is not a number above zero: {settings.exchange_rate}.",
                code="bad_exchange_rate",
                remedy=f"Write how many {base_currency} one {currency} is in the shop's settings, then try again.",
            )
    if rate is None or rate <= 0:
        raise NeedsMerchant(
            f"The order is in {currency}, the store's base currency is {base_currency}, and there is no rate between them.",
            code="no_exchange_rate",
            subject=f"{currency}/{base_currency}",
            remedy=f"Set a rate for {currency} in Magento (Stores > Currency Rates) or in the shop's settings, then try again.",
        )
    return rate


def _digits(order: Order, currency: str) -> int:
    """The currency's decimals; those of TikTok's total where it has more, for its total is kept as it stands."""
    return max(minor_units(currency), min(decimals(order.payment.total_amount), 2))


def _tax_mode(read: Charges, wanted: TaxMode, settings: ShopSettings) -> TaxMode:
    """How tax is booked, given how TikTok's own sum treats it: a tax that the buyer paid on top is never called included."""
    if settings.tax_mode == "none":
        return "none"
    if read.tax_on_top and read.tax:
        return "listed"
    return wanted


def _added_back(order: Order, read: Charges, settings: ShopSettings) -> dict[str, Decimal]:
    """What TikTok funds and pays the merchant besides the buyer's money, by TikTok's field (docstrings of `payment`)."""
    try:
        share_of_cofunded = Decimal(settings.cofunded_share or "0") / 100
    except InvalidOperation:
        share_of_cofunded = ZERO
    payment = order.payment
    amounts = {
        "platform_discount": sum((unit.platform for unit in read.units), ZERO),
        "shipping_fee_platform_discount": payment.shipping_fee_platform_discount,
        "shipping_fee_cofunded_discount": payment.shipping_fee_cofunded_discount * share_of_cofunded,
        # Only where TikTok's total is already less it: otherwise the total has it in it.
        charged.PAYMENT_DISCOUNT: read.payment_discount,
    }
    return {name: amount for name, amount in amounts.items() if amount}


def _left_out(read: Charges, mode: TaxMode, settings: ShopSettings) -> dict[str, Decimal]:
    """What the buyer paid and the merchant does not book: TikTok keeps the fees, and remits the tax that it lists."""
    amounts = dict(read.fees) if settings.fees_mode == "leave_out" else {}
    if mode == "none" and read.tax_on_top and read.tax:
        amounts[charged.TAX] = read.tax
    return amounts


def _intended_shipping(
    order: Order, read: Charges, added_back: Mapping[str, Decimal], settings: ShopSettings, digits: int
) -> int:
    """The shipping amount with all that is booked in it: what TikTok adds back to it, and fees."""
    amount = order.payment.shipping_fee
    amount += added_back.get("shipping_fee_platform_discount", ZERO)
    amount += added_back.get("shipping_fee_cofunded_discount", ZERO)
    if settings.fees_mode == "shipping":
        amount += sum(read.fees.values(), ZERO)
    return to_minor(amount, digits)


def _settle(
    groups: Sequence[Group], *, grand_total: int, shipping: int, shipping_tax: int, off: int, on_top: bool
) -> tuple[int, int]:
    """Make groups, shipping and tax sum to `grand_total`; returns shipping and its tax. Nothing ends below zero.

    `off` is a discount on the whole order. What is missing then goes into shipping; what is too much is taken off the
    groups, then off shipping, and off the tax only when there is nothing else.
    """
    taxes = shipping_tax + sum(group.tax for group in groups) if on_top else 0
    missing = grand_total - (sum(group.room for group in groups) - off + shipping + taxes)
    no_room = spread(off + max(-missing, 0), groups)
    shipping += max(missing, 0) - no_room
    if shipping >= 0:
        return shipping, shipping_tax
    *lowered, shipping_tax = share(taxes + shipping, [*(group.tax for group in groups), shipping_tax])
    for group, lower in zip(groups, lowered, strict=True):
        group.tax = lower
    return 0, shipping_tax


def _taxed(
    order: Order,
    rows: Sequence[Row],
    shipping: int,
    shipping_tax: int,
    mode: TaxMode,
    on_top: bool,
    rate: Decimal,
    digits: int,
) -> tuple[list[Parts], list[Decimal]]:
    """The amounts of each row and, last, of shipping; and each row's tax rate in percent."""
    if mode == "none" or on_top:
        parts = [Parts(price=row.gross, discount=row.discount, tax=row.tax) for row in rows]
        parts.append(Parts(price=shipping, tax=shipping_tax))
        return parts, [_effective_rate(row.tax, row.net) for row in rows]
    grosses, discounts = [row.gross for row in rows], [row.discount for row in rows]
    if mode == "listed":
        taken = tax.extract_listed(grosses, discounts, [row.tax for row in rows], shipping, shipping_tax)
        percents = [_effective_rate(part, row.net - part) for row, part in zip(rows, taken.taxes, strict=True)]
    else:
        stated = _stated_shipping_vat(order, shipping, rate, digits)
        taken = tax.extract(grosses, discounts, shipping, rate, shipping_tax=stated)
        percents = [rate] * len(rows)
    parts = [
        Parts(price=gross - part - compensation, discount=discount, tax=part, compensation=compensation)
        for gross, discount, part, compensation in zip(
            grosses, discounts, taken.taxes, taken.compensations, strict=True
        )
    ]
    parts.append(Parts(price=shipping - taken.shipping_tax, tax=taken.shipping_tax))
    return parts, percents


def _effective_rate(amount: int, net: int) -> Decimal:
    """The rate that was in effect, in percent: TikTok lists US sales tax by amount, and a row may mix rates."""
    return rounded(Decimal(amount) * 100 / Decimal(net), 4) if net > 0 else ZERO


def _stated_shipping_vat(order: Order, shipping: int, rate: Decimal, digits: int) -> int | None:
    """The VAT in the shipping by TikTok's own figure (`shipping_vat_amount` of the lines, EU), None where it has none.

    TikTok's figure is for its shipping fee; what else is booked as shipping has VAT at the country's rate.
    """
    stated = to_minor(sum((line.shipping_vat_amount for line in order.line_items), ZERO), digits)
    fee = to_minor(order.payment.shipping_fee, digits)
    if not 0 < stated <= fee <= shipping:
        return None
    return stated + half_up((shipping - fee) * tax.share_of_gross(rate))
