"""What is made of an order: invoices, shipments with their tracking numbers, credit memos."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from connector.domain.magento_order import MagentoCreditmemo, MagentoShipment, MagentoTrack
from connector.magento import read
from connector.magento.changes import PAGE_SIZE, changed_since
from connector.magento.readers import (
    CREDITMEMO_FIELDS,
    SHIPMENT_FIELDS,
    creditmemo_from_document,
    shipment_from_document,
    track_from_document,
)
from connector.magento.search import Filter, criteria
from connector.magento.transport import Transport

T = TypeVar("T")

#: Quantities by order item id.
Quantities = Mapping[int, int | Decimal]


class Invoices(Transport):
    def invoice(self, entity_id: int, capture: bool = True) -> int:
        """Invoice all of an order: the invoice's id (40, 72). No mail is sent. Raises AlreadyInvoiced (41)."""
        body = {"capture": capture, "notify": False}
        return self.call("POST", f"/order/{entity_id}/invoice", read.integer, body=body)


class Shipments(Transport):
    def ship(
        self,
        entity_id: int,
        items: Quantities | None = None,
        tracks: Collection[MagentoTrack] = (),
        *,
        source_code: str | None = None,
    ) -> int:
        """Ship some items of an order, or all that is left: the shipment's id (43, 44). No mail is sent.

        `source_code` is the inventory source to take them from; without it Magento's default. Raises AlreadyShipped (45),
        OutOfStock.
        """
        body: dict[str, Any] = {}
        if items is not None:
            body["items"] = _items(items)
        body["notify"] = False
        if tracks:
            body["tracks"] = [
                {"track_number": track.track_number, "title": track.title, "carrier_code": track.carrier_code}
                for track in tracks
            ]
        if source_code:
            body["arguments"] = {"extension_attributes": {"source_code": source_code}}
        return self.call("POST", f"/order/{entity_id}/ship", read.integer, body=body)

    def add_track(self, entity_id: int, shipment_id: int, track: MagentoTrack) -> MagentoTrack:
        """Add a tracking number to a shipment of order `entity_id`; gives it with its id (90)."""
        document = {
            "order_id": entity_id,
            "parent_id": shipment_id,
            "track_number": track.track_number,
            "title": track.title,
            "carrier_code": track.carrier_code,
            "qty": 0,
            "weight": 0,
            "description": "",
        }
        return self.call("POST", "/shipment/track", track_from_document, body={"entity": document})

    def delete_track(self, track_id: int) -> bool:
        """Remove a tracking number. Raises NotFound."""
        return self.call("DELETE", f"/shipment/track/{track_id}", read.truth)

    def shipments_of(self, entity_id: int) -> tuple[MagentoShipment, ...]:
        """The shipments of an order, oldest first (46)."""
        return _of_order(self, "/shipments", entity_id, shipment_from_document, SHIPMENT_FIELDS)

    def shipments_of_orders(self, entity_ids: Collection[int]) -> tuple[MagentoShipment, ...]:
        """The shipments of several orders (up to 50, so that the address stays short), oldest first."""
        found: list[MagentoShipment] = []
        while True:
            params = criteria(
                Filter("order_id", ",".join(map(str, sorted(entity_ids))), "in"),
                Filter("entity_id", str(found[-1].entity_id if found else 0), "gt"),
                sort=[("entity_id", "ASC")],
                page_size=PAGE_SIZE,
                fields=f"items[{SHIPMENT_FIELDS}]",
            )
            page = self.call(
                "GET",
                "/shipments",
                lambda answer: [shipment_from_document(row) for row in read.rows(answer, "items")],
                params=params,
            )
            found += page
            if len(page) < PAGE_SIZE:
                return tuple(found)

    def shipments_updated_since(self, since: datetime, page_size: int = PAGE_SIZE) -> Iterator[MagentoShipment]:
        """Shipments changed at or after `since` (UTC-aware), oldest change first (59)."""
        return changed_since(
            self, "/shipments", shipment_from_document, SHIPMENT_FIELDS, since=since, page_size=page_size
        )


class Creditmemos(Transport):
    def refund(
        self,
        entity_id: int,
        items: Quantities | None = None,
        *,
        shipping_amount: Decimal | None = None,
        return_to_stock: Collection[int] = (),
        adjustment_positive: Decimal | None = None,
        adjustment_negative: Decimal | None = None,
        comment: str = "",
    ) -> int:
        """Credit an invoiced order offline: the credit memo's id. No mail is sent.

        Without `items` everything that is left (76); without `shipping_amount` what is left of the shipping.
        `return_to_stock` are order item ids whose credited units go back into stock (74: needed for shipped ones).
        Amounts are in the base currency. `comment` stands in the credit memo, for the store alone. Raises AlreadyRefunded.
        """
        body: dict[str, Any] = {}
        if items is not None:
            body["items"] = _items(items)
        body["notify"] = False
        if comment:
            body["comment"] = {"comment": comment, "is_visible_on_front": 0}
        amounts = {
            "shipping_amount": shipping_amount,
            "adjustment_positive": adjustment_positive,
            "adjustment_negative": adjustment_negative,
        }
        arguments: dict[str, Any] = {name: amount for name, amount in amounts.items() if amount is not None}
        if return_to_stock:
            arguments["extension_attributes"] = {"return_to_stock_items": sorted(return_to_stock)}
        if arguments:
            body["arguments"] = arguments
        return self.call("POST", f"/order/{entity_id}/refund", read.integer, body=body)

    def creditmemos_of(self, entity_id: int) -> tuple[MagentoCreditmemo, ...]:
        """The credit memos of an order, oldest first."""
        return _of_order(self, "/creditmemos", entity_id, creditmemo_from_document, CREDITMEMO_FIELDS)


def _items(quantities: Quantities) -> list[dict[str, int | Decimal]]:
    return [{"order_item_id": item_id, "qty": qty} for item_id, qty in quantities.items()]


def _of_order(
    transport: Transport, path: str, entity_id: int, reader: Callable[[Mapping[str, Any]], T], fields: str
) -> tuple[T, ...]:
    params = criteria(
        Filter("order_id", str(entity_id)), sort=[("entity_id", "ASC")], page_size=100, fields=f"items[{fields}]"
    )
    return transport.call(
        "GET", path, lambda answer: tuple(reader(row) for row in read.rows(answer, "items")), params=params
    )
