"""What a reconciliation reads of Magento: the orders of many TikTok numbers at once, and those of a period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from connector.domain.magento_order import MagentoOrder
from connector.magento import read
from connector.magento.readers import order_from_document
from connector.magento.search import Filter, criteria
from connector.magento.transport import Transport

FIELDS = (
    "entity_id,increment_id,ext_order_id,state,status,grand_total,order_currency_code,total_invoiced,created_at,"
    "updated_at,items[item_id,sku,product_type,parent_item_id,qty_ordered,qty_invoiced,qty_shipped,qty_refunded,qty_canceled]"
)
#: As many numbers as fit an address of about 2,000 characters, which every server takes.
MANY = 50
PAGE = 100


def orders_of(client: Transport, ext_order_ids: Sequence[str]) -> list[MagentoOrder]:
    """All orders with one of these external ids (at most MANY), also several with the same."""
    return list(_pages(client, Filter("ext_order_id", ",".join(ext_order_ids), "in")))


def orders_with_ids(client: Transport, entity_ids: Sequence[int]) -> list[MagentoOrder]:
    """All orders of these ids of Magento's own (at most MANY), whatever number they carry; those that are there."""
    return list(_pages(client, Filter("entity_id", ",".join(map(str, entity_ids)), "in")))


def marketplace_orders(client: Transport, since: datetime, until: datetime) -> tuple[list[MagentoOrder], datetime]:
    """The first orders with any external id that were created in Magento in a period (UTC-aware), about PAGE of them.

    And the moment up to which these are all: `until`, or where to go on.
    """
    total, first = _page(client, 1, "created_at", *_created(since, until))
    if total <= len(first):
        return first, until
    # Others of the last second may stand on the next page: it is read again, or whole where there is no other.
    goes_on = first[-1].created_at or until
    if goes_on <= since.replace(microsecond=0):
        goes_on = min(since.replace(microsecond=0) + timedelta(seconds=1), until)
        return list(_pages(client, *_created(since, goes_on))), goes_on
    return [order for order in first if order.created_at is not None and order.created_at < goes_on], goes_on


def _created(since: datetime, until: datetime) -> tuple[Filter, ...]:
    return (
        Filter("ext_order_id", "1", "notnull"),
        Filter("created_at", read.stamp(since), "gteq"),
        Filter("created_at", read.stamp(until), "lt"),
    )


def _pages(client: Transport, *where: Filter) -> Iterator[MagentoOrder]:
    number = 1
    while True:
        total, page = _page(client, number, "entity_id", *where)
        yield from page
        # By the total, not by an empty page: beyond the last page Magento repeats the last page.
        if not page or number * PAGE >= total:
            return
        number += 1


def _page(client: Transport, number: int, by: str, *where: Filter) -> tuple[int, list[MagentoOrder]]:
    """How many orders there are in all, and those of one page."""
    return client.call(
        "GET",
        "/orders",
        lambda answer: (
            int(answer["total_count"]),
            [order_from_document(document) for document in read.rows(answer, "items")],
        ),
        params=criteria(
            *where,
            sort=[(by, "ASC")],
            page_size=PAGE,
            page=number,
            fields=f"items[{FIELDS}],total_count",
        ),
    )
