"""Shipping: own carrier and TikTok's, corrections, labels, tracking. Facts: reference/tiktok/README.md, "Shipping"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from connector.domain import statuses
from connector.tiktok.caller import Caller, objects, path_of, text, without_none
from connector.tiktok.errors import unreadable
from connector.tiktok.values import from_unix, to_unix

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One unit of an order to ship or to cancel; of a bundle, one of its parts (`sub_item_id`)."""

    order_line_id: str
    sub_item_id: str = ""


@dataclass(frozen=True, kw_only=True)
class PickupSlot:
    """When a carrier can come."""

    start_time: datetime
    end_time: datetime


@dataclass(frozen=True, kw_only=True)
class HandoverOptions:
    """How a package can be handed to TikTok's carrier. `pickup_slots` are those that are still free."""

    can_pickup: bool
    can_drop_off: bool
    can_van_collection: bool
    drop_off_point_url: str
    pickup_slots: tuple[PickupSlot, ...]


@dataclass(frozen=True, kw_only=True)
class ShippingDocument:
    """Where the label lies, for 24 hours."""

    doc_url: str = field(repr=False)
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class TrackingEvent:
    description: str
    time: datetime | None
    action_code: int | None


def order_lines(document: Mapping[str, Any], line_item_ids: Iterable[str]) -> tuple[OrderLine, ...]:
    """These lines of an order document as TikTok wants them named: every part of a bundle, else the line itself.

    Not a part that was cancelled by itself.
    """
    wanted = set(line_item_ids)
    lines: list[OrderLine] = []
    for item in objects(document, "line_items"):
        line_id = text(item, "id")
        if line_id in wanted:
            parts = [
                text(part, "id")
                for part in objects(item, "sub_item_info")
                if statuses.normalised(text(part, "display_status")) != statuses.CANCELLED
            ]
            lines += [OrderLine(order_line_id=line_id, sub_item_id=part) for part in parts if part] or [
                OrderLine(order_line_id=line_id)
            ]
    return tuple(lines)


class FulfilmentCalls(Caller):
    def mark_package_as_shipped(
        self,
        order_id: str,
        tracking_number: str,
        shipping_provider_id: str,
        lines: Sequence[OrderLine] | None = None,
    ) -> str:
        """POST /fulfillment/202610/orders/{order_id}/packages: own carrier, where there is no package yet (US, UK, EU, JP).

        Without `lines` the whole order. Returns the id of the package. Raises NotInThisRegion where the package is to be shipped
        instead (`ship_package`).
        """
        data = self.call(
            "POST",
            path_of("/fulfillment/202610/orders/{order_id}/packages", order_id=order_id),
            body=without_none(
                order_line_list=[
                    without_none(order_line_id=line.order_line_id, sub_item_id=line.sub_item_id) for line in lines or ()
                ],
                shipping_info_list=[_shipment(tracking_number, shipping_provider_id)],
            ),
        )
        return text(data, "package_id")

    def create_package(self, order_id: str, lines: Sequence[OrderLine] | None = None) -> str:
        """POST /fulfillment/202512/packages: buys TikTok's label for an order, or for some of its lines (US, UK, EMEA, JP).

        Returns the id of the package. Raises NotInThisRegion where packages are there before and shipped by `ship_package`.
        """
        data = self.call(
            "POST",
            "/fulfillment/202512/packages",
            body=without_none(
                ship_type="2" if lines else "1",
                order_id=order_id,
                order_line_item=[
                    without_none(order_line_id=line.order_line_id, sub_item_id=line.sub_item_id) for line in lines or ()
                ],
            ),
        )
        return text(data, "package_id")

    def ship_package(
        self,
        package_id: str,
        *,
        tracking_number: str = "",
        shipping_provider_id: str = "",
        handover_method: Literal["PICKUP", "DROP_OFF"] | None = None,
        pickup_slot: PickupSlot | None = None,
    ) -> None:
        """POST /fulfillment/202309/packages/{package_id}/ship.

        Own carrier: tracking number and provider. TikTok's carrier: `handover_method`, and for PICKUP one of the free slots.
        """
        slot = pickup_slot and {
            "start_time": to_unix(pickup_slot.start_time),
            "end_time": to_unix(pickup_slot.end_time),
        }
        self.call(
            "POST",
            path_of("/fulfillment/202309/packages/{package_id}/ship", package_id=package_id),
            body=without_none(
                handover_method=handover_method,
                pickup_slot=slot,
                self_shipment=_shipment(tracking_number, shipping_provider_id) if tracking_number else None,
            ),
        )

    def update_order_shipping_info(self, order_id: str, tracking_number: str, shipping_provider_id: str) -> None:
        """POST /fulfillment/202309/orders/{order_id}/shipping_info/update: corrects an order that went in one package.

        Within 72 hours of shipping; a refusal is an answer for the merchant.
        """
        self.call(
            "POST",
            path_of("/fulfillment/202309/orders/{order_id}/shipping_info/update", order_id=order_id),
            body=_shipment(tracking_number, shipping_provider_id),
        )

    def update_package_shipping_info(self, package_id: str, tracking_number: str, shipping_provider_id: str) -> None:
        """POST /fulfillment/202610/packages/{package_id}/shipping_info/update: corrects one package, within 72 hours."""
        self.call(
            "POST",
            path_of("/fulfillment/202610/packages/{package_id}/shipping_info/update", package_id=package_id),
            body={"shipping_info_list": [_shipment(tracking_number, shipping_provider_id)]},
        )

    def handover_time_slots(self, package_id: str) -> HandoverOptions:
        """GET /fulfillment/202309/packages/{package_id}/handover_time_slots."""
        data = self.call(
            "GET", path_of("/fulfillment/202309/packages/{package_id}/handover_time_slots", package_id=package_id)
        )
        return HandoverOptions(
            can_pickup=data.get("can_pickup") is True,
            can_drop_off=data.get("can_drop_off") is True,
            can_van_collection=data.get("can_van_collection") is True,
            drop_off_point_url=text(data, "drop_off_point_url"),
            pickup_slots=tuple(_free_slots(objects(data, "pickup_slots"))),
        )

    def shipping_documents(
        self,
        package_id: str,
        document_type: str = "SHIPPING_LABEL",
        *,
        document_size: Literal["A5", "A6"] | None = None,
        document_format: Literal["PDF", "ZPL"] | None = None,
    ) -> ShippingDocument:
        """GET /fulfillment/202309/packages/{package_id}/shipping_documents: TikTok's label, once the package is arranged.

        `document_type`: SHIPPING_LABEL, PACKING_SLIP, SHIPPING_LABEL_AND_PACKING_SLIP, ….
        """
        data = self.call(
            "GET",
            path_of("/fulfillment/202309/packages/{package_id}/shipping_documents", package_id=package_id),
            query={
                "document_type": document_type,
                "document_size": document_size,
                "document_format": document_format,
            },
        )
        return ShippingDocument(doc_url=text(data, "doc_url"), tracking_number=text(data, "tracking_number"))

    def tracking(self, order_id: str) -> list[TrackingEvent]:
        """GET /fulfillment/202309/orders/{order_id}/tracking: where the parcel was, as TikTok lists it."""
        data = self.call("GET", path_of("/fulfillment/202309/orders/{order_id}/tracking", order_id=order_id))
        return [
            TrackingEvent(
                description=text(event, "description"),
                time=_from_millis(event.get("update_time_millis")),
                action_code=code if isinstance(code := event.get("action_code"), int) else None,
            )
            for event in objects(data, "tracking")
        ]


def _free_slots(slots: list[Document]) -> Iterator[PickupSlot]:
    for slot in slots:
        if slot.get("avaliable") is False:  # TikTok's spelling
            continue
        try:
            yield PickupSlot(start_time=from_unix(slot.get("start_time")), end_time=from_unix(slot.get("end_time")))
        except ValueError as error:
            raise unreadable("TikTok Shop's answer could not be read: a pick-up slot has no times.") from error


def _shipment(tracking_number: str, shipping_provider_id: str) -> dict[str, str]:
    return {"tracking_number": tracking_number, "shipping_provider_id": shipping_provider_id}


def _from_millis(millis: object) -> datetime | None:
    """Tracking is the one place where TikTok counts in milliseconds."""
    if isinstance(millis, str) and millis.isascii() and millis.isdigit():
        millis = int(millis)
    if not isinstance(millis, int) or not 0 < millis < 32_503_680_000_000:
        return None
    return datetime.fromtimestamp(millis / 1000, UTC)
