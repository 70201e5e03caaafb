"""Putting an address right in the panel: the form begins with TikTok's, names what is wrong, and keeps what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from connector.extensions import db
from tests import factories

TYPED = {
    "firstname": "Augusta",
    "lastname": "King",
    "street": ["1 Right Street", ""],
    "city": "Austin",
    "postcode": "73301",
    "region_id": "57",
    "telephone": "512 555 0100",
}


@pytest.fixture
def order(app: Any) -> Any:
    regions = {"regions:US": [[12, "CA", "California"], [57, "TX", "Texas"]]}
    store = factories.make_store(facts=regions)
    return factories.make_order(factories.make_shop(store_id=store.id))


def test_the_form_begins_with_tiktoks_address_and_magentos_regions(staff: FlaskClient, order: Any) -> None:
    page = staff.get(f"/orders/{order.tiktok_order_id}/address").text
    assert 'value="12 Market Street"' in page
    assert '<option value="12" selected>California</option>' in page


def test_what_is_wrong_is_beside_its_field_and_what_was_typed_is_kept(staff: FlaskClient, order: Any) -> None:
    answer = staff.post(f"/orders/{order.tiktok_order_id}/address", data=TYPED | {"postcode": "abc"})
    assert answer.status_code == 422
    assert "Post code is not one of US&#39;s" in answer.text
    assert 'value="Augusta"' in answer.text


def test_the_order_shows_both_addresses_and_tiktoks_can_be_taken_again(staff: FlaskClient, order: Any) -> None:
    staff.post(f"/orders/{order.tiktok_order_id}/address", data=TYPED)
    page = staff.get(f"/orders/{order.tiktok_order_id}").text
    assert "Put right by" in page
    assert "1 Right Street" in page
    assert "What TikTok sent" in page
    assert "12 Market Street" in page
    staff.post(f"/orders/{order.tiktok_order_id}/address", data={"what": "drop"})
    assert "Put right by" not in staff.get(f"/orders/{order.tiktok_order_id}").text


def test_what_was_typed_stays_while_magentos_regions_are_being_read(staff: FlaskClient) -> None:
    """The field asks every second whether they are there; any other answer than 204 would take its place."""
    store = factories.make_store()
    order = factories.make_order(factories.make_shop(store_id=store.id))
    where = f"/orders/{order.tiktok_order_id}/address"
    assert 'name="region"' in staff.get(where).text
    asks = {"HX-Request": "true", "HX-Target": "div#region-field"}
    assert (staff.get(where, headers=asks).status_code, staff.get(where, headers=asks).text) == (204, "")
    store.facts = {"regions:US": [[57, "TX", "Texas"]]}
    db.session.commit()
    assert "Texas" in staff.get(where, headers=asks).text
