"""Writing TikTok's amounts and number onto the order that was placed (way B, step 5); repeating it changes nothing."""

from __future__ import annotations

from connector import clock
from connector.domain.booking import Booking
from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoItem, MagentoOrder
from connector.domain.order_items import match_items
from connector.domain.plan import CorrectInMagento, NumberInMagento
from connector.domain.stored_booking import restored, stored
from connector.magento.documents import correct_document
from connector.sync.run import Run
from connector.sync.steps import customer as customers
from connector.sync.steps.attempts import attempt
from connector.sync.steps.prepare import prepare


def correct(run: Run, _step: CorrectInMagento) -> None:
    """Corrects the placed order and checks that Magento now says what it should."""
    assert run.magento is not None  # noqa: S101  (the plan asks for it only then)
    booking = _booked(run) or prepare(run).booking
    items = match_items(run.magento.items, booking.rows)
    if items is None:
        raise NeedsMerchant(
            f"Magento's order {run.magento.increment_id} holds other products or quantities than TikTok's.",
            code="quantity_mismatch",
            remedy="Compare the two orders and put the Magento order right, or cancel it there and on TikTok Shop.",
        )
    customer = customers.customer_of(run)
    document = correct_document(
        run.magento.entity_id,
        {key: item.item_id for key, item in items.items()},
        booking,
        run.whole,
        settings=run.settings,
        item_skus={key: item.sku for key, item in items.items()},
        priced_parts={key: _priced_parts(run.magento, item.item_id) for key, item in items.items()},
        customer=customer,
    )
    with attempt(run, is_seen=run.magento.ext_order_id == run.whole.id):
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
    customers.tell(run, customer)
    run.receipt(
        "corrected",
        sentence,
        magento_corrected_at=clock.now(),
        magento_increment_id=corrected.increment_id,
        magento_grand_total=corrected.grand_total,
        magento_currency=corrected.order_currency_code,
        booking=stored(booking),
        needs_look=booking.needs_look,
        later=True,  # the next run would correct it again, and most often it goes with the word that the invoice is asked for
    )


def number(run: Run, _step: NumberInMagento) -> None:
    """Writes TikTok's number, so that the order can be found by it; its amounts stay Magento's."""
    assert run.magento is not None  # noqa: S101
    run.magento_client.correct_order({"entity_id": run.magento.entity_id, "ext_order_id": run.order.id})


def _priced_parts(magento: MagentoOrder, item_id: int) -> list[MagentoItem]:
    return [item for item in magento.items if item.parent_item_id == item_id and item.price > 0]


def _booked(run: Run) -> Booking | None:
    """What was booked when the cart was placed: the order holds that, whatever was mapped or changed since."""
    return restored(run.row.booking) if run.row.booking else None
