"""A filter saved under a name: a tab of one's own."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from connector.extensions import db
from connector.models import SavedView
from tests import factories

QUERY = "tab=in-transit&country=GB"


def save(client: FlaskClient, name: str = "To Britain", query: str = QUERY) -> SavedView:
    client.post("/orders/views", data={"name": name, "query": query})
    db.session.commit()
    return db.session.scalars(db.select(SavedView).order_by(SavedView.id.desc())).one()


def test_a_saved_filter_is_a_tab_that_leads_to_it(staff: FlaskClient) -> None:
    view = save(staff)
    assert f'<a href="/orders?{QUERY.replace("&", "&amp;")}">{view.name}</a>' in staff.get("/orders").text
    here = staff.get(f"/orders?{QUERY}").text
    assert f'class="tab view" aria-current="page">{view.name}' in here
    assert here.count('aria-current="page"') == 3  # Orders in the navigation, the view's tab, and its line in the menu
    assert "rename or delete…" in here
    assert "Save as…" not in here


def test_a_change_that_is_not_saved_offers_to_save_it(staff: FlaskClient) -> None:
    save(staff)
    changed = staff.get(f"/orders?{QUERY}&q=mug").text
    assert "Save as…" in changed
    assert "Save as…" not in staff.get("/orders").text


def test_the_same_name_is_replaced(staff: FlaskClient) -> None:
    save(staff)
    assert save(staff, query="country=DE").query == "country=DE"


def test_what_makes_no_sense_is_not_saved(staff: FlaskClient) -> None:
    assert save(staff, query="country=GB&total_from=x&evil=1").query == "country=GB"
    staff.post("/orders/views", data={"name": "Nothing", "query": "evil=1"})
    assert db.session.query(SavedView).count() == 1


def test_a_view_is_renamed_and_deleted(staff: FlaskClient) -> None:
    view = save(staff)
    answer = staff.post(f"/orders/views/{view.id}", data={"what": "rename", "name": " Great  Britain "})
    assert answer.location == f"/orders?{QUERY}"
    assert "Great Britain</a>" in staff.get("/orders").text
    staff.post(f"/orders/views/{view.id}", data={"what": "delete"})
    assert "Great Britain" not in staff.get("/orders").text


def test_a_name_that_is_taken_is_refused(staff: FlaskClient) -> None:
    save(staff)
    staff.post("/orders/views", data={"name": "Germany", "query": "country=DE"})
    db.session.commit()
    germany = db.session.query(SavedView).filter_by(name="Germany").one()
    staff.post(f"/orders/views/{germany.id}", data={"what": "rename", "name": "To Britain"})
    assert "There is a view “To Britain” already." in staff.get("/orders").text


def test_everybody_sees_their_own_views_alone(staff: FlaskClient, viewer: FlaskClient) -> None:
    view = save(staff)
    factories.make_order()
    assert "To Britain" not in viewer.get("/orders").text
    assert viewer.post(f"/orders/views/{view.id}", data={"what": "delete"}).status_code == 404
    assert "To Britain" in staff.get("/orders").text


def test_a_view_keeps_its_own_columns(staff: FlaskClient) -> None:
    factories.make_order(status="IN_TRANSIT", recipient_address={"region_code": "GB"})
    save(staff)
    staff.post(f"/orders/columns?{QUERY}", data={"column": ["total", "order", "status"], "rows": "compact"})
    of_view = staff.get(f"/orders?{QUERY}").text
    assert re.findall('<td class="c-([a-z_]+)"', of_view)[1:] == ["total", "order", "status"]
    assert 'class="grid compact"' in of_view
    elsewhere = staff.get("/orders").text
    assert 'class="c-buyer"' in elsewhere
    assert 'class="grid compact"' not in elsewhere
