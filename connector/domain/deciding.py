"""What the seller may decide about a return: TikTok's decisions with their words, how one ends, and what is to be done next.

Facts: the docstrings of Approve Return and Reject Return, and the statuses of Search Returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain import returns as values
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
}
REJECTIONS: Mapping[str, str] = {
    "REJECT_REFUND": "Refuse the refund",
    "REJECT_RETURN": "Refuse the return",
    "REJECT_RECEIVED_PACKAGE": "The parcel is not right: refuse",
    "REJECT_REPLACEMENT": "Refuse the replacement",
}
WORDS: Mapping[str, str] = {**APPROVALS, **REJECTIONS}
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
#: TikTok has taken an answer and the return has not moved: looked at again after this long, then less and less often.
SOONEST, LATEST = timedelta(seconds=15), timedelta(hours=1)


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
    if is_rejection(answer.decision):
        return values.CONFIRMED if one.status in REFUSED_STATUSES else values.OVERTAKEN
    return values.OVERTAKEN if one.status in REFUSED_STATUSES | WITHDRAWN_STATUSES else values.CONFIRMED


def next_look(aftersales: Aftersales, now: datetime) -> datetime | None:
    """When to look again at a return whose answer TikTok has taken and that has not moved yet."""
    taken = [answer.sent_at or now for answer in aftersales.return_answers if answer.is_taken]
    if not taken:
        return None
    return now + min(max((now - min(taken)) / 4, SOONEST), LATEST)
