"""The button that fetches orders, and the export of what is listed."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.models import FetchRun
from tests import factories

HTMX = {"HX-Request": "true"}


def _runs(session: Session) -> list[FetchRun]:
    session.commit()
    return list(session.scalars(select(FetchRun).order_by(FetchRun.id)))


def test_the_button_asks_for_a_fetch_of_each_connected_shop(staff: FlaskClient, session: Session) -> None:
    one, two = factories.make_shop(), factories.make_shop()
    factories.make_shop(state="deauthorized")
    answer = staff.post("/orders/fetch", headers=HTMX)
    assert {run.shop_id for run in _runs(session)} == {one.id, two.id}
    assert 'hx-trigger="every 1s"' in answer.text
    assert one.name in answer.text


def test_pressed_twice_it_joins_the_run_under_way(staff: FlaskClient, session: Session) -> None:
    factories.make_shop()
    staff.post("/orders/fetch")
    staff.post("/orders/fetch")
    assert len(_runs(session)) == 1


def test_a_period_means_days_in_the_shops_time_zone_both_included(staff: FlaskClient, session: Session) -> None:
    factories.make_shop(time_zone="America/Los_Angeles")
    staff.post("/orders/fetch", data={"since": "2026-11-01", "until": "2026-11-02"})
    (run,) = _runs(session)
    # Daylight saving ended on the morning of the 1st.
    assert run.since == factories.at("2026-11-01 07:00")
    assert run.until == factories.at("2026-11-03 08:00")


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ({"since": "2026-11-05", "until": "2026-11-01"}, "The beginning of the period must lie before its end."),
        ({"since": "tomorrow"}, "tomorrow is not a day."),
    ],
)
def test_a_period_that_makes_no_sense_is_told(
    staff: FlaskClient, session: Session, period: dict[str, str], said: str
) -> None:
    factories.make_shop()
    answer = staff.post("/orders/fetch", data=period, headers=HTMX)
    assert json.loads(answer.headers["HX-Trigger"])["panel:toast"]["message"] == said
    assert _runs(session) == []


def test_without_a_shop_there_is_nothing_to_fetch(staff: FlaskClient) -> None:
    answer = staff.post("/orders/fetch", headers=HTMX)
    assert json.loads(answer.headers["HX-Trigger"])["panel:toast"]["message"] == "No shop is connected yet."


def test_the_progress_goes_on_by_itself_and_ends_with_what_was_found(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    run = factories.make_fetch_run(shop, pages=3, seen=280, new=12, updated=4)
    going = staff.get(f"/orders/fetch/progress?runs={run.id}", headers=HTMX).text
    assert f'hx-get="/orders/fetch/progress?runs={run.id}"' in going
    assert "<b>280</b> read" in going
    run = factories.make_fetch_run(shop, state="done", finished_at=clock.now(), new=12)
    ended = staff.get(f"/orders/fetch/progress?runs={run.id}", headers=HTMX).text
    assert "hx-trigger" not in ended
    assert "<b>12</b> new" in ended


def test_a_fetch_that_failed_says_why(staff: FlaskClient) -> None:
    run = factories.make_fetch_run(factories.make_shop(), state="failed", error="TikTok Shop refused the token.")
    assert "TikTok Shop refused the token." in staff.get(f"/orders/fetch/progress?runs={run.id},x", headers=HTMX).text


def test_a_run_under_way_is_shown_again_after_leaving_the_page(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    factories.make_fetch_run(shop, asked_by="somebody@example.com", seen=7)
    assert "fetch-run" not in staff.get("/orders").text
    staff.post("/orders/fetch", data={"since": "2026-11-01"})
    assert staff.get("/orders").text.count('class="fetch-run running"') == 1


def _exported(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_export_holds_what_the_list_shows(viewer: FlaskClient) -> None:
    shop = factories.make_shop(time_zone="Europe/London", name="Acme")
    factories.make_order(shop, status="CANCELLED")
    order = factories.make_order(
        shop,
        status="IN_TRANSIT",
        create_time=factories.at("2026-07-01 12:00"),
        row={"magento_increment_id": "000000012"},
    )
    (line,) = _exported(viewer, "/orders/export.csv?tab=in-transit")
    assert line["TikTok order"] == order.tiktok_order_id
    assert line["Magento order"] == "000000012"
    assert line["Created (Europe/London)"] == "2026-07-01 13:00:00"
    assert (line["Total"], line["Currency"], line["Shop"]) == ("17.49", "USD", "Acme")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx"])
def test_cells_that_begin_like_a_formula_are_defused(viewer: FlaskClient, name: str) -> None:
    factories.make_order(row={"buyer_name": name})
    (line,) = _exported(viewer, "/orders/export.csv")
    assert line["Buyer"] == "'" + name


def test_the_export_goes_on_over_its_batches_and_keeps_the_order(
    viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.blueprints.orders.export.BATCH", 2)
    shop = factories.make_shop()
    moment = clock.now()
    made = [factories.make_order(shop, create_time=moment - timedelta(minutes=n)).tiktok_order_id for n in range(5)]
    assert [line["TikTok order"] for line in _exported(viewer, "/orders/export.csv")] == made
