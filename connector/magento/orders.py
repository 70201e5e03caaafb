"""Orders: finding, creating (way A), correcting (way B), cancelling, holding, commenting, watching."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoOrder
from connector.magento import read
from connector.magento.changes import PAGE_SIZE, changed_since
from connector.magento.errors import UnknownFilterField
from connector.magento.readers import CHANGING_ORDER_FIELDS, ORDER_FIELDS, order_from_document
from connector.magento.search import Filter, criteria
from connector.magento.transport import Transport


class Orders(Transport):
    def get_order(self, entity_id: int) -> MagentoOrder:
        """The order (29, 71). Raises NotFound (09)."""
        return self.call("GET", f"/orders/{entity_id}", order_from_document, params={"fields": ORDER_FIELDS})

    def find_order_by_quote(self, cart_id: int) -> MagentoOrder | None:
        """The order that came of a cart, if one did (69)."""
        found = self._find(Filter("quote_id", str(cart_id)))
        return found[0] if found else None

    def find_order_by_increment_id(self, number: str, store_id: int | None = None) -> MagentoOrder | None:
        """The order with this number (31), which is unique within a store view."""
        where = [Filter("increment_id", number)]
        if store_id is not None:
            where.append(Filter("store_id", str(store_id)))
        found = self._find(*where)
        return found[0] if found else None

    def find_orders_by_ext_order_id(self, ext_order_id: str) -> tuple[MagentoOrder, ...]:
        """All orders with this external id, which Magento does not keep unique (23, 30)."""
        return self._find(Filter("ext_order_id", ext_order_id))

    def find_orders_that_name(self, number: str, field: str = "") -> tuple[MagentoOrder, ...]:
        """All orders that carry a marketplace's number: in their own number, `ext_order_id`, `shipping_description` or `field`.

        Raises NeedsMerchant (link_field_unknown) for a `field` that Magento's orders do not have (94).
        """
        anywhere = f"%{number}%"
        names = [Filter("ext_order_id", number), Filter("increment_id", anywhere, "like")]
        names.append(Filter("shipping_description", anywhere, "like"))
        if not field:
            return self._find(names)
        try:
            return self._find([*names, Filter(field, anywhere, "like")])
        except UnknownFilterField as error:
            raise NeedsMerchant(
                f"Magento's orders have no field {field}.",
                code="link_field_unknown",
                subject=field,
                remedy="Correct the field of another connector in the shop's settings, or leave it empty, then try again.",
                exchange=error.exchange,
            ) from error

    def has_order_with_status(self, status: str) -> bool:
        """Whether any order has this status (30: a search with a total)."""
        params = criteria(Filter("status", status), page_size=1, fields="total_count")
        return self.call("GET", "/orders", lambda answer: int(answer["total_count"]) > 0, params=params)

    def create_order(self, document: Mapping[str, Any]) -> MagentoOrder:
        """Way A: store `documents.create_document` as it stands (95).

        Raises UniqueNumberTaken (21): `find_order_by_increment_id` finds the order that is there.
        """
        return self.call("POST", "/orders", order_from_document, body={"entity": document})

    def correct_order(self, document: Mapping[str, Any]) -> MagentoOrder:
        """Way B, step 5: store `documents.correct_document` (75), and read the order back. Safe to repeat."""
        entity_id = int(document["entity_id"])
        # The answer holds only what was sent (75: no state, no number), so it is not the order.
        self.call("POST", "/orders", lambda answer: answer["entity_id"], body={"entity": document})
        return self.get_order(entity_id)

    def cancel(self, entity_id: int) -> bool:
        """Cancel; False when Magento cannot: cancelled already, invoiced, on hold (42, 51, 54). Read the state back."""
        return self.call("POST", f"/orders/{entity_id}/cancel", read.truth)

    def hold(self, entity_id: int) -> bool:
        """Put on hold (53). Raises WrongState where the order cannot be held."""
        return self.call("POST", f"/orders/{entity_id}/hold", read.truth)

    def unhold(self, entity_id: int) -> bool:
        """Take off hold (55). Raises WrongState where it is not on hold."""
        return self.call("POST", f"/orders/{entity_id}/unhold", read.truth)

    def add_comment(self, entity_id: int, text: str, status: str | None = None, visible: bool = False) -> bool:
        """Add a line to the order's history (56); the customer is not notified. `visible`: shown in the customer's account.

        `status` should be the order's present status: older Magento versions take its absence for "no status". One that
        does not belong to the order's state raises WrongState.
        """
        history: dict[str, Any] = {
            "comment": text,
            "is_customer_notified": 0,
            "is_visible_on_front": int(visible),
            "parent_id": entity_id,
        }
        if status:
            history["status"] = status
        return self.call("POST", f"/orders/{entity_id}/comments", read.truth, body={"statusHistory": history})

    def marketplace_orders_updated_since(self, since: datetime, page_size: int = PAGE_SIZE) -> Iterator[MagentoOrder]:
        """Orders that came from elsewhere (those with an external id) and were changed at or after `since` (UTC-aware), with only
        what can change of them; oldest change first (58), read page by page while iterating.

        An order that changes meanwhile may come again, later. Begin the next time a little before the last `updated_at`.
        The shop's own orders, however many, are passed over by Magento and cost nothing.
        """
        return changed_since(
            self,
            "/orders",
            order_from_document,
            CHANGING_ORDER_FIELDS,
            since=since,
            page_size=page_size,
            where=[Filter("ext_order_id", "1", "notnull")],
        )

    def _find(self, *where: Filter | Sequence[Filter]) -> tuple[MagentoOrder, ...]:
        params = criteria(*where, sort=[("entity_id", "ASC")], page_size=20, fields=f"items[{ORDER_FIELDS}]")
        return self.call(
            "GET", "/orders", lambda answer: tuple(map(order_from_document, read.rows(answer, "items"))), params=params
        )
