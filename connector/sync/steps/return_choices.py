"""What a seller may decide about a return now, as TikTok tells it, and what is written of the return there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from connector import clock
from connector.domain import deciding
from connector.domain import returns as values
from connector.domain.deciding import ReadReturnChoices
from connector.domain.errors import NeedsMerchant
from connector.extensions import db
from connector.models import Return, ReturnChoices
from connector.models.transaction import end_transaction, transaction
from connector.sync.run import Run
from connector.sync.steps import return_offers
from connector.tiktok.aftersale_calls import RejectReason
from connector.tiktok.caller import objects, text
from connector.tiktok.return_calls import Decision
from connector.tiktok.values import from_unix


def read(run: Run, step: ReadReturnChoices) -> None:
    """Asks TikTok what may be decided about a return now and with which reasons, and what is written of it. "No" is an answer."""
    message = ""
    decisions: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    try:
        decisions = [_stored(one) for one in _decisions(run, step.return_id)]
        decisions += _offers(run, step.return_id)
        if run.row.blanked_at is None:  # what the buyer wrote has had its time with the rest
            records = [_record(one) for one in run.tiktok.return_records(step.return_id)]
    except NeedsMerchant as error:
        message = error.message
    with transaction() as session:
        session.execute(
            update(ReturnChoices)
            .where(
                ReturnChoices.return_row_id
                == select(Return.id).where(Return.return_id == step.return_id).scalar_subquery()
            )
            .values(
                state="failed" if message else "ready",
                read_at=clock.now(),
                decisions=decisions,
                records=records[::-1],
                message=message[:1000],
            )
        )
    run.receipt()  # the order's page shows them


def _decisions(run: Run, return_id: str) -> list[Decision]:
    """TikTok's answer, cancellations left out; with reasons for each rejection that is possible."""
    found = [
        one
        for one in run.tiktok.decision_eligibility(return_id)
        if one.decision in deciding.WORDS or (one.is_eligible and one.decision not in deciding.OF_CANCELLATIONS)
    ]
    return [with_reasons(run, return_id, one) for one in found]


def with_reasons(run: Run, return_id: str, one: Decision) -> Decision:
    """The decision with the reasons of which a rejection must name one, asked for where TikTok did not tell them with it."""
    if not one.is_eligible or not deciding.is_rejection(one.decision) or one.reject_reasons:
        return one
    reasons = tuple(run.tiktok.reject_reasons(return_id))
    return Decision(
        decision=one.decision,
        is_eligible=True,
        ineligible_reason="",
        reject_reasons=reasons,
    )


def _stored(one: Decision) -> dict[str, Any]:
    return {
        "decision": one.decision,
        "is_eligible": one.is_eligible,
        "why_not": one.ineligible_reason,
        "reasons": _stored_reasons(one.reject_reasons),
        # What neither of the two calls that decide takes: to be done in Seller Center.
        "is_elsewhere": one.decision not in deciding.WORDS,
    }


def _stored_reasons(reasons: Sequence[RejectReason]) -> list[dict[str, str]]:
    return [{"name": one.name, "text": one.text or values.reason_in_words(one.name)} for one in reasons]


def _offers(run: Run, return_id: str) -> list[dict[str, Any]]:
    """What may be offered of the money; where an offer may be an answer and TikTok does not tell it: it is made elsewhere."""
    next_action = db.session.scalar(select(Return.next_action).where(Return.return_id == return_id))
    end_transaction()
    if next_action not in deciding.MAY_TAKE_OFFER:
        return []
    try:
        found = return_offers.possible(run, return_id)
    except return_offers.NotTold as not_told:
        before, after = deciding.OFFERS
        decision = after if next_action == "SELLER_RESPOND_RECEIVE_PACKAGE" else before
        entry = {"decision": decision, "is_eligible": False, "reasons": []}
        return [entry | {"why_not": str(not_told)[:500], "is_elsewhere": True}]
    return [
        {
            "decision": one.decision,
            "is_eligible": one.amounts is not None,
            "why_not": one.why_not,
            "reasons": _stored_reasons(one.reasons),
        }
        | (
            {"least": str(one.amounts.least), "most": str(one.amounts.most), "currency": one.amounts.currency}
            if one.amounts is not None
            else {}
        )
        for one in found
    ]


def _record(document: dict[str, Any]) -> dict[str, Any]:
    try:
        at = from_unix(document.get("create_time")).isoformat()
    except ValueError:
        at = ""
    return {
        "at": at,
        "role": text(document, "role"),
        "text": text(document, "description")[:500],
        "note": text(document, "note")[:1000],
        "images": [address for one in objects(document, "images") if (address := text(one, "url"))][:9],
    }
