"""Cancellations, returns and refunds of an order as values: what TikTok says of them, and what was asked and done here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from connector.domain.order import LineItem, Order

if TYPE_CHECKING:
    from connector.domain.deciding import ReturnAnswer

ZERO = Decimal(0)
CENT = Decimal("0.01")

#: What a person asked for, and how far it has come. Only the first two are still to be worked on.
ASKED = "asked"
SENT = "sent"
CONFIRMED = "confirmed"
REFUSED = "refused"
#: TikTok (or the buyer) was quicker than the answer that was asked for.
OVERTAKEN = "overtaken"
OPEN = (ASKED, SENT)
#: TikTok has taken the answer to a buyer's request, and its list does not show it yet: it is not sent again.
TAKEN = "taken"
ANSWERING = (*OPEN, TAKEN)

BUYER_CANCEL = "BUYER_CANCEL"
PENDING = "CANCELLATION_REQUEST_PENDING"
SUCCESS = "CANCELLATION_REQUEST_SUCCESS"
COMPLETE = "CANCELLATION_REQUEST_COMPLETE"
WITHDRAWN = "CANCELLATION_REQUEST_CANCEL"

APPROVE = "approve"
REJECT = "reject"

REFUND = "REFUND"
RETURN_AND_REFUND = "RETURN_AND_REFUND"
#: Returns in these statuses have paid the buyer back (reference: Search Returns, `return_status`).
REFUNDED = frozenset(
    {
        "RETURN_OR_REFUND_REQUEST_COMPLETE",
        "REPLACEMENT_REQUEST_REFUND_SUCCESS",
        "EXCHANGE_REQUEST_REFUND_SUCCESS",
    }
)
#: The seller has offered a part of the money, and the buyer is to say yes or no.
OFFERED = "AWAITING_BUYER_RESPONSE"
#: Nothing more happens to a return in one of these. Whatever else there may be one day counts as open.
SETTLED = REFUNDED | {
    "REFUND_OR_RETURN_REQUEST_REJECT",
    "RETURN_OR_REFUND_REQUEST_CANCEL",
    "REPLACEMENT_REQUEST_REJECT",
    "REPLACEMENT_REQUEST_CANCEL",
    "REPLACEMENT_REQUEST_COMPLETE",
    "EXCHANGE_REQUEST_CANCEL",
    "EXCHANGE_REQUEST_COMPLETE",
}


@dataclass(frozen=True, kw_only=True)
class CancelAsk:
    """A cancellation that a person (or the Magento order's cancellation) asked for. No `line_ids`: the whole order."""

    id: int
    reason: str
    actor: str
    asked_at: datetime
    state: str = ASKED
    line_ids: tuple[str, ...] = ()
    cancel_id: str = ""
    sent_at: datetime | None = None
    message: str = ""
    from_magento: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, kw_only=True)
class Refund:
    """TikTok's `refund_amount`, in `currency`. `total` is all that the buyer gets; `shipping` is part of it, without tax."""

    currency: str = ""
    total: Decimal = ZERO
    subtotal: Decimal = ZERO
    shipping: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """A cancellation as TikTok's search gives it, and what a person here answered to a buyer who asks."""

    cancel_id: str
    cancel_type: str = "CANCEL"
    status: str = PENDING
    role: str = ""
    reason: str = ""
    reason_text: str = ""
    line_ids: tuple[str, ...] = ()
    deadline: datetime | None = None
    should_replenish_stock: bool | None = None
    #: What the buyer gets back of the shipping fee with it, without tax.
    refund_shipping: Decimal = ZERO
    create_time: datetime | None = None
    update_time: datetime | None = None
    answer: str = ""
    answer_state: str = ""
    answer_reason: str = ""
    answer_comment: str = ""
    answer_key: str = ""
    answer_sent_at: datetime | None = None
    has_reject_reasons: bool = False

    @property
    def is_pending(self) -> bool:
        return self.status == PENDING

    @property
    def is_carried_out(self) -> bool:
        return self.status in (SUCCESS, COMPLETE)

    @property
    def asks_seller(self) -> bool:
        """Whether the buyer waits for the seller's yes or no."""
        return self.is_pending and self.cancel_type == BUYER_CANCEL


@dataclass(frozen=True, kw_only=True)
class Return:
    """A return or refund as TikTok's search gives it. `line_ids` are the order's line items that it is about."""

    return_id: str
    return_type: str = REFUND
    status: str = ""
    role: str = ""
    reason: str = ""
    reason_text: str = ""
    line_ids: tuple[str, ...] = ()
    #: Of a virtual bundle the pieces that it names (`LineItem.part_skus`), by line; a line that is not here is meant as a whole.
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    refund: Refund = field(default_factory=Refund)
    deadline: datetime | None = None
    should_replenish_stock: bool | None = None
    create_time: datetime | None = None
    update_time: datetime | None = None
    #: "" (nothing done yet), "told" or "credited": what Magento got of a refund.
    followed: str = ""
    #: What the seller is to do next, TikTok's name for it; "" when it is not the seller's turn.
    next_action: str = ""
    #: What the seller has offered of the money (`partial_refund`), and whether the buyer has said no to it.
    offer: Decimal | None = None
    is_offer_refused: bool = False
    #: A parcel is known to be on its way back (or to have come).
    is_sent_back: bool = False
    #: TikTok says that the buyer may keep what was sold, or it was decided so here.
    may_keep: bool = False

    @property
    def is_offer_taken(self) -> bool:
        """The buyer was paid back after an offer that nobody has refused."""
        return self.offer is not None and not self.is_offer_refused and self.status in REFUNDED

    @property
    def is_kept(self) -> bool:
        """Whether the buyer is paid back and keeps what was sold."""
        return self.return_type == REFUND or self.may_keep or (self.is_offer_taken and not self.is_sent_back)

    @property
    def is_open(self) -> bool:
        return self.status not in SETTLED

    @property
    def is_refunded(self) -> bool:
        return self.status in REFUNDED and self.refund.total > 0

    def is_of_parts(self, line: LineItem) -> bool:
        """Whether it names pieces of a virtual bundle, and not (as far as is known) all that are in it."""
        named = self.parts.get(line.id)
        return named is not None and not (line.part_skus and set(line.part_skus) <= set(named))


@dataclass(frozen=True, kw_only=True)
class Credit:
    """A credit memo of ours, begun or done. `pieces`: Magento's item id to quantity. `key` says what it is for."""

    key: str
    is_done: bool
    pieces: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    total: Decimal = ZERO
    sending_at: datetime | None = None
    creditmemo_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Aftersales:
    """Everything of the kind that is known of one order."""

    asks: tuple[CancelAsk, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    returns: tuple[Return, ...] = ()
    credits: tuple[Credit, ...] = ()
    #: Somebody wants to see which reasons TikTok takes now.
    options_asked: bool = False
    #: The decisions on returns that are under way, and the returns of which somebody wants to see what may be decided.
    return_answers: tuple[ReturnAnswer, ...] = ()
    choices_asked: tuple[str, ...] = ()

    @property
    def open_asks(self) -> tuple[CancelAsk, ...]:
        return tuple(ask for ask in self.asks if ask.is_open)

    @property
    def request(self) -> Cancellation | None:
        """The buyer's request that waits for the seller's answer."""
        return next((one for one in self.cancellations if one.asks_seller), None)

    def taken(self, answer: str) -> tuple[Cancellation, ...]:
        """The buyer's requests of which TikTok has taken this answer, and that it shows as waiting still."""
        return tuple(
            one for one in self.cancellations if one.is_pending and (one.answer, one.answer_state) == (answer, TAKEN)
        )

    @property
    def open_returns(self) -> tuple[Return, ...]:
        return tuple(one for one in self.returns if one.is_open)


def covers(line_ids: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether all wanted lines are among some lines; a cancellation that names none is about the whole order."""
    given = set(line_ids)
    return not given or set(wanted) <= given


def lines_asked(order: Order, ask: CancelAsk) -> tuple[LineItem, ...]:
    """The order's lines that an ask is about."""
    return tuple(line for line in order.line_items if not ask.line_ids or line.id in ask.line_ids)


def is_done(order: Order, ask: CancelAsk) -> bool:
    """Whether TikTok's order says that what was asked for is so."""
    return order.is_cancelled or all(line.is_cancelled for line in lines_asked(order, ask))


_REASON_WORDS: Mapping[str, str] = {
    "seller_cancel_reason_out_of_stock": "Out of stock",
    "seller_cancel_reason_wrong_price": "Pricing error",
    "seller_cancel_paid_reason_address_not_deliver": "Unable to deliver to the buyer's address",
    "seller_cancel_paid_reason_buyer_requested_cancellation": "Buyer requested cancellation",
    "seller_cancel_unpaid_reason_out_of_stock": "Out of stock",
    "seller_cancel_unpaid_reason_wrong_price": "Pricing error",
    "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed": "Buyer did not pay in time",
    "seller_cancel_unpaid_reason_buyer_requested_cancellation": "Buyer requested cancellation",
}
_PREFIXES = ("seller_cancel_", "paid_", "unpaid_", "reason_")


def reason_in_words(name: str) -> str:
    """TikTok's name of a reason for a person to read. One that is not known loses its prefixes and underscores; words stay."""
    if name in _REASON_WORDS:
        return _REASON_WORDS[name]
    if "_" not in name or " " in name:
        return name  # words already
    words = name
    for prefix in _PREFIXES:
        words = words.removeprefix(prefix)
    return words.replace("_", " ").strip().capitalize() or name


def seller_reasons(*, is_paid: bool) -> tuple[str, ...]:
    """The words of the reasons that TikTok has for a seller who cancels a paid, or an unpaid, order."""
    other = f"seller_cancel_{'unpaid' if is_paid else 'paid'}_"
    return tuple(dict.fromkeys(words for name, words in _REASON_WORDS.items() if not name.startswith(other)))


def reason_named(text: str, available: Iterable[str]) -> str | None:
    """The reason among those available that a text means: its name, or its words; None when it is none of them."""
    names = list(available)
    if text in names:
        return text
    folded = _folded(text)
    return next((name for name in names if folded and folded in (_folded(name), _folded(reason_in_words(name)))), None)


def _folded(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
