"""Free samples of one creator become one Magento order, through both sandboxes: gathered, created, shipped, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from connector import clock as product_clock
from connector.extensions import db
from connector.models import Order, Reconciliation, Shop, Store
from connector.models.transaction import end_transaction, transaction
from connector.sync import addresses, asks, converge, reconcile, ship_asks
from tests.support.checker import compare
from tests.sync.merchant import Merchant
from tests.sync.test_adoption import backed_up, restored
from tests.sync.test_interruptions import Killed, killed_at

#: Once a carrier's work is done, a stop is no stop.
MOST_CALLS = 16
HOME = {
    "first_name": "Ada",
    "last_name": "Maker",
    "phone_number": "(+1)2135550147",
    "postal_code": "90012",
    "address_line1": "1200 W Temple St",
}
SKUS = ("MUG-01", "HAT-07", "MUG-01")


class Books:
    """Both sandboxes' books, as a stack of processes would give them."""

    def __init__(self, work: Any) -> None:
        self.work = work

    def books(self, side: str) -> dict[str, Any]:
        from sandbox.tiktok.actions import books_of

        if side == "magento":
            return dict(self.work.magento_books())
        with self.work.tiktok.state.lock:
            return {"orders": books_of(self.work.tiktok.state.shop(None))}


class Creator:
    """A creator who gets samples, and the merchant who gathers them."""

    def __init__(self, work: Any, clock: Any) -> None:
        self.work, self.clock = work, clock
        work.configure(samples="combine", sample_window="2", write_external_reference=True)
        self.before = self.stock()

    def sample(self, sku: str = "MUG-01", **options: Any) -> str:
        """A sample that waits for others."""
        order_id = self.placed(sku, **options)
        row = self.work.sync_until_settled(order_id)
        assert (row.sync_state, row.waiting_for, row.magento_order_id) == ("waiting", "sample_window", None)
        return order_id

    def placed(self, sku: str = "MUG-01", **options: Any) -> str:
        recipient = HOME | options.pop("recipient", {})
        given = {"buyer_id": "7494001", "is_sample": True, "seed": 1, "recipient": recipient}
        return str(self.work.place(lines=[{"seller_sku": sku}], **(given | options)))

    def together(self, *skus: str) -> list[str]:
        """Samples that became one Magento order; the first carries it."""
        order_ids = [self.sample(sku) for sku in skus or SKUS[:2]]
        self.end_window()
        self.settle()
        return order_ids

    def end_window(self) -> None:
        self.clock.turn(hours=2, minutes=1)

    def settle(self) -> None:
        """All runs that are due now, and what they wake, as workers and the sweep would do them."""
        for _ in range(12):
            now = product_clock.now()
            with transaction() as session:
                # Pauses after a failure, or a call of unknown outcome, are not waited for; windows are.
                at_once = {"due_at": now, "lease_until": None, "magento_asked_at": None}
                session.execute(update(Order).where(Order.sync_state == "pending").values(at_once))
            due = db.session.scalars(select(Order.id).where(Order.due_at <= now).order_by(Order.id)).all()
            end_transaction()
            if not due:
                return
            for row_id in due:
                converge.sync_order(row_id)
        raise AssertionError("it does not come to rest")

    def stock(self) -> dict[str, float]:
        return {sku: float(row["salable"]) for sku, row in self.work.magento_books()["stock"].items()}

    def sold(self) -> dict[str, float]:
        """What is less salable than before."""
        now = self.stock()
        return {sku: self.before[sku] - now[sku] for sku in now if self.before[sku] != now[sku]}

    def books_agree(self) -> None:
        """Both sandboxes' books are compared, as after the chaos tests; nothing that the connector says counts."""
        found = compare(Books(self.work), {sku: Decimal(str(count)) for sku, count in self.before.items()})  # type: ignore[arg-type]
        assert not found, str(found)

    def numbers(self, order_ids: list[str]) -> list[set[str]]:
        """The Magento numbers that Seller Center shows on each order."""
        found = {
            order["id"]: {reference["id"] for reference in order["external_orders"]}
            for order in Books(self.work).books("tiktok")["orders"]
        }
        return [found[order_id] for order_id in order_ids]

    def is_one(self, order_ids: list[str], quantities: dict[str, int]) -> dict[str, Any]:
        """The one Magento order, after a look that it is one, holds these products, and is named on all of TikTok's."""
        [order] = self.work.magento_orders()
        rows = [self.work.row(order_id) for order_id in order_ids]
        assert [(row.sync_state, row.error_code) for row in rows] == [("synced", "")] * len(rows)
        assert order["ext_order_id"] == order_ids[0]
        assert {row.magento_increment_id for row in rows} == {order["increment_id"]}
        assert [row.combined_into for row in rows] == [None] + [rows[0].id] * (len(rows) - 1)
        assert self.numbers(order_ids) == [{order["increment_id"]}] * len(rows)
        assert {item["sku"]: float(item["qty_ordered"]) for item in order["items"]} == quantities
        assert (float(order["grand_total"]), len(order["invoices"])) == (0.0, 1)
        assert order["comments"][0].count(f"TikTok Shop orders: {', '.join(order_ids)}.") == 1
        self.books_agree()
        return order


@pytest.fixture
def creator(work: Any, clock: Any) -> Creator:
    return Creator(work, clock)


def test_samples_of_one_window_become_one_order_and_the_next_one_its_own(creator: Creator, work: Any) -> None:
    order_ids = [creator.sample(sku) for sku in SKUS]
    due = work.row(order_ids[0]).due_at
    assert timedelta(hours=1, minutes=55) < due - product_clock.now() <= timedelta(hours=2)
    assert {work.row(order_id).due_at for order_id in order_ids[1:]} == {due}, "the first one opens the window"
    creator.end_window()
    creator.settle()
    creator.is_one(order_ids, {"MUG-01": 2, "HAT-07": 1})
    assert creator.sold() == {"MUG-01": 2, "HAT-07": 1}
    later = creator.placed("MUG-01")
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(later)[1].update_time += 7200
    assert work.sync_until_settled(later).waiting_for == "sample_window"
    creator.end_window()
    creator.settle()
    assert len(work.magento_orders()) == 2
    assert len(work.magento_orders(later)) == 1
    assert creator.sold() == {"MUG-01": 3, "HAT-07": 1}


@pytest.mark.either_database
@pytest.mark.parametrize(
    "other",
    [
        {"recipient": {"address_line1": "500 E 4th St"}},
        {"recipient": {"phone_number": "(+1)2135550148"}},
        {"buyer_id": "7494002"},
        {"shipping_type": "TIKTOK"},
    ],
    ids=["address", "phone", "creator", "shipping"],
)
def test_another_address_or_creator_is_another_order(creator: Creator, work: Any, other: dict[str, Any]) -> None:
    first = creator.sample()
    second = creator.placed(**other)
    work.sync_until_settled(second)
    creator.end_window()
    creator.settle()
    assert [len(work.magento_orders(order_id)) for order_id in (first, second)] == [1, 1]


@pytest.mark.either_database
def test_a_masked_recipient_joins_nobody_and_waits_for_nobody(creator: Creator, work: Any) -> None:
    creator.sample()
    masked = creator.placed(masked=True)
    assert work.sync_until_settled(masked).sync_state == "synced"
    assert len(work.magento_orders(masked)) == 1


@pytest.mark.either_database
def test_a_person_who_asks_for_one_gets_it_alone_at_once(creator: Creator, work: Any) -> None:
    first, second = creator.sample(), creator.sample("HAT-07")
    asks.create(work.row(first).id, "ada@example.com")
    assert work.sync_until_settled(first).sync_state == "synced"
    creator.end_window()
    creator.settle()
    assert [len(work.magento_orders(order_id)) for order_id in (first, second)] == [1, 1]
    assert creator.sold() == {"MUG-01": 1, "HAT-07": 1}


@pytest.mark.either_database
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_that_is_cancelled_while_it_waits_is_left_out(creator: Creator, work: Any, place: int) -> None:
    order_ids = [creator.sample(sku) for sku in SKUS]
    work.act(order_ids[place], "cancel")
    work.sync_until_settled(order_ids[place])
    creator.end_window()
    creator.settle()
    gone = order_ids.pop(place)
    left = {"MUG-01": 2} if place == 1 else {"MUG-01": 1, "HAT-07": 1}
    creator.is_one(order_ids, left)
    assert creator.sold() == left
    assert work.row(gone).magento_order_id is None


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_is_cancelled_between_grouping_and_creating_is_left_out(
    creator: Creator, work: Any, place: int
) -> None:
    order_ids = [creator.sample(sku) for sku in SKUS]
    work.configure(samples="combine", sample_window="2", wait_after_hold=6)
    creator.end_window()
    creator.settle()
    assert [work.row(order_id).waiting_for for order_id in order_ids] == ["merchants_wait", "combined", "combined"]
    gone = order_ids.pop(place)
    work.act(gone, "cancel")
    work.sync_until_settled(gone)
    creator.settle()
    creator.clock.turn(hours=6)
    creator.settle()
    left = {"MUG-01": 1, "HAT-07": 1} if place == 0 else {"MUG-01": 2}
    creator.is_one(order_ids, left)
    assert creator.sold() == left
    assert (work.row(gone).sync_state, work.row(gone).magento_order_id) == ("synced", None)


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_is_cancelled_afterwards_is_credited_and_the_other_goes_on(
    creator: Creator, work: Any, place: int
) -> None:
    order_ids = creator.together()
    gone, left = order_ids[place], order_ids[1 - place]
    work.act(gone, "cancel")
    work.sync_until_settled(gone)
    creator.settle()
    [order] = work.magento_orders()
    assert (order["state"], len(order["creditmemos"])) == ("processing", 1)
    assert creator.sold() == {SKUS[1 - place]: 1}
    assert [work.row(order_id).sync_state for order_id in order_ids] == ["synced", "synced"]
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    merchant.ship(left, "1Z999AA10123456784")
    merchant.settle()
    assert list(merchant.told(left)) == ["1Z999AA10123456784"]


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_is_cancelled_in_the_middle_of_the_creation_is_credited(
    creator: Creator, work: Any, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The products are known already when it is cancelled: it is created with the others, and then undone."""
    from connector.sync.steps import create

    order_ids = [creator.sample(sku) for sku in SKUS[:2]]
    gone, left = order_ids[place], order_ids[1 - place]
    creator.end_window()
    real, seen = create.prepare, []

    def meanwhile(*args: Any) -> Any:
        prepared = real(*args)
        if not seen:
            seen.append(gone)
            work.act(gone, "cancel")
            row_id = work.hint(gone)
            if place:
                converge.sync_order(row_id)
        return prepared

    with monkeypatch.context() as patch:
        patch.setattr(create, "prepare", meanwhile)
        converge.sync_order(work.row(order_ids[0]).id)
    creator.settle()
    [order] = work.magento_orders()
    assert (seen, order["state"], len(order["creditmemos"])) == ([gone], "processing", 1)
    assert creator.sold() == {SKUS[1 - place]: 1}
    assert [work.row(order_id).sync_state for order_id in order_ids] == ["synced", "synced"]
    assert creator.numbers([left]) == [{order["increment_id"]}]
    creator.books_agree()


@pytest.mark.either_database
def test_when_all_are_cancelled_nothing_is_left_of_it(creator: Creator, work: Any) -> None:
    order_ids = creator.together()
    for order_id in order_ids:
        work.act(order_id, "cancel")
        work.sync_until_settled(order_id)
    creator.settle()
    [order] = work.magento_orders()
    assert order["state"] == "closed"
    assert creator.sold() == {}
    assert [work.row(order_id).error_code for order_id in order_ids] == ["", ""]


@pytest.mark.either_database
def test_without_an_invoice_a_cancelled_one_is_a_task(creator: Creator, work: Any) -> None:
    work.configure(samples="combine", sample_window="2", invoice=False)
    order_ids = creator.together()
    work.act(order_ids[1], "cancel")
    work.sync_until_settled(order_ids[1])
    creator.settle()
    row = work.row(order_ids[0])
    assert (row.sync_state, row.error_code) == ("error", "lines_cancelled_uninvoiced")


def test_one_parcel_is_told_to_both(creator: Creator, work: Any) -> None:
    order_ids = creator.together("MUG-01", "MUG-01")
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    merchant.ship(order_ids[0], "1Z999AA10123456784")
    merchant.settle()
    for order_id in order_ids:
        assert merchant.told(order_id) == {"1Z999AA10123456784": {"MUG-01": 1}}
        assert work.row(order_id).sync_state == "synced"
    calls = merchant.calls("/packages")
    merchant.settle()
    creator.settle()
    assert merchant.calls("/packages") == calls, "told once each"


@pytest.mark.either_database
@pytest.mark.parametrize("order_of_runs", [1, -1])
def test_two_parcels_are_told_to_the_order_whose_goods_are_in_them(
    creator: Creator, work: Any, order_of_runs: int
) -> None:
    order_ids = creator.together("MUG-01", "MUG-01")
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    numbers = ["1Z999AA10123456784", "1Z999AA10123456785"]
    for number in numbers:
        merchant.ship(order_ids[0], number, only={"MUG-01": 1})
        merchant.look()
        for order_id in order_ids[::order_of_runs]:
            work.sync_until_settled(order_id)
    assert [list(merchant.told(order_id)) for order_id in order_ids] == [[numbers[0]], [numbers[1]]]
    creator.settle()
    assert [work.row(order_id).sync_state for order_id in order_ids] == ["synced", "synced"]


@pytest.mark.either_database
def test_one_that_is_shipped_here_ships_its_own_goods_alone(creator: Creator, work: Any) -> None:
    order_ids = creator.together()
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    ship_asks.ship(
        work.row(order_ids[1]).id, "staff@example.com", carrier_code="ups", title="", number="1Z999AA10123456784"
    )
    creator.settle()
    [order] = work.magento_orders()
    [shipment] = order["shipments"]
    assert [list(merchant.told(order_id)) for order_id in order_ids] == [[], ["1Z999AA10123456784"]]
    shipped = {item["sku"]: float(item["qty_shipped"]) for item in order["items"]}
    assert shipped == {"MUG-01": 0, "HAT-07": 1}, shipment


@pytest.mark.either_database
def test_cancelled_in_magento_is_a_task_on_each(creator: Creator, work: Any) -> None:
    work.configure(samples="combine", sample_window="2", invoice=False)
    order_ids = creator.together()
    merchant = Merchant(work)
    merchant.admin.cancel(work.row(order_ids[0]).magento_order_id)
    merchant.settle()
    assert [work.row(order_id).error_code for order_id in order_ids] == ["cancelled_in_magento"] * 2


@pytest.mark.either_database
def test_another_address_later_is_a_task(creator: Creator, work: Any) -> None:
    order_ids = creator.together()
    work.act(order_ids[1], "update_address", recipient={"address_line1": "500 E 4th St"})
    row = work.sync_until_settled(order_ids[1])
    assert (row.sync_state, row.error_code, row.error_subject) == ("error", "combined_address", order_ids[0])
    with pytest.raises(asks.Refused, match=order_ids[0]):
        addresses.form_of(row)


@pytest.mark.either_database
def test_when_the_one_that_carries_them_is_ignored_the_others_say_so(creator: Creator, work: Any) -> None:
    order_ids = [creator.sample(sku) for sku in SKUS[:2]]
    work.configure(samples="combine", sample_window="2", wait_after_hold=6)
    creator.end_window()
    creator.settle()
    row = work.row(order_ids[1])
    with pytest.raises(asks.Refused, match=order_ids[0]):
        asks.create(row.id, "ada@example.com")
    asks.ignore(work.row(order_ids[0]).id, "ada@example.com")
    creator.settle()
    assert work.row(order_ids[1]).error_code == "combined_stopped"
    asks.stop_ignoring(work.row(order_ids[0]).id, "ada@example.com")
    creator.clock.turn(hours=6)
    creator.settle()
    creator.is_one(order_ids, {"MUG-01": 1, "HAT-07": 1})


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, MOST_CALLS + 1))
@pytest.mark.either_database
def test_a_worker_killed_at_any_call_of_the_first_leaves_one_order(
    creator: Creator, work: Any, call: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_ids = [creator.sample(sku) for sku in SKUS]
    creator.end_window()
    with killed_at(call, after=after, monkeypatch=monkeypatch) as calls:
        try:
            converge.sync_order(work.row(order_ids[0]).id)
        except Killed:
            pass
        else:
            assert len(calls) < call, "the process was not stopped although it came to that call"
    creator.settle()
    creator.is_one(order_ids, {"MUG-01": 2, "HAT-07": 1})
    assert creator.sold() == {"MUG-01": 2, "HAT-07": 1}


class Dies(BaseException):
    """A process that dies between two statements."""


@pytest.mark.parametrize("step", ["CloseWindow", "CreateInMagento", "WakeMembers"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_killed_around_a_step_leaves_one_order(
    creator: Creator, work: Any, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector.sync import steps

    order_ids = [creator.sample(sku) for sku in SKUS[:2]]
    creator.end_window()
    [kind] = [kind for kind in steps.HANDLERS if kind.__name__ == step]
    real = steps.HANDLERS[kind]

    def dies(run: Any, given: Any) -> None:
        if when == "after":
            real(run, given)
        raise Dies

    with monkeypatch.context() as patch:
        patch.setitem(steps.HANDLERS, kind, dies)
        with pytest.raises(Dies):
            converge.sync_order(work.row(order_ids[0]).id)
    creator.settle()
    creator.is_one(order_ids, {"MUG-01": 1, "HAT-07": 1})


def test_workers_at_once_make_one_order(creator: Creator, work: Any) -> None:
    order_ids = [creator.sample(sku) for sku in SKUS]
    creator.end_window()
    row_ids = [work.row(order_id).id for order_id in order_ids]
    start = Barrier(len(row_ids) * 2)

    def at_once(row_id: int) -> Callable[[], None]:
        def run() -> None:
            with work.app.app_context():
                start.wait()
                converge.sync_order(row_id)

        return run

    threads = [Thread(target=at_once(row_id)) for row_id in row_ids * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    creator.settle()
    creator.is_one(order_ids, {"MUG-01": 2, "HAT-07": 1})
    assert creator.sold() == {"MUG-01": 2, "HAT-07": 1}


def test_one_that_is_just_being_created_is_not_joined(
    creator: Creator, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person asks for the first while the second's window ends: that one's group is settled in the middle of the creation."""
    from connector.sync.steps import create

    first, second = creator.sample(), creator.sample("HAT-07")
    creator.end_window()
    asks.create(work.row(first).id, "ada@example.com")
    real, seen = create.prepare, []

    def meanwhile(*args: Any) -> Any:
        if not seen:
            seen.append(second)
            with transaction() as session:
                # As if nobody had asked: what was written down under the lock alone decides.
                session.execute(update(Order).values(create_asked_at=None))
            converge.sync_order(work.row(second).id)
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(create, "prepare", meanwhile)
        converge.sync_order(work.row(first).id)
    assert seen == [second]
    creator.settle()
    assert [len(work.magento_orders(order_id)) for order_id in (first, second)] == [1, 1]


def test_one_that_was_joined_a_moment_before_is_not_created_alone(
    creator: Creator, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other way round: a worker is about to create the second, and just then the first one's group takes it in."""
    from connector.sync import together

    order_ids = [creator.sample(), creator.sample("HAT-07")]
    creator.end_window()
    asks.create(work.row(order_ids[1]).id, "ada@example.com")
    real, seen = together.close, []

    def a_moment_later(run: Any) -> None:
        if not seen:
            seen.append(run.order.id)
            with transaction() as session:
                session.execute(update(Order).values(create_asked_at=None))  # the lock alone decides
            converge.sync_order(work.row(order_ids[0]).id)
        real(run)

    with monkeypatch.context() as patch:
        patch.setattr(together, "close", a_moment_later)
        converge.sync_order(work.row(order_ids[1]).id)
    assert seen[0] == order_ids[1]
    creator.settle()
    creator.is_one(order_ids, {"MUG-01": 1, "HAT-07": 1})


@pytest.mark.either_database
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3, 4, 5, 7, 9, 11, 13])
def test_a_worker_killed_while_it_follows_what_became_of_them_does_all_of_it_once(
    creator: Creator, work: Any, call: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_ids = creator.together(*SKUS)
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    work.act(order_ids[1], "cancel")
    work.hint(order_ids[1])
    merchant.ship(order_ids[0], "1Z999AA10123456784", only={"MUG-01": 2})
    with killed_at(call, after=after, monkeypatch=monkeypatch), pytest.raises(Killed):
        merchant.settle()
    db.session.rollback()
    with transaction() as session:
        session.execute(update(Store).values(watch_lease_until=None))  # as its end would
    merchant.settle()
    creator.settle()
    [order] = work.magento_orders()
    assert (len(order["creditmemos"]), order["state"]) == (1, "complete")
    assert creator.sold() == {"MUG-01": 2}
    assert [list(merchant.told(order_id)) for order_id in order_ids] == [
        ["1Z999AA10123456784"],
        [],
        ["1Z999AA10123456784"],
    ]
    assert [work.row(order_id).sync_state for order_id in order_ids] == ["synced"] * 3
    creator.books_agree()


@pytest.mark.either_database
def test_a_database_from_before_tells_a_person_and_makes_no_second_order(creator: Creator, work: Any) -> None:
    order_ids = creator.together()
    with transaction() as session:
        for row in session.scalars(select(Order).order_by(Order.id.desc())):
            row.magento_order_id, row.magento_increment_id, row.magento_way = None, "", ""
            row.magento_cart_id = row.magento_placing_at = row.magento_corrected_at = row.booking = None
            row.combined_into = row.sample_closed_at = None
            row.created_at = row.create_time + timedelta(hours=1)
            session.flush()
    creator.end_window()
    for order_id in order_ids:
        assert work.sync_until_settled(order_id).error_code == "combined_unknown"
    assert len(work.magento_orders()) == 1


@pytest.mark.either_database
def test_one_that_was_created_alone_before_the_loss_takes_no_other_along(creator: Creator, work: Any) -> None:
    """The other would stand in no Magento order: the one that is there was made without it."""
    first = creator.sample()
    backup = backed_up()
    creator.end_window()
    creator.settle()
    [order] = work.magento_orders(first)
    restored(backup)
    second = creator.placed("HAT-07")
    work.sync(second)
    assert work.row(second).combined_into == work.row(first).id
    creator.settle()
    rows = [work.row(order_id) for order_id in (first, second)]
    assert [(row.sync_state, row.combined_into) for row in rows] == [("synced", None)] * 2
    assert rows[0].magento_order_id == order["entity_id"]
    assert [len(work.magento_orders(order_id)) for order_id in (first, second)] == [1, 1]
    creator.books_agree()


@pytest.mark.either_database
def test_a_reconciliation_finds_nothing_wrong_with_them(creator: Creator, work: Any) -> None:
    order_ids = creator.together(*SKUS)
    work.act(order_ids[2], "cancel")
    work.sync_until_settled(order_ids[2])
    creator.settle()
    creator.clock.turn(minutes=30)
    now = product_clock.now()
    run_id = reconcile.ask(db.session.scalar(select(Shop.id)), "ada@example.com", now - timedelta(days=1), now)
    run, found = reconcile.finish(run_id)
    assert isinstance(run, Reconciliation)
    assert [(one.tiktok_order_id, one.sentence) for one in found] == []
    assert (run.orders, run.agreed) == (3, 3)


@pytest.mark.either_database
def test_a_recorded_one_is_one_order_too(creator: Creator, work: Any) -> None:
    work.configure(samples="combine", sample_window="2", create_way="record")
    order_ids = creator.together(*SKUS)
    [order] = work.magento_orders()
    assert (order["increment_id"], order["ext_order_id"]) == (f"TT-{order_ids[0]}", order_ids[0])
    assert creator.sold() == {}
    assert creator.numbers(order_ids) == [{order["increment_id"]}] * 3
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    numbers = [f"1Z999AA1012345678{place}" for place in range(3)]
    for order_id, number in zip(order_ids, numbers, strict=True):
        ship_asks.ship(work.row(order_id).id, "staff@example.com", carrier_code="ups", title="", number=number)
        creator.settle()
    assert [list(merchant.told(order_id)) for order_id in order_ids] == [[number] for number in numbers]
