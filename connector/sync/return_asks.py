"""What a person may decide about returns, as connector.sync.asks: a row is written and a worker woken; nothing is done here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import deciding
from connector.domain import returns as values
from connector.domain.pictures import MOST_PICTURES, picture_of
from connector.domain.statuses import SyncState
from connector.extensions import queue
from connector.models import Evidence, Order, Return, ReturnAnswer, ReturnChoices
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync import aftersales, intake
from connector.sync.asks import Refused, make_due
from connector.sync.timeline import record

#: TikTok's answer on what may be decided counts for "now" for so long; then it is asked again.
FRESH = timedelta(minutes=2)


def ask_choices(return_row_id: int) -> None:
    """Lets a worker ask TikTok what may be decided about a return now, unless it was asked a moment ago."""
    with transaction() as session:
        one = session.get_one(Return, return_row_id)
        row = session.get_one(Order, one.order_id, with_for_update={"of": Order})
        if row.sync_state == SyncState.IGNORED:
            raise Refused("The order is ignored. Take it back first.")
        choices = session.scalars(
            select(ReturnChoices).where(ReturnChoices.return_row_id == return_row_id)
        ).one_or_none()
        if choices is None:
            choices = ReturnChoices(return_row_id=return_row_id, order_id=row.id, decisions=[], records=[])
            session.add(choices)
        elif _is_fresh(choices, one):
            return
        choices.state, choices.asked_at, choices.message = values.ASKED, clock.now(), ""
        row_id, observed = row.id, intake.observe_row(row).observed
        aftersales.hint(row)
    queue.wake_order(row_id, observed)


def _is_fresh(choices: ReturnChoices, one: Return) -> bool:
    """Whether TikTok was asked a moment ago, and the return has not moved on since: what may be decided is then another thing."""
    if choices.state not in (values.ASKED, "ready") or choices.asked_at <= clock.now() - FRESH:
        return False
    return one.update_time is None or one.update_time <= choices.asked_at


def answer(
    return_row_id: int,
    decision: str,
    actor: str,
    *,
    reason: str = "",
    comment: str = "",
    pictures: Sequence[bytes] = (),
    amount: Decimal | None = None,
) -> int:
    """Decides about a return: one of TikTok's decisions, a rejection with one of its reasons. Returns the answer's id.

    The first answer counts; asked for twice, it is one. Pictures go with a rejection only: JPEG, PNG or WEBP. `amount` goes with
    an offer of a part of the money only: within what TikTok said last.
    """
    if decision not in deciding.WORDS:
        raise Refused("Choose what to decide.", "decision")
    is_rejection = deciding.is_rejection(decision)
    if is_rejection and not reason.strip():
        raise Refused("Choose a reason for the rejection.", "reason")
    if len(pictures) > MOST_PICTURES:
        raise Refused(f"TikTok Shop takes up to {MOST_PICTURES} pictures.", "picture")
    try:
        read = [(content, picture_of(content)) for content in pictures] if is_rejection else []
    except ValueError as error:
        raise Refused(str(error), "picture") from error
    with transaction() as session:
        one = session.get_one(Return, return_row_id)
        row = session.get_one(Order, one.order_id, with_for_update={"of": Order})
        one = session.get_one(Return, return_row_id, with_for_update=True)
        if row.sync_state == SyncState.IGNORED:
            raise Refused("The order is ignored. Take it back first.")
        under_way = session.scalars(
            select(ReturnAnswer).where(ReturnAnswer.return_row_id == return_row_id, ReturnAnswer.state.in_(values.OPEN))
        ).one_or_none()
        if under_way is not None:
            if under_way.decision == decision:
                return under_way.id
            raise Refused("The return is being answered already.")
        if not one.next_action:
            raise Refused("The return does not wait for an answer (any more).")
        offer = _offer(session, one.id, decision, amount) if decision in deciding.OFFERS else None
        asked = ReturnAnswer(
            order_id=row.id,
            return_row_id=one.id,
            actor=actor,
            asked_at=clock.now(),
            decision=decision,
            reason=reason.strip()[:200] if is_rejection else "",
            comment=comment.strip()[:500] if is_rejection else "",
            amount=offer,
            status_at=one.status,
            key=uuid.uuid4().hex,
            state=values.ASKED,
        )
        session.add(asked)
        session.flush()
        for content, picture in read:
            session.add(
                Evidence(
                    answer_id=asked.id,
                    mime_type=picture.mime_type,
                    width=picture.width,
                    height=picture.height,
                    content=content,
                )
            )
        why = f": {values.reason_in_words(reason)}" if is_rejection else ""
        shown = f", {len(read)} {'picture' if len(read) == 1 else 'pictures'}" if read else ""
        part = f", {offer} {one.currency}" if offer is not None else ""
        sentence = f"Asked TikTok Shop for return {one.return_id}: {deciding.WORDS[decision]}{part}{why}{shown}."
        record(session, row.id, PERSON, "return_answered", sentence, actor=actor)
        make_due(row)
        answer_id, row_id, observed = asked.id, row.id, row.observed
        aftersales.hint(row)
    queue.wake_order(row_id, observed)
    return answer_id


def offer_range(choices: ReturnChoices | None, decision: str) -> deciding.OfferRange | None:
    """How much TikTok lets be offered with a decision, as it answered last; None where it is not possible."""
    entries = choices.decisions if choices is not None and choices.state == "ready" else []
    entry = next((one for one in entries if one["decision"] == decision and one["is_eligible"]), None)
    if entry is None or "most" not in entry:
        return None
    return deciding.OfferRange(least=Decimal(entry["least"]), most=Decimal(entry["most"]), currency=entry["currency"])


def _offer(session: Session, return_row_id: int, decision: str, amount: Decimal | None) -> Decimal:
    choices = session.scalars(select(ReturnChoices).where(ReturnChoices.return_row_id == return_row_id)).one_or_none()
    offered = offer_range(choices, decision)
    if offered is None:
        raise Refused("TikTok Shop was not asked what may be offered. Open the dialog again.")
    if amount is None:
        raise Refused(deciding.ENTER_AMOUNT, "amount")
    try:
        deciding.check_offer(amount, offered)
    except ValueError as error:
        raise Refused(str(error), "amount") from error
    return amount
