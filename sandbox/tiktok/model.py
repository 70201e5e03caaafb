"""The things a TikTok Shop keeps: orders, their units, packages, cancellations, returns. Values only, no behaviour.

Amounts are Decimal in the order's currency; times are Unix seconds, as TikTok counts them.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.tiktok.catalogue import Sku

STATUSES = (
    "UNPAID",
    "ON_HOLD",
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPING",
    "AWAITING_COLLECTION",
    "IN_TRANSIT",
    "DELIVERED",
    "COMPLETED",
    "CANCELLED",
)

PACKAGE_STATUS_OF = {
    "AWAITING_SHIPMENT": "TO_FULFILL",
    "AWAITING_COLLECTION": "PROCESSING",
    "IN_TRANSIT": "FULFILLING",
    "DELIVERED": "COMPLETED",
    "COMPLETED": "COMPLETED",
    "CANCELLED": "CANCELLED",
}

FEES = (
    "retail_delivery_fee",
    "small_order_fee",
    "buyer_service_fee",
    "handling_fee",
    "shipping_insurance_fee",
    "item_insurance_fee",
    "item_insurance_tax",
    "distance_fee",
)


class Ids:
    """TikTok-like ids: long digits that grow, and that no earlier start of the sandbox has used (they hold the time)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self, prefix: str) -> str:
        """The prefix and 13 digits."""
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1_000_000)
            return f"{prefix}{self._last:013d}"


@dataclass
class Part:
    """One unit of a product inside a virtual bundle; prices are its share of the bundle's."""

    id: str
    sku: Sku
    original_price: Decimal
    seller_discount: Decimal
    platform_discount: Decimal
    tax: Decimal

    @property
    def sale_price(self) -> Decimal:
        return self.original_price - self.seller_discount - self.platform_discount


@dataclass
class Unit:
    """One line item. TikTok lists every unit by itself, so a quantity of three is three of these."""

    id: str
    sku: Sku
    original_price: Decimal
    seller_discount: Decimal = Decimal(0)
    platform_discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    tax_rate: Decimal = Decimal(0)
    is_gift: bool = False
    gift_retail_price: Decimal = Decimal(0)
    pfand_fee: Decimal = Decimal(0)
    parts: list[Part] = field(default_factory=list)
    status: str = "UNPAID"
    package_id: str = ""
    cancel_reason: str = ""
    cancel_user: str = ""
    fees: dict[str, Decimal] = field(default_factory=dict)

    @property
    def sale_price(self) -> Decimal:
        return self.original_price - self.seller_discount - self.platform_discount


@dataclass
class Package:
    """A parcel of (a part of) an order. `events` are what the carrier reports: millis, code, text."""

    id: str
    order_id: str
    unit_ids: list[str]
    create_time: int
    update_time: int
    status: str = "TO_FULFILL"
    tracking_number: str = ""
    provider_id: str = ""
    handover_method: str = ""
    pickup_slot: tuple[int, int] | None = None
    shipped_at: int = 0
    corrections: int = 0
    events: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class ExternalReference:
    """A merchant's own number for the order, as `POST /order/202406/orders/external_orders` stores it."""

    id: str
    platform: str
    lines: list[tuple[str, str]]


@dataclass
class Cancellation:
    """A cancellation or a buyer's request for one. `status` is the suffix of CANCELLATION_REQUEST_."""

    id: str
    order_id: str
    cancel_type: str
    role: str
    reason: str
    unit_ids: list[str]
    create_time: int
    update_time: int
    status: str = "PENDING"
    line_ids: dict[str, str] = field(default_factory=dict)
    reject_reason: str = ""
    #: What of the shipping fee is given back with single lines.
    shipping: Decimal = Decimal(0)


@dataclass
class Return:
    """A return or refund after delivery; `records` are time, event, role, text."""

    id: str
    order_id: str
    return_type: str
    role: str
    reason: str
    unit_ids: list[str]
    create_time: int
    update_time: int
    status: str = "RETURN_OR_REFUND_REQUEST_PENDING"
    line_ids: dict[str, str] = field(default_factory=dict)
    #: Of bundles the parts that it is about; none: all of them.
    part_ids: list[str] = field(default_factory=list)
    request_id: str = ""
    refunded: Decimal = Decimal(0)
    #: What the buyer gets back when it is not all of the lines' worth; None: all of it.
    amount: Decimal | None = None
    #: What the seller has offered of the money, the status before, and the buyer's no to it.
    offer: Decimal | None = None
    offered_from: str = ""
    is_offer_refused: bool = False
    tracking_number: str = ""
    reject_reason: str = ""
    #: `image_id`s that the seller has sent along with a rejection.
    images: list[str] = field(default_factory=list)
    records: list[tuple[int, str, str, str]] = field(default_factory=list)


@dataclass
class Order:
    """An order with all that TikTok knows of it; `documents.order_document` writes it as the API gives it."""

    id: str
    shop_id: str
    region: str
    currency: str
    buyer_id: str
    address: dict[str, object]
    units: list[Unit]
    create_time: int
    update_time: int
    status: str = "UNPAID"
    shipping_type: str = "SELLER"
    fulfillment_type: str = "FULFILLMENT_BY_SELLER"
    original_shipping_fee: Decimal = Decimal(0)
    shipping_fee_seller_discount: Decimal = Decimal(0)
    shipping_fee_platform_discount: Decimal = Decimal(0)
    shipping_fee_cofunded_discount: Decimal = Decimal(0)
    shipping_fee_tax: Decimal = Decimal(0)
    fees: dict[str, Decimal] = field(default_factory=dict)
    payment_platform_discount: Decimal = Decimal(0)
    payment_discount_service_fee: Decimal = Decimal(0)
    discrepancy: dict[str, Decimal] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    masked: bool = False
    hold_recipient: str = "masked"
    hold_seconds: float = 0
    hold_ends_at: float = 0
    was_on_hold: bool = False
    address_updated: bool = False
    paid_time: int = 0
    rts_time: int = 0
    collection_time: int = 0
    delivery_time: int = 0
    cancel_time: int = 0
    request_cancel_time: int = 0
    cancel_user: str = ""
    cancel_reason: str = ""
    split: bool = False
    combined: bool = False
    packages: list[Package] = field(default_factory=list)
    external: dict[str, ExternalReference] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.status in ("CANCELLED", "COMPLETED")

    def unit(self, unit_id: str) -> Unit:
        """The unit of this id. Raises KeyError."""
        for unit in self.units:
            if unit.id == unit_id:
                return unit
        raise KeyError(unit_id)

    def units_with(self, part_ids: Iterable[str]) -> list[Unit]:
        """The bundles that hold these parts."""
        wanted = set(part_ids)
        return [unit for unit in self.units if wanted & {part.id for part in unit.parts}]

    def open_units(self) -> list[Unit]:
        return [unit for unit in self.units if unit.status != "CANCELLED"]


def total(amounts: Iterable[Decimal]) -> Decimal:
    """A sum that is a Decimal even of nothing."""
    return sum(amounts, Decimal(0))


def payment_of(order: Order) -> dict[str, Decimal]:
    """The parts of `payment`, by TikTok's own identities (reference README, "Orders"), plus any asked-for discrepancy.

    `payment_platform_discount` lowers what the buyer pays, and a deposit (`pfand_fee` of a line) raises it: TikTok's
    formula names neither, but calls `total_amount` what the buyer paid.
    """
    units = order.units
    parts = {
        "original_total_product_price": total(u.original_price for u in units),
        "seller_discount": total(u.seller_discount for u in units),
        "platform_discount": total(u.platform_discount for u in units),
        "original_shipping_fee": order.original_shipping_fee,
        "shipping_fee_seller_discount": order.shipping_fee_seller_discount,
        "shipping_fee_platform_discount": order.shipping_fee_platform_discount,
        "shipping_fee_cofunded_discount": order.shipping_fee_cofunded_discount,
        "product_tax": total(u.tax for u in units),
        "shipping_fee_tax": order.shipping_fee_tax,
        "payment_platform_discount": order.payment_platform_discount,
        "payment_discount_service_fee": order.payment_discount_service_fee,
        **{fee: order.fees.get(fee, Decimal(0)) for fee in FEES},
    }
    parts["sub_total"] = parts["original_total_product_price"] - parts["seller_discount"] - parts["platform_discount"]
    parts["shipping_fee"] = (
        parts["original_shipping_fee"]
        - parts["shipping_fee_seller_discount"]
        - parts["shipping_fee_platform_discount"]
        - parts["shipping_fee_cofunded_discount"]
    )
    parts["tax"] = parts["product_tax"] + parts["shipping_fee_tax"]
    parts["total_amount"] = (
        parts["sub_total"]
        + parts["shipping_fee"]
        + parts["tax"]
        + total(parts[fee] for fee in FEES)
        + total(u.pfand_fee for u in units)
        - parts["payment_platform_discount"]
        + parts["payment_discount_service_fee"]
    )
    for name, amount in order.discrepancy.items():
        parts[name] = parts.get(name, Decimal(0)) + amount
    return parts
