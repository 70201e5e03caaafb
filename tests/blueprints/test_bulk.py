"""Actions on all orders that match: chosen, started, watched, and what came of them."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from connector.models import BulkRun, CancelAsk
from connector.sync import bulk, bulk_cancel
from tests import factories
from tests.factories import make_failed_order, make_order, make_shop, work_on_all

HTMX = {"HX-Request": "true"}


def choose(client: FlaskClient, address: str) -> str:
    """Selects all that match; returns the address of the page that asks what to do with them."""
    answer = client.post(address)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_the_offer_says_how_many_match(staff: FlaskClient) -> None:
    shop = make_shop()
    for _ in range(3):
        make_failed_order(shop)
    make_order(shop)
    assert "Select all 3 that match" in staff.get("/orders/all/offer?tab=error", headers=HTMX).text
    assert "Select all 4 that match" in staff.get("/orders/all/offer?q=mug", headers=HTMX).text
    assert 'hx-get="/orders/all/offer?tab=error"' in staff.get("/orders?tab=error").text


def test_the_number_is_frozen_at_the_click(staff: FlaskClient) -> None:
    shop = make_shop()
    early = [make_failed_order(shop) for _ in range(2)]
    page = choose(staff, "/orders/all?tab=error")
    late = make_failed_order(shop)
    assert "2 orders selected" in staff.get(page).text
    staff.post(page, data={"what": "ignore"})
    work_on_all()
    for order in (*early, late):
        factories.reload(order)
    assert [order.sync_state for order in (*early, late)] == ["ignored", "ignored", "error"]


def test_an_order_that_left_the_filter_meanwhile_stays_chosen(staff: FlaskClient) -> None:
    order = make_failed_order()
    page = choose(staff, "/orders/all?tab=error")
    staff.post(f"/orders/{order.tiktok_order_id}/sync-again")  # no error any more
    staff.post(page, data={"what": "ignore"})
    work_on_all()
    factories.reload(order)
    assert order.sync_state == "ignored"


def test_the_page_shows_the_progress_and_then_what_failed_and_why(
    staff: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    monkeypatch.setattr(bulk, "AT_A_TIME", 0.0)
    shop = make_shop()
    made = [make_order(shop) for _ in range(3)]
    ignored = make_order(shop, row={"sync_state": "ignored"})
    page = choose(staff, "/orders/all")
    staff.post(page, data={"what": "sync-again"})
    started = staff.get(page).text
    assert 'value="0" max="4"' in started
    assert 'hx-trigger="every 1s"' in started
    run_id = work_on_all()  # one chunk, then the worker looks after something else
    session.expire_all()
    run = session.get_one(BulkRun, run_id)
    assert (run.state, run.done, run.failed, run.left) == ("running", 2, 0, 2)
    assert 'value="2" max="4"' in staff.get("/orders").text  # whoever comes back to the list sees it
    while session.get_one(BulkRun, run_id, populate_existing=True).state == "running":
        work_on_all()
    ended = staff.get(page).text
    assert "Tried 4 orders again." in ended
    assert re.search(r"<b>3</b> done.*<b>1</b> failed.*<b>0</b> left", ended, re.S)
    assert f"{ignored.tiktok_order_id}</a></td><td>The order is ignored. Take it back first." in ended
    assert all(order.tiktok_order_id not in ended for order in made)


def test_what_goes_wrong_afterwards_is_told_too(staff: FlaskClient, session: Session) -> None:
    order = make_failed_order()
    page = choose(staff, "/orders/all?tab=error")
    staff.post(page, data={"what": "sync-again"})
    work_on_all()
    assert "Nothing failed" in staff.get(page).text
    factories.reload(order)
    order.sync_state = "error"
    order.error_message = "The store is away."
    session.commit()
    text = staff.get(page).text
    assert "The store is away." in text
    assert "<b>1</b> in Error" in text


def test_few_that_match_are_asked_about_at_tiktok(staff: FlaskClient) -> None:
    shop = make_shop()
    wanted, gone = make_order(shop), make_order(shop, status="COMPLETED")
    page = choose(staff, "/orders/all")
    assert "Cancel 1 order…" in staff.get(page).text
    answer = staff.post(f"{page}/cancel")
    assert answer.headers["Location"] == f"/orders/cancel?id={wanted.tiktok_order_id}"
    assert "TikTok Shop is being asked: 0 of 1 answered." in staff.get(answer.headers["Location"]).text
    assert gone.tiktok_order_id not in answer.headers["Location"]


def test_all_that_match_are_cancelled_with_one_reason(
    staff: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop()
    wanted = make_order(shop)
    gone = make_order(shop, status="CANCELLED")
    unpaid = make_order(shop, status="UNPAID")
    monkeypatch.setattr(bulk_cancel, "ASKED_ONE_BY_ONE", 1)  # as if they were too many to ask TikTok about each
    page = choose(staff, "/orders/all")
    offered = staff.get(page).text
    assert re.findall('name="reason" value="([^"]+)"', offered) == [
        "Out of stock",
        "Pricing error",
        "Buyer requested cancellation",
    ]  # what TikTok has for paid orders and for unpaid ones
    assert 'value="Out of stock" required> Nicht auf Lager' in staff.get(page, headers={"Accept-Language": "de"}).text
    assert "1 order is cancelled already." in offered
    session.delete(session.merge(unpaid))
    session.commit()
    page = choose(staff, "/orders/all")
    refused = staff.post(page, data={"what": "cancel"}, headers=HTMX)
    assert "Choose a reason." in refused.headers["HX-Trigger"]
    staff.post(page, data={"what": "cancel", "reason": "Out of stock"})
    work_on_all()
    ask = session.query(CancelAsk).one()
    assert (ask.order_id, ask.reason) == (wanted.id, "Out of stock")
    text = staff.get(page).text
    assert f"{gone.tiktok_order_id}</a></td><td>The order is cancelled on TikTok Shop: nothing can be cancelled" in text
    ask.state, ask.message = "refused", "The order is shipped"
    session.commit()
    assert "The order is shipped" in staff.get(page).text


def test_pressed_twice_it_is_done_once(staff: FlaskClient, session: Session) -> None:
    order = make_failed_order()
    observed = order.observed
    page = choose(staff, "/orders/all")
    for _ in range(2):
        assert staff.post(page, data={"what": "sync-again"}).status_code == 303
        work_on_all() if session.query(BulkRun).filter_by(state="running").count() else None
        session.commit()
    factories.reload(order)
    assert order.observed == observed + 1
    other = staff.post(page, data={"what": "ignore"}, headers=HTMX)
    assert "Something else is being done" in other.headers["HX-Trigger"]


def test_more_than_a_run_takes_is_refused(staff: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 1)
    shop = make_shop()
    make_order(shop), make_order(shop)
    answer = staff.post("/orders/all", headers=HTMX)
    assert "More than 1 orders match." in answer.headers["HX-Trigger"]


@pytest.mark.parametrize("what", ["delete", "", "export"])
def test_an_unknown_action_is_refused(staff: FlaskClient, what: str) -> None:
    make_order()
    assert staff.post(choose(staff, "/orders/all"), data={"what": what}).status_code == 400


def test_nobody_starts_what_somebody_else_chose(staff: FlaskClient, admin: FlaskClient) -> None:
    make_order()
    page = choose(staff, "/orders/all")
    assert "Sync again" not in admin.get(page).text
    assert admin.post(page, data={"what": "ignore"}).status_code == 400


def test_the_export_of_a_selection_holds_these_orders_alone(staff: FlaskClient) -> None:
    shop = make_shop()
    chosen, other = make_order(shop), make_order(shop)
    answer = staff.post("/orders/selected", data={"what": "export-xlsx", "id": chosen.tiktok_order_id})
    assert answer.status_code == 303
    book = zipfile.ZipFile(io.BytesIO(staff.get(answer.location).data))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert chosen.tiktok_order_id in sheet
    assert other.tiktok_order_id not in sheet
    run = answer.location.partition("?")[2]
    assert staff.get(f"/orders/export.csv?{run}").text.count("\n") == 2
