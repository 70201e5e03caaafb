"""Delivered becomes completed: TikTok's word at once, and asked for after 14 days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector.sync import converge
from tests.sync.aftersales import Desk, due_orders

pytestmark = pytest.mark.either_database


@pytest.fixture
def delivered(desk: Desk) -> tuple[Desk, str]:
    order_id = desk.placed()
    desk.ship(order_id, until="deliver")
    desk.settle(order_id)
    return desk, order_id


def test_tiktoks_word_is_followed_at_once(delivered: tuple[Desk, str]) -> None:
    desk, order_id = delivered
    desk.act(order_id, "complete")
    row = desk.settle(order_id)
    assert (row.status, row.sync_state, row.due_at) == ("COMPLETED", "synced", None)
    assert any(comment.endswith(": completed") for comment in desk.magento(order_id)["comments"])


def test_after_14_days_the_order_is_read_again_and_completed_if_tiktok_agrees(
    delivered: tuple[Desk, str], clock: Any
) -> None:
    desk, order_id = delivered
    row = desk.work.row(order_id)
    assert row.sync_state == "synced"
    assert timedelta(days=13, hours=23) < row.due_at - clock.turn() <= timedelta(days=14)
    desk.act(order_id, "complete")  # no webhook comes
    assert (row.id, row.observed) not in due_orders(clock.turn(days=13))
    assert (row.id, row.observed) in due_orders(clock.turn(days=1, minutes=1))
    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.status, row.sync_state, row.due_at) == ("COMPLETED", "synced", None)


def test_what_tiktok_still_calls_delivered_is_asked_again_the_next_day(delivered: tuple[Desk, str], clock: Any) -> None:
    desk, order_id = delivered
    now = clock.turn(days=14, minutes=1)
    row = desk.work.row(order_id)
    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.status, row.sync_state) == ("DELIVERED", "synced")
    assert timedelta(hours=23) < row.due_at - now <= timedelta(days=1, minutes=1)
    desk.act(order_id, "complete")
    clock.turn(days=1, minutes=2)
    converge.sync_order(row.id)
    assert desk.work.row(order_id).status == "COMPLETED"


def test_with_a_return_open_it_is_looked_at_every_day(delivered: tuple[Desk, str], clock: Any) -> None:
    desk, order_id = delivered
    desk.act(order_id, "request_return")
    now = clock.turn()
    row = desk.settle(order_id)
    assert (row.return_state, row.sync_state) == ("open", "synced")
    assert row.due_at - now <= timedelta(days=1, minutes=1)


def test_a_status_that_magento_does_not_take_is_told_and_the_comment_is_made(desk: Desk) -> None:
    desk.work.configure(status_map={"COMPLETED": "tiktok_done"})
    order_id = desk.placed()
    desk.ship(order_id, until="complete")
    row = desk.settle(order_id)
    order = desk.magento(order_id)
    assert (row.sync_state, order["status"]) == ("synced", "complete")
    assert sum(comment.endswith(": completed") for comment in order["comments"]) == 1
    assert any("tiktok_done" in sentence for sentence in desk.sentences(order_id))
