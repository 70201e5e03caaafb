"""A Magento store that keeps workers waiting: one order at a time asks it, the others cost no call, and go on once it answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from connector import clock
from connector.extensions import db
from connector.magento.errors import Unavailable
from connector.models import Order, Store
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, recovery, resting, stores
from tests.sync.aftersales import Desk
from tests.sync.outages import recover, refuse

pytestmark = pytest.mark.either_database


def calls(work: Any) -> int:
    """How many calls the store has failed to answer."""
    faults = requests.get(f"{work.magento.url}/_sandbox/faults", timeout=5).json()
    return sum(fault["hits"] for fault in faults)


def rests_until() -> Any:
    found = db.session.scalar(select(Store.rests_until))
    end_transaction()
    return found


def rest_is_over() -> None:
    with transaction() as session:
        session.execute(update(Store).values(rests_until=clock.now() - timedelta(seconds=1)))


@pytest.fixture
def hanging(work: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A store that has kept the first order waiting in vain; the others have not met it yet."""
    monkeypatch.setattr(resting, "MOST_LOST", 0.0)
    for bound in ("SHORTEST", "LONGEST"):  # longer than a test takes
        monkeypatch.setattr(resting, bound, timedelta(seconds=20))
    refuse(work.magento, kind="status", status=503)
    orders = [work.place() for _ in range(4)]
    work.sync(orders[0])
    return orders


def test_after_a_call_that_hung_nobody_asks_the_store_until_its_rest_is_over(work: Any, hanging: list[str]) -> None:
    assert rests_until() > clock.now()
    row = work.sync(hanging[1])
    assert calls(work) == 1
    assert (row.sync_state, row.error_code) == ("pending", "magento_rests")
    assert clock.now() < row.due_at < clock.now() + timedelta(seconds=26)


def test_when_the_rest_is_over_one_order_asks_and_the_others_wait_for_its_answer(
    work: Any, hanging: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rest_is_over()
    others: list[str] = []
    real = resting.failed

    def meanwhile(*of_the_call: Any) -> None:
        if not others:
            others.append(work.sync(hanging[2]).error_code)
        real(*of_the_call)

    monkeypatch.setattr(resting, "failed", meanwhile)
    assert work.sync(hanging[1]).error_code == "magento_unavailable"
    assert others == ["magento_rests"]
    assert calls(work) == 2
    assert rests_until() > clock.now()


def test_once_the_store_answers_all_orders_go_on(work: Any, hanging: list[str]) -> None:
    for order_id in hanging:
        work.sync(order_id)
    recover(work.magento)
    rest_is_over()
    assert work.sync(hanging[0]).sync_state == "synced"
    assert rests_until() is None
    assert recovery.release() == 3
    for row_id in db.session.scalars(select(Order.id)).all():
        converge.sync_order(row_id)
    assert {work.row(order_id).sync_state for order_id in hanging} == {"synced"}


def test_an_order_that_was_not_tried_keeps_what_it_failed_with(work: Any, hanging: list[str]) -> None:
    before = work.row(hanging[0])
    assert before.error_code == "magento_unavailable"
    row = work.sync(hanging[0])
    assert calls(work) == 1
    kept = ("error_code", "error_message", "error_exchange", "attempts", "failing_since")
    assert [getattr(row, name) for name in kept] == [getattr(before, name) for name in kept]
    assert row.due_at > clock.now()
    assert work.timeline(hanging[0]).count("failed") == 1


def lost(seconds: float) -> None:
    resting.failed(1, Unavailable("Away.", code="magento_unavailable"), seconds)


def test_only_what_keeps_workers_waiting_is_a_reason_to_rest(work: Any) -> None:
    for _ in range(20):
        lost(0.02)
    lost(3.0)
    resting.answered(1)  # which begins the count anew
    lost(3.0)
    assert rests_until() is None
    lost(3.0)
    assert rests_until() > clock.now()


def test_the_longer_a_store_is_away_the_longer_it_rests_but_never_for_long(work: Any, clock: Any) -> None:
    rests = []
    for seconds in (0, 40, 3600):
        now = clock.turn(seconds=seconds)
        lost(20.0)
        rests.append((rests_until() - now).total_seconds())
    assert rests == pytest.approx([5, 10, 10], abs=0.5)


def test_a_rest_that_a_clock_which_was_ahead_has_written_holds_nobody(work: Any) -> None:
    with transaction() as session:
        session.execute(update(Store).values(rests_until=clock.now() + timedelta(minutes=10)))
    assert work.sync(work.place()).sync_state == "synced"
    assert rests_until() is None


def test_what_tiktok_has_to_be_told_does_not_wait_for_a_store_that_rests(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    desk.settle(order_id)
    desk.answer(order_id, "approve")
    with transaction() as session:
        session.execute(update(Store).values(rests_until=clock.now() + timedelta(seconds=20)))
    desk.work.sync(order_id)
    assert (desk.tiktok(order_id), desk.row_state(order_id)) == ("CANCELLED", "pending")


def test_a_store_whose_address_was_put_right_is_asked_at_once(work: Any, hanging: list[str]) -> None:
    recover(work.magento)
    url = work.magento.url
    stores.change_store(1, name="Magento", url=url, admin_url="", access_token="", actor="admin@example.com")
    assert work.sync(hanging[1]).sync_state == "synced"
