"""Shares of an order's amounts: what an invoice or a credit memo over some of the quantities takes, and the last one the rest."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """Magento rounds every price to two places, whatever the currency."""
    return value.quantize(CENT, ROUND_HALF_UP)


def share(rest: Decimal, qty: Decimal, left: Decimal) -> Decimal:
    """`qty` of the `left` that are still open take their part of `rest`; the last ones all of it."""
    if qty == left or left == 0:
        return rest
    return cents(rest / left * qty)
