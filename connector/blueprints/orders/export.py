"""The filtered list as CSV or XLSX, written while it is read: it never stands in memory as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter
from flask import Response, request, stream_with_context
from sqlalchemy import select

from connector import clock
from connector.blueprints import formats
from connector.blueprints.orders import blueprint, pages, shops
from connector.blueprints.orders.filters import STATES, OrderQuery
from connector.blueprints.panel import needs
from connector.extensions import db
from connector.models import BulkItem, Order

BATCH = 1000
#: How much of a finished workbook is sent at a time.
PART = 64 * 1024
#: A sheet of a workbook takes 1,048,576 rows.
ROWS_OF_A_SHEET = 1_000_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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


@dataclass(frozen=True)
class Source:
    """What is exported: a list as its address says it, or the orders that were chosen for a run (`?run=`)."""

    query: OrderQuery
    zone: str
    run_id: int | None = None

    @classmethod
    def from_request(cls) -> Source:
        run = request.args.get("run", "")
        shops.labels()
        return cls(
            OrderQuery.from_args(request.args),
            shops.panel_zone(),
            int(run) if run.isascii() and run.isdecimal() and len(run) < 16 else None,
        )

    @property
    def heads(self) -> list[str]:
        return [label if not label.startswith("Created") else f"Created ({self.zone})" for label, _ in COLUMNS]

    def file_name(self, ending: str) -> str:
        what = self.query.tab.key if self.run_id is None else "selected"
        return f"orders-{what}-{clock.now().astimezone(formats.zone(self.zone)):%Y-%m-%d}.{ending}"

    def batches(self) -> Iterator[list[Order]]:
        """By keyset, a transaction a batch: a slow reader holds none open."""
        if self.run_id is None:
            chosen = [Order.create_time.is_not(None), *self.query.conditions()]
        else:
            chosen = [Order.id.in_(select(BulkItem.order_id).where(BulkItem.run_id == self.run_id))]
            chosen.append(Order.create_time.is_not(None))
        listed = (
            select(Order)
            .where(*chosen)
            .order_by(*pages.keys(self.query))
            .options(*pages.WITHOUT_DOCUMENTS)
            .limit(BATCH)
        )
        batch = list(db.session.scalars(listed))
        while batch:
            yield batch
            place = pages.place_in(self.query, batch[-1])
            db.session.expunge_all()
            db.session.commit()
            if len(batch) < BATCH:
                return
            batch = list(db.session.scalars(listed.where(pages.is_after(self.query, place))))


@blueprint.get("/orders/export.csv")
@needs("viewer")
def export_csv() -> Response:
    """All orders that the address's tab, search and filters let through, sorted as listed; times in the shops' time zone."""
    source = Source.from_request()
    return _attachment(_lines(source), "text/csv; charset=utf-8", source.file_name("csv"))


@blueprint.get("/orders/export.xlsx")
@needs("viewer")
def export_xlsx() -> Response:
    """The same as a workbook: written row by row to a temporary file, which is then sent."""
    source = Source.from_request()
    return _attachment(_workbook(source), XLSX, source.file_name("xlsx"))


def _attachment(parts: Iterator[str] | Iterator[bytes], mimetype: str, name: str) -> Response:
    response = Response(stream_with_context(parts), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(source: Source) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    # Spreadsheets take a file for UTF-8 only when it says so.
    buffer.write("\ufeff")
    writer.writerow(source.heads)
    yield _taken(buffer)
    for batch in source.batches():
        for order in batch:
            writer.writerow([_defused(cell(order, source.zone)) for _, cell in COLUMNS])
        yield _taken(buffer)


def _workbook(source: Source) -> Iterator[bytes]:
    """In a workbook a text is a text: it says so in the file, so that nothing that begins like a formula is one."""
    with TemporaryFile() as file:
        # constant_memory: each row is written out before the next begins.
        book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        sheet, row = _sheet(book, source.heads), 0
        for batch in source.batches():
            for order in batch:
                if row == ROWS_OF_A_SHEET:
                    sheet, row = _sheet(book, source.heads), 0
                row += 1
                for column, (_, cell) in enumerate(COLUMNS):
                    value = cell(order, source.zone)
                    if isinstance(value, str) and value:
                        sheet.write_string(row, column, value)
                    elif isinstance(value, int | Decimal):
                        sheet.write_number(row, column, value)
        book.close()
        file.seek(0)
        while part := file.read(PART):
            yield part


def _sheet(book: Any, heads: list[str]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, head in enumerate(heads):
        sheet.set_column(column, column, max(12, len(head) + 2))
        sheet.write_string(0, column, head)
    return sheet


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
