"""The pages of reconciliations and dead ends: what they show, and who may press which button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.blueprints.reconciliation import views
from connector.domain import reconciling
from connector.models import Difference, InboxEvent, Order, Reconciliation, Shop
from tests import factories


@pytest.fixture
def shop(session: Session) -> Shop:
    return factories.make_shop()


def report(session: Session, shop: Shop, *differences: Difference) -> Reconciliation:
    now = clock.now()
    run = Reconciliation(
        shop_id=shop.id, asked_by="x@y.z", since=now - timedelta(days=1), until=now, state="done", started_at=now
    )
    session.add(run)
    session.flush()
    for one in differences:
        one.reconciliation_id = run.id
        session.add(one)
    session.commit()
    return run


def test_a_report_lists_each_difference_with_a_button(staff: FlaskClient, session: Session, shop: Shop) -> None:
    order = factories.make_order(shop=shop)
    run = report(
        session,
        shop,
        Difference(tiktok_order_id=order.tiktok_order_id, kind="total", sentence="Magento says 1 where it comes to 2."),
    )
    page = staff.get(f"/activity/reconciliation/{run.id}").get_data(as_text=True)
    assert "Magento says 1 where it comes to 2." in page
    assert f"/orders/{order.tiktok_order_id}/sync-again" in page
    assert "1 for you" in staff.get("/activity/reconciliation").get_data(as_text=True)


def test_what_only_magento_has_is_opened_there(staff: FlaskClient, session: Session, shop: Shop) -> None:
    factories.make_store()
    lost = Difference(tiktok_order_id="42", kind="unknown", sentence="Not TikTok's.", magento_order_id=77)
    page = staff.get(f"/activity/reconciliation/{report(session, shop, lost).id}").get_data(as_text=True)
    assert "/admin/sales/order/view/order_id/77/" in page
    assert "Not on TikTok Shop" in page and "Not in Magento" not in page


def test_every_kind_of_difference_has_its_words() -> None:
    assert tuple(views.KINDS) == reconciling.KINDS


def test_what_was_given_to_a_worker_is_not_said_to_be_right(staff: FlaskClient, session: Session, shop: Shop) -> None:
    order = factories.make_order(shop=shop)
    given = Difference(tiktok_order_id=order.tiktok_order_id, kind="shipment", sentence="Shipped.", is_repaired=True)
    run = report(session, shop, given)
    assert "Given to a worker" in staff.get(f"/activity/reconciliation/{run.id}").get_data(as_text=True)
    assert "1 given to a worker" in staff.get("/activity/reconciliation").get_data(as_text=True)


def test_the_export_holds_every_difference_and_no_formula(viewer: FlaskClient, session: Session, shop: Shop) -> None:
    run = report(session, shop, Difference(tiktok_order_id="42", kind="doubled", sentence="=1+1", is_repaired=False))
    answer = viewer.get(f"/activity/reconciliation/{run.id}.csv")
    assert answer.mimetype == "text/csv"
    assert "42,,Twice in Magento,'=1+1,no," in answer.get_data(as_text=True)


def test_asking_writes_a_row_and_does_nothing_in_the_request(staff: FlaskClient, session: Session, shop: Shop) -> None:
    answer = staff.post("/activity/reconciliation", data={"since": "2026-01-01", "until": "2026-01-31"})
    assert answer.status_code == 303
    [run] = session.scalars(select(Reconciliation)).all()
    assert run.state == "running"
    assert run.until - run.since in (timedelta(days=31), timedelta(days=31, hours=1), timedelta(days=31, hours=-1))


def test_a_shop_that_is_not_compared_is_told_where_another_is(staff: FlaskClient, session: Session) -> None:
    factories.make_shop(time_zone="Pacific/Kiritimati")  # its day begins 25 hours before the other's
    factories.make_shop(name="West", time_zone="Pacific/Pago_Pago")
    today = str(clock.now().astimezone(ZoneInfo("Pacific/Kiritimati")).date())
    staff.post("/activity/reconciliation", data={"since": today, "until": today})
    assert len(session.scalars(select(Reconciliation)).all()) == 1
    page = staff.get("/activity/reconciliation").get_data(as_text=True)
    assert "The shop West is not compared: The beginning of the period must lie before its end." in page


@pytest.mark.parametrize(
    "address", ["/activity/reconciliation/{}", "/activity/reconciliation/{}.csv", "/orders/all/{}", "/rules/{}"]
)
def test_a_number_that_no_row_can_have_is_no_page(staff: FlaskClient, address: str) -> None:
    assert staff.get(address.format("9" * 20)).status_code == 404


def test_a_viewer_presses_no_button(viewer: FlaskClient, shop: Shop) -> None:
    buttons = ("/reconciliation", "/dead-ends/orders", "/dead-ends/events", "/dead-ends/events/dropped")
    for address in buttons:
        assert viewer.post(f"/activity{address}").status_code == 403


def test_dead_ends_show_cause_and_next_step_and_go_on(staff: FlaskClient, session: Session, shop: Shop) -> None:
    order = factories.make_failed_order(shop)
    session.add(
        InboxEvent(
            dedupe_key="k", type=1, tiktok_shop_id="9", body=b"{}", received_at=clock.now(), state="unknown_shop"
        )
    )
    session.commit()
    page = staff.get("/activity/dead-ends").get_data(as_text=True)
    assert order.error_message in page and "Map this SKU" in page and "Its shop 9 is not connected." in page
    staff.post("/activity/dead-ends/orders", data={"code": order.error_code})
    staff.post("/activity/dead-ends/events")
    session.expire_all()
    assert session.get_one(Order, order.id).sync_state == "pending"
    assert session.scalars(select(InboxEvent.state)).one() == "new"


def test_an_event_that_is_not_needed_leaves_the_dead_ends_and_the_alert(staff: FlaskClient, session: Session) -> None:
    event = InboxEvent(
        dedupe_key="k", type=1, body=b"{}", received_at=clock.now(), state="failed", error="Not an event."
    )
    session.add(event)
    session.commit()
    failed = 'connector_inbox_events{state="failed"}'
    assert f"{failed} 1.0" in staff.get("/metrics").text
    assert "Not needed</button>" in staff.get("/activity/dead-ends").text
    page = staff.post("/activity/dead-ends/events/dropped", data={"id": str(event.id)}, follow_redirects=True).text
    assert "Every event was handled." in page and "until it is 90 days old" in page
    assert f"{failed} 0.0" in staff.get("/metrics").text
    assert "Not needed, as somebody said" in staff.get("/activity?tab=webhooks").text
    for wanted in (str(event.id), "", "9" * 20, "x"):
        page = staff.post("/activity/dead-ends/events/dropped", data={"id": wanted}, follow_redirects=True).text
        assert "not among the dead ends any more" in page


def test_orders_that_want_different_things_are_different_causes(
    staff: FlaskClient, session: Session, shop: Shop
) -> None:
    orders = {}
    for sku in ("MUG-02", "CUP-07"):
        orders[sku] = factories.make_failed_order(shop)
        orders[sku].error_subject, orders[sku].error_message = sku, f"Magento has no product with SKU {sku}."
    session.commit()
    page = staff.get("/activity/dead-ends").get_data(as_text=True)
    for sku in orders:
        assert page.count(f'<td class="whole">Magento has no product with SKU {sku}.<br>') == 1
    code = orders["MUG-02"].error_code
    staff.post("/activity/dead-ends/orders", data={"code": code, "subject": "MUG-02"})
    session.expire_all()
    states = {sku: session.get_one(Order, order.id).sync_state for sku, order in orders.items()}
    assert states == {"MUG-02": "pending", "CUP-07": "error"}


def test_a_report_says_that_all_is_alike_only_when_it_is(staff: FlaskClient, session: Session, shop: Shop) -> None:
    run = report(session, shop)
    run.orders, run.agreed, run.under_way = 3, 2, 1
    session.commit()
    assert "Both sides are alike" not in staff.get(f"/activity/reconciliation/{run.id}").get_data(as_text=True)
    run.agreed = 3
    session.commit()
    assert "Both sides are alike" in staff.get(f"/activity/reconciliation/{run.id}").get_data(as_text=True)


def test_both_pages_are_there_while_nothing_is(log_in: Callable[[str], FlaskClient]) -> None:
    client = log_in("viewer")
    assert "Nothing has been compared yet" in client.get("/activity/reconciliation").get_data(as_text=True)
    assert "No order stands still." in client.get("/activity/dead-ends").get_data(as_text=True)
    assert client.get("/activity/reconciliation/77").status_code == 404
