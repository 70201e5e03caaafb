"""The debug log of a shop: exchanges with both sides, on for a time, then off by itself, and bounded in size.

What is kept is what `connector.redaction` leaves: no secrets, no personal data, bodies cut to a few KB. It is for people who
look for a fault: nothing is decided by it, and what could not be written down is not missed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from connector import clock, http, logs
from connector.domain.errors import Exchange
from connector.extensions import db
from connector.models import DebugExchange, Shop
from connector.models.audit import SETTINGS
from connector.models.debug import MAGENTO, TIKTOK
from connector.models.transaction import end_transaction, transaction
from connector.sync import audit

log = logging.getLogger(__name__)

T = TypeVar("T")

#: For how long it may be switched on, by the minutes.
TIMES: Mapping[int, str] = {15: "15 minutes", 60: "1 hour", 240: "4 hours", 1440: "24 hours"}
#: Exchanges of a shop that are kept, the newest; and for how long. With bodies cut to 4 KB that is 16 MB at the very most.
MOST = 2000
KEPT_FOR = timedelta(days=7)
#: The rest is cut off once in so many exchanges.
TRIM_EACH = 50

_unwritten = threading.local()


# -- people ------------------------------------------------------------------------------------------------------------------


def switch_on(shop_id: int, minutes: int, actor: str) -> datetime:
    """Switches a shop's log on for some minutes (one of TIMES, KeyError else). Returns until when (UTC)."""
    words = TIMES[minutes]
    until = clock.now() + timedelta(minutes=minutes)
    with transaction() as session:
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        shop.debug_until = until
        audit.note(session, actor, SETTINGS, "Debug log", subject=shop.name, shop_id=shop_id, after=f"on for {words}")
    return until


def switch_off(shop_id: int, actor: str) -> None:
    """Switches it off at once. What it holds is kept for its time."""
    with transaction() as session:
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop})
        if is_on(shop):
            audit.note(session, actor, SETTINGS, "Debug log", subject=shop.name, shop_id=shop_id, after="off")
        shop.debug_until = None


def empty(shop_id: int, actor: str) -> None:
    """Removes all that a shop's log holds."""
    with transaction() as session:
        shop = session.get_one(Shop, shop_id)
        session.execute(delete(DebugExchange).where(DebugExchange.shop_id == shop_id))
        audit.note(session, actor, SETTINGS, "Debug log", subject=shop.name, shop_id=shop_id, after="emptied")


def is_on(shop: Shop) -> bool:
    return shop.debug_until is not None and shop.debug_until > clock.now()


# -- writing -----------------------------------------------------------------------------------------------------------------


def switched_on(store_id: int) -> dict[int, datetime]:
    """Until when the log is on, by shop, for the shops that may send orders to a store. Empty for almost everybody."""
    rows = db.session.execute(
        select(Shop.id, Shop.debug_until).where(
            Shop.debug_until > clock.now(), or_(Shop.store_id == store_id, Shop.store_id.is_(None))
        )
    ).all()
    return {row.id: row.debug_until for row in rows}


def of(shop: Shop) -> dict[int, datetime]:
    """The same for calls on behalf of one shop."""
    return {} if shop.debug_until is None else {shop.id: shop.debug_until}


def recorded(shops: Mapping[int, datetime], side: str, call: Callable[[], T]) -> T:
    """What `call` gives; its exchanges are written into the logs of `shops` (until when each is on, by its id)."""
    if not shops:
        return call()
    with http.listening(lambda exchange, failure: _note(shops, side, exchange, failure)):
        return call()


def note_webhook(session: Session, shop: Shop, body: bytes) -> None:
    """An event of TikTok's, in the caller's transaction."""
    if is_on(shop):
        shown = http.redact_body(body)
        session.add(_row(shop.id, TIKTOK, Exchange(method="EVENT", url="/webhooks/tiktok", request_body=shown), ""))


def _note(shops: Mapping[int, datetime], side: str, exchange: Exchange, failure: str) -> None:
    now = clock.now()
    waiting: list[dict[str, Any]] = getattr(_unwritten, "rows", [])
    waiting += [_values(shop_id, side, exchange, failure) for shop_id, until in shops.items() if until > now]
    _unwritten.rows = waiting[-TRIM_EACH:]
    if not waiting or db.session().in_transaction():
        return  # never in somebody else's transaction; the next exchange brings it along
    rows, _unwritten.rows = _unwritten.rows, []
    try:
        with transaction() as session:
            session.execute(insert(DebugExchange), rows)
            newest = session.scalar(select(DebugExchange.id).order_by(DebugExchange.id.desc()).limit(1)) or 0
            if newest % TRIM_EACH < len(rows):
                for shop_id in shops:
                    _trim(session, shop_id)
    except SQLAlchemyError as problem:
        log.warning("the debug log could not be written: %s", type(problem).__name__)


def _row(shop_id: int, side: str, exchange: Exchange, failure: str) -> DebugExchange:
    return DebugExchange(**_values(shop_id, side, exchange, failure))


def _values(shop_id: int, side: str, exchange: Exchange, failure: str) -> dict[str, Any]:
    return {
        "shop_id": shop_id,
        "at": clock.now(),
        "side": side,
        "tiktok_order_id": logs.current_ids().get("order", "")[:40],
        "method": exchange.method[:8],
        "url": _storable(exchange.url)[:2000],
        "status": exchange.status,
        "failure": failure[:200],
        "seconds": exchange.seconds or 0.0,
        "request_body": _storable(exchange.request_body),
        "response_body": _storable(exchange.response_body),
    }


def _storable(text: str) -> str:
    """Without what PostgreSQL cannot keep in text."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _trim(session: Session, shop_id: int) -> None:
    oldest_kept = session.scalar(
        select(DebugExchange.id)
        .where(DebugExchange.shop_id == shop_id)
        .order_by(DebugExchange.id.desc())
        .offset(MOST - 1)
        .limit(1)
    )
    if oldest_kept is not None:
        session.execute(delete(DebugExchange).where(DebugExchange.shop_id == shop_id, DebugExchange.id < oldest_kept))


def forget_old(session: Session) -> None:
    """Removes what is older than KEPT_FOR, inside the caller's transaction."""
    session.execute(delete(DebugExchange).where(DebugExchange.at < clock.now() - KEPT_FOR))


# -- reading -----------------------------------------------------------------------------------------------------------------


def exchanges(
    shop_id: int, *, order: str = "", side: str = "", only_failed: bool = False, before: int = 0, limit: int = 50
) -> list[DebugExchange]:
    """A shop's exchanges, the newest first; those with an order, with one side, that went wrong, before another's id."""
    statement = select(DebugExchange).where(DebugExchange.shop_id == shop_id).order_by(DebugExchange.id.desc())
    if order:
        statement = statement.where(DebugExchange.tiktok_order_id == order)
    if side in (TIKTOK, MAGENTO):
        statement = statement.where(DebugExchange.side == side)
    if only_failed:
        statement = statement.where(or_(DebugExchange.failure != "", DebugExchange.status >= 400))
    if before:
        statement = statement.where(DebugExchange.id < before)
    return list(db.session.scalars(statement.limit(limit)))


def lines(rows: Iterable[DebugExchange]) -> Iterator[dict[str, Any]]:
    """Each exchange as JSON-able values, for the download."""
    for row in rows:
        yield {
            "at": row.at.isoformat(),
            "side": row.side,
            "tiktok_order_id": row.tiktok_order_id or None,
            "method": row.method,
            "url": row.url,
            "status": row.status,
            "failure": row.failure or None,
            "seconds": row.seconds,
            "request": row.request_body,
            "response": row.response_body,
        }
    end_transaction()
