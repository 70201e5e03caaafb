"""Orders split, combined and taken apart from the panel: on TikTok once, and Magento's shipments follow."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connector.extensions import db
from connector.models import PackageAsk, PackageChoices
from connector.models.transaction import end_transaction
from connector.sync import package_asks
from connector.sync.asks import Refused
from tests.sync.aftersales import PERSON, Desk
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "HAT-07", "quantity": 1}]


@pytest.fixture
def desk(work: Any) -> Desk:
    return Desk(work)


def choices(desk: Desk, order_id: str) -> PackageChoices:
    row_id = desk.work.row(order_id).id
    package_asks.ask_choices(row_id)
    desk.settle(order_id)
    found = db.session.scalars(
        select(PackageChoices).where(PackageChoices.order_id == row_id).execution_options(populate_existing=True)
    ).one()
    end_transaction()
    return found


def asks(desk: Desk) -> list[PackageAsk]:
    found = list(
        db.session.scalars(select(PackageAsk).order_by(PackageAsk.id).execution_options(populate_existing=True))
    )
    end_transaction()
    return found


def packages(desk: Desk, order_id: str) -> list[str]:
    lines = desk.work.row(order_id).document["line_items"]
    return [str(line.get("package_id", "")) for line in lines]


def test_an_order_is_split_where_tiktok_lets_it_and_each_package_is_shipped_by_itself(desk: Desk) -> None:
    order_id = desk.placed()
    assert choices(desk, order_id).can_split
    mugs, hat = desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")
    row_id = desk.work.row(order_id).id
    with pytest.raises(Refused, match="at least two"):
        package_asks.split(row_id, [mugs + hat, []], PERSON)
    with pytest.raises(Refused, match="exactly one"):
        package_asks.split(row_id, [mugs, mugs], PERSON)
    package_asks.split(row_id, [mugs, hat], PERSON)
    with pytest.raises(Refused, match="already"):
        package_asks.split(row_id, [mugs, hat], PERSON)
    assert desk.settle(order_id).sync_state == "synced"
    [ask] = asks(desk)
    assert (ask.state, len(set(packages(desk, order_id)))) == ("confirmed", 2)
    desk.settle(order_id)
    assert desk.work.tiktok.state.requests["POST /fulfillment/202309/orders/{order_id}/split"] == 1
    # The hat alone is shipped in Magento: its package is told, the other one waits.
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    merchant.ship(order_id, "1Z-HAT", only={"HAT-07": 1})
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-HAT": {"HAT-07": 1}}
    merchant.ship(order_id, "1Z-MUGS")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-HAT": {"HAT-07": 1}, "1Z-MUGS": {"MUG-01": 2}}


def test_a_split_that_timed_out_is_made_once(desk: Desk) -> None:
    order_id = desk.placed()
    desk.fault("tiktok", kind="cut", method="POST", path="/split$", times=1)
    groups = [desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")]
    package_asks.split(desk.work.row(order_id).id, groups, PERSON)
    desk.settle(order_id)
    assert [ask.state for ask in asks(desk)] == ["confirmed"]
    assert desk.work.tiktok.state.requests["POST /fulfillment/202309/orders/{order_id}/split"] == 1


def test_orders_of_one_buyer_are_combined_and_taken_apart_again(desk: Desk) -> None:
    first, second = (desk.placed(buyer_id="77") for _ in range(2))
    found = choices(desk, first)
    [offer] = found.combinable
    assert sorted(offer["order_ids"]) == sorted([first, second])
    with pytest.raises(Refused, match="does not offer"):
        package_asks.combine(desk.work.row(first).id, offer["id"], ["5762"], PERSON)
    package_asks.combine(desk.work.row(first).id, offer["id"], [second], PERSON)
    assert desk.settle(first).sync_state == "synced"
    desk.settle(second)
    assert len(set(packages(desk, first) + packages(desk, second))) == 1
    package_asks.uncombine(desk.work.row(second).id, PERSON)
    assert desk.settle(second).sync_state == "synced"
    desk.settle(first)
    assert not set(packages(desk, first)) & set(packages(desk, second))
    assert [ask.state for ask in asks(desk)] == ["confirmed", "confirmed"]


def test_what_tiktok_refuses_is_said(desk: Desk) -> None:
    order_id = desk.placed()
    groups = [desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")]
    package_asks.split(desk.work.row(order_id).id, groups, PERSON)
    body = '{"code": 21011001, "message": "Not this order", "request_id": "r"}'
    desk.fault("tiktok", kind="status", status=200, method="POST", path="/split$", body=body)
    assert desk.settle(order_id).sync_state == "synced"
    [ask] = asks(desk)
    assert (ask.state, ask.message) == ("refused", "Not this order")
    one = desk.placed(lines=LINES[1:])
    assert choices(desk, one).message == "The order has one item"
