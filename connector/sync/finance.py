"""Reading what TikTok pays and keeps: slowly, and never in the way of orders.

Each shop is read in rounds, an hour apart: statements, the lines of those that are new or changed, payments, what is not
settled yet. The jobs have a queue of their own, which workers look at only while the other is empty; a job reads page by page,
looks before each whether an order waits by now, and leaves the rest to the next one. Every page is kept with the place where it
goes on, in one transaction; a page that is read twice is the same rows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.errors import ConnectorError
from connector.domain.settlement import Line
from connector.extensions import db, queue
from connector.http import CALL_DEADLINE
from connector.models import FinanceRead, Payment, SettlementLine, Shop, Statement
from connector.models.shop import ACTIVE
from connector.models.transaction import end_transaction, transaction
from connector.models.upsert import insert_once
from connector.sync import gateways, stopping
from connector.sync.claims import changed, has_passed, is_due
from connector.tiktok.caller import text
from connector.tiktok.client import TikTokClient
from connector.tiktok.errors import NotInThisRegion
from connector.tiktok.finance import line_from_document, moment, money

log = logging.getLogger(__name__)

#: Between the end of a round and the next; between two jobs of one round; after an error.
EVERY = timedelta(hours=1)
NEXT_PART = timedelta(seconds=10)
AFTER_ERROR = timedelta(minutes=15)
#: The first round reads this far back; later ones read again what may still change its payment's state.
FIRST = timedelta(days=90)
AGAIN = timedelta(days=30)
#: A job ends after so long, and makes so many calls at most.
AT_A_TIME = 20.0
CALLS = 20
LEASE = timedelta(seconds=2 * CALL_DEADLINE + 30)

STAGES = ("statements", "lines", "payments", "unsettled")


def start_reads() -> int:
    """Wakes a reading for each shop that is due and reads its money. Each is claimed by one conditional UPDATE."""
    now = clock.now()
    due = list(
        db.session.execute(
            select(Shop.id, Shop.stored_settings)
            .outerjoin(FinanceRead, FinanceRead.shop_id == Shop.id)
            .where(Shop.state == ACTIVE, is_due(FinanceRead.next_at, now, EVERY.total_seconds()))
        )
    )
    end_transaction()
    return sum(_start(shop_id, now) for shop_id, stored in due if (stored or {}).get("read_finance", True))


def _start(shop_id: int, now: datetime) -> bool:
    with transaction() as session:
        insert_once(session, FinanceRead, {"shop_id": shop_id, "stage": STAGES[0], "page_token": "", "last_error": ""})
        claimed = session.execute(
            update(FinanceRead)
            .where(FinanceRead.shop_id == shop_id, is_due(FinanceRead.next_at, now, EVERY.total_seconds()))
            # A job that was lost is asked for again after this; one that ends says itself when the next is due.
            .values(next_at=now + LEASE)
        )
    if changed(claimed) == 0:
        return False
    queue.wake_finance(shop_id, bucket=f"-{int(now.timestamp())}")
    return True


def read_soon(shop_id: int) -> None:
    """Lets the next part of a round be now, or the next round: a person asked."""
    with transaction() as session:
        session.execute(update(FinanceRead).where(FinanceRead.shop_id == shop_id).values(next_at=clock.now()))


def read(shop_id: int, most: int = CALLS) -> bool:
    """Reads on for a while, at most `most` pages; True when a round has ended. Does nothing when somebody else is at it."""
    if not _take(shop_id):
        return False
    shop = db.session.get_one(Shop, shop_id, populate_existing=True)
    client = gateways.tiktok_client(shop, before_call=stopping.check)
    end_transaction()
    begun, pause, error_message = time.monotonic(), NEXT_PART, ""
    is_done = False
    try:
        for _ in range(most):
            if queue.length() > 0 or time.monotonic() - begun > AT_A_TIME:
                break  # orders first
            is_done = _page(shop_id, client)
            if is_done:
                pause = EVERY
                break
    except ConnectorError as error:
        log.warning("reading what TikTok pays failed: %s", error.code)
        pause, error_message = AFTER_ERROR, error.message
    finally:
        with transaction() as session:
            session.execute(
                update(FinanceRead)
                .where(FinanceRead.shop_id == shop_id)
                .values(lease_until=None, next_at=clock.now() + pause, last_error=error_message[:500])
            )
    return is_done


def _take(shop_id: int) -> bool:
    now = clock.now()
    with transaction() as session:
        insert_once(session, FinanceRead, {"shop_id": shop_id, "stage": STAGES[0], "page_token": "", "last_error": ""})
        taken = session.execute(
            update(FinanceRead)
            .where(FinanceRead.shop_id == shop_id, has_passed(FinanceRead.lease_until, now))
            .values(lease_until=now + LEASE)
        )
    return changed(taken) == 1


def _page(shop_id: int, client: TikTokClient) -> bool:
    """Reads one page of what the round is at; True when that was the round's last."""
    row = db.session.scalars(
        select(FinanceRead).where(FinanceRead.shop_id == shop_id).execution_options(populate_existing=True)
    ).one()
    stage, token, begun_at, done_at = row.stage, row.page_token, row.begun_at, row.done_at
    end_transaction()
    if begun_at is None:
        begun_at = clock.now()
    since = begun_at - (FIRST if done_at is None else AGAIN)
    next_token = _READERS[stage](shop_id, client, token, since, begun_at)
    is_last = not next_token
    following = STAGES.index(stage) + 1
    is_done = is_last and following == len(STAGES)
    with transaction() as session:
        session.execute(
            update(FinanceRead)
            .where(FinanceRead.shop_id == shop_id)
            .values(
                stage=STAGES[0] if is_done else STAGES[following] if is_last else stage,
                page_token=next_token[:500],
                begun_at=None if is_done else begun_at,
                lease_until=clock.now() + LEASE,
                **({"done_at": clock.now()} if is_done else {}),
            )
        )
    return is_done


# -- the stages: each reads one page, keeps it, and returns where it goes on ("" at the end) -----------------------------------


def _statements(shop_id: int, client: TikTokClient, token: str, since: datetime, begun_at: datetime) -> str:
    page = client.statements(since=since, page_token=token)
    with transaction() as session:
        for document in page.documents:
            _keep_statement(session, shop_id, document)
    return page.next_page_token


def _keep_statement(session: Session, shop_id: int, document: dict[str, Any]) -> None:
    statement_id, at = text(document, "id"), moment(document, "statement_time")
    if not statement_id or at is None:
        return
    insert_once(
        session,
        Statement,
        {
            "shop_id": shop_id,
            "statement_id": statement_id,
            "statement_time": at,
            **dict.fromkeys(("settlement", "revenue", "fee", "shipping", "adjustment", "reserve"), Decimal(0)),
            **dict.fromkeys(("currency", "payment_status", "payment_id", "page_token"), ""),
        },
    )
    row = session.scalars(
        select(Statement).where(Statement.shop_id == shop_id, Statement.statement_id == statement_id).with_for_update()
    ).one()
    settlement = money(document, "settlement_amount")
    if settlement != row.settlement:
        row.read_at, row.page_token = None, ""  # its lines are others by now
    row.settlement, row.currency = settlement, text(document, "currency")[:8]
    row.revenue = money(document, "revenue_amount" if document.get("revenue_amount") else "net_sales_amount")
    row.fee, row.shipping = money(document, "fee_amount"), money(document, "shipping_cost_amount")
    row.adjustment = money(document, "adjustment_amount")
    row.payment_status, row.payment_id = text(document, "payment_status")[:32], text(document, "payment_id")[:40]
    row.payment_time = moment(document, "payment_time")


def _lines(shop_id: int, client: TikTokClient, token: str, since: datetime, begun_at: datetime) -> str:
    """One page of one statement's lines. The place is kept at the statement: the stage goes on as long as one is left."""
    row = db.session.scalars(
        select(Statement)
        .where(Statement.shop_id == shop_id, Statement.read_at.is_(None))
        .order_by(Statement.statement_time, Statement.id)
        .limit(1)
    ).first()
    end_transaction()
    if row is None:
        return ""
    statement_id, place, row_id, currency = row.statement_id, row.page_token, row.id, row.currency
    page = client.statement_transactions(statement_id, page_token=place)
    with transaction() as session:
        if not place:
            session.execute(
                delete(SettlementLine).where(
                    SettlementLine.shop_id == shop_id, SettlementLine.statement_id == statement_id
                )
            )
        for document in page.documents:
            line = line_from_document(document, text(page.whole, "currency") or currency)
            _keep_line(session, shop_id, statement_id, line, document)
        values: dict[str, Any] = {
            "page_token": page.next_page_token[:500],
            "reserve": money(page.whole, "total_reserve_amount"),
            "read_at": None if page.next_page_token else clock.now(),
        }
        if "payable_amount" in page.whole:
            values["payable"] = money(page.whole, "payable_amount")
        session.execute(update(Statement).where(Statement.id == row_id).values(**values))
    return "on"


def _keep_line(session: Session, shop_id: int, statement_id: str, line: Line, document: dict[str, Any]) -> None:
    row = session.scalars(
        select(SettlementLine).where(
            SettlementLine.shop_id == shop_id,
            SettlementLine.statement_id == statement_id,
            SettlementLine.transaction_id == line.transaction_id[:40],
        )
    ).one_or_none()
    if row is None:
        row = SettlementLine(shop_id=shop_id, statement_id=statement_id, transaction_id=line.transaction_id[:40])
        session.add(row)
    row.kind, row.tiktok_order_id, row.currency = line.kind[:64], line.order_id[:40], line.currency[:8]
    row.settlement, row.revenue, row.shipping = line.settlement, line.revenue, line.shipping
    row.fee_tax, row.adjustment, row.reserve = line.fee_tax, line.adjustment, line.reserve
    row.difference = line.difference
    row.parts = {group: {name: str(value) for name, value in named.items()} for group, named in line.parts.items()}
    row.reason, row.expected = text(document, "unsettled_reason")[:200], text(document, "estimated_settlement")[:100]
    row.seen_at = clock.now()


def _payments(shop_id: int, client: TikTokClient, token: str, since: datetime, begun_at: datetime) -> str:
    try:
        page = client.payments(since=since, page_token=token)
    except NotInThisRegion:
        return ""  # not in South-East Asia
    with transaction() as session:
        for document in page.documents:
            _keep_payment(session, shop_id, document)
    return page.next_page_token


def _keep_payment(session: Session, shop_id: int, document: dict[str, Any]) -> None:
    payment_id = text(document, "id")[:40]
    if not payment_id:
        return
    row = session.scalars(
        select(Payment).where(Payment.shop_id == shop_id, Payment.payment_id == payment_id)
    ).one_or_none()
    if row is None:
        row = Payment(shop_id=shop_id, payment_id=payment_id)
        session.add(row)
    paid, settled = document.get("amount"), document.get("settlement_amount")
    paid, settled = paid if isinstance(paid, dict) else {}, settled if isinstance(settled, dict) else {}
    row.status = text(document, "status")[:32]
    row.amount, row.currency = money(paid, "value"), text(paid, "currency")[:8]
    row.settlement, row.settlement_currency = money(settled, "value"), text(settled, "currency")[:8]
    row.create_time, row.paid_time = moment(document, "create_time"), moment(document, "paid_time")
    row.bank_account = text(document, "bank_account")[:40]


def _unsettled(shop_id: int, client: TikTokClient, token: str, since: datetime, begun_at: datetime) -> str:
    page = client.unsettled_transactions(page_token=token)
    with transaction() as session:
        for document in page.documents:
            _keep_line(session, shop_id, "", line_from_document(document), document)
        if not page.next_page_token:
            # What TikTok lists no more is settled by now, or came to nothing.
            session.execute(
                delete(SettlementLine).where(
                    SettlementLine.shop_id == shop_id,
                    SettlementLine.statement_id == "",
                    SettlementLine.seen_at < begun_at,
                )
            )
    return page.next_page_token


_READERS: dict[str, Callable[[int, TikTokClient, str, datetime, datetime], str]] = {
    "statements": _statements,
    "lines": _lines,
    "payments": _payments,
    "unsettled": _unsettled,
}
