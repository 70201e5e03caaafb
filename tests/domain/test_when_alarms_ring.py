"""When an alarm rings, as a table; and when a gathered mail is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.domain import alarms
from connector.domain.alarms import SHOP, STORE, Facts
from connector.domain.settings import ShopSettings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def ahead(days: float) -> datetime:
    return NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("facts", "settings", "keys"),
    [
        ({}, {}, []),
        ({"failed": 9}, {}, []),
        ({"failed": 10}, {}, [("failures", "")]),
        ({"failed": 3}, {"notify_failures": 3}, [("failures", "")]),
        ({"failed": 500}, {"notify_failures": 0}, []),
        ({"near_deadline": 1}, {}, [("deadlines", "")]),
        ({"near_deadline": 1}, {"notify_deadlines": False}, []),
        ({"failing_since": {(STORE, "Main"): ago(14.9)}}, {}, []),
        ({"failing_since": {(STORE, "Main"): ago(15)}}, {}, [("unreachable", "store")]),
        ({"failing_since": {(SHOP, "Acme"): ago(60)}}, {}, [("unreachable", "shop")]),
        ({"failing_since": {(SHOP, "Acme"): ago(60)}}, {"notify_connections": False}, []),
        ({"authorization_ends": ahead(31)}, {}, []),
        ({"authorization_ends": ahead(29)}, {}, [("authorization", "30 days")]),
        ({"authorization_ends": ahead(2)}, {}, [("authorization", "30 days"), ("authorization", "3 days")]),
        ({"is_authorized": False, "authorization_ends": ahead(2)}, {}, [("authorization", "ended")]),
        ({"unmapped": {"ups": 2, "custom: Us": 1}}, {}, [("carrier", "custom: Us"), ("carrier", "ups")]),
        ({"unmapped": {"ups": 2}}, {"notify_carriers": False}, []),
    ],
)
def test_which_alarms_ring(facts: dict[str, Any], settings: dict[str, Any], keys: list[tuple[str, str]]) -> None:
    found = alarms.ringing(Facts(shop_row=7, **facts), ShopSettings(**settings), NOW)
    assert [alarm.key for alarm in found] == keys
    assert all(alarm.sentence.endswith(".") and alarm.path.startswith("/") for alarm in found)


def test_failures_end_when_half_are_left() -> None:
    def rings(failed: int, already: set[tuple[str, str]]) -> bool:
        return bool(alarms.ringing(Facts(shop_row=1, failed=failed), ShopSettings(), NOW, already))

    assert [rings(n, set()) for n in (4, 5, 9, 10)] == [False, False, False, True]
    assert [rings(n, {("failures", "")}) for n in (4, 5, 9)] == [False, True, True]


def test_of_two_ends_of_an_authorization_the_nearer_one_is_told() -> None:
    found = alarms.ringing(Facts(shop_row=1, authorization_ends=ahead(2.5)), ShopSettings(), NOW)
    assert [(alarm.subject, alarm.is_quiet, bool(alarm.over)) for alarm in found] == [
        ("30 days", True, True),
        ("3 days", False, False),
    ]
    assert "ends in 2 days" in found[1].sentence


@pytest.mark.parametrize(
    ("every", "hour", "last", "is_due"),
    [
        ("at_once", 8, ago(0), True),
        ("daily", 8, None, True),
        ("hourly", 8, ago(59), False),
        ("hourly", 8, ago(60), True),
        ("daily", 7, ago(30), True),  # 12:00 UTC is 07:00 in New York: sent at 06:30, due at 07:00
        ("daily", 6, ago(30), False),
        ("daily", 6, ago(61), True),
        ("daily", 8, ago(60), False),
        ("daily", 8, ago(24 * 60), True),
    ],
)
def test_when_a_mail_is_due(every: str, hour: int, last: datetime | None, is_due: bool) -> None:
    zone = ZoneInfo("America/New_York")
    assert alarms.is_digest_due(every, hour, zone, last, NOW) == is_due
