"""The seller's decision on a return. TikTok's idempotency key is in the row before the call.

"Sent" is written down before the call, together with an observation that makes the next round look at TikTok's own list
first: whatever became of the call, it is repeated (with the same key) only where the return still stands where it stood.
"""

from __future__ import annotations

from sqlalchemy import select, update

from connector import clock
from connector.domain import deciding
from connector.domain import returns as values
from connector.domain.deciding import ReturnAnswer, SendReturnAnswer, SettleReturnAnswer
from connector.extensions import db
from connector.models import Evidence, Return, ReturnChoices
from connector.models import ReturnAnswer as Row
from connector.models.timeline import TIKTOK
from connector.models.transaction import end_transaction, transaction
from connector.sync import aftersales
from connector.sync.run import Run
from connector.sync.steps import return_choices, return_offers
from connector.sync.timeline import record
from connector.tiktok.aftersales import return_from_document
from connector.tiktok.errors import RequestRefused
from connector.tiktok.return_calls import Decision, Image


def send(run: Run, step: SendReturnAnswer) -> None:
    """Tells TikTok. What may be decided is asked just before, as its documentation wants it."""
    answer = step.answer
    now, currency = _possible_now(run, answer)
    if now is None or not now.is_eligible:
        if _has_moved(run, answer):
            with transaction() as session:
                aftersales.look_anew(run, session)
            return
        why = now.ineligible_reason if now is not None else ""
        _settle(
            run, answer, values.REFUSED, f"TikTok Shop does not take this answer now: {why or 'it gives no reason'}."
        )
        return
    reason = ""
    images: list[Image] = []
    if deciding.is_rejection(answer.decision):
        reasons = {one.name: one.text for one in return_choices.with_reasons(run, answer.return_id, now).reject_reasons}
        named = values.reason_named(answer.reason, reasons)
        named = named or next((name for name, told in reasons.items() if told == answer.reason), None)
        if named is None:
            listed = ", ".join(told or name for name, told in reasons.items()) or "none"
            _settle(run, answer, values.REFUSED, f"TikTok Shop does not take this reason now. It takes: {listed}.")
            return
        reason, images = named, _uploaded(run, answer)
    with transaction() as session:
        aftersales.look_anew(run, session)
        sent = {"state": values.SENT, "sent_at": clock.now()}
        session.execute(update(Row).where(Row.id == answer.id).values(**sent | ({"reason": reason} if reason else {})))
    try:
        if deciding.is_rejection(answer.decision):
            run.tiktok.reject_return(
                answer.return_id,
                answer.decision,
                reason,
                comment=answer.comment,
                images=images,
                offer=answer.amount,
                currency=currency,
                idempotency_key=answer.key,
            )
        else:
            run.tiktok.approve_return(
                answer.return_id,
                answer.decision,
                offer=answer.amount,
                currency=currency,
                idempotency_key=answer.key,
            )
    except RequestRefused as error:
        if _has_moved(run, answer):
            return  # it was decided meanwhile, by us or otherwise: the next round reads how
        _settle(run, answer, values.REFUSED, error.tiktok_message or error.message)
        return
    with transaction() as session:
        session.execute(update(Row).where(Row.id == answer.id).values(taken_at=clock.now()))


def _possible_now(run: Run, answer: ReturnAnswer) -> tuple[Decision | None, str]:
    """What TikTok answers for the decision just now, and the currency of an offer; None where it does not know it."""
    if answer.decision not in deciding.OFFERS:
        found = run.tiktok.decision_eligibility(answer.return_id, check_decision=answer.decision)
        return next((one for one in found if one.decision == answer.decision), None), ""
    try:
        [offer] = return_offers.possible(run, answer.return_id, answer.decision)
    except return_offers.NotTold as not_told:
        offer = return_offers.Offer(decision=answer.decision, why_not=str(not_told))
    why_not = offer.why_not
    sums = offer.amounts
    if sums is not None and (answer.amount is None or not sums.holds(answer.amount)):
        why_not = f"it takes an offer from {sums.least} to {sums.most} {sums.currency}"
    now = Decision(
        decision=answer.decision,
        is_eligible=sums is not None and not why_not,
        ineligible_reason=why_not,
        reject_reasons=offer.reasons,
    )
    return now, sums.currency if sums is not None else ""


def _has_moved(run: Run, answer: ReturnAnswer) -> bool:
    """Whether TikTok lists the return in another status than when the answer was asked for."""
    documents = run.tiktok.search_returns(return_ids=[answer.return_id]).documents
    return any(return_from_document(one).status != answer.status_at for one in documents)


def _uploaded(run: Run, answer: ReturnAnswer) -> list[Image]:
    """The answer's pictures at TikTok. None is uploaded twice; the content goes with the receipt."""
    rows = [
        (row.id, row.mime_type, row.width, row.height, row.uri)
        for row in db.session.scalars(
            select(Evidence)
            .where(Evidence.answer_id == answer.id)
            .order_by(Evidence.id)
            .execution_options(populate_existing=True)
        )
    ]
    end_transaction()
    images = []
    for row_id, mime_type, width, height, uri in rows:
        if not uri:
            content = db.session.scalar(select(Evidence.content).where(Evidence.id == row_id))
            end_transaction()
            if content is None:
                continue
            ending = mime_type.removeprefix("image/").replace("jpeg", "jpg")
            image = run.tiktok.upload_image(
                bytes(content), file_name=f"evidence-{row_id}.{ending}", mime_type=mime_type
            )
            uri, width, height = image.uri, image.width or width, image.height or height
            with transaction() as session:
                run.lease.row(session)
                session.execute(
                    update(Evidence)
                    .where(Evidence.id == row_id)
                    .values(uri=uri[:300], width=width, height=height, content=None)
                )
        images.append(Image(uri=uri, width=width, height=height, mime_type=mime_type))
    return images


def settle(run: Run, step: SettleReturnAnswer) -> None:
    """The return has moved on: as it was decided, or otherwise."""
    is_confirmed = step.state == values.CONFIRMED
    message = "" if is_confirmed else "The return was decided before the answer reached TikTok Shop."
    _settle(run, step.answer, step.state, message)


def _settle(run: Run, answer: ReturnAnswer, state: str, message: str) -> None:
    with transaction() as session:
        row = run.lease.row(session)
        stored = session.get_one(Row, answer.id, with_for_update=True)
        if stored.state not in values.OPEN:
            return
        stored.state, stored.settled_at, stored.message = state, clock.now(), message[:1000]
        session.execute(update(Evidence).where(Evidence.answer_id == answer.id).values(content=None))
        if state == values.CONFIRMED and answer.decision in deciding.LEAVES_ITEM:
            session.execute(update(Return).where(Return.id == stored.return_row_id).values(may_keep=True))
        # What may be decided next is something else.
        session.execute(
            update(ReturnChoices).where(ReturnChoices.return_row_id == stored.return_row_id).values(state="old")
        )
        row.updated_at = clock.now()
        words = deciding.WORDS[answer.decision]
        sentence = {
            values.CONFIRMED: f"Return {answer.return_id}: “{words}” is so on TikTok Shop.",
            values.OVERTAKEN: f"Return {answer.return_id}: {message}",
        }.get(state, f"TikTok Shop did not take “{words}” for return {answer.return_id}: {message}")
        record(
            session,
            row.id,
            TIKTOK,
            f"return_answer_{state}",
            sentence,
            actor=stored.actor,
            is_error=state == values.REFUSED,
        )
