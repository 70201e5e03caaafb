"""Notices of what happened to a shop's orders, and of what lasts: by mail, as a signed post, and in Slack.

What is told is what timelines and alarms say, which hold no personal data. Each channel remembers up to which entry it has
told: one that fails is tried again a minute later, and the others do not repeat themselves. Nothing that happened before
notices were switched on is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, update

from connector import clock
from connector.domain import alarms as alarm_rules
from connector.domain import statuses
from connector.domain.errors import ConnectorError
from connector.domain.settings import ShopSettings
from connector.extensions import db, queue
from connector.models import Notice, Order, Shop, TimelineEntry
from connector.models.timeline import CONNECTOR
from connector.models.transaction import end_transaction, transaction
from connector.sync import alarms, channels
from connector.sync.channels import DEADLINE, ERROR, NEW_ORDER, Sender, Told, secret_of, signature
from connector.sync.claims import claim, is_due
from connector.sync.timeline import record

__all__ = ["secret_of", "send", "signature", "start", "wants"]

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
#: An entry is told when it is so old: by then those with lower ids are committed as well.
SETTLED = timedelta(seconds=10)
MOST = 200


@dataclass(frozen=True)
class Channel:
    """One way of telling: the setting that holds its address, the columns of how far it has told, and what delivers."""

    setting: str
    entries: str
    notices: str
    deliver: Callable[[Sender, Sequence[Told]], None]


CHANNELS = (
    Channel("notify_mail", "mailed_up_to", "mailed_notices_up_to", channels.by_mail),
    Channel("notify_url", "posted_up_to", "posted_notices_up_to", channels.by_post),
    Channel("notify_slack", "slacked_up_to", "slacked_notices_up_to", channels.by_slack),
)


def wants(settings: ShopSettings) -> bool:
    """Whether a shop has anybody to tell."""
    return any(getattr(settings, channel.setting) for channel in CHANNELS)


def start() -> int:
    """Wakes the notices of each shop that has some to send and is due, claimed by one conditional UPDATE."""
    now = clock.now()
    due = is_due(Shop.next_notice_at, now, EVERY.total_seconds())
    # Not the whole rows: their tokens would be decrypted for nothing, each second. Shops that have taken back their
    # authorization are among them: that it ended is told.
    found = db.session.execute(select(Shop.id, Shop.stored_settings).where(due)).all()
    ids = [row.id for row in found]
    wanting = {row.id for row in found if wants(ShopSettings.from_stored(row.stored_settings))}
    end_transaction()
    for shop_id in ids:
        if claim(Shop, shop_id, due, next_notice_at=now + EVERY) and shop_id in wanting:
            queue.wake_notices(shop_id, bucket=f"-{int(now.timestamp())}")
    return len(wanting)


def send(shop_id: int) -> None:
    """Tells what has not been told yet, by each channel that is set."""
    shop = db.session.get(Shop, shop_id, populate_existing=True)
    if shop is None:
        end_transaction()
        return
    sender = Sender(shop_id, shop.name, shop.settings)
    settings, zone, mailed_at = shop.settings, ZoneInfo(shop.time_zone), shop.mailed_at
    marks = {channel: (getattr(shop, channel.entries), getattr(shop, channel.notices)) for channel in CHANNELS}
    end_transaction()
    if settings.notify_deadlines:
        _note_deadlines(shop_id, settings.notify_hours_before)
    alarms.look(shop_id, settings)
    may_mail = alarm_rules.is_digest_due(
        settings.notify_digest, settings.notify_digest_hour, zone, mailed_at, clock.now()
    )
    errors = []
    for channel in CHANNELS:
        if getattr(settings, channel.setting) and (may_mail or channel.setting != "notify_mail"):
            errors.append(_tell(sender, channel, *marks[channel]))
    with transaction() as session:
        session.get_one(Shop, shop_id).notice_error = " ".join(filter(None, errors))[:500]


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


def _tell(sender: Sender, channel: Channel, entries_up_to: int | None, notices_up_to: int) -> str:
    """Delivers what is new for one channel and moves its marks. Returns what went wrong, in words."""
    if entries_up_to is None:
        newest = db.session.scalar(select(func.max(TimelineEntry.id))) or 0
        # What began to ring with this very look is told with the next.
        notice = db.session.scalar(select(func.max(Notice.id)).where(Notice.at <= clock.now() - SETTLED)) or 0
        end_transaction()
        _mark(sender.shop_id, {channel.entries: newest, channel.notices: notice})
        return ""
    found, last_entry = _of_orders(sender, entries_up_to)
    lasting, last_notice = _of_notices(sender.shop_id, notices_up_to)
    if found or lasting:
        try:
            channel.deliver(sender, [*lasting, *found])
        except (ConnectorError, ValueError) as error:
            log.warning("notices could not be sent: %s", type(error).__name__)
            return str(error)
    marks: dict[str, object] = {channel.entries: last_entry, channel.notices: last_notice}
    is_digest = channel.setting == "notify_mail" and sender.settings.notify_digest != "at_once"
    if is_digest and len(found) < MOST:  # more is waiting otherwise, and goes with the next minute
        marks["mailed_at"] = clock.now()
    if (last_entry, last_notice) != (entries_up_to, notices_up_to) or "mailed_at" in marks:
        _mark(sender.shop_id, marks)
    return ""


def _mark(shop_id: int, marks: dict[str, object]) -> None:
    with transaction() as session:
        session.execute(update(Shop).where(Shop.id == shop_id).values(marks))


def _settled(model: type[TimelineEntry | Notice], up_to: int) -> int:
    """The last entry after `up_to` up to which all have settled.

    An entry may be written some calls after it happened, and machines' clocks differ by some seconds: by the time alone, one
    with a lower id would be passed over for good. One from further ahead was written by a clock that was wrong.
    """
    now = clock.now()
    is_young = (model.at > now - SETTLED) & (model.at <= now + SETTLED)
    first = db.session.scalar(select(func.min(model.id)).where(model.id > up_to, is_young))
    newest = db.session.scalar(select(func.max(model.id))) or 0
    return max(up_to, first - 1 if first else newest)


def _of_orders(sender: Sender, up_to: int) -> tuple[list[Told], int]:
    """What a shop wants to be told of orders after an entry, and the last entry that was looked at."""
    settled = _settled(TimelineEntry, up_to)
    rows = db.session.execute(
        select(TimelineEntry, Order.tiktok_order_id)
        .join(Order, Order.id == TimelineEntry.order_id)
        .where(
            Order.shop_id == sender.shop_id,
            TimelineEntry.id > up_to,
            TimelineEntry.id <= settled,
            or_(TimelineEntry.is_error, TimelineEntry.code.in_((DEADLINE, "received"))),
        )
        .order_by(TimelineEntry.id)
        .limit(MOST)
    ).all()
    settings = sender.settings
    wanted = {
        kind
        for kind, is_on in (
            (ERROR, settings.notify_errors),
            (DEADLINE, settings.notify_deadlines),
            (NEW_ORDER, settings.notify_new_orders),
        )
        if is_on
    }
    told = []
    for entry, tiktok_order_id in rows:
        kind = ERROR if entry.is_error else DEADLINE if entry.code == DEADLINE else NEW_ORDER
        if kind in wanted:
            told.append(
                Told(entry.id, entry.at, kind, tiktok_order_id, entry.sentence, path=f"/orders/{tiktok_order_id}")
            )
    end_transaction()
    return told, rows[-1][0].id if len(rows) == MOST else settled


def _of_notices(shop_id: int, up_to: int) -> tuple[list[Told], int]:
    """What began to last, or is over, after a notice; and the last that was looked at."""
    settled = _settled(Notice, up_to)
    rows = db.session.scalars(
        select(Notice)
        .where(Notice.shop_id == shop_id, Notice.id > up_to, Notice.id <= settled)
        .order_by(Notice.id)
        .limit(MOST)
    ).all()
    told = [Told(row.id, row.at, row.kind, "", row.sentence, row.path, row.is_over) for row in rows if not row.is_quiet]
    last = rows[-1].id if len(rows) == MOST else settled
    end_transaction()
    return told, last
