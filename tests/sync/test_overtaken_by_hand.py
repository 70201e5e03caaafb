"""A person was quicker in Magento than the connector: between its steps the order was shipped, or invoiced, by hand."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.sync.aftersales import Desk
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database


def test_shipped_before_it_was_invoiced_it_is_invoiced_all_the_same(work: Any, desk: Desk) -> None:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    order_id = desk.placed(synced=False)
    desk.fault("magento", kind="status", status=503, method="POST", path="/invoice", times=1)
    assert work.sync(order_id).sync_state == "pending"
    merchant.ship(order_id, "1Z-ALL")
    assert desk.settle(order_id).sync_state == "synced"
    order = desk.magento(order_id)
    assert order is not None
    assert (order["state"], len(order["invoices"])) == ("complete", 1)
    assert merchant.told(order_id) == {"1Z-ALL": Counter({"MUG-01": 2, "HAT-07": 1})}


def test_invoiced_before_it_was_corrected_it_gets_its_number_and_a_person_is_told(work: Any, desk: Desk) -> None:
    work.books_are_checked = False
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    order_id = desk.placed(synced=False)
    desk.fault("magento", kind="status", status=503, method="POST", path="/V1/orders", times=1)
    assert work.sync(order_id).sync_state == "pending"
    desk.admin.invoice(work.row(order_id).magento_order_id)
    row = desk.settle(order_id)
    order = desk.magento(order_id)  # it is found by TikTok's number
    assert order is not None
    assert Decimal(str(order["grand_total"])) != Decimal(work.total(order_id))
    assert (row.sync_state, row.error_code) == ("error", "total_mismatch")
    assert work.total(order_id) in row.error_message
    assert row.external_reference == row.magento_increment_id
    # No parcel waits for the books, on either side.
    merchant.ship(order_id, "1Z-HAT", only={"HAT-07": 1})
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-HAT": Counter({"HAT-07": 1})}
