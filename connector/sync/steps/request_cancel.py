"""The merchant's cancellation on TikTok: which reasons there are, asking for it once, and how it ended.

"Sent" is written down before the call, together with an observation that makes the next round look at TikTok's own
list of cancellations first: whatever became of the call, it is not made a second time before somebody has looked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from connector import clock
from connector.domain import returns as values
from connector.domain import statuses
from connector.domain.deciding import SOONEST
from connector.domain.errors import NeedsMerchant, Unclear
from connector.domain.plan_cancel import ReadCancelOptions, RequestCancel, SendCancel, SettleAsk
from connector.domain.plan_store_cancel import reason_from
from connector.domain.returns import CancelAsk
from connector.models import CancelAsk as AskRow
from connector.models import CancelOptions
from connector.models.timeline import CONNECTOR, TIKTOK
from connector.models.transaction import transaction
from connector.sync import aftersales
from connector.sync.run import Run
from connector.sync.timeline import record
from connector.tiktok.aftersale_calls import Eligibility
from connector.tiktok.aftersales import cancellation_from_document
from connector.tiktok.errors import RequestRefused
from connector.tiktok.fulfilment_calls import OrderLine

FROM_MAGENTO = "Magento"
#: So long after a call of unknown outcome TikTok's lists and its order show what came of it: a refusal is believed then.
SHOWN_AFTER = timedelta(minutes=1)


def read_options(run: Run, _step: ReadCancelOptions) -> None:
    """Asks TikTok what can be cancelled and why, for the dialog. A refusal is an answer, too."""
    message = ""
    entries: list[dict[str, Any]] = []
    try:
        entries = [_entry(one) for one in run.tiktok.aftersale_eligibility(run.order.id, "CANCEL")]
    except NeedsMerchant as error:
        message = error.message
    with transaction() as session:
        session.execute(
            update(CancelOptions)
            .where(CancelOptions.order_id == run.row_id)
            .values(
                state="failed" if message else "ready", read_at=clock.now(), entries=entries, message=message[:1000]
            )
        )


def _entry(one: Eligibility) -> dict[str, Any]:
    return {
        "line_ids": list(one.line_item_ids),
        "is_eligible": one.is_eligible,
        "reasons": list(one.available_reason_names),
        "why_not": one.ineligible_reason,
    }


def request(run: Run, step: RequestCancel) -> None:
    """Writes an ask in the name of the Magento order, which was cancelled or credited; the next round sends it."""
    reason = _reason(run, step)
    with transaction() as session:
        row = aftersales.look_anew(run, session)
        session.add(
            AskRow(
                order_id=row.id,
                actor=FROM_MAGENTO,
                asked_at=clock.now(),
                reason=reason[:200],
                line_ids=sorted(step.line_ids) or None,
                state=values.ASKED,
                from_magento=True,
            )
        )
        row.is_cancelling = True
        record(
            session,
            row.id,
            CONNECTOR,
            "cancel_asked",
            f"{_told(step)} ({values.reason_in_words(reason)}).",
        )


def _told(step: RequestCancel) -> str:
    if not step.line_ids:
        return "Cancelled in Magento: cancelling it on TikTok Shop"
    count = "1 item" if len(step.line_ids) == 1 else f"{len(step.line_ids)} items"
    return f"Credited in Magento: cancelling {count} on TikTok Shop"


def _reason(run: Run, step: RequestCancel) -> str:
    """The reason that Magento's comments stand for: for single items those of the newest credit memo that holds them, for an
    order those of all its credit memos and of its history, each the newest first.
    """
    words = run.settings.magento_cancel_words
    if not words or run.magento is None:
        return step.reason
    memos = run.magento_client.creditmemos_of(run.magento.entity_id)[::-1]
    if step.line_ids:
        item_ids = {item_id for line_id in step.line_ids for item_id in run.record.pieces.get(line_id, {})}
        memos = tuple(memo for memo in memos if any(memo.quantities.get(item_id) for item_id in item_ids))[:1]
    texts = [comment for memo in memos for comment in memo.comments]
    if not step.line_ids:
        epoch = datetime.min.replace(tzinfo=UTC)
        history = sorted(run.magento.comments, key=lambda comment: comment.created_at or epoch, reverse=True)
        texts += [comment.comment for comment in history]
    return reason_from(texts, words, step.reason)


def send(run: Run, step: SendCancel) -> None:
    """Asks TikTok to cancel, with a reason that it takes now. A refusal that stands after a second look ends the ask."""
    ask = step.ask
    eligibility = run.tiktok.aftersale_eligibility(run.order.id, "CANCEL")
    reason = _checked(run, ask, eligibility)
    if reason is None:
        return
    with transaction() as session:
        aftersales.look_anew(run, session)
        session.execute(
            update(AskRow)
            .where(AskRow.id == ask.id)
            .values(state=values.SENT, sent_at=ask.sent_at or clock.now(), reason=reason)
        )
    lines = [OrderLine(order_line_id=line_id) for line_id in ask.line_ids] or None
    try:
        result = run.tiktok.cancel_order(run.order.id, reason, lines=lines)
    except RequestRefused as error:
        _refused(run, ask, error.tiktok_message or error.message)
        return
    with transaction() as session:
        session.execute(update(AskRow).where(AskRow.id == ask.id).values(cancel_id=result.cancel_id))
        record(
            session,
            run.row_id,
            TIKTOK,
            "cancel_sent",
            f"TikTok Shop was asked to cancel {_what(ask)}: {values.reason_in_words(reason)}.",
        )


def _checked(run: Run, ask: CancelAsk, eligibility: list[Eligibility]) -> str | None:
    """The reason's name when TikTok takes it for all the lines now; else the ask is settled, and None."""
    wanted = [line.id for line in values.lines_asked(run.order, ask) if not line.is_cancelled]
    sentence = why_not(eligibility, wanted)
    if sentence is None:
        reasons = reasons_for(eligibility, wanted)
        name = values.reason_named(ask.reason, reasons)
        if name is not None:
            return name
        if ask.from_magento and reasons:
            return reasons[0]
        sentence = f"TikTok Shop does not take the reason “{ask.reason}” now. It takes: {listed(reasons)}."
    if ask.sent_at is None:
        settle(run, SettleAsk(ask, values.REFUSED, sentence))
    else:
        _refused(run, ask, sentence)
    return None


def why_not(eligibility: list[Eligibility], line_ids: list[str]) -> str | None:
    """Why some of the lines can't be cancelled now, in TikTok's words; None when all can."""
    for one in eligibility:
        if not one.is_eligible and (not one.line_item_ids or set(one.line_item_ids) & set(line_ids)):
            return f"TikTok Shop does not let it be cancelled now: {one.ineligible_reason or 'it gives no reason'}."
    if not any(one.is_eligible for one in eligibility):
        return "TikTok Shop does not let it be cancelled now."
    return None


def reasons_for(eligibility: list[Eligibility], line_ids: list[str]) -> list[str]:
    """The names of the reasons that TikTok takes for all of some lines, in its order."""
    lists = [
        one.available_reason_names
        for one in eligibility
        if one.is_eligible and (not one.line_item_ids or set(one.line_item_ids) & set(line_ids))
    ]
    if not lists:
        return []
    return [name for name in lists[0] if all(name in other for other in lists)]


def listed(reasons: list[str]) -> str:
    """Reasons with their words, for a sentence."""
    return ", ".join(f"{values.reason_in_words(name)} ({name})" for name in reasons) or "none"


def _refused(run: Run, ask: CancelAsk, said: str) -> None:
    """TikTok said no. It says so, too, to what it has done already: so the order is looked at before it is believed.

    After an earlier call whose answer never came, not before TikTok shows what came of it. Raises Unclear.
    """
    is_there = _is_there(run, ask)
    is_early = ask.sent_at is not None and clock.now() - ask.sent_at < SHOWN_AFTER
    if not is_there and not is_early:
        settle(run, SettleAsk(ask, values.REFUSED, said))
        return
    with transaction() as session:
        aftersales.look_anew(run, session)
    if not is_there:
        raise Unclear(
            "TikTok Shop may have carried out the cancellation already: it is looked at again.",
            code="cancel_unclear",
            after=SOONEST.total_seconds(),
        )


def _is_there(run: Run, ask: CancelAsk) -> bool:
    """Whether TikTok lists the cancellation, or has the order as cancelled, by now."""
    wanted = [line.id for line in values.lines_asked(run.order, ask)]
    for document in run.tiktok.search_cancellations(order_ids=[run.order.id]).documents:
        found = cancellation_from_document(document)
        if found.role == "SELLER" and found.status != values.WITHDRAWN and values.covers(found.line_ids, wanted):
            return True
    return any(order.get("status") == statuses.CANCELLED for order in run.tiktok.get_orders([run.order.id]))


def settle(run: Run, step: SettleAsk) -> None:
    """Writes down how an ask ended, once, with its line in the timeline."""
    with transaction() as session:
        row = run.lease.row(session)
        ask = session.get_one(AskRow, step.ask.id, with_for_update=True)
        if ask.state not in values.OPEN:
            return
        ask.state, ask.settled_at, ask.message = step.state, clock.now(), step.message[:1000]
        session.flush()
        aftersales.summarise(session, row)
        row.updated_at = clock.now()
        if step.state == values.CONFIRMED:
            sentence = f"Cancelled on TikTok Shop: {values.reason_in_words(ask.reason)}."
            record(session, row.id, TIKTOK, "cancel_confirmed", _capital(step.ask, sentence), actor=ask.actor)
        else:
            sentence = f"TikTok Shop refused to cancel {_what(step.ask)}: {step.message}"
            record(session, row.id, TIKTOK, "cancel_refused", sentence, actor=ask.actor, is_error=True)


def _what(ask: CancelAsk) -> str:
    if not ask.line_ids:
        return "the order"
    return "1 item" if len(ask.line_ids) == 1 else f"{len(ask.line_ids)} items"


def _capital(ask: CancelAsk, sentence: str) -> str:
    return sentence if not ask.line_ids else f"{_what(ask)} of the order: {sentence}"
