"""A TikTok Shop order as values. Built from TikTok's JSON in connector/tiktok/, used everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from connector.domain import statuses

ZERO = Decimal(0)
#: "Only orders with fulfillment type can be shipped by sellers": the others (TikTok's, Tokopedia's, whatever there may be)
#: lie in a warehouse that is not the merchant's. Older documents name none.
BY_SELLER = ("FULFILLMENT_BY_SELLER", "")
#: TikTok delivers virtual goods itself: there is nothing to ship.
DIGITAL = "TIKTOK_DIGITAL"


@dataclass(frozen=True, kw_only=True)
class BundlePart:
    """One SKU inside a virtual bundle, per one bundle (`combined_listing_skus`)."""

    sku_id: str
    seller_sku: str
    count: int
    product_id: str = ""


@dataclass(frozen=True, kw_only=True)
class LineItem:
    """One unit sold: TikTok lists one line item per unit, not per SKU. Amounts are this unit's, in the order's currency."""

    id: str
    sku_id: str
    seller_sku: str
    product_id: str = ""
    product_name: str = ""
    sku_name: str = ""
    sku_image: str = ""
    original_price: Decimal = ZERO
    sale_price: Decimal = ZERO
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    item_tax: Decimal = ZERO  # sum of item_tax[].tax_amount (US sales tax)
    fees: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))  # by TikTok's field name
    shipping_vat_amount: Decimal = ZERO
    is_gift: bool = False
    display_status: str = ""
    package_id: str = ""
    package_status: str = ""
    tracking_number: str = ""
    shipping_provider_id: str = ""
    shipping_provider_name: str = ""
    cancel_reason: str = ""
    cancel_user: str = ""
    bundle_parts: tuple[BundlePart, ...] = ()
    #: The pieces of a virtual bundle (`sub_item_info`): the id of each, and what it is.
    part_skus: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_cancelled(self) -> bool:
        return statuses.normalised(self.display_status) == statuses.CANCELLED


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What the buyer paid and who funded what, in `currency`. Names and identities: reference/tiktok/README.md."""

    currency: str
    total_amount: Decimal = ZERO
    sub_total: Decimal = ZERO
    original_total_product_price: Decimal = ZERO
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    payment_platform_discount: Decimal = ZERO
    payment_discount_service_fee: Decimal = ZERO
    shipping_fee: Decimal = ZERO
    original_shipping_fee: Decimal = ZERO
    shipping_fee_seller_discount: Decimal = ZERO
    shipping_fee_platform_discount: Decimal = ZERO
    shipping_fee_cofunded_discount: Decimal = ZERO
    tax: Decimal = ZERO
    product_tax: Decimal = ZERO
    shipping_fee_tax: Decimal = ZERO
    #: Those that TikTok sent, by its name: retail_delivery_fee, small_order_fee, buyer_service_fee, handling_fee,
    #: shipping_insurance_fee, item_insurance_fee, item_insurance_tax, distance_shipping_fee, distance_fee.
    fees: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class District:
    """One level of `district_info`: L0 country, L1 state or province, L2 county or city, L3 city, …"""

    level: str
    level_name: str
    name: str
    iso_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """`recipient_address` as it came: empty or masked with * while on hold, with platform logistics, after the end."""

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    phone_number: str = ""
    region_code: str = ""
    postal_code: str = ""
    address_line1: str = ""
    address_line2: str = ""
    address_line3: str = ""
    address_line4: str = ""
    address_detail: str = ""
    full_address: str = ""
    post_town: str = ""
    districts: tuple[District, ...] = ()

    @property
    def country_code(self) -> str:
        """The ISO code of the country as Magento writes it ("GB"); empty when TikTok does not say."""
        top = next((district.iso_code for district in self.districts if district.level == "L0"), "")
        code = (self.region_code or top).strip().upper()
        return "GB" if code == "UK" else code

    @property
    def is_given(self) -> bool:
        """Whether there is an address at all: while TikTok holds an order it is empty."""
        return bool(self.country_code and (self.full_address or self.address_detail or self.address_line1 or self.name))

    @property
    def is_masked(self) -> bool:
        texts = (
            self.name,
            self.first_name,
            self.last_name,
            self.phone_number,
            self.postal_code,
            self.full_address,
            self.address_detail,
            self.address_line1,
            self.address_line2,
        )
        return any("*" in text for text in texts)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A TikTok Shop order. Times are UTC."""

    id: str
    status: str
    create_time: datetime
    update_time: datetime
    payment: Payment
    line_items: tuple[LineItem, ...]
    recipient: Recipient = Recipient()
    paid_time: datetime | None = None
    rts_time: datetime | None = None
    delivery_time: datetime | None = None
    cancel_time: datetime | None = None
    rts_sla_time: datetime | None = None
    tts_sla_time: datetime | None = None
    shipping_due_time: datetime | None = None
    collection_due_time: datetime | None = None
    delivery_due_time: datetime | None = None
    cancel_order_sla_time: datetime | None = None
    release_date: datetime | None = None
    fulfillment_type: str = "FULFILLMENT_BY_SELLER"
    shipping_type: str = "SELLER"
    order_type: str = ""
    delivery_option_name: str = ""
    buyer_email: str = ""
    buyer_message: str = ""
    buyer_nickname: str = ""
    user_id: str = ""
    seller_note: str = ""
    cancel_reason: str = ""
    cancellation_initiator: str = ""
    cpf: str = ""
    cpf_name: str = ""
    warehouse_id: str = ""
    tracking_number: str = ""
    shipping_provider: str = ""
    shipping_provider_id: str = ""
    split_or_combine_tag: str = ""
    package_ids: tuple[str, ...] = ()
    is_cod: bool = False
    is_on_hold_order: bool = False
    is_sample_order: bool = False
    is_replacement_order: bool = False
    replaced_order_id: str = ""
    is_exchange_order: bool = False
    exchange_source_order_id: str = ""
    is_buyer_request_cancel: bool = False
    #: TikTok's numbers of all orders that became one Magento order (connector.domain.samples); empty: this one alone.
    combined_ids: tuple[str, ...] = ()

    @property
    def is_cancelled(self) -> bool:
        return self.status == statuses.CANCELLED

    @property
    def live_line_items(self) -> tuple[LineItem, ...]:
        """The units that are still wanted: without those cancelled singly; all of them when every one is cancelled."""
        return tuple(line for line in self.line_items if not line.is_cancelled) or self.line_items

    @property
    def auto_cancel_time(self) -> datetime | None:
        """When TikTok cancels the order by itself unless it was shipped: the earlier of the two times that it may name."""
        return min((at for at in (self.shipping_due_time, self.cancel_order_sla_time) if at is not None), default=None)

    @property
    def is_combined(self) -> bool:
        """It shares a package with other orders of the buyer (`split_or_combine_tag`)."""
        return self.split_or_combine_tag == "COMBINED" and bool(self.package_ids)

    @property
    def is_fulfilled_by_tiktok(self) -> bool:
        """The stock lies in TikTok's warehouse: nothing to ship, and Magento's stock must not be touched."""
        return self.fulfillment_type not in BY_SELLER or self.shipping_type == DIGITAL
