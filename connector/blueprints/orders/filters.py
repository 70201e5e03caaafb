"""What a list of orders is narrowed down to. A filter is one row of FILTERS: its name in the address, how its value becomes
a condition, and how it reads on a chip. Values that make no sense are left out, so that an old bookmark still opens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from connector import clock
from connector.blueprints import asked, formats, typed
from connector.blueprints.days import midnight
from connector.blueprints.orders import shops
from connector.domain import marks
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.i18n import t
from connector.models import Order
from connector.models.order import NO_DEADLINE

#: Separates cause and subject of an error in an address.
CAUSE = "~"
#: So many orders are sorted more quickly than they are found by walking along the list.
FEW = 2000

PERIODS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
}
SHIP_BY = {"late": "Overdue", "24h": "Within 24 hours", "48h": "Within 48 hours"}
AUTO_CANCEL = {"late": "Passed", "24h": "Within 24 hours", "48h": "Within 48 hours"}
FULFILMENT = {
    "FULFILLMENT_BY_SELLER": "By the seller",
    "FULFILLMENT_BY_TIKTOK": "By TikTok",
    "FULFILLMENT_BY_DILAYANI_TOKOPEDIA": "By Tokopedia",
}
STATES = {
    SyncState.SYNCED: "In Magento",
    SyncState.PENDING: "On its way",
    SyncState.WAITING: "Waiting",
    SyncState.ERROR: "Error",
    SyncState.IGNORED: "Ignored",
}


@dataclass(frozen=True)
class Filter:
    """One filter. `condition` raises ValueError (or KeyError) when the value makes no sense.

    `read` makes what a person typed what an address keeps, which everybody reads as the same; it raises ValueError, too.
    """

    name: str
    label: str
    condition: Callable[[str, str], ColumnElement[bool]]  # (value, time zone)
    words: Callable[[str], str] = field(default=lambda value: value)
    read: Callable[[str], str] = field(default=lambda value: value)
    #: A range of a column other than the list's own: how much it lets through, SQLite cannot tell by itself.
    is_range: bool = False

    def where(self, value: str, zone: str) -> ColumnElement[bool]:
        """The condition. SQLite takes any range for a good part of the table and would walk through all orders for the few
        that are overdue: where few match, it is told so, and reads those by their index.
        """
        condition = self.condition(value, zone)
        if not self.is_range or db.engine.dialect.name != "sqlite":
            return condition
        some = select(Order.id).where(condition).limit(FEW).subquery()
        is_few = (db.session.scalar(select(func.count()).select_from(some)) or 0) < FEW
        return func.unlikely(condition) if is_few else condition

    def understood(self, text: str, zone: str) -> str:
        """The value of what is typed or stands in an address. Raises ValueError when it says nothing to this filter."""
        try:
            value = self.read(text)
            self.condition(value, zone)
            self.words(value)
        except (KeyError, OverflowError) as error:
            raise ValueError(text) from error
        return value


def _period(column: Any) -> Callable[[str, str], ColumnElement[bool]]:
    def condition(value: str, zone: str) -> ColumnElement[bool]:
        today = clock.now().astimezone(formats.zone(zone)).date()
        if value == "today":
            return column >= midnight(today, zone)  # type: ignore[no-any-return]
        if value == "yesterday":
            yesterday = midnight(today - timedelta(days=1), zone)
            return and_(column >= yesterday, column < midnight(today, zone))
        if value not in PERIODS:
            raise ValueError(value)
        return column >= midnight(today - timedelta(days=int(value[:-1]) - 1), zone)  # type: ignore[no-any-return]

    return condition


def _from_day(column: Any) -> Callable[[str, str], ColumnElement[bool]]:
    return lambda value, zone: column >= midnight(date.fromisoformat(value), zone)


def _to_day(column: Any) -> Callable[[str, str], ColumnElement[bool]]:
    """The day is included."""
    return lambda value, zone: column < midnight(date.fromisoformat(value) + timedelta(days=1), zone)


def _paid_to(value: str, zone: str) -> ColumnElement[bool]:
    # Nothing is paid before it is there: so the list need not be walked through all that is newer.
    return and_(_to_day(Order.paid_time)(value, zone), _to_day(Order.create_time)(value, zone))


def _day_words(word: str) -> Callable[[str], str]:
    return lambda value: f"{t(word)} {formats.date(date.fromisoformat(value))}"


def _read_total(text: str) -> str:
    amount = typed.number(text)
    if abs(amount) > 10**12:
        raise ValueError(text)
    return typed.plain(amount)


def _hours(value: str) -> int:
    """The hours of "36h": what a notice says, besides those of the form."""
    if not (value.endswith("h") and value[:-1].isascii() and value[:-1].isdecimal() and 0 < int(value[:-1]) <= 240):
        raise ValueError(value)
    return int(value[:-1])


def _due_words(known: Mapping[str, str]) -> Callable[[str], str]:
    return lambda value: known.get(value) or f"Within {_hours(value)} hours"


def _due(column: Any) -> Callable[[str, str], ColumnElement[bool]]:
    """What has been handed over, or never will be, has no deadline any more (its column says NO_DEADLINE)."""

    def condition(value: str, zone: str) -> ColumnElement[bool]:
        now = clock.now()
        if value == "late":
            return column < now  # type: ignore[no-any-return]
        hours = _hours(value)
        return and_(column >= now, column < now + timedelta(hours=hours))

    return condition


def _due_from(value: str, zone: str) -> ColumnElement[bool]:
    return and_(Order.ship_due >= midnight(date.fromisoformat(value), zone), Order.ship_due < NO_DEADLINE)


def _status(value: str, zone: str) -> ColumnElement[bool]:
    return Order.status.in_([part[:32] for part in value.split(",") if part])


def _shop(value: str, zone: str) -> ColumnElement[bool]:
    return Order.shop_id == _shop_id(value)


def _shop_id(value: str) -> int:
    found = asked.row_id(value)
    if found is None:
        raise ValueError(value)
    return found


def _state(value: str, zone: str) -> ColumnElement[bool]:
    if value not in STATES:
        raise ValueError(value)
    return Order.sync_state == value


def _mark(value: str, zone: str) -> ColumnElement[bool]:
    # The first condition is that of the index: few orders have any mark.
    return and_(Order.marks != "", Order.marks.contains(f" {value} ", autoescape=True))


def _cause(value: str, zone: str) -> ColumnElement[bool]:
    """A cause, or without CAUSE all that have the code, whatever it is about: those in Error, and those that are tried again."""
    code, has_subject, subject = value.partition(CAUSE)
    of_cause = [Order.error_code == code, *([Order.error_subject == subject] if has_subject else [])]
    # Each state by itself: the first is that of the index.
    return or_(
        and_(Order.sync_state == SyncState.ERROR, *of_cause), and_(Order.sync_state == SyncState.PENDING, *of_cause)
    )


def _cause_words(value: str) -> str:
    code, _, subject = value.partition(CAUSE)
    return subject or code.replace("_", " ")


def _waiting(value: str, zone: str) -> ColumnElement[bool]:
    return and_(Order.sync_state == SyncState.WAITING, Order.waiting_for == value[:32])


def _tag(value: str, zone: str) -> ColumnElement[bool]:
    return and_(Order.tags != "", Order.tags.icontains(f"|{value[:40]}|", autoescape=True))


def _shop_words(value: str) -> str:
    return shops.label(_shop_id(value)).name


FILTERS: tuple[Filter, ...] = (
    Filter("created", "Created", _period(Order.create_time), PERIODS.__getitem__),
    Filter("created_from", "Created", _from_day(Order.create_time), _day_words("from")),
    Filter("created_to", "Created", _to_day(Order.create_time), _day_words("until")),
    Filter("paid_from", "Paid", _from_day(Order.paid_time), _day_words("from"), is_range=True),
    Filter("paid_to", "Paid", _paid_to, _day_words("until"), is_range=True),
    Filter("status", "Status", _status, lambda value: ", ".join(map(formats.status_label, value.split(",")))),
    Filter("state", "Magento", _state, STATES.__getitem__),
    Filter("shop", "Shop", _shop, _shop_words),
    Filter("carrier", "Carrier", lambda value, zone: Order.shipping_provider == value[:100]),
    Filter("country", "Country", lambda value, zone: Order.country == value[:8].upper(), str.upper),
    Filter(
        "fulfilment",
        "Fulfilment",
        lambda value, zone: Order.fulfillment_type == value[:64],
        lambda value: FULFILMENT.get(value, value),
    ),
    Filter(
        "total_from",
        "Total",
        lambda value, zone: Order.total_amount >= round(Decimal(value), 4),
        lambda value: f"from {formats.amount(value)}",
        _read_total,
        is_range=True,
    ),
    Filter(
        "total_to",
        "Total",
        lambda value, zone: Order.total_amount <= round(Decimal(value), 4),
        lambda value: f"up to {formats.amount(value)}",
        _read_total,
        is_range=True,
    ),
    Filter("ship_by", "Ship by", _due(Order.ship_due), _due_words(SHIP_BY), is_range=True),
    Filter("ship_from", "Ship by", _due_from, _day_words("from"), is_range=True),
    Filter("ship_to", "Ship by", _to_day(Order.ship_due), _day_words("until"), is_range=True),
    Filter("auto_cancel", "Automatic cancellation", _due(Order.cancel_due), _due_words(AUTO_CANCEL), is_range=True),
    Filter("cause", "Cause", _cause, _cause_words),
    Filter("waiting", "Waiting", _waiting, lambda value: formats.WAITING_WORDS.get(value, value.replace("_", " "))),
    Filter("mark", "Marked", _mark, marks.WORDS.__getitem__),
    Filter("tag", "Tag", _tag),
    Filter("look", "Marked", lambda value, zone: Order.needs_look == true(), lambda value: "for a look"),
)
BY_NAME = {entry.name: entry for entry in FILTERS}
