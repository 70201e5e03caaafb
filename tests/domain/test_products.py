"""Which Magento product a line item is, and what a merchant is told when there is none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from connector.domain.booking import MatchedProduct, ProductOption
from connector.domain.magento_order import MagentoProduct
from connector.domain.order import BundlePart, Order
from connector.domain.products import MappedProduct, Matching, SkuMapping, candidates, match, skus_to_look_up
from connector.domain.settings import ShopSettings
from tests.domain.orders import booked, make_line, make_order

TEE = MagentoProduct(id=1, sku="TEE-RED-M", name="Cotton Tee", price=D("19.90"))
MUG = MagentoProduct(id=2, sku="MUG-01", name="Mug", price=D("12.50"))
BOX = MagentoProduct(id=3, sku="BOX", name="Box")
CATALOGUE = {product.sku: product for product in (TEE, MUG, BOX)}
SET = (
    BundlePart(sku_id="17TEE", seller_sku="TEE-RED-M", count=1),
    BundlePart(sku_id="17MUG", seller_sku="MUG-01", count=2),
)


def order_of(*skus: str, **more: Any) -> Order:
    return make_order(*(make_line(str(n), sku, "10.00") for n, sku in enumerate(skus)), **more)


def matched(
    order: Order,
    *,
    mappings: dict[str, SkuMapping] | None = None,
    catalogue: dict[str, MagentoProduct] | None = None,
    **settings: Any,
) -> Matching:
    return match(order, ShopSettings(**settings), mappings or {}, CATALOGUE if catalogue is None else catalogue)


def mapping(tiktok_sku: str, *products: MappedProduct) -> dict[str, SkuMapping]:
    return {tiktok_sku: SkuMapping(tiktok_sku=tiktok_sku, products=products)}


def test_the_exact_sku_is_the_product() -> None:
    matching = matched(order_of("TEE-RED-M"))
    assert matching == Matching(
        products={"0": (MatchedProduct(sku="TEE-RED-M", name="Cotton Tee", product_id=1, price=D("19.90")),)}
    )


@pytest.mark.parametrize(
    ("sku", "settings", "expected"),
    [
        ("TEE", {}, ("TEE",)),
        (" TEE ", {}, ("TEE",)),
        ("", {}, ()),
        ("TT-TEE", {"sku_strip_prefix": "TT-"}, ("TT-TEE", "TEE")),
        ("tt-TEE", {"sku_strip_prefix": "TT-"}, ("tt-TEE",)),
        ("tt-TEE", {"sku_strip_prefix": "TT-", "sku_ignore_case": True}, ("tt-TEE", "TEE")),
        ("TEE-US", {"sku_strip_suffix": "-UK, -US"}, ("TEE-US", "TEE")),
        (
            "TT-TEE-US",
            {"sku_strip_prefix": "TT-", "sku_strip_suffix": "-US"},
            ("TT-TEE-US", "TEE-US", "TT-TEE", "TEE"),
        ),
        ("TT-", {"sku_strip_prefix": "TT-"}, ("TT-",)),
    ],
)
def test_candidates_are_the_sku_then_the_sku_by_the_rules(
    sku: str, settings: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert candidates(sku, ShopSettings(**settings)) == expected


def test_the_exact_sku_goes_before_the_rules() -> None:
    catalogue = CATALOGUE | {"TT-TEE-RED-M": replace(TEE, id=9, sku="TT-TEE-RED-M")}
    matching = matched(order_of("TT-TEE-RED-M"), catalogue=catalogue, sku_strip_prefix="TT-")
    assert matching.products["0"][0].product_id == 9


def test_case_counts_unless_the_merchant_says_otherwise() -> None:
    assert [problem.code for problem in matched(order_of("mug-01")).problems] == ["unknown_sku"]
    assert matched(order_of("mug-01"), sku_ignore_case=True).products["0"][0].sku == "MUG-01"


def test_another_attribute_gives_the_product_under_its_own_sku() -> None:
    matching = matched(order_of("4006381333931"), catalogue={"4006381333931": MUG}, sku_attribute="ean")
    assert matching.products["0"][0].sku == "MUG-01"


def test_an_unknown_sku_is_one_problem_with_all_its_lines_in_a_merchants_words() -> None:
    matching = matched(order_of("NEW", "MUG-01", "NEW"))
    (problem,) = matching.problems
    assert (problem.code, problem.sku, problem.line_item_ids) == ("unknown_sku", "NEW", ("0", "2"))
    assert problem.message == "Magento has no product with SKU NEW (New)."
    assert "Map this SKU" in problem.remedy


def test_a_line_without_seller_sku_is_named_by_tiktoks_sku_id_and_can_be_mapped_by_it() -> None:
    order = make_order(make_line("0", "", "10.00", product_name="Mystery"))
    order = replace(order, line_items=(replace(order.line_items[0], sku_id="1729"),))
    (problem,) = matched(order).problems
    assert (problem.code, problem.sku) == ("missing_sku", "1729")
    assert matched(order, mappings=mapping("1729", MappedProduct(sku="MUG-01"))).products["0"][0].sku == "MUG-01"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"is_enabled": False}, "disabled_product", "disabled"),
        ({"is_in_store": False}, "not_in_store", "store view"),
        ({"salable_quantity": D("1.0000")}, "out_of_stock", "2 wanted, 1 salable"),
        ({"type_id": "configurable"}, "needs_options", "configurable"),
    ],
)
def test_what_cannot_be_ordered_is_said(change: dict[str, Any], code: str, words: str) -> None:
    catalogue = {"MUG-01": replace(MUG, **change)}
    order = order_of("MUG-01", "MUG-01")
    (problem,) = matched(order, catalogue=catalogue).problems
    assert (problem.code, problem.sku, problem.line_item_ids) == (code, "MUG-01", ("0", "1"))
    assert words in problem.message
    # An order that is only recorded reserves nothing, and Magento checks nothing: no reason to stop.
    for recorded in (
        matched(order, catalogue=catalogue, create_way="record"),
        matched(order_of("MUG-01", "MUG-01", order={"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}), catalogue=catalogue),
    ):
        assert not recorded.problems
        assert [problem.code for problem in recorded.passed_over] == [code]


def test_enough_stock_is_no_problem() -> None:
    assert not matched(order_of("MUG-01"), catalogue={"MUG-01": replace(MUG, salable_quantity=D(1))}).problems


def test_an_unknown_sku_stops_an_order_that_is_recorded_too() -> None:
    assert matched(order_of("NEW"), create_way="record").problems


def test_problems_are_passed_over_by_recording_only() -> None:
    matching = matched(order_of("NEW", "MUG-01"), product_problem="record")
    assert matching.record_only and not matching.problems
    assert matching.products["0"][0] == MatchedProduct(sku="NEW", name="New")
    assert "Magento has no product with SKU NEW" in matching.notes[0]
    assert not matched(order_of("MUG-01"), product_problem="record").record_only


def test_problems_are_passed_over_by_a_placeholder() -> None:
    matching = matched(order_of("NEW", "MUG-01"), product_problem="placeholder", placeholder_sku="BOX")
    assert not matching.problems and not matching.record_only
    assert [matching.products[n][0].sku for n in "01"] == ["BOX", "MUG-01"]
    assert "BOX stands for: NEW (New)." in matching.notes


def test_a_placeholder_that_is_unknown_itself_is_a_problem() -> None:
    matching = matched(order_of("NEW"), product_problem="placeholder", placeholder_sku="GONE")
    assert [problem.code for problem in matching.problems] == ["unknown_sku", "unknown_placeholder"]


def test_a_bundle_becomes_its_parts_and_its_price_is_shared_out() -> None:
    order = make_order(make_line("0", "SET", "39.90", bundle_parts=SET))
    matching = matched(order)
    assert [(part.sku, part.quantity) for part in matching.products["0"]] == [("TEE-RED-M", 1), ("MUG-01", 2)]
    rows = booked(order, dict(matching.products)).rows
    assert [(row.sku, row.row_total) for row in rows] == [("TEE-RED-M", D("17.68")), ("MUG-01", D("22.22"))]


def test_parts_that_are_the_same_product_are_put_together() -> None:
    parts = (*SET, BundlePart(sku_id="17CUP", seller_sku="CUP", count=3))
    order = make_order(make_line("0", "SET", "39.90", bundle_parts=parts))
    matching = matched(order, mappings=mapping("CUP", MappedProduct(sku="MUG-01", quantity=2)))
    assert [(part.sku, part.quantity) for part in matching.products["0"]] == [("TEE-RED-M", 1), ("MUG-01", 8)]


def test_a_mapping_of_the_bundle_itself_goes_before_its_parts() -> None:
    order = make_order(make_line("0", "SET", "39.90", bundle_parts=SET))
    matching = matched(order, mappings=mapping("SET", MappedProduct(sku="BOX")))
    assert [part.sku for part in matching.products["0"]] == ["BOX"]


def test_an_unknown_part_is_the_problem_not_the_bundle() -> None:
    order = make_order(make_line("0", "SET", "39.90", bundle_parts=(replace(SET[0], seller_sku="OLD"), SET[1])))
    (problem,) = matched(order).problems
    assert (problem.code, problem.sku) == ("unknown_sku", "OLD")


def test_a_mapping_names_several_products_and_options() -> None:
    option = ProductOption(kind="configurable", option_id="93", values=("4",))
    both = mapping("OLD", MappedProduct(sku="TEE", options=(option,)), MappedProduct(sku="MUG-01", quantity=2))
    catalogue = CATALOGUE | {"TEE": MagentoProduct(id=7, sku="TEE", name="Tee", type_id="configurable")}
    matching = matched(order_of("OLD"), mappings=both, catalogue=catalogue)
    assert not matching.problems
    tee, mugs = matching.products["0"]
    assert (tee.options, tee.type_id, tee.price, mugs.quantity) == ((option,), "configurable", None, 2)


def test_a_mapped_product_that_magento_does_not_have_is_a_problem() -> None:
    (problem,) = matched(order_of("OLD"), mappings=mapping("OLD", MappedProduct(sku="GONE"))).problems
    assert (problem.code, problem.sku) == ("unknown_sku", "GONE")


def test_a_stored_mapping_reads_as_it_was_written() -> None:
    option = ProductOption(kind="bundle", option_id="5", values=("11", "12"), quantity=2)
    original = SkuMapping(
        tiktok_sku="OLD", products=(MappedProduct(sku="A", quantity=3, options=(option,)), MappedProduct(sku="B"))
    )
    assert SkuMapping.from_stored("OLD", original.to_stored()) == original
    assert SkuMapping.from_stored("OLD", [{"sku": "B"}, {"sku": "C", "quantity": None, "options": None}]).products == (
        MappedProduct(sku="B"),
        MappedProduct(sku="C"),
    )


def test_what_is_looked_up_is_what_can_be_matched() -> None:
    order = make_order(
        make_line("0", "TT-TEE-RED-M", "10.00"),
        make_line("1", "OLD", "10.00"),
        make_line("2", "SET", "39.90", bundle_parts=SET),
        make_line("3", "GONE", "10.00", display_status="CANCELLED"),
    )
    settings = ShopSettings(sku_strip_prefix="TT-", product_problem="placeholder", placeholder_sku="BOX")
    asked = skus_to_look_up(order, settings, mapping("OLD", MappedProduct(sku="HAT-07")))
    assert asked == {"TT-TEE-RED-M", "TEE-RED-M", "HAT-07", "MUG-01", "BOX"}


def test_cancelled_lines_need_no_product() -> None:
    order = make_order(make_line("0", "MUG-01", "10.00"), make_line("1", "GONE", "10.00", display_status="CANCELLED"))
    matching = matched(order)
    assert not matching.problems and set(matching.products) == {"0"}
