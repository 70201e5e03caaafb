"""The button that fetches orders, and the export of what is listed."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from connector import clock
from connector.blueprints.orders import export
from connector.models import FetchRun, Order
from tests import factories
from tests.support.databases import ENVIRON

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


@pytest.mark.parametrize("until", ["", "2026-11-02", "today"])
def test_a_period_pressed_twice_is_one_fetch_and_another_period_is_another(
    staff: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch, until: str
) -> None:
    factories.make_shop(time_zone="UTC")
    now = clock.now()
    until = now.date().isoformat() if until == "today" else until
    for seconds in (0, 40, 80):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(seconds=seconds): at)
        staff.post("/orders/fetch", data={"since": "2026-11-01", "until": until})
    assert len(_runs(session)) == 1
    staff.post("/orders/fetch", data={"since": "2026-11-01", "until": "2026-11-03"})
    staff.post("/orders/fetch", data={"since": "2026-10-31", "until": until})
    staff.post("/orders/fetch")
    assert len(_runs(session)) == 4


def test_a_second_run_is_shown_beside_the_one_under_way(staff: FlaskClient, session: Session) -> None:
    factories.make_shop()
    staff.post("/orders/fetch", headers=HTMX)
    answer = staff.post("/orders/fetch", data={"since": "2026-11-01"}, headers=HTMX)
    one, two = _runs(session)
    assert answer.text.count('class="fetch-run') == 2
    assert f"runs={one.id},{two.id}" in answer.text.replace("%2C", ",")


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
        ({"until": "9999-12-31"}, "9999-12-31 is not a day."),
    ],
)
def test_a_period_that_makes_no_sense_is_told(
    staff: FlaskClient, session: Session, period: dict[str, str], said: str
) -> None:
    factories.make_shop(name="Acme")
    answer = staff.post("/orders/fetch", data=period, headers=HTMX)
    told = json.loads(answer.headers["HX-Trigger"])["panel:toast"]["message"]
    assert told == f"The shop Acme is not fetched: {said}"
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


def test_the_export_has_the_columns_as_shown_or_all(viewer: FlaskClient) -> None:
    factories.make_order(tracking_number="1Z999", shipping_provider="UPS", status="IN_TRANSIT")
    viewer.post("/orders/columns", data={"column": ["total", "order", "status"]})
    assert list(_exported(viewer, "/orders/export.csv")[0]) == ["Total", "Currency", "TikTok order", "Status", "Error"]
    (line,) = _exported(viewer, "/orders/export.csv?columns=all")
    assert (line["Carrier"], line["Tracking number"], line["Product"]) == ("UPS", "1Z999", "Stoneware Mug")


HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "https://example.com",
    "\x01\x1b\ufffe",
    "</c>&\"'",
    "👍" * 40,
]


def test_a_workbook_holds_texts_as_texts_whatever_they_begin_with(viewer: FlaskClient) -> None:
    shop = factories.make_shop(name="=cmd|' /C calc'!A0")
    for name in HOSTILE:
        factories.make_order(shop, row={"buyer_name": name}, line_items=[factories.make_line(product_name=name)])
    book = viewer.get("/orders/export.xlsx?columns=all")
    assert book.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    with zipfile.ZipFile(io.BytesIO(book.data)) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    names = {element.tag.rpartition("}")[2] for element in sheet.iter()}
    assert not names & {"f", "hyperlink"}  # a formula, a link
    cells = [cell for cell in sheet.iter() if cell.tag.endswith("}c")]
    assert {cell.get("t", "n") for cell in cells} == {"inlineStr", "n"}
    texts = ["".join(cell.itertext()) for cell in cells if cell.get("t") == "inlineStr"]
    # XML knows no control characters, and ends its lines in its own way; every other text comes out as it went in.
    plain = [name for name in HOSTILE if not set(name) & set("\r\x01\x1b\ufffe")]
    assert all(texts.count(name) == 2 for name in plain)  # as buyer and as product
    assert texts.count("=cmd|' /C calc'!A0") == len(HOSTILE)


def test_a_workbook_of_too_many_rows_is_refused_where_it_was_asked_for(
    staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it can be sent before all of it is written: a router with a limit of 30 seconds would give up."""
    monkeypatch.setattr(export, "MOST_IN_A_WORKBOOK", 2)
    shop = factories.make_shop()
    chosen = [factories.make_order(shop).tiktok_order_id for _ in range(2)]
    assert staff.get("/orders/export.xlsx").mimetype == export.XLSX
    factories.make_order(shop)
    answer = staff.get("/orders/export.xlsx?columns=all&q=mug")
    assert (answer.status_code, answer.location) == (303, "/orders?q=mug")
    assert "More than 2 rows are too many for a workbook." in staff.get(answer.location).text
    assert staff.get("/orders/export.csv").text.count("\n") == 4
    # What was chosen of them is not too much.
    of_chosen = staff.post("/orders/selected", data={"what": "export-xlsx", "id": chosen}).location
    assert staff.get(of_chosen).mimetype == export.XLSX
    monkeypatch.setattr(export, "MOST_IN_A_WORKBOOK", 1)
    assert staff.get(of_chosen).location == f"/orders/all/{of_chosen.rpartition('=')[2]}"


def test_an_export_takes_no_more_memory_for_many_orders_than_for_few(app: Flask, session: Session) -> None:
    factories.make_order()
    session.execute(text(COPIES))
    session.commit()
    done = subprocess.run(
        [sys.executable, "-c", GROWTH],
        env=os.environ | ENVIRON | {"DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]},
        stdout=subprocess.PIPE, text=True, check=True, timeout=120,
    )  # fmt: skip
    lines, grown = map(int, done.stdout.split())
    assert lines == 6_001
    assert grown < 6_000, grown  # KiB; a page of a workbook, not 6,000 orders


#: 6,000 times the one order there is, under numbers of their own.
COPIES = """
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 6000),
    one AS (SELECT * FROM orders LIMIT 1)
    INSERT INTO orders ({columns}) SELECT {values} FROM n, one
"""
_COLUMNS = [column.key for column in Order.__table__.columns if column.key != "id"]
COPIES = COPIES.format(
    columns=", ".join(_COLUMNS),
    values=", ".join("one.tiktok_order_id || n.n" if key == "tiktok_order_id" else f"one.{key}" for key in _COLUMNS),
)
#: In a process of its own: both exports of a few orders, then of all, and by how much the most that it took has grown.
GROWTH = """
import resource
from connector import create_app
from connector.blueprints.orders import export
from connector.blueprints.orders.query import OrderQuery
from connector.blueprints.orders.tabs import tab_of

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def exported(source):
    lines = sum(part.count("\\n") for part in export._lines(source))
    for _ in export._workbook(source):
        pass
    return lines - 1

app = create_app()
with app.test_request_context():
    export.BATCH = 200
    few = OrderQuery(tab_of("all"), values={"country": "ZZ"})
    exported(export.Source(few, "UTC"))
    before = peak()
    lines = exported(export.Source(OrderQuery(tab_of("all")), "UTC"))
    print(lines, peak() - before)
"""


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


def test_a_shop_that_is_not_fetched_is_told_where_another_is(staff: FlaskClient, session: Session) -> None:
    factories.make_shop(time_zone="Pacific/Kiritimati")  # its day begins 25 hours before the other's
    factories.make_shop(name="West", time_zone="Pacific/Pago_Pago")
    today = str(clock.now().astimezone(ZoneInfo("Pacific/Kiritimati")).date())
    told = "The shop West is not fetched: The beginning of the period must lie before its end."
    staff.post("/orders/fetch", data={"since": today, "until": today})
    assert len(_runs(session)) == 1
    assert told in staff.get("/orders").text
    answer = staff.post("/orders/fetch", data={"since": today, "until": today}, headers=HTMX)
    assert len(_runs(session)) == 1 and "fetch-run" in answer.text
    assert json.loads(answer.headers["HX-Trigger"])["panel:toast"] == {"message": told, "status": "error"}
