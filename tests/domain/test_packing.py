"""Slips and pick lists, and files of tracking numbers, as values."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connector.domain import packing, tracking, tracking_file
from connector.domain.booking import MatchedProduct
from connector.domain.order import BundlePart, District, LineItem, Order, Recipient
from connector.domain.postal import PostalAddress
from connector.domain.stored_booking import Pieces, pieces_of_lines, stored
from tests.domain import orders

ADDRESS = Recipient(
    name="Ada Lovelace",
    phone_number="(+1)213-555-0100",
    region_code="US",
    postal_code="90001",
    address_line1="12 Market Street",
    address_detail="12 Market Street",
    districts=(
        District(level="L0", level_name="Country", name="United States"),
        District(level="L1", level_name="State", name="California"),
        District(level="L3", level_name="City", name="Los Angeles"),
    ),
)


def make_line(id: str = "1", seller_sku: str = "MUG", **more: Any) -> LineItem:
    more.setdefault("sku_id", f"17{seller_sku}")
    sku_id = more.pop("sku_id")
    return replace(orders.make_line(id, seller_sku, "10", **more), sku_id=sku_id)


def make_order(lines: list[LineItem] | None = None, recipient: Recipient | None = None, **more: Any) -> Order:
    return replace(orders.make_order(*(lines or [make_line()]), recipient=recipient), **more)


def booked(*rows: dict[str, Any]) -> dict[str, list[Pieces]]:
    return pieces_of_lines({"rows": list(rows)})


def test_a_slip_counts_alike_units_and_names_magentos_skus() -> None:
    lines = [make_line(id="1"), make_line(id="2"), make_line(id="3", seller_sku="GIFT", sku_id="9", is_gift=True)]
    slip = packing.slip(
        make_order(lines=lines, recipient=ADDRESS),
        booked=booked({"sku": "MUG-RED", "quantity": 2, "line_item_ids": ["1", "2"]}),
        shop_name="Acme",
    )
    assert [(line.quantity, line.sku, line.is_gift) for line in slip.lines] == [
        (2, "MUG-RED", False),
        (1, "GIFT", True),
    ]
    assert slip.units == 3
    assert slip.address == (
        "Ada Lovelace",
        "12 Market Street",
        "Los Angeles, California 90001",
        "United States",
        "(+1)213-555-0100",
    )


def test_an_address_that_was_put_right_is_the_one_that_is_printed() -> None:
    edited = PostalAddress(
        firstname="Ada", lastname="King", street=("1 New Road",), city="Reno", region="Nevada", postcode="89501",
        country_id="US", telephone="1",
    )  # fmt: skip
    slip = packing.slip(make_order(recipient=ADDRESS), edited=edited)
    assert slip.address == ("Ada King", "1 New Road", "Reno, Nevada 89501", "US", "1")


def test_what_is_shipped_or_cancelled_is_not_on_the_slip_again() -> None:
    lines = [
        make_line(id="1", display_status="AWAITING_SHIPMENT"),
        make_line(id="2", display_status="IN_TRANSIT"),
        make_line(id="3", display_status="CANCELLED"),
    ]
    assert packing.slip(make_order(lines=lines, status="PARTIALLY_SHIPPING")).units == 1


BUNDLE = (BundlePart(sku_id="1", seller_sku="MUG", count=2), BundlePart(sku_id="2", seller_sku="TEA", count=1))


def test_a_bundle_that_is_not_booked_yet_counts_its_parts() -> None:
    bundles = [make_line("1", "SET", bundle_parts=BUNDLE), make_line("2", "SET", bundle_parts=BUNDLE)]
    slip = packing.slip(make_order(lines=bundles))
    assert [(line.sku, line.quantity, line.price, line.total) for line in slip.lines] == [
        ("MUG", 4, None, Decimal(20)),
        ("TEA", 2, None, None),  # the bundles' sum stands in their first line
    ]
    assert slip.units == 6


def test_a_booked_bundle_counts_its_parts_by_magentos_names() -> None:
    rows = booked(
        {"sku": "MUG", "name": "Stoneware Mug", "quantity": 4, "line_item_ids": ["1", "2"], "pieces": [2, 2]},
        {"sku": "TEA", "name": "Green Tea", "quantity": 2, "line_item_ids": ["1", "2"], "pieces": [1, 1]},
    )
    lines = [make_line(id, "SET", product_name="Breakfast set", sku_name="Large") for id in ("1", "2")]
    slip = packing.slip(make_order(lines=lines), booked=rows)
    assert [(line.sku, line.quantity, line.name, line.variant) for line in slip.lines] == [
        ("MUG", 4, "Stoneware Mug", "Breakfast set"),
        ("TEA", 2, "Green Tea", "Breakfast set"),
    ]
    assert [(line.sku, line.quantity, line.name) for line in packing.pick_list([slip])] == [
        ("MUG", 4, "Stoneware Mug"),
        ("TEA", 2, "Green Tea"),
    ]


def test_a_unit_that_is_several_pieces_in_magento_counts_as_these() -> None:
    rows = booked({"sku": "MUG", "quantity": 6, "line_item_ids": ["1"]})
    slip = packing.slip(make_order(lines=[make_line("1", "MUG-6")]), booked=rows)
    assert [(line.sku, line.quantity) for line in packing.pick_list([slip])] == [("MUG", 6)]
    assert (slip.units, slip.lines[0].price, slip.lines[0].total) == (6, None, Decimal(10))


def test_one_product_of_units_of_several_sizes_is_one_line_of_the_list() -> None:
    products = {"1": (MatchedProduct(sku="MUG", quantity=6),), "2": (MatchedProduct(sku="MUG"),)}
    order = make_order(lines=[make_line("1", "MUG-6"), make_line("2", "MUG")])
    booking = stored(orders.booked(order, products))

    def picked(order: Order, booking: dict[str, Any]) -> list[tuple[str, int]]:
        slip = packing.slip(order, booked=pieces_of_lines(booking))
        return [(line.sku, line.quantity) for line in packing.pick_list([slip])]

    gone = make_line("2", "MUG", display_status="IN_TRANSIT")
    half = replace(order, status="PARTIALLY_SHIPPING", line_items=(make_line("1", "MUG-6"), gone))
    assert picked(order, booking) == [("MUG", 7)]
    assert picked(half, booking) == [("MUG", 6)]
    old = {"rows": [{name: value for name, value in row.items() if name != "pieces"} for row in booking["rows"]]}
    assert picked(order, old) == [("MUG", 7)]  # it says only how many they are together


def test_variants_of_one_sku_are_not_put_together() -> None:
    rows = booked(
        {"sku": "TEE", "quantity": 1, "line_item_ids": ["1"], "options": [{"option_id": "93", "values": ["5"]}]},
        {"sku": "TEE", "quantity": 1, "line_item_ids": ["2"], "options": [{"option_id": "93", "values": ["6"]}]},
    )
    lines = [make_line("1", "TEE-RED", sku_name="Red"), make_line("2", "TEE-BLUE", sku_name="Blue")]
    picked = packing.pick_list([packing.slip(make_order(lines=lines), booked=rows)])
    assert [(line.sku, line.variant, line.quantity) for line in picked] == [("TEE", "Red", 1), ("TEE", "Blue", 1)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "AWAITING_SHIPMENT"}, ""),
        ({"status": "PARTIALLY_SHIPPING"}, ""),
        ({"status": "CANCELLED"}, "Cancelled"),
        ({"status": "ON_HOLD"}, "may still cancel"),
        ({"status": "UNPAID"}, "Not paid"),
        ({"status": "IN_TRANSIT"}, "Shipped already"),
        ({"status": "AWAITING_SHIPMENT", "is_buyer_request_cancel": True}, "asks to cancel"),
        ({"status": "AWAITING_SHIPMENT", "fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, "TikTok Shop delivers"),
        (
            {"status": "AWAITING_SHIPMENT", "fulfillment_type": "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"},
            "TikTok Shop delivers",
        ),
    ],
)
def test_an_order_that_must_not_be_shipped_says_so(values: dict[str, object], words: str) -> None:
    said = packing.stop_of(make_order(**values))
    assert words in said and bool(words) == bool(said)


def test_the_pick_list_adds_up_by_sku_and_leaves_out_what_must_not_be_shipped() -> None:
    slips = [
        packing.slip(
            make_order(id="11", lines=[make_line(seller_sku="A-10"), make_line(seller_sku="A-9", sku_id="2")])
        ),
        packing.slip(make_order(id="12", lines=[make_line(seller_sku="A-10"), make_line(seller_sku="A-10", id="8")])),
        packing.slip(make_order(id="13", status="CANCELLED", lines=[make_line(seller_sku="A-10")])),
    ]
    picked = packing.pick_list(slips)
    assert [(line.sku, line.quantity, dict(line.orders)) for line in picked] == [
        ("A-9", 1, {"11": 1}),
        ("A-10", 3, {"11": 1, "12": 2}),
    ]


@pytest.mark.parametrize(
    ("bars", "number"),
    [
        ("1Z999AA10123456784\r", "1Z999AA10123456784"),
        ("420900019205590164917312345670", "9205590164917312345670"),
        ("420900011234\x1d9205590164917312345670", "9205590164917312345670"),
        ("\x1d420900019205590164917312345670", "9205590164917312345670"),
        ("4209000", "4209000"),
    ],
)
def test_the_number_of_a_label_is_what_is_printed_below_its_bars(bars: str, number: str) -> None:
    assert tracking.scanned(bars) == number


@pytest.mark.parametrize(
    "text",
    [
        "order,carrier,tracking_number\n576,ups,1Z 999\n",
        "\ufeffOrder ID;Carrier;Tracking Number\r\n'576;ups;1Z999\r\n\r\n",
        "Tracking no\tOrder number\tcourier\n1Z999\t#576\tups",
    ],
)
def test_files_of_other_programs_are_read(text: str) -> None:
    [line] = tracking_file.read(text.encode())
    assert (line.order, line.carrier, line.tracking_number, line.fault) == ("576", "ups", "1Z999", "")
    assert tracking_file.read(tracking_file.write([line]))[0].tracking_number == "1Z999"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",ups,1Z999", "names no order"),
        ("576,ups,", "no tracking number"),
        ("576,ups,12", "4 to 50"),
        ("5.76461E+17,ups,1Z999", "rounded"),
        ("576,ups,9.20559E+21", "rounded"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(row: str, fault: str) -> None:
    [line] = tracking_file.read(f"order,carrier,tracking_number\n{row}\n")
    assert fault in line.fault


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose a CSV"),
        (b"a,b\n1,2\n", "order and tracking_number is missing"),
        (b"order,tracking_number\n" + b"1,12345\n" * 1001, "more than 1,000 lines"),
        (b"x" * (600 * 1024), "larger than 512 KB"),
        (b"order,tracking_number\n\0,1\n", "zero bytes"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(tracking_file.Unreadable, match=words):
        tracking_file.read(data)
