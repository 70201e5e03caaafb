"""The filtered list as CSV, written while it is read: it never stands in memory as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, request, stream_with_context
from sqlalchemy import select

from connector import clock
from connector.blueprints import formats
from connector.blueprints.orders import blueprint, pages, shops
from connector.blueprints.orders.filters import STATES, OrderQuery
from connector.blueprints.panel import needs
from connector.extensions import db
from connector.models import Order

BATCH = 1000
#: A spreadsheet takes a cell that begins like this for a formula and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def _time(column: str) -> Callable[[Order, str], Any]:
    def cell(order: Order, zone: str) -> str:
        at = getattr(order, column)
        return "" if at is None else f"{at.astimezone(formats.zone(zone)):%Y-%m-%d %H:%M:%S}"

    return cell


COLUMNS: tuple[tuple[str, Callable[[Order, str], Any]], ...] = (
    ("TikTok order", lambda order, zone: order.tiktok_order_id),
    ("Magento order", lambda order, zone: order.magento_increment_id),
    ("Created", _time("create_time")),
    ("Paid", _time("paid_time")),
    ("Status", lambda order, zone: formats.status_label(order.status)),
    ("Magento", lambda order, zone: STATES.get(order.sync_state, order.sync_state)),
    ("Error", lambda order, zone: order.error_message),
    ("Buyer", lambda order, zone: order.buyer_name),
    ("Country", lambda order, zone: order.country),
    ("Items", lambda order, zone: order.item_count),
    ("Total", lambda order, zone: order.total_amount),
    ("Currency", lambda order, zone: order.currency),
    ("Ship by", _time("ship_by")),
    ("Cancelled by TikTok", _time("auto_cancel_at")),
    ("Carrier", lambda order, zone: order.shipping_provider),
    ("Tracking number", lambda order, zone: order.tracking_number),
    ("Fulfilment", lambda order, zone: order.fulfillment_type),
    ("Shop", lambda order, zone: shops.label(order.shop_id).name),
)


@blueprint.get("/orders/export.csv")
@needs("viewer")
def export_csv() -> Response:
    """All orders that the address's tab, search and filters let through, sorted as listed; times in the shops' time zone."""
    query = OrderQuery.from_args(request.args)
    zone = shops.panel_zone()
    shops.labels()
    name = f"orders-{query.tab.key}-{clock.now().astimezone(formats.zone(zone)):%Y-%m-%d}.csv"
    response = Response(stream_with_context(_lines(query, zone)), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(query: OrderQuery, zone: str) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    # Spreadsheets take a file for UTF-8 only when it says so.
    buffer.write("\ufeff")
    writer.writerow([label if not label.startswith("Created") else f"Created ({zone})" for label, _ in COLUMNS])
    yield _taken(buffer)
    for batch in _batches(query):
        for order in batch:
            writer.writerow([_defused(cell(order, zone)) for _, cell in COLUMNS])
        yield _taken(buffer)


def _batches(query: OrderQuery) -> Iterator[list[Order]]:
    """By keyset, a transaction a batch: a slow reader holds none open."""
    listed = (
        select(Order)
        .where(Order.create_time.is_not(None), *query.conditions())
        .order_by(*pages.keys(query))
        .options(*pages.WITHOUT_DOCUMENTS)
        .limit(BATCH)
    )
    batch = list(db.session.scalars(listed))
    while batch:
        yield batch
        place = pages.place_in(query, batch[-1])
        db.session.expunge_all()
        db.session.commit()
        if len(batch) < BATCH:
            return
        batch = list(db.session.scalars(listed.where(pages.is_after(query, place))))


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _defused(value: Any) -> Any:
    """A text that would be taken for a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return "" if value is None else value
