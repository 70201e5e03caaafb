"""Writing TikTok's amounts and number onto the order that was placed (way B, step 5); repeating it changes nothing."""

from __future__ import annotations

from dataclasses import replace

from connector import clock
from connector.domain import statuses
from connector.domain.booking import Booking
from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.plan import CorrectInMagento, Record
from connector.magento.documents import correct_document, item_ids_by_sku
from connector.sync.run import Run
from connector.sync.steps.prepare import prepare, stored


def correct(run: Run, _step: CorrectInMagento) -> None:
    """Corrects the placed order and checks that Magento now says what it should."""
    assert run.magento is not None  # noqa: S101  (the plan asks for it only then)
    prepared = prepare(run)
    if not _has_quantities(run.magento, prepared.booking):
        # Lines were cancelled since it was placed: it is booked as it was placed, and they are credited afterwards.
        prepared = prepare(replace(run, order=as_placed(run.order, run.record)))
    booking = prepared.booking
    _check_quantities(run.magento, booking)
    document = correct_document(
        run.magento.entity_id, item_ids_by_sku(run.magento), booking, run.order, settings=run.settings
    )
    corrected = run.magento_client.correct_order(document)
    if corrected.grand_total != booking.totals.grand_total:
        raise NeedsMerchant(
            f"Magento says {corrected.grand_total} where the order comes to {booking.totals.grand_total} {booking.currency}.",
            code="total_mismatch",
            remedy="Look for an extension in Magento that changes order totals, then try again.",
        )
    run.magento = corrected
    sentence = f"Amounts set to TikTok's: {booking.totals.grand_total} {booking.currency}."
    if booking.adjustment is not None:
        sentence += (
            f" TikTok's parts come to {booking.adjustment.parts_total}, its total is {booking.adjustment.stated_total}:"
            f" the difference is booked as {booking.adjustment.name}."
        )
    run.receipt(
        "corrected",
        sentence,
        magento_corrected_at=clock.now(),
        magento_increment_id=corrected.increment_id,
        booking=stored(prepared),
        needs_look=booking.needs_look,
    )


def as_placed(order: Order, record: Record) -> Order:
    """The order with the lines that were placed in Magento as if none of them had been cancelled since."""
    lines = tuple(
        replace(line, display_status=statuses.AWAITING_SHIPMENT) if line.id in record.pieces else line
        for line in order.line_items
    )
    return replace(order, line_items=lines)


def _has_quantities(magento: MagentoOrder, booking: Booking) -> bool:
    ordered = {item.sku: item.qty_ordered for item in magento.items if item.parent_item_id is None}
    return ordered == {row.sku: row.quantity for row in booking.rows}


def _check_quantities(magento: MagentoOrder, booking: Booking) -> None:
    if not _has_quantities(magento, booking):
        raise NeedsMerchant(
            f"Magento's order {magento.increment_id} holds other products or quantities than TikTok's.",
            code="quantity_mismatch",
            remedy="Compare the two orders and put the Magento order right, or cancel it there and on TikTok Shop.",
        )
