"""What is late, what is cancelled by the seller's side, and where a period of working days begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connector.domain import meter
from connector.domain.meter import Seen

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
ZONE = ZoneInfo("America/New_York")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri")


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


@pytest.mark.parametrize(
    ("status", "ship_by", "shipped_at", "is_due", "is_late"),
    [
        ("IN_TRANSIT", hours(-5), hours(-6), 1, 0),
        ("IN_TRANSIT", hours(-5), hours(-4), 1, 1),
        ("AWAITING_SHIPMENT", hours(-1), None, 1, 1),
        ("AWAITING_SHIPMENT", hours(1), None, 0, 0),
        ("AWAITING_COLLECTION", hours(5), hours(-1), 1, 0),
        ("CANCELLED", hours(-5), None, 0, 0),
        ("CANCELLED", hours(-5), hours(-4), 1, 1),
        ("UNPAID", None, None, 0, 0),
        ("DELIVERED", hours(-500), hours(-400), 0, 0),  # before the period
    ],
)
def test_what_is_late(
    status: str, ship_by: datetime | None, shipped_at: datetime | None, is_due: int, is_late: int
) -> None:
    order = Seen(created_at=hours(-700), status=status, ship_by=ship_by, shipped_at=shipped_at)
    total = meter.measure([order], NOW, ZONE, hours(-48)).total
    assert (total.due, total.late, total.orders) == (is_due, is_late, 0)


def test_cancellations_of_the_sellers_side_are_counted_of_those_placed() -> None:
    orders = [Seen(created_at=hours(-1), status="CANCELLED", cancelled_by=by) for by in ("SELLER", "SYSTEM", "BUYER")]
    orders += [Seen(created_at=hours(-1), status="IN_TRANSIT") for _ in range(5)]
    total = meter.measure(orders, NOW, ZONE, hours(-48)).total
    assert (total.orders, total.cancelled, total.cancelled_rate) == (8, 2, Decimal("25.0"))


@pytest.mark.parametrize(
    ("working", "holidays", "days", "begins"),
    [
        (WEEK, (), 1, "2026-11-24"),
        (WEEK, (), 3, "2026-11-20"),  # Friday: the weekend does not count
        (WEEK, (date(2026, 11, 23),), 3, "2026-11-19"),
        (("Sat",), (), 2, "2026-11-14"),
        ((), (), 3, "2026-11-22"),
    ],
)
def test_a_period_is_counted_in_working_days_of_the_shops_zone(
    working: tuple[str, ...], holidays: tuple[date, ...], days: int, begins: str
) -> None:
    found = meter.begins(NOW, ZONE, working, holidays, days)
    assert found == datetime.combine(date.fromisoformat(begins), datetime.min.time(), ZONE)


def test_days_are_the_shops_and_the_newest_first() -> None:
    at = datetime(2026, 11, 24, 3, tzinfo=UTC)  # still the 23rd in New York
    found = meter.measure(
        [Seen(created_at=at, status="UNPAID"), Seen(created_at=NOW, status="UNPAID")], NOW, ZONE, hours(-90)
    )
    assert list(found.days) == [date(2026, 11, 24), date(2026, 11, 23)]
