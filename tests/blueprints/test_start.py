"""The choice of the orders that a new shop begins with, on its page and in the guide."""

from __future__ import annotations

from flask.testing import FlaskClient

from connector.extensions import db
from connector.models import AuditEntry, Shop
from connector.sync import starting
from tests import factories


def test_the_page_says_what_is_open_and_takes_the_choice(admin: FlaskClient) -> None:
    found = {"mode": "now", "state": "counted", "open": 12, "oldest": "2026-11-20T08:00:00+00:00", "chosen_by": ""}
    shop = factories.make_shop(start=found, orders_from=factories.at("2026-11-24 12:00"))
    page = admin.get(f"/connections/shops/{shop.id}/start").text
    assert "12 orders are open" in page
    assert "20 Nov" in page
    answer = admin.post(f"/connections/shops/{shop.id}/start", data={"mode": "from", "day": "2026-11-20"})
    assert answer.status_code == 303
    factories.reload(shop)
    assert (shop.start["mode"], f"{shop.orders_from:%d %H:%M}") == ("from", "20 00:00")
    assert db.session.query(AuditEntry).filter_by(what="orders to begin with").count() == 1
    assert "begin with" in admin.get("/guide").text


def test_a_choice_that_is_none_is_refused(admin: FlaskClient) -> None:
    shop = factories.make_shop(time_zone="Europe/Berlin")
    for data in (
        {"mode": "from"},
        {"mode": "from", "day": "2999-01-01"},
        {"mode": "no"},
        {"mode": "from", "day": "x"},
        {"mode": "from", "day": "0001-01-01"},
    ):
        assert admin.post(f"/connections/shops/{shop.id}/start", data=data).status_code == 422


def test_a_new_shop_begins_with_new_orders(admin: FlaskClient) -> None:
    shop = factories.make_shop()
    starting.begin(shop.id)
    factories.reload(shop)
    assert shop.orders_from is not None
    assert "being asked" in admin.get(f"/connections/shops/{shop.id}/start").text
    assert isinstance(shop, Shop)
