"""Telling TikTok of parcels, exactly once.

What is about to be told is written into the shipment's row before the call (`telling_at`). Found there when a run begins,
an earlier call may have worked although its answer never came: TikTok's own order is read anew before anything is repeated.
"""

from __future__ import annotations

from connector import clock
from connector.domain.carriers import Carrier
from connector.domain.errors import Conflict, NeedsMerchant
from connector.domain.order import LineItem
from connector.domain.plan_shipping import MARK, PACKAGE
from connector.domain.shipping_steps import FollowPackages, KeepAsTold, TellShipped
from connector.models import Order, Shop
from connector.models.transaction import transaction
from connector.sync.run import Run
from connector.sync.steps import shipment_rows
from connector.tiktok.errors import NotInThisRegion, RequestRefused
from connector.tiktok.fulfilment_calls import order_lines


def tell(run: Run, step: TellShipped) -> None:
    """Tells TikTok of one parcel, or finds that it knows already."""
    asked_at = shipment_rows.read(run, step.shipment_id).telling_at
    if asked_at is not None:
        if _is_known(run, step):
            _write_told(run, step, _packages_of(run, step), looked=True)
            return
        if all(line.tracking_number for line in _lines_of(run, step)):
            return  # with a number that was corrected in Magento since: it is planned anew by what TikTok shows now
    shipment_rows.write(
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
        shipment_rows.write(run, step.shipment_id, telling_at=asked_at)
        _try_the_other_way(run, step, error)
        return
    except RequestRefused as error:
        # It may be refused because an earlier call, given up on, was done meanwhile.
        if _is_known(run, step):
            _write_told(run, step, _packages_of(run, step), looked=True)
            return
        shipment_rows.write(run, step.shipment_id, telling_at=asked_at)  # nothing came of this call
        shipment_rows.wait_until_shown(asked_at)
        raise _explained(error, step) from error
    _write_told(run, step, packages, looked=False)
    shipment_rows.read_back(run)


def _call(run: Run, step: TellShipped) -> list[str]:
    if step.package_ids:
        for package_id in step.package_ids:
            if _is_package_shipped(run, package_id):
                continue
            run.tiktok.ship_package(
                package_id, tracking_number=step.tracking_number, shipping_provider_id=step.provider_id
            )
        return list(step.package_ids)
    lines = None if step.whole else order_lines(shipment_rows.document_of(run), step.line_item_ids)
    package_id = run.tiktok.mark_package_as_shipped(run.order.id, step.tracking_number, step.provider_id, lines)
    return [package_id] if package_id else []


def _is_package_shipped(run: Run, package_id: str) -> bool:
    """As the order says that was read last: of several packages some may be told already."""
    lines = [line for line in run.order.live_line_items if line.package_id == package_id]
    return bool(lines) and all(line.tracking_number for line in lines)


def keep(run: Run, step: KeepAsTold) -> None:
    """Writes down that TikTok knows of the parcel already; there is nothing to be told.

    It may know of it by a call of ours that got no answer. Corrected in Magento since, the number is not the one that was told.
    """
    row = shipment_rows.read(run, step.shipment_id)
    number, carrier = step.tracking_number, step.carrier
    if row.telling_at is not None and row.tracking_number == step.tiktok_number:
        number, carrier = row.tracking_number, Carrier(row.carrier_code, row.carrier_title)
    shipment_rows.write(
        run,
        step.shipment_id,
        "told",
        f"TikTok Shop has it as shipped already, with the tracking number {step.tiktok_number or 'that it gave'}.",
        line_item_ids=list(step.line_item_ids),
        tracking_number=number,
        carrier_code=carrier.code,
        carrier_title=carrier.title,
        package_ids=list(step.package_ids),
        told_at=run.order.rts_time or clock.now(),
    )


def follow_packages(run: Run, step: FollowPackages) -> None:
    """Writes down in which packages the parcel is now; TikTok was told of it and is told nothing."""
    was_known = bool(shipment_rows.read(run, step.shipment_id).package_ids)
    shipment_rows.write(
        run,
        step.shipment_id,
        "packed_anew" if was_known else "",
        f"On TikTok Shop it is in other packages now: {', '.join(step.package_ids)}.",
        package_ids=list(step.package_ids),
    )


def _try_the_other_way(run: Run, step: TellShipped, error: NotInThisRegion) -> None:
    """TikTok says that the call does not exist where the shop is: the other one does, and is remembered for the shop."""
    other = MARK if step.package_ids else PACKAGE
    if other == PACKAGE and not run.order.package_ids:
        raise error
    with transaction() as session:
        order = session.get_one(Order, run.row_id)
        shop = session.get_one(Shop, order.shop_id, with_for_update={"of": Shop})
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


def _is_known(run: Run, step: TellShipped) -> bool:
    """Whether TikTok's order, read anew, shows these units with the number."""
    run.order = shipment_rows.read_back(run)
    lines = _lines_of(run, step)
    return bool(lines) and all(line.tracking_number == step.tracking_number for line in lines)


def _lines_of(run: Run, step: TellShipped) -> list[LineItem]:
    return [line for line in run.order.line_items if line.id in step.line_item_ids]


def _packages_of(run: Run, step: TellShipped) -> list[str]:
    return list(dict.fromkeys(line.package_id for line in _lines_of(run, step) if line.package_id))


def _write_told(run: Run, step: TellShipped, packages: list[str], *, looked: bool) -> None:
    count = len(step.line_item_ids)
    what = "The order" if step.whole else ("1 unit" if count == 1 else f"{count} units")
    sentence = f"{what} told to TikTok Shop as shipped, with the tracking number {step.tracking_number}."
    if looked:
        sentence = f"{what} known to TikTok Shop as shipped, with the tracking number {step.tracking_number}."
    if step.others:
        sentence += f" TikTok Shop takes one number a package; it was not told {', '.join(step.others)}."
    shipment_rows.write(
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
