"""What is special about an order, as a table; and what the first comment of its Magento order says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain import first_comment, marks, statuses
from connector.domain.plan import CreateInMagento, InvoiceInMagento, Record, Wait, plan
from connector.domain.plan_details import NoteInMagento, TellMarkInMagento, TellReplacement, details
from connector.domain.plan_hold import reserves
from connector.domain.settings import ShopSettings
from tests.domain.test_plan import INVOICED, MAGENTO, NOW, ORDER, TOLD

LINE = ORDER.line_items[0]
SHIPPED = {"status": statuses.IN_TRANSIT, "rts_time": NOW}
ALL_OFF = ShopSettings(
    tell_message=False, tell_note=False, tell_ship_by=False, tell_delivery=False, tell_marks=False, tell_amounts=False
)


@pytest.mark.parametrize(
    ("changed", "tracking", "found"),
    [
        ({}, (), ()),
        ({"is_sample_order": True}, (), ("sample",)),
        ({"line_items": (replace(LINE, is_gift=True),)}, (), ("gift",)),
        ({"is_replacement_order": True, "replaced_order_id": "1"}, (), ("replacement",)),
        ({"is_exchange_order": True, "exchange_source_order_id": "1"}, (), ("exchange",)),
        ({"order_type": "PRE_ORDER"}, (), ("pre_order",)),
        ({"order_type": "MADE_TO_ORDER", "is_cod": True}, (), ("made_to_order", "cod")),
        ({"order_type": "NORMAL"}, (), ()),
        (SHIPPED, ("Delivery attempt failed: nobody at home",), ("failed_delivery",)),
        (SHIPPED, ("The package is returned to the sender",), ("failed_delivery",)),
        (SHIPPED, ("Out for delivery", "Delivered"), ()),
        # Not shipped: the words are about something else.
        ({"cancel_reason": "Package delivery failed"}, (), ()),
        (
            {**SHIPPED, "line_items": (replace(LINE, package_status="CANCELLED", tracking_number="1Z"),)},
            (),
            ("failed_delivery",),
        ),
        (
            {"status": statuses.CANCELLED, "rts_time": NOW, "cancel_reason": "Package delivery failed"},
            (),
            ("failed_delivery", "cancelled_after_shipping"),
        ),
        ({"status": statuses.CANCELLED, "cancel_reason": "Out of stock"}, (), ()),
    ],
)
def test_what_is_special_about_an_order(changed: dict[str, Any], tracking: tuple[str, ...], found: tuple) -> None:
    assert marks.marks_of(replace(ORDER, **changed), tracking) == found
    assert marks.from_text(marks.to_text(found)) == found


def test_a_cancelled_order_s_package_tells_of_no_failed_delivery_unless_it_did_before() -> None:
    parcel = replace(LINE, package_status="CANCELLED", tracking_number="1Z", display_status=statuses.CANCELLED)
    cancelled = replace(ORDER, **SHIPPED | {"status": statuses.CANCELLED, "line_items": (parcel,)})
    assert marks.marks_of(cancelled) == ("cancelled_after_shipping",)
    assert marks.marks_of(cancelled, (), ("failed_delivery",)) == ("failed_delivery", "cancelled_after_shipping")


def test_a_sample_is_created_or_waits_for_somebody_to_ask_as_the_setting_says() -> None:
    sample = replace(ORDER, is_sample_order=True)
    assert isinstance(plan(sample, Record(), None, ShopSettings(), NOW)[0], CreateInMagento)
    skip = ShopSettings(samples="skip")
    assert plan(sample, Record(), None, skip, NOW)[0] == Wait("sample")
    assert isinstance(plan(sample, Record(create_asked=True), None, skip, NOW)[0], CreateInMagento)
    assert isinstance(plan(ORDER, Record(), None, skip, NOW)[0], CreateInMagento)


@pytest.mark.parametrize(
    ("status", "magento", "is_invoiced_now"),
    [
        (statuses.AWAITING_SHIPMENT, MAGENTO, False),
        (statuses.IN_TRANSIT, replace(MAGENTO, state="processing"), False),
        (statuses.DELIVERED, replace(MAGENTO, state="processing"), True),
        (statuses.COMPLETED, MAGENTO, True),
        (statuses.DELIVERED, INVOICED, False),
    ],
)
def test_cash_on_delivery_is_invoiced_once_it_is_delivered(status: str, magento: Any, is_invoiced_now: bool) -> None:
    order = replace(ORDER, status=status, is_cod=True)
    assert (InvoiceInMagento() in plan(order, TOLD, magento, ShopSettings(), NOW)) is is_invoiced_now


def test_what_is_released_later_is_not_reserved_during_its_hold() -> None:
    held = replace(ORDER, status=statuses.ON_HOLD)
    settings = ShopSettings(on_hold="reserve")
    assert reserves(held, settings)
    assert not any(reserves(replace(held, order_type=kind), settings) for kind in ("PRE_ORDER", "MADE_TO_ORDER"))


def test_the_first_comment_says_what_magento_has_no_field_for() -> None:
    order = replace(
        ORDER,
        rts_sla_time=datetime(2026, 11, 26, 12, 0, tzinfo=UTC),
        delivery_option_name="Express",
        buyer_message="Leave at the door",
        seller_note="VIP",
        is_sample_order=True,
        line_items=(LINE, replace(LINE, id="2", is_gift=True, seller_sku="GIFT-1")),
    )
    [step] = details(order, Record(), MAGENTO, ShopSettings())
    assert isinstance(step, NoteInMagento)
    assert step.text.splitlines() == [
        "TikTok Shop order 576461413038785752: awaiting shipment",
        "Placed on TikTok Shop 2026-11-24 10:00 UTC.",
        "Ship by 2026-11-26 12:00 UTC.",
        "Delivery: Express.",
        "Sample, Gift.",
        "Gifts: GIFT-1.",
        "Buyer's message: Leave at the door",
        "Seller's note: VIP",
    ]
    assert step.status == order.status
    assert first_comment.lines(order, ("Fee",), ALL_OFF) == ()
    only = replace(ALL_OFF, tell_amounts=True)
    assert first_comment.lines(order, ("Fee",), only) == ("Placed on TikTok Shop 2026-11-24 10:00 UTC.", "Fee")
    # Its status was told already: the comment does not tell it again.
    [later] = details(order, Record(commented_status="ON_HOLD"), MAGENTO, ShopSettings())
    assert isinstance(later, NoteInMagento)
    assert (later.status, later.text.splitlines()[0]) == ("", "TikTok Shop order 576461413038785752:")


def test_the_status_is_told_by_the_first_comment_and_not_once_more() -> None:
    order = replace(ORDER, delivery_option_name="Express")
    steps = plan(order, replace(TOLD, commented_status=""), INVOICED, ShopSettings(), NOW)
    assert [
        type(step).__name__ for step in steps if "Comment" in type(step).__name__ or "Note" in type(step).__name__
    ] == ["NoteInMagento"]


def test_both_orders_of_a_replacement_are_named_once_and_a_lost_parcel_is_told_once() -> None:
    order = replace(ORDER, is_replacement_order=True, replaced_order_id="5764")
    record = Record(notes_written=True, marks=frozenset({marks.FAILED_DELIVERY}))
    replacement, lost = details(order, record, MAGENTO, ALL_OFF)
    assert replacement == TellReplacement("5764")
    assert isinstance(lost, TellMarkInMagento)
    told = replace(record, told_marks=frozenset({"replaces", marks.FAILED_DELIVERY}))
    assert details(order, told, MAGENTO, ALL_OFF) == []
