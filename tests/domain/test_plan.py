"""What is missing on either side, as a table: TikTok's status, our record, Magento's order → the steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connector.domain import statuses
from connector.domain.magento_order import MagentoItem, MagentoOrder
from connector.domain.order import District, LineItem, Order, Payment, Recipient
from connector.domain.plan import (
    PLACING_MAY_LAST,
    RECORD,
    RESERVE,
    AskMerchant,
    CancelInMagento,
    CommentInMagento,
    CorrectInMagento,
    CreateInMagento,
    InvoiceInMagento,
    NumberInMagento,
    Record,
    RefundInMagento,
    Step,
    UnholdInMagento,
    Wait,
    WriteExternalReference,
    plan,
)
from connector.domain.plan_cancel import COMPLETED_AFTER, LookAgain
from connector.domain.settings import ShopSettings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SETTINGS = ShopSettings()

ORDER = Order(
    id="576461413038785752",
    status=statuses.AWAITING_SHIPMENT,
    create_time=NOW - timedelta(hours=2),
    update_time=NOW - timedelta(minutes=1),
    payment=Payment(currency="USD", total_amount=Decimal("26.06")),
    line_items=(LineItem(id="1", sku_id="11", seller_sku="MUG-01"),),
    recipient=Recipient(name="Ada Buyer", region_code="US", full_address="1 Main St, Austin, Texas, 73301"),
)
MAGENTO = MagentoOrder(
    entity_id=13,
    increment_id="000000003",
    state="new",
    status="pending",
    grand_total=Decimal("26.06"),
    ext_order_id=ORDER.id,
    items=(MagentoItem(item_id=11, sku="MUG-01", qty_ordered=Decimal(1)),),
)
INVOICED = replace(
    MAGENTO,
    state="processing",
    status="processing",
    total_invoiced=Decimal("26.06"),
    items=(MagentoItem(item_id=11, sku="MUG-01", qty_ordered=Decimal(1), qty_invoiced=Decimal(1)),),
)
SHIPPED = replace(
    INVOICED,
    state="complete",
    items=(
        MagentoItem(item_id=11, sku="MUG-01", qty_ordered=Decimal(1), qty_invoiced=Decimal(1), qty_shipped=Decimal(1)),
    ),
)
CANCELED = replace(MAGENTO, state="canceled", status="canceled")
TOLD = Record(way=RESERVE, corrected=True, external_reference="000000003", commented_status=statuses.AWAITING_SHIPMENT)
BOOKED = replace(TOLD, booked_lines=frozenset({"1"}), pieces={"1": {11: 1}})
SHIPPED_ONLY = replace(
    MAGENTO,
    state="processing",
    items=(MagentoItem(item_id=11, sku="MUG-01", qty_ordered=Decimal(2), qty_shipped=Decimal(1)),),
)
INVOICED_IN_PART = replace(
    SHIPPED_ONLY, items=tuple(replace(item, qty_invoiced=Decimal(1)) for item in SHIPPED_ONLY.items)
)
CANCELLED = replace(ORDER, status=statuses.CANCELLED, cancel_reason="No longer needed", cancellation_initiator="BUYER")


def comment(status: str, words: str) -> CommentInMagento:
    return CommentInMagento(status, f"TikTok Shop order 576461413038785752: {words}")


CASES: list[tuple[str, Order, Record, MagentoOrder | None, list[Step]]] = [
    ("an unpaid order waits", replace(ORDER, status=statuses.UNPAID), Record(), None, [Wait("unpaid")]),
    ("an order on hold waits", replace(ORDER, status=statuses.ON_HOLD), Record(), None, [Wait("on_hold")]),
    (
        "a status of the future waits and is shown",
        replace(ORDER, status="BEAMED_UP"),
        Record(),
        None,
        [Wait("unknown_status")],
    ),
    (
        "an order without an address waits for it",
        replace(ORDER, recipient=Recipient()),
        Record(),
        None,
        [Wait("no_address")],
    ),
    (
        "a country that stands in the districts alone is one",
        replace(
            ORDER,
            recipient=replace(
                ORDER.recipient,
                region_code="",
                districts=(District(level="L0", level_name="", name="", iso_code="US"),),
            ),
        ),
        Record(),
        None,
        [CreateInMagento(RESERVE)],
    ),
    ("a new order is placed", ORDER, Record(), None, [CreateInMagento(RESERVE)]),
    (
        "an order fulfilled by TikTok is recorded only",
        replace(ORDER, fulfillment_type="FULFILLMENT_BY_TIKTOK"),
        Record(),
        None,
        [CreateInMagento(RECORD)],
    ),
    *(
        (f"{name} is recorded only", replace(ORDER, **changes), Record(), None, [CreateInMagento(RECORD)])
        for name, changes in {
            "an order from Tokopedia's warehouse": {"fulfillment_type": "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"},
            "an order from a warehouse that is not known yet": {"fulfillment_type": "FULFILLMENT_BY_SOMEBODY"},
            "an order of virtual goods, which TikTok delivers,": {"shipping_type": "TIKTOK_DIGITAL"},
        }.items()
    ),
    ("a person chose to record only", ORDER, Record(forced_way=RECORD), None, [CreateInMagento(RECORD)]),
    ("a way once begun is kept", ORDER, Record(way=RESERVE, forced_way=RECORD), None, [CreateInMagento(RESERVE)]),
    (
        "an order that was already shipped on TikTok is created all the same",
        replace(ORDER, status=statuses.IN_TRANSIT),
        Record(),
        None,
        [CreateInMagento(RESERVE)],
    ),
    (
        "a placed order is corrected, invoiced and told of",
        ORDER,
        Record(way=RESERVE),
        MAGENTO,
        [
            CorrectInMagento(),
            InvoiceInMagento(),
            WriteExternalReference("000000003"),
            comment("AWAITING_SHIPMENT", "awaiting shipment"),
        ],
    ),
    (
        "an order that was invoiced by hand before it was corrected gets its number",
        ORDER,
        Record(way=RESERVE, booked_total=INVOICED.grand_total),
        replace(INVOICED, ext_order_id=""),
        [NumberInMagento(), WriteExternalReference("000000003"), comment("AWAITING_SHIPMENT", "awaiting shipment")],
    ),
    ("nothing is missing", ORDER, TOLD, INVOICED, []),
    ("a number that was emptied in Magento", ORDER, TOLD, replace(INVOICED, ext_order_id=""), [NumberInMagento()]),
    ("shipped before it was invoiced", ORDER, BOOKED, SHIPPED_ONLY, [InvoiceInMagento()]),
    ("shipped before it was invoiced, another connector's", ORDER, TOLD, SHIPPED_ONLY, []),
    ("shipped, on hold in Magento", ORDER, BOOKED, replace(SHIPPED_ONLY, state="holded"), []),
    ("shipped, its payment under review", ORDER, BOOKED, replace(SHIPPED_ONLY, state="payment_review"), []),
    ("shipped, and invoiced in part by hand", ORDER, BOOKED, INVOICED_IN_PART, []),
    (
        "a new status is told in Magento",
        replace(ORDER, status=statuses.DELIVERED),
        TOLD,
        SHIPPED,
        [comment("DELIVERED", "delivered"), LookAgain("completion", ORDER.update_time + COMPLETED_AFTER)],
    ),
    ("an order cancelled before it was created is not created", CANCELLED, Record(), None, []),
    (
        "an order cancelled while it was being placed is looked for again",
        CANCELLED,
        Record(way=RESERVE, placing_at=NOW - timedelta(seconds=5)),
        None,
        [LookAgain("placing_unclear", NOW + timedelta(seconds=10))],
    ),
    (
        "and some minutes later, for a slow store",
        CANCELLED,
        Record(way=RESERVE, placing_at=NOW - PLACING_MAY_LAST),
        None,
        [LookAgain("placing_unclear", NOW - PLACING_MAY_LAST + timedelta(minutes=10))],
    ),
    (
        "and at last after an hour",
        CANCELLED,
        Record(way=RESERVE, placing_at=NOW - timedelta(minutes=10)),
        None,
        [LookAgain("placing_unclear", NOW + timedelta(minutes=50))],
    ),
    (
        "an order cancelled long after a placing that came to nothing needs nothing",
        CANCELLED,
        Record(way=RESERVE, placing_at=NOW - timedelta(hours=1)),
        None,
        [],
    ),
    (
        "a cancelled order is cancelled in Magento",
        CANCELLED,
        TOLD,
        MAGENTO,
        [CancelInMagento(), comment("CANCELLED", "cancelled by buyer: No longer needed")],
    ),
    (
        "a cancelled order that was invoiced is credited",
        CANCELLED,
        TOLD,
        INVOICED,
        [RefundInMagento(), comment("CANCELLED", "cancelled by buyer: No longer needed")],
    ),
    (
        "a cancelled order on hold is taken off hold first",
        CANCELLED,
        TOLD,
        replace(MAGENTO, state="holded", status="holded"),
        [UnholdInMagento(), CancelInMagento(), comment("CANCELLED", "cancelled by buyer: No longer needed")],
    ),
    (
        "a recorded order that is cancelled is credited",
        CANCELLED,
        replace(TOLD, way=RECORD),
        SHIPPED,
        [RefundInMagento(), comment("CANCELLED", "cancelled by buyer: No longer needed")],
    ),
    (
        "a cancelled order that is cancelled in Magento as well is only told of",
        CANCELLED,
        TOLD,
        CANCELED,
        [comment("CANCELLED", "cancelled by buyer: No longer needed")],
    ),
    ("both sides cancelled and told", CANCELLED, replace(TOLD, commented_status="CANCELLED"), CANCELED, []),
]


@pytest.mark.parametrize(("order", "record", "magento", "steps"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_steps_that_are_missing(
    order: Order, record: Record, magento: MagentoOrder | None, steps: list[Step]
) -> None:
    assert plan(order, record, magento, SETTINGS, NOW) == steps


def test_an_order_cancelled_after_it_was_shipped_is_for_a_person_to_decide() -> None:
    [step] = plan(CANCELLED, TOLD, SHIPPED, SETTINGS, NOW)
    assert isinstance(step, AskMerchant)
    assert step.code == "cancelled_after_shipping"


def test_invoiced_by_hand_with_another_total_it_is_for_a_person_once_all_else_is_done() -> None:
    record = Record(way=RESERVE, booked_total=Decimal("30.00"))
    number, reference, told, ask = plan(ORDER, record, replace(INVOICED, ext_order_id=""), SETTINGS, NOW)
    assert (number, type(reference), type(told)) == (NumberInMagento(), WriteExternalReference, CommentInMagento)
    assert isinstance(ask, AskMerchant)
    assert (ask.code, "26.06" in ask.message, "30.00" in ask.message) == ("total_mismatch", True, True)


def test_an_order_cancelled_by_hand_in_magento_is_for_a_person_to_decide() -> None:
    [step] = plan(ORDER, TOLD, CANCELED, SETTINGS, NOW)
    assert isinstance(step, AskMerchant)
    assert step.code == "cancelled_in_magento"


def test_without_the_settings_nothing_is_invoiced_referenced_or_commented() -> None:
    settings = ShopSettings(invoice=False, write_external_reference=False, comment_on_status=False)
    record = replace(BOOKED, external_reference="", commented_status="")
    assert plan(ORDER, record, MAGENTO, settings, NOW) == []
    assert plan(ORDER, record, SHIPPED_ONLY, settings, NOW) == []


def test_the_setting_chooses_the_way_of_creating() -> None:
    assert plan(ORDER, Record(), None, ShopSettings(create_way=RECORD), NOW) == [CreateInMagento(RECORD)]


@pytest.mark.parametrize("status", statuses.ORDER_STATUSES)
@pytest.mark.parametrize("magento", [None, MAGENTO, INVOICED, SHIPPED, CANCELED])
def test_planning_never_fails_and_never_creates_twice(status: str, magento: MagentoOrder | None) -> None:
    steps = plan(replace(ORDER, status=status), TOLD, magento, SETTINGS, NOW)
    assert all(isinstance(step, Step) for step in steps)
    if magento is not None:
        assert not any(isinstance(step, CreateInMagento) for step in steps)


# -- when to create ------------------------------------------------------------------------------------------------------

HELD = replace(ORDER, status=statuses.ON_HOLD)
HELD_WITHOUT_ADDRESS = replace(HELD, recipient=Recipient())
BY_HAND = ShopSettings(create_when="by_hand")
PAID = ShopSettings(create_when="paid")
WAITS_FOR_A_PERSON = [Wait("by_hand")]
WAITS_ON_HOLD = [Wait("on_hold")]
CREATES = [CreateInMagento(RESERVE)]


@pytest.mark.parametrize(
    ("says", "settings", "order", "record", "expected"),
    [
        ("after the hold: held", SETTINGS, HELD, Record(), WAITS_ON_HOLD),
        ("after the hold: released", SETTINGS, ORDER, Record(), CREATES),
        ("when paid: held, with an address", PAID, HELD, Record(), [*CREATES, *WAITS_ON_HOLD]),
        ("when paid: held, without an address", PAID, HELD_WITHOUT_ADDRESS, Record(), WAITS_ON_HOLD),
        ("when paid: released", PAID, ORDER, Record(), CREATES),
        ("by hand: held", BY_HAND, HELD, Record(), WAITS_ON_HOLD),
        ("by hand: nobody has asked", BY_HAND, ORDER, Record(), WAITS_FOR_A_PERSON),
        ("by hand: asked", BY_HAND, ORDER, Record(create_asked=True), CREATES),
        ("by hand: asked while it was held", BY_HAND, HELD, Record(create_asked=True), WAITS_ON_HOLD),
        ("by hand: asked without stock", BY_HAND, ORDER, Record(forced_way=RECORD), [CreateInMagento(RECORD)]),
        ("by hand: begun before", BY_HAND, ORDER, Record(way=RESERVE, placing_at=NOW), CREATES),
        ("by hand: cancelled before anybody asked", BY_HAND, replace(ORDER, status=statuses.CANCELLED), Record(), []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_an_order_is_created_is_the_merchants_choice(
    says: str, settings: ShopSettings, order: Order, record: Record, expected: list[Step]
) -> None:
    assert plan(order, record, None, settings, NOW) == expected


def test_an_order_created_while_tiktok_holds_it_is_invoiced_after_the_hold() -> None:
    held = plan(HELD, Record(way=RESERVE, corrected=True), MAGENTO, PAID, NOW)
    assert InvoiceInMagento() not in held
    assert held[-1] == Wait("on_hold")
    assert InvoiceInMagento() in plan(ORDER, Record(way=RESERVE, corrected=True), MAGENTO, PAID, NOW)


# -- statuses ------------------------------------------------------------------------------------------------------------

SHIPPING = replace(ORDER, status=statuses.IN_TRANSIT)


@pytest.mark.parametrize(
    ("mapped", "is_noted", "expected"),
    [
        ({}, True, [""]),
        ({"IN_TRANSIT": "tiktok_shipped"}, True, ["tiktok_shipped"]),
        ({"IN_TRANSIT": "tiktok_shipped"}, False, ["tiktok_shipped"]),
        ({"IN_TRANSIT": "-"}, True, []),
        ({"DELIVERED": "tiktok_done"}, True, [""]),
        ({"DELIVERED": "tiktok_done"}, False, []),
    ],
)
def test_each_status_of_tiktok_is_noted_and_set_in_magento_as_the_table_says(
    mapped: dict[str, str], is_noted: bool, expected: list[str]
) -> None:
    settings = ShopSettings(status_map=mapped, comment_on_status=is_noted)
    steps = plan(SHIPPING, replace(TOLD, commented_status=statuses.AWAITING_SHIPMENT), INVOICED, settings, NOW)
    assert [step.magento_status for step in steps if isinstance(step, CommentInMagento)] == expected


def test_a_status_that_was_set_for_completed_orders_before_is_in_the_table() -> None:
    assert ShopSettings.from_stored({"completed_status": "done"}).status_map == {"COMPLETED": "done"}
