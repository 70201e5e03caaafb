"""Cancellations and returns: reading them for one order, and looking for what was not heard of.

A webhook about one (types 11, 12, 67) is a hint at its order. A webhook of type 64 names no order, and any may be lost: so
each shop is asked for what changed, every FETCH_INTERVAL seconds, and soon after a webhook of type 64.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import DataError
from sqlalchemy.orm import InstrumentedAttribute, Session

from connector import clock
from connector.domain import returns as values
from connector.domain import stored_booking
from connector.domain.errors import ConnectorError, unexpected
from connector.extensions import db, queue
from connector.http import CALL_DEADLINE
from connector.models import Cancellation, Order, Return, Shop
from connector.models.shop import ACTIVE
from connector.models.transaction import end_transaction, transaction
from connector.sync import aftersales_rows, gateways, intake, stopping
from connector.sync.claims import claim, is_due
from connector.sync.run import Run
from connector.tiktok import clock_offset
from connector.tiktok.aftersale_calls import DocumentPage
from connector.tiktok.aftersales import cancellation_from_document, order_id_of, return_from_document
from connector.tiktok.client import TikTokClient
from connector.tiktok.errors import UnreadableAnswer
from connector.tiktok.pages import all_pages, changed_pages

log = logging.getLogger(__name__)

#: Types of webhooks that tell of them: cancellation, return, refund.
TOPICS = frozenset({11, 12, 67})
#: "An after-sales request": it names no order.
ORDERLESS_TOPIC = 64
FIRST_LOOK = timedelta(days=3)
OVERLAP = timedelta(minutes=5)
#: Longer than one call: so long after the last call of one, a look is due again although it has not come to its end.
ONE_CALL = timedelta(seconds=CALL_DEADLINE + 10)
LEADS_BACK = "TikTok Shop's list of cancellations or returns leads back to a page that was read already."

Document = dict[str, Any]
#: A cancellation's or return's number, status and `update_time`.
State = tuple[str, str, datetime | None]
Told = Callable[[Document], State]


# -- one order ---------------------------------------------------------------------------------------------------------------


def hint(row: Order) -> None:
    """Notes, in the caller's transaction and after `observed` was raised, that something was heard of an order's."""
    row.aftersales_observed = row.observed


def look_anew(run: Run, session: Session) -> Order:
    """Has the next round read the order, its cancellations and its returns anew, whatever becomes of the call that follows.

    In the caller's transaction. Returns the order's row, locked. Raises LeaseLost.
    """
    row = run.lease.row(session)
    run.look_anew(row)
    hint(row)
    return row


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
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        for document in cancellations:
            aftersales_rows.store_cancellation(session, row, document)
        for document in returned:
            aftersales_rows.store_return(session, row, document)
        row.aftersales_read = max(row.aftersales_read, read_at)
        session.flush()
        summarise(session, row)


def _all(search: Callable[[str], DocumentPage]) -> Iterator[Document]:
    """Raises UnreadableAnswer when TikTok gives a page token a second time."""
    return (document for page in all_pages(search, LEADS_BACK) for document in page.documents)


def _changed(search: Callable[..., DocumentPage], since: datetime) -> Iterator[DocumentPage]:
    """Those that changed since a moment, however many change while they are read. Raises UnreadableAnswer as above."""
    return changed_pages(lambda begin, token: search(update_time_ge=begin, page_token=token), since, LEADS_BACK)


def summarise(session: Session, row: Order) -> None:
    """The columns of the order that lists filter and show, from its rows; inside the caller's transaction."""
    known = aftersales_rows.of_order(session, row.id)
    row.is_cancelling = bool(known.open_asks)
    row.buyer_asks_cancel = known.request is not None
    row.buyer_cancel_deadline = known.request.deadline if known.request else None
    row.return_state = "open" if known.open_returns else "settled" if known.returns else ""


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
        known = aftersales_rows.of_order(db.session(), row.id) if has_any else values.Aftersales()
    return {
        "booked_lines": frozenset(
            line_id for booked in booking.get("rows") or () for line_id in booked.get("line_item_ids") or ()
        ),
        "booked_total": stored_booking.grand_total(booking),
        "shipping_net_share": share,
        "base_rate": Decimal(booking.get("base_rate") or 1),
        "aftersales": known,
    }


# -- what was not heard of -----------------------------------------------------------------------------------------------------


def look_soon(shop: Shop) -> None:
    """Lets the next look at a shop be now; inside the caller's transaction."""
    shop.next_aftersales_poll_at = clock.now()


def start_polls(interval: int) -> int:
    """Wakes a look at each shop that is due; `interval` in seconds. Each is claimed by one conditional UPDATE."""
    now = clock.now()
    due = is_due(Shop.next_aftersales_poll_at, now, interval)
    shop_ids = list(db.session.scalars(select(Shop.id).where(Shop.state == ACTIVE, due)))
    end_transaction()
    started = 0
    for shop_id in shop_ids:
        if claim(Shop, shop_id, due, next_aftersales_poll_at=now + timedelta(seconds=interval)):
            queue.wake_aftersales(shop_id, bucket=f"-{int(now.timestamp())}")
            started += 1
    return started


def poll(shop_id: int) -> int:
    """Asks TikTok for a shop's cancellations and returns that changed since the last look; returns how many orders were woken.

    What fails is written at the shop, and the watermark stays: the next look begins where this one began. A shop that is not
    connected any more is not asked.
    """
    now = clock.now()
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    if shop.state != ACTIVE:
        end_transaction()
        return 0
    client = gateways.tiktok_client(shop, before_call=lambda: _hold(shop_id))
    since = shop.aftersales_watermark - OVERLAP if shop.aftersales_watermark else now - FIRST_LOOK
    end_transaction()
    woken: list[tuple[int, int]] = []
    try:
        for page in _changed(client.search_cancellations, since):
            woken += _observe(shop_id, page.documents, Cancellation.cancel_id, _told_of_cancellation)
        for page in _changed(client.search_returns, since):
            woken += _observe(shop_id, page.documents, Return.return_id, _told_of_return)
    except ConnectorError as error:
        _failed(shop_id, error)
    except Exception as error:
        log.exception("unexpected error")
        _failed(shop_id, unexpected(error))
    else:
        # By TikTok's clock, as the calls have shown it: a server that is ahead of it has read less far than it thinks.
        ahead = min(0.0, clock_offset.offset(gateways.tiktok_app().api_url))
        with transaction() as session:
            row = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
            row.aftersales_watermark = now + timedelta(seconds=ahead)
            row.last_aftersales_poll_at, row.aftersales_error = clock.now(), ""
    queue.wake_orders(woken)
    return len(woken)


def _hold(shop_id: int) -> None:
    """Before each call: the next look is not begun beside this one, and a process that shall stop stops."""
    stopping.check()
    interval = timedelta(seconds=current_app.config["CONNECTOR"].fetch_interval)
    next_at = clock.now() + min(ONE_CALL, interval)
    with transaction() as session:
        session.execute(
            update(Shop)
            .where(Shop.id == shop_id, Shop.next_aftersales_poll_at < next_at)
            .values(next_aftersales_poll_at=next_at)
        )


def _failed(shop_id: int, error: ConnectorError) -> None:
    db.session.rollback()
    said = f"{error.message} {error.remedy}".strip()[:500]
    with transaction() as session:
        session.execute(update(Shop).where(Shop.id == shop_id).values(aftersales_error=said))
    log.warning("looking for cancellations and returns failed: %s", error.code)


def _observe(
    shop_id: int, documents: Iterable[Document], key: InstrumentedAttribute[str], told: Told
) -> list[tuple[int, int]]:
    """Observes the orders of cancellations or returns, but for those that are known as they are.

    One that cannot be read keeps no other from being seen: its order is read anew, and says what is wrong with it.
    """
    states: list[tuple[str, State | None]] = []
    for document in documents:
        try:
            order_id = order_id_of(document)
        except UnreadableAnswer:
            log.warning("a cancellation or return names no order")
            continue
        try:
            states.append((order_id, told(document)))
        except UnreadableAnswer:
            log.warning("a cancellation or return of order %s cannot be read", order_id)
            states.append((order_id, None))
    known = _known(key, [state[0] for _, state in states if state is not None])
    return [one for order_id, state in states if state not in known for one in _hint(shop_id, order_id)]


def _known(key: InstrumentedAttribute[str], ids: Sequence[str]) -> set[State]:
    """Asked for all of a page at once: an overlapping look finds most of what it is told known, a query each took its time."""
    model = key.class_
    try:
        rows = db.session.execute(select(key, model.status, model.update_time).where(key.in_(ids)))
        return {(number, status, update_time) for number, status, update_time in rows}
    except DataError:
        log.exception("a cancellation or return has a number that cannot be written")
        db.session.rollback()
        return set()
    finally:
        end_transaction()


def _hint(shop_id: int, order_id: str) -> list[tuple[int, int]]:
    try:
        with transaction() as session:
            seen = intake.observe_hint(session, shop_id, order_id)
            hint(session.get_one(Order, seen.row_id))
    except DataError:
        log.exception("an order has a number that cannot be written")
        return []
    return [(seen.row_id, seen.observed)]


def _told_of_cancellation(document: Document) -> State:
    told = cancellation_from_document(document)
    return told.cancel_id, told.status, told.update_time


def _told_of_return(document: Document) -> State:
    told = return_from_document(document)
    return told.return_id, told.status, told.update_time
