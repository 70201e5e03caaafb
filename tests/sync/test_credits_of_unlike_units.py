"""Units of one Magento item that are not alike: other prices, or more pieces. Each is credited as what it was sold as."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector import clock
from connector.models import SkuMapping
from connector.models.transaction import transaction
from tests.sync.aftersales import Desk
from tests.sync.test_returns import refund

pytestmark = pytest.mark.either_database
#: One that is paid for, and one as a gift: a row of two at half the price each.
PAID_AND_GIFT = [
    {"seller_sku": "MUG-01", "original_price": "10.00"},
    {"seller_sku": "MUG-01", "original_price": "10.00", "seller_discount": "10.00"},
]


def credited(desk: Desk, order_id: str) -> list[tuple[dict[str, int], Decimal]]:
    """The credit memos in their order: pieces by SKU, and the total."""
    order = desk.magento(order_id)
    assert order is not None
    return [
        ({item["sku"]: int(item["qty"]) for item in memo["items"]}, Decimal(str(memo["grand_total"])))
        for memo in order["creditmemos"]
    ]


def test_a_cancelled_gift_gives_no_money_back_and_the_paid_one_all_of_it(desk: Desk) -> None:
    order_id = desk.placed(lines=PAID_AND_GIFT)
    paid, gift = desk.line_ids(order_id, "MUG-01", "MUG-01")
    desk.act(order_id, "cancel", by="SELLER", unit_ids=[gift])
    desk.settle(order_id)
    assert credited(desk, order_id) == [({"MUG-01": 1}, Decimal(0))]
    desk.ship(order_id, until="deliver")
    refund(desk, order_id, unit_ids=[paid])
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    [refunded] = desk.tiktok_book(order_id)["returns"]
    assert credited(desk, order_id)[1:] == [({"MUG-01": 1}, Decimal(refunded["refunded"]))]
    desk.assert_books_are_right()


def test_lines_cancelled_one_after_the_other_give_back_what_each_of_them_cost(desk: Desk) -> None:
    lines = [{"seller_sku": "MUG-01", "original_price": price} for price in ("10.00", "4.00", "7.00")]
    order_id = desk.placed(lines=[*lines, {"seller_sku": "HAT-07"}])
    for line in desk.line_ids(order_id, "MUG-01", "MUG-01"):
        desk.act(order_id, "cancel", by="SELLER", unit_ids=[line])
        assert desk.settle(order_id).sync_state == "synced"
    first, second = (total for _, total in credited(desk, order_id))
    # With the tax that TikTok lists for each of them.
    assert [first, second] == [Decimal(cost) for cost in desk.work.row(order_id).booking["rows"][0]["costs"][:2]]
    assert first - second >= Decimal("6.00")
    desk.assert_books_are_right()


def test_one_piece_beside_a_pack_of_three_is_credited_as_one(desk: Desk) -> None:
    with transaction() as session:
        products = [{"sku": "MUG-01", "quantity": 3}]
        session.add(SkuMapping(tiktok_sku="HAT-07", products=products, created_at=clock.now()))
    order_id = desk.placed(lines=[{"seller_sku": "MUG-01"}, {"seller_sku": "HAT-07"}])
    [row] = desk.work.row(order_id).booking["rows"]
    assert (row["sku"], row["quantity"]) == ("MUG-01", 4)
    desk.act(order_id, "cancel", by="SELLER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    assert desk.settle(order_id).sync_state == "synced"
    [(pieces, total)] = credited(desk, order_id)
    assert pieces == {"MUG-01": 1}
    assert row["pieces"] == [1, 3]
    cost = Decimal(row["costs"][0])
    assert abs(total - cost) <= Decimal("0.01")  # a cent of the row's may fall on another piece
    assert desk.sold() == {"MUG-01": 3}
    desk.assert_books_are_right()
