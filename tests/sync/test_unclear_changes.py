"""A change of the Magento order that timed out: looked for at once, and made again only when the first has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connector import clock as clocks
from connector import http
from connector.domain.errors import Exchange
from connector.magento.errors import Unavailable
from connector.sync import converge
from connector.sync.stopping import Stopping
from tests.sync.aftersales import Desk

pytestmark = pytest.mark.either_database

#: The calls: method, and how the address ends.
CHANGES = {
    "correct": ("POST", "/V1/orders"),
    "invoice": ("POST", "/invoice"),
    "cancel": ("POST", "/cancel"),
    "comment": ("POST", "/comments"),
}


class Line:
    """What lies between us and Magento: it loses the first call of a kind, and knows when each came."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, change: str, how: BaseException | None = None) -> None:
        self.method, self.end = CHANGES[change]
        self.how = how or http.CallFailed("It did not answer in time.", kind="timeout")
        self.came: list[Any] = []
        self.first: Callable[[], Any] | None = None
        self.real = http.send
        monkeypatch.setattr(http, "send", self.send)

    def send(self, session: Any, request: Any, **options: Any) -> Any:
        if request.method != self.method or not str(request.url).endswith(self.end):
            return self.real(session, request, **options)
        self.came.append(clocks.now())
        if self.first is None:
            self.first = lambda: self.real(session, request, **options)
            raise self.how
        return self.real(session, request, **options)


def begun(desk: Desk, change: str) -> tuple[str, int]:
    """An order that comes to the change with its next run: its number, and its row's id."""
    if change == "cancel":
        desk.work.configure(invoice=False)
    order_id = desk.placed(synced=change == "cancel")
    if change == "cancel":
        desk.act(order_id, "cancel", by="SYSTEM")
    return order_id, desk.hear(order_id)


def run_until_settled(desk: Desk, clock: Any, order_id: str, most: int = 20) -> Any:
    """As the sweep does: each run when it is due."""
    for _ in range(most):
        row = desk.work.row(order_id)
        if row.sync_state != "pending":
            break
        clock.ahead += max(row.due_at - clocks.now(), timedelta(0)) + timedelta(milliseconds=1)
        converge.sync_order(row.id)
    return desk.work.row(order_id)


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def assert_right(desk: Desk, order_id: str, change: str) -> None:
    order = desk.magento(order_id)
    assert order is not None
    assert (order["state"], len(order["invoices"])) == (("canceled", 0) if change == "cancel" else ("processing", 1))
    assert len(order["comments"]) == (2 if change == "cancel" else 1)
    assert desk.sold() == ({} if change == "cancel" else {"MUG-01": 2, "HAT-07": 1})
    desk.assert_books_are_right()


def test_it_is_not_made_again_while_the_first_may_be_at_work(
    desk: Desk, clock: Any, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, row_id = begun(desk, change)
    line = Line(monkeypatch, change)
    converge.sync_order(row_id)
    clock.turn(seconds=20)  # the call's time
    row = run_until_settled(desk, clock, order_id, most=1)
    assert (row.sync_state, row.error_code) == ("pending", "change_unclear")
    assert run_until_settled(desk, clock, order_id).sync_state == "synced"
    first, second = line.came
    # As soon as it may be, and so soon that an order is right within a minute.
    assert timedelta(seconds=50) <= second - first < timedelta(seconds=52)
    assert_right(desk, order_id, change)


def test_once_it_is_seen_nothing_waits(desk: Desk, clock: Any, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, row_id = begun(desk, change)
    line = Line(monkeypatch, change)
    converge.sync_order(row_id)
    assert line.first is not None
    line.first()
    lost_at = clocks.now()
    assert run_until_settled(desk, clock, order_id).sync_state == "synced"
    assert clocks.now() - lost_at < timedelta(seconds=10)
    assert len(line.came) == (2 if change == "correct" else 1)  # written again, a correction is the same
    assert_right(desk, order_id, change)


@pytest.mark.parametrize(
    ("how", "waits"),
    [
        (http.CallFailed("No connection.", kind="connect"), False),
        (Stopping(), False),
        (Unavailable("Down.", code="magento_unavailable", exchange=Exchange(method="POST", url="", status=503)), False),
        (Unavailable("Slow.", code="magento_unavailable", exchange=Exchange(method="POST", url="", status=504)), True),
        (http.CallFailed("It broke.", kind="cut"), True),
    ],
    ids=["unreachable", "stopped before", "503", "504", "cut"],
)
def test_only_what_may_be_at_work_is_waited_for(
    desk: Desk, clock: Any, how: BaseException, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, row_id = begun(desk, "invoice")
    line = Line(monkeypatch, "invoice", how)
    try:
        converge.sync_order(row_id)
    except Stopping:
        assert isinstance(how, Stopping)
    assert (desk.work.row(order_id).magento_asked_at is not None) == waits
    assert run_until_settled(desk, clock, order_id).sync_state == "synced"
    assert (line.came[1] - line.came[0] >= timedelta(seconds=50)) == waits
    assert_right(desk, order_id, "invoice")


@pytest.mark.parametrize("change", [change for change in CHANGES if change != "comment"])
def test_a_killed_worker_leaves_the_moment_behind(
    desk: Desk, clock: Any, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    order_id, row_id = begun(desk, change)
    line = Line(monkeypatch, change, Killed())
    with pytest.raises(Killed):
        converge.sync_order(row_id)
    clock.turn(seconds=41)  # the lease has ended
    converge.sync_order(row_id)
    assert len(line.came) == 1
    assert run_until_settled(desk, clock, order_id).sync_state == "synced"
    assert line.came[1] - line.came[0] >= timedelta(seconds=50)
    assert_right(desk, order_id, change)
