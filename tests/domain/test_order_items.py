"""Which item of a Magento order is which row of the booking, and that a booking comes back as it was written down."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector.domain.booking import Adjustment, Explanation, ProductOption
from connector.domain.magento_order import MagentoItem
from connector.domain.order_items import items_of_rows, match_items
from connector.domain.stored_booking import restored, stored

sys.path.insert(0, str(Path(__file__).parents[1] / "magento"))
from bookings import make_booking, make_row

D = Decimal
SIZE_M = ProductOption(kind="configurable", option_id="144", values=("1",))
SIZE_L = ProductOption(kind="configurable", option_id="144", values=("2",))


def item(item_id: int, sku: str, qty: int, **more: Any) -> MagentoItem:
    return MagentoItem(item_id=item_id, sku=sku, qty_ordered=D(qty), **more)


def test_simple_products_are_found_by_sku_case_aside() -> None:
    items = (item(1, "MUG-01", 2), item(2, "Hat-07", 1))
    rows = (make_row(sku="HAT-07", quantity=1), make_row(sku="MUG-01", quantity=2))
    found = match_items(items, rows)
    assert found is not None
    assert {key: one.item_id for key, one in found.items()} == {"HAT-07": 2, "MUG-01": 1}


def test_other_products_or_quantities_do_not_match() -> None:
    rows = (make_row(sku="MUG-01", quantity=2),)
    assert match_items((item(1, "MUG-01", 3),), rows) is None
    assert match_items((item(1, "MUG-01", 2), item(2, "HAT-07", 1)), rows) is None
    assert match_items((), rows) is None


def test_two_variants_of_one_configurable_product_are_told_apart() -> None:
    items = (
        item(1, "TEE-RED-M", 1, product_id=15),
        item(2, "TEE-RED-M", 1, product_id=1, parent_item_id=1),
        item(3, "TEE-RED-L", 2, product_id=15),
        item(4, "TEE-RED-L", 2, product_id=2, parent_item_id=3),
    )
    rows = (
        make_row(sku="TEE-RED", quantity=1, product_id=15, options=(SIZE_M,)),
        make_row(sku="TEE-RED", quantity=2, product_id=15, options=(SIZE_L,)),
    )
    found = match_items(items, rows)
    assert found is not None
    assert [found[row.key].item_id for row in rows] == [1, 3]


def test_a_booking_comes_back_as_it_was_written_down() -> None:
    booking = make_booking(
        rows=(make_row(options=(SIZE_M,), line_item_ids=("1", "2")), make_row(sku="B")),
        explanations=(Explanation(source="a", target="b", amount=D("1.20"), sentence="c"),),
        adjustment=Adjustment(name="x", amount=D("0.01"), parts_total=D("1.00"), stated_total=D("1.01")),
        notes=("one", "two"),
    )
    assert restored(stored(booking)) == booking
    assert restored(stored(make_booking())) == make_booking()


def test_items_are_found_for_returns_and_parcels_also_when_the_order_was_changed_by_hand() -> None:
    items = (
        item(1, "TEE-RED-M", 1, product_id=15),
        item(2, "TEE-RED-M", 1, product_id=1, parent_item_id=1),
        item(3, "TEE-RED-L", 2, product_id=15),
        item(4, "BOX-A-B", 1, product_id=30),
        item(5, "mug-01", 5),
        item(6, "HAT-07", 1),
    )
    rows = (
        make_row(sku="TEE-RED", quantity=2, product_id=15, options=(SIZE_L,)),
        make_row(sku="TEE-RED", quantity=1, product_id=15, options=(SIZE_M,)),
        make_row(sku="BOX", quantity=1, product_id=30),
        make_row(sku="MUG-01", quantity=2),
        make_row(sku="GONE", quantity=1),
    )
    found = items_of_rows(items, rows)
    assert {place: found[place].item_id for place in found} == {0: 3, 1: 1, 2: 4, 3: 5}
