"""Cancellations, refunds and completion in the plan, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connector.domain import deciding, marks, plan_cancel, statuses
from connector.domain import returns as values
from connector.domain.magento_order import MagentoItem, MagentoOrder
from connector.domain.order import LineItem, Order, Payment, Recipient
from connector.domain.plan import CancelInMagento, Wait, plan
from connector.domain.plan_cancel import (
    CreditInMagento,
    LookAgain,
    ReadCancelOptions,
    ReadRejectReasons,
    RequestCancel,
    SendAnswer,
    SendCancel,
    SettleAnswer,
    SettleAsk,
    TellRefund,
)
from connector.domain.plan_shipping import TO_SHIP
from connector.domain.returns import Aftersales, CancelAsk, Cancellation, Credit, Refund, Return
from connector.domain.settings import ShopSettings
from connector.domain.steps import RESERVE, AskMerchant, Record, RefundInMagento, Step

D = Decimal
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LINES = (
    LineItem(id="1", sku_id="11", seller_sku="MUG", sale_price=D("10.00"), item_tax=D("0.80")),
    LineItem(id="2", sku_id="11", seller_sku="MUG", sale_price=D("10.00"), item_tax=D("0.80")),
    LineItem(id="3", sku_id="12", seller_sku="HAT", sale_price=D("20.00"), item_tax=D("1.60")),
)
ORDER = Order(
    id="576",
    status=statuses.AWAITING_SHIPMENT,
    create_time=NOW - timedelta(hours=2),
    update_time=NOW - timedelta(minutes=1),
    payment=Payment(
        currency="USD", total_amount=D("48.60"), shipping_fee=D("5.00"), shipping_fee_tax=D("0.40"), tax=D("3.60")
    ),
    line_items=LINES,
    recipient=Recipient(name="Ada Buyer", region_code="US", full_address="1 Main St"),
)
DELIVERED = replace(ORDER, status=statuses.DELIVERED, delivery_time=NOW - timedelta(days=1))
CANCELLED = replace(ORDER, status=statuses.CANCELLED)
MUG, HAT = 71, 72


def magento(
    invoiced: bool = True, state: str = "processing", created_at: datetime | None = None, **mug: int
) -> MagentoOrder:
    def item(item_id: int, sku: str, quantity: int, **more: int) -> MagentoItem:
        counts = {f"qty_{name}": D(count) for name, count in more.items()}
        defaults = {"qty_ordered": D(quantity), "qty_invoiced": D(quantity if invoiced else 0)}
        return MagentoItem(item_id=item_id, sku=sku, **(defaults | counts))

    return MagentoOrder(
        entity_id=13,
        increment_id="000000003",
        state=state,
        status=state,
        grand_total=D("48.60"),
        created_at=created_at,
        ext_order_id=ORDER.id,
        shipping_amount=D("5.00"),
        items=(item(MUG, "MUG", 2, **mug), item(HAT, "HAT", 1)),
    )


#: Only the hat was invoiced.
HAT_INVOICED = replace(magento(), items=(magento(invoiced=False).items[0], magento().items[1]))


def known(status: str = ORDER.status, **more: object) -> Record:
    fields = {
        "way": RESERVE,
        "corrected": True,
        "external_reference": "000000003",
        "commented_status": status,
        "pieces": {"1": {MUG: 1}, "2": {MUG: 1}, "3": {HAT: 1}},
        "booked_lines": frozenset({"1", "2", "3"}),
    }
    aftersales = Aftersales(**{name: more.pop(name) for name in list(more) if name in Aftersales.__dataclass_fields__})
    return Record(**(fields | {"aftersales": aftersales} | more))


def without(*ids: str, order: Order = ORDER) -> Order:
    lines = (replace(line, display_status="CANCELLED") if line.id in ids else line for line in order.line_items)
    return replace(order, line_items=tuple(lines))


# -- what TikTok is told ---------------------------------------------------------------------------------------------------

ASK = CancelAsk(id=5, reason="out_of_stock", actor="a@b.c", asked_at=NOW)
SENT = replace(ASK, state=values.SENT, sent_at=NOW, cancel_id="40")
LONG_SENT = replace(SENT, sent_at=NOW - timedelta(hours=7))
SELLERS = Cancellation(cancel_id="40", role="SELLER", status=values.SUCCESS)
BUYERS = Cancellation(cancel_id="41", cancel_type=values.BUYER_CANCEL, role="BUYER", deadline=NOW + timedelta(days=1))
READY = replace(BUYERS, has_reject_reasons=True)
APPROVED = replace(READY, answer=values.APPROVE, answer_state=values.ASKED)

ON_TIKTOK: list[tuple[str, Order, Aftersales, list[Step]]] = [
    ("nothing was asked", ORDER, Aftersales(), []),
    ("an ask is sent", ORDER, Aftersales(asks=(ASK,)), [SendCancel(ASK)]),
    ("what TikTok has already is not sent again", ORDER, Aftersales(asks=(ASK,), cancellations=(SELLERS,)), []),
    (
        "sent, and the answer never came: TikTok does not have it, it is sent again",
        ORDER,
        Aftersales(asks=(replace(SENT, cancel_id=""),)),
        [SendCancel(replace(SENT, cancel_id=""))],
    ),
    ("TikTok took it and does not list it yet: it is waited for", ORDER, Aftersales(asks=(SENT,)), []),
    (
        "TikTok took it hours ago and does not list it: a person is told",
        ORDER,
        Aftersales(asks=(LONG_SENT,)),
        [SettleAsk(LONG_SENT, values.REFUSED, "TikTok Shop took the cancellation, and does not list it.")],
    ),
    (
        "the order is cancelled: confirmed",
        CANCELLED,
        Aftersales(asks=(SENT,)),
        [SettleAsk(SENT, values.CONFIRMED)],
    ),
    (
        "the line is cancelled: confirmed",
        without("1"),
        Aftersales(asks=(replace(SENT, line_ids=("1",)),)),
        [SettleAsk(replace(SENT, line_ids=("1",)), values.CONFIRMED)],
    ),
    (
        "TikTok took it back: refused",
        ORDER,
        Aftersales(asks=(SENT,), cancellations=(replace(SELLERS, status=values.WITHDRAWN),)),
        [SettleAsk(SENT, values.REFUSED, "TikTok Shop did not carry out the cancellation.")],
    ),
    (
        "another line's cancellation is not this one",
        without("2"),
        Aftersales(
            asks=(replace(ASK, line_ids=("1",)),), cancellations=(replace(SELLERS, cancel_id="39", line_ids=("2",)),)
        ),
        [SendCancel(replace(ASK, line_ids=("1",)))],
    ),
    ("a settled ask is left alone", ORDER, Aftersales(asks=(replace(ASK, state=values.REFUSED),)), []),
    (
        "the buyer asks: TikTok's reasons are read",
        ORDER,
        Aftersales(cancellations=(BUYERS,)),
        [ReadRejectReasons("41")],
    ),
    ("the reasons are there: a person answers", ORDER, Aftersales(cancellations=(READY,)), []),
    ("an answer is sent", ORDER, Aftersales(cancellations=(APPROVED,)), [SendAnswer(APPROVED)]),
    (
        "an answer that came through",
        CANCELLED,
        Aftersales(cancellations=(replace(APPROVED, status=values.COMPLETE),)),
        [SettleAnswer(replace(APPROVED, status=values.COMPLETE), values.CONFIRMED)],
    ),
    (
        "an answer that came too late",
        ORDER,
        Aftersales(cancellations=(replace(APPROVED, status=values.WITHDRAWN),)),
        [SettleAnswer(replace(APPROVED, status=values.WITHDRAWN), values.OVERTAKEN)],
    ),
    ("the dialog wants to know", ORDER, Aftersales(options_asked=True), [ReadCancelOptions()]),
]


@pytest.mark.parametrize(("order", "aftersales", "steps"), [c[1:] for c in ON_TIKTOK], ids=[c[0] for c in ON_TIKTOK])
def test_what_tiktok_is_to_be_told(order: Order, aftersales: Aftersales, steps: list[Step]) -> None:
    assert plan_cancel.on_tiktok(order, aftersales, NOW) == steps


# -- what Magento lacks ----------------------------------------------------------------------------------------------------


def credit(steps: list[Step]) -> CreditInMagento:
    [step] = [step for step in steps if isinstance(step, CreditInMagento)]
    return step


def code(steps: list[Step]) -> str:
    [step] = [step for step in steps if isinstance(step, AskMerchant)]
    return step.code


def planned(order: Order, record: Record, in_magento: MagentoOrder | None, **settings: object) -> list[Step]:
    return plan(order, record, in_magento, ShopSettings(**settings), NOW)  # type: ignore[arg-type]


def test_an_order_that_is_being_cancelled_is_not_created() -> None:
    [step] = planned(ORDER, Record(aftersales=Aftersales(asks=(SENT,))), None)
    assert step == Wait("cancelling", until=NOW + deciding.SOONEST)


def test_the_longer_tiktok_takes_the_rarer_it_is_asked() -> None:
    asked = replace(SENT, sent_at=NOW - timedelta(hours=2))
    assert plan_cancel.waiting(Aftersales(asks=(asked,)), NOW) == Wait("cancelling", until=NOW + timedelta(minutes=30))


def gone(id: str) -> Order:
    """A line was cancelled of which a parcel had gone."""
    lines = (replace(one, tracking_number="1Z-A") if one.id == id else one for one in without(id).line_items)
    return replace(ORDER, line_items=tuple(lines))


def unbooked(cancelled_at: datetime) -> Record:
    """What is known of an order that another connector made, one line of which TikTok has cancelled."""
    one = replace(SELLERS, role="BUYER", line_ids=("1",), create_time=cancelled_at)
    return known(pieces={}, booked_lines=frozenset(), cancellations=(one,))


LINES_CASES: list[tuple[str, Order, Record, MagentoOrder, tuple[tuple[int, int], ...] | str]] = [
    ("a cancelled line is credited", without("1"), known(), magento(), ((MUG, 1),)),
    ("two lines of one product", without("1", "2"), known(), magento(), ((MUG, 2),)),
    ("only what is missing", without("1", "2"), known(), magento(refunded=1), ((MUG, 1),)),
    ("nothing is missing", without("1"), known(), magento(refunded=1), ()),
    ("a line that was never in Magento", without("1"), known(pieces={}, booked_lines=frozenset()), magento(), ()),
    ("what a return has credited does not count", without("1"), known(
        credits=(Credit(key="return:9", is_done=True, pieces={MUG: 1}),)), magento(refunded=1), ((MUG, 1),)),
    ("shipped already", without("1"), known(), magento(shipped=2), "cancelled_after_shipping"),
    ("half shipped, and that half cancelled", gone("1"), known(), magento(shipped=1), "cancelled_after_shipping"),
    ("shipped on TikTok and not in Magento", gone("1"), known(), magento(), ((MUG, 1),)),
    ("half shipped, the other half cancelled", without("1"), known(), magento(shipped=1), ((MUG, 1),)),
    ("on hold", without("1"), known(), magento(state="holded"), "on_hold_in_magento"),
    ("not invoiced", without("1"), known(), magento(invoiced=False), "lines_cancelled_uninvoiced"),
    ("unclear which items", without("1"), known(pieces={}), magento(), "lines_unclear"),
    ("another connector's order, of which we booked nothing", without("1"), unbooked(NOW), magento(created_at=NOW),
     "lines_unclear"),
    ("in such an order, cancelled before it was made", without("1"), unbooked(NOW - timedelta(hours=1)),
     magento(created_at=NOW), ()),
    ("in such an order, undone by hand", without("1"), unbooked(NOW), magento(created_at=NOW, refunded=1), ()),
    ("undone by hand as a whole", without("1"), known(), magento(state="closed", refunded=2), ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "record", "in_magento", "expected"), [c[1:] for c in LINES_CASES], ids=[c[0] for c in LINES_CASES]
)
def test_lines_that_were_cancelled(
    order: Order, record: Record, in_magento: MagentoOrder, expected: tuple[tuple[int, int], ...] | str
) -> None:
    if in_magento.is_closed:
        order = replace(order, status=statuses.IN_TRANSIT)
    steps = planned(order, record, in_magento, invoice=False)
    if isinstance(expected, str):
        assert code(steps) == expected
    elif expected:
        assert credit(steps).pieces == expected
    else:
        assert not [step for step in steps if isinstance(step, CreditInMagento | AskMerchant)]


def test_when_only_the_rest_was_invoiced_what_was_cancelled_is_cancelled() -> None:
    whole = magento()
    mug, hat = whole.items
    rest_only = replace(whole, items=(replace(mug, qty_invoiced=D(1)), hat))
    steps = planned(without("1"), known(), rest_only)
    assert CancelInMagento() in steps
    assert not [step for step in steps if isinstance(step, CreditInMagento)]
    assert code(planned(without("1", "2"), known(), rest_only)) == "lines_cancelled_uninvoiced"


def refund(
    total: str, *line_ids: str, kind: str = values.RETURN_AND_REFUND, shipping: str = "0", **more: object
) -> Return:
    return Return(
        return_id="9",
        return_type=kind,
        status="RETURN_OR_REFUND_REQUEST_COMPLETE",
        line_ids=line_ids,
        refund=Refund(currency="USD", total=D(total), shipping=D(shipping)),
        **more,  # type: ignore[arg-type]
    )


REFUNDS: list[tuple[str, Return, dict[str, object]]] = [
    ("an item sent back", refund("10.80", "1"), {"pieces": ((MUG, 1),), "adjustment": D(0), "to_stock": True}),
    ("two sent back", refund("21.60", "1", "2"), {"pieces": ((MUG, 2),), "everything": False}),
    ("less than it cost", refund("8.00", "1"), {"pieces": ((MUG, 1),), "adjustment": D("-2.80")}),
    ("more than it cost", refund("12.00", "1"), {"pieces": ((MUG, 1),), "adjustment": D("1.20")}),
    ("without return", refund("10.80", "1", kind=values.REFUND), {"pieces": ((MUG, 1),), "to_stock": False}),
    ("some money", refund("3.00", "1", kind=values.REFUND), {"pieces": (), "adjustment": D("3.00")}),
    ("with shipping and its tax", refund("16.20", "1", shipping="5.00"),
     {"pieces": ((MUG, 1),), "shipping": D("5.00"), "adjustment": D(0)}),
    ("with half of the shipping", refund("13.50", "1", shipping="2.50"),
     {"pieces": ((MUG, 1),), "shipping": D("2.50"), "adjustment": D(0)}),
    ("everything", refund("48.60", "1", "2", "3", shipping="5.00"), {"everything": True}),
    ("everything but the shipping", refund("43.20", "1", "2", "3"), {"everything": False, "adjustment": D(0)}),
    ("an offer that was taken", refund("3.00", "1", offer=D("3.00")), {"pieces": (), "adjustment": D("3.00")}),
    ("an offer taken after the parcel came", refund("3.00", "1", offer=D("3.00"), is_sent_back=True),
     {"pieces": ((MUG, 1),), "adjustment": D("-7.80"), "to_stock": True}),
    ("an offer that was refused", refund("10.80", "1", offer=D("3.00"), is_offer_refused=True),
     {"pieces": ((MUG, 1),), "adjustment": D(0), "to_stock": True}),
    ("the buyer keeps it", refund("10.80", "1", may_keep=True), {"pieces": ((MUG, 1),), "to_stock": False}),
    ("TikTok says not into stock", refund("10.80", "1", should_replenish_stock=False), {"to_stock": False}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "expected"), [c[1:] for c in REFUNDS], ids=[c[0] for c in REFUNDS])
def test_a_completed_refund_becomes_a_credit_memo(one: Return, expected: dict[str, object]) -> None:
    step = credit(planned(DELIVERED, known(statuses.DELIVERED, returns=(one,)), magento(state="complete", shipped=2)))
    assert {name: getattr(step, name) for name in expected} == expected
    assert (step.key, step.return_id) == ("return:9", "9")


def test_where_prices_include_tax_the_refunded_shipping_is_made_net() -> None:
    record = known(statuses.DELIVERED, returns=(refund("16.20", "1", shipping="5.00"),), shipping_net_share=D(5) / D(6))
    assert credit(planned(DELIVERED, record, magento())).shipping == D("4.17")


@pytest.mark.parametrize(
    ("one", "in_magento", "settings", "followed"),
    [
        (refund("10.80", "1"), magento(), {"refunds": "tell"}, "told"),
        (refund("10.80", "1"), magento(state="closed", refunded=2), {}, "credited"),
        (refund("10.80", "1"), magento(invoiced=False), {"invoice": False}, "told"),
        (refund("10.80", "1"), HAT_INVOICED, {"invoice": False}, "told"),
        (refund("10.80", "1", offer=D("3.00")), magento(), {}, "told"),
    ],
    ids=["setting", "undone already", "not invoiced", "another item is invoiced", "two sums"],
)
def test_what_is_only_told(one: Return, in_magento: MagentoOrder, settings: dict[str, object], followed: str) -> None:
    steps = planned(DELIVERED, known(statuses.DELIVERED, returns=(one,)), in_magento, **settings)
    [step] = [step for step in steps if isinstance(step, TellRefund)]
    assert step.followed == followed
    assert not [step for step in steps if isinstance(step, CreditInMagento)]


@pytest.mark.parametrize("pieces", [{}, {"3": {HAT: 1}}], ids=["another connector's order", "changed by hand"])
def test_a_refund_of_what_is_not_known_in_magento_is_told_to_a_person(pieces: dict[str, dict[int, int]]) -> None:
    record = known(statuses.DELIVERED, returns=(refund("18.00", "1", "3"),), pieces=pieces)
    [step] = [step for step in planned(DELIVERED, record, magento()) if isinstance(step, TellRefund | CreditInMagento)]
    assert isinstance(step, TellRefund)
    assert (step.followed, step.needs_look) == ("told", True)


BUNDLE = replace(LINES[2], part_skus={"p1": "TEE", "p2": "MUG", "p3": "MUG"})
OF_A_BUNDLE = replace(DELIVERED, line_items=(*LINES[:2], BUNDLE))


@pytest.mark.parametrize(
    ("order", "named"),
    [(OF_A_BUNDLE, ("p2", "p3")), (DELIVERED, ("p2", "p3"))],
    ids=["two of three", "TikTok's order does not list the parts"],
)
def test_a_refund_of_a_part_of_a_bundle_is_told_to_a_person(order: Order, named: tuple[str, ...]) -> None:
    one = refund("14.40", "3", parts={"3": named})
    steps = planned(order, known(statuses.DELIVERED, returns=(one,)), magento(state="complete", shipped=2))
    [step] = [step for step in steps if isinstance(step, TellRefund | CreditInMagento)]
    assert isinstance(step, TellRefund)
    assert (step.followed, step.needs_look) == ("told", True)
    if order is OF_A_BUNDLE:
        assert "(2 × MUG)" in step.sentence


@pytest.mark.parametrize("parts", [{}, {"3": ("p3", "p2", "p1")}], ids=["none is named", "each is named"])
def test_a_refund_of_all_of_a_bundle_is_credited_as_one(parts: dict[str, tuple[str, ...]]) -> None:
    one = refund("21.60", "3", parts=parts)
    record = known(statuses.DELIVERED, returns=(one,))
    assert credit(planned(OF_A_BUNDLE, record, magento(state="complete", shipped=2))).pieces == ((HAT, 1),)


def test_some_money_back_for_a_part_of_a_bundle_that_is_kept_is_a_credit_memo_of_money_alone() -> None:
    one = refund("7.20", "3", kind=values.REFUND, parts={"3": ("p1",)})
    step = credit(planned(OF_A_BUNDLE, known(statuses.DELIVERED, returns=(one,)), magento()))
    assert (step.pieces, step.adjustment) == ((), D("7.20"))


@pytest.mark.parametrize(
    ("order", "in_magento", "codes"),
    [
        (replace(DELIVERED, status=statuses.IN_TRANSIT, is_cod=True), magento(invoiced=False, shipped=2), []),
        (DELIVERED, magento(invoiced=False, state="payment_review"), []),
        (DELIVERED, magento(invoiced=False, state="holded"), ["on_hold_in_magento"]),
    ],
    ids=["cash on delivery", "payment under review", "on hold"],
)
def test_a_refund_before_the_invoice_that_is_still_to_come_is_not_told_away(
    order: Order, in_magento: MagentoOrder, codes: list[str]
) -> None:
    steps = planned(order, known(order.status, returns=(refund("10.80", "1"),)), in_magento)
    assert [step.code for step in steps if isinstance(step, AskMerchant)] == codes
    assert not [step for step in steps if isinstance(step, TellRefund | CreditInMagento)]


def test_what_was_credited_by_hand_is_only_looked_for() -> None:
    step = credit(planned(DELIVERED, known(statuses.DELIVERED, returns=(refund("10.80", "1"),)), magento(refunded=1)))
    assert (step.only_found, step.stands_for) == (True, ((MUG, 1),))


@pytest.mark.parametrize("status", ["RETURN_OR_REFUND_REQUEST_PENDING", "AWAITING_BUYER_SHIP", "SOMETHING_NEW"])
def test_a_return_that_is_not_paid_back_changes_nothing_in_magento(status: str) -> None:
    one = replace(refund("10.80", "1"), status=status)
    steps = planned(DELIVERED, known(statuses.DELIVERED, returns=(one,)), magento())
    assert [type(step) for step in steps] == [LookAgain, LookAgain]


def test_a_refund_that_was_followed_is_not_followed_again() -> None:
    one = replace(refund("10.80", "1"), followed="credited")
    steps = planned(DELIVERED, known(statuses.DELIVERED, returns=(one,)), magento(refunded=1))
    assert [type(step) for step in steps] == [LookAgain]


FAILED = frozenset({marks.FAILED_DELIVERY})


@pytest.mark.parametrize(
    ("setting", "shipped", "expected"),
    [
        ("tell", 2, "cancelled_after_shipping"),
        ("credit", 2, False),
        ("credit_stock", 2, True),
        (
            "credit_stock",
            1,
            "cancelled_after_shipping",
        ),  # not all of it was shipped: which units go back is not certain
    ],
)
def test_lines_whose_parcel_did_not_arrive_are_credited_where_the_setting_says_so(
    setting: str, shipped: int, expected: str | bool
) -> None:
    steps = planned(
        without("1", "2"), known(marks=FAILED), magento(shipped=shipped), invoice=False, failed_delivery=setting
    )
    if isinstance(expected, str):
        assert code(steps) == expected
    else:
        assert (credit(steps).pieces, credit(steps).to_stock) == (((MUG, 2),), expected)


def test_an_order_whose_parcel_did_not_arrive_is_credited_only_where_all_of_it_can_be() -> None:
    whole = magento(shipped=2)
    mug, hat = whole.items
    shipped = replace(whole, items=(mug, replace(hat, qty_shipped=hat.qty_ordered)))
    told = frozenset({marks.FAILED_DELIVERY})
    record = replace(known(statuses.CANCELLED, marks=told), told_marks=told, commented_status=statuses.CANCELLED)
    order = replace(ORDER, status=statuses.CANCELLED)
    asked = [
        planned(order, record, shipped),
        planned(order, replace(record, marks=frozenset()), shipped, failed_delivery="credit"),
        planned(order, record, whole, failed_delivery="credit"),  # the hat is not shipped
        planned(order, record, replace(shipped, state="holded"), failed_delivery="credit"),
    ]
    assert [code(steps) for steps in asked] == ["cancelled_after_shipping"] * 4
    assert planned(order, record, shipped, failed_delivery="credit") == [RefundInMagento()]
    steps = planned(order, record, shipped, failed_delivery="credit_stock")
    assert steps == [RefundInMagento(tuple((item.item_id, int(item.qty_ordered)) for item in shipped.items))]


# -- the merchant in Magento -------------------------------------------------------------------------------------------------

REFUSED = replace(ASK, state=values.REFUSED, message="It is shipped.", from_magento=True)


@pytest.mark.parametrize("undone", [magento(invoiced=False, state="canceled"), magento(state="closed", refunded=2)])
def test_cancelled_in_magento_the_setting_decides(undone: MagentoOrder) -> None:
    assert code(planned(ORDER, known(), undone)) == "cancelled_in_magento"
    assert planned(ORDER, known(), undone, magento_cancel="nothing") == []
    steps = planned(ORDER, known(), undone, magento_cancel="cancel", magento_cancel_reason="r")
    assert steps == [RequestCancel("r")]
    # Refused once, it is a person's; under way, it is waited for: never a loop.
    assert code(planned(ORDER, known(asks=(REFUSED,)), undone, magento_cancel="cancel")) == "cancelled_in_magento"
    [step] = planned(ORDER, known(asks=(SENT,)), undone, magento_cancel="cancel")
    assert isinstance(step, Wait)


@pytest.mark.parametrize(
    ("in_magento", "other"),
    [
        (
            magento(state="closed", refunded=2),
            replace(REFUSED, from_magento=False),
        ),  # a reason that TikTok does not take, say
        (magento(state="closed", refunded=2), replace(REFUSED, line_ids=("3",))),
        (magento(refunded=1), replace(REFUSED, from_magento=False, line_ids=("1",))),
    ],
    ids=["a person's", "of an item", "a person's of the item"],
)
def test_what_was_refused_before_keeps_no_cancellation_in_magento_from_tiktok(
    in_magento: MagentoOrder, other: CancelAsk
) -> None:
    settings = {"magento_cancel": "cancel", "magento_credit": "cancel", "magento_cancel_reason": "r"}
    steps = planned(ORDER, known(asks=(other,)), in_magento, **settings)
    line_ids = () if in_magento.is_closed else ("1",)
    assert steps == [RequestCancel("r", line_ids)]
    mine = replace(REFUSED, id=6, line_ids=line_ids)
    assert code(planned(ORDER, known(asks=(other, mine)), in_magento, **settings)).endswith("_in_magento")


def test_edited_in_magento_it_asks_and_cancels_nothing() -> None:
    edited = replace(magento(invoiced=False, state="canceled"), relation_child_real_id="000000003-1")
    [step] = planned(ORDER, known(), edited, magento_cancel="cancel")
    assert isinstance(step, AskMerchant)
    assert (step.code, "000000003-1" in step.message) == ("cancelled_in_magento", True)


@pytest.mark.parametrize("status", sorted(statuses.TO_CREATE - TO_SHIP))
def test_an_order_credited_in_magento_after_it_was_shipped_is_no_cancellation(status: str) -> None:
    steps = planned(replace(ORDER, status=status), known(status), magento(state="closed", refunded=2))
    assert not [step for step in steps if isinstance(step, AskMerchant | RequestCancel)]


@pytest.mark.parametrize(
    ("cancelled", "mug", "lacking"),
    [
        ((), {"shipped": 1, "refunded": 1}, 1),
        ((), {"shipped": 1, "canceled": 1}, 1),
        ((), {"refunded": 1, "canceled": 1}, 2),
        ((), {"shipped": 2, "refunded": 1}, 0),  # a refund of what was shipped
        ((), {"shipped": 1}, 0),
        (("1",), {"shipped": 1, "refunded": 1}, 0),  # TikTok cancelled it
        (("1",), {"shipped": 1, "canceled": 1}, 0),
        (("1",), {"refunded": 2}, 1),
        (("1",), {"canceled": 1, "refunded": 1}, 1),
    ],
)
def test_what_magento_will_not_ship_any_more_is_asked_about(
    cancelled: tuple[str, ...], mug: dict[str, int], lacking: int
) -> None:
    order = replace(without(*cancelled), status=statuses.PARTIALLY_SHIPPING)
    steps = planned(order, known(order.status), magento(**mug))
    asked = [step.message for step in steps if isinstance(step, AskMerchant) and step.code == "credited_in_magento"]
    assert [message.split(" was ")[0] for message in asked] == ([f"{lacking} × MUG"] if lacking else [])


# -- looking again -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivered", "until"),
    [(timedelta(days=1), timedelta(days=13)), (timedelta(days=14), timedelta(days=1)), (timedelta(days=40), timedelta(days=1))],
)  # fmt: skip
def test_a_delivered_order_is_looked_at_after_14_days_and_then_daily(delivered: timedelta, until: timedelta) -> None:
    order = replace(DELIVERED, delivery_time=NOW - delivered)
    assert planned(order, known(statuses.DELIVERED), magento()) == [LookAgain("completion", NOW + until)]


def test_a_buyers_request_is_looked_at_after_its_deadline() -> None:
    steps = planned(ORDER, known(cancellations=(READY,)), magento())
    assert steps == [LookAgain("buyer_asks", NOW + timedelta(days=1, minutes=1))]


def test_completed_can_set_a_status_in_magento() -> None:
    order = replace(ORDER, status=statuses.COMPLETED)
    [step] = planned(order, known(statuses.DELIVERED), magento(), status_map={"COMPLETED": "tiktok_done"})
    assert getattr(step, "magento_status", "") == "tiktok_done"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("seller_cancel_reason_out_of_stock", "seller_cancel_reason_out_of_stock"),
        ("Out of stock", "seller_cancel_reason_out_of_stock"),
        ("OUT-OF-STOCK", "seller_cancel_reason_out_of_stock"),
        ("a new one", "seller_cancel_reason_a_new_one"),
        ("", None),
        ("weather", None),
    ],
)
def test_a_reason_is_known_by_its_name_or_its_words(text: str, name: str | None) -> None:
    available = ["seller_cancel_reason_out_of_stock", "seller_cancel_reason_a_new_one"]
    assert values.reason_named(text, available) == name
