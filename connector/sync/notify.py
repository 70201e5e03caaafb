"""Notices of what happened to a shop's orders: by mail, and as a signed post to an address of the merchant's.

What is told is what the timeline says, which holds no personal data. Each channel remembers up to which entry it has told: one
that fails is tried again a minute later, and the other does not repeat itself. Nothing that happened before notices were
switched on is told.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import CursorResult, func, or_, select, update

from connector import clock, http
from connector.domain import statuses
from connector.domain.errors import ConnectorError, TryLater
from connector.domain.settings import ShopSettings
from connector.extensions import db, queue
from connector.models import Order, Shop, TimelineEntry
from connector.models.shop import ACTIVE
from connector.models.timeline import CONNECTOR
from connector.models.transaction import end_transaction, transaction
from connector.sync import mail
from connector.sync.timeline import record

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
#: An entry is told when it is so old: by then those with lower ids are committed as well.
SETTLED = timedelta(seconds=10)
MOST = 200
DEADLINE = "deadline"
KINDS = {"error": "Error", DEADLINE: "Deadline", "new_order": "New order"}


@dataclass(frozen=True)
class Told:
    """One thing to tell."""

    id: int
    at: datetime
    kind: str
    tiktok_order_id: str
    sentence: str

    @property
    def url(self) -> str:
        return f"{current_app.config['CONNECTOR'].public_url}/orders/{self.tiktok_order_id}"


def wants(settings: ShopSettings) -> bool:
    """Whether a shop has anybody to tell."""
    return bool(settings.notify_mail or settings.notify_url)


def start() -> int:
    """Wakes the notices of each shop that has some to send and is due, claimed by one conditional UPDATE."""
    now = clock.now()
    is_due = or_(Shop.next_notice_at.is_(None), Shop.next_notice_at <= now)
    # Not the whole rows: their tokens would be decrypted for nothing, each second.
    due = db.session.execute(select(Shop.id, Shop.stored_settings).where(Shop.state == ACTIVE, is_due)).all()
    ids = [row.id for row in due]
    wanting = {row.id for row in due if wants(ShopSettings.from_stored(row.stored_settings))}
    end_transaction()
    for shop_id in ids:
        with transaction() as session:
            claimed = session.execute(update(Shop).where(Shop.id == shop_id, is_due).values(next_notice_at=now + EVERY))
            assert isinstance(claimed, CursorResult)  # noqa: S101
        if claimed.rowcount == 1 and shop_id in wanting:
            queue.wake_notices(shop_id, bucket=f"-{int(now.timestamp())}")
    return len(wanting)


def send(shop_id: int) -> None:
    """Tells what has not been told yet, by each channel that is set."""
    shop = db.session.get(Shop, shop_id, populate_existing=True)
    if shop is None:
        end_transaction()
        return
    settings, name = shop.settings, shop.name
    mailed_up_to, posted_up_to = shop.mailed_up_to, shop.posted_up_to
    end_transaction()
    if settings.notify_deadlines:
        _note_deadlines(shop_id, settings.notify_hours_before)
    errors = []
    if settings.notify_mail:
        errors.append(_tell(shop_id, "mailed_up_to", mailed_up_to, settings, lambda told: _mail(name, settings, told)))
    if settings.notify_url:
        errors.append(
            _tell(shop_id, "posted_up_to", posted_up_to, settings, lambda told: _post(shop_id, name, settings, told))
        )
    with transaction() as session:
        session.get_one(Shop, shop_id).notice_error = " ".join(filter(None, errors))[:500]


def secret_of(shop_id: int) -> str:
    """The secret that signs a shop's posts; it follows from SECRET_KEY."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"connector: notices of shop {shop_id}".encode(), hashlib.sha256).hexdigest()


def signature(secret: str, moment: int, body: bytes) -> str:
    """The header's value: a receiver compares v1, and refuses a `t` that is long ago."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def _note_deadlines(shop_id: int, hours: int) -> None:
    """One line in the timeline of each order that has to be shipped, or is cancelled by TikTok, so soon; once for each."""
    now = clock.now()
    soon = timedelta(hours=hours)
    for column, words in (
        (Order.ship_due, f"To be shipped within {hours} hours."),
        (Order.cancel_due, f"TikTok cancels it within {hours} hours unless it is shipped."),
    ):
        with transaction() as session:
            told = select(TimelineEntry.id).where(
                TimelineEntry.order_id == Order.id,
                TimelineEntry.code == DEADLINE,
                TimelineEntry.sentence == words,
                TimelineEntry.at > now - soon,
            )
            rows = session.scalars(
                select(Order.id).where(
                    Order.shop_id == shop_id,
                    Order.status.in_((statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING)),
                    column > now,
                    column <= now + soon,
                    ~told.exists(),
                )
            ).all()
            for row_id in rows:
                record(session, row_id, CONNECTOR, DEADLINE, words)


def _tell(
    shop_id: int, column: str, up_to: int | None, settings: ShopSettings, deliver: Callable[[list[Told]], None]
) -> str:
    """Delivers what is new for one channel and moves its mark. Returns what went wrong, in words."""
    if up_to is None:
        newest = db.session.scalar(select(func.max(TimelineEntry.id))) or 0
        end_transaction()
        _mark(shop_id, column, newest)
        return ""
    found, last = _new(shop_id, up_to, settings)
    if found:
        try:
            deliver(found)
        except (ConnectorError, ValueError) as error:
            log.warning("notices could not be sent: %s", type(error).__name__)
            return str(error)
    if last > up_to:
        _mark(shop_id, column, last)
    return ""


def _mark(shop_id: int, column: str, entry_id: int) -> None:
    with transaction() as session:
        session.execute(update(Shop).where(Shop.id == shop_id).values({column: entry_id}))


def _new(shop_id: int, up_to: int, settings: ShopSettings) -> tuple[list[Told], int]:
    """What a shop wants to be told after an entry, and the last entry that was looked at."""
    rows = db.session.execute(
        select(TimelineEntry, Order.tiktok_order_id)
        .join(Order, Order.id == TimelineEntry.order_id)
        .where(
            Order.shop_id == shop_id,
            TimelineEntry.id > up_to,
            TimelineEntry.at <= clock.now() - SETTLED,
            or_(TimelineEntry.is_error, TimelineEntry.code.in_((DEADLINE, "received"))),
        )
        .order_by(TimelineEntry.id)
        .limit(MOST)
    ).all()
    wanted = {
        kind
        for kind, is_on in (
            ("error", settings.notify_errors),
            (DEADLINE, settings.notify_deadlines),
            ("new_order", settings.notify_new_orders),
        )
        if is_on
    }
    told = []
    for entry, tiktok_order_id in rows:
        kind = "error" if entry.is_error else DEADLINE if entry.code == DEADLINE else "new_order"
        if kind in wanted:
            told.append(Told(entry.id, entry.at, kind, tiktok_order_id, entry.sentence))
    end_transaction()
    return told, rows[-1][0].id if rows else up_to


def _mail(shop_name: str, settings: ShopSettings, told: Sequence[Told]) -> None:
    count = len({one.tiktok_order_id for one in told})
    lines = [f"{KINDS[one.kind]}: {one.tiktok_order_id}: {one.sentence}\n{one.url}\n" for one in told]
    mail.send(
        [address.strip() for address in settings.notify_mail.split(",") if address.strip()],
        f"{shop_name}: {count} order{'s' if count != 1 else ''}",
        "\n".join(lines),
    )


def _post(shop_id: int, shop_name: str, settings: ShopSettings, told: Sequence[Told]) -> None:
    events = [
        {
            "id": one.id,
            "at": one.at.isoformat(),
            "kind": one.kind,
            "tiktok_order_id": one.tiktok_order_id,
            "sentence": one.sentence,
            "url": one.url,
        }
        for one in told
    ]
    body = json.dumps({"shop": shop_name, "events": events}).encode()
    moment = int(clock.now().timestamp())
    session = http.new_session(public_only=not current_app.config["CONNECTOR"].allow_private_store_urls)
    response = http.send(
        session,
        {
            "method": "POST",
            "url": settings.notify_url,
            "data": body,
            "headers": {
                "Content-Type": "application/json",
                "User-Agent": "tiktok-magento-connector",
                "X-Connector-Signature": signature(secret_of(shop_id), moment, body),
            },
        },
        max_bytes=64 * 1024,
    )
    if not 200 <= response.status < 300:
        raise TryLater(f"The address for notices answered {response.status}.", code="notice_refused")
