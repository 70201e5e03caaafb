"""What is printed for the packing table: a slip for each order, and one list of what to fetch from the shelves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connector.domain import statuses
from connector.domain.order import LineItem, Order, Recipient
from connector.domain.plan_shipping import TO_SHIP
from connector.domain.postal import PostalAddress
from connector.domain.stored_booking import Pieces

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
UNREADABLE = "What TikTok Shop told of this order cannot be read. Do not ship."


@dataclass(frozen=True, kw_only=True)
class SlipLine:
    """What of one product is to be packed: of a bundle, each part by itself. `quantity` counts pieces.

    `sku` is Magento's where the order was booked, else the seller SKU of TikTok; `options` tells the variants of one SKU
    apart. `price` is a unit's of TikTok, so it is None where a unit is several pieces; `total` is None of a bundle's
    further parts: the first has the sum.
    """

    sku: str
    name: str
    variant: str
    quantity: int
    is_gift: bool
    price: Decimal | None
    total: Decimal | None
    options: str = ""


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
        return "TikTok Shop delivers this order: there is nothing to do."
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
    booked: Mapping[str, Sequence[Pieces]] | None = None,
    buyer_asks_cancel: bool = False,
    edited: PostalAddress | None = None,
) -> Slip:
    """The slip of an order: what is left to ship of it (all of it once everything is shipped).

    `booked` is what each of TikTok's line items became in Magento; `edited` is the address that a person put right.
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


def _lines(units: Iterable[LineItem], booked: Mapping[str, Sequence[Pieces]]) -> Iterable[SlipLine]:
    grouped: dict[tuple[object, ...], list[LineItem]] = {}
    for unit in units:
        grouped.setdefault((unit.sku_id, unit.seller_sku, unit.sale_price, unit.is_gift), []).append(unit)
    for alike in grouped.values():
        first = alike[0]
        total: Decimal | None = first.sale_price * len(alike)
        parts: dict[tuple[str, str], list[Pieces]] = {}
        for part in (part for unit in alike for part in booked.get(unit.id) or _unbooked(unit)):
            parts.setdefault((part.sku, part.options), []).append(part)
        for (sku, options), pieces in parts.items():
            quantity = sum(part.count for part in pieces)
            is_unit = len(parts) == 1 and quantity == len(alike)
            # A part goes by Magento's name, with what it was sold in beside it: TikTok's variant is not the part's.
            name = "" if is_unit else pieces[0].name
            yield SlipLine(
                sku=sku,
                name=name or first.product_name,
                variant=first.product_name if name else first.sku_name,
                quantity=quantity,
                is_gift=first.is_gift,
                price=first.sale_price if is_unit else None,
                total=total,
                options=options,
            )
            total = None


def _unbooked(unit: LineItem) -> list[Pieces]:
    """What a unit is as far as TikTok tells."""
    parts = [Pieces(sku=part.seller_sku or part.sku_id, count=max(part.count, 1)) for part in unit.bundle_parts]
    return parts or [Pieces(sku=unit.seller_sku or unit.sku_id, count=1)]


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
        country or recipient.country_code,
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
    found: dict[tuple[str, str], Counter[str]] = {}
    named: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
    for one in slips:
        if one.stop:
            continue
        for line in one.lines:
            key = (line.sku, line.options)
            found.setdefault(key, Counter())[one.tiktok_order_id] += line.quantity
            named.setdefault(key, {})[line.name, line.variant] = None
    return [
        # What is sold under several names is one product: its first name says enough, and no variant fits all.
        PickLine(sku=key[0], name=names[0][0], variant=names[0][1] if len(names) == 1 else "", orders=found[key])
        for key, names in ((key, list(named[key])) for key in sorted(found, key=_natural))
    ]


def _natural(key: tuple[str, ...]) -> tuple[object, ...]:
    """So that SHIRT-9 comes before SHIRT-10: numbers in a text count as numbers."""
    parts = [part for text in key for part in re.split(r"([0-9]{1,9})", text)]
    return tuple((int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in parts)
