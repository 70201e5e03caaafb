"""What is still missing on either side of an order, in the order in which to do it.

`plan` knows no tables, no clients and no clock: it is tested as a table. The engine (connector.sync.converge) reads both
sides, does the first steps, and asks again, until nothing is missing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.domain import plan_cancel, plan_credits, plan_details, plan_hold, plan_store_cancel, statuses, undoing
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.settings import ShopSettings
from connector.domain.steps import (
    PLACING_MAY_LAST,
    RECORD,
    RESERVE,
    AskMerchant,
    CancelInMagento,
    CloseWindow,
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
)

__all__ = [
    "CREATED_ON_REQUEST",
    "LONG_WAITS",
    "PLACING_MAY_LAST",
    "RECORD",
    "RESERVE",
    "AskMerchant",
    "CancelInMagento",
    "CloseWindow",
    "CommentInMagento",
    "CorrectInMagento",
    "CreateInMagento",
    "InvoiceInMagento",
    "NumberInMagento",
    "Record",
    "RefundInMagento",
    "Step",
    "UnholdInMagento",
    "Wait",
    "WriteExternalReference",
    "comment_text",
    "plan",
    "waits_for_a_person",
    "way_of",
]


#: Reasons to wait that last for hours although their end is known: the order waits, it is not on its way.
LONG_WAITS = frozenset({"merchants_wait", "sample_window"})
#: When a cancelled order is looked for in Magento after a placing of unknown outcome, beyond the time that one lasts as a
#: rule: nothing else would find an order that still comes of it. Magento's own web server settings give up after 10 minutes.
LATE_LOOKS = (timedelta(minutes=10), timedelta(hours=1))
#: What waits for these is created at once when a person asks for it.
CREATED_ON_REQUEST = LONG_WAITS | {"by_hand", "older", "sample", "held_by_rule"}


def way_of(order: Order, record: Record, settings: ShopSettings) -> str:
    """How the Magento order is (or was) created. A way once begun is kept: the key of the other way guards nothing."""
    if record.way:
        return record.way
    if order.is_fulfilled_by_tiktok:
        return RECORD
    return record.forced_way or record.rule_way or settings.create_way


def plan(
    order: Order, record: Record, magento: MagentoOrder | None, settings: ShopSettings, now: datetime
) -> list[Step]:
    """What is missing, first things first; empty when both sides agree. `now` is UTC."""
    if order.is_cancelled:
        return _plan_cancelled(order, record, magento, settings, now)
    cancelling = plan_cancel.waiting(record.aftersales, now)
    if cancelling is not None and magento is None and record.placing_at is None:
        return [cancelling]  # an order that is being cancelled is not created any more
    is_held = order.status == statuses.ON_HOLD
    if is_held or order.status in statuses.TO_CREATE:
        steps = (_plan_held if is_held else _plan_active)(order, record, magento, settings, now)
        if cancelling is not None and cancelling not in steps:
            steps.append(cancelling)
        if is_held:
            steps.append(Wait("on_hold"))
        return steps + plan_cancel.look_again(order, record, now)
    if order.status == statuses.UNPAID:
        return [Wait("unpaid")]
    # A status that did not exist when this was written: it is shown, and nothing is guessed.
    return [Wait("unknown_status")]


def waits_for_a_person(order: Order, record: Record, settings: ShopSettings) -> Wait | None:
    """Why an order that is not in Magento yet is created only when a person asks for it; None: it is created by itself.

    What was begun is finished.
    """
    if record.create_asked or record.forced_way or record.placing_at is not None:
        return None
    if record.is_held_by_rule:
        return Wait("held_by_rule")
    if record.is_older:
        return Wait("older")
    if order.is_sample_order and settings.samples == "skip":
        return Wait("sample")
    return Wait("by_hand") if settings.create_when == "by_hand" else None


def _plan_held(
    order: Order, record: Record, magento: MagentoOrder | None, settings: ShopSettings, now: datetime
) -> list[Step]:
    """While TikTok holds an order the buyer may still cancel it: it is created if the merchant wants that, and not invoiced."""
    is_begun = magento is not None or record.placing_at is not None
    if not is_begun and order.is_sample_order and settings.samples == "combine":
        return []  # its window opens when the hold ends
    if is_begun or plan_hold.creates_at_once(order, record, settings):
        return _plan_active(order, record, magento, settings, now)
    if plan_hold.reserves(order, settings) and way_of(order, record, settings) == RESERVE:
        return _plan_active(order, record, magento, settings, now)
    return []


def _plan_active(
    order: Order, record: Record, magento: MagentoOrder | None, settings: ShopSettings, now: datetime
) -> list[Step]:
    way = way_of(order, record, settings)
    if magento is None:
        person = waits_for_a_person(order, record, settings)
        if person is not None:
            return [person]
        is_reserved = plan_hold.reserves(order, settings) and way == RESERVE
        if not is_reserved and not plan_hold.has_address(order, record):
            return [Wait("no_address")]
        if record.sample_until is not None and record.placing_at is None:
            is_open = now < record.sample_until
            return [Wait("sample_window", until=record.sample_until) if is_open else CloseWindow()]
        waiting = plan_hold.merchants_wait(order, record, settings, now) if record.placing_at is None else None
        if waiting is not None:
            return [waiting]
        return [CreateInMagento(way)]
    if plan_cancel.is_cancelled_by_merchant(order, record, magento):
        return plan_cancel.follow_merchant(record, magento, settings, now)
    releasing = plan_hold.releasing(order, record, magento, settings, now)
    if releasing:
        return releasing
    steps: list[Step] = []
    if way == RESERVE and not record.corrected and not magento.is_invoiced:
        steps.append(CorrectInMagento())
    if _is_to_be_invoiced(order, record, magento, settings):
        steps.append(InvoiceInMagento())
    elif order.status != statuses.ON_HOLD:
        # Cancelled lines follow once the order is invoiced, if it is to be. During the hold nothing is invoiced, and our own
        # hold lets nothing be credited: they follow after it.
        following = plan_credits.in_magento(order, record, magento, settings, way)
        steps += following or plan_store_cancel.follow_credits(order, record, magento, settings)
    if not magento.ext_order_id and CorrectInMagento() not in steps:
        steps.insert(0, NumberInMagento())  # invoiced before it was corrected, or somebody has emptied the field
    if order.status == statuses.ON_HOLD:
        steps += plan_hold.holding(order, record, magento, settings)
    steps += plan_details.details(order, record, magento, settings)
    steps += _tell(order, record, magento, settings)
    if way == RESERVE and not record.corrected and magento.is_invoiced:
        steps += _total_invoiced(record, magento)
    return steps


def _total_invoiced(record: Record, magento: MagentoOrder) -> list[Step]:
    """What a person is told of an order that was invoiced before its amounts were corrected. Nothing else waits for it."""
    if record.booked_total in (None, magento.grand_total):
        return []
    return [
        AskMerchant(
            "total_mismatch",
            f"The order was invoiced in Magento before its amounts were set to TikTok's: Magento says {magento.grand_total} "
            f"where it comes to {record.booked_total}.",
            "Put the difference right in your books, by a credit memo if Magento's total is the higher one. Ship the order as "
            "usual, then mark it to be ignored.",
            holds_up=False,
        )
    ]


def _is_to_be_invoiced(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings) -> bool:
    """TikTok has the money once its hold is over; cash on delivery is paid at the door, when Magento has shipped it already.

    What a person has invoiced a part of is left to them.
    """
    if not settings.invoice or order.status == statuses.ON_HOLD or magento.is_invoiced:
        return False
    if order.is_cod:
        is_paid = order.status in (statuses.DELIVERED, statuses.COMPLETED)
        return is_paid and magento.state in ("new", "processing")
    if magento.state == "processing":
        # Shipped before it was invoiced. Another connector's order, of which no booking is known, may be meant to be so.
        return bool(record.booked_lines)
    return magento.state == "new"


def _plan_cancelled(
    order: Order, record: Record, magento: MagentoOrder | None, settings: ShopSettings, now: datetime
) -> list[Step]:
    if magento is None:
        return _late_placing(record.placing_at, now) if record.placing_at is not None else []
    if magento.is_canceled or magento.is_closed or undoing.is_undone(magento):
        return _tell(order, record, magento, settings)
    way = way_of(order, record, settings)
    steps: list[Step] = []
    if magento.is_held:
        steps.append(UnholdInMagento())
    if way == RECORD:
        # Written as complete: a credit memo undoes it in the books, and no stock was or is touched.
        steps.append(RefundInMagento())
    elif magento.is_shipped:
        return [
            *plan_details.trouble(order, record),
            plan_credits.undone_delivery(record, magento, settings)
            or AskMerchant(
                "cancelled_after_shipping",
                "TikTok Shop cancelled the order after it was shipped in Magento.",
                "Stop the parcel or wait for its return, then refund the order in Magento, or mark it to be ignored.",
            ),
        ]
    elif magento.is_invoiced and not undoing.is_only_uninvoiced_left(magento):
        steps.append(RefundInMagento())
    else:
        if not record.corrected and not magento.ext_order_id and not magento.is_invoiced:
            steps.append(NumberInMagento())  # cancelled between its placing and its correction: it must be found later
        steps.append(CancelInMagento())
    return steps + _tell(order, record, magento, settings)


def _late_placing(placing_at: datetime, now: datetime) -> list[Step]:
    """A placing that timed out may still be at work in Magento: an order may come that has to be cancelled."""
    if now < placing_at + PLACING_MAY_LAST:
        return [plan_cancel.LookAgain("placing_unclear", now + timedelta(seconds=10))]
    look_at = next((placing_at + after for after in LATE_LOOKS if now < placing_at + after), None)
    return [] if look_at is None else [plan_cancel.LookAgain("placing_unclear", look_at)]


def _tell(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings) -> list[Step]:
    """What both sides are told once their states agree."""
    steps: list[Step] = []
    if (
        settings.write_external_reference
        and record.external_reference != magento.increment_id
        and not order.is_cancelled
    ):
        steps.append(WriteExternalReference(magento.increment_id))
    is_told = not record.notes_written and any(
        step.status == order.status
        for step in plan_details.details(order, record, magento, settings)
        if isinstance(step, plan_details.NoteInMagento)
    )
    is_told = is_told and not order.is_cancelled
    if settings.notes_status(order.status) and record.commented_status != order.status and not is_told:
        status = settings.magento_status_for(order.status)
        steps.append(CommentInMagento(order.status, comment_text(order), status))
    return steps


#: The comment that tells a status in Magento.
comment_text = plan_details.status_text
