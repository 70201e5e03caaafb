"""Splitting and combining in the panel: the page with what TikTok lets be done, and what is asked for."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from connector.extensions import db
from connector.models import PackageAsk, PackageChoices
from tests import factories, seeds


def asks() -> list[PackageAsk]:
    db.session.rollback()
    return list(db.session.scalars(select(PackageAsk).order_by(PackageAsk.id)))


def test_items_are_dealt_out_to_packages(app: Any, staff: FlaskClient) -> None:
    order = seeds.order_to_split()
    page = f"/orders/{order.tiktok_order_id}/packages"
    assert "Split or combine" in staff.get(f"/orders/{order.tiktok_order_id}").text
    text = staff.get(page).text
    assert text.count('<select name="line-') == 2 and "Combine on TikTok Shop" in text
    first, second = (line["id"] for line in order.document["line_items"])
    answer = staff.post(
        page, data={"what": "split", f"line-{first}": "1", f"line-{second}": "1"}, follow_redirects=True
    )
    assert "at least two packages" in answer.text
    refused = staff.post(page, data={"what": "split", f"line-{first}": "2", f"line-{second}": "2"})
    assert refused.status_code == 422 and refused.text.count('value="2" selected') == 2
    staff.post(page, data={"what": "split", f"line-{first}": "1", f"line-{second}": "2"})
    [ask] = asks()
    assert (ask.kind, ask.groups, ask.state) == ("split", [[first], [second]], "asked")
    assert "being changed on TikTok Shop" in staff.get(f"/orders/{order.tiktok_order_id}").text


def test_orders_are_combined_and_what_is_not_offered_is_refused(app: Any, staff: FlaskClient) -> None:
    order = seeds.order_to_split()
    page = f"/orders/{order.tiktok_order_id}/packages"
    answer = staff.post(page, data={"what": "combine", "package": "9", "order": "1"}, follow_redirects=True)
    assert "does not offer" in answer.text
    answer = staff.post(page, data={"what": "uncombine"}, follow_redirects=True)
    assert "shares no package" in answer.text
    choices = db.session.scalars(select(PackageChoices)).one()
    offer = choices.combinable[0]
    other = next(number for number in offer["order_ids"] if number != order.tiktok_order_id)
    staff.post(page, data={"what": "combine", "package": offer["id"], "order": other})
    [ask] = asks()
    assert (ask.kind, ask.order_ids) == ("combine", sorted([order.tiktok_order_id, other]))


def test_the_page_waits_for_tiktok_and_viewers_do_not_see_it(app: Any, staff: FlaskClient, viewer: FlaskClient) -> None:
    order = factories.make_order()
    staff.post(f"/orders/{order.tiktok_order_id}/packages/choices")
    assert "is being asked what can be done" in staff.get(f"/orders/{order.tiktok_order_id}/packages").text
    assert viewer.get(f"/orders/{order.tiktok_order_id}/packages").status_code == 403
    shipped = factories.make_order(status="DELIVERED")
    answer = staff.post(f"/orders/{shipped.tiktok_order_id}/packages/choices", follow_redirects=True)
    assert "before anything is shipped" in answer.text
