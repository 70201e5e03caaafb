"""From minor units to the values that are booked: a row and the totals as `Decimal`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connector.domain.base_amounts import Parts
from connector.domain.booking import BookedRow, BookedTotals
from connector.domain.money import from_minor, rounded, share
from connector.domain.rows import Row


def booked_row(row: Row, part: Parts, base: Parts, percent: Decimal, digits: int, base_digits: int) -> BookedRow:
    """A row in both currencies; `percent` is its tax rate."""
    product = row.product
    return BookedRow(
        sku=product.sku,
        name=product.name,
        quantity=row.quantity,
        price=_unit_price(part.price, row.quantity, digits),
        row_total=from_minor(part.price, digits),
        discount_amount=from_minor(part.discount, digits),
        tax_amount=from_minor(part.tax, digits),
        tax_percent=percent,
        discount_tax_compensation_amount=from_minor(part.compensation, digits),
        price_incl_tax=_unit_price(part.incl_tax, row.quantity, digits),
        row_total_incl_tax=from_minor(part.incl_tax, digits),
        base_price=_unit_price(base.price, row.quantity, base_digits),
        base_row_total=from_minor(base.price, base_digits),
        base_discount_amount=from_minor(base.discount, base_digits),
        base_tax_amount=from_minor(base.tax, base_digits),
        base_discount_tax_compensation_amount=from_minor(base.compensation, base_digits),
        base_price_incl_tax=_unit_price(base.incl_tax, row.quantity, base_digits),
        base_row_total_incl_tax=from_minor(base.incl_tax, base_digits),
        product_id=product.product_id,
        product_type=product.type_id,
        line_item_ids=tuple(row.pieces),
        pieces=tuple(row.pieces.values()),
        costs=tuple(from_minor(cost, digits) for cost in share(part.total, row.costs.values())),
        options=product.options,
    )


def _unit_price(total: int, quantity: int, digits: int) -> Decimal:
    """A row's total by piece, for display: with Magento's four decimals where it does not come out even."""
    price = from_minor(total, digits) / quantity
    return rounded(price, digits) if rounded(price, digits) == price else rounded(price, 4)


def booked_totals(parts: Sequence[Parts], digits: int) -> BookedTotals:
    """The totals of rows and, last, shipping."""
    rows, shipping = parts[:-1], parts[-1]

    def amount(minor: int) -> Decimal:
        return from_minor(minor, digits)

    return BookedTotals(
        subtotal=amount(sum(part.price for part in rows)),
        subtotal_incl_tax=amount(sum(part.incl_tax for part in rows)),
        discount_amount=amount(sum(part.discount for part in rows)),
        tax_amount=amount(sum(part.tax for part in parts)),
        discount_tax_compensation_amount=amount(sum(part.compensation for part in rows)),
        shipping_amount=amount(shipping.price),
        shipping_incl_tax=amount(shipping.incl_tax),
        shipping_tax_amount=amount(shipping.tax),
        shipping_discount_amount=amount(0),
        grand_total=amount(sum(part.total for part in parts)),
    )
