"""Orders: searching, reading, and the merchant's own order number on them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from connector.tiktok.caller import Caller, objects, text, without_none
from connector.tiktok.errors import RequestRefused
from connector.tiktok.pages import Document, Page, all_pages, changed_pages
from connector.tiktok.values import to_unix

log = logging.getLogger(__name__)

IDS_PER_CALL = 50  # Get Order Detail
LINES_PER_REFERENCE = 100  # Add External Order References
PLATFORM = "MAGENTO"
#: What is said of a list of orders that does not end.
LEADS_BACK = "TikTok Shop's list of orders leads back to a page that was read already."


class OrderPage(Page):
    """One page of a search: whole orders."""


@dataclass(frozen=True, kw_only=True)
class AuthorizedShop:
    """A shop that the seller let the app into. Every call for the shop carries its `cipher`."""

    id: str
    name: str
    region: str
    seller_type: str
    cipher: str
    code: str


class OrderCalls(Caller):
    def get_authorized_shops(self) -> list[AuthorizedShop]:
        """GET /authorization/202309/shops: the shops of the seller whose tokens these are."""
        data = self.call("GET", "/authorization/202309/shops", with_shop=False)
        return [
            AuthorizedShop(
                id=text(shop, "id"),
                name=text(shop, "name"),
                region=text(shop, "region"),
                seller_type=text(shop, "seller_type"),
                cipher=text(shop, "cipher"),
                code=text(shop, "code"),
            )
            for shop in objects(data, "shops")
        ]

    def search_orders(
        self,
        *,
        order_status: str | None = None,
        create_time_ge: datetime | None = None,
        create_time_lt: datetime | None = None,
        update_time_ge: datetime | None = None,
        update_time_lt: datetime | None = None,
        shipping_type: str | None = None,
        sort_field: Literal["create_time", "update_time"] = "update_time",
        sort_order: Literal["ASC", "DESC"] = "ASC",
        page_size: int = 50,
        page_token: str = "",
    ) -> OrderPage:
        """POST /order/202309/orders/search: one page, whole orders. Times are aware datetimes, sent as whole seconds.

        An order can move inside the window while it is read: let windows overlap, and look at the id and `update_time`.
        """
        data = self.call(
            "POST",
            "/order/202309/orders/search",
            query={
                "page_size": page_size,
                "page_token": page_token or None,
                "sort_field": sort_field,
                "sort_order": sort_order,
            },
            body=without_none(
                order_status=order_status,
                create_time_ge=_seconds(create_time_ge),
                create_time_lt=_seconds(create_time_lt),
                update_time_ge=_seconds(update_time_ge),
                update_time_lt=_seconds(update_time_lt),
                shipping_type=shipping_type,
            ),
        )
        total = data.get("total_count")
        return OrderPage(
            documents=_numbered(data),
            next_page_token=text(data, "next_page_token"),
            total_count=total if isinstance(total, int) else 0,
        )

    def order_pages(self, **search: Any) -> Iterator[OrderPage]:
        """The pages of a search, one after the other; takes what `search_orders` takes.

        Raises UnreadableAnswer when TikTok gives a page token a second time.
        """
        token = search.pop("page_token", "")
        return all_pages(
            lambda page_token: self.search_orders(page_token=page_token, **search),
            LEADS_BACK,
            token,
        )

    def changed_order_pages(self, since: datetime, until: datetime, page_size: int) -> Iterator[OrderPage]:
        """The orders that changed from a moment to another, oldest change first; none is missed that does not change meanwhile.

        What does may come again, or stand outside by then. Raises UnreadableAnswer as `order_pages` does.
        """
        return changed_pages(
            lambda begin, token: self.search_orders(
                update_time_ge=begin,
                update_time_lt=until,
                sort_field="update_time",
                sort_order="ASC",
                page_size=page_size,
                page_token=token,
            ),
            since,
            LEADS_BACK,
        )

    def get_orders(self, order_ids: Iterable[str]) -> list[Document]:
        """GET /order/202507/orders: the orders in full, as TikTok sent them, 50 a call. Unknown ids are simply not among them."""
        ids = list(dict.fromkeys(order_ids))
        documents: list[Document] = []
        for start in range(0, len(ids), IDS_PER_CALL):
            data = self.call("GET", "/order/202507/orders", query={"ids": ",".join(ids[start : start + IDS_PER_CALL])})
            documents += _numbered(data)
        return documents

    def add_external_order_reference(
        self, order_id: str, line_item_ids: Sequence[str] | Mapping[str, str], magento_increment_id: str
    ) -> None:
        """POST /order/202406/orders/external_orders: the Magento number on the TikTok order. The same call again replaces it.

        `line_item_ids` are TikTok's; as a mapping, each leads to Magento's id of the item. TikTok takes at most 100 lines, and a
        second call would replace those of the first, so of a longer order the first 100 are named: the number is on the order.
        Raises RequestRefused when TikTok reports an error for this order.
        """
        if isinstance(line_item_ids, Mapping):
            pairs = list(line_item_ids.items())
        else:
            pairs = [(line, f"{magento_increment_id}-{number}") for number, line in enumerate(line_item_ids, start=1)]
        external = {
            "id": magento_increment_id,
            "platform": PLATFORM,
            "line_items": [{"id": ours, "origin_id": theirs} for theirs, ours in pairs[:LINES_PER_REFERENCE]],
        }
        data = self.call(
            "POST",
            "/order/202406/orders/external_orders",
            body={"orders": [{"id": order_id, "external_order": external}]},
        )
        for refusal in objects(data, "errors"):
            said = text(refusal, "message")
            error = RequestRefused(
                f"TikTok Shop did not take the Magento order number. It said: {said}", code="tiktok_reference_refused"
            )
            error.tiktok_message = said
            raise error


def _numbered(data: Mapping[str, Any]) -> list[Document]:
    """The orders of an answer. One without an id can be asked for by nobody: it is passed over, and keeps up no other."""
    documents = objects(data, "orders")
    numbered = [document for document in documents if text(document, "id").strip()]
    if len(numbered) < len(documents):
        log.warning("passed over orders without an id in TikTok Shop's answer: %d", len(documents) - len(numbered))
    return numbered


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_unix(moment)
