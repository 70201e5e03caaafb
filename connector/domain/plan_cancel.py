"""What is missing of cancellations, returns and the end of an order, on either side. Pure, as `plan` is, and called by it.

`on_tiktok` is what TikTok has to be told or asked, and does not need Magento to be reachable. The other functions are parts
of the plan for both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connector.domain import deciding, statuses
from connector.domain import returns as values
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.returns import Aftersales, CancelAsk, Cancellation
from connector.domain.settings import ShopSettings
from connector.domain.steps import AskMerchant, Record, Step, Wait

ZERO = Decimal(0)
#: Delivered orders are read again after this long, and from then on once a day, until TikTok calls them completed.
COMPLETED_AFTER = timedelta(days=14)
EVERY_DAY = timedelta(days=1)
#: What TikTok has taken it lists and carries out within moments; what it has not listed for so long, it never will.
LISTED_WITHIN = timedelta(hours=6)


# -- steps ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LookAgain(Step):
    """Nothing is missing now, but the order is read again at a time, whether or not something was heard of it."""

    reason: str
    until: datetime


@dataclass(frozen=True)
class ReadCancelOptions(Step):
    """Ask TikTok which reasons it takes for this order now."""


@dataclass(frozen=True)
class SendCancel(Step):
    """Ask TikTok to cancel what was asked for. TikTok's cancellations were looked at: it is not there yet."""

    ask: CancelAsk


@dataclass(frozen=True)
class SettleAsk(Step):
    """Write down how a cancellation that was asked for ended."""

    ask: CancelAsk
    state: str
    message: str = ""


@dataclass(frozen=True)
class RequestCancel(Step):
    """Ask for a cancellation on TikTok because the Magento order was cancelled, or items of it credited.

    `reason` where nothing in Magento says another. No `line_ids`: the whole order.
    """

    reason: str
    line_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadRejectReasons(Step):
    """Ask TikTok with which reasons a buyer's request can be rejected."""

    cancel_id: str


@dataclass(frozen=True)
class SendAnswer(Step):
    """Tell TikTok the seller's yes or no to a buyer who asks to cancel."""

    cancellation: Cancellation


@dataclass(frozen=True)
class SettleAnswer(Step):
    """Write down how an answer ended."""

    cancellation: Cancellation
    state: str


@dataclass(frozen=True)
class CreditInMagento(Step):
    """A credit memo for some pieces (Magento's item id, quantity), some shipping and a difference.

    Amounts are in the order's currency.

    `stands_for` is what the credit memo counts for: `pieces`, and what was credited by hand of them before. `only_found`:
    nothing is left to credit, the credit memo is there already. `shipping` is without tax, as Magento takes it.
    `adjustment` is what is refunded beside pieces and shipping; below zero, what is held back. `everything`: all that is
    left of the order, whatever the other fields say.
    """

    key: str
    pieces: tuple[tuple[int, int], ...]
    sentence: str
    shipping: Decimal = ZERO
    adjustment: Decimal = ZERO
    everything: bool = False
    to_stock: bool = False
    return_id: str = ""
    stands_for: tuple[tuple[int, int], ...] = ()
    only_found: bool = False


@dataclass(frozen=True)
class FindCredit(Step):
    """Find out what came of an attempt at a credit memo that timed out and is not asked for any more."""

    key: str


@dataclass(frozen=True)
class TellRefund(Step):
    """Only say that TikTok refunded; `followed` is what is then written on the return. `needs_look`: a person is to credit it."""

    return_id: str
    sentence: str
    followed: str = "told"
    needs_look: bool = False


# -- TikTok's side ---------------------------------------------------------------------------------------------------------


def on_tiktok(order: Order, aftersales: Aftersales, now: datetime) -> list[Step]:
    """What TikTok is to be asked or told before anything else."""
    steps: list[Step] = []
    for ask in aftersales.open_asks:
        step = _of_ask(order, aftersales, ask, now)
        if step is not None:
            steps.append(step)
    for one in aftersales.cancellations:
        if one.answer_state in values.ANSWERING and not one.is_pending:
            steps.append(SettleAnswer(one, _outcome(one)))
        elif one.answer_state in values.OPEN:
            steps.append(SendAnswer(one))
        elif one.asks_seller and not one.has_reject_reasons:
            steps.append(ReadRejectReasons(one.cancel_id))
    if aftersales.options_asked:
        steps.append(ReadCancelOptions())
    return steps + deciding.on_tiktok(aftersales)


def _of_ask(order: Order, aftersales: Aftersales, ask: CancelAsk, now: datetime) -> Step | None:
    if values.is_done(order, ask):
        return SettleAsk(ask, values.CONFIRMED)
    wanted = [line.id for line in values.lines_asked(order, ask) if not line.is_cancelled]
    found = next(
        (
            one
            for one in aftersales.cancellations
            if (ask.cancel_id and one.cancel_id == ask.cancel_id)
            or (one.role == "SELLER" and one.status != values.WITHDRAWN and values.covers(one.line_ids, wanted))
        ),
        None,
    )
    if found is None and not ask.cancel_id:
        return SendCancel(ask)
    if found is None:
        # TikTok has taken it. Its list and its order may show it later: sent again, it would be refused.
        is_lost = now - (ask.sent_at or ask.asked_at) > LISTED_WITHIN
        said = "TikTok Shop took the cancellation, and does not list it."
        return SettleAsk(ask, values.REFUSED, said) if is_lost else None
    if found.status == values.WITHDRAWN:
        return SettleAsk(ask, values.REFUSED, "TikTok Shop did not carry out the cancellation.")
    return None  # TikTok has it; the order will say so


def _outcome(one: Cancellation) -> str:
    is_as_answered = one.is_carried_out if one.answer == values.APPROVE else one.status == values.WITHDRAWN
    return values.CONFIRMED if is_as_answered else values.OVERTAKEN


def waiting(aftersales: Aftersales, now: datetime) -> Wait | None:
    """Until when to wait for TikTok to confirm a cancellation that it has been asked for, or a yes to the buyer's; or None."""
    since = [ask.sent_at or now for ask in aftersales.open_asks]
    since += [one.answer_sent_at or now for one in aftersales.taken(values.APPROVE)]
    return Wait("cancelling", until=deciding.look_again_at(since, now)) if since else None


def look_again(order: Order, record: Record, now: datetime) -> list[Step]:
    """When the order is to be read again by itself."""
    looks: list[Step] = []
    request = record.aftersales.request
    if request is not None:
        due = request.deadline + timedelta(minutes=1) if request.deadline else now
        looks.append(LookAgain("buyer_asks", due if due > now else now + timedelta(minutes=15)))
    rejected = record.aftersales.taken(values.REJECT)
    if rejected:
        sent = [one.answer_sent_at or now for one in rejected]
        looks.append(LookAgain("buyer_answered", deciding.look_again_at(sent, now)))
    answered = deciding.next_look(record.aftersales, now)
    if answered is not None:
        looks.append(LookAgain("return_answered", answered))
    if record.aftersales.open_returns:
        looks.append(LookAgain("return_open", now + EVERY_DAY))
    if order.status == statuses.DELIVERED:
        due = (order.delivery_time or order.update_time) + COMPLETED_AFTER
        looks.append(LookAgain("completion", due if due > now else now + EVERY_DAY))
    return looks


# -- Magento cancelled by hand -----------------------------------------------------------------------------------------------


def is_cancelled_by_merchant(order: Order, record: Record, magento: MagentoOrder) -> bool:
    """Whether the merchant has undone the Magento order while TikTok still expects it to be shipped.

    An invoiced order can't be cancelled in Magento's admin, only credited: wholly credited and not shipped means the same.
    Magento calls an order cancelled, too, of which a part is shipped and the rest was cancelled: there it is about items
    (connector.domain.plan_store_cancel).
    """
    if magento.is_canceled:
        return not magento.is_shipped
    is_ours = bool(record.aftersales.credits)
    return magento.is_closed and order.status == statuses.AWAITING_SHIPMENT and not is_ours


def follow_merchant(record: Record, magento: MagentoOrder, settings: ShopSettings, now: datetime) -> list[Step]:
    """What follows on TikTok when the merchant has undone the Magento order: by the setting, and once.

    Nothing is cancelled by itself of which a parcel has gone, whether or not TikTok could be told of it.
    """
    wait = waiting(record.aftersales, now)
    if wait is not None:
        return [wait]
    if settings.magento_cancel == "nothing":
        return []
    # What a person asked for before says nothing of this one; nor does what was asked for single items.
    refused = [ask for ask in record.aftersales.asks if ask.state == values.REFUSED and not ask.line_ids]
    is_tried = any(ask.from_magento for ask in refused)
    edited = magento.relation_child_real_id
    is_kept = magento.is_shipped or bool(edited)
    if settings.magento_cancel == "cancel" and not is_tried and not is_kept:
        return [RequestCancel(settings.magento_cancel_reason)]
    message = "The order was cancelled in Magento, but TikTok Shop still expects it to be shipped."
    if edited:
        message = f"The order was edited in Magento: order {edited} stands in its place, of which TikTok Shop is told nothing."
    if refused:
        message += f" TikTok Shop refused to cancel it: {refused[-1].message}"
    return [
        AskMerchant(
            "cancelled_in_magento", message, "Cancel the order on TikTok Shop here, or mark the order to be ignored."
        )
    ]
