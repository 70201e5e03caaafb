"""The rows of cancellations and returns: from TikTok's documents into them, from them into values of the domain, and in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain import returns as values
from connector.models import CancelAsk, Cancellation, CancelOptions, Credit, Order, Return
from connector.models.returns import DONE
from connector.models.timeline import TIKTOK
from connector.sync import deciding
from connector.sync.timeline import record
from connector.tiktok.aftersales import cancellation_from_document, refund_of, return_from_document
from connector.tiktok.caller import text

#: What the buyer says with a cancellation or a return.
WORDS = ("cancel_reason_text", "return_reason_text")

# -- from TikTok -------------------------------------------------------------------------------------------------------------


def store_cancellation(session: Session, row: Order, document: dict[str, Any]) -> None:
    """Writes down a cancellation of an order as TikTok tells it, unless a newer word is known; a change gets a timeline line."""
    told = cancellation_from_document(_kept(row, document))
    stored = session.scalars(select(Cancellation).where(Cancellation.cancel_id == told.cancel_id)).one_or_none()
    if stored is None:
        stored = Cancellation(order_id=row.id, cancel_id=told.cancel_id, status="", line_ids=[])
        session.add(stored)
    elif _is_older(told.update_time, stored.update_time):
        return
    if stored.status != told.status:
        record(session, row.id, TIKTOK, "cancellation", _cancellation_in_words(told), details={"status": told.status})
    stored.cancel_type, stored.status, stored.role = told.cancel_type[:32], told.status[:64], told.role[:32]
    stored.reason, stored.reason_text = told.reason[:200], told.reason_text[:500]
    stored.line_ids = list(told.line_ids)
    stored.deadline, stored.should_replenish_stock = told.deadline, told.should_replenish_stock
    stored.create_time, stored.update_time = told.create_time, told.update_time
    refund = refund_of(document)
    stored.refund_total, stored.currency = refund.total, refund.currency[:8]
    stored.refund_shipping = refund.shipping


def store_return(session: Session, row: Order, document: dict[str, Any]) -> None:
    """Writes down a return of an order, in the same way."""
    told = return_from_document(_kept(row, document))
    stored = session.scalars(select(Return).where(Return.return_id == told.return_id)).one_or_none()
    if stored is None:
        stored = Return(order_id=row.id, return_id=told.return_id, status="", line_ids=[])
        session.add(stored)
    elif _is_older(told.update_time, stored.update_time):
        return
    if stored.status != told.status:
        record(session, row.id, TIKTOK, "return", _return_in_words(told), details={"status": told.status})
    stored.return_type, stored.status, stored.role = told.return_type[:32], told.status[:64], told.role[:32]
    stored.reason, stored.reason_text = told.reason[:200], told.reason_text[:500]
    stored.line_ids = list(told.line_ids)
    stored.parts = {line_id: list(named) for line_id, named in told.parts.items()} or None
    stored.currency, stored.refund_total = told.refund.currency[:8], told.refund.total
    stored.refund_subtotal, stored.refund_shipping = told.refund.subtotal, told.refund.shipping
    stored.refund_tax = told.refund.tax
    stored.deadline, stored.should_replenish_stock = told.deadline, told.should_replenish_stock
    stored.next_action = told.next_action[:64]
    stored.offer_amount, stored.is_offer_refused = told.offer, told.is_offer_refused
    stored.may_keep = stored.may_keep or told.may_keep
    stored.tracking_number = text(document, "return_tracking_number")[:100]
    stored.provider_name = text(document, "return_provider_name")[:100]
    stored.document_type = text(document, "return_shipping_document_type")[:32]
    stored.return_method = text(document, "return_method")[:32]
    address = document.get("return_warehouse_address")
    stored.return_address = text(address, "full_address")[:500] if isinstance(address, dict) else ""
    stored.create_time, stored.update_time = told.create_time, told.update_time


def _kept(row: Order, document: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a document: not the buyer's words, once the order's personal data has had its time."""
    return document if row.blanked_at is None else document | dict.fromkeys(WORDS, "")


def _is_older(told: Any, stored: Any) -> bool:
    return told is not None and stored is not None and told < stored


# -- in words ----------------------------------------------------------------------------------------------------------------

WHO = {"BUYER": "the buyer", "SELLER": "the seller", "SYSTEM": "TikTok Shop", "OPERATOR": "TikTok Shop"}
_STATUS_WORDS = {
    values.PENDING: "waits for an answer",
    values.SUCCESS: "accepted",
    values.COMPLETE: "carried out",
    values.WITHDRAWN: "withdrawn or rejected",
}


def _cancellation_in_words(one: values.Cancellation) -> str:
    who = WHO.get(one.role, one.role.lower() or "TikTok Shop")
    status = _STATUS_WORDS.get(one.status, status_in_words(one.status))
    return f"Cancellation by {who} {status}: {one.reason_text or values.reason_in_words(one.reason)}"


def _return_in_words(one: values.Return) -> str:
    kind = "Refund" if one.return_type == values.REFUND else one.return_type.replace("_", " ").capitalize()
    amount = f", {one.refund.total} {one.refund.currency}" if one.refund.total else ""
    return f"{kind or 'Return'} {one.return_id}{amount}: {status_in_words(one.status)}. {one.reason_text}".strip()


def status_in_words(status: str) -> str:
    """A status of a return or cancellation for a person, without what all of them have in common."""
    for prefix in ("RETURN_OR_REFUND_REQUEST_", "REFUND_OR_RETURN_REQUEST_", "CANCELLATION_REQUEST_"):
        status = status.removeprefix(prefix)
    return status.replace("_", " ").lower()


# -- as values ---------------------------------------------------------------------------------------------------------------


def of_order(session: Session, row_id: int) -> values.Aftersales:
    """The cancellations, returns and credits of an order as values of the domain."""
    asks = session.scalars(select(CancelAsk).where(CancelAsk.order_id == row_id).order_by(CancelAsk.id)).all()
    cancellations = session.scalars(
        select(Cancellation).where(Cancellation.order_id == row_id).order_by(Cancellation.id.desc())
    ).all()
    returned = session.scalars(select(Return).where(Return.order_id == row_id).order_by(Return.id)).all()
    credits = session.scalars(select(Credit).where(Credit.order_id == row_id).order_by(Credit.id)).all()
    options = session.scalar(select(CancelOptions.state).where(CancelOptions.order_id == row_id))
    return values.Aftersales(
        asks=tuple(map(_ask, asks)),
        cancellations=tuple(map(_cancellation, cancellations)),
        returns=tuple(map(_return, returned)),
        credits=tuple(map(_credit, credits)),
        options_asked=options == values.ASKED,
        **deciding.under_way(session, row_id, {one.id: one.return_id for one in returned}),
    )


def _ask(row: CancelAsk) -> values.CancelAsk:
    return values.CancelAsk(
        id=row.id,
        reason=row.reason,
        actor=row.actor,
        asked_at=row.asked_at,
        state=row.state,
        line_ids=tuple(row.line_ids or ()),
        cancel_id=row.cancel_id,
        sent_at=row.sent_at,
        message=row.message,
        from_magento=row.from_magento,
    )


def _cancellation(row: Cancellation) -> values.Cancellation:
    return values.Cancellation(
        cancel_id=row.cancel_id,
        cancel_type=row.cancel_type,
        status=row.status,
        role=row.role,
        reason=row.reason,
        reason_text=row.reason_text,
        line_ids=tuple(row.line_ids),
        deadline=row.deadline,
        should_replenish_stock=row.should_replenish_stock,
        refund_shipping=row.refund_shipping or Decimal(0),
        create_time=row.create_time,
        update_time=row.update_time,
        answer=row.answer,
        answer_state=row.answer_state,
        answer_reason=row.answer_reason,
        answer_comment=row.answer_comment,
        answer_key=row.answer_key,
        answer_sent_at=row.answer_sent_at,
        has_reject_reasons=row.reject_reasons is not None,
    )


def _return(row: Return) -> values.Return:
    return values.Return(
        return_id=row.return_id,
        return_type=row.return_type,
        status=row.status,
        role=row.role,
        reason=row.reason,
        reason_text=row.reason_text,
        line_ids=tuple(row.line_ids),
        parts={line_id: tuple(named) for line_id, named in (row.parts or {}).items()},
        refund=values.Refund(
            currency=row.currency,
            total=row.refund_total,
            subtotal=row.refund_subtotal,
            shipping=row.refund_shipping,
            tax=row.refund_tax,
        ),
        deadline=row.deadline,
        should_replenish_stock=row.should_replenish_stock,
        create_time=row.create_time,
        update_time=row.update_time,
        followed=row.followed,
        next_action=row.next_action,
        offer=row.offer_amount,
        is_offer_refused=row.is_offer_refused,
        is_sent_back=bool(row.tracking_number),
        may_keep=row.may_keep,
    )


def _credit(row: Credit) -> values.Credit:
    return values.Credit(
        key=row.key,
        is_done=row.state == DONE,
        pieces={int(item_id): quantity for item_id, quantity in row.pieces.items()},
        sending_at=row.sending_at,
        creditmemo_id=row.creditmemo_id,
        total=row.total or Decimal(0),
    )
