"""Tax on what is booked: the rate of a country, and tax taken out of prices that include it.

Prices that include tax are booked as Magento's European settings do (catalogue prices and discounts include tax, tax
after discount): a row's `row_total` is the undiscounted price without tax, `discount_amount` is with tax, `tax_amount`
is the tax in what is left, and `discount_tax_compensation_amount` the tax in the discount, so that

    row_total - discount + tax + compensation = price with tax - discount

to the minor unit. Tax is taken out of each row, and out of shipping, and rounded there (Magento's "row total" method, which
tax offices accept): every figure can be checked with a pocket calculator, and the order's tax is the sum of what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from connector.domain.errors import NeedsMerchant
from connector.domain.money import half_up
from connector.domain.order import Order
from connector.domain.settings import ShopSettings

#: Standard VAT rates in percent, used unless the merchant sets another: a tax adviser expects the standard rate wherever
#: nothing else was said. Reduced rates (food, books, children's clothes in GB) are the merchant's to set.
STANDARD_RATES = {
    "AT": "20", "BE": "21", "BG": "20", "CY": "19", "CZ": "21", "DE": "19", "DK": "25", "EE": "24", "ES": "21",
    "FI": "25.5", "FR": "20", "GB": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23", "IT": "22", "LT": "21",
    "LU": "17", "LV": "21", "MT": "18", "NL": "21", "PL": "23", "PT": "23", "RO": "21", "SE": "25", "SI": "22",
    "SK": "23",
    # Outside Europe prices include tax too; these count only where the merchant chose "included".
    "JP": "10", "MX": "16", "SG": "9", "TH": "7", "VN": "10", "ID": "11", "PH": "12",
}  # fmt: skip

#: Where TikTok gives no country (masked, or not given yet), the currency of a market with one country tells it.
_COUNTRY_OF_CURRENCY = {
    "USD": "US", "GBP": "GB", "JPY": "JP", "MXN": "MX", "BRL": "BR", "IDR": "ID", "THB": "TH", "VND": "VN",
    "MYR": "MY", "PHP": "PH", "SGD": "SG",
}  # fmt: skip


def country_of(order: Order) -> str:
    """The ISO code of the country an order goes to ("GB", never "UK"), or of its currency; "" when nothing tells."""
    return order.recipient.country_code or _COUNTRY_OF_CURRENCY.get(order.payment.currency, "")


def rate_for(country: str, settings: ShopSettings) -> Decimal:
    """The VAT rate in percent: the merchant's for the country, or for all others, else the standard rate, else 0.

    Raises NeedsMerchant when what the merchant wrote is not a rate.
    """
    try:
        rate = settings.vat_rate_for(country)
    except (InvalidOperation, ValueError, TypeError):
        rate = Decimal("NaN")
    if rate is None:
        return Decimal(STANDARD_RATES.get(country, "0"))
    if not rate.is_finite() or not 0 <= rate < 100:
        raise NeedsMerchant(
            f"The VAT rate set for {country or 'other countries'} is not a percentage.",
            code="bad_vat_rate",
            subject=country,
            remedy="Write a number such as 20 or 5.5 in the shop's settings, then try again.",
        )
    return rate


def share_of_gross(rate: Decimal) -> Fraction:
    """The part of a price with tax that is tax: rate / (100 + rate)."""
    return Fraction(rate) / (100 + Fraction(rate))


@dataclass(frozen=True)
class Included:
    """Tax in each row after its discount, tax in each row's discount, and tax in the shipping; minor units."""

    taxes: list[int]
    compensations: list[int]
    shipping_tax: int


def extract(
    grosses: Sequence[int], discounts: Sequence[int], shipping: int, rate: Decimal, *, shipping_tax: int | None = None
) -> Included:
    """Take tax out of rows (`grosses` before `discounts`, all with tax) and out of `shipping`, in minor units.

    `shipping_tax` is TikTok's own figure (`shipping_vat_amount`, EU) where it gives one.
    """
    part = share_of_gross(rate)
    befores = [half_up(gross * part) for gross in grosses]
    taxes = [half_up((gross - off) * part) for gross, off in zip(grosses, discounts, strict=True)]
    compensations = [before - after for before, after in zip(befores, taxes, strict=True)]
    return Included(taxes, compensations, half_up(shipping * part) if shipping_tax is None else shipping_tax)


def extract_listed(
    grosses: Sequence[int], discounts: Sequence[int], taxes: Sequence[int], shipping: int, shipping_tax: int
) -> Included:
    """The same for tax that TikTok lists although its prices include it: its amounts are kept, and never exceed prices."""
    kept = [min(tax, gross - off) for gross, off, tax in zip(grosses, discounts, taxes, strict=True)]
    compensations = [
        half_up(Fraction(off * tax, gross - off)) if tax else 0
        for gross, off, tax in zip(grosses, discounts, kept, strict=True)
    ]
    bounded = [min(c, off) for c, off in zip(compensations, discounts, strict=True)]
    return Included(kept, bounded, min(shipping_tax, shipping))
