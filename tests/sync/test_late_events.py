"""Webhooks that tell of what was read already: shuffled, a day late, overtaken by a poll. They cost no reading anew."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from connector import clock
from connector.models import InboxEvent
from connector.models.transaction import transaction
from connector.sync import dead_ends
from sandbox.stack import SHOP_ID

pytestmark = pytest.mark.either_database


@pytest.fixture
def order_id(work: Any) -> str:
    order_id: str = work.place()
    assert work.sync(order_id).sync_state == "synced"
    return order_id


def told(order_id: str, status: str, changed_at: datetime, *, late: timedelta = timedelta(0)) -> int:
    """An event is stored and handled; its row's id. `late`: how long after the change it came."""
    data = {"order_id": order_id, "order_status": status, "update_time": int(changed_at.timestamp())}
    with transaction() as session:
        event = InboxEvent(
            dedupe_key=f"{status}-{changed_at}",
            type=1,
            tiktok_shop_id=SHOP_ID,
            body=json.dumps({"type": 1, "shop_id": SHOP_ID, "data": data}).encode(),
            received_at=changed_at + late,
        )
        session.add(event)
        session.flush()
        event_id = event.id
    assert dead_ends.handle_new() == 1
    return event_id


def state(work: Any, order_id: str) -> tuple[str, int]:
    row = work.row(order_id)
    return row.sync_state, row.observed


def test_an_event_that_was_overtaken_wakes_nobody(work: Any, order_id: str) -> None:
    before = state(work, order_id)
    told(order_id, "ON_HOLD", work.row(order_id).update_time - timedelta(seconds=1))
    assert state(work, order_id) == before


@pytest.mark.parametrize(
    ("status", "late", "is_news"),
    [
        ("AWAITING_SHIPMENT", 1, True),  # another change in the same second may be in it
        ("AWAITING_SHIPMENT", 3600, False),
        ("CANCEL", 3600, True),
    ],
)
def test_an_event_of_the_second_that_was_read_is_news_unless_it_is_late_and_says_the_same(
    work: Any, order_id: str, status: str, late: int, is_news: bool
) -> None:
    _, observed = state(work, order_id)
    told(order_id, status, work.row(order_id).update_time, late=timedelta(seconds=late))
    assert state(work, order_id) == (("pending", observed + 1) if is_news else ("synced", observed))


def test_an_event_of_a_later_change_is_news_however_late_it_comes(work: Any, order_id: str) -> None:
    _, observed = state(work, order_id)
    later = work.row(order_id).update_time + timedelta(seconds=1)
    told(order_id, "AWAITING_SHIPMENT", later, late=timedelta(days=1))
    assert state(work, order_id) == ("pending", observed + 1)


def test_an_order_that_is_not_known_yet_is_news(work: Any) -> None:
    order_id = work.place()
    told(order_id, "AWAITING_SHIPMENT", clock.now() - timedelta(days=1), late=timedelta(days=1))
    assert state(work, order_id) == ("pending", 1)


def test_replayed_it_has_its_order_read_anew(work: Any, order_id: str) -> None:
    _, observed = state(work, order_id)
    event_id = told(order_id, "ON_HOLD", work.row(order_id).update_time - timedelta(seconds=1))
    assert dead_ends.replay([event_id], "somebody") == 1
    assert dead_ends.handle_new() == 1
    assert state(work, order_id) == ("pending", observed + 1)
