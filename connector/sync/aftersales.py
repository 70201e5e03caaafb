"""Cancellations and returns between TikTok and their rows: reading them for one order, and looking for what was not heard of.

A webhook about one (types 11, 12, 67) is a hint at its order. A webhook of type 64 names no order, and any may be lost: so
each shop is asked for what changed, every FETCH_INTERVAL seconds, and soon after a webhook of type 64.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import returns as values
from connector.domain.errors import ConnectorError
from connector.extensions import db, queue
from connector.models import CancelAsk, Cancellation, CancelOptions, Credit, Order, Return, Shop
from connector.models.returns import DONE
from connector.models.shop import ACTIVE
from connector.models.timeline import TIKTOK
from connector.models.transaction import end_transaction, transaction
from connector.sync import deciding, gateways, intake, stopping
from connector.sync.timeline import record
from connector.tiktok import clock_offset
from connector.tiktok.aftersale_calls import DocumentPage
from connector.tiktok.aftersales import cancellation_from_document, order_id_of, refund_of, return_from_document
from connector.tiktok.caller import text
from connector.tiktok.client import TikTokClient
from connector.tiktok.errors import UnreadableAnswer

log = logging.getLogger(__name__)

#: Types of webhooks that tell of them: cancellation, return, refund.
TOPICS = frozenset({11, 12, 67})
#: "An after-sales request": it names no order.
ORDERLESS_TOPIC = 64
FIRST_LOOK = timedelta(days=3)
OVERLAP = timedelta(minutes=5)

Document = dict[str, Any]


# -- one order ---------------------------------------------------------------------------------------------------------------


def hint(row: Order) -> None:
    """Notes, in the caller's transaction and after `observed` was raised, that something was heard of an order's."""
    row.aftersales_observed = row.observed


def is_stale(row: Order, *, is_buyer_request_cancel: bool, is_looking_again: bool) -> bool:
    """Whether TikTok has to be asked for an order's cancellations and returns."""
    return (
        row.aftersales_read < row.aftersales_observed
        or is_looking_again
        or is_buyer_request_cancel != row.buyer_asks_cancel
    )


def read(row_id: int, tiktok_order_id: str, client: TikTokClient, read_at: int) -> None:
    """Reads an order's cancellations and returns from TikTok and writes them down; new ones and changes get a timeline line.

    `read_at` is the number of the observation before which they were read. No transaction may be open.
    """
    cancellations = list(_all(lambda token: client.search_cancellations(order_ids=[tiktok_order_id], page_token=token)))
    returned = list(_all(lambda token: client.search_returns(order_ids=[tiktok_order_id], page_token=token)))
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order}, populate_existing=True)
        for document in cancellations:
            _store_cancellation(session, row, document)
        for document in returned:
            _store_return(session, row, document)
        row.aftersales_read = max(row.aftersales_read, read_at)
        session.flush()
        summarise(session, row)


def _all(search: Callable[[str], DocumentPage]) -> Iterator[Document]:
    token = ""
    while True:
        page = search(token)
        yield from page.documents
        token = page.next_page_token
        if not token:
            return


def _store_cancellation(session: Session, row: Order, document: Document) -> None:
    told = cancellation_from_document(document)
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


def _store_return(session: Session, row: Order, document: Document) -> None:
    told = return_from_document(document)
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


def _is_older(told: Any, stored: Any) -> bool:
    return told is not None and stored is not None and told < stored


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


def summarise(session: Session, row: Order) -> None:
    """The columns of the order that lists filter and show, from its rows; inside the caller's transaction."""
    known = aftersales_of(session, row.id)
    row.is_cancelling = bool(known.open_asks)
    row.buyer_asks_cancel = known.request is not None
    row.buyer_cancel_deadline = known.request.deadline if known.request else None
    row.return_state = "open" if known.open_returns else "settled" if known.returns else ""


def aftersales_of(session: Session, row_id: int) -> values.Aftersales:
    """All rows of an order as values."""
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


def for_plan(row: Order, known: values.Aftersales | None = None) -> dict[str, Any]:
    """What the plan needs of an order beside its own columns, as keywords of Record; inside the caller's read.

    `known`: the order's cancellations and returns, where they were read before; then nothing is read.
    """
    booking = row.booking or {}
    totals = booking.get("totals") or {}
    incl, excl = Decimal(totals.get("shipping_incl_tax") or 0), Decimal(totals.get("shipping_amount") or 0)
    share = excl / incl if booking.get("tax_mode") == "included" and incl else Decimal(1)
    if known is None:
        has_any = row.aftersales_observed or row.aftersales_read or row.is_cancelling
        known = aftersales_of(db.session(), row.id) if has_any else values.Aftersales()
    return {
        "booked_lines": frozenset(
            line_id for booked in booking.get("rows") or () for line_id in booked.get("line_item_ids") or ()
        ),
        "shipping_net_share": share,
        "base_rate": Decimal(booking.get("base_rate") or 1),
        "aftersales": known,
    }


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
    )


# -- what was not heard of -----------------------------------------------------------------------------------------------------


def look_soon(shop: Shop) -> None:
    """Lets the next look at a shop be now; inside the caller's transaction."""
    shop.next_aftersales_poll_at = clock.now()


def start_polls(interval: int) -> int:
    """Wakes a look at each shop that is due; `interval` in seconds. Each is claimed by one conditional UPDATE."""
    now = clock.now()
    is_due = clock.is_due(Shop.next_aftersales_poll_at, now, interval)
    shop_ids = list(db.session.scalars(select(Shop.id).where(Shop.state == ACTIVE, is_due)))
    end_transaction()
    started = 0
    for shop_id in shop_ids:
        with transaction() as session:
            claimed = session.execute(
                update(Shop)
                .where(Shop.id == shop_id, is_due)
                .values(next_aftersales_poll_at=now + timedelta(seconds=interval))
            )
            assert isinstance(claimed, CursorResult)  # noqa: S101
        if claimed.rowcount == 1:
            queue.wake_aftersales(shop_id, bucket=f"-{int(now.timestamp())}")
            started += 1
    return started


def poll(shop_id: int) -> int:
    """Asks TikTok for a shop's cancellations and returns that changed since the last look; returns how many orders were woken.

    What fails is written at the shop, and the watermark stays: the next look begins where this one began.
    """
    now = clock.now()
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    client = gateways.tiktok_client(shop, before_call=stopping.check)
    since = shop.aftersales_watermark - OVERLAP if shop.aftersales_watermark else now - FIRST_LOOK
    end_transaction()
    woken: list[tuple[int, int]] = []
    try:
        for document in _all(lambda token: client.search_cancellations(update_time_ge=since, page_token=token)):
            woken += _observe(shop_id, document, _is_known_cancellation)
        for document in _all(lambda token: client.search_returns(update_time_ge=since, page_token=token)):
            woken += _observe(shop_id, document, _is_known_return)
    except ConnectorError as error:
        with transaction() as session:
            session.get_one(Shop, shop_id, populate_existing=True).last_error = error.message[:500]
        log.warning("looking for cancellations and returns failed: %s", error.code)
    else:
        # By TikTok's clock, as the calls have shown it: a server that is ahead of it has read less far than it thinks.
        ahead = min(0.0, clock_offset.offset(gateways.tiktok_app().api_url))
        with transaction() as session:
            session.get_one(
                Shop, shop_id, with_for_update={"of": Shop}, populate_existing=True
            ).aftersales_watermark = now + timedelta(seconds=ahead)
    queue.wake_orders(woken)
    return len(woken)


def _observe(shop_id: int, document: Document, is_known: Callable[[Document], bool]) -> list[tuple[int, int]]:
    """Observes the order of a cancellation or return, unless that is known.

    One that cannot be read keeps no other from being seen: its order is read anew, and says what is wrong with it.
    """
    try:
        order_id = order_id_of(document)
    except UnreadableAnswer:
        log.warning("a cancellation or return names no order")
        return []
    try:
        if is_known(document):
            return []
    except UnreadableAnswer:
        log.warning("a cancellation or return of order %s cannot be read", order_id)
    with transaction() as session:
        seen = intake.observe_hint(session, shop_id, order_id)
        hint(session.get_one(Order, seen.row_id))
    return [(seen.row_id, seen.observed)]


def _is_known_cancellation(document: Document) -> bool:
    told = cancellation_from_document(document)
    stored = db.session.execute(
        select(Cancellation.status, Cancellation.update_time).where(Cancellation.cancel_id == told.cancel_id)
    ).one_or_none()
    end_transaction()
    return stored is not None and (stored.status, stored.update_time) == (told.status, told.update_time)


def _is_known_return(document: Document) -> bool:
    told = return_from_document(document)
    stored = db.session.execute(
        select(Return.status, Return.update_time).where(Return.return_id == told.return_id)
    ).one_or_none()
    end_transaction()
    return stored is not None and (stored.status, stored.update_time) == (told.status, told.update_time)
