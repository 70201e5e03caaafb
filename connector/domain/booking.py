"""What the Magento order shall say: the amounts, row by row, and where each came from.

Computed by `connector.domain.amounts.book` from a TikTok order; written to Magento by `connector.magento.documents`.
All amounts are in `currency`, rounded to its minor unit; `base_*` in `base_currency`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from connector.domain.magento_order import NOT_SHIPPED

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ProductOption:
    """One choice of a configurable, bundle, downloadable or custom-option product: the option's id, the chosen value ids."""

    kind: Literal["configurable", "bundle", "downloadable", "custom"]
    option_id: str
    values: tuple[str, ...]
    quantity: int = 1


@dataclass(frozen=True, kw_only=True)
class MatchedProduct:
    """Which Magento product a TikTok SKU stands for, and how many of it one unit of the TikTok SKU is."""

    sku: str
    quantity: int = 1
    name: str = ""
    product_id: int | None = None
    type_id: str = "simple"
    #: Magento's price of one piece: a bundle's price is shared out by it. None: unknown, shared out by count.
    price: Decimal | None = None
    options: tuple[ProductOption, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BookedRow:
    """One Magento order item: all units of one Magento SKU. Sums are exact; `price` is row_total / quantity, for display.

    `row_total` is before the discount and without tax; row_total_incl_tax before the discount and with tax.
    What the row adds to the grand total is row_total - discount_amount + tax_amount + discount_tax_compensation_amount.
    """

    sku: str
    name: str
    quantity: int
    price: Decimal
    row_total: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    tax_percent: Decimal
    discount_tax_compensation_amount: Decimal
    price_incl_tax: Decimal
    row_total_incl_tax: Decimal
    base_price: Decimal
    base_row_total: Decimal
    base_discount_amount: Decimal
    base_tax_amount: Decimal
    base_discount_tax_compensation_amount: Decimal
    base_price_incl_tax: Decimal
    base_row_total_incl_tax: Decimal
    product_id: int | None = None
    product_type: str = "simple"
    line_item_ids: tuple[str, ...] = ()
    #: How many pieces each of `line_item_ids` is. Empty in bookings from before this was written down.
    pieces: tuple[int, ...] = ()
    #: What each of `line_item_ids` adds to the grand total. Empty in bookings from before this was written down.
    costs: tuple[Decimal, ...] = ()
    options: tuple[ProductOption, ...] = ()

    @property
    def total(self) -> Decimal:
        """What the row adds to the grand total."""
        return self.row_total - self.discount_amount + self.tax_amount + self.discount_tax_compensation_amount

    @property
    def by_line(self) -> dict[str, int]:
        """The row's pieces of each line item. Empty where they can't be told: an old row that does not divide evenly."""
        if self.pieces:
            return dict(zip(self.line_item_ids, self.pieces, strict=True))
        each, rest = divmod(self.quantity, len(self.line_item_ids) or 1)
        return {} if rest else dict.fromkeys(self.line_item_ids, each)

    @property
    def key(self) -> str:
        """What tells rows apart: the SKU, and the choices where there are some."""
        chosen = (f"{option.kind}:{option.option_id}={'+'.join(option.values)}" for option in self.options)
        return "?".join((self.sku, *chosen))


@dataclass(frozen=True, kw_only=True)
class BookedTotals:
    """The order's totals in one currency. grand_total = subtotal - discount + shipping + tax + discount_tax_compensation.

    `discount_amount` is positive here (Magento's order field is its negative) and includes `shipping_discount_amount`;
    `tax_amount` includes `shipping_tax_amount`.
    """

    subtotal: Decimal
    subtotal_incl_tax: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    discount_tax_compensation_amount: Decimal
    shipping_amount: Decimal
    shipping_incl_tax: Decimal
    shipping_tax_amount: Decimal
    shipping_discount_amount: Decimal
    grand_total: Decimal


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Where an amount came from, for the order page: TikTok's field, Magento's field, the amount, a sentence."""

    source: str
    target: str
    amount: Decimal
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """A named difference: what TikTok's parts do not explain of its total. Positive: the total is higher than the parts."""

    name: str
    amount: Decimal
    parts_total: Decimal
    stated_total: Decimal


@dataclass(frozen=True, kw_only=True)
class Booking:
    """The Magento amounts of one TikTok order, and their explanation."""

    currency: str
    base_currency: str
    #: Units of base currency for one unit of `currency` (1 where they are the same).
    base_rate: Decimal
    rows: tuple[BookedRow, ...]
    totals: BookedTotals
    base_totals: BookedTotals
    explanations: tuple[Explanation, ...] = ()
    adjustment: Adjustment | None = None
    #: Sentences for the order's first comment: unit prices that differ, fees, the adjustment.
    notes: tuple[str, ...] = ()
    #: How tax was booked: on top as TikTok lists it, as part of the prices, or not at all.
    tax_mode: Literal["listed", "included", "none"] = "none"

    @property
    def is_virtual(self) -> bool:
        """Whether there is nothing to ship."""
        return all(row.product_type in NOT_SHIPPED for row in self.rows)

    @property
    def needs_look(self) -> bool:
        """Whether a person should look at the order because TikTok's parts and total disagree."""
        return self.adjustment is not None
