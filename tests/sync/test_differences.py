"""What counts as a difference, and which of them a worker puts right: said by the second comparison, after the worker's run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connector.extensions import db
from connector.models import Difference
from connector.models.transaction import end_transaction
from connector.sync import comparing
from sandbox.tiktok.logistics import providers_of
from tests.sync.aftersales import Desk
from tests.sync.test_reconcile import compared, synced
from tests.sync.test_samples_together import Creator

pytestmark = pytest.mark.either_database


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "GRACE", timedelta(seconds=-60))
    monkeypatch.setattr("connector.domain.reconciling.TOLD_WITHIN", timedelta(seconds=-60))


def differences(work: Any, order_id: str) -> list[tuple[str, bool]]:
    """Kind and whether it was given to a worker."""
    _, found = compared(work)
    return [(kind, is_given) for number, kind, is_given in found if number == order_id]


def sentences(work: Any) -> list[str]:
    run, _ = compared(work)
    found = db.session.scalars(select(Difference.sentence).where(Difference.reconciliation_id == run.id)).all()
    end_transaction()
    return list(found)


def in_magento(work: Any, order_id: str) -> Any:
    """The sandbox Magento's own order, to be changed as an extension or the database would."""
    work.books_are_checked = False
    return work.magento.state.orders[work.row(order_id).magento_order_id]


# -- what no worker does is not said to be given to one ------------------------------------------------------------------------


@pytest.mark.parametrize("shipping_type", ["TIKTOK", "SELLER"])
def test_what_was_not_shipped_in_magento_is_for_a_worker_while_it_is_on_its_way_only(
    work: Any, desk: Desk, shipping_type: str
) -> None:
    on_its_way, delivered = desk.placed(shipping_type=shipping_type), desk.placed(shipping_type=shipping_type)
    desk.act(on_its_way, "ship")
    for action in ("ship", "collect", "deliver"):
        desk.act(delivered, action)
    assert differences(work, on_its_way) == [("shipment", True)]
    work.sync_until_settled(on_its_way)
    assert differences(work, on_its_way) == []
    desk.settle(delivered)
    assert differences(work, delivered) == [("shipment", False)]


def test_what_a_worker_has_had_and_left_as_it_is_is_for_a_person(work: Any, desk: Desk) -> None:
    order_id = desk.placed(shipping_type="TIKTOK")
    desk.act(order_id, "ship")
    desk.settle(order_id)
    assert differences(work, order_id) == []
    with work.magento.state.lock:
        in_magento(work, order_id).items[0]["qty_shipped"] = 1  # the parcel's number is in Magento all the same
    assert differences(work, order_id) == [("shipment", True)]
    assert work.row(order_id).sync_state == "pending"
    for _ in range(2):
        assert work.sync_until_settled(order_id).sync_state == "synced"
        assert differences(work, order_id) == [("shipment", False)]


def test_a_cancellation_that_the_merchant_wants_to_stay_in_magento_is_no_difference(work: Any, desk: Desk) -> None:
    work.configure(magento_cancel="nothing", invoice=False)
    cancelled = desk.placed()
    work.configure(magento_cancel="nothing")
    credited = desk.placed()
    for order_id in (cancelled, credited):
        desk.magento_cancels(order_id)
    assert {work.magento_orders(order_id)[0]["state"] for order_id in (cancelled, credited)} == {"canceled", "closed"}
    run, found = compared(work)
    assert (run.agreed, found) == (2, [])


def test_a_magento_order_that_was_deleted_is_for_a_person(work: Any) -> None:
    order_id = synced(work)
    work.books_are_checked = False
    with work.magento.state.lock:
        work.magento.state.orders.clear()
    assert differences(work, order_id) == [("existence", False)]


def test_a_number_that_was_emptied_in_magento_is_written_anew(work: Any) -> None:
    order_id = synced(work)
    with work.magento.state.lock:
        in_magento(work, order_id).row["ext_order_id"] = None
    assert differences(work, order_id) == [("unlinked", True)]
    work.sync_until_settled(order_id)
    assert len(work.magento_orders(order_id)) == 1
    assert differences(work, order_id) == []


# -- what is not alike -----------------------------------------------------------------------------------------------------------


def test_what_was_credited_in_magento_while_tiktok_awaits_it_is_a_difference(work: Any, desk: Desk) -> None:
    order_id = desk.placed()
    desk.magento_cancels(order_id)
    assert work.magento_orders(order_id)[0]["state"] == "closed"
    assert differences(work, order_id) == [("status", True)]
    assert desk.settle(order_id).error_code == "cancelled_in_magento"


def test_what_magento_ships_wholly_and_tiktok_in_part_is_for_a_worker(work: Any, desk: Desk) -> None:
    order_id = desk.placed()
    provider = providers_of("US")[0]["id"]
    one = desk.line_ids(order_id, "HAT-07")
    desk.act(order_id, "mark_shipped", tracking_number="1Z999AA10123456784", provider_id=provider, unit_ids=one)
    desk.settle(order_id)
    assert (desk.tiktok(order_id), differences(work, order_id)) == ("PARTIALLY_SHIPPING", [])
    desk.admin.ship(work.row(order_id).magento_order_id)
    assert differences(work, order_id) == [("shipment", True)]
    desk.settle(order_id)
    assert desk.row_state(order_id) == "error"  # without a number TikTok takes no parcel: the order says so


def test_what_tiktok_completed_and_magento_shipped_in_part_is_for_a_person(work: Any, desk: Desk) -> None:
    order_id = desk.placed()
    desk.ship(order_id, also_in_magento=False, until="complete")
    with work.magento.state.lock:
        in_magento(work, order_id).items[0]["qty_shipped"] = 1
    desk.settle(order_id)
    assert differences(work, order_id) == [("shipment", False)]
    assert sentences(work) == ["Shipped on TikTok Shop, but in Magento only in part."]


def test_what_magento_never_ships_is_not_waited_for(work: Any, desk: Desk) -> None:
    order_id = desk.placed()
    desk.ship(order_id, also_in_magento=False, until="complete")
    with work.magento.state.lock:
        parcel, download = in_magento(work, order_id).items
        parcel["qty_shipped"], download["product_type"] = parcel["qty_ordered"], "downloadable"
    desk.settle(order_id)
    assert differences(work, order_id) == []


def test_samples_that_are_one_magento_order_and_all_cancelled_are_a_difference(work: Any, clock: Any) -> None:
    creator = Creator(work, clock)
    orders = creator.together()
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(orders[0])[1].create_time -= 60  # so that they are not compared together
    assert len(work.magento_orders()) == 1
    assert compared(work)[1] == []
    work.act(orders[1], "cancel")
    assert compared(work)[1] == []
    work.act(orders[0], "cancel")
    assert sorted(compared(work)[1]) == sorted((order_id, "status", True) for order_id in orders)
    creator.settle()
    assert work.magento_orders()[0]["state"] in ("canceled", "closed")
    assert compared(work)[1] == []


def test_another_currency_in_magento_is_for_a_person(work: Any) -> None:
    order_id = synced(work)
    with work.magento.state.lock:
        in_magento(work, order_id).row["order_currency_code"] = "JPY"
    assert differences(work, order_id) == [("total", False)]


# -- two orders of one number ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_linked_cancelled", [False, True])
def test_of_two_magento_orders_the_cancelled_one_is_left_out_unless_it_is_ours(
    work: Any, desk: Desk, is_linked_cancelled: bool
) -> None:
    work.configure(invoice=False)
    first, second = synced(work), synced(work)
    mine, other = work.row(first).magento_order_id, work.row(second).magento_order_id
    with work.magento.state.lock:
        in_magento(work, second).row["ext_order_id"] = first
    assert differences(work, first) == [("doubled", False)]
    assert desk.admin.cancel(mine if is_linked_cancelled else other)
    assert differences(work, first) == ([("doubled", False)] if is_linked_cancelled else [])
