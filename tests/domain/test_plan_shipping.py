"""What TikTok Shop and Magento are still to be told of parcels, as tables; and that a unit is never told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain import statuses
from connector.domain.carriers import Carrier, CarrierMap
from connector.domain.magento_order import MagentoComment, MagentoItem, MagentoOrder, MagentoShipment, MagentoTrack
from connector.domain.order import LineItem, Order, Payment
from connector.domain.plan_shipping import CORRECTED_WITHIN, before_waiting, plan_shipping
from connector.domain.shipping_steps import (
    OWN,
    PLATFORM,
    ArrangeAsAsked,
    Ask,
    CorrectTracking,
    FollowPackages,
    KeepAsTold,
    NoteTracking,
    ReadTracking,
    ShipAsAsked,
    ShipInMagento,
    Shipping,
    TellShipped,
    Told,
)
from connector.domain.steps import AskMerchant, InvoiceInMagento, Step, Wait

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MUG, TEE = 71, 72
UPS, DPD = Carrier("ups"), Carrier("dpd")
WAITS = statuses.AWAITING_SHIPMENT


def line(id: str, sku: str, **more: Any) -> LineItem:
    return LineItem(id=id, sku_id=f"17{sku}", seller_sku=sku, **({"display_status": WAITS} | more))


def shipped(id: str, sku: str, number: str, package_id: str = "p", **more: Any) -> LineItem:
    values = {"display_status": statuses.AWAITING_COLLECTION, "tracking_number": number, "package_id": package_id}
    return line(id, sku, **(values | more))


LINES = (line("1", "MUG"), line("2", "MUG"), line("3", "TEE"))
ORDER = Order(
    id="576",
    status=WAITS,
    create_time=NOW - timedelta(hours=2),
    update_time=NOW - timedelta(minutes=1),
    payment=Payment(currency="USD"),
    line_items=LINES,
)
PARTLY = statuses.PARTIALLY_SHIPPING
CONTENTS = {"1": {MUG: 1}, "2": {MUG: 1}, "3": {TEE: 1}}


def order(*lines: LineItem, **more: Any) -> Order:
    return replace(ORDER, line_items=lines or LINES, **more)


def magento(mug: int = 0, tee: int = 0, **more: Any) -> MagentoOrder:
    """The Magento order, with so many shipped."""
    items = (
        MagentoItem(item_id=MUG, sku="MUG", qty_ordered=Decimal(2), qty_shipped=Decimal(mug)),
        MagentoItem(item_id=TEE, sku="TEE", qty_ordered=Decimal(1), qty_shipped=Decimal(tee)),
    )
    fixed = {"state": "processing", "status": "processing", "grand_total": Decimal(40)}
    return MagentoOrder(entity_id=13, increment_id="13", items=items, **(fixed | more))


def parcel(id: int, *numbers: str, mug: int = 0, tee: int = 0, carrier: str = "ups") -> MagentoShipment:
    quantities = {item_id: Decimal(count) for item_id, count in ((MUG, mug), (TEE, tee)) if count}
    tracks = tuple(MagentoTrack(track_number=number, carrier_code=carrier, title="") for number in numbers)
    return MagentoShipment(entity_id=id, order_id=13, quantities=quantities, tracks=tracks)


def told(*line_ids: str, number: str = "1Z-A", package: str = "p", **more: Any) -> Told:
    values: dict[str, Any] = {"told_at": NOW - timedelta(hours=1), "package_ids": (package,), "carrier": UPS}
    return Told(line_item_ids=line_ids, tracking_number=number, **(values | more))


def shipping(*shipments: MagentoShipment, **more: Any) -> Shipping:
    defaults: dict[str, Any] = {
        "region": "US",
        "carriers": CarrierMap(providers={UPS: "7001"}),
        "contents": CONTENTS,
        "tracking_read_for": ORDER.update_time,
    }
    return Shipping(shipments=shipments, **(defaults | more))


def tell(shipment_id: int, *line_ids: str, number: str = "1Z-A", **more: Any) -> TellShipped:
    values = {"carrier": UPS, "provider_id": "7001", "whole": False}
    return TellShipped(shipment_id=shipment_id, line_item_ids=line_ids, tracking_number=number, **(values | more))


def correct(number: str = "1Z-B", **more: Any) -> CorrectTracking:
    values = {"shipment_id": 1, "package_ids": ("p",), "carrier": UPS, "provider_id": "7001"}
    return CorrectTracking(tracking_number=number, **(values | more))


ALL_TOLD = order(
    *(shipped(id, sku, "1Z-A") for id, sku in (("1", "MUG"), ("2", "MUG"), ("3", "TEE"))),
    status=statuses.AWAITING_COLLECTION,
    package_ids=("p",),
)
PACKED = order(*(replace(one, package_id="p") for one in LINES), package_ids=("p",))
TWO_PACKED = order(
    replace(LINES[0], package_id="p"), *(replace(one, package_id="q") for one in LINES[1:]), package_ids=("p", "q")
)
THEIRS = {"shipping_type": "TIKTOK"}
MY_ASK = Ask(id=5, kind=OWN, carrier=UPS, tracking_number="1Z-A")
THEIR_ASK = Ask(id=6, kind=PLATFORM, handover="DROP_OFF")

SHARED = replace(PACKED, split_or_combine_tag="COMBINED")
SHIPPED_WITH_ANOTHER = replace(ALL_TOLD, split_or_combine_tag="COMBINED")
FROM_ANOTHER = ShipInMagento(line_item_ids=("1", "2", "3"), tracking_number="1Z-A", carrier_title="TikTok Shop")

CASES: list[tuple[str, Order, MagentoOrder | None, Shipping, list[Step]]] = [
    ("an order that is not in Magento yet has nothing to ship", ORDER, None, shipping(), []),
    ("nothing was shipped", ORDER, magento(), shipping(), []),
    (
        "what Magento made twice of one request is no parcel, and the next one is told by itself",
        order(shipped("1", "MUG", "1Z-A"), LINES[1], LINES[2], status=PARTLY),
        magento(2, 1),
        shipping(
            parcel(1, "1Z-A", mug=1),
            parcel(2, "1Z-A", mug=1),
            parcel(3, "1Z-C", tee=1),
            told={1: told("1"), 2: told(package_ids=())},
        ),
        [tell(3, "3", number="1Z-C")],
    ),
    (
        "a number that was changed on what Magento made twice corrects nothing",
        order(shipped("1", "MUG", "1Z-A"), LINES[1], LINES[2], status=PARTLY),
        magento(2),
        shipping(parcel(1, "1Z-A", mug=1), parcel(2, "1Z-B", mug=1), told={1: told("1"), 2: told(package_ids=())}),
        [],
    ),
    (
        "what Magento made twice is not told of the orders that share the Magento order, either",
        order(LINES[1], LINES[2]),
        magento(2),
        shipping(
            parcel(1, "1Z-A", mug=1),
            parcel(2, "1Z-A", mug=1),
            whole=order(shipped("1", "MUG", "1Z-A"), LINES[1], LINES[2]),
            told_of_others=({1: ("1",), 2: ()},),
        ),
        [],
    ),
    (
        "all in one parcel is told as a whole",
        ORDER,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1)),
        [tell(1, "1", "2", "3", whole=True)],
    ),
    ("a part is told by its lines", ORDER, magento(1), shipping(parcel(1, "1Z-A", mug=1)), [tell(1, "1")]),
    (
        "two parcels are told each with its own",
        ORDER,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2), parcel(2, "1Z-B", tee=1)),
        [tell(1, "1", "2"), tell(2, "3", number="1Z-B")],
    ),
    (
        "after the first was told the second is",
        order(shipped("1", "MUG", "1Z-A"), *LINES[1:], status=PARTLY, package_ids=("p",)),
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=1), parcel(2, "1Z-B", mug=1, tee=1), told={1: told("1")}),
        [tell(2, "2", "3", number="1Z-B")],
    ),
    (
        "of several numbers the first is told, the others are named",
        ORDER,
        magento(2, 1),
        shipping(parcel(1, "", " 1Z AB ", "1Z-C", mug=2, tee=1)),
        [tell(1, "1", "2", "3", number="1ZAB", whole=True, others=("1Z-C",))],
    ),
    (
        "what TikTok shows with the parcel's number was told: it is written down, not told again",
        ALL_TOLD,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1)),
        [
            KeepAsTold(
                shipment_id=1,
                line_item_ids=("1", "2", "3"),
                tracking_number="1Z-A",
                carrier=UPS,
                tiktok_number="1Z-A",
                package_ids=("p",),
            )
        ],
    ),
    (
        "a unit with a parcel's number on TikTok goes with that parcel",
        order(LINES[0], shipped("2", "MUG", "1Z-B"), LINES[2], status=PARTLY),
        magento(2),
        shipping(parcel(1, "1Z-A", mug=1), parcel(2, "1Z-B", mug=1)),
        [
            tell(1, "1"),
            KeepAsTold(
                shipment_id=2,
                line_item_ids=("2",),
                tracking_number="1Z-B",
                carrier=UPS,
                tiktok_number="1Z-B",
                package_ids=("p",),
            ),
        ],
    ),
    (
        "all was told",
        ALL_TOLD,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1), told={1: told("1", "2", "3")}),
        [],
    ),
    (
        "a cancelled unit is not told",
        order(LINES[0], replace(LINES[1], display_status=statuses.CANCELLED), LINES[2]),
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1)),
        [tell(1, "1", "3", whole=True)],
    ),
    (
        "a unit that is two of Magento's items waits for the second",
        ORDER,
        magento(2, 0),
        shipping(parcel(1, "1Z-A", mug=2), contents={"1": {MUG: 1, TEE: 1}, "2": {MUG: 1}, "3": {MUG: 9}}),
        [tell(1, "2")],
    ),
    (
        "a unit of which it is not known what it is goes with the last parcel of all",
        ORDER,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2), parcel(2, "1Z-B", tee=1), contents={"1": {MUG: 1}, "2": {MUG: 1}}),
        [tell(1, "1", "2"), tell(2, "3", number="1Z-B")],
    ),
    (
        "TikTok's package is shipped as a whole where packages are there before",
        PACKED,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1), region="ID"),
        [tell(1, "1", "2", "3", whole=True, package_ids=("p",))],
    ),
    (
        "a package of which a part was shipped waits for the rest",
        PACKED,
        magento(2),
        shipping(parcel(1, "1Z-A", mug=2), region="ID"),
        [],
    ),
    (
        "a package that two parcels fill is told once",
        PACKED,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2), parcel(2, "1Z-B", tee=1), region="ID"),
        [tell(1, "1", "2", "3", whole=True, package_ids=("p",))],
    ),
    (
        "of two packages the one that is complete is told",
        TWO_PACKED,
        magento(1),
        shipping(parcel(1, "1Z-A", mug=1), region="ID"),
        [tell(1, "1", package_ids=("p",))],
    ),
    (
        "a shop for which the other call was found to work is told by it",
        PACKED,
        magento(1),
        shipping(parcel(1, "1Z-A", mug=1), region="ID", ships_by="mark"),
        [tell(1, "1")],
    ),
    (
        "a package that several orders share is shipped as such, also where parcels are marked",
        SHARED,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1)),
        [tell(1, "1", "2", "3", whole=True, package_ids=("p",))],
    ),
    (
        "unless the shop was found to mark them all the same",
        SHARED,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1), ships_by="mark"),
        [tell(1, "1", "2", "3", whole=True)],
    ),
    (
        "shipped with another order, Magento gets a shipment with the number",
        SHIPPED_WITH_ANOTHER,
        magento(),
        shipping(),
        [FROM_ANOTHER],
    ),
    ("what was shipped in Seller Center alone becomes a shipment", ALL_TOLD, magento(), shipping(), [FROM_ANOTHER]),
    (
        "each of its packages one, beside what Magento has shipped",
        order(shipped("1", "MUG", "1Z-A"), shipped("2", "MUG", "1Z-B"), LINES[2], status=PARTLY),
        magento(1),
        shipping(parcel(1, "1Z-A", mug=1), told={1: told("1")}),
        [ShipInMagento(line_item_ids=("2",), tracking_number="1Z-B", carrier_title="TikTok Shop")],
    ),
    (
        "not where Magento has shipped it with another number, or with none",
        order(shipped("1", "MUG", "1Z-A"), shipped("2", "MUG", "1Z-A"), LINES[2], status=PARTLY),
        magento(2),
        shipping(
            parcel(1, "1Z-Z", mug=1), parcel(2, mug=1), told={1: told("1", number="1Z-Z"), 2: told("2", number="")}
        ),
        [],
    ),
    ("not on hold in Magento", ALL_TOLD, magento(state="holded"), shipping(), []),
    (
        "not what Magento has not left to ship",
        ALL_TOLD,
        magento(1),
        shipping(parcel(1, "1Z-C", mug=1), told={1: told()}),
        [],
    ),
    ("nor what it is not known to be", ALL_TOLD, magento(), shipping(contents={"1": {MUG: 1}}), []),
    ("nor does an order that is only recorded", SHIPPED_WITH_ANOTHER, magento(2, 1), shipping(), []),
    (
        "what is written down without a number gets it",
        SHIPPED_WITH_ANOTHER,
        magento(2, 1),
        shipping(parcel(1, mug=2, tee=1), told={1: told("1", "2", "3", number="")}),
        [FROM_ANOTHER],
    ),
    (
        "which is then written down, too",
        SHIPPED_WITH_ANOTHER,
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1, carrier="custom"), told={1: told("1", "2", "3", number="")}),
        [
            KeepAsTold(
                shipment_id=1,
                line_item_ids=("1", "2", "3"),
                tracking_number="1Z-A",
                carrier=Carrier("custom"),
                tiktok_number="1Z-A",
                package_ids=("p",),
            )
        ],
    ),
    (
        "a number that is being corrected does not come back",
        SHIPPED_WITH_ANOTHER,
        magento(2, 1),
        shipping(parcel(1, "1Z-B", mug=2, tee=1), told={1: told("1", "2", "3")}),
        [correct()],
    ),
    (
        "a number that was changed is corrected",
        ALL_TOLD,
        magento(2, 1),
        shipping(parcel(1, "1Z-B", mug=2, tee=1), told={1: told("1", "2", "3")}),
        [correct()],
    ),
    (
        "a number beside the one that was told is no correction",
        ALL_TOLD,
        magento(2, 1),
        shipping(parcel(1, "1Z-B", "1Z-A", mug=2, tee=1), told={1: told("1", "2", "3")}),
        [],
    ),
    (
        "a number that was deleted is not taken back",
        ALL_TOLD,
        magento(2, 1),
        shipping(parcel(1, mug=2, tee=1), told={1: told("1", "2", "3")}),
        [],
    ),
    (
        "a correction that was refused is not tried again",
        ALL_TOLD,
        magento(2, 1),
        shipping(parcel(1, "1Z-B", mug=2, tee=1), told={1: told("1", "2", "3", refused_number="1Z-B")}),
        [],
    ),
    (
        "after 72 hours a correction is late",
        ALL_TOLD,
        magento(2, 1),
        shipping(
            parcel(1, "1Z-B", mug=2, tee=1),
            told={1: told("1", "2", "3", told_at=NOW - CORRECTED_WITHIN - timedelta(seconds=1))},
        ),
        [correct(is_late=True)],
    ),
    (
        "at 72 hours it is not",
        ALL_TOLD,
        magento(2, 1),
        shipping(parcel(1, "1Z-B", mug=2, tee=1), told={1: told("1", "2", "3", told_at=NOW - CORRECTED_WITHIN)}),
        [correct()],
    ),
    (
        "packages that were split anew are written down, and nothing is told",
        replace(
            ALL_TOLD,
            line_items=(*ALL_TOLD.line_items[:2], replace(ALL_TOLD.line_items[2], package_id="q")),
            package_ids=("p", "q"),
        ),
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1), told={1: told("1", "2", "3")}),
        [FollowPackages(shipment_id=1, package_ids=("p", "q"))],
    ),
    (
        "a correction names the packages that there are now",
        replace(
            ALL_TOLD, line_items=tuple(replace(one, package_id="q") for one in ALL_TOLD.line_items), package_ids=("q",)
        ),
        magento(2, 1),
        shipping(parcel(1, "1Z-B", mug=2, tee=1), told={1: told("1", "2", "3")}),
        [FollowPackages(shipment_id=1, package_ids=("q",)), correct(package_ids=("q",))],
    ),
    (
        "what was delivered is corrected no more",
        replace(ALL_TOLD, status=statuses.DELIVERED),
        magento(2, 1),
        shipping(parcel(1, "1Z-B", mug=2, tee=1), told={1: told("1", "2", "3")}),
        [],
    ),
    (
        "a person's parcel is made in Magento first",
        ORDER,
        magento(),
        shipping(asks=(MY_ASK,)),
        [ShipAsAsked(ask=MY_ASK)],
    ),
    (
        "TikTok's carrier is arranged when a person asks",
        replace(ORDER, **THEIRS),
        magento(),
        shipping(asks=(THEIR_ASK,)),
        [ArrangeAsAsked(ask=THEIR_ASK)],
    ),
    (
        "no parcel of the merchant's is told where TikTok's carrier ships",
        replace(ORDER, **THEIRS),
        magento(2, 1),
        shipping(parcel(1, "1Z-A", mug=2, tee=1)),
        [],
    ),
    (
        "TikTok's number goes onto a shipment in Magento, one a package",
        order(
            shipped("1", "MUG", "TT-1", shipping_provider_name="USPS"),
            shipped("2", "MUG", "TT-2"),
            shipped("3", "TEE", "TT-1"),
            status=statuses.AWAITING_COLLECTION,
            **THEIRS,
        ),
        magento(),
        shipping(),
        [
            ShipInMagento(line_item_ids=("1", "3"), tracking_number="TT-1", carrier_title="USPS"),
            ShipInMagento(line_item_ids=("2",), tracking_number="TT-2", carrier_title="TikTok Shop"),
        ],
    ),
    (
        "a number of TikTok's that is on a shipment already is not put on another",
        order(shipped("1", "MUG", "TT-1"), status=statuses.AWAITING_COLLECTION, **THEIRS),
        magento(1),
        shipping(parcel(1, "TT-1", mug=1)),
        [],
    ),
    (
        "from TikTok's warehouse: the number as a comment",
        order(
            shipped("1", "MUG", "FBT-1", shipping_provider_name="USPS"),
            status=statuses.IN_TRANSIT,
            fulfillment_type="FULFILLMENT_BY_TIKTOK",
        ),
        magento(),
        shipping(asks=(MY_ASK,)),
        [NoteTracking(text="TikTok Shop ships the order: USPS FBT-1")],
    ),
    (
        "a comment that is there is not written again",
        order(
            shipped("1", "MUG", "FBT-1", shipping_provider_name="USPS"),
            status=statuses.IN_TRANSIT,
            fulfillment_type="FULFILLMENT_BY_TIKTOK",
        ),
        magento(comments=(MagentoComment(comment="TikTok Shop ships the order: USPS FBT-1"),)),
        shipping(),
        [],
    ),
    (
        "where a parcel is, is read once for each change",
        ALL_TOLD,
        magento(2, 1),
        shipping(
            parcel(1, "1Z-A", mug=2, tee=1),
            told={1: told("1", "2", "3")},
            tracking_read_for=ORDER.update_time - timedelta(seconds=1),
        ),
        [ReadTracking(update_time=ORDER.update_time)],
    ),
    (
        "a way of shipping that did not exist when this was written is left alone until something is shipped",
        replace(ORDER, shipping_type="BY_ROCKET"),
        magento(),
        shipping(),
        [],
    ),
]


@pytest.mark.parametrize(("value", "in_magento", "known", "steps"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_steps_of_shipping(
    value: Order, in_magento: MagentoOrder | None, known: Shipping, steps: list[Step]
) -> None:
    assert plan_shipping(value, in_magento, known, NOW) == steps


def with_a_wrapping(mug: int = 0, tee: int = 0) -> tuple[Order, MagentoOrder, dict[str, Any]]:
    """ORDER with a fourth unit, of which Magento ships nothing: the order, Magento's, and what its units are there."""
    wrapping = MagentoItem(item_id=73, sku="WRAP", product_type="virtual", qty_ordered=Decimal(1))
    theirs = magento(mug, tee)
    contents = {"contents": CONTENTS | {"4": {73: 1}}}
    return order(*LINES, line("4", "WRAP")), replace(theirs, items=(*theirs.items, wrapping)), contents


def test_what_magento_never_ships_is_told_with_the_first_parcel() -> None:
    value, theirs, contents = with_a_wrapping(1)
    known = shipping(parcel(1, "1Z-A", mug=1), **contents)
    assert plan_shipping(value, theirs, known, NOW) == [tell(1, "1", "4")]
    value, theirs, contents = with_a_wrapping(2, 1)
    known = shipping(parcel(1, "1Z-A", mug=2, tee=1), **contents)
    assert plan_shipping(value, theirs, known, NOW) == [tell(1, "1", "2", "3", "4", whole=True)]


def test_a_package_with_something_that_magento_never_ships_is_told_when_the_rest_of_it_is_shipped() -> None:
    value, theirs, contents = with_a_wrapping(2, 1)
    packed = order(*(replace(one, package_id="p") for one in value.line_items), package_ids=("p",))
    known = shipping(parcel(1, "1Z-A", mug=2, tee=1), region="ID", **contents)
    [step] = plan_shipping(packed, theirs, known, NOW)
    assert isinstance(step, TellShipped)
    assert (step.package_ids, step.whole) == (("p",), True)


def test_a_unit_that_is_not_known_goes_with_the_last_parcel_beside_what_is_shipped_otherwise() -> None:
    value, theirs, _ = with_a_wrapping(2, 1)
    bundle = MagentoItem(item_id=74, sku="SET", product_type="bundle", qty_ordered=Decimal(1))
    part = MagentoItem(item_id=75, sku="PEN", parent_item_id=74, qty_ordered=Decimal(2))
    all_units = [tell(1, "1", "2", "3", "4", whole=True)]
    for count, steps in ((1, []), (2, all_units)):
        items = (*theirs.items, bundle, replace(part, qty_shipped=Decimal(count)))
        known = shipping(parcel(1, "1Z-A", mug=2, tee=1), contents={})
        assert plan_shipping(value, replace(theirs, items=items), known, NOW) == steps


def test_shipped_in_seller_center_only_what_magento_ships_becomes_a_shipment() -> None:
    value, theirs, contents = with_a_wrapping()
    mug, *_, wrapping = value.line_items
    one = replace(wrapping, tracking_number="SC-2", display_status=statuses.IN_TRANSIT)
    both = [shipped("1", "MUG", "SC-1"), *LINES[1:], replace(one, tracking_number="SC-1")]
    title = {"carrier_title": "TikTok Shop"}
    assert plan_shipping(order(mug, *LINES[1:], one, status=PARTLY), theirs, shipping(**contents), NOW) == []
    assert plan_shipping(order(*both, status=PARTLY), theirs, shipping(**contents), NOW) == [
        ShipInMagento(line_item_ids=("1", "4"), tracking_number="SC-1", **title)
    ]


def test_what_was_shipped_on_both_sides_at_once_is_in_one_shipment() -> None:
    """Two mugs are in Magento's; TikTok knows one by another number: it is shipped no second time, and no third is told."""
    lines = (shipped("1", "MUG", "SC-1"), line("2", "MUG"), line("3", "MUG"), line("4", "TEE"))
    contents = {"1": {MUG: 1}, "2": {MUG: 1}, "3": {MUG: 1}, "4": {TEE: 1}}
    theirs = magento(2)
    theirs = replace(theirs, items=(replace(theirs.items[0], qty_ordered=Decimal(3)), theirs.items[1]))
    known = shipping(parcel(1, "1Z-A", mug=2), contents=contents)
    assert plan_shipping(order(*lines, status=PARTLY), theirs, known, NOW) == [tell(1, "2")]
    lines = (lines[0], shipped("2", "MUG", "1Z-A"), *lines[2:])
    known = replace(known, told={1: told("2")})
    assert plan_shipping(order(*lines, status=PARTLY), theirs, known, NOW) == []
    later = replace(known, shipments=(*known.shipments, parcel(2, "1Z-B", mug=1)))
    assert plan_shipping(order(*lines, status=PARTLY), theirs, later, NOW) == [tell(2, "3", number="1Z-B")]


@pytest.mark.parametrize(
    ("shipment", "code", "subject"),
    [
        (parcel(1, mug=1), "no_tracking", ""),
        (parcel(1, "  ", mug=1), "no_tracking", ""),
        (parcel(1, "1Z#9", mug=1), "bad_tracking_number", "1Z#9"),
        (parcel(1, "x" * 51, mug=1), "bad_tracking_number", "x" * 51),
        (parcel(1, "1Z-A", mug=1, carrier="dpd"), "unmapped_carrier", "dpd"),
    ],
)
def test_what_only_the_merchant_can_solve_comes_after_what_can_be_told(
    shipment: MagentoShipment, code: str, subject: str
) -> None:
    steps = plan_shipping(ORDER, magento(1, 1), shipping(shipment, parcel(2, "1Z-B", tee=1)), NOW)
    *first, last = steps
    assert first == [tell(2, "3", number="1Z-B")]
    assert isinstance(last, AskMerchant)
    assert (last.code, last.subject) == (code, subject)
    assert last.remedy


def test_what_is_handed_over_in_another_way_is_told_by_a_person_once_it_has_gone() -> None:
    in_store = order(shipping_type="IN-STORE PICKUP")
    assert plan_shipping(in_store, magento(), shipping(), NOW) == []
    [ask] = plan_shipping(in_store, magento(1), shipping(parcel(1, mug=1)), NOW)
    assert isinstance(ask, AskMerchant)
    assert (ask.code, ask.subject, ask.holds_up) == ("other_shipping", "IN-STORE PICKUP", False)
    handed_over = replace(in_store, status=statuses.DELIVERED)
    assert plan_shipping(handed_over, magento(1), shipping(parcel(1, mug=1)), NOW) == []


def test_a_parcel_that_has_gone_is_told_first_and_also_when_a_person_has_to_decide() -> None:
    told_now, wait = tell(1, "1"), Wait("placing_unclear")
    assert before_waiting([InvoiceInMagento(), wait], [told_now]) == [told_now, InvoiceInMagento(), wait]
    asks: list[Step] = [AskMerchant("code", "message", "remedy")]
    assert before_waiting(asks, [told_now]) == [told_now, *asks]


def test_what_is_still_to_be_shipped_comes_before_what_waits_and_not_at_all_when_a_person_has_to_decide() -> None:
    to_ship, wait = ShipAsAsked(ask=MY_ASK), Wait("placing_unclear")
    assert before_waiting([InvoiceInMagento(), wait], [to_ship]) == [InvoiceInMagento(), to_ship, wait]
    asks: list[Step] = [AskMerchant("code", "message", "remedy")]
    assert before_waiting(asks, [to_ship]) == asks
    only_told: list[Step] = [AskMerchant("code", "message", "remedy", holds_up=False)]
    assert before_waiting(only_told, [to_ship]) == [to_ship, *only_told]


# -- never twice, never more ---------------------------------------------------------------------------------------------


class Books:
    """TikTok's side and our rows, which do what a plan says; TikTok refuses a unit that is shipped already."""

    def __init__(self, mugs: int, tees: int, region: str, packages: list[int]) -> None:
        kinds = ["MUG"] * mugs + ["TEE"] * tees
        self.by_package = region not in ("US", "DE")
        self.region = region
        self.lines = {
            str(place): line(str(place), sku, package_id=f"p{packages[place]}" if self.by_package else "")
            for place, sku in enumerate(kinds)
        }
        self.contents = {id: {MUG if one.seller_sku == "MUG" else TEE: 1} for id, one in self.lines.items()}
        self.ordered = {MUG: mugs, TEE: tees}
        self.shipped = {MUG: 0, TEE: 0}
        self.shipments: list[MagentoShipment] = []
        self.told: dict[int, Told] = {}
        self.times_told = dict.fromkeys(self.lines, 0)

    def ship(self, mugs: int, tees: int) -> None:
        """The merchant ships so many, or what is left."""
        counts = {}
        for item_id, count in ((MUG, mugs), (TEE, tees)):
            counts[item_id] = min(count, self.ordered[item_id] - self.shipped[item_id])
            self.shipped[item_id] += counts[item_id]
        if any(counts.values()):
            number = len(self.shipments) + 1
            self.shipments.append(parcel(number, f"1Z-{number}", mug=counts[MUG], tee=counts[TEE]))

    def steps(self) -> list[Step]:
        all_shipped = all(one.tracking_number for one in self.lines.values())
        status = statuses.AWAITING_COLLECTION if all_shipped else PARTLY
        packages = tuple(dict.fromkeys(one.package_id for one in self.lines.values() if one.package_id))
        items = tuple(
            MagentoItem(item_id=id, sku=str(id), qty_ordered=Decimal(self.ordered[id]), qty_shipped=Decimal(count))
            for id, count in self.shipped.items()
        )
        value = order(*self.lines.values(), status=status, package_ids=packages)
        known = shipping(*self.shipments, told=dict(self.told), contents=self.contents, region=self.region)
        return plan_shipping(value, replace(magento(), items=items), known, NOW)

    def do(self, step: Step, *, is_written_down: bool) -> None:
        if isinstance(step, TellShipped):
            for id in step.line_item_ids:
                assert not self.lines[id].tracking_number, "a unit that was shipped is told again"
                self.times_told[id] += 1
                package = self.lines[id].package_id or f"new-{step.shipment_id}"
                self.lines[id] = shipped(id, self.lines[id].seller_sku, step.tracking_number, package)
            if is_written_down:
                self._write_down(step)
        elif isinstance(step, KeepAsTold):
            self._write_down(step)
        elif not isinstance(step, ReadTracking):
            raise AssertionError(step)

    def _write_down(self, step: TellShipped | KeepAsTold) -> None:
        packages = tuple(dict.fromkeys(self.lines[id].package_id for id in step.line_item_ids))
        self.told[step.shipment_id] = told(*step.line_item_ids, number=step.tracking_number, package_ids=packages)


@given(
    mugs=st.integers(0, 4),
    tees=st.integers(0, 4),
    region=st.sampled_from(["US", "ID"]),
    packages=st.lists(st.integers(1, 3), min_size=8, max_size=8),
    parcels=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=6),
)
def test_no_unit_is_told_twice_and_none_that_was_not_shipped(
    mugs: int, tees: int, region: str, packages: list[int], parcels: list[tuple[int, int, bool]]
) -> None:
    """Parcels of any contents, told one by one; after some the answer is lost, so that nothing is written down."""
    if not mugs + tees:
        return
    books = Books(mugs, tees, region, packages)
    for some_mugs, some_tees, is_written_down in [*parcels, (mugs, tees, True)]:
        books.ship(some_mugs, some_tees)
        for _ in range(12):
            steps = [step for step in books.steps() if not isinstance(step, ReadTracking)]
            in_plan = [id for step in steps if isinstance(step, TellShipped) for id in step.line_item_ids]
            assert len(in_plan) == len(set(in_plan)), "two parcels of one plan hold the same unit"
            if not steps:
                break
            books.do(steps[0], is_written_down=is_written_down)
        assert steps == [], "the plan never comes to an end"
        for item_id, sku in ((MUG, "MUG"), (TEE, "TEE")):
            count = sum(books.times_told[id] for id, one in books.lines.items() if one.seller_sku == sku)
            assert count <= books.shipped[item_id] <= books.ordered[item_id]
    # In the end all was shipped, and all was told: each unit once.
    assert set(books.times_told.values()) == {1}
