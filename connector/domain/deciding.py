"""What the seller may decide about a return: TikTok's decisions with their words, how one ends, and what is to be done next.

Facts: the docstrings of Approve Return, Reject Return and Get Available Review Decisions, and the statuses of Search Returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connector.domain import returns as values
from connector.domain.money import decimals, minor_units
from connector.domain.returns import Aftersales, Return
from connector.domain.steps import Step

#: The button's words, and what is then so.
APPROVALS: Mapping[str, str] = {
    "APPROVE_REFUND": "Refund the buyer",
    "APPROVE_RETURN": "Accept the return",
    "DIRECT_REFUND": "Refund now, the buyer keeps the item",
    "APPROVE_RECEIVED_PACKAGE": "The parcel is right: refund the buyer",
    "APPROVE_REPLACEMENT": "Send a replacement",
    "ISSUE_REPLACEMENT_REFUND": "Refund instead of replacing",
    "OFFER_PARTIAL_REFUND": "Offer a part of the money, the buyer keeps the item",
}
REJECTIONS: Mapping[str, str] = {
    "REJECT_REFUND": "Refuse the refund",
    "REJECT_RETURN": "Refuse the return",
    "REJECT_RECEIVED_PACKAGE": "The parcel is not right: refuse",
    "REJECT_REPLACEMENT": "Refuse the replacement",
    "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG": "The parcel is not right: offer a part of the money",
}
WORDS: Mapping[str, str] = {**APPROVALS, **REJECTIONS}
#: Offers of a part of the money: the buyer answers them. They go with an amount that TikTok takes.
OFFERS = ("OFFER_PARTIAL_REFUND", "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG")
#: Decisions that the eligibility names and that neither Approve Return nor Reject Return takes: made in Seller Center.
ELSEWHERE: Mapping[str, str] = {"ISSUE_EXCHANGE_REFUND": "Refund instead of exchanging"}
#: Named by the same eligibility, but about cancellations: those are answered on their order.
OF_CANCELLATIONS = frozenset({"APPROVE_REQUEST_CANCEL", "REJECT_REQUEST_CANCEL"})
#: After these the buyer has the money and what was sold.
LEAVES_ITEM = frozenset({"DIRECT_REFUND", "ISSUE_REPLACEMENT_REFUND"})
#: What the seller is asked for where an offer may be one of the answers.
MAY_TAKE_OFFER = frozenset({"SELLER_RESPOND_REFUND", "SELLER_RESPOND_RETURN", "SELLER_RESPOND_RECEIVE_PACKAGE"})
#: Statuses in which the seller has said no.
REFUSED_STATUSES = frozenset(
    {"REFUND_OR_RETURN_REQUEST_REJECT", "REJECT_RECEIVE_PACKAGE", "REPLACEMENT_REQUEST_REJECT"}
)
WITHDRAWN_STATUSES = frozenset(
    {"RETURN_OR_REFUND_REQUEST_CANCEL", "REPLACEMENT_REQUEST_CANCEL", "EXCHANGE_REQUEST_CANCEL"}
)
#: What the seller is to do next (`seller_next_action_response`), for a person.
NEXT_ACTIONS: Mapping[str, str] = {
    "SELLER_RESPOND_REFUND": "Answer the refund",
    "SELLER_RESPOND_RETURN": "Answer the return",
    "SELLER_RESPOND_RECEIVE_PACKAGE": "Look at the parcel and answer",
    "SELLER_RESPOND_REPLACEMENT": "Answer the replacement",
}
#: What TikTok has taken and does not show yet is looked at again after this long, then less and less often.
SOONEST, LATEST = timedelta(seconds=15), timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class OfferRange:
    """How much TikTok lets the seller offer for a whole return."""

    least: Decimal
    most: Decimal
    currency: str

    def holds(self, amount: Decimal) -> bool:
        return self.least <= amount <= self.most


#: Asked of a person who offers no amount, or none that can be read.
ENTER_AMOUNT = "Enter the amount that you offer, such as 5.00."


def check_offer(amount: Decimal, offered: OfferRange) -> None:
    """Raises ValueError, with a sentence, when the amount can't be offered."""
    if not amount.is_finite() or not offered.holds(amount):
        raise ValueError(f"TikTok Shop takes an offer from {offered.least} to {offered.most} {offered.currency}.")
    if decimals(amount) > minor_units(offered.currency):
        raise ValueError("The amount has more decimals than its currency.")


@dataclass(frozen=True, kw_only=True)
class ReturnAnswer:
    """A decision that a person asked for. `status_at`: the return's status when it was asked for."""

    id: int
    return_id: str
    decision: str
    status_at: str
    key: str
    state: str = values.ASKED
    reason: str = ""
    comment: str = ""
    #: What is offered of the money, with one of OFFERS.
    amount: Decimal | None = None
    sent_at: datetime | None = None
    #: TikTok has answered that it took it.
    is_taken: bool = False


@dataclass(frozen=True)
class ReadReturnChoices(Step):
    """Ask TikTok what may be decided about a return now, and what has happened to it."""

    return_id: str


@dataclass(frozen=True)
class SendReturnAnswer(Step):
    """Tell TikTok the decision. TikTok's list was looked at: the return stands where it stood."""

    answer: ReturnAnswer


@dataclass(frozen=True)
class SettleReturnAnswer(Step):
    """Write down how a decision ended."""

    answer: ReturnAnswer
    state: str


def is_rejection(decision: str) -> bool:
    return decision in REJECTIONS


def on_tiktok(aftersales: Aftersales) -> list[Step]:
    """What TikTok is to be asked or told of returns."""
    steps: list[Step] = [ReadReturnChoices(return_id) for return_id in aftersales.choices_asked]
    known = {one.return_id: one for one in aftersales.returns}
    for answer in aftersales.return_answers:
        one = known.get(answer.return_id)
        if one is None:
            continue
        if one.status != answer.status_at:
            steps.append(SettleReturnAnswer(answer, outcome(answer, one)))
        elif not answer.is_taken:
            steps.append(SendReturnAnswer(answer))
    return steps


def outcome(answer: ReturnAnswer, one: Return) -> str:
    """How a decision ended when the return has moved on: as it was decided, or otherwise (the buyer or TikTok was quicker)."""
    if answer.state != values.SENT:
        return values.OVERTAKEN
    if answer.decision in OFFERS:
        is_offered = one.status == values.OFFERED or one.offer == answer.amount
        return values.CONFIRMED if is_offered else values.OVERTAKEN
    if is_rejection(answer.decision):
        return values.CONFIRMED if one.status in REFUSED_STATUSES else values.OVERTAKEN
    return values.OVERTAKEN if one.status in REFUSED_STATUSES | WITHDRAWN_STATUSES else values.CONFIRMED


def next_look(aftersales: Aftersales, now: datetime) -> datetime | None:
    """When to look again at a return whose answer TikTok has taken and that has not moved yet."""
    taken = [answer.sent_at or now for answer in aftersales.return_answers if answer.is_taken]
    return look_again_at(taken, now) if taken else None


def look_again_at(since: Iterable[datetime], now: datetime) -> datetime:
    """When to look again at what TikTok took at these moments and does not show yet."""
    return now + min(max((now - min(since)) / 4, SOONEST), LATEST)
