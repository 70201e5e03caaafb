"""What TikTok Shop is still to be told of parcels, and Magento of TikTok's. Pure, as connector.domain.plan.

A parcel is a shipment in Magento. TikTok's units are dealt out to the shipments by what is in them, oldest first; what
TikTok was told of once stays where it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain import statuses, tracking
from connector.domain.carriers import Carrier, carrier_of
from connector.domain.dealing import deal
from connector.domain.magento_order import MagentoOrder, MagentoShipment, MagentoTrack
from connector.domain.order import LineItem, Order
from connector.domain.plan_mirror import (
    events,
    from_seller_center,
    from_shared_package,
    from_tiktok,
    notes,
)
from connector.domain.settings import VAT_COUNTRIES
from connector.domain.shipping_steps import (
    OWN,
    PLATFORM,
    ArrangeAsAsked,
    CorrectTracking,
    FollowPackages,
    ForgetCorrection,
    KeepAsTold,
    ShipAsAsked,
    Shipping,
    TellShipped,
    Told,
)
from connector.domain.steps import AskMerchant, Step, Wait

#: Where a parcel is told by Mark Package As Shipped; elsewhere the package that is there already is shipped.
MARK_REGIONS = VAT_COUNTRIES | {"US", "JP"}
MARK, PACKAGE = "mark", "package"

TO_SHIP = frozenset({statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING})
#: A sent number can be corrected while the parcel is on its way, and within 72 hours of shipping.
CORRECTABLE = TO_SHIP | {statuses.AWAITING_COLLECTION, statuses.IN_TRANSIT}
CORRECTED_WITHIN = timedelta(hours=72)
#: A parcel that has gone is gone, and TikTok has a deadline for hearing of it: these wait for nothing else.
TELLS = (TellShipped, KeepAsTold, FollowPackages, CorrectTracking, ForgetCorrection)


# -- the plan ------------------------------------------------------------------------------------------------------------


def plan_shipping(order: Order, magento: MagentoOrder | None, shipping: Shipping, now: datetime) -> list[Step]:
    """What is missing, what can be done first; then what only the merchant can solve. Empty: nothing. `now` is UTC."""
    if magento is None:
        return []
    if order.is_fulfilled_by_tiktok:
        return notes(order, magento) + events(order, shipping)
    if order.status not in CORRECTABLE:
        return events(order, shipping)
    if order.shipping_type == "TIKTOK":
        arranged = [ArrangeAsAsked(ask=ask) for ask in shipping.asks if ask.kind == PLATFORM]
        return [*arranged, *from_tiktok(order, shipping), *events(order, shipping)]
    if order.shipping_type != "SELLER":
        return _of_another_kind(order, shipping)
    return _from_magento(order, magento, shipping, now)


def _of_another_kind(order: Order, shipping: Shipping) -> list[Step]:
    """What is neither sent with a carrier of the seller's nor with TikTok's (IN-STORE PICKUP, say) is not told by any call."""
    if order.status not in TO_SHIP or not shipping.shipments:
        return []
    return [
        AskMerchant(
            "other_shipping",
            f"The order was shipped in Magento, and TikTok Shop has it handed over in another way ({order.shipping_type[:32]}),"
            " of which the connector can't tell it.",
            "Say in Seller Center that it was handed over. The connector then goes on by itself.",
            order.shipping_type[:32],
            holds_up=False,
        )
    ]


def _from_magento(order: Order, magento: MagentoOrder, shipping: Shipping, now: datetime) -> list[Step]:
    steps: list[Step] = [ShipAsAsked(ask=ask) for ask in shipping.asks if ask.kind == OWN]
    asks: list[Step] = []
    dealt = deal(order, magento, shipping)
    for shipment in shipping.shipments:
        told = shipping.told.get(shipment.entity_id)
        if told and not told.line_item_ids:
            continue  # made twice in Magento: TikTok knows the parcel by the first
        if told and (packages := _moved(order, told)):
            steps.append(FollowPackages(shipment_id=shipment.entity_id, package_ids=packages))
            told = replace(told, package_ids=packages)  # a correction has to name the packages that there are now
        if told and not _has_got_number(order, shipment, told):
            found = _correction(order, shipment, told, shipping, now)
        else:
            found = _tell(order, shipment, dealt, shipping)
        if isinstance(found, AskMerchant):
            asks.append(found)
        elif found is not None and not _same_package(found, steps):
            steps.append(found)
    mirrored = [*from_shared_package(order, magento, shipping), *from_seller_center(order, magento, shipping, dealt)]
    return [*steps, *mirrored, *events(order, shipping), *asks]


def _same_package(step: Step, steps: list[Step]) -> bool:
    """Whether a package of this step is told by another: two shipments in Magento may have gone into one of TikTok's."""
    told = {package for other in steps if isinstance(other, TellShipped) for package in other.package_ids}
    return isinstance(step, TellShipped) and bool(told & set(step.package_ids))


def before_waiting(steps: list[Step], shipping: list[Step]) -> list[Step]:
    """A plan with the shipping steps in it: what TikTok is told of parcels comes first, whatever else is wrong.

    The others come last, but before what waits or is only told; none of them where a person has to decide first.
    """
    first = [step for step in shipping if isinstance(step, TELLS)]
    rest = [step for step in shipping if not isinstance(step, TELLS)]
    if any(isinstance(step, AskMerchant) and step.holds_up for step in steps):
        return first + steps
    place = next((place for place, step in enumerate(steps) if isinstance(step, Wait | AskMerchant)), len(steps))
    return first + steps[:place] + rest + steps[place:]


def _tell(
    order: Order, shipment: MagentoShipment, dealt: Mapping[int, tuple[str, ...]], shipping: Shipping
) -> Step | None:
    line_ids = dealt.get(shipment.entity_id, ())
    lines = [line for line in order.line_items if line.id in line_ids]
    if not lines:
        return None  # nothing of TikTok's is in it, or what is in it is not complete yet
    track = _chosen(shipment.tracks)
    shipped = [line for line in lines if _is_shipped(line)]
    if len(shipped) == len(lines):
        number = tracking.cleaned(track.track_number) if track else ""
        return KeepAsTold(
            shipment_id=shipment.entity_id,
            line_item_ids=line_ids,
            tracking_number=number,
            carrier=carrier_of(track.carrier_code, track.title) if track else Carrier(""),
            tiktok_number=shipped[0].tracking_number,
            package_ids=_packages(shipped),
        )
    if order.status not in TO_SHIP:
        return None
    if track is None:
        return AskMerchant(
            "no_tracking",
            "The order was shipped in Magento without a tracking number. TikTok Shop counts it as shipped only with one.",
            "Add the tracking number to the shipment in Magento. The connector then goes on by itself.",
        )
    carrier = carrier_of(track.carrier_code, track.title)
    number = tracking.cleaned(track.track_number)
    problem = _problem(number, carrier, shipping)
    if problem is not None:
        return problem
    left = [line for line in lines if line not in shipped]
    packages: tuple[str, ...] = ()
    if way_of(order, shipping) == PACKAGE:
        packages = _complete_packages(order, left, dealt)
        if not packages:
            return None  # TikTok's package holds more than was shipped so far: it is told when it is complete
        left = [line for line in order.live_line_items if line.package_id in packages and not _is_shipped(line)]
    return TellShipped(
        shipment_id=shipment.entity_id,
        line_item_ids=tuple(line.id for line in left),
        tracking_number=number,
        carrier=carrier,
        provider_id=shipping.carriers.provider_of(carrier),
        whole=len(left) == len(order.live_line_items),
        package_ids=packages,
        others=tuple(
            tracking.cleaned(other.track_number)
            for other in shipment.tracks
            if other is not track and other.track_number
        ),
    )


def way_of(order: Order, shipping: Shipping) -> str:
    """The call by which this shop's parcels are told; where there is no package yet, there is none to be shipped.

    A package that several orders share is shipped as such everywhere: Mark Package As Shipped names one order alone.
    """
    if not order.package_ids:
        return MARK
    is_marked = shipping.region.upper() in MARK_REGIONS and not order.is_combined
    return shipping.ships_by or (MARK if is_marked else PACKAGE)


def _complete_packages(order: Order, lines: list[LineItem], dealt: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    """The packages of these lines of which every unit is in a Magento shipment: TikTok ships a package as a whole."""
    shipped = {line_id for ids in dealt.values() for line_id in ids}
    units: dict[str, list[LineItem]] = {}
    for line in order.live_line_items:
        units.setdefault(line.package_id, []).append(line)
    return tuple(package_id for package_id in _packages(lines) if all(line.id in shipped for line in units[package_id]))


def _problem(number: str, carrier: Carrier, shipping: Shipping) -> AskMerchant | None:
    if not tracking.is_taken(number):
        return AskMerchant(
            "bad_tracking_number",
            f"TikTok Shop does not take the tracking number {number[:60]}: it wants 4 to 50 letters, digits or - _ . /",
            "Correct the tracking number on the shipment in Magento. The connector then goes on by itself.",
            number[:100],
        )
    if not shipping.carriers.provider_of(carrier):
        return AskMerchant(
            "unmapped_carrier",
            f"It is not known which of TikTok Shop's shipping providers the Magento carrier {carrier.name} is.",
            "Map the carrier on the carriers page, or set a default there. The orders that wait for it then go on.",
            carrier.name,
        )
    return None


def _moved(order: Order, told: Told) -> tuple[str, ...]:
    """The packages in which what was told lies now, where these are others than the ones that are known; else nothing."""
    packages = _packages([line for line in order.live_line_items if line.id in told.line_item_ids])
    return () if set(packages) == set(told.package_ids) else packages


def _has_got_number(order: Order, shipment: MagentoShipment, told: Told) -> bool:
    """Whether what was written down without a number has TikTok's in Magento by now: that is no correction."""
    numbers = {line.tracking_number for line in order.live_line_items if line.id in told.line_item_ids}
    track = _chosen(shipment.tracks)
    return not told.tracking_number and track is not None and tracking.cleaned(track.track_number) in numbers


def _correction(order: Order, shipment: MagentoShipment, told: Told, shipping: Shipping, now: datetime) -> Step | None:
    numbers = {tracking.cleaned(track.track_number) for track in shipment.tracks}
    # The number that was told is still there: a second one beside it is no correction. None at all: TikTok takes none back.
    if not shipment.tracks:
        return None
    if told.tracking_number in numbers:
        track = _of_another_carrier(shipment, told)
        refused = told.refused_number
        if refused and (track is None if refused == told.tracking_number else refused not in numbers):
            return ForgetCorrection(shipment_id=shipment.entity_id)
        if track is None or _has_provider(order, track, told, shipping):
            return None
    else:
        track = _chosen(shipment.tracks)
    if track is None:
        return None
    number = tracking.cleaned(track.track_number)
    if number == told.refused_number:
        return None
    carrier = carrier_of(track.carrier_code, track.title)
    problem = _problem(number, carrier, shipping)
    if problem is not None:
        return problem
    return CorrectTracking(
        shipment_id=shipment.entity_id,
        package_ids=told.package_ids,
        tracking_number=number,
        carrier=carrier,
        provider_id=shipping.carriers.provider_of(carrier),
        is_late=now - told.told_at > CORRECTED_WITHIN,
    )


def _of_another_carrier(shipment: MagentoShipment, told: Told) -> MagentoTrack | None:
    """The track with the number that was told, where its carrier is another by now."""
    same = [track for track in shipment.tracks if tracking.cleaned(track.track_number) == told.tracking_number]
    is_as_told = any(carrier_of(track.carrier_code, track.title) == told.carrier for track in same)
    return None if is_as_told or not told.tracking_number else next(iter(same), None)


def _has_provider(order: Order, track: MagentoTrack, told: Told, shipping: Shipping) -> bool:
    """Whether a track's carrier is for TikTok what was told, or what its order shows (shipped in Seller Center, say)."""
    provider = shipping.carriers.provider_of(carrier_of(track.carrier_code, track.title))
    shown = {line.shipping_provider_id for line in order.live_line_items if line.id in told.line_item_ids}
    return provider == shipping.carriers.provider_of(told.carrier) or shown == {provider}


def _chosen(tracks: tuple[MagentoTrack, ...]) -> MagentoTrack | None:
    """The track that is told: TikTok takes one number a package. The first that has a number."""
    return next((track for track in tracks if tracking.cleaned(track.track_number)), None)


def waiting_packages(order: Order, line_ids: Collection[str] = ()) -> tuple[str, ...]:
    """The packages of the units that are still to be shipped (of these lines; else of all), which can be handed over in one
    way or another. In the US, the UK, the EU and Japan there is none before its label is bought, and that takes no way."""
    lines = [line for line in order.live_line_items if not line_ids or line.id in line_ids]
    return _packages([line for line in lines if line.display_status not in statuses.SHIPPED])


def _is_shipped(line: LineItem) -> bool:
    status = line.display_status
    return bool(line.tracking_number) or status in statuses.SHIPPED


def _packages(lines: list[LineItem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.package_id for line in lines if line.package_id))
