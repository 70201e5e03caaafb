"""The parts of a bundle whose price is the sum of its parts: Magento invoices them, not the bundle above them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connector.domain.booking import BookedRow, Booking
from connector.domain.magento_order import MagentoItem
from connector.domain.money import decimals, minor_units, share, to_minor

Document = dict[str, Any]

#: What of a row is shared out over the parts of a bundle.
_SHARED = ("row_total", "discount_amount", "tax_amount", "discount_tax_compensation_amount", "row_total_incl_tax")


def part_documents(row: BookedRow, parts: Sequence[MagentoItem], booking: Booking) -> list[Document]:
    """A row's amounts on the priced parts of a bundle, by their prices in Magento, to the cent."""
    if not parts:
        return []
    weights = [to_minor(part.price * part.qty_ordered, 4) for part in parts]
    documents: list[Document] = [
        {"item_id": part.item_id, "sku": part.sku, "tax_percent": row.tax_percent, "discount_percent": Decimal(0)}
        for part in parts
    ]
    for prefix, currency in (("", booking.currency), ("base_", booking.base_currency)):
        digits = max(minor_units(currency), *(decimals(getattr(row, prefix + name)) for name in _SHARED))
        for name in _SHARED:
            shares = share(to_minor(getattr(row, prefix + name), digits), weights)
            for document, amount in zip(documents, shares, strict=True):
                document[prefix + name] = Decimal(amount).scaleb(-digits)
        for document, part in zip(documents, parts, strict=True):
            each = {"price": "row_total", "original_price": "row_total", "price_incl_tax": "row_total_incl_tax"}
            for name, total in each.items():
                price = document[prefix + total] / (part.qty_ordered or 1)
                document[f"base_{name}" if prefix else name] = price.quantize(Decimal("0.0001"))
    return documents
