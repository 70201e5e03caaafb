"""A database that is restored from an older backup, or lost: what Magento has already is taken over, never made twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from connector import clock
from connector.domain.sku_mapping import MappedProduct
from connector.extensions import db
from connector.models import Order, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, converge, reconcile, sku_mappings


def forget_everything() -> None:
    with transaction() as session:
        session.execute(delete(TimelineEntry))
        session.execute(delete(Order))


def known_late(work: Any, order_id: str) -> None:
    """As if the order were an hour old when it becomes known again."""
    work.hint(order_id)
    with transaction() as session:
        session.execute(update(Order).values(created_at=clock.now() + timedelta(hours=1)))


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_an_order_of_a_lost_database_is_taken_over(work: Any, way: str) -> None:
    work.configure(create_way=way)
    order_id = work.place(lines=[{"seller_sku": "MUG-01", "quantity": 1}])
    assert work.sync_until_settled(order_id).sync_state == "synced"
    stock = work.magento_books()["stock"]["MUG-01"]["salable"]
    forget_everything()
    known_late(work, order_id)
    row = work.sync_until_settled(order_id)
    assert (row.sync_state, row.magento_way) == ("synced", way)
    [order] = work.magento_orders(order_id)
    assert row.magento_order_id == order["entity_id"]
    assert len(order["invoices"]) <= 1
    assert len(order["comments"]) == len(set(order["comments"]))
    assert work.magento_books()["stock"]["MUG-01"]["salable"] == stock
    assert "taken_over" in work.timeline(order_id)


def test_its_amounts_are_known_again_and_compared(work: Any, clock: Any) -> None:
    work.books_are_checked = False
    order_id = work.place(lines=[{"seller_sku": "MUG-01", "quantity": 2}])
    booking = work.sync_until_settled(order_id).booking
    forget_everything()
    known_late(work, order_id)
    row = work.sync_until_settled(order_id)
    assert (row.booking["totals"], row.needs_look) == (booking["totals"], False)
    with work.magento.state.lock:
        [order] = work.magento.state.orders.values()
        order.row["grand_total"] -= 1
    clock.turn(minutes=5)
    now = clock.turn(minutes=0)
    _, found = reconcile.finish(reconcile.ask(row.shop_id, "ada@example.com", now - timedelta(days=1), now))
    assert [(one.kind, one.is_repaired) for one in found] == [("total", False)]


@pytest.mark.either_database
def test_a_total_that_cannot_be_told_is_for_a_person(work: Any) -> None:
    """The settings have changed since the order was created."""
    order_id = work.place(
        lines=[{"seller_sku": "MUG-01", "quantity": 1, "platform_discount": "2.00"}],
    )
    work.sync_until_settled(order_id)
    forget_everything()
    work.configure(price_basis="merchant_paid")
    known_late(work, order_id)
    row = work.sync_until_settled(order_id)
    assert (row.sync_state, row.booking, row.needs_look) == ("synced", None, True)
    assert "total_unknown" in work.timeline(order_id)


def test_a_cancellation_after_the_loss_is_followed(work: Any) -> None:
    order_id = work.place()
    work.sync_until_settled(order_id)
    forget_everything()
    work.act(order_id, "cancel")
    known_late(work, order_id)
    assert work.sync_until_settled(order_id).sync_state == "synced"
    assert [order["state"] for order in work.magento_orders()] == ["closed"]


def test_two_magento_orders_are_shown_and_no_third_is_made(work: Any) -> None:
    first, second = work.place(), work.place()
    work.sync_until_settled(first)
    work.sync_until_settled(second)
    with work.magento.state.lock:
        for order in work.magento.state.orders.values():
            order.row["ext_order_id"] = first
    forget_everything()
    known_late(work, first)
    assert work.sync_until_settled(first).error_code == "several_magento_orders"
    assert len(work.magento_orders()) == 2


@pytest.mark.either_database
def test_the_one_that_is_left_of_two_magento_orders_is_taken_over(work: Any, desk: Any) -> None:
    """The other was cancelled, as the remedy says."""
    work.configure(invoice=False)
    first, second = work.place(), work.place()
    work.sync_until_settled(first)
    mine = work.row(first).magento_order_id
    other = work.sync_until_settled(second).magento_order_id
    with work.magento.state.lock:
        work.magento.state.orders[other].row["ext_order_id"] = first
    forget_everything()
    known_late(work, first)
    assert work.sync_until_settled(first).error_code == "several_magento_orders"
    assert desk.admin.cancel(other)
    row = work.sync_until_settled(first)
    assert (row.sync_state, row.magento_order_id) == ("synced", mine)


def test_a_new_order_costs_no_search(work: Any) -> None:
    order_id = work.place()
    begun = calls_made(work)
    work.sync_until_settled(order_id)
    assert searches(work, begun) == 0


def calls_made(work: Any) -> int:
    with work.magento.state.lock:
        return len(work.magento.state.calls)


def searches(work: Any, begun: int) -> int:
    """How many times Magento's orders were searched since so many calls had been made."""
    with work.magento.state.lock:
        calls = list(work.magento.state.calls)[begun:]
    return len([call for call in calls if call.method == "GET" and call.path.startswith("/rest/V1/orders?")])


def backed_up() -> list[dict[str, Any]]:
    """The orders' rows as they are."""
    rows = [dict(row) for row in db.session.execute(select(Order.__table__)).mappings()]
    end_transaction()
    return rows


def restored(rows: list[dict[str, Any]]) -> None:
    """As if the database were lost, and an older one put in its place."""
    forget_everything()
    with transaction() as session:
        session.execute(insert(Order.__table__), rows)


def on_hold(work: Any) -> tuple[str, Any]:
    order_id = work.place(status="ON_HOLD")
    assert work.sync_until_settled(order_id).waiting_for == "on_hold"
    return order_id, lambda: work.act(order_id, "release_hold")


def by_hand(work: Any) -> tuple[str, Any]:
    work.configure(create_when="by_hand")
    order_id = work.place()
    assert work.sync_until_settled(order_id).waiting_for == "by_hand"
    return order_id, lambda: asks.create(work.row(order_id).id, "ada@example.com")


def unknown_sku(work: Any) -> tuple[str, Any]:
    order_id = work.place(lines=[{"seller_sku": "NOT-THERE"}])
    assert work.sync_until_settled(order_id).error_code == "unknown_sku"
    return order_id, lambda: sku_mappings.save("NOT-THERE", [MappedProduct(sku="MUG-01")], "ada@example.com")


@pytest.mark.parametrize("waiting", [on_hold, by_hand, unknown_sku])
def test_an_order_that_waited_when_the_backup_was_made_is_not_created_again(work: Any, waiting: Any) -> None:
    """Known within seconds, created after the backup: its row does not tell that it was."""
    order_id, go_on = waiting(work)
    backup = backed_up()
    go_on()
    assert work.sync_until_settled(order_id).sync_state == "synced"
    stock = work.magento_books()["stock"]["MUG-01"]["salable"]
    restored(backup)
    row = work.sync_until_settled(order_id)
    [order] = work.magento_orders()
    assert (row.sync_state, row.magento_order_id) == ("synced", order["entity_id"])
    assert work.magento_books()["stock"]["MUG-01"]["salable"] == stock


@pytest.mark.either_database
def test_an_order_that_nobody_had_come_to_when_the_backup_was_made_is_not_created_again(work: Any, clock: Any) -> None:
    order_id = work.place()
    row_id = work.hint(order_id)
    backup = backed_up()
    converge.sync_order(row_id)
    assert work.row(order_id).sync_state == "synced"
    restored(backup)
    clock.turn(minutes=6)
    converge.sync_order(row_id)
    row = work.row(order_id)
    [order] = work.magento_orders()
    assert (row.sync_state, row.magento_order_id) == ("synced", order["entity_id"])


@pytest.mark.either_database
def test_an_order_that_has_to_wait_no_more_costs_one_search(work: Any) -> None:
    order_id, release = on_hold(work)
    begun = calls_made(work)
    release()
    assert work.sync_until_settled(order_id).sync_state == "synced"
    assert searches(work, begun) == 1


@pytest.mark.either_database
def test_a_reconciliation_links_what_nothing_else_wakes(work: Any, clock: Any) -> None:
    """The merchant sets orders to be created by hand: restored, it waits for a click that was made already."""
    order_id, create = by_hand(work)
    backup = backed_up()
    create()
    number = work.sync_until_settled(order_id).magento_increment_id
    restored(backup)
    clock.turn(minutes=5)
    now = clock.turn(minutes=0)
    _, found = reconcile.finish(reconcile.ask(work.row(order_id).shop_id, "ada", now - timedelta(days=1), now))
    assert [(one.sentence, one.is_repaired) for one in found] == [
        (f"Magento has the order as {number}, but it is not linked here.", True)
    ]
    converge.sync_order(work.row(order_id).id)
    assert work.row(order_id).magento_increment_id == number
