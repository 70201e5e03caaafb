"""A TikTok order, its booking and its address for tests of what is sent to Magento; the amounts of recordings 70 and 95."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connector.domain.booking import BookedRow, BookedTotals, Booking
from connector.domain.order import Order, Payment
from connector.domain.postal import PostalAddress

D = Decimal

ADDRESS = PostalAddress(
    firstname="Ada",
    lastname="Buyer",
    street=("1 Main St", "Apt 2"),
    city="Austin",
    postcode="73301",
    country_id="US",
    telephone="+15125550100",
    region="Texas",
    region_code="TX",
    region_id=57,
)


def make_order(**changes: Any) -> Order:
    moment = datetime(2026, 11, 23, 11, 38, tzinfo=UTC)
    order = Order(
        id="577601",
        status="AWAITING_SHIPMENT",
        create_time=moment,
        update_time=moment,
        payment=Payment(currency="USD", total_amount=D("46.29")),
        line_items=(),
        delivery_option_name="Standard",
    )
    return replace(order, **changes)


def make_row(**changes: Any) -> BookedRow:
    """2 tees at 19.99 less 2.00 and 3.32 tax."""
    row = BookedRow(
        sku="TEE-RED-M",
        name="TEE-RED-M",
        quantity=2,
        product_id=1,
        tax_percent=D("8.7414"),
        **_both(
            price=D("19.99"),
            row_total=D("39.98"),
            discount_amount=D("2.00"),
            tax_amount=D("3.32"),
            discount_tax_compensation_amount=D(0),
            price_incl_tax=D("21.65"),
            row_total_incl_tax=D("43.30"),
        ),
    )
    return replace(row, **changes)


def _both(**amounts: Decimal) -> dict[str, Any]:
    return amounts | {f"base_{name}": amount for name, amount in amounts.items()}


def make_totals(**changes: Any) -> BookedTotals:
    totals = BookedTotals(
        subtotal=D("39.98"),
        subtotal_incl_tax=D("43.30"),
        discount_amount=D("2.00"),
        tax_amount=D("3.32"),
        discount_tax_compensation_amount=D(0),
        shipping_amount=D("4.99"),
        shipping_incl_tax=D("4.99"),
        shipping_tax_amount=D(0),
        shipping_discount_amount=D(0),
        grand_total=D("46.29"),
    )
    return replace(totals, **changes)


def make_booking(**changes: Any) -> Booking:
    booking = Booking(
        currency="USD",
        base_currency="USD",
        base_rate=D(1),
        rows=(make_row(),),
        totals=make_totals(),
        base_totals=make_totals(),
    )
    return replace(booking, **changes)
