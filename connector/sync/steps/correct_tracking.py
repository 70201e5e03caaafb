"""Correcting a tracking number that TikTok was told, after it was changed in Magento.

What is about to be told is written into the shipment's row before the call (`telling_at`), as in connector.sync.steps.ship.
"""

from __future__ import annotations

from sqlalchemy import select

from connector import clock
from connector.domain.order import LineItem
from connector.domain.shipping_steps import CorrectTracking, ForgetCorrection
from connector.extensions import db
from connector.models import Order, Shipment
from connector.models.transaction import end_transaction
from connector.sync.run import Run
from connector.sync.steps import shipment_rows
from connector.tiktok.errors import RequestRefused


def correct(run: Run, step: CorrectTracking) -> None:
    """Corrects a number that was sent. A refusal is an answer for the merchant; it keeps nothing from going on."""
    if step.is_late:
        _refused(run, step, "TikTok Shop takes corrections within 72 hours of shipping only.")
        return
    row = shipment_rows.read(run, step.shipment_id)
    told_at, asked_at, line_item_ids = row.told_at, row.telling_at, row.line_item_ids
    if asked_at is None or told_at is None or asked_at <= told_at:
        asked_at = None  # that was the telling, not a correction whose answer never came
    else:
        run.order = shipment_rows.read_back(run)
    is_same_number = row.tracking_number == step.tracking_number
    lines = [line for line in run.order.line_items if line.id in line_item_ids]
    if not _is_shown(lines, step, is_same_number=is_same_number):
        shipment_rows.write(run, step.shipment_id, telling_at=clock.now())
        because = _correct(run, step, is_same_number=is_same_number)
        if because:
            shipment_rows.write(run, step.shipment_id, telling_at=asked_at)  # nothing came of this call
            shipment_rows.wait_until_shown(asked_at)
            _refused(run, step, because)
            return
    shipment_rows.write(
        run,
        step.shipment_id,
        "corrected_tracking",
        f"TikTok Shop has the corrected carrier {step.carrier.name} of {step.tracking_number}."
        if is_same_number
        else f"TikTok Shop has the corrected tracking number {step.tracking_number}.",
        telling_at=None,
        tracking_number=step.tracking_number,
        carrier_code=step.carrier.code,
        carrier_title=step.carrier.title,
        shipping_provider_id=step.provider_id,
        corrections=Shipment.corrections + 1,
        refused_number="",
        refused_because="",
    )
    run.receipt(needs_look=_needs_look(run))
    shipment_rows.read_back(run)


def _correct(run: Run, step: CorrectTracking, *, is_same_number: bool) -> str:
    """Corrects the number of each package that does not have it yet. Returns why TikTok refuses; "" when all have it.

    TikTok also refuses what it has done already, so the order is looked at before a refusal is believed.
    """
    for package_id in step.package_ids or ("",):
        if package_id and _is_shown(_lines_in(run, package_id), step, is_same_number=is_same_number):
            continue  # an earlier try came so far
        try:
            if package_id:
                run.tiktok.update_package_shipping_info(package_id, step.tracking_number, step.provider_id)
            else:
                run.tiktok.update_order_shipping_info(run.order.id, step.tracking_number, step.provider_id)
        except RequestRefused as error:
            run.order = shipment_rows.read_back(run)
            if not _is_shown(_lines_in(run, package_id), step, is_same_number=is_same_number):
                return error.tiktok_message or error.message
    return ""


def _lines_in(run: Run, package_id: str) -> list[LineItem]:
    """The units of a package, as TikTok's order was read last; without a package, all that was told."""
    lines = [line for line in run.order.live_line_items if not package_id or line.package_id == package_id]
    return [line for line in lines if line.tracking_number]


def _is_shown(lines: list[LineItem], step: CorrectTracking, *, is_same_number: bool) -> bool:
    """Whether TikTok's order shows the units as corrected. By the provider only where the number is the one that was told."""
    if {line.tracking_number for line in lines} != {step.tracking_number}:
        return False
    return not is_same_number or {line.shipping_provider_id for line in lines} == {step.provider_id}


def forget(run: Run, step: ForgetCorrection) -> None:
    """The number that TikTok has stands in Magento again: nothing is left to be looked at of the one that it refused."""
    shipment_rows.write(
        run,
        step.shipment_id,
        "correction_taken_back",
        "Magento has the tracking number again that TikTok Shop knows.",
        refused_number="",
        refused_because="",
    )
    run.receipt(needs_look=_needs_look(run))


def _needs_look(run: Run) -> bool:
    """Whether a refused correction or amounts that did not add up are left to be looked at."""
    refused = select(Shipment.id).where(Shipment.order_id == run.row_id, Shipment.refused_number != "").limit(1)
    booking = db.session.scalar(select(Order.booking).where(Order.id == run.row_id))
    found = db.session.scalar(refused) is not None or bool((booking or {}).get("adjustment"))
    end_transaction()
    return found


def _refused(run: Run, step: CorrectTracking, because: str) -> None:
    run.receipt(needs_look=True)
    number, carrier = step.tracking_number, step.carrier.name
    sentence = f"The tracking number was changed to {number} in Magento, but TikTok Shop keeps the old one: {because}"
    if shipment_rows.read(run, step.shipment_id).tracking_number == number:
        sentence = f"The carrier was changed to {carrier} in Magento, but TikTok Shop keeps the old one: {because}"
    shipment_rows.write(
        run,
        step.shipment_id,
        "correction_refused",
        sentence,
        is_error=True,
        refused_number=step.tracking_number,
        refused_because=because[:500],
    )
