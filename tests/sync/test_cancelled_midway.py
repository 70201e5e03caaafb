"""Cancelled on TikTok between the placing and the correcting: the Magento order is cancelled, and still says whose it was."""

from __future__ import annotations

from typing import Any

import pytest

from connector import clock as clocks
from connector import http
from connector.domain import plan
from connector.domain.errors import TryLater
from connector.sync import converge, steps
from tests.sync.aftersales import Desk, due_orders


def test_an_order_cancelled_before_it_was_corrected_carries_its_number(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = work.magento_books()["stock"]["MUG-01"]["salable"]
    order_id = work.place(lines=[{"seller_sku": "MUG-01", "quantity": 2}])

    def breaks(*_: Any) -> None:
        raise TryLater("The connection broke.")

    with monkeypatch.context() as patch:
        patch.setitem(steps.HANDLERS, plan.CorrectInMagento, breaks)
        work.sync(order_id)
    [order] = work.magento_orders()
    assert not order.get("ext_order_id"), "the test proves nothing"
    work.act(order_id, "cancel")
    row_id = work.hint(order_id)
    converge.sync_order(row_id)
    [order] = work.magento_orders()
    assert (order["state"], order["ext_order_id"]) == ("canceled", order_id)
    assert work.magento_books()["stock"]["MUG-01"]["salable"] == before
    assert work.row(order_id).sync_state == "synced"


def settled_by_itself(desk: Desk, clock: Any, order_id: str, minutes: int) -> list[str]:
    """What the sweep would do of an order in the next minutes; its state in Magento after each run."""
    states = []
    for _ in range(2 * minutes):
        clock.turn(seconds=30)
        for row_id, _observed in due_orders(clocks.now()):
            converge.sync_order(row_id)
            states += [order["state"] for order in desk.work.magento_orders()] or ["none"]
    return states


@pytest.mark.either_database
@pytest.mark.parametrize("late", [3, 25])
@pytest.mark.parametrize("way", ["reserve", "record"])
def test_an_order_cancelled_while_its_placing_was_unclear_is_cancelled_when_it_comes_late(
    desk: Desk, clock: Any, way: str, late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.work.configure(create_way=way)
    method, end = ("PUT", "/order") if way == "reserve" else ("POST", "/V1/orders")
    real = http.send
    calls: list[Any] = []

    def send(session: Any, request: Any, **options: Any) -> Any:
        if request.method == method and str(request.url).endswith(end) and not calls:
            calls.append(lambda: real(session, request, **options))
            raise http.CallFailed("It did not answer in time.", kind="timeout")
        return real(session, request, **options)

    monkeypatch.setattr(http, "send", send)
    order_id = desk.placed(synced=False)
    assert desk.settle(order_id, most=1).error_code == "timeout"
    desk.act(order_id, "cancel", by="SYSTEM")
    row = desk.settle(order_id, most=1)
    assert (row.sync_state, row.look_again_at is not None) == (
        "synced",
        True,
    )  # nothing is missing, as far as can be seen
    assert set(settled_by_itself(desk, clock, order_id, late)) == {"none"}
    assert desk.work.row(order_id).sync_state == "synced"
    # Magento was at work on it all the while, and is done now.
    assert calls[0]().status == 200
    assert desk.sold() == ({"MUG-01": 2, "HAT-07": 1} if way == "reserve" else {})
    settled_by_itself(desk, clock, order_id, 61 - late)
    [order] = desk.work.magento_orders()
    assert (order["state"], order["ext_order_id"]) == ("canceled" if way == "reserve" else "closed", order_id)
    assert (desk.sold(), due_orders(clock.turn(hours=10))) == ({}, [])
