"""What people may ask for from the panel: try again, create without stock, ignore; for one, for some, for a cause."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import connector
from connector.blueprints.orders import cures
from connector.domain import explained
from connector.models import TimelineEntry
from tests import factories
from tests.factories import work_on_all

HTMX = {"HX-Request": "true"}


def _lines(session: Session, order_id: int) -> list[tuple[str, str]]:
    session.commit()
    lines = session.scalars(
        select(TimelineEntry).where(TimelineEntry.order_id == order_id, TimelineEntry.kind == "person")
    )
    return [(line.code, line.actor) for line in lines]


def test_trying_again_makes_the_order_due_and_says_who_asked(staff: FlaskClient, session: Session) -> None:
    order = factories.make_failed_order()
    observed = order.observed
    answer = staff.post(f"/orders/{order.tiktok_order_id}/sync-again")
    assert answer.headers["Location"] == f"/orders/{order.tiktok_order_id}"
    factories.reload(order)
    assert order.sync_state == "pending"
    assert order.observed == observed + 1
    assert order.due_at is not None
    ((code, actor),) = _lines(session, order.id)
    assert code == "sync_again"
    assert actor.startswith("staff-")


def test_orders_that_are_created_by_hand_have_a_tab_and_a_button(staff: FlaskClient, session: Session) -> None:
    assert "To create" not in staff.get("/orders").text
    shop = factories.make_shop()
    one, *others = (
        factories.make_order(shop, row={"sync_state": "waiting", "waiting_for": "by_hand"}) for _ in range(3)
    )
    assert "Create in Magento" in staff.get("/orders?tab=by-hand").text
    assert "Create in Magento" in staff.get(f"/orders/{one.tiktok_order_id}").text
    staff.post(f"/orders/{one.tiktok_order_id}/create")
    factories.reload(one)
    assert (one.sync_state, one.create_asked_at is not None) == ("pending", True)
    assert [code for code, _ in _lines(session, one.id)] == ["create_asked"]
    staff.post("/orders/selected", data={"what": "create", "id": [order.tiktok_order_id for order in others]})
    work_on_all()
    for order in others:
        factories.reload(order)
        assert order.create_asked_at is not None
    assert "To create" not in staff.get("/orders").text


def test_htmx_gets_a_toast_and_a_refresh_instead_of_a_page(staff: FlaskClient) -> None:
    order = factories.make_failed_order()
    answer = staff.post(f"/orders/{order.tiktok_order_id}/sync-again", headers=HTMX)
    assert answer.status_code == 200
    assert answer.data == b""
    triggers = json.loads(answer.headers["HX-Trigger"])
    assert triggers["panel:toast"] == {"message": "Trying again.", "status": "ok"}
    assert "panel:refresh" in triggers


def test_an_order_can_be_created_without_reserving_stock(staff: FlaskClient) -> None:
    order = factories.make_failed_order()
    staff.post(f"/orders/{order.tiktok_order_id}/create-without-stock")
    factories.reload(order)
    assert (order.forced_way, order.sync_state) == ("record", "pending")


def test_what_is_refused_is_told_with_its_reason(staff: FlaskClient) -> None:
    order = factories.make_failed_order(row={"magento_order_id": 5})
    answer = staff.post(f"/orders/{order.tiktok_order_id}/create-without-stock", headers=HTMX)
    toast = json.loads(answer.headers["HX-Trigger"])["panel:toast"]
    assert toast == {"message": "The Magento order is there already, or on its way.", "status": "error"}


def test_an_ignored_order_can_be_taken_back(staff: FlaskClient) -> None:
    order = factories.make_failed_order()
    staff.post(f"/orders/{order.tiktok_order_id}/ignore")
    factories.reload(order)
    assert order.sync_state == "ignored"
    assert "Take back into work" in staff.get(f"/orders/{order.tiktok_order_id}").text
    staff.post(f"/orders/{order.tiktok_order_id}/stop-ignoring")
    factories.reload(order)
    assert order.sync_state == "pending"


def test_an_unknown_action_is_no_address(staff: FlaskClient) -> None:
    order = factories.make_order()
    assert staff.post(f"/orders/{order.tiktok_order_id}/delete").status_code == 404


def test_selected_orders_are_tried_again_and_those_that_refuse_are_listed(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    failed, ignored = factories.make_failed_order(shop), factories.make_order(shop, row={"sync_state": "ignored"})
    other = factories.make_failed_order(shop)
    data = {"what": "sync-again", "id": [failed.tiktok_order_id, ignored.tiktok_order_id]}
    answer = staff.post("/orders/selected", data=data, headers=HTMX)
    assert json.loads(answer.headers["HX-Trigger"])["panel:toast"]["message"] == "Trying 2 orders again."
    result = staff.get(f"/orders/all/{work_on_all()}").text
    assert f"{ignored.tiktok_order_id}</a></td><td>The order is ignored. Take it back first." in result
    for order in (failed, ignored, other):
        factories.reload(order)
    assert (failed.sync_state, ignored.sync_state, other.sync_state) == ("pending", "ignored", "error")


def test_nothing_selected_is_told(staff: FlaskClient) -> None:
    answer = staff.post("/orders/selected", data={"what": "ignore"}, headers=HTMX)
    assert json.loads(answer.headers["HX-Trigger"])["panel:toast"]["message"] == "Select orders first."


def test_something_that_is_not_for_many_is_refused(staff: FlaskClient) -> None:
    order = factories.make_order()
    data = {"what": "create-without-stock", "id": order.tiktok_order_id}
    assert staff.post("/orders/selected", data=data).status_code == 400


def test_the_error_tab_groups_orders_by_cause(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    for _ in range(3):
        factories.make_failed_order(shop)
    factories.make_failed_order(
        shop, row={"error_code": "magento_unavailable", "error_subject": "", "error_message": "The store is away."}
    )
    text = staff.get("/orders?tab=error").text
    groups = text.split('class="group"')[1:]
    assert len(groups) == 2
    assert "<b>3</b> orders" in groups[0]
    assert "Magento has no product with SKU MUG-02." in groups[0]
    assert "<b>1</b> order" in groups[1]
    assert 'value="magento_product_not_found~MUG-02"' in groups[0]
    assert 'class="group"' not in staff.get("/orders").text


def test_a_whole_cause_is_tried_again(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    two = [factories.make_failed_order(shop) for _ in range(2)]
    other = factories.make_failed_order(shop, row={"error_subject": "KIT-09"})
    data = {"cause": "magento_product_not_found~MUG-02", "what": "sync-again"}
    answer = staff.post("/orders/cause", data=data, headers=HTMX)
    assert json.loads(answer.headers["HX-Trigger"])["panel:toast"]["message"] == "Trying 2 orders again."
    work_on_all()
    for order in (*two, other):
        factories.reload(order)
    assert [order.sync_state for order in (*two, other)] == ["pending", "pending", "error"]


def test_a_whole_cause_is_ignored(staff: FlaskClient) -> None:
    order = factories.make_failed_order()
    staff.post("/orders/cause", data={"cause": "magento_product_not_found~MUG-02", "what": "ignore"})
    work_on_all()
    factories.reload(order)
    assert order.sync_state == "ignored"


def test_show_them_lists_the_orders_of_one_cause(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    wanted = factories.make_failed_order(shop)
    factories.make_failed_order(shop, row={"error_subject": "KIT-09"})
    text = staff.get("/orders", query_string={"tab": "error", "cause": "magento_product_not_found~MUG-02"}).text
    assert text.count('name="id"') == 1
    assert wanted.tiktok_order_id in text


def test_a_problem_says_what_went_wrong_what_to_do_and_what_was_tried(staff: FlaskClient) -> None:
    order = factories.make_failed_order(
        row={
            "error_exchange": {
                "method": "GET",
                "url": "https://store.example.com/rest/V1/products",
                "status": 404,
                "request_body": "",
                "response_body": '{"message": "No such product"}',
                "seconds": 0.412,
            },
        }
    )
    factories.make_line_of_timeline(order, "Magento answered 404.", is_error=True, code="failed")
    text = staff.get(f"/orders/{order.tiktok_order_id}/problem").text
    for expected in (
        "Magento has no product with SKU MUG-02.",
        "Map this SKU to a Magento product",
        "when you ask for it",
        "Magento answered 404.",
        "https://store.example.com/rest/V1/products",
        "0.41 s",
        "No such product",
        "Create without reserving stock",
    ):
        assert expected in text, expected


def test_the_drawer_gets_the_problem_without_the_page_around_it(staff: FlaskClient) -> None:
    order = factories.make_failed_order()
    answer = staff.get(f"/orders/{order.tiktok_order_id}/problem", headers=HTMX)
    assert "<html" not in answer.text
    assert "Magento has no product with SKU MUG-02." in answer.text


def test_without_stock_is_offered_only_where_stock_is_in_the_way(staff: FlaskClient) -> None:
    order = factories.make_failed_order(row={"error_code": "magento_unavailable"})
    assert "without reserving stock" not in staff.get(f"/orders/{order.tiktok_order_id}/problem").text


@pytest.mark.parametrize("path", ["problem", "document", ""])
def test_an_unknown_order_is_not_found(staff: FlaskClient, path: str) -> None:
    assert staff.get(f"/orders/576/{path}".rstrip("/")).status_code == 404


@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("unknown_sku", "/skus?sku=MUG+02"),
        ("unmapped_carrier", "/carriers?carrier=MUG+02&shop=7"),
        ("magento_not_authorized", "/connections"),
        ("bad_vat_rate", "/settings?shop=7"),
        ("number_taken", "/settings?shop=7"),
        ("magento_unavailable", None),
    ],
)
def test_a_cause_leads_to_the_page_that_solves_it(code: str, address: str | None) -> None:
    found = cures.cure(code, "MUG 02", shop_id=7)
    assert (found.address if found else None) == address


def test_a_cause_of_one_shop_leads_to_that_shop_and_of_several_to_none(staff: FlaskClient) -> None:
    first, second = factories.make_shop(), factories.make_shop()
    unmapped = {"error_code": "unmapped_carrier", "error_subject": "dpd"}
    order = factories.make_failed_order(second, row=unmapped)
    for address in ("/orders?tab=error", f"/orders/{order.tiktok_order_id}"):
        assert f"/carriers?carrier=dpd&amp;shop={second.id}" in staff.get(address).text, address
    factories.make_failed_order(first, row=unmapped)
    assert 'href="/carriers?carrier=dpd"' in staff.get("/orders?tab=error").text
    assert f"/carriers?carrier=dpd&amp;shop={second.id}" in staff.get(f"/orders/{order.tiktok_order_id}").text


def test_every_cause_with_a_page_of_its_own_is_one_that_the_product_can_meet() -> None:
    """The table of cures and the errors that are raised stay together."""
    product = Path(connector.__file__).parent
    sources = [path.read_text() for path in product.rglob("*.py") if "blueprints" not in path.parts]
    unheard_of = {code for code in cures.SOLVED_ON if not any(f'"{code}"' in source for source in sources)}
    assert unheard_of == set()


#: How a reason's remedy names a page of the panel.
_NAMES_A_PAGE = re.compile(
    r"settings|number prefix|(Connections|Carriers) page|[Cc]onnect (a|the)|Bind the|[Mm]ap |credentials|the address right"
    r"|address that it redirects to|the store's address"
)


def test_every_error_whose_remedy_names_a_page_has_a_button_to_it() -> None:
    reasons = [reason for key in ("merchants", "retried") for reason in _group(key).reasons]
    named = {reason.code for reason in reasons if _NAMES_A_PAGE.search(reason.todo)}
    assert len(named) > 20
    without = {code for code in named if cures.cure(code, "", shop_id=1, tiktok_order_id="576") is None}
    assert without == set()


def _group(key: str) -> explained.Group:
    return next(group for group in explained.GROUPS if group.key == key)
