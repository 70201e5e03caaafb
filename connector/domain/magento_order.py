"""The Magento side as values: an order as read back from Magento, and a product of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)
#: Product types that Magento never ships.
NOT_SHIPPED = frozenset({"virtual", "downloadable"})


@dataclass(frozen=True, kw_only=True)
class MagentoProduct:
    """A product of the Magento catalogue, as far as an order needs it."""

    id: int
    sku: str
    name: str
    type_id: str = "simple"
    price: Decimal = ZERO
    is_enabled: bool = True
    #: Whether it is sold on the website of the store view that orders go to.
    is_in_store: bool = True
    #: What can still be sold; None where it was not asked for, or stock is not managed.
    salable_quantity: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class MagentoItem:
    """One item of a Magento order. `row_total` is as Magento answers it: less the discount (recording 70)."""

    item_id: int
    sku: str
    name: str = ""
    product_id: int | None = None
    product_type: str = "simple"
    parent_item_id: int | None = None
    qty_ordered: Decimal = ZERO
    qty_invoiced: Decimal = ZERO
    qty_shipped: Decimal = ZERO
    qty_refunded: Decimal = ZERO
    qty_canceled: Decimal = ZERO
    price: Decimal = ZERO
    row_total: Decimal = ZERO
    discount_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO

    @property
    def left_to_ship(self) -> int:
        """How many of it can still be shipped, by Magento's own count: it takes what was credited for unshipped."""
        if self.product_type in NOT_SHIPPED:
            return 0
        return max(int(self.qty_ordered - self.qty_shipped - self.qty_refunded - self.qty_canceled), 0)


@dataclass(frozen=True, kw_only=True)
class MagentoComment:
    """One line of an order's status history."""

    comment: str
    status: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MagentoOrder:
    """A Magento order as Magento answered it. Times are UTC; amounts in `order_currency_code`."""

    entity_id: int
    increment_id: str
    state: str
    status: str
    grand_total: Decimal
    store_id: int = 1
    quote_id: int | None = None
    ext_order_id: str = ""
    #: The number of the order that took this one's place when it was edited in Magento's admin, which cancels this one.
    relation_child_real_id: str = ""
    order_currency_code: str = ""
    subtotal: Decimal = ZERO
    discount_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    shipping_amount: Decimal = ZERO
    total_due: Decimal = ZERO
    total_paid: Decimal = ZERO
    total_invoiced: Decimal = ZERO
    total_refunded: Decimal = ZERO
    total_canceled: Decimal = ZERO
    shipping_description: str = ""
    items: tuple[MagentoItem, ...] = ()
    comments: tuple[MagentoComment, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_canceled(self) -> bool:
        return self.state == "canceled"

    @property
    def is_closed(self) -> bool:
        """Wholly refunded."""
        return self.state == "closed"

    @property
    def is_held(self) -> bool:
        return self.state == "holded"

    @property
    def is_invoiced(self) -> bool:
        """Whether any item has been invoiced."""
        return any(item.qty_invoiced > 0 for item in self.items) or self.total_invoiced > 0

    @property
    def is_shipped(self) -> bool:
        """Whether any item has been shipped."""
        return any(item.qty_shipped > 0 for item in self.items)

    @property
    def is_all_shipped(self) -> bool:
        """Whether nothing is left to be shipped. The parts of a bundle may be shipped in its place."""
        parts: dict[int, list[MagentoItem]] = {}
        for item in self.items:
            if item.parent_item_id is not None:
                parts.setdefault(item.parent_item_id, []).append(item)
        return all(
            not item.left_to_ship
            or (item.item_id in parts and not any(part.left_to_ship for part in parts[item.item_id]))
            for item in self.items
            if item.parent_item_id is None
        )


@dataclass(frozen=True, kw_only=True)
class MagentoTrack:
    """A tracking number of a shipment. `carrier_code` is Magento's (ups, custom, …), `title` free text."""

    track_number: str
    carrier_code: str
    title: str = ""
    entity_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class MagentoShipment:
    """A shipment of a Magento order; `quantities` by order item id. Times are UTC."""

    entity_id: int
    order_id: int
    quantities: Mapping[int, Decimal]
    tracks: tuple[MagentoTrack, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MagentoCreditmemo:
    """A credit memo of a Magento order; `quantities` by order item id. Times are UTC."""

    entity_id: int
    order_id: int
    grand_total: Decimal
    quantities: Mapping[int, Decimal]
    shipping_amount: Decimal = ZERO
    adjustment_positive: Decimal = ZERO
    adjustment_negative: Decimal = ZERO
    increment_id: str = ""
    comments: tuple[str, ...] = ()
    created_at: datetime | None = None
