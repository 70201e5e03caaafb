"""Both sides are compared by what they say themselves; what a worker can put right is put right, the rest is listed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from sqlalchemy import delete, event, select, update

from connector import clock
from connector.domain.errors import TryLater
from connector.extensions import db
from connector.magento import reconciling as magento_reconciling
from connector.models import Difference, Order, Reconciliation, Shop, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, comparing, converge, reconcile
from connector.tiktok.client import TikTokClient

pytestmark = pytest.mark.either_database


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders of a test are seconds old; the grace is for those that are on their way."""
    monkeypatch.setattr(comparing, "GRACE", timedelta(seconds=-60))


def compared(work: Any, **period: Any) -> tuple[Reconciliation, list[tuple[str, str, bool]]]:
    now = clock.now()
    run_id = reconcile.ask(
        1, "somebody", period.get("since", now - timedelta(days=1)), period.get("until", now + timedelta(minutes=1))
    )
    run, found = reconcile.finish(run_id)
    return run, [(each.tiktok_order_id, each.kind, each.is_repaired) for each in found]


def synced(work: Any, **options: Any) -> str:
    order_id: str = work.place(**options)
    assert work.sync_until_settled(order_id).sync_state == "synced"
    return order_id


def test_orders_that_are_alike_are_counted_and_nothing_else(work: Any) -> None:
    synced(work)
    synced(work)
    run, found = compared(work)
    assert (run.state, run.orders, run.agreed, run.under_way, found) == ("done", 2, 2, 0, [])


def test_an_order_that_nobody_told_us_of_is_found_and_created(work: Any) -> None:
    order_id = work.place()
    _, found = compared(work)
    assert found == [(order_id, "existence", True)]
    assert work.sync_until_settled(order_id).sync_state == "synced"
    _, found = compared(work)
    assert found == []


def test_a_synced_order_that_was_forgotten_here_is_not_created_twice(work: Any) -> None:
    order_id = synced(work)
    with transaction() as session:
        session.execute(delete(TimelineEntry))
        session.execute(delete(Order))
    run, found = compared(work)
    assert (run.agreed, found) == (1, [])
    assert len(work.magento_orders(order_id)) == 1


def test_a_cancellation_that_was_missed_is_followed(work: Any) -> None:
    order_id = synced(work)
    work.act(order_id, "cancel")
    _, found = compared(work)
    assert found == [(order_id, "status", True)]
    row_id = work.row(order_id).id
    converge.sync_order(row_id)
    assert work.magento_orders(order_id)[0]["state"] == "closed"


def test_another_total_in_an_invoiced_order_is_for_a_person(work: Any) -> None:
    work.books_are_checked = False
    order_id = synced(work)
    with work.magento.state.lock:
        [order] = work.magento.state.orders.values()
        order.row["grand_total"] = Decimal("1.23")
    _, found = compared(work)
    assert (order_id, "total", False) in found


def test_two_magento_orders_of_one_tiktok_order_are_for_a_person(work: Any) -> None:
    first, second = synced(work), synced(work)
    with work.magento.state.lock:
        for order in work.magento.state.orders.values():
            order.row["ext_order_id"] = first
    _, found = compared(work)
    assert (first, "doubled", False) in found
    assert (second, "unlinked", False) in found


def test_a_magento_order_with_a_number_unknown_to_tiktok_is_for_a_person(work: Any) -> None:
    synced(work)
    with work.magento.state.lock:
        [order] = work.magento.state.orders.values()
        order.row["ext_order_id"] = "999999999999"
    _, found = compared(work)
    assert ("999999999999", "unknown", False) in found


def test_an_ignored_order_is_the_merchants_word(work: Any) -> None:
    order_id = work.place()
    asks.ignore(work.row(order_id).id if work.hint(order_id) else 0, "somebody")
    run, found = compared(work)
    assert (run.agreed, found) == (1, [])


def test_a_period_is_kept_to(work: Any) -> None:
    work.place()
    run, found = compared(work, until=clock.now() - timedelta(hours=1))
    assert (run.orders, found) == (0, [])


def test_an_order_on_its_way_is_not_judged(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "GRACE", timedelta(minutes=2))
    work.place()
    run, found = compared(work)
    assert (run.under_way, found) == (1, [])


def assert_taken_up_again(work: Any, *, after_status: int) -> None:
    """Magento answers one call with this status: the run waits, and comes to its end when it is due again."""
    work.place()
    url = f"{work.magento.url}/_sandbox/faults"
    requests.post(url, json={"kind": "status", "status": after_status}, timeout=5).raise_for_status()
    run, _ = compared(work)
    assert (run.state, bool(run.error)) == ("running", True)
    with transaction() as session:
        session.execute(update(Reconciliation).values(lease_until=None))
    run, found = reconcile.finish(run.id)
    assert (run.state, len(found)) == ("done", 1)


def test_a_side_that_is_away_leaves_the_reconciliation_to_be_taken_up_again(work: Any) -> None:
    assert_taken_up_again(work, after_status=503)


def test_every_night_each_shop_is_compared_once_however_many_schedulers_there_are(work: Any) -> None:
    reconcile.tend()
    assert not db.session.scalars(select(Reconciliation)).all(), (
        "a shop that has just been connected waits for its night"
    )
    end_transaction()
    with transaction() as session:
        session.execute(update(Shop).values(next_reconcile_at=clock.now() - timedelta(minutes=1)))
    reconcile.tend()
    reconcile.tend()
    [run] = db.session.scalars(select(Reconciliation)).all()
    assert run.asked_by == "every night"
    next_at = db.session.scalar(select(Shop.next_reconcile_at))
    assert next_at is not None and timedelta(0) < next_at - clock.now() <= timedelta(days=1)
    end_transaction()


def test_a_scheduler_that_is_killed_while_it_starts_a_night_loses_none(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        session.execute(update(Shop).values(next_reconcile_at=clock.now() - timedelta(minutes=1)))
    nights = []
    for died_at in range(1, 20):
        at = 0

        def killed(*_: Any, died_at: int = died_at, **__: Any) -> None:
            nonlocal at
            at += 1
            if at == died_at:
                raise KeyboardInterrupt

        event.listen(db.engine, "before_cursor_execute", killed)
        try:
            reconcile.tend()
        except KeyboardInterrupt:
            db.session.rollback()
        finally:
            event.remove(db.engine, "before_cursor_execute", killed)
        nights = db.session.scalars(select(Reconciliation)).all()
        is_claimed = db.session.scalars(select(Shop.next_reconcile_at)).one() > clock.now()  # type: ignore[operator]
        end_transaction()
        assert len(nights) == int(is_claimed), died_at
    assert len(nights) == 1


def test_a_report_is_written_anew_when_its_worker_died(work: Any) -> None:
    order_id = work.place()
    compared(work)
    with transaction() as session:
        session.execute(update(Reconciliation).values(state="running", lease_until=None))
    reconcile.work(db.session.scalars(select(Reconciliation.id)).one())
    found = db.session.scalars(select(Difference)).all()
    assert len([each for each in found if each.tiktok_order_id == order_id]) <= 1
    end_transaction()


def test_an_order_that_waits_as_the_merchant_wants_it_is_no_difference(work: Any) -> None:
    work.configure(create_when="by_hand")
    order_id = work.place()
    assert work.sync(order_id).waiting_for == "by_hand"
    run, found = compared(work)
    assert (run.under_way, found) == (1, [])


def test_a_total_that_somebody_changed_in_magento_is_not_said_to_be_put_right(work: Any) -> None:
    work.books_are_checked = False
    work.configure(invoice=False)
    order_id = synced(work)
    with work.magento.state.lock:
        [order] = work.magento.state.orders.values()
        order.row["grand_total"] = Decimal("1.23")
    _, found = compared(work)
    assert found == [(order_id, "total", False)]


def test_an_order_that_cannot_be_read_keeps_no_other_from_being_compared(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable, good = work.place(), work.place()
    real = TikTokClient.order_pages

    def without_currency(client: TikTokClient, **search: Any) -> Any:
        for page in real(client, **search):
            for document in page.documents:
                if document["id"] == unreadable:
                    del document["payment"]["currency"]
            yield page

    monkeypatch.setattr(TikTokClient, "order_pages", without_currency)
    run, found = compared(work)
    assert (run.state, run.orders) == ("done", 2)
    assert sorted(found) == sorted([(unreadable, "unreadable", True), (good, "existence", True)])
    assert work.row(unreadable).sync_state == "pending"


def test_what_takes_long_is_put_back_and_goes_on_where_it_stopped(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(magento_reconciling, "MANY", 2)
    orders = [work.place() for _ in range(7)]
    for number, order_id in enumerate(orders):
        # Two of them in the second in which a page ends.
        with work.tiktok.state.lock:
            work.tiktok.state.find_order(order_id)[1].create_time -= 60 * (7 - number - (number == 1))
    alike = orders[3]
    assert work.sync_until_settled(alike).sync_state == "synced"
    now = clock.now()
    run_id = reconcile.ask(1, "somebody", now - timedelta(hours=1), now + timedelta(minutes=1))
    monkeypatch.setattr(reconcile, "AT_ONE_GO", 0.0)
    reconcile.work(run_id)
    run = db.session.get_one(Reconciliation, run_id, populate_existing=True)
    assert (run.state, run.lease_until, run.orders) == ("running", None, 1)
    end_transaction()
    goes = 1
    while db.session.get_one(Reconciliation, run_id, populate_existing=True).state == "running":
        end_transaction()
        reconcile.work(run_id)
        goes += 1
    assert goes > 3
    run = db.session.get_one(Reconciliation, run_id, populate_existing=True)
    found = db.session.scalars(select(Difference.tiktok_order_id).order_by(Difference.tiktok_order_id)).all()
    assert (run.state, run.orders, run.agreed) == ("done", 7, 1)
    assert list(found) == sorted(set(orders) - {alike})
    end_transaction()


@pytest.mark.parametrize("at_once", [2, 6])
def test_what_magento_has_of_others_is_looked_through_in_slices(
    work: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Another marketplace's orders, with no TikTok order among them; `at_once` of them of each second."""
    work.books_are_checked = False
    for _ in range(6):
        synced(work)
    now = clock.now()
    with work.magento.state.lock:
        for number, order in enumerate(work.magento.state.orders.values()):
            order.row["ext_order_id"] = str(10**12 + number)
            order.row["created_at"] = f"{now - timedelta(minutes=9 - number // at_once):%Y-%m-%d %H:%M:%S}"
    with work.tiktok.state.lock:
        for order in work.tiktok.state.shop(None).orders.values():
            order.create_time -= 86400
    monkeypatch.setattr(magento_reconciling, "PAGE", 3)
    monkeypatch.setattr(reconcile, "AT_ONE_GO", 0.0)
    run_id = reconcile.ask(1, "somebody", now - timedelta(hours=1), now)
    reached = []
    for _ in range(9):
        reconcile.work(run_id)
        run = db.session.get_one(Reconciliation, run_id, populate_existing=True)
        reached.append(run.reached)
        end_transaction()
        if run.state == "done":
            break
    assert run.state == "done" and len(reached) > 1
    assert reached == sorted(set(reached))
    found = db.session.scalars(select(Difference.tiktok_order_id).order_by(Difference.tiktok_order_id)).all()
    end_transaction()
    assert list(found) == [str(10**12 + number) for number in range(6)]


def test_a_fault_of_ours_is_told_and_ends_in_the_end(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(TikTokClient, "order_pages", broken)
    run, _ = compared(work)
    assert run.state == "running" and "ZeroDivisionError" in run.error
    with transaction() as session:
        failing_since = clock.now() - reconcile.GIVE_UP_AFTER
        session.execute(update(Reconciliation).values(lease_until=None, failing_since=failing_since))
    run, _ = reconcile.finish(run.id)
    assert run.state == "failed"


def test_a_refusal_that_is_over_soon_does_not_end_the_night(work: Any) -> None:
    assert_taken_up_again(work, after_status=401)


def test_a_worker_that_slept_through_its_lease_writes_nothing_twice(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    work.place()
    real = comparing.Comparison._only_in_magento

    def meanwhile(comparison: Any, in_magento: Any) -> Any:
        monkeypatch.setattr(comparing.Comparison, "_only_in_magento", real)
        with transaction() as session:
            session.execute(update(Reconciliation).values(lease_until=None))
        reconcile.work(comparison.run_id)
        return real(comparison, in_magento)

    monkeypatch.setattr(comparing.Comparison, "_only_in_magento", meanwhile)
    run, found = compared(work)
    assert (run.state, run.orders, len(found)) == ("done", 1, 1)


def test_a_long_one_gives_up_by_how_long_it_has_failed_in_a_row(
    work: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of work are not lost by one answer that says "slower"."""
    monkeypatch.setattr(magento_reconciling, "MANY", 2)
    monkeypatch.setattr(reconcile, "AT_ONE_GO", 0.0)
    for number in range(8):
        order_id = work.place()
        with work.tiktok.state.lock:
            work.tiktok.state.find_order(order_id)[1].create_time -= 60 * (8 - number)
    now = clock.turn(minutes=0)
    run_id = reconcile.ask(1, "somebody", now - timedelta(hours=1), now)
    reconcile.work(run_id)

    def run() -> Reconciliation:
        found = db.session.get_one(Reconciliation, run_id, populate_existing=True)
        end_transaction()
        return found

    def slower(*_: Any, **__: Any) -> Any:
        raise TryLater("Slower, please.", code="tiktok_rate_limited", after=1.0)

    real = TikTokClient.order_pages
    for _ in range(2):
        clock.turn(hours=5)
        monkeypatch.setattr(TikTokClient, "order_pages", slower)
        reconcile.work(run_id)
        assert run().state == "running" and run().error.startswith("Slower, please.")
        clock.turn(hours=5)
        monkeypatch.setattr(TikTokClient, "order_pages", real)
        reconcile.work(run_id)
        assert (run().state, run().failing_since) == ("running", None)


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_shop_that_is_disconnected_is_compared_no_further(
    work: Any, monkeypatch: pytest.MonkeyPatch, is_begun: bool
) -> None:
    work.place()

    def disconnect() -> None:
        with transaction() as session:
            session.scalars(select(Shop)).one().state = "disconnected"

    real = TikTokClient.order_pages

    def pages(client: TikTokClient, **search: Any) -> Any:
        for page in real(client, **search):
            disconnect()
            yield page

    now = clock.now()
    run_id = reconcile.ask(1, "somebody", now - timedelta(days=1), now + timedelta(minutes=1))
    if is_begun:
        monkeypatch.setattr(TikTokClient, "order_pages", pages)
    else:
        disconnect()
    run, found = reconcile.finish(run_id)
    assert (run.state, found) == ("failed", [])
    assert "is not connected any more" in run.error
    assert db.session.scalars(select(Order.id)).all() == []
    end_transaction()


def tonight() -> Reconciliation:
    """The nightly comparison, to its end."""
    with transaction() as session:
        session.execute(update(Shop).values(next_reconcile_at=clock.now() - timedelta(minutes=1)))
    reconcile.tend()
    run_id = db.session.scalars(select(Reconciliation.id).order_by(Reconciliation.id.desc()).limit(1)).one()
    end_transaction()
    run, _ = reconcile.finish(run_id)
    assert run.state == "done"
    return run


def test_what_was_left_to_people_is_counted_and_compared_again_until_it_is_settled(work: Any) -> None:
    """However old the order is by then, and whatever else is compared meanwhile."""
    work.books_are_checked = False
    order_id = work.place()
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(order_id)[1].create_time -= 9 * 86400
    work.sync_until_settled(order_id)
    entity_id = work.row(order_id).magento_order_id
    with work.magento.state.lock:
        right = work.magento.state.orders[entity_id].row["grand_total"]
        work.magento.state.orders[entity_id].row["grand_total"] = Decimal("1.00")
    _, found = compared(work, since=clock.now() - timedelta(days=10))
    assert found == [(order_id, "total", False)]
    assert reconcile.left_to_people() == {1: 1}
    compared(work, since=clock.now() - timedelta(hours=1))
    assert reconcile.left_to_people() == {1: 1}
    assert tonight().since <= work.row(order_id).create_time
    assert reconcile.left_to_people() == {1: 1}
    with work.magento.state.lock:
        work.magento.state.orders[entity_id].row["grand_total"] = right
    tonight()
    assert reconcile.left_to_people() == {1: 0}
    run = tonight()
    assert run.until - run.since == reconcile.NIGHTLY_PERIOD


def test_what_was_left_to_people_counts_no_more_once_they_have_the_order_ignored(work: Any) -> None:
    work.books_are_checked = False
    order_id = synced(work)
    with work.magento.state.lock:
        work.magento.state.orders[work.row(order_id).magento_order_id].row["grand_total"] = Decimal("1.00")
    compared(work)
    assert reconcile.left_to_people() == {1: 1}
    asks.ignore(work.row(order_id).id, "somebody")
    assert reconcile.left_to_people() == {1: 0}
