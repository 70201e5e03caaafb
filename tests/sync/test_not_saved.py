"""Magento answers 400 "Could not save …, see error log" to whatever fails while it writes, a deadlock too: it rolled back."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from connector.extensions import db
from connector.models import ShipAsk
from connector.models.transaction import end_transaction
from connector.sync import asks, ship_asks
from connector.sync.steps.ship_magento import MOST_TRIES
from tests.sync.aftersales import Desk
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database


def not_saved(desk: Desk, what: str, path: str, times: int | None = 1) -> None:
    message = f"Could not save {what}, see error log for details"
    desk.fault("magento", kind="status", status=400, method="POST", path=path, times=times, body={"message": message})


def test_an_invoice_that_magento_could_not_save_is_made_a_moment_later(desk: Desk) -> None:
    order_id = desk.placed(synced=False)
    not_saved(desk, "an invoice", "/invoice$")
    row = desk.settle(order_id, most=1)
    assert (row.sync_state, row.error_code, desk.hits("magento")) == ("pending", "magento_not_saved", 1)
    assert desk.settle(order_id).sync_state == "synced"
    found = desk.magento(order_id)
    assert found is not None
    assert len(found["invoices"]) == 1


def test_a_credit_memo_that_magento_could_not_save_needs_no_hour(desk: Desk) -> None:
    order_id = desk.placed()
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    not_saved(desk, "a Creditmemo", "/refund$")
    row = desk.settle(order_id, most=1)
    assert (row.sync_state, row.error_code, desk.hits("magento")) == ("pending", "magento_not_saved", 1)
    assert desk.settle(order_id).sync_state == "synced"
    found = desk.magento(order_id)
    assert found is not None
    assert len(found["creditmemos"]) == 1


@pytest.fixture
def asked(desk: Desk) -> str:
    """An order of which a person ships a mug."""
    order_id = desk.placed()
    Merchant(desk.work).map("ups", "UPS")
    ship_asks.ship(
        desk.work.row(order_id).id,
        "jo@example.com",
        carrier_code="ups",
        title="UPS",
        number="1Z999",
        line_item_ids=desk.line_ids(order_id, "MUG-01"),
    )
    return order_id


def test_a_shipment_that_magento_could_not_save_is_made_a_moment_later(desk: Desk, asked: str) -> None:
    not_saved(desk, "a shipment", "/ship$")
    row = desk.settle(asked, most=1)
    assert (row.sync_state, row.error_code, desk.hits("magento")) == ("pending", "magento_not_saved", 1)
    assert desk.settle(asked).sync_state == "synced"
    assert Merchant(desk.work).told(asked) == {"1Z999": Counter({"MUG-01": 1})}


def test_a_shipment_that_magento_can_not_save_is_told_after_a_few_tries(desk: Desk, asked: str) -> None:
    """Its source may be out of stock: Magento says nothing else of it, and the parcel has a deadline."""
    not_saved(desk, "a shipment", "/ship$", times=None)
    row = desk.settle(asked, most=30)
    assert (row.sync_state, row.error_code, desk.hits("magento")) == ("error", "shipment_not_saved", MOST_TRIES)
    desk.work.magento.state.faults.clear()
    asks.sync_again(row.id, "jo@example.com")
    assert desk.settle(asked).sync_state == "synced"
    assert Merchant(desk.work).told(asked) == {"1Z999": Counter({"MUG-01": 1})}
    states = db.session.scalars(select(ShipAsk.state)).all()
    end_transaction()
    assert list(states) == ["done"]
