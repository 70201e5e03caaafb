"""The shipping card of an order: what it shows, and that each button writes a row."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from connector.extensions import db
from connector.models import Order, ShipAsk
from connector.models.transaction import end_transaction, transaction
from tests import factories


def order(**document: Any) -> Order:
    row = factories.make_order(**document)
    with transaction() as session:
        session.execute(update(Order).where(Order.id == row.id).values(magento_order_id=77, magento_increment_id="77"))
    return row


def asks() -> list[ShipAsk]:
    found = list(db.session.scalars(select(ShipAsk).order_by(ShipAsk.id).execution_options(populate_existing=True)))
    end_transaction()
    return found


def lines(count: int) -> list[dict[str, Any]]:
    return [factories.make_line() for _ in range(count)]


def test_a_form_asks_for_some_units(staff: Any) -> None:
    units = lines(3)
    row = order(line_items=units)
    page = staff.get(f"/orders/{row.tiktok_order_id}").text
    assert "Left to ship: 3 units" in page
    answer = staff.post(
        f"/orders/{row.tiktok_order_id}/ship",
        data={"carrier": "ups", "number": "1Z 999", "line": [units[0]["id"]]},
    )
    assert answer.status_code == 303
    [ask] = asks()
    assert (ask.kind, ask.carrier_code, ask.tracking_number) == ("own", "ups", "1Z999")
    assert ask.line_item_ids == [units[0]["id"]]
    assert "Being shipped with the tracking number 1Z999" in staff.get(f"/orders/{row.tiktok_order_id}").text


def test_what_was_asked_can_be_taken_back(staff: Any) -> None:
    row = order()
    staff.post(f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "ups", "number": "1Z999"})
    staff.post(f"/orders/{row.tiktok_order_id}/ship/withdraw", data={"ask": asks()[0].id})
    assert asks() == []


def test_another_carrier_goes_by_its_title(staff: Any) -> None:
    row = order()
    staff.post(
        f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "custom", "title": "My Courier", "number": "1Z999"}
    )
    assert (asks()[0].carrier_code, asks()[0].carrier_title) == ("custom", "My Courier")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"status": "CANCELLED"}, "does not wait"),
        ({"shipping_type": "TIKTOK"}, "own carrier ships this order"),
        ({"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, "its own warehouse"),
    ],
)
def test_what_cannot_be_shipped_is_refused_in_words(staff: Any, document: dict[str, Any], sentence: str) -> None:
    row = order(**document)
    answer = staff.post(
        f"/orders/{row.tiktok_order_id}/ship", data={"carrier": "ups", "number": "1Z999"}, follow_redirects=True
    )
    assert sentence in answer.text
    assert asks() == []


def test_many_are_arranged_at_once_and_those_that_refuse_are_named(staff: Any) -> None:
    mine = [order(shipping_type="TIKTOK") for _ in range(2)]
    other = order()
    ids = [row.tiktok_order_id for row in (*mine, other)]
    answer = staff.post("/orders/arrange", data={"id": ids}, follow_redirects=True)
    assert len(asks()) == 2
    assert f"Not done: {other.tiktok_order_id}" in answer.text


def test_a_viewer_may_not_ship(viewer: Any) -> None:
    row = order()
    assert viewer.post(f"/orders/{row.tiktok_order_id}/ship", data={"number": "1Z999"}).status_code == 403
    assert "Ship</button>" not in viewer.get(f"/orders/{row.tiktok_order_id}").text


def test_labels_that_nobody_asked_for_are_refused_in_words(staff: Any) -> None:
    row = order(shipping_type="TIKTOK")
    answer = staff.get("/orders/labels.pdf", query_string={"id": row.tiktok_order_id}, follow_redirects=True)
    assert "Ask for the labels first" in answer.text
