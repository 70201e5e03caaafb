"""What TikTok pays, in the panel: statements, their orders, payments, estimates, what does not match; margins; files."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from connector.blueprints.payouts import matching
from connector.extensions import db
from connector.models import Statement
from tests import factories, seeds


@pytest.fixture
def statement(app: Any) -> Statement:
    return seeds.money(factories.make_shop(name="Acme US"))


def test_without_anything_each_part_says_so(viewer: FlaskClient) -> None:
    for tab, words in (
        ("statements", "No statements yet"),
        ("payments", "No payments yet"),
        ("unsettled", "Nothing waits to be settled"),
        ("matching", "Everything matches"),
    ):
        assert words in viewer.get(f"/payouts?tab={tab}").text


def test_statements_payments_and_estimates_are_listed(statement: Statement, viewer: FlaskClient) -> None:
    page = viewer.get("/payouts").text
    assert page.count("/payouts/") >= 2 and "Paid" in page and "18.80" in page
    assert "****1234" in viewer.get("/payouts?tab=payments").text
    unsettled = viewer.get("/payouts?tab=unsettled").text
    assert "On its way" in unsettled and "Delivered + 8 days" in unsettled
    assert "expects to settle" in unsettled


def test_a_statement_shows_its_orders_with_what_is_left_of_what_magento_booked(
    statement: Statement, viewer: FlaskClient
) -> None:
    page = viewer.get(f"/payouts/{statement.id}").text
    assert "000000031" in page and "24.50" in page
    assert "76.7 % paid" in page and "-5.70" in page.replace("\N{MINUS SIGN}", "-")
    assert viewer.get("/payouts/999").status_code == 404


def test_what_does_not_match_is_named_with_its_difference(statement: Statement, viewer: FlaskClient) -> None:
    found = {one.kind: one for one in matching.mismatches()}
    assert set(found) == {"Statement", "Not known here"}
    assert found["Statement"].difference == Decimal("1.00")
    page = viewer.get("/payouts?tab=matching").text
    assert "Its 1 lines come to 4.00, the statement says 5.00" in page
    assert "has never seen" in page
    statement.payable = Decimal("18.00")
    db.session.commit()
    assert any(one.kind == "Payment" and one.difference == Decimal("0.80") for one in matching.mismatches())


def test_the_order_shows_what_tiktok_paid_and_kept(statement: Statement, viewer: FlaskClient) -> None:
    page = viewer.get(f"/orders/{seeds.order_settled()}").text
    for words in ("What TikTok pays", "Platform commission", "Kept by TikTok", "76.7 %", "Referral fee", "7600"):
        assert words in page
    assert "Estimate" not in page


def test_the_files_hold_every_line(statement: Statement, viewer: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(csv.DictReader(io.StringIO(viewer.get("/payouts/export.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert [row["Settled yet"] for row in rows] == ["yes", "yes", "no"]
    assert (rows[0]["Platform commission"], rows[0]["Margin"], rows[0]["Payment"]) == ("1.20", "-5.70", "7500000000001")
    one = viewer.get(f"/payouts/export.csv?statement={statement.statement_id}").get_data(as_text=True)
    assert len(one.strip().splitlines()) == 2
    with zipfile.ZipFile(io.BytesIO(viewer.get("/payouts/export.xlsx").data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 4 and "<v>18.8" in sheet
    monkeypatch.setattr("connector.blueprints.orders.export.MOST_IN_A_WORKBOOK", 2)
    assert viewer.get("/payouts/export.xlsx").location == "/payouts"
    assert viewer.get(f"/payouts/export.xlsx?statement={statement.statement_id}").status_code == 200
    monkeypatch.setattr("connector.blueprints.orders.export.MOST_IN_A_WORKBOOK", 0)
    answer = viewer.get(f"/payouts/export.xlsx?statement={statement.statement_id}")
    assert answer.location == f"/payouts/{statement.id}"


def test_staff_may_have_it_read_now(statement: Statement, staff: FlaskClient, viewer: FlaskClient) -> None:
    assert "once no order waits" in staff.post("/payouts/read", follow_redirects=True).text
    assert viewer.post("/payouts/read").status_code == 403


def test_that_reading_is_switched_off_is_said_of_shops_alone(viewer: FlaskClient) -> None:
    assert "switched off in the settings" not in viewer.get("/payouts").text  # no shop is connected yet
    shop = factories.make_shop()
    assert "switched off in the settings" not in viewer.get("/payouts").text
    shop.settings = replace(shop.settings, read_finance=False)
    db.session.commit()
    assert "switched off in the settings" in viewer.get("/payouts").text
