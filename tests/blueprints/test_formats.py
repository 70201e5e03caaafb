"""How money, times and ids are written."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import connector
from connector import clock
from connector.blueprints import formats
from connector.domain import statuses
from tests import factories

NOW = factories.at("2026-11-24 12:00")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        ("1234.5", "USD", "1,234.50"),
        ("-3", "EUR", "−3.00"),
        ("0", "USD", "0.00"),
        ("150000", "VND", "150,000"),
        ("1980", "JPY", "1,980"),
        ("0.125", "USD", "0.125"),
        ("1e3", "USD", "1,000.00"),
        (None, "USD", "–"),
    ],
)
def test_amounts(value: str | None, currency: str, written: str) -> None:
    assert formats.amount(None if value is None else Decimal(value), currency) == written


@pytest.mark.parametrize(
    ("before", "written"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=6), "6 d ago"),
        (timedelta(days=8), "16 Nov"),
        (timedelta(days=400), "20 Oct 2025"),
    ],
)
def test_how_long_ago(before: timedelta, written: str) -> None:
    assert formats.ago(NOW - before) == written


@pytest.mark.parametrize(
    ("left", "written", "tone"),
    [
        (timedelta(hours=30), "in 30 h", ""),
        (timedelta(hours=5), "in 5 h", "soon"),
        (timedelta(days=3), "in 3 d", ""),
        (timedelta(minutes=-90), "1 h late", "late"),
    ],
)
def test_deadlines_count_down_and_change_their_tone(left: timedelta, written: str, tone: str) -> None:
    assert formats.until(NOW + left) == written
    assert formats.deadline_tone(NOW + left) == tone


def test_exact_times_name_their_zone() -> None:
    assert formats.exact(NOW, "America/Los_Angeles") == "Tue 24 Nov 2026, 04:00:00 PST"
    assert formats.exact(NOW, "No/Such_Zone") == "Tue 24 Nov 2026, 12:00:00 UTC"


def test_every_status_of_tiktok_has_words_and_a_tone() -> None:
    assert set(formats.STATUS_WORDS) == set(statuses.ORDER_STATUSES)
    assert formats.status_label("A_NEW_ONE") == "A new one"


def test_a_long_id_keeps_all_its_digits() -> None:
    assert "".join(formats.parts_of_id("576461413038785752")) == "576461413038785752"
    assert formats.parts_of_id("100000042") == ("100000042", "", "")


def test_every_reason_to_wait_has_words() -> None:
    product = Path(connector.__file__).parent / "domain"
    reasons = {reason for path in product.glob("plan*.py") for reason in re.findall(r'Wait\("(\w+)"', path.read_text())}
    assert reasons
    assert reasons <= set(formats.WAITING_WORDS)
