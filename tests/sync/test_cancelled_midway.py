"""Cancelled on TikTok between the placing and the correcting: the Magento order is cancelled, and still says whose it was."""

from __future__ import annotations

from typing import Any

import pytest

from connector.domain import plan
from connector.domain.errors import TryLater
from connector.sync import converge, steps


def test_an_order_cancelled_before_it_was_corrected_carries_its_number(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = work.magento_books()["stock"]["MUG-01"]["salable"]
    order_id = work.place(lines=[{"seller_sku": "MUG-01", "quantity": 2}])

    def breaks(*_: Any) -> None:
        raise TryLater("The connection broke.")

    with monkeypatch.context() as patch:
        patch.setitem(steps.HANDLERS, plan.CorrectInMagento, breaks)
        work.sync(order_id)
    [order] = work.magento_orders()
    assert not order.get("ext_order_id"), "the test proves nothing"
    work.act(order_id, "cancel")
    row_id = work.hint(order_id)
    converge.sync_order(row_id)
    [order] = work.magento_orders()
    assert (order["state"], order["ext_order_id"]) == ("canceled", order_id)
    assert work.magento_books()["stock"]["MUG-01"]["salable"] == before
    assert work.row(order_id).sync_state == "synced"
