"""The first comment of a Magento order: what TikTok knows of it that Magento has no field for. Which of it, the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connector.domain import marks
from connector.domain.order import Order
from connector.domain.settings import ShopSettings


def placed_line(order: Order) -> str:
    """The line by which the comment is found again."""
    return f"Placed on TikTok Shop {_moment(order.create_time)}."


def lines(order: Order, notes: tuple[str, ...], settings: ShopSettings) -> tuple[str, ...]:
    """The lines below the first; empty when there is nothing to say. `notes` are the booking's."""
    said = [*_facts(order, settings), *(notes if settings.tell_amounts else ())]
    return (placed_line(order), *said) if said else ()


def _facts(order: Order, settings: ShopSettings) -> Iterator[str]:
    if order.combined_ids:
        yield f"TikTok Shop orders: {', '.join(order.combined_ids)}."
    if settings.tell_ship_by and order.rts_sla_time is not None and not order.is_fulfilled_by_tiktok:
        yield f"Ship by {_moment(order.rts_sla_time)}."
    if settings.tell_delivery and order.delivery_option_name:
        yield f"Delivery: {order.delivery_option_name}."
    if settings.tell_marks:
        found = [marks.WORDS[mark] for mark in marks.marks_of(order) if mark not in marks.TROUBLE]
        if found:
            yield f"{', '.join(found)}."
        gifts = [line.seller_sku or line.sku_id for line in order.live_line_items if line.is_gift]
        if gifts:
            yield f"Gifts: {', '.join(dict.fromkeys(gifts))}."
        if order.release_date is not None:
            yield f"Released {_moment(order.release_date)}."
    if settings.tell_message and order.buyer_message.strip():
        yield f"Buyer's message: {order.buyer_message.strip()}"
    if settings.tell_note and order.seller_note.strip():
        yield f"Seller's note: {order.seller_note.strip()}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
