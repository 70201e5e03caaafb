"""What the merchant does in Magento is noticed: once, whatever it is, and unrelated orders cost nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connector.clock import now
from connector.extensions import db, queue
from connector.models import Order, SeenCarrier, Store
from connector.models.transaction import end_transaction, transaction
from connector.sync import watch
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "TEE-RED-M", "quantity": 1}]


@pytest.fixture
def merchant(work: Any) -> Merchant:
    return Merchant(work)


@pytest.fixture
def order_id(work: Any) -> str:
    order_id: str = work.place(lines=LINES)
    work.sync(order_id)
    return order_id


def test_a_shipment_in_magento_is_observed_once(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.look()
    before = work.row(order_id).observed
    merchant.ship(order_id, "1Z999")
    assert merchant.look() == 1
    assert work.row(order_id).observed == before + 1
    assert work.row(order_id).due_at is not None
    assert merchant.look() == 0  # the overlap shows it again
    assert work.row(order_id).observed == before + 1


def test_what_the_run_itself_did_in_magento_is_not_observed(merchant: Merchant, order_id: str) -> None:
    assert merchant.look() == 0


@pytest.mark.parametrize("change", ["cancel", "hold", "refund"])
def test_what_becomes_of_the_order_in_magento_is_observed(
    work: Any, merchant: Merchant, order_id: str, change: str
) -> None:
    if change == "cancel":
        work.configure(invoice=False)
        order_id = work.place(lines=LINES)
        work.sync(order_id)
    merchant.look()
    getattr(merchant.admin, change)(work.row(order_id).magento_order_id)
    assert merchant.look() == 1
    assert merchant.look() == 0


def test_held_and_released_and_held_again_is_observed_each_time(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.look()
    magento_id = work.row(order_id).magento_order_id
    for change in (merchant.admin.hold, merchant.admin.unhold, merchant.admin.hold):
        change(magento_id)
        assert merchant.look() == 1


def test_a_comment_in_magento_wakes_nobody(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.look()
    merchant.admin.add_comment(work.row(order_id).magento_order_id, "packed by Jo", "processing")
    assert merchant.look() == 0


@pytest.mark.parametrize("touches", [True, False])
def test_a_track_added_later_is_observed_whether_or_not_magento_touches_the_shipment(
    work: Any, merchant: Merchant, order_id: str, touches: bool
) -> None:
    work.magento.state.settings.change({"track_touches_shipment": touches})
    shipment_id = merchant.ship(order_id)
    assert merchant.look() == 1
    assert merchant.look() == 0
    merchant.add_track(order_id, shipment_id, "1Z999")
    assert merchant.look() == 1
    assert merchant.look() == 0


def test_a_number_that_could_not_be_told_is_looked_at_until_it_is_put_right(
    work: Any, merchant: Merchant, order_id: str, clock: Any
) -> None:
    """The right track is added, then the wrong one taken off: the shipment has one all the time, and is as it was for Magento."""
    work.magento.state.settings.change({"track_touches_shipment": False})
    merchant.map("ups", "UPS")
    shipment_id = merchant.ship(order_id, "1Z")
    merchant.settle()
    assert work.row(order_id).error_code == "bad_tracking_number"
    [wrong] = merchant.admin.shipments_of(work.row(order_id).magento_order_id)[0].tracks
    merchant.add_track(order_id, shipment_id, "1Z999")
    merchant.admin.delete_track(wrong.entity_id)
    with transaction() as session:  # later, when what is read twice to be sure ends after the shipment
        session.execute(update(Store).values(shipments_watermark=clock.turn(minutes=10), last_watch_at=None))
    merchant.settle()
    assert set(merchant.told(order_id)) == {"1Z999"}
    assert work.row(order_id).error_code == ""


def test_the_carriers_of_all_shipments_are_kept_for_the_carrier_page(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    merchant.ship(order_id, "1Z999", carrier="custom", title="My Courier", only={"MUG-01": 1})
    merchant.ship(order_id, "1Z998", carrier="ups", title="United Parcel", only={"MUG-01": 1})
    merchant.look()
    merchant.look()
    rows = db.session.execute(select(SeenCarrier.carrier_code, SeenCarrier.title).order_by(SeenCarrier.id)).all()
    end_transaction()
    assert sorted(map(tuple, rows)) == [("custom", "My Courier"), ("ups", "")]


def test_unrelated_orders_cost_no_request_each(work: Any, merchant: Merchant, order_id: str) -> None:
    magento_id = work.row(order_id).magento_order_id
    state = work.magento.state
    work.books_are_checked = False
    merchant.look()
    with state.lock:
        for number in range(300):
            copied = dict(state.orders[magento_id].row) | {"entity_id": 9000 + number, "ext_order_id": None}
            copied["updated_at"] = state.now()
            state.orders[9000 + number] = type(state.orders[magento_id])(row=copied, items=[])
        state.calls.clear()
    assert merchant.look() == 0
    with state.lock:
        paths = [call.path for call in state.calls]
    assert len(paths) == 2  # shipments and orders, one page each


def test_a_failing_store_is_written_down_and_looked_at_again(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.look()
    merchant.ship(order_id, "1Z999")
    work.magento.state.faults.add(_fault("status", path="/V1/orders", status=503, times=1))
    merchant.look()
    store = db.session.scalars(select(Store).execution_options(populate_existing=True)).one()
    end_transaction()
    assert store.last_error
    assert store.watch_lease_until is None
    merchant.look()
    assert work.row(order_id).due_at is not None
    store = db.session.scalars(select(Store).execution_options(populate_existing=True)).one()
    end_transaction()
    assert store.last_error == ""


def test_a_fault_of_ours_is_written_down_at_the_store_as_any_other(
    work: Any, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch._Watch, "_tracks", lambda self: {}["a fault"])
    assert merchant.look() == 0
    store = db.session.scalars(select(Store).execution_options(populate_existing=True)).one()
    end_transaction()
    assert "KeyError" in store.last_error
    assert (store.last_watch_at, store.watch_lease_until) == (None, None)


def test_a_look_that_failed_in_the_middle_misses_nothing(work: Any, merchant: Merchant) -> None:
    orders = [work.place(lines=[{"seller_sku": "MUG-01", "quantity": 1}]) for _ in range(5)]
    for order_id in orders:
        work.sync(order_id)
    merchant.look()
    for order_id in orders:
        merchant.ship(order_id, f"1Z{order_id[-8:]}")
    watch.PAGE, page = 2, watch.PAGE
    try:
        work.magento.state.faults.add(_fault("cut", path="/V1/orders", times=1))
        merchant.look()
        merchant.look()
    finally:
        watch.PAGE = page
    assert all(work.row(order_id).due_at is not None for order_id in orders)


def test_somebody_elses_look_is_left_to_them(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.ship(order_id, "1Z999")
    with transaction() as session:
        session.execute(update(Store).values(watch_lease_until=now() + timedelta(seconds=30)))
    assert merchant.look() == 0
    with transaction() as session:
        session.execute(update(Store).values(watch_lease_until=now() - timedelta(seconds=1)))
    assert merchant.look() == 1


def test_two_schedulers_start_one_watch(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(queue, "wake_watch", lambda store_id, *, bucket="": woken.append(store_id) or True)
    assert (watch.start_watches(), watch.start_watches()) == (1, 0)
    assert len(woken) == 1


def test_an_ignored_order_stays_as_it_is(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.look()
    with transaction() as session:
        session.execute(update(Order).values(sync_state="ignored", due_at=None))
    merchant.ship(order_id, "1Z999")
    merchant.look()
    assert work.row(order_id).due_at is None


def _fault(kind: str, **values: Any) -> Any:
    from sandbox.faults import Fault

    return Fault(kind=kind, **values)


@pytest.mark.parametrize("minutes", [10, -10])
def test_what_happens_after_our_clock_was_put_right_is_observed(
    work: Any, merchant: Merchant, order_id: str, clock: Any, minutes: int
) -> None:
    clock.turn(minutes=minutes)
    for _ in range(2):
        merchant.look()
    clock.turn(minutes=-minutes)
    merchant.look()
    merchant.ship(order_id, "1Z999")
    assert merchant.look() == 1
