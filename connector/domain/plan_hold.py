"""TikTok's hold, and the merchant's own wait after it: what is done with an order meanwhile, and how it is let go.

While TikTok holds an order the buyer may still cancel it, and there is no address. The merchant may have its stock reserved
all the same: the Magento order is then placed with a placeholder address and put on hold in Magento.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain import marks, plan_details, statuses
from connector.domain.address import named_region
from connector.domain.address_print import PLACEHOLDER
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.postal import PostalAddress, Region
from connector.domain.settings import ShopSettings
from connector.domain.steps import Record, Step, Wait

#: The merchant's own wait ends so long before the order has to be shipped, however long it was set.
BEFORE_SHIP_BY = timedelta(hours=12)
#: What is not handed over yet may wait.
_MAY_WAIT = frozenset({statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING})


@dataclass(frozen=True)
class HoldInMagento(Step):
    """Put the Magento order on hold, so that nobody ships it to its placeholder address."""


@dataclass(frozen=True)
class ReleaseInMagento(Step):
    """Take the order off the hold that the connector put it on; one that a person took off already is left alone."""


def has_address(order: Order, record: Record) -> bool:
    """Whether there is an address to create the order with: TikTok's, masked or not, or one that a person typed in."""
    return order.recipient.is_given or record.edited_address is not None


def needs_placeholder(order: Order, record: Record) -> bool:
    """Whether an order that is created now goes to a placeholder: on hold, TikTok's address is empty or masked."""
    if order.status != statuses.ON_HOLD or record.edited_address is not None:
        return False
    return not order.recipient.is_given or order.recipient.is_masked


def creates_at_once(order: Order, record: Record, settings: ShopSettings) -> bool:
    """Whether an order on hold is created as any other. What is released later is not: its payment is only authorized then."""
    return settings.create_when == "paid" and has_address(order, record) and not _is_released_later(order)


def _is_released_later(order: Order) -> bool:
    """What is released later may not be there yet, and its hold lasts for weeks."""
    return bool(marks.RELEASED_LATER & set(marks.marks_of(order)))


def reserves(order: Order, settings: ShopSettings) -> bool:
    """Whether an order on hold has its stock reserved at once. Its country must be known: taxes are booked by it."""
    if settings.on_hold != "reserve" or order.status != statuses.ON_HOLD:
        return False
    return bool(order.recipient.country_code) and not _is_released_later(order)


def holding(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings) -> list[Step]:
    """For an order on hold that is in Magento and has its amounts: it is held there too."""
    is_wanted = reserves(order, settings) or record.address_print == PLACEHOLDER
    if not is_wanted or order.status != statuses.ON_HOLD or magento.is_held:
        return []
    return [] if magento.state not in ("new", "processing") or magento.is_shipped else [HoldInMagento()]


def releasing(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings, now: datetime) -> list[Step]:
    """For an order whose hold is over, of which Magento has a held one: the address first, so that nobody ships it wrongly."""
    if order.status == statuses.ON_HOLD or (record.held_at is None and record.address_print != PLACEHOLDER):
        return []
    if not has_address(order, record):
        return [Wait("no_address")]
    waiting = merchants_wait(order, record, settings, now)
    if waiting is not None and magento.is_held:
        return [waiting]
    steps: list[Step] = []
    if plan_details.address_is_better(order, record, magento):
        steps.append(plan_details.UpdateAddressInMagento())
    return [*steps, ReleaseInMagento()] if record.held_at is not None else steps


def merchants_wait(order: Order, record: Record, settings: ShopSettings, now: datetime) -> Wait | None:
    """The wait of the merchant's own after TikTok's hold; none for what was handed over, or what a person asked to create."""
    if not settings.wait_after_hold or record.ready_at is None or record.create_asked or order.status not in _MAY_WAIT:
        return None
    until = record.ready_at + timedelta(hours=settings.wait_after_hold)
    if order.rts_sla_time is not None:
        until = min(until, order.rts_sla_time - BEFORE_SHIP_BY)
    return Wait("merchants_wait", until=until) if now < until else None


def placeholder_address(order: Order, settings: ShopSettings, regions: tuple[Region, ...]) -> PostalAddress:
    """An address that plainly is none, in the order's country and in a region that Magento takes."""
    country = order.recipient.country_code
    region = named_region(country, settings.fallback_region, regions) if settings.fallback_region else None
    region = region or (regions[0] if regions else None)
    return PostalAddress(
        firstname="TikTok",
        lastname="Buyer",
        street=("On hold: the address follows",),
        city="-",
        postcode=settings.postcode_placeholder,
        country_id=country,
        telephone=settings.telephone_placeholder,
        region=region.name if region else "",
        region_code=region.code if region else "",
        region_id=region.id if region else None,
    )
