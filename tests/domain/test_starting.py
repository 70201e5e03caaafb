"""Which orders from before the connector came are created by themselves, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain import statuses
from connector.domain.order import Order
from connector.domain.plan import CreateInMagento, Record, Wait, plan
from connector.domain.settings import ShopSettings
from connector.domain.starting import Start
from connector.domain.steps import RESERVE
from tests.domain.test_plan import NOW, ORDER

OLD = replace(ORDER, create_time=NOW - timedelta(days=9))
NEW = replace(ORDER, create_time=NOW + timedelta(minutes=1))
SHIPPED = {"status": statuses.IN_TRANSIT}


@pytest.mark.parametrize(
    ("order", "start", "is_left_out"),
    [
        (OLD, Start(None), False),
        (NEW, Start(NOW), False),
        (OLD, Start(NOW), True),
        (OLD, Start(NOW, "from"), True),
        (OLD, Start(OLD.create_time, "from"), False),
        (OLD, Start(NOW, "open"), False),
        (replace(OLD, **SHIPPED), Start(NOW, "open"), True),
        (replace(OLD, **SHIPPED, rts_time=NOW - timedelta(hours=1)), Start(NOW, "open"), True),
        # Open when the shop was connected, shipped since.
        (replace(OLD, **SHIPPED, rts_time=NOW + timedelta(hours=1)), Start(NOW, "open"), False),
    ],
)
def test_which_orders_are_left_out(order: Order, start: Start, is_left_out: bool) -> None:
    assert start.leaves_out(order) is is_left_out


def test_an_older_order_waits_until_a_person_asks_for_it() -> None:
    record = Record(is_older=True)
    assert plan(OLD, record, None, ShopSettings(), NOW)[0] == Wait("older")
    asked = replace(record, create_asked=True)
    assert plan(OLD, asked, None, ShopSettings(), NOW)[0] == CreateInMagento(RESERVE)
