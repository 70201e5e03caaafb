"""How many parcels left late and how many orders were cancelled by the seller's side, over the shop's working days. Pure.

"Late" is TikTok's own word: after the order's ship-by time (`rts_sla_time`), which TikTok counts in working days already.
The period is the last so many working days of the shop, with what lies between them. Seller Center's figure is the one that
counts; this one says which orders it is made of, before TikTok tells it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from connector.domain import statuses

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: "The late dispatch rate must stay below 4 %" (Seller Center).
MOST_LATE = Decimal(4)
#: Whose cancellation counts against the seller: their own, and TikTok's for what was not shipped in time.
SELLERS_SIDE = frozenset({"SELLER", "SYSTEM"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the meter needs of an order; times are UTC. `shipped_at` is TikTok's `rts_time`."""

    created_at: datetime
    status: str
    ship_by: datetime | None = None
    shipped_at: datetime | None = None
    cancelled_by: str = ""

    def is_late(self, now: datetime) -> bool:
        """Shipped after its time, or not shipped although its time has passed (and not cancelled)."""
        if self.ship_by is None:
            return False
        if self.shipped_at is not None:
            return self.shipped_at > self.ship_by
        return self.ship_by < now and self.status not in (statuses.CANCELLED, *statuses.SHIPPED)

    @property
    def counts_as_due(self) -> bool:
        """It had to be shipped: cancelled orders that never were did not."""
        return self.ship_by is not None and (self.shipped_at is not None or self.status != statuses.CANCELLED)


@dataclass
class Count:
    """Of one day or one period."""

    due: int = 0
    late: int = 0
    orders: int = 0
    cancelled: int = 0

    @property
    def late_rate(self) -> Decimal:
        """Percent of what was due."""
        return _percent(self.late, self.due)

    @property
    def cancelled_rate(self) -> Decimal:
        """Percent of the orders that were placed."""
        return _percent(self.cancelled, self.orders)


@dataclass
class Meter:
    """A period: when it begins (the shop's midnight), its sums, and each day, the newest first."""

    begins: datetime
    total: Count = field(default_factory=Count)
    days: dict[date, Count] = field(default_factory=dict)


def begins(now: datetime, zone: ZoneInfo, working: Collection[str], holidays: Collection[date], days: int) -> datetime:
    """The midnight in the shop's zone with which its last so many working days begin, today among them if it is one."""
    day = now.astimezone(zone).date()
    left = days
    for _ in range(days * 8 + 366):
        if not working or (WEEKDAYS[day.weekday()] in working and day not in holidays):
            left -= 1
            if left == 0:
                break
        day -= timedelta(days=1)
    return datetime.combine(day, time.min, zone)


def measure(seen: Iterable[Seen], now: datetime, zone: ZoneInfo, since: datetime) -> Meter:
    """What was due and what was placed from `since` on. What is due later than now is not counted yet."""
    meter = Meter(since)

    def counts(at: datetime) -> tuple[Count, Count]:
        return meter.total, meter.days.setdefault(at.astimezone(zone).date(), Count())

    for order in seen:
        if order.created_at >= since:
            for count in counts(order.created_at):
                count.orders += 1
                count.cancelled += order.status == statuses.CANCELLED and order.cancelled_by.upper() in SELLERS_SIDE
        is_due = order.ship_by is not None and since <= order.ship_by and order.counts_as_due
        if is_due and order.ship_by is not None and (order.ship_by <= now or order.shipped_at is not None):
            for count in counts(order.ship_by):
                count.due += 1
                count.late += order.is_late(now)
    meter.days = dict(sorted(meter.days.items(), reverse=True))
    return meter


def _percent(part: int, whole: int) -> Decimal:
    return Decimal("0.0") if not whole else (Decimal(100) * part / whole).quantize(Decimal("0.1"))
