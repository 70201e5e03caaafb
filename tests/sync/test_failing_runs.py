"""What a run that fails writes down: when the order is tried again, and what a person decided meanwhile."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connector import clock as clocks
from connector import http
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.models import Order, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.sync import alarms, asks, cancel_asks, converge, dead_ends, lease, package_asks, return_asks
from tests.sync.aftersales import OUT_OF_STOCK, PERSON, Clock, Desk, due_orders
from tests.sync.outages import recover, refuse

NO_RIGHT = {"kind": "status", "status": 403, "body": {"code": 105005, "message": "no access", "request_id": "x"}}
TOO_MANY = {"kind": "rate_limit", "headers": {"Retry-After": "60"}}


def approved(desk: Desk) -> str:
    order_id = desk.placed()
    desk.act(order_id, "request_cancellation")
    desk.settle(order_id)
    desk.answer(order_id, "approve")
    return order_id


def cancelled(desk: Desk) -> str:
    order_id = desk.placed()
    cancel_asks.cancel(desk.work.row(order_id).id, OUT_OF_STOCK, PERSON, None)
    return order_id


def split(desk: Desk) -> str:
    order_id = desk.placed()
    mugs, hat = desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")
    package_asks.split(desk.work.row(order_id).id, [mugs, hat], PERSON)
    return order_id


def decided(desk: Desk) -> str:
    order_id = desk.placed()
    desk.ship(order_id, until="deliver")
    desk.act(order_id, "request_return")
    desk.settle(order_id)
    return_asks.answer(desk.returned(order_id).id, "DIRECT_REFUND", PERSON)
    return order_id


#: What a person asks for, and TikTok's call that fails.
ASKED: list[tuple[Callable[[Desk], str], str]] = [
    (approved, r"/approve$"),
    (cancelled, r"/cancellations$"),
    (split, r"/split$"),
    (decided, r"/approve$"),
]


@pytest.mark.parametrize("fault", [TOO_MANY, NO_RIGHT], ids=["too many calls", "no right"])
@pytest.mark.parametrize(("ask", "path"), ASKED, ids=[ask.__name__ for ask, _ in ASKED])
def test_a_call_that_fails_after_it_was_noted_waits_for_its_next_try(
    desk: Desk, ask: Callable[[Desk], str], path: str, fault: dict[str, Any]
) -> None:
    order_id = ask(desk)
    desk.fault("tiktok", method="POST", path=path, times=None, **fault)
    row_id = desk.work.row(order_id).id
    for _ in range(3):
        converge.sync_order(row_id)  # as the sweep would: nothing happens unless the order is due
    row = desk.work.row(order_id)
    assert desk.hits("tiktok") == 1
    assert desk.work.timeline(order_id).count("failed") == 1
    if fault is NO_RIGHT:
        assert (row.sync_state, row.due_at) == ("error", None)
    else:
        assert row.sync_state == "pending"
        assert row.due_at > clocks.now() + timedelta(seconds=50)
    assert due_orders(clocks.now()) == []


def test_what_is_heard_during_a_call_that_fails_is_worked_on_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = cancelled(desk)
    desk.fault("tiktok", method="POST", path=r"/cancellations$", **NO_RIGHT)
    real = http.send

    def send(session: Any, request: Any, **options: Any) -> Any:
        if str(request.url).partition("?")[0].endswith("/cancellations") and not heard:
            heard.append(desk.work.hint(order_id))
        return real(session, request, **options)

    heard: list[int] = []
    monkeypatch.setattr(http, "send", send)
    converge.sync_order(desk.work.row(order_id).id)
    row = desk.work.row(order_id)
    assert (row.sync_state, len(heard)) == ("error", 1)
    assert [row_id for row_id, _ in due_orders(clocks.now())] == [row.id]
    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.status, row.sync_state, due_orders(clocks.now())) == ("CANCELLED", "synced", [])


@pytest.mark.parametrize("kind", ["timeout", "fault of ours"])
def test_an_order_ignored_during_a_run_that_fails_stays_ignored(
    desk: Desk, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed(synced=False)
    row_id = desk.hear(order_id)
    real = http.send

    def send(session: Any, request: Any, **options: Any) -> Any:
        if str(request.url).endswith("/V1/carts/"):
            asks.ignore(row_id, PERSON)
            raise http.CallFailed("It did not answer in time.", kind="timeout") if kind == "timeout" else ValueError
        return real(session, request, **options)

    monkeypatch.setattr(http, "send", send)
    converge.sync_order(row_id)
    monkeypatch.setattr(http, "send", real)
    row = desk.work.row(order_id)
    assert (row.sync_state, row.due_at, row.lease_owner) == ("ignored", None, None)
    converge.sync_order(row_id)
    assert (desk.magento(order_id), desk.sold()) == (None, {})
    asks.stop_ignoring(row_id, PERSON)
    assert desk.settle(order_id).sync_state == "synced"
    desk.assert_books_are_right()


class Killed(BaseException):
    """What kill -9 is to a process: nothing after it runs."""


def killed(work: Any, order_id: str, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The next runs of an order each kill their worker, and their leases run out."""

    def kill(*_: Any) -> None:
        raise Killed

    row_id = work.row(order_id).id
    for _ in range(times):
        with monkeypatch.context() as patch:
            patch.setattr(converge, "read", kill)
            patch.setattr(lease, "give_back", lambda _: None)
            with pytest.raises(Killed):
                converge.sync_order(row_id)
        with transaction() as session:
            session.execute(update(Order).values(lease_until=None))


@pytest.mark.either_database
def test_an_order_that_kills_its_worker_each_time_is_given_up_and_taken_up_again_by_a_person(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = work.place()
    row_id = work.hint(order_id)
    killed(work, order_id, monkeypatch, lease.MOST_UNENDED)
    assert (work.row(order_id).sync_state, work.row(order_id).attempts) == ("pending", 0)
    converge.sync_order(row_id)
    row = work.row(order_id)
    assert (row.sync_state, row.error_code, row.due_at) == ("error", "worker_died", None)
    assert row.error_message == "The worker died 10 times in a row while it worked on this order."
    assert work.timeline(order_id)[-1] == "failed"
    assert due_orders(clocks.now()) == []
    dead_ends.try_all(PERSON, "worker_died")
    converge.sync_order(row_id)
    assert (work.row(order_id).sync_state, work.row(order_id).unended_runs) == ("synced", 0)


@pytest.mark.either_database
def test_workers_that_are_killed_now_and_then_give_up_no_order(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = work.place()
    work.hint(order_id)
    killed(work, order_id, monkeypatch, lease.MOST_UNENDED - 1)
    assert work.sync(order_id).sync_state == "synced"
    work.hint(order_id)
    killed(work, order_id, monkeypatch, lease.MOST_UNENDED - 1)
    assert work.sync(order_id).sync_state == "synced", "each run that ends begins the count anew"


def test_an_order_that_is_tried_again_says_what_it_fails_with_and_when_it_is_tried_next(
    desk: Desk, clock: Clock, viewer: Any
) -> None:
    order_id = desk.placed(synced=False)
    desk.fault("magento", kind="status", status=503, times=None)
    row = desk.work.sync(order_id)
    for _ in range(3):
        clock.turn(minutes=40)
        converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.sync_state, row.attempts) == ("pending", 4)
    for address in (f"/orders/{order_id}", f"/orders/{order_id}/problem"):
        page = viewer.get(address).text
        for expected in (
            "Being tried again",
            row.error_message,
            "It goes on by itself.",
            "4 tries",
            "data-until>in ",
            "The exchange, for a developer",
            "503",
        ):
            assert expected in page, (address, expected)
        assert "Solved" not in page
    reasons = html.unescape(viewer.get("/help/reasons").text)
    (listed,) = re.findall(rf'<tr id="retried-{row.error_code}">.*?<a href="([^"]+)">1</a>', reasons)
    assert order_id in viewer.get(listed).text


def test_an_order_that_was_given_up_says_so_and_not_that_it_goes_on(desk: Desk, clock: Clock, viewer: Any) -> None:
    order_id = desk.placed(synced=False)
    desk.fault("magento", kind="status", status=503, times=None)
    row = desk.work.sync(order_id)
    clock.turn(hours=25)
    converge.sync_order(row.id)
    assert (desk.work.row(order_id).sync_state, desk.work.row(order_id).due_at) == ("error", None)
    page = viewer.get(f"/orders/{order_id}/problem").text
    assert "It has been given up: “Try again” takes it up once more." in page
    assert "when you ask for it" in page
    assert "It goes on by itself." not in page


def test_an_order_that_is_refused_after_hours_of_tries_has_failed_within_the_hour(desk: Desk, clock: Clock) -> None:
    order_id = desk.placed(synced=False)
    refuse(desk.work.magento, kind="status", status=503)
    row = desk.work.sync(order_id)
    clock.turn(hours=2)
    converge.sync_order(row.id)
    recover(desk.work.magento)
    refuse(desk.work.magento, kind="status", status=401)
    clock.turn(minutes=10)
    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.sync_state, row.failing_since < clocks.now() - timedelta(hours=2)) == ("error", True)
    # Each failure keeps its own exchange, the row that of the last.
    lines = db.session.scalars(select(TimelineEntry).where(TimelineEntry.code == "failed").order_by(TimelineEntry.id))
    assert [line.details["exchange"]["status"] for line in lines if line.details] == [503, 401]
    end_transaction()
    assert row.error_exchange["status"] == 401
    assert alarms.facts(row.shop_id, ShopSettings(), clocks.now()).failed == 1
    clock.turn(minutes=50)
    desk.work.sync(order_id)  # something is heard of it, and it is refused once more
    clock.turn(minutes=20)
    assert alarms.facts(row.shop_id, ShopSettings(), clocks.now()).failed == 0
    with transaction() as session:
        session.execute(update(Order).values(sync_state="pending"))  # its cause seems to be solved: it is let go
    assert desk.work.sync(order_id).sync_state == "error"
    assert alarms.facts(row.shop_id, ShopSettings(), clocks.now()).failed == 0
    recover(desk.work.magento)
    assert desk.settle(order_id).error_at is None
