"""Making a rule in the panel: what it would do is seen before it is switched on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import AuditEntry, Order, Rule
from connector.models.transaction import end_transaction
from connector.sync import rules
from tests import factories


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    rules.forget()
    yield
    rules.forget()


def only_rule() -> Rule:
    row = db.session.scalars(select(Rule).execution_options(populate_existing=True)).one()
    end_transaction()
    return row


FORM = {
    "name": "Large orders",
    "skus": "MUG-*",
    "total_from": "100,00",
    "countries": "us",
    "statuses": ["AWAITING_SHIPMENT"],
    "hold": "1",
    "add_tags": "large, look at",
    "what": "save",
}


def test_a_rule_is_looked_at_on_last_weeks_orders_then_switched_on(admin: Any) -> None:
    shop = factories.make_shop()
    large = factories.make_order(shop, line_items=[factories.make_line(price="150")])
    factories.make_order(shop)
    factories.make_order(
        shop, line_items=[factories.make_line(price="150")], create_time=clock.now() - timedelta(days=8)
    )
    answer = admin.post("/rules/new", data=FORM, follow_redirects=True)
    assert "Saved, and off." in answer.text
    assert "Of 2 orders of the last 7 days it fits 1" in answer.text
    assert large.tiktok_order_id in answer.text
    assert "holds it back from Magento until a person creates it; tags it large, look at" in answer.text
    rule = only_rule()
    assert not rule.is_on and rules.active() == ()
    page = admin.post(f"/rules/{rule.id}", data={"what": "on"}, follow_redirects=True).text
    assert "The rule is on." in page and "Switch it off" in page
    assert [one.name for one in rules.active()] == ["Large orders"]
    listed = admin.get("/rules").text
    assert "SKU MUG-*" in listed and "total from 100.00" in listed and "hold back" in listed
    changed = admin.post(f"/rules/{rule.id}", data=FORM | {"total_from": "90"}, follow_redirects=True).text
    assert "Switch it on" in changed  # a change is looked at anew
    admin.post(f"/rules/{rule.id}", data={"what": "delete"})
    assert "No rules yet" in admin.get("/rules").text
    assert db.session.scalars(select(AuditEntry.what)).all().count("Rule") == 4


def test_what_is_wrong_is_said_and_what_was_typed_kept(admin: Any) -> None:
    answer = admin.post("/rules/new", data=FORM | {"countries": "USA"})
    assert answer.status_code == 422
    assert "two letters" in answer.text and 'value="USA"' in answer.text and 'value="Large orders"' in answer.text


def test_rules_are_moved(admin: Any) -> None:
    for name in ("First", "Second"):
        admin.post("/rules/new", data=FORM | {"name": name})
    second = db.session.scalar(select(Rule.id).where(Rule.name == "Second"))
    admin.post(f"/rules/{second}", data={"what": "up"})
    page = admin.get("/rules").text
    assert page.index("Second") < page.index("First")


def test_a_viewer_reads_rules_and_changes_nothing(viewer: Any) -> None:
    rule_id = rules.save(None, "R", rules.rules.Conditions(), rules.rules.Actions(hold=True), "a@example.com")
    page = viewer.get(f"/rules/{rule_id}").text
    assert "Last week" in page and "Switch it on" not in page and "<fieldset" in page and "disabled" in page
    assert viewer.post(f"/rules/{rule_id}", data={"what": "on"}).status_code == 403


def test_people_tag_orders_and_find_them_by_their_tags(staff: Any) -> None:
    order, other = factories.make_order(), factories.make_order()
    staff.post(f"/orders/{order.tiktok_order_id}/tags", data={"tags": "Gift shop, fragile"})
    factories.reload(order)
    assert order.tags == "|Gift shop|fragile|"
    page = staff.get("/orders?tag=gift shop").text
    assert order.tiktok_order_id in page and other.tiktok_order_id not in page
    assert 'href="/orders?tag=Gift+shop"' in staff.get(f"/orders/{order.tiktok_order_id}").text
    refused = staff.post(f"/orders/{order.tiktok_order_id}/tags", data={"tags": "a|b"}, follow_redirects=True)
    assert "A tag has at most" in refused.text
    assert db.session.scalar(select(Order.tags).where(Order.id == order.id)) == "|Gift shop|fragile|"
