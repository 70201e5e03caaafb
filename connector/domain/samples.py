"""Free samples of one creator that become one Magento order: who joins whom, until when they wait, and what they are together.

Only what is free is put together: an order that costs something has amounts, refunds and shipping fees of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.domain import statuses
from connector.domain.order import ZERO, Order, Payment
from connector.domain.plan_hold import BEFORE_SHIP_BY
from connector.domain.settings import ShopSettings

#: So many TikTok orders become one Magento order at most: their numbers have to fit the column that Magento's grid shows.
MOST = 10


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A sample that waits for others: its row here, TikTok's order, and when TikTok first said that it may be created."""

    row_id: int
    order: Order
    ready_at: datetime


@dataclass(frozen=True, kw_only=True)
class Window:
    """Samples that become one Magento order when `until` has come; the first row carries it."""

    row_ids: tuple[int, ...]
    until: datetime


def are_combined(order: Order, settings: ShopSettings) -> bool:
    """Whether an order is one of those that the merchant wants put together."""
    return settings.samples == "combine" and key_of(order) is not None


def key_of(order: Order) -> tuple[object, ...] | None:
    """What two samples must have in common to become one Magento order; None: it is created by itself.

    The buyer as TikTok knows them (`user_id`), and the whole recipient: one that TikTok masks could be anybody.
    """
    recipient = order.recipient
    is_known = bool(recipient.name and recipient.phone_number and (recipient.address_line1 or recipient.address_detail))
    if not order.is_sample_order or not order.user_id or not is_known or recipient.is_masked:
        return None
    if order.payment.total_amount != 0:
        return None
    texts = {name: " ".join(value.split()) for name, value in asdict(recipient).items() if isinstance(value, str)}
    return (
        order.user_id,
        tuple(sorted(texts.items())),
        recipient.districts,
        order.fulfillment_type,
        order.shipping_type,
        order.warehouse_id,
        order.payment.currency,
    )


def windows(samples: Iterable[Waiting], hours: Decimal) -> list[Window]:
    """The samples of one key by windows of so many hours: the first opens one, and who is ready before its end joins.

    A window ends in time for the first of its orders to be shipped, however long it was set.
    """
    found: list[Window] = []
    left = sorted(samples, key=lambda sample: (sample.ready_at, sample.row_id))
    while left:
        until = left[0].ready_at + timedelta(hours=float(hours))
        together = [sample for sample in left if sample.ready_at < until][:MOST]
        left = [sample for sample in left if sample not in together]
        ship_by = [sample.order.rts_sla_time for sample in together if sample.order.rts_sla_time is not None]
        until = min([until, *(at - BEFORE_SHIP_BY for at in ship_by)])
        found.append(Window(row_ids=tuple(sorted(sample.row_id for sample in together)), until=until))
    return found


def window_of(row_id: int, samples: Sequence[Waiting], hours: Decimal) -> Window | None:
    """The window of one of the samples."""
    mine = next((sample for sample in samples if sample.row_id == row_id), None)
    if mine is None:
        return None
    key = key_of(mine.order)
    alike = [sample for sample in samples if key is not None and key_of(sample.order) == key]
    return next((window for window in windows(alike, hours) if row_id in window.row_ids), None)


def whole_of(carrier: Order, others: Sequence[Order]) -> Order:
    """What a Magento order is made of that stands for several TikTok orders: the carrier's, with the lines of all.

    Lines of an order that is cancelled are cancelled. Its status is the earliest of those that live.
    """
    every = (carrier, *others)
    live = [order for order in every if not order.is_cancelled]
    lines = tuple(
        replace(line, display_status=statuses.CANCELLED) if order.is_cancelled else line
        for order in every
        for line in order.line_items
    )
    ship_by = [order.rts_sla_time for order in live if order.rts_sla_time is not None]
    return replace(
        carrier,
        status=min((order.status for order in live), key=_place, default=statuses.CANCELLED),
        line_items=lines,
        payment=_summed([order.payment for order in every]),
        rts_sla_time=min(ship_by, default=carrier.rts_sla_time),
        buyer_message=_said(order.buyer_message for order in every),
        seller_note=_said(order.seller_note for order in every),
        combined_ids=tuple(order.id for order in every),
    )


def told_print(order: Order) -> str:
    """A fingerprint of what of an order matters to the Magento order that others carry: its status and its cancelled lines."""
    cancelled = sorted(line.id for line in order.line_items if line.is_cancelled)
    return hashlib.sha256("\n".join((order.status, *cancelled)).encode()).hexdigest()[:40]


def _place(status: str) -> int:
    """A status that is not known is the earliest: nothing is guessed."""
    return statuses.ORDER_STATUSES.index(status) if status in statuses.ORDER_STATUSES else -1


def _summed(payments: Sequence[Payment]) -> Payment:
    amounts: dict[str, Any] = {
        field.name: sum((getattr(payment, field.name) for payment in payments), ZERO)
        for field in fields(Payment)
        if field.name not in ("currency", "fees")
    }
    fees: dict[str, Decimal] = {}
    for payment in payments:
        for name, amount in payment.fees.items():
            fees[name] = fees.get(name, ZERO) + amount
    return replace(payments[0], **amounts, fees=fees)


def _said(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(text.strip() for text in texts if text.strip()))
