"""Whether a Magento order is the one that was made for a TikTok order, by what is known of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.magento_order import MagentoOrder
from connector.domain.own_order import is_ours
from connector.domain.steps import RECORD, RESERVE, Record

NUMBER = "576461413038785752"
FOUND = MagentoOrder(
    entity_id=13,
    increment_id="000000003",
    state="processing",
    status="processing",
    grand_total=Decimal("26.06"),
    quote_id=17,
    ext_order_id=NUMBER,
    shipping_description=f"TikTok Shop {NUMBER} - Standard",
)
STRANGER = replace(FOUND, ext_order_id="", shipping_description="Flat Rate - Fixed")
ANOTHERS = replace(FOUND, ext_order_id="576461413038780000", shipping_description="TikTok Shop 576461413038780000")
AT = datetime(2026, 11, 24, tzinfo=UTC)
PLACED = Record(way=RESERVE, placing_at=AT)
CORRECTED = replace(PLACED, corrected=True)
TAKEN_OVER = Record(way=RESERVE, corrected=True)
RECORDED = Record(way=RECORD, placing_at=AT, corrected=True)
KEYS: dict[str, Any] = {"cart_id": 17, "increment_id": "000000003"}


@pytest.mark.parametrize(
    ("what", "found", "record", "keys", "expected"),
    [
        ("it carries our number", FOUND, CORRECTED, KEYS, True),
        ("it carries our number, whatever else", replace(FOUND, increment_id="7", quote_id=9), CORRECTED, KEYS, True),
        ("its number was emptied", replace(FOUND, ext_order_id=""), CORRECTED, KEYS, True),
        ("another program's number is written over ours", replace(FOUND, ext_order_id="ERP-9"), CORRECTED, KEYS, True),
        ("nothing of ours is on it that was written on it", STRANGER, CORRECTED, KEYS, False),
        ("another TikTok order's", ANOTHERS, CORRECTED, KEYS, False),
        ("placed, and not corrected yet", STRANGER, PLACED, KEYS, True),
        ("of another cart", replace(STRANGER, quote_id=18), PLACED, KEYS, False),
        ("of another cart, its cart not told", replace(STRANGER, quote_id=None), PLACED, KEYS, True),
        ("taken over, a cart was left behind", replace(STRANGER, quote_id=18), TAKEN_OVER, KEYS, True),
        ("taken over, another number", replace(STRANGER, increment_id="000000004"), TAKEN_OVER, KEYS, False),
        ("another connector's, with its own number", replace(STRANGER, ext_order_id="M2E-1"), TAKEN_OVER, KEYS, True),
        ("recorded, by its number", STRANGER, RECORDED, KEYS, True),
        ("recorded, another number", replace(STRANGER, increment_id="TT-1"), RECORDED, KEYS, False),
        ("nothing is known", STRANGER, TAKEN_OVER, {"cart_id": None, "increment_id": ""}, True),
    ],
)
def test_an_order_is_known_by_what_was_written_on_it(
    what: str, found: MagentoOrder, record: Record, keys: dict[str, Any], expected: bool
) -> None:
    assert is_ours(found, record, {NUMBER}, **keys) is expected, what
