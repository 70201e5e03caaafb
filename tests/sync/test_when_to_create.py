"""When an order is created: by hand it waits for a person; what the settings say later counts for what waits already."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector import clock
from connector.models.transaction import transaction
from connector.sync import asks, converge, run

LINES = [{"seller_sku": "MUG-01"}]


@pytest.mark.either_database
def test_by_hand_an_order_waits_until_somebody_asks_and_is_created_once(work: Any) -> None:
    work.configure(create_when="by_hand")
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    assert (row.sync_state, row.waiting_for, row.due_at) == ("waiting", "by_hand", None)
    asks.sync_again(row.id, "me@example.com")  # trying again is not asking for it
    converge.sync_order(row.id)
    assert work.magento_orders() == []

    asks.create(row.id, "me@example.com")
    asks.create(row.id, "me@example.com")
    converge.sync_order(row.id)
    assert work.row(order_id).sync_state == "synced"
    assert len(work.magento_orders(order_id)) == 1
    assert work.timeline(order_id).count("create_asked") == 1
    with pytest.raises(asks.Refused, match="there already"):
        asks.create(row.id, "me@example.com")


@pytest.mark.parametrize(("create_when", "lag"), [("by_hand", 0), ("hold", 5 * 3600)])
def test_the_lag_counts_from_when_somebody_asked_for_the_order(
    work: Any, monkeypatch: pytest.MonkeyPatch, create_when: str, lag: float
) -> None:
    """What the merchant let wait is not slow; an order that nothing held here is late however that came."""
    observed: list[float] = []
    monkeypatch.setattr(
        run.metrics, "observe", lambda name, seconds, **labels: observed.append(seconds) if "step" in labels else None
    )
    work.configure(create_when=create_when)
    order_id = work.place(lines=LINES)
    row_id = work.sync(order_id).id if create_when == "by_hand" else work.hint(order_id)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=5))
    asks.create(row_id, "me@example.com") if create_when == "by_hand" else None
    converge.sync_order(row_id)
    assert observed == [pytest.approx(lag, abs=60)]


@pytest.mark.either_database
def test_orders_that_wait_for_a_person_follow_a_setting_that_is_changed(work: Any) -> None:
    work.configure(create_when="by_hand")
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    work.configure(create_when="hold")
    with transaction() as session:
        asks.plan_waiting_anew(session, row.shop_id)
    assert work.row(order_id).due_at <= clock.now()
    converge.sync_order(row.id)
    assert len(work.magento_orders(order_id)) == 1


@pytest.mark.either_database
def test_an_order_cancelled_while_it_waited_for_a_person_is_not_created(work: Any) -> None:
    work.configure(create_when="by_hand")
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    work.act(order_id, "cancel")
    assert work.sync(order_id).sync_state == "synced"
    with pytest.raises(asks.Refused, match="cancelled"):
        asks.create(row.id, "me@example.com")
    assert work.magento_orders() == []
