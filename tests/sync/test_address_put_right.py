"""An address that a person put right in the panel is what Magento gets, before its order is created or after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from connector.domain.postal import PostalAddress
from connector.extensions import db
from connector.models import TimelineEntry
from connector.models.transaction import end_transaction
from connector.sync import addresses, converge, privacy

pytestmark = pytest.mark.either_database

TYPED = PostalAddress(
    firstname="Augusta",
    lastname="King",
    street=("1 Right Street",),
    city="Austin",
    postcode="73301",
    country_id="US",
    telephone="512 555 0100",
    region_id=57,
)


def shipped_to(work: Any, order_id: str) -> list[tuple[str, str, str]]:
    [order] = work.magento_orders(order_id)
    both = [order["billing_address"], order["shipping_address"]]
    return [(one["firstname"], one["street"][0], one["region"]) for one in both]


def put_right(work: Any, order_id: str, address: PostalAddress = TYPED) -> Any:
    row = work.row(order_id)
    assert addresses.change(row.id, address, "ada@example.com") == {}
    converge.sync_order(row.id)
    return work.row(order_id)


def test_after_creation_it_is_put_on_the_magento_order_and_can_be_taken_back(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "MUG-01"}], recipient={"first_name": "Ada", "last_name": "Lovelace"})
    before = work.sync_until_settled(order_id)
    row = put_right(work, order_id)
    assert row.sync_state == "synced"
    assert shipped_to(work, order_id) == [("Augusta", "1 Right Street", "Texas")] * 2
    assert row.document["recipient_address"] == before.document["recipient_address"]
    line = db.session.scalars(select(TimelineEntry).where(TimelineEntry.code == "address_edited")).one()
    assert line.actor == "ada@example.com"
    assert "Augusta" not in line.sentence
    assert line.details["after"]["address"]["firstname"] == "Augusta"
    end_transaction()
    work.sync(order_id)
    assert work.timeline(order_id).count("address_updated") == 1
    addresses.drop(row.id, "ada@example.com")
    converge.sync_order(row.id)
    assert shipped_to(work, order_id)[0][0] == "Ada"


def test_an_order_without_an_address_is_created_with_the_one_that_was_typed(work: Any) -> None:
    order_id = work.place(status="ON_HOLD", hold_recipient="empty", lines=[{"seller_sku": "MUG-01"}])
    work.sync(order_id)
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(order_id)[1].address = dict.fromkeys(
            work.tiktok.state.find_order(order_id)[1].address, ""
        )
    work.act(order_id, "release_hold")
    row = work.sync(order_id)
    assert (row.sync_state, row.waiting_for) == ("waiting", "no_address")
    row = put_right(work, order_id)
    assert row.sync_state == "synced"
    assert shipped_to(work, order_id) == [("Augusta", "1 Right Street", "Texas")] * 2


def test_a_region_that_magento_does_not_have_is_asked_for(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "NO-SUCH-SKU"}])
    row = work.sync_until_settled(order_id)
    addresses.read_regions(1, "US")
    assert "region" in addresses.change(row.id, replace(TYPED, region_id=None), "ada@example.com")


def test_a_billing_address_of_the_merchants_own_is_on_every_order_and_stays(work: Any) -> None:
    work.configure(
        billing_address="fixed",
        billing_company="TikTok Shop",
        billing_firstname="Accounts",
        billing_lastname="Payable",
        billing_street="5 Ledger Lane",
        billing_postcode="73301",
        billing_city="Austin",
        billing_region="Texas",
        billing_country="US",
    )
    for options in ({}, {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}):
        order_id = work.place(lines=[{"seller_sku": "MUG-01"}], **options)
        work.sync_until_settled(order_id)
        put_right(work, order_id)
        [order] = work.magento_orders(order_id)
        assert order["billing_address"]["company"] == "TikTok Shop"
        assert shipped_to(work, order_id) == [
            ("Accounts", "5 Ledger Lane", "Texas"),
            ("Augusta", "1 Right Street", "Texas"),
        ]


def test_personal_data_that_has_had_its_time_takes_it_along(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "MUG-01"}])
    work.sync_until_settled(order_id)
    row = put_right(work, order_id)
    privacy._blank([row.id])
    assert work.row(order_id).edited_address is None
    line = db.session.scalars(select(TimelineEntry).where(TimelineEntry.code == "address_edited")).one()
    assert "Augusta" not in str(line.details)
