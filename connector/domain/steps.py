"""The steps that a plan is made of, and what we have written down about an order. What each does: connector.sync.steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from connector.domain.order import Order
from connector.domain.order_items import Worth
from connector.domain.postal import PostalAddress
from connector.domain.returns import Aftersales

RESERVE = "reserve"
RECORD = "record"

#: After a placing of which we don't know the outcome, an order may still come of it for this long.
PLACING_MAY_LAST = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Mate:
    """Another TikTok order of the same Magento order (connector.domain.plan_together), as it is known here."""

    row_id: int
    order: Order
    is_ignored: bool = False
    magento_order_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """What we have written down about an order: the keys and receipts of the Magento side."""

    way: str = ""
    forced_way: str = ""
    #: What the merchant's rules say (connector.domain.rules): a way of creating, and whether the order is held back.
    rule_way: str = ""
    is_held_by_rule: bool = False
    #: A person asked to create the order, where the settings leave that to people.
    create_asked: bool = False
    #: It was placed before the orders that the merchant chose to begin with (connector.domain.starting).
    is_older: bool = False
    placing_at: datetime | None = None
    #: When TikTok said first that the order is paid and off hold; and since when the connector holds the Magento order.
    ready_at: datetime | None = None
    held_at: datetime | None = None
    corrected: bool = False
    external_reference: str = ""
    commented_status: str = ""
    #: The recipient that the order's address was written from, and whether it has masks (connector.domain.address_print).
    address_print: str = ""
    address_is_masked: bool = False
    #: The address that a person put right in the panel; it stands in place of TikTok's.
    edited_address: PostalAddress | None = None
    #: What the booking has to say, and whether Magento's order says it.
    notes: tuple[str, ...] = ()
    notes_written: bool = False
    #: The order's marks (connector.domain.marks), and what of them, and of the order that it replaces, Magento was told.
    marks: frozenset[str] = frozenset()
    told_marks: frozenset[str] = frozenset()
    #: Notes of the staff that Magento was not told yet, the oldest first: each an id that grows, and the comment.
    staff_notes: tuple[tuple[int, str], ...] = ()
    #: What each of TikTok's line items is in the Magento order: line item id to Magento's item id to quantity.
    pieces: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    #: What these cost, and what Magento's credit memos give back for a piece.
    worth: Worth = field(default_factory=Worth)
    #: The line items with which the Magento order was made.
    booked_lines: frozenset[str] = frozenset()
    #: What it was to come to; None where that is not known.
    booked_total: Decimal | None = None
    #: The part of a shipping fee that is not tax, where TikTok's prices include it; else 1.
    shipping_net_share: Decimal = Decimal(1)
    #: Units of the store's base currency for one unit of the order's.
    base_rate: Decimal = Decimal(1)
    aftersales: Aftersales = field(default_factory=Aftersales)
    #: Until when a free sample waits for others of its creator; None: it does not, or who belongs to whom is settled.
    sample_until: datetime | None = None
    #: The order that carries this one's Magento order, all others of it, and what the carrier was told of this one last.
    carrier: Mate | None = None
    mates: tuple[Mate, ...] = ()
    told_carrier: str = ""


# -- steps ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Something to do on one of the two sides. Each is safe to repeat."""


@dataclass(frozen=True)
class Wait(Step):
    """Nothing can be done yet. `reason` is a stable name; with `until`, look again then, else when something is observed."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class CreateInMagento(Step):
    """Create the order, by placing a cart ("reserve") or as a complete order that touches no stock ("record")."""

    way: str


@dataclass(frozen=True)
class CloseWindow(Step):
    """The time to wait for other samples of the creator is over: settle which orders become one Magento order."""


@dataclass(frozen=True)
class CorrectInMagento(Step):
    """Write TikTok's amounts and number onto the order that was placed."""


@dataclass(frozen=True)
class NumberInMagento(Step):
    """Write TikTok's number alone: onto an order that is cancelled or was invoiced before it was corrected, or has lost it."""


@dataclass(frozen=True)
class InvoiceInMagento(Step):
    pass


@dataclass(frozen=True)
class UnholdInMagento(Step):
    pass


@dataclass(frozen=True)
class CancelInMagento(Step):
    pass


@dataclass(frozen=True)
class RefundInMagento(Step):
    """A credit memo for all that has been invoiced: what was reserved becomes salable again (76).

    `to_stock`: what was shipped and goes back into stock with it, Magento's item id to quantity.
    """

    to_stock: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class WriteExternalReference(Step):
    """Write Magento's number onto the TikTok order."""

    increment_id: str


@dataclass(frozen=True)
class CommentInMagento(Step):
    """Tell TikTok's status in the Magento order's history."""

    status: str
    text: str
    #: The Magento status to set with it; empty: it stays what it is.
    magento_status: str = ""


@dataclass(frozen=True)
class AskMerchant(Step):
    """Only a person can decide; the order goes into Error with this cause."""

    code: str
    message: str
    remedy: str
    #: What it is about (a carrier, a number): errors are grouped by it.
    subject: str = ""
    #: Whether shipping waits for the decision; else it is told once all else is done.
    holds_up: bool = True
