"""What is printed for the packing table: a slip for each order, and one list of what to fetch from the shelves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connector.domain import statuses
from connector.domain.order import LineItem, Order, Recipient
from connector.domain.plan_shipping import TO_SHIP
from connector.domain.postal import PostalAddress

__all__ = [
    "SHIPPED_ALREADY",
    "TO_SHIP",
    "PickLine",
    "Slip",
    "SlipLine",
    "address_lines",
    "pick_list",
    "slip",
    "stop_of",
]


SHIPPED_ALREADY = "Shipped already."


@dataclass(frozen=True, kw_only=True)
class SlipLine:
    """Alike units of an order. `sku` is Magento's where the order was booked, else the seller SKU of TikTok."""

    sku: str
    name: str
    variant: str
    quantity: int
    is_gift: bool
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class Slip:
    """One order for the packing table. `stop` says why it must not be shipped ("": nothing is in the way)."""

    tiktok_order_id: str
    magento_increment_id: str
    shop_name: str
    created_at: datetime
    ship_by: datetime | None
    address: tuple[str, ...]
    lines: tuple[SlipLine, ...]
    currency: str
    buyer_message: str = ""
    seller_note: str = ""
    stop: str = ""

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class PickLine:
    """What of one product is to be fetched, and for which orders (TikTok's number to quantity)."""

    sku: str
    name: str
    variant: str
    orders: Mapping[str, int] = field(default_factory=dict)

    @property
    def quantity(self) -> int:
        return sum(self.orders.values())


def stop_of(order: Order, *, buyer_asks_cancel: bool = False) -> str:
    """Why an order must not be packed now, in words; "" when it may."""
    if order.is_cancelled:
        return "Cancelled. Do not ship."
    if buyer_asks_cancel or order.is_buyer_request_cancel:
        return "The buyer asks to cancel. Answer that first."
    if order.is_fulfilled_by_tiktok:
        return "TikTok ships this order from its own warehouse."
    if order.status == statuses.UNPAID:
        return "Not paid yet. Do not ship."
    if order.status == statuses.ON_HOLD:
        return "On hold: the buyer may still cancel. Do not ship yet."
    if order.status not in TO_SHIP:
        return SHIPPED_ALREADY
    return ""


def slip(
    order: Order,
    *,
    magento_increment_id: str = "",
    shop_name: str = "",
    booked: Mapping[str, Sequence[str]] | None = None,
    buyer_asks_cancel: bool = False,
    edited: PostalAddress | None = None,
) -> Slip:
    """The slip of an order: what is left to ship of it (all of it once everything is shipped).

    `booked` names the Magento SKUs that each of TikTok's line items became; `edited` is the address that a person put right.
    """
    waiting = tuple(line for line in order.live_line_items if line.display_status not in statuses.SHIPPED)
    return Slip(
        tiktok_order_id=order.id,
        magento_increment_id=magento_increment_id,
        shop_name=shop_name,
        created_at=order.create_time,
        ship_by=order.rts_sla_time,
        address=postal_lines(edited) if edited else address_lines(order.recipient),
        lines=tuple(_lines(waiting or order.live_line_items, booked or {})),
        currency=order.payment.currency,
        buyer_message=order.buyer_message,
        seller_note=order.seller_note,
        stop=stop_of(order, buyer_asks_cancel=buyer_asks_cancel),
    )


def _lines(units: Iterable[LineItem], booked: Mapping[str, Sequence[str]]) -> Iterable[SlipLine]:
    grouped: dict[tuple[object, ...], list[LineItem]] = {}
    for unit in units:
        grouped.setdefault((unit.sku_id, unit.seller_sku, unit.sale_price, unit.is_gift), []).append(unit)
    for alike in grouped.values():
        first = alike[0]
        skus = dict.fromkeys(sku for unit in alike for sku in booked.get(unit.id, ()))
        parts = [f"{part.count} × {part.seller_sku or part.sku_id}" for part in first.bundle_parts]
        yield SlipLine(
            sku=" + ".join(skus) or " + ".join(parts) or first.seller_sku or first.sku_id,
            name=first.product_name,
            variant=first.sku_name,
            quantity=len(alike),
            is_gift=first.is_gift,
            price=first.sale_price,
        )


def address_lines(recipient: Recipient) -> tuple[str, ...]:
    """Where it goes, as TikTok writes it: name, street, the places from the smallest to the country, telephone."""
    lines = [recipient.address_line1, recipient.address_line2, recipient.address_line3, recipient.address_line4]
    street = [line.strip() for line in lines if line.strip()] or [recipient.address_detail or recipient.full_address]
    told = " ".join(street).casefold()
    places = [district.name.strip() for district in recipient.districts if district.level != "L0"]
    small_to_large = [name for name in reversed(places) if name and name.casefold() not in told]
    country = next((district.name for district in recipient.districts if district.level == "L0"), "")
    town = ", ".join(dict.fromkeys(name for name in (recipient.post_town, *small_to_large) if name))
    found = (
        recipient.name or f"{recipient.first_name} {recipient.last_name}",
        *street,
        f"{town} {recipient.postal_code}",
        country or recipient.region_code,
        recipient.phone_number,
    )
    return tuple(text for text in (" ".join(line.split()) for line in found) if text)


def postal_lines(address: PostalAddress) -> tuple[str, ...]:
    """An address of Magento's form, for a label."""
    found = (
        f"{address.firstname} {address.lastname}",
        *address.street,
        f"{', '.join(dict.fromkeys(part for part in (address.city, address.region) if part))} {address.postcode}",
        address.country_id,
        address.telephone,
    )
    return tuple(text for text in (" ".join(line.split()) for line in found) if text)


def pick_list(slips: Iterable[Slip]) -> list[PickLine]:
    """What to fetch for all orders that may be shipped, by SKU."""
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for one in slips:
        if one.stop:
            continue
        for line in one.lines:
            orders = found.setdefault((line.sku, line.name, line.variant), {})
            orders[one.tiktok_order_id] = orders.get(one.tiktok_order_id, 0) + line.quantity
    return [
        PickLine(sku=sku, name=name, variant=variant, orders=orders)
        for (sku, name, variant), orders in sorted(found.items(), key=lambda item: _natural(item[0]))
    ]


def _natural(key: tuple[str, ...]) -> tuple[object, ...]:
    """So that SHIRT-9 comes before SHIRT-10: numbers in a text count as numbers."""
    parts = [part for text in key for part in re.split(r"([0-9]{1,9})", text)]
    return tuple((int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in parts)
