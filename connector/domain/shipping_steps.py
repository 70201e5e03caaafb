"""The steps of shipping, and what is known beside the two orders when they are planned (connector.domain.plan_shipping)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from connector.domain.carriers import Carrier, CarrierMap
from connector.domain.magento_order import MagentoShipment
from connector.domain.order import Order
from connector.domain.steps import Step

#: What a person may ask: the merchant's own carrier, or TikTok's.
OWN, PLATFORM = "own", "platform"
#: What the connector asks itself: a shipment in Magento that follows TikTok's own parcel.
MIRROR = "mirror"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What TikTok was told of one Magento shipment, as it stands in our row."""

    line_item_ids: tuple[str, ...]
    tracking_number: str
    carrier: Carrier
    told_at: datetime
    package_ids: tuple[str, ...] = ()
    refused_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a person asked to be shipped: "own" with carrier and number, "platform" with how it is handed over."""

    id: int
    kind: str
    #: TikTok's line items; empty: all that is left.
    line_item_ids: tuple[str, ...] = ()
    carrier: Carrier = field(default_factory=lambda: Carrier(""))
    tracking_number: str = ""
    handover: str = ""
    slot: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class Shipping:
    """All that is known beside the two orders: the shipments, what was told of them, and the merchant's mapping."""

    region: str
    #: The call that was found to work for the shop; "": as its region says.
    ships_by: str = ""
    shipments: tuple[MagentoShipment, ...] = ()
    told: Mapping[int, Told] = field(default_factory=lambda: MappingProxyType({}))
    #: Of an order that shares its Magento order with others (connector.domain.plan_together): what all of them are together,
    #: and of each other one, which of its units TikTok was told of with which shipment.
    whole: Order | None = None
    told_of_others: tuple[Mapping[int, tuple[str, ...]], ...] = ()
    carriers: CarrierMap = field(default_factory=CarrierMap)
    #: What each of TikTok's line items is in the Magento order: how many of which of its items (by their item ids).
    contents: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    asks: tuple[Ask, ...] = ()
    #: TikTok's numbers that were put onto a shipment in Magento, or could not be. Taken off there, they are not put on again.
    mirrored: frozenset[str] = frozenset()
    #: The order's update_time for which its tracking events were read last.
    tracking_read_for: datetime | None = None


# -- steps ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TellShipped(Step):
    """Tell TikTok that these units are on their way with this number. `package_ids`: those to ship, where there are some."""

    shipment_id: int
    line_item_ids: tuple[str, ...]
    tracking_number: str
    carrier: Carrier
    provider_id: str
    #: Whether these are all the units of the order.
    whole: bool
    package_ids: tuple[str, ...] = ()
    #: Further numbers of the same shipment, which TikTok has no place for.
    others: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KeepAsTold(Step):
    """The units are shipped on TikTok's side already (a call whose answer never came, or by hand): write that down."""

    shipment_id: int
    line_item_ids: tuple[str, ...]
    tracking_number: str
    carrier: Carrier
    tiktok_number: str
    package_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FollowPackages(Step):
    """What was told lies in other packages by now (split, combined or re-split on TikTok's side): write that down."""

    shipment_id: int
    package_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CorrectTracking(Step):
    """The number was corrected in Magento: correct it on TikTok. `is_late`: TikTok takes none any more, say so."""

    shipment_id: int
    package_ids: tuple[str, ...]
    tracking_number: str
    carrier: Carrier
    provider_id: str
    is_late: bool = False


@dataclass(frozen=True, kw_only=True)
class ForgetCorrection(Step):
    """The number that TikTok keeps stands in Magento again: the correction that was refused needs no look any more."""

    shipment_id: int


@dataclass(frozen=True, kw_only=True)
class ShipAsAsked(Step):
    """A person gave carrier and number: make the shipment in Magento. TikTok is told of it as of every other."""

    ask: Ask


@dataclass(frozen=True, kw_only=True)
class ArrangeAsAsked(Step):
    """A person had TikTok's carrier arranged."""

    ask: Ask


@dataclass(frozen=True, kw_only=True)
class NoteTracking(Step):
    """TikTok ships from its own warehouse: a comment in Magento tells the number."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ReadTracking(Step):
    """Read where the parcels are, for the order page."""

    update_time: datetime


@dataclass(frozen=True, kw_only=True)
class ShipInMagento(Step):
    """TikTok's carrier has a number for these units: put it on a shipment in Magento."""

    line_item_ids: tuple[str, ...]
    tracking_number: str
    carrier_title: str
