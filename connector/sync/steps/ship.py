"""Telling TikTok of parcels, exactly once.

What is about to be told is written into the shipment's row before the call (`telling_at`). Found there when a run begins,
an earlier call may have worked although its answer never came: TikTok's own order is read anew before anything is repeated.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, update

from connector import clock
from connector.domain.errors import Conflict, NeedsMerchant
from connector.domain.order import Order as OrderValue
from connector.domain.plan_shipping import MARK, PACKAGE
from connector.domain.shipping_steps import (
    CorrectTracking,
    FollowPackages,
    ForgetCorrection,
    KeepAsTold,
    TellShipped,
)
from connector.extensions import db
from connector.models import Order, Shipment, Shop
from connector.models.timeline import TIKTOK
from connector.models.transaction import end_transaction, transaction
from connector.sync import intake
from connector.sync.run import Run
from connector.sync.timeline import record
from connector.tiktok.errors import NotInThisRegion, RequestRefused
from connector.tiktok.fulfilment_calls import order_lines
from connector.tiktok.orders import order_from_document


def tell(run: Run, step: TellShipped) -> None:
    """Tells TikTok of one parcel, or finds that it knows already."""
    row = _row(run, step.shipment_id)
    if row.telling_at is not None and _is_known(run, step):
        _write_told(run, step, _packages_of(run, step), looked=True)
        return
    _write(
        run,
        step.shipment_id,
        telling_at=clock.now(),
        line_item_ids=list(step.line_item_ids),
        tracking_number=step.tracking_number,
        carrier_code=step.carrier.code,
        carrier_title=step.carrier.title,
        shipping_provider_id=step.provider_id,
    )
    try:
        packages = _call(run, step)
    except NotInThisRegion as error:
        _try_the_other_way(run, step, error)
        return
    except RequestRefused as error:
        # It may be refused because an earlier call, given up on, was done meanwhile.
        if _is_known(run, step):
            _write_told(run, step, _packages_of(run, step), looked=True)
            return
        raise _explained(error, step) from error
    _write_told(run, step, packages, looked=False)
    read_back(run)


def _call(run: Run, step: TellShipped) -> list[str]:
    if step.package_ids:
        for package_id in step.package_ids:
            if _is_package_shipped(run, package_id):
                continue
            run.tiktok.ship_package(
                package_id, tracking_number=step.tracking_number, shipping_provider_id=step.provider_id
            )
        return list(step.package_ids)
    lines = None if step.whole else order_lines(document_of(run), step.line_item_ids)
    package_id = run.tiktok.mark_package_as_shipped(run.order.id, step.tracking_number, step.provider_id, lines)
    return [package_id] if package_id else []


def _is_package_shipped(run: Run, package_id: str) -> bool:
    """As the order says that was read last: of several packages some may be told already."""
    lines = [line for line in run.order.live_line_items if line.package_id == package_id]
    return bool(lines) and all(line.tracking_number for line in lines)


def keep(run: Run, step: KeepAsTold) -> None:
    """Writes down that TikTok knows of the parcel already; there is nothing to be told."""
    _write(
        run,
        step.shipment_id,
        "told",
        f"TikTok Shop has it as shipped already, with the tracking number {step.tiktok_number or 'that it gave'}.",
        line_item_ids=list(step.line_item_ids),
        tracking_number=step.tracking_number,
        carrier_code=step.carrier.code,
        carrier_title=step.carrier.title,
        package_ids=list(step.package_ids),
        told_at=run.order.rts_time or clock.now(),
    )


def follow_packages(run: Run, step: FollowPackages) -> None:
    """Writes down in which packages the parcel is now; TikTok was told of it and is told nothing."""
    was_known = bool(_row(run, step.shipment_id).package_ids)
    _write(
        run,
        step.shipment_id,
        "packed_anew" if was_known else "",
        f"On TikTok Shop it is in other packages now: {', '.join(step.package_ids)}.",
        package_ids=list(step.package_ids),
    )


def correct(run: Run, step: CorrectTracking) -> None:
    """Corrects a number that was sent. A refusal is an answer for the merchant; it keeps nothing from going on."""
    if step.is_late:
        _refused(run, step, "TikTok Shop takes corrections within 72 hours of shipping only.")
        return
    row = _row(run, step.shipment_id)
    told_at = row.told_at
    if row.telling_at is not None and told_at is not None and row.telling_at > told_at:
        run.order = read_back(run)
    numbers = {line.tracking_number for line in run.order.line_items if line.id in row.line_item_ids}
    if numbers != {step.tracking_number}:
        _write(run, step.shipment_id, telling_at=clock.now())
        because = _correct(run, step)
        if because:
            _refused(run, step, because)
            return
    _write(
        run,
        step.shipment_id,
        "corrected_tracking",
        f"TikTok Shop has the corrected tracking number {step.tracking_number}.",
        tracking_number=step.tracking_number,
        carrier_code=step.carrier.code,
        carrier_title=step.carrier.title,
        shipping_provider_id=step.provider_id,
        corrections=Shipment.corrections + 1,
        refused_number="",
        refused_because="",
    )
    run.receipt(needs_look=_needs_look(run))
    read_back(run)


def _correct(run: Run, step: CorrectTracking) -> str:
    """Corrects the number of each package that does not have it yet. Returns why TikTok refuses; "" when all have it.

    TikTok also refuses what it has done already, so the order is looked at before a refusal is believed.
    """
    for package_id in step.package_ids or ("",):
        if package_id and _shows_number(run, package_id, step.tracking_number):
            continue  # an earlier try came so far
        try:
            if package_id:
                run.tiktok.update_package_shipping_info(package_id, step.tracking_number, step.provider_id)
            else:
                run.tiktok.update_order_shipping_info(run.order.id, step.tracking_number, step.provider_id)
        except RequestRefused as error:
            run.order = read_back(run)
            if not _shows_number(run, package_id, step.tracking_number):
                return error.tiktok_message or error.message
    return ""


def _shows_number(run: Run, package_id: str, number: str) -> bool:
    """Whether TikTok's order, as it was read last, shows a package with the number; without a package, all that was told."""
    lines = [line for line in run.order.live_line_items if not package_id or line.package_id == package_id]
    return {line.tracking_number for line in lines if line.tracking_number} == {number}


def forget_correction(run: Run, step: ForgetCorrection) -> None:
    """The number that TikTok has stands in Magento again: nothing is left to be looked at of the one that it refused."""
    _write(
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
    _write(
        run,
        step.shipment_id,
        "correction_refused",
        f"The tracking number was changed to {step.tracking_number} in Magento, but TikTok Shop keeps the old one: {because}",
        is_error=True,
        refused_number=step.tracking_number,
        refused_because=because[:500],
    )


def _try_the_other_way(run: Run, step: TellShipped, error: NotInThisRegion) -> None:
    """TikTok says that the call does not exist where the shop is: the other one does, and is remembered for the shop."""
    other = MARK if step.package_ids else PACKAGE
    if other == PACKAGE and not run.order.package_ids:
        raise error
    with transaction() as session:
        order = session.get_one(Order, run.row_id)
        shop = session.get_one(Shop, order.shop_id, with_for_update={"of": Shop}, populate_existing=True)
        was_found_before, shop.ships_by = shop.ships_by != "", other
    if was_found_before:
        raise error  # neither works any more: it is TikTok's answer that the merchant has to see
    raise Conflict("The shop's parcels are told by another call.", code="ships_by_changed") from error


def _explained(error: RequestRefused, step: TellShipped) -> NeedsMerchant:
    """A refusal of the number or of the provider says what to correct; every other one speaks for itself."""
    said = error.tiktok_message.lower()
    if "tracking" in said and "provider" not in said:
        return NeedsMerchant(
            f"TikTok Shop does not take the tracking number {step.tracking_number}. It said: {error.tiktok_message}",
            code="bad_tracking_number",
            remedy="Correct the tracking number on the shipment in Magento. The connector then goes on by itself.",
            subject=step.tracking_number,
            exchange=error.exchange,
        )
    if "provider" in said:
        return NeedsMerchant(
            f"TikTok Shop does not take the shipping provider that {step.carrier.name} is mapped to."
            f" It said: {error.tiktok_message}",
            code="unmapped_carrier",
            remedy="Map the carrier to one of the shop's shipping providers on the carriers page.",
            subject=step.carrier.name,
            exchange=error.exchange,
        )
    return error


# -- looking ---------------------------------------------------------------------------------------------------------------


def _is_known(run: Run, step: TellShipped) -> bool:
    """Whether TikTok's order, read anew, shows these units with the number."""
    run.order = read_back(run)
    lines = [line for line in run.order.line_items if line.id in step.line_item_ids]
    return bool(lines) and all(line.tracking_number == step.tracking_number for line in lines)


def _packages_of(run: Run, step: TellShipped) -> list[str]:
    lines = [line for line in run.order.line_items if line.id in step.line_item_ids]
    return list(dict.fromkeys(line.package_id for line in lines if line.package_id))


def read_back(run: Run) -> OrderValue:
    """The TikTok order as it is now; it is kept, so that the next plan sees what was done."""
    documents = run.tiktok.get_orders([run.order.id])
    if not documents:
        return run.order
    with transaction() as session:
        row = run.lease.row(session)
        intake.store_document(session, row, documents[0], observed=row.document_observed)
    return order_from_document(documents[0])


def document_of(run: Run) -> dict[str, Any]:
    """TikTok's document of the order, as it was read last."""
    document = db.session.scalar(select(Order.document).where(Order.id == run.row_id))
    end_transaction()
    return document or {}


# -- writing down ----------------------------------------------------------------------------------------------------------


def _row(run: Run, shipment_id: int) -> Shipment:
    row = db.session.scalars(
        select(Shipment).where(*_is_it(run, shipment_id)).execution_options(populate_existing=True)
    ).one()
    end_transaction()
    return row


def _is_it(run: Run, shipment_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Shipment.store_id == run.store.store_id,
        Shipment.magento_shipment_id == shipment_id,
        Shipment.order_id == run.row_id,
    )


def _write(
    run: Run, shipment_id: int, code: str = "", sentence: str = "", *, is_error: bool = False, **columns: Any
) -> None:
    """Columns of the shipment's row and a timeline line, in one transaction, as long as the run holds the order's lease."""
    with transaction() as session:
        run.lease.mark(session)
        session.execute(update(Shipment).where(*_is_it(run, shipment_id)).values(**columns))
        if code:
            record(session, run.row_id, TIKTOK, code, sentence, is_error=is_error)


def _write_told(run: Run, step: TellShipped, packages: list[str], *, looked: bool) -> None:
    count = len(step.line_item_ids)
    what = "The order" if step.whole else ("1 unit" if count == 1 else f"{count} units")
    sentence = f"{what} told to TikTok Shop as shipped, with the tracking number {step.tracking_number}."
    if looked:
        sentence = f"{what} known to TikTok Shop as shipped, with the tracking number {step.tracking_number}."
    if step.others:
        sentence += f" TikTok Shop takes one number a package; it was not told {', '.join(step.others)}."
    _write(
        run,
        step.shipment_id,
        "told",
        sentence,
        line_item_ids=list(step.line_item_ids),
        tracking_number=step.tracking_number,
        carrier_code=step.carrier.code,
        carrier_title=step.carrier.title,
        shipping_provider_id=step.provider_id,
        package_ids=packages,
        told_at=clock.now(),
    )
