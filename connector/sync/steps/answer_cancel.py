"""The seller's answer to a buyer who asks to cancel. TikTok's idempotency key is kept in the row before the call."""

from __future__ import annotations

import uuid

from sqlalchemy import update

from connector import clock
from connector.domain import returns as values
from connector.domain.plan_cancel import ReadRejectReasons, SendAnswer, SettleAnswer
from connector.domain.returns import Cancellation
from connector.models import Cancellation as Row
from connector.models.timeline import TIKTOK
from connector.models.transaction import transaction
from connector.sync import aftersales
from connector.sync.run import Run
from connector.sync.steps import shipment_rows
from connector.sync.timeline import record
from connector.tiktok.aftersales import cancellation_from_document
from connector.tiktok.errors import RequestRefused


def read_reject_reasons(run: Run, step: ReadRejectReasons) -> None:
    """Asks TikTok with which reasons the request can be rejected now, for the buttons on the order."""
    _reject_reasons(run, step.cancel_id)
    run.receipt()  # the order's page shows them


def _reject_reasons(run: Run, cancel_id: str) -> dict[str, str]:
    try:
        reasons = {reason.name: reason.text for reason in run.tiktok.reject_reasons(cancel_id)}
    except RequestRefused:
        # The request has ended, or cannot be rejected: there is nothing to offer. (A shop that is not connected says nothing
        # of that: asked again once it is.)
        reasons = {}
    stored = [{"name": name, "text": text or values.reason_in_words(name)} for name, text in reasons.items()]
    with transaction() as session:
        session.execute(update(Row).where(Row.cancel_id == cancel_id).values(reject_reasons=stored))
    return reasons


def send(run: Run, step: SendAnswer) -> None:
    """Approves or rejects, by the key that was kept; afterwards TikTok's list says how the request stands, at once or later."""
    one = step.cancellation
    reason = one.answer_reason
    if one.answer == values.REJECT:
        # They are those "valid now": asked just before rejecting, as TikTok's documentation wants it.
        reasons = _reject_reasons(run, one.cancel_id)
        named = values.reason_named(reason, reasons)
        if named is None:
            listed = ", ".join(reasons.values()) or "none"
            _refused(run, one, f"TikTok Shop does not take this reason now. It takes: {listed}.")
            return
        reason = named
    key = one.answer_key or uuid.uuid4().hex
    with transaction() as session:
        aftersales.look_anew(run, session)
        session.execute(
            update(Row)
            .where(Row.cancel_id == one.cancel_id)
            .values(
                answer_key=key,
                answer_reason=reason,
                answer_state=values.SENT,
                answer_sent_at=one.answer_sent_at or clock.now(),
            )
        )
    try:
        if one.answer == values.APPROVE:
            run.tiktok.approve_cancellation(one.cancel_id, idempotency_key=key)
        else:
            run.tiktok.reject_cancellation(one.cancel_id, reason, comment=one.answer_comment, idempotency_key=key)
    except RequestRefused as error:
        document = next(iter(run.tiktok.search_cancellations(cancel_ids=[one.cancel_id]).documents), None)
        if document is not None and not cancellation_from_document(document).is_pending:
            return  # it was decided meanwhile: the next round reads by whom
        _refused(run, one, error.tiktok_message or error.message)
        return
    with transaction() as session:
        session.execute(update(Row).where(Row.cancel_id == one.cancel_id).values(answer_state=values.TAKEN))


def _refused(run: Run, one: Cancellation, message: str) -> None:
    """TikTok said no, as it also does to what an earlier call has done whose answer never came. Raises Unclear."""
    if one.answer_sent_at is not None:
        with transaction() as session:
            aftersales.look_anew(run, session)
        shipment_rows.wait_until_shown(one.answer_sent_at)
    _settle(run, one, values.REFUSED, message)


def settle(run: Run, step: SettleAnswer) -> None:
    """The request is decided: as it was answered, or otherwise."""
    message = "" if step.state == values.CONFIRMED else "The request was decided before the answer reached TikTok Shop."
    _settle(run, step.cancellation, step.state, message)


def _settle(run: Run, one: Cancellation, state: str, message: str) -> None:
    with transaction() as session:
        row = run.lease.row(session)
        stored = session.query(Row).filter(Row.cancel_id == one.cancel_id).with_for_update().one()
        if stored.answer_state not in values.ANSWERING:
            return
        stored.answer_state, stored.answer_message = state, message[:1000]
        if state == values.REFUSED:
            stored.answer = ""  # the buyer still waits: another answer may be given
        row.updated_at = clock.now()
        session.flush()
        aftersales.summarise(session, row)
        done = {"approve": "approved", "reject": "rejected"}[one.answer]
        sentence = f"The buyer's request to cancel was {done}." if state == values.CONFIRMED else message
        if state == values.REFUSED:
            sentence = f"TikTok Shop did not take the answer to the buyer's request: {message}"
        record(
            session,
            row.id,
            TIKTOK,
            f"answer_{state}",
            sentence,
            actor=stored.answer_actor,
            is_error=state == values.REFUSED,
        )
