"""A person was quicker in Magento than the connector: between its steps the order was shipped, or invoiced, by hand."""

from __future__ import annotations

from collections import Counter
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
