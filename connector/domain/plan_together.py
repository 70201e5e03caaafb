"""The plan of orders that became one Magento order: one of them carries it, the others rest on that one.

All that happens to the Magento order is planned for the order that carries it, from what all of them are together
(connector.domain.samples.whole_of): a cancelled order is then some cancelled lines. What TikTok is told is planned for each
order by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain import plan_cancel, plan_details, samples, statuses
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.plan import plan
from connector.domain.plan_cancel import RequestCancel
from connector.domain.settings import ShopSettings
from connector.domain.steps import AskMerchant, Mate, Record, Step, Wait, WriteExternalReference


@dataclass(frozen=True)
class LeaveOut(Step):
    """Take orders out that were cancelled, or marked to be ignored, before the Magento order was begun."""

    row_ids: tuple[int, ...]


@dataclass(frozen=True)
class WakeMembers(Step):
    """The Magento order is there: the orders that it stands for take its number."""

    row_ids: tuple[int, ...]


@dataclass(frozen=True)
class TellCarrier(Step):
    """Something of this order changed that the Magento order has to follow: let the order that carries it be worked on."""

    told: str


def plan_any(
    order: Order, whole: Order, record: Record, magento: MagentoOrder | None, settings: ShopSettings, now: datetime
) -> list[Step]:
    """The plan of any order. `whole`: what its Magento order is made of; `order` itself where it stands for no other."""
    if record.carrier is not None:
        return _of_member(order, record, record.carrier, magento, settings, now)
    if not record.mates:
        return plan(order, record, magento, settings, now)
    return _of_carrier(order, whole, record, magento, settings, now)


def _of_carrier(
    order: Order, whole: Order, record: Record, magento: MagentoOrder | None, settings: ShopSettings, now: datetime
) -> list[Step]:
    if magento is None and record.placing_at is None:
        gone = tuple(mate.row_id for mate in record.mates if mate.order.is_cancelled or mate.is_ignored)
        if order.is_cancelled or gone:
            return [LeaveOut(gone)]
    # Whose parcel it was that did not arrive, its marks do not say for all of them: a person credits it.
    for_all = replace(settings, failed_delivery="tell")
    steps = [step for step in plan(whole, record, magento, for_all, now) if not _is_past(step, order)]
    if magento is not None:
        numberless = tuple(m.row_id for m in record.mates if m.magento_order_id is None and not m.is_ignored)
        if numberless:
            stops = (place for place, step in enumerate(steps) if isinstance(step, Wait | AskMerchant))
            steps.insert(next(stops, len(steps)), WakeMembers(numberless))
        if not order.is_cancelled:
            steps += plan_cancel.look_again(order, record, now)
    return steps


def _is_past(step: Step, order: Order) -> bool:
    """Whether a step is about TikTok's order, which is cancelled while others of the Magento order live."""
    is_about_tiktok = isinstance(step, WriteExternalReference | RequestCancel) or (
        isinstance(step, AskMerchant) and step.code == "cancelled_in_magento"
    )
    return order.is_cancelled and is_about_tiktok


def _of_member(
    order: Order,
    record: Record,
    carrier: Mate,
    magento: MagentoOrder | None,
    settings: ShopSettings,
    now: datetime,
) -> list[Step]:
    told = samples.told_print(order)
    steps: list[Step] = []
    if told != record.told_carrier:
        if carrier.is_ignored:
            return [_stopped(carrier)]
        steps.append(TellCarrier(told))
    if magento is None:
        if order.is_cancelled:
            return steps
        return [_stopped(carrier)] if carrier.is_ignored else [*steps, Wait("combined")]
    steps += plan_details.trouble(order, record)
    if order.is_cancelled:
        return steps
    if settings.write_external_reference and record.external_reference != magento.increment_id:
        steps.append(WriteExternalReference(magento.increment_id))
    if plan_cancel.is_cancelled_by_merchant(order, record, magento):
        return steps + plan_cancel.follow_merchant(record, magento, settings, now)
    cancelling = plan_cancel.waiting(record.aftersales, now)
    if cancelling is not None:
        steps.append(cancelling)
    return steps + plan_cancel.look_again(order, record, now)


def after_shipping(order: Order, record: Record, magento: MagentoOrder | None) -> list[Step]:
    """What only a person can solve and what keeps no parcel from being told."""
    carrier = record.carrier
    if carrier is None or magento is None or not _goes_elsewhere(order, carrier.order):
        return []
    return [
        AskMerchant(
            "combined_address",
            f"TikTok Shop gives another address for this order than for order {carrier.order.id}, together with which it "
            "was created in Magento.",
            "Ship this order's items to its own address, by a shipment of their own in Magento; or cancel this order.",
            carrier.order.id,
        )
    ]


def _stopped(carrier: Mate) -> AskMerchant:
    return AskMerchant(
        "combined_stopped",
        f"It belongs to one Magento order together with TikTok Shop order {carrier.order.id}, which is marked to be ignored.",
        "Take that order back into work; or ignore this one, too, and follow it in Magento by hand.",
        carrier.order.id,
    )


def _goes_elsewhere(order: Order, carrier: Order) -> bool:
    """Whether two orders that went to one address do not any more, as far as TikTok shows it, and nothing was shipped yet."""
    if order.status != statuses.AWAITING_SHIPMENT or carrier.is_cancelled:
        return False
    if not (order.recipient.is_given and carrier.recipient.is_given):
        return False
    if order.recipient.is_masked or carrier.recipient.is_masked:
        return False
    return order.recipient != carrier.recipient
