"""An order that Magento has already although nothing is written down of it here. It is taken over, never created again.

Either our own, after a database was restored from an older backup or set up anew: it carries TikTok's number as its external
id. Or another connector's, from before the shop was connected: it carries the number somewhere (find_orders_that_name).

An order of ours that stands for several free samples (connector.sync.together) is not taken over: a person has to.

One search, and only for orders that became known late or were not created by their first run: an order that is created at once
costs no call. Where the merchant named a field of another connector, that one may still be at work, and every order is
searched for.
"""

from __future__ import annotations

import re
from datetime import timedelta

from connector import clock
from connector.domain.errors import Conflict, NeedsMerchant
from connector.domain.magento_order import MagentoOrder
from connector.domain.plan import RECORD, RESERVE
from connector.domain.plan_together import LeaveOut
from connector.domain.stored_booking import stored
from connector.sync import together
from connector.sync.run import Run
from connector.sync.steps.prepare import booking_now

#: An order that became known so long after it was made may have been known before, to a database that was lost.
KNOWN_LATE = timedelta(seconds=30)
#: One that has lain here for so long without a run is likelier to have had it, in a database that was lost, than to have
#: waited for a worker.
LONGEST_TURN = timedelta(minutes=5)


def may_be_there(run: Run) -> bool:
    """Whether Magento may have the order although nothing is written down of it.

    An order that a run has left as it is (on hold, by hand, an unknown SKU) may have been created since, by workers whose
    database was lost: what we see may be a backup. Nothing in the row tells, so Magento is asked.
    """
    return bool(
        run.settings.link_field
        or _is_known_late(run)
        or run.row.handled > 0
        or clock.now() - run.keys.known_at > LONGEST_TURN
    )


def _is_known_late(run: Run) -> bool:
    return run.keys.known_at > run.order.create_time + KNOWN_LATE


def look(run: Run) -> None:
    """Takes over the Magento order that carries the order's number, if there is one. Raises Conflict then: all is read anew.

    Raises NeedsMerchant when there are several.
    """
    found = _found(run)
    if not found:
        return
    if len(found) > 1:
        numbers = ", ".join(each.increment_id for each in found)
        raise NeedsMerchant(
            f"Magento has {len(found)} orders with this TikTok number: {numbers}.",
            code="several_magento_orders",
            remedy="Cancel all but one of them in Magento, or mark this order to be ignored.",
        )
    [order] = found
    _refuse_shared(run, order)
    if run.record.mates:
        # Others were put together with it here, which this Magento order does not stand for: they are created without it.
        together.leave_out(run, LeaveOut(tuple(mate.row_id for mate in run.record.mates)))
        raise Conflict("The order was found in Magento.", code="taken_over")
    if not order.ext_order_id:
        # By it the watch finds what the merchant does with the order.
        run.magento_client.correct_order({"entity_id": order.entity_id, "ext_order_id": run.order.id})
    is_record = order.increment_id == f"{run.settings.order_prefix}{run.order.id}"
    is_ours = order.ext_order_id == run.order.id
    if is_ours:
        _take_over_amounts(run, order)
    run.receipt(
        "taken_over",
        f"Magento has the order already: {order.increment_id}. It is taken over."
        if is_ours
        else f"Another connector created it in Magento already: {order.increment_id}. It is linked, its amounts stay.",
        magento_way=RECORD if is_record else RESERVE,
        magento_order_id=order.entity_id,
        magento_increment_id=order.increment_id,
        magento_created_at=order.created_at or clock.now(),
        # The number is written together with the amounts (connector.sync.steps.correct), so these are right as well.
        # Another connector's are its own.
        magento_corrected_at=clock.now(),
    )
    raise Conflict("The order was found in Magento.", code="taken_over")


def _take_over_amounts(run: Run, order: MagentoOrder) -> None:
    """Writes down how the order was booked, for the reconciliation and credit memos, where it comes to the same today.

    It may not: settings, mappings or the order's lines have changed since it was created. Then a person is told.
    """
    booking = booking_now(run)
    if booking is not None and booking.totals.grand_total == order.grand_total:
        run.receipt(booking=stored(booking), needs_look=booking.needs_look, later=True)
    else:
        sentence = f"Its total in Magento is {order.grand_total}; whether that is right could not be said: look at it."
        run.receipt("total_unknown", sentence, needs_look=True, later=True)


def _refuse_shared(run: Run, order: MagentoOrder) -> None:
    """A Magento order that stands for several TikTok orders is nobody's alone: what is cancelled of one must not undo all."""
    is_ours = order.shipping_description.startswith("TikTok Shop ")
    others = set(re.findall(r"[0-9]{12,30}", order.shipping_description)) - {run.order.id} if is_ours else set()
    if run.order.is_sample_order and others:
        raise NeedsMerchant(
            f"Magento order {order.increment_id} stands for several TikTok Shop orders, and how they were put together is not "
            "known here any more.",
            code="combined_unknown",
            remedy="Ship it and follow cancellations by hand in Magento, and mark the order to be ignored.",
            subject=order.increment_id,
        )


def _found(run: Run) -> tuple[MagentoOrder, ...]:
    # A sample may be part of an order that carries another sample's number.
    may_be_shared = run.order.is_sample_order and (run.settings.samples == "combine" or _is_known_late(run))
    if run.keys.is_from_before or run.settings.link_field or may_be_shared:
        found = run.magento_client.find_orders_that_name(run.order.id, run.settings.link_field)
    else:
        found = run.magento_client.find_orders_by_ext_order_id(run.order.id)
    standing = tuple(order for order in found if not order.is_canceled)  # as the remedy above says
    return standing or found
