"""An attempt at a credit memo timed out, and before it is known what came of it something else is to be credited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sync.aftersales import Desk, held_back

pytestmark = pytest.mark.either_database

SIX = [{"seller_sku": "MUG-01", "quantity": 6}]


def unclear(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str], Any]:
    """Of six mugs one is cancelled, and its credit memo times out: the order, its units, and what may still come of it."""
    order_id = desk.placed(lines=SIX)
    units = desk.line_ids(order_id, *["MUG-01"] * 6)
    desk.act(order_id, "cancel", by="SELLER", unit_ids=units[:1])
    calls = held_back(monkeypatch, "/refund")
    row = desk.settle(order_id, most=4)
    assert (row.sync_state, row.error_code, len(calls)) == ("pending", "credit_unclear", 1)
    return order_id, units, calls[0]


def test_it_is_looked_for_when_it_may_be_there_however_often_it_was_looked_for(
    desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, _, _ = unclear(desk, monkeypatch)
    row = desk.settle(order_id, most=10)
    assert row.attempts > 6
    assert row.due_at is not None and row.due_at - clock.turn() <= timedelta(seconds=15)


def credited(desk: Desk, order_id: str) -> tuple[int, int]:
    """How many credit memos there are, and how many pieces they hold."""
    found = desk.magento(order_id)
    assert found is not None
    return len(found["creditmemos"]), sum(int(item["qty_refunded"]) for item in found["items"])


def test_a_second_cancelled_line_does_not_pass_by_the_first_ones_attempt(
    desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, units, call = unclear(desk, monkeypatch)
    clock.turn(minutes=1)
    desk.act(order_id, "cancel", by="SELLER", unit_ids=units[1:2])
    row = desk.settle(order_id, most=4)
    assert (row.error_code, credited(desk, order_id)) == ("credit_unclear", (0, 0))
    # Magento was at work on it all the while, and is done now, late.
    assert call().status == 200
    assert desk.settle(order_id).sync_state == "synced"
    assert credited(desk, order_id) == (2, 2)
    assert desk.sold() == {"MUG-01": 4}


def test_of_which_nothing_came_the_second_line_is_credited_with_the_first_after_an_hour(
    desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, units, _ = unclear(desk, monkeypatch)
    desk.act(order_id, "cancel", by="SELLER", unit_ids=units[1:2])
    assert desk.settle(order_id, most=4).error_code == "credit_unclear"
    clock.turn(minutes=61)
    assert desk.settle(order_id).sync_state == "synced"
    assert credited(desk, order_id) == (1, 2)


@pytest.mark.parametrize("is_done", [True, False], ids=["done late", "never done"])
def test_what_was_credited_by_hand_meanwhile_is_told_once_the_attempt_is_clear(
    desk: Desk, clock: Any, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing asks for the first one's credit memo any more, and nothing else was said of the order for good."""
    order_id, _, call = unclear(desk, monkeypatch)
    magento = desk.admin.get_order(desk.work.row(order_id).magento_order_id)
    desk.admin.refund(magento.entity_id, {magento.items[0].item_id: 3})
    row = desk.settle(order_id, most=4)
    assert row.error_code == "credit_unclear"
    if is_done:
        assert call().status == 200
    else:
        clock.turn(minutes=61)
    row = desk.settle(order_id)
    told = "3 × MUG-01" if is_done else "2 × MUG-01"  # one of the three was for the cancelled line
    assert (row.sync_state, row.error_code) == ("error", "credited_in_magento")
    assert row.error_message.startswith(f"{told} was credited or cancelled in Magento")
