"""What is true of every booking: a strict accountant's checks."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

from connector.domain.booking import BookedTotals, Booking


def check_adds_up(booking: Booking) -> None:
    """Rows and shipping sum to the totals, in both currencies, and nothing is below zero."""
    for prefix, totals in (("", booking.totals), ("base_", booking.base_totals)):

        def summed(name: str, prefix: str = prefix) -> Decimal:
            return sum((getattr(row, prefix + name) for row in booking.rows), Decimal(0))

        assert totals.subtotal == summed("row_total")
        assert totals.subtotal_incl_tax == summed("row_total_incl_tax")
        assert totals.discount_amount == summed("discount_amount") + totals.shipping_discount_amount
        assert totals.tax_amount == summed("tax_amount") + totals.shipping_tax_amount
        assert totals.discount_tax_compensation_amount == summed("discount_tax_compensation_amount")
        assert totals.shipping_incl_tax == totals.shipping_amount + totals.shipping_tax_amount
        assert totals.grand_total == magentos_grand_total(totals)
        assert invoice_total(booking, prefix) == totals.grand_total
        for field in fields(totals):
            assert getattr(totals, field.name) >= 0, field.name
        for row in booking.rows:
            for name in (
                "price",
                "row_total",
                "discount_amount",
                "tax_amount",
                "discount_tax_compensation_amount",
                "price_incl_tax",
                "row_total_incl_tax",
            ):
                assert getattr(row, prefix + name) >= 0, (row.sku, name)
            parts = [
                getattr(row, prefix + name) for name in ("row_total", "tax_amount", "discount_tax_compensation_amount")
            ]
            assert sum(parts, Decimal(0)) == getattr(row, prefix + "row_total_incl_tax")
            assert sum(parts, Decimal(0)) >= getattr(row, prefix + "discount_amount")
    if booking.currency == booking.base_currency:
        assert booking.base_totals == booking.totals
        for row in booking.rows:
            assert row.base_row_total == row.row_total
            assert row.base_discount_amount == row.discount_amount
            assert row.base_tax_amount == row.tax_amount


def magentos_grand_total(totals: BookedTotals) -> Decimal:
    """As Magento's totals collectors sum an order, and the sandbox checks it."""
    return (
        totals.subtotal
        - totals.discount_amount
        + totals.shipping_amount
        + totals.tax_amount
        + totals.discount_tax_compensation_amount
    )


def invoice_total(booking: Booking, prefix: str = "") -> Decimal:
    """As Magento sums an invoice over all items: the items' own amounts, then shipping with its tax, once (recording 73)."""
    totals = booking.base_totals if prefix else booking.totals
    items = sum(
        (
            getattr(row, f"{prefix}row_total")
            - getattr(row, f"{prefix}discount_amount")
            + getattr(row, f"{prefix}tax_amount")
            + getattr(row, f"{prefix}discount_tax_compensation_amount")
            for row in booking.rows
        ),
        Decimal(0),
    )
    return items + totals.shipping_amount - totals.shipping_discount_amount + totals.shipping_tax_amount
