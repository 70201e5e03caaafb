"""Which free samples become one Magento order, until when they wait, and what they are together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.domain import samples, statuses
from connector.domain.magento_order import MagentoItem, MagentoOrder
from connector.domain.order import Order, Recipient
from connector.domain.plan import CloseWindow, CreateInMagento, Wait, plan
from connector.domain.plan_together import LeaveOut, TellCarrier, WakeMembers, plan_any
from connector.domain.samples import Waiting, Window, key_of, whole_of, windows
from connector.domain.settings import ShopSettings
from connector.domain.steps import AskMerchant, Mate, Record, WriteExternalReference
from tests.domain.orders import MOMENT, make_line, make_order

HOME = Recipient(
    name="Ada Maker", phone_number="(+1)2135550147", region_code="US", postal_code="90012", address_line1="1 Main St"
)
HOURS = Decimal(2)
MAGENTO = MagentoOrder(
    entity_id=9,
    increment_id="000000042",
    state="processing",
    status="processing",
    grand_total=Decimal(0),
    ext_order_id="577001",
)


def sample(number: int = 1, **changes: Any) -> Order:
    order = make_order(make_line(f"line-{number}", "MUG", "0"), recipient=HOME)
    return replace(order, **{"id": f"57700{number}", "is_sample_order": True, "user_id": "7494", **changes})


def waiting(number: int, minutes: float, **changes: Any) -> Waiting:
    return Waiting(row_id=number, order=sample(number, **changes), ready_at=MOMENT + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("no sample", {"is_sample_order": False}),
        ("a buyer that is not known", {"user_id": ""}),
        ("masked", {"recipient": replace(HOME, name="A** M****")}),
        ("no phone number", {"recipient": replace(HOME, phone_number="")}),
        ("no name", {"recipient": replace(HOME, name="")}),
        ("no street", {"recipient": replace(HOME, address_line1="")}),
        ("not free", {"payment": replace(sample().payment, total_amount=Decimal("4.99"))}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_joins_nobody(name: str, changes: dict[str, Any]) -> None:
    assert key_of(sample(**changes)) is None, name


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"create_time": MOMENT + timedelta(hours=9)}, True),
        ({"recipient": replace(HOME, name="Ada  Maker ")}, True),
        ({"user_id": "7495"}, False),
        ({"recipient": replace(HOME, name="Bob Maker")}, False),
        ({"recipient": replace(HOME, phone_number="(+1)2135550148")}, False),
        ({"recipient": replace(HOME, address_line1="2 Main St")}, False),
        ({"recipient": replace(HOME, address_line2="Apt 4")}, False),
        ({"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, False),
        ({"shipping_type": "TIKTOK"}, False),
        ({"warehouse_id": "7000"}, False),
        ({"payment": replace(sample().payment, currency="EUR")}, False),
    ],
)
def test_who_joins_whom(changes: dict[str, Any], is_same: bool) -> None:
    assert (key_of(sample()) == key_of(sample(2, **changes))) is is_same


@pytest.mark.parametrize(
    ("ready", "expected"),
    [
        ([(1, 0)], [((1,), 120)]),
        ([(1, 0), (2, 30)], [((1, 2), 120)]),
        ([(2, 0), (1, 30)], [((1, 2), 120)]),
        ([(1, 0), (2, 119.9), (3, 120)], [((1, 2), 120), ((3,), 240)]),
        ([(1, 0), (2, 200), (3, 130)], [((1,), 120), ((2, 3), 250)]),
        ([(n, 0) for n in range(1, 13)], [(tuple(range(1, 11)), 120), ((11, 12), 120)]),
    ],
)
def test_the_first_opens_a_window_and_who_is_ready_before_its_end_joins(
    ready: list[tuple[int, float]], expected: list[tuple[tuple[int, ...], float]]
) -> None:
    assert windows([waiting(number, minutes) for number, minutes in ready], HOURS) == [
        Window(row_ids=ids, until=MOMENT + timedelta(minutes=minutes)) for ids, minutes in expected
    ]


def test_a_window_never_eats_the_time_to_ship() -> None:
    late = {"rts_sla_time": MOMENT + timedelta(hours=13)}
    [window] = windows([waiting(1, 0), waiting(2, 10, **late)], HOURS)
    assert window == Window(row_ids=(1, 2), until=MOMENT + timedelta(hours=1))


@pytest.mark.parametrize(("hours", "minutes"), [("0.5", 30), ("24", 1440), ("1.25", 75)])
def test_a_window_is_as_long_as_it_was_set(hours: str, minutes: int) -> None:
    [window] = windows([waiting(1, 0)], Decimal(hours))
    assert window.until == MOMENT + timedelta(minutes=minutes)


def test_together_they_have_the_lines_of_all_and_a_cancelled_ones_are_cancelled() -> None:
    cancelled = sample(2, status=statuses.CANCELLED)
    whole = whole_of(sample(1, status=statuses.IN_TRANSIT), [cancelled, sample(3)])
    assert [(line.id, line.is_cancelled) for line in whole.line_items] == [
        ("line-1", False),
        ("line-2", True),
        ("line-3", False),
    ]
    assert (whole.id, whole.status, whole.combined_ids) == (
        "577001",
        statuses.AWAITING_SHIPMENT,
        ("577001", "577002", "577003"),
    )
    assert whole_of(cancelled, [cancelled]).is_cancelled


def test_amounts_are_summed() -> None:
    parts = [
        make_order(make_line("a", "MUG", "3.50"), shipping="1"),
        make_order(make_line("b", "HAT", "2"), fees={"x": "1"}),
    ]
    payment = whole_of(parts[0], parts[1:]).payment
    assert (payment.total_amount, payment.sub_total, payment.shipping_fee, payment.fees) == (
        Decimal("7.50"),
        Decimal("5.50"),
        Decimal(1),
        {"x": Decimal(1)},
    )


def settings(**values: Any) -> ShopSettings:
    return ShopSettings(samples="combine", **values)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Record(sample_until=MOMENT + timedelta(hours=1)), [Wait("sample_window", MOMENT + timedelta(hours=1))]),
        (Record(sample_until=MOMENT), [CloseWindow()]),
        (Record(), [CreateInMagento("reserve")]),
        (Record(sample_until=MOMENT, placing_at=MOMENT), [CreateInMagento("reserve")]),
    ],
)
def test_a_sample_waits_then_who_belongs_to_whom_is_settled(record: Record, expected: list[Any]) -> None:
    assert plan(sample(), record, None, settings(), MOMENT) == expected


@pytest.mark.parametrize("create_when", ["paid", "hold"])
@pytest.mark.parametrize("on_hold", ["wait", "reserve"])
def test_a_sample_that_is_gathered_is_not_created_during_the_hold(create_when: Any, on_hold: Any) -> None:
    order = sample(status=statuses.ON_HOLD)
    given = settings(create_when=create_when, on_hold=on_hold)
    assert plan(order, Record(), None, given, MOMENT) == [Wait("on_hold")]


def mate(order: Order, row_id: int, **more: Any) -> Mate:
    return Mate(row_id=row_id, order=order, **more)


def planned(order: Order, record: Record, magento: Any = None) -> list[Any]:
    others = [one.order for one in record.mates]
    return plan_any(order, whole_of(order, others), record, magento, settings(comment_on_status=False), MOMENT)


def test_who_is_cancelled_or_ignored_before_creation_is_left_out() -> None:
    gone = sample(2, status=statuses.CANCELLED)
    record = Record(mates=(mate(gone, 2), mate(sample(3), 3), mate(sample(4), 4, is_ignored=True)))
    assert planned(sample(), record) == [LeaveOut((2, 4))]
    assert planned(gone, Record(mates=(mate(sample(3), 3),))) == [LeaveOut(())]


def test_the_one_that_carries_them_wakes_the_others_once_it_is_in_magento() -> None:
    record = Record(
        corrected=True, notes_written=True, mates=(mate(sample(2), 2), mate(sample(3), 3, magento_order_id=9))
    )
    steps = planned(sample(), record, MAGENTO)
    assert WakeMembers((2,)) in steps
    assert planned(sample(), replace(record, mates=record.mates[1:]), MAGENTO) == [WriteExternalReference("000000042")]


@pytest.mark.parametrize(
    ("order", "carrier", "told", "expected"),
    [
        (sample(2), {}, "", [TellCarrier, Wait]),
        (sample(2), {}, "known", [Wait]),
        (sample(2, status=statuses.CANCELLED), {}, "", [TellCarrier]),
        (sample(2), {"is_ignored": True}, "known", [AskMerchant]),
        (sample(2, status=statuses.CANCELLED), {"is_ignored": True}, "", [AskMerchant]),
    ],
)
def test_one_that_is_carried_waits_and_tells_what_became_of_it(
    order: Order, carrier: dict[str, Any], told: str, expected: list[type]
) -> None:
    one = mate(sample(), 1, **carrier)
    print_ = samples.told_print(order) if told else ""
    record = Record(carrier=one, mates=(one,), told_carrier=print_)
    assert [type(step) for step in planned(order, record)] == expected


def test_a_parcel_that_did_not_arrive_is_left_to_a_person() -> None:
    """By the setting it would be credited; but the mark of one says nothing of the others."""
    gone = sample(2, status=statuses.CANCELLED)
    shipped = {"qty_ordered": Decimal(1), "qty_invoiced": Decimal(1), "qty_shipped": Decimal(1)}
    items = tuple(MagentoItem(item_id=number, sku="MUG", **shipped) for number in (1, 2))
    record = Record(
        corrected=True,
        notes_written=True,
        mates=(mate(gone, 2, magento_order_id=9),),
        marks=frozenset({"failed_delivery"}),
        pieces={"line-1": {1: 1}, "line-2": {2: 1}},
        booked_lines=frozenset({"line-1", "line-2"}),
    )
    given = settings(failed_delivery="credit")
    steps = plan_any(sample(), whole_of(sample(), [gone]), record, replace(MAGENTO, items=items), given, MOMENT)
    assert "cancelled_after_shipping" in [step.code for step in steps if isinstance(step, AskMerchant)]
