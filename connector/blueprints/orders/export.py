"""The filtered list as CSV or XLSX, written while it is read: it never stands in memory as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any, NamedTuple
from urllib.parse import urlencode

import xlsxwriter
from flask import Response, request, stream_with_context, url_for
from sqlalchemy import ColumnElement, Select, func, select

from connector import clock
from connector.blueprints import asked, formats
from connector.blueprints.orders import blueprint, pages, shops
from connector.blueprints.orders.filters import FULFILMENT, STATES
from connector.blueprints.orders.grid import Grid
from connector.blueprints.orders.lists import grid_of
from connector.blueprints.orders.pages import Row
from connector.blueprints.orders.query import OrderQuery
from connector.blueprints.panel import done, needs
from connector.domain import csv_files
from connector.extensions import db
from connector.i18n import t
from connector.models import BulkItem, Order
from connector.models.transaction import end_transaction

BATCH = 1000
#: How much of a finished workbook is sent at a time.
PART = 64 * 1024
#: A workbook can be sent only when all of it was written: with more rows, routers that wait for 30 seconds give up before.
MOST_IN_A_WORKBOOK = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _time(column: str) -> Callable[[Row, str], Any]:
    def cell(row: Row, zone: str) -> str:
        at = getattr(row.order, column)
        return "" if at is None else f"{at.astimezone(formats.zone(zone)):%Y-%m-%d %H:%M:%S}"

    return cell


class Cells(NamedTuple):
    """A column of the file: its head, what stands in a cell, and the column of the list that shows it ("" for none)."""

    head: str
    cell: Callable[[Row, str], Any]
    shown_as: str = ""


COLUMNS: tuple[Cells, ...] = (
    Cells("TikTok order", lambda row, zone: row.order.tiktok_order_id, "order"),
    Cells("Magento order", lambda row, zone: row.order.magento_increment_id, "magento"),
    Cells("Created", _time("create_time"), "when"),
    Cells("Paid", _time("paid_time"), "paid"),
    Cells("Status", lambda row, zone: formats.status_word(row.order.status), "status"),
    Cells("Magento", lambda row, zone: STATES.get(row.order.sync_state, row.order.sync_state), "magento"),
    Cells("Error", lambda row, zone: row.order.error_message, "status"),
    Cells("Buyer", lambda row, zone: row.order.buyer_name, "buyer"),
    Cells("Country", lambda row, zone: row.order.country, "buyer"),
    Cells("Product", lambda row, zone: row.product_name, "items"),
    Cells("Items", lambda row, zone: row.order.item_count, "items"),
    Cells("Total", lambda row, zone: row.order.total_amount, "total"),
    Cells("Currency", lambda row, zone: row.order.currency, "total"),
    Cells("Ship by", _time("ship_by"), "ship_by"),
    Cells("Cancelled by TikTok", _time("auto_cancel_at")),
    Cells("Carrier", lambda row, zone: row.order.shipping_provider, "carrier"),
    Cells("Tracking number", lambda row, zone: row.order.tracking_number, "tracking"),
    Cells("Fulfilment", lambda row, zone: FULFILMENT.get(row.order.fulfillment_type, ""), "fulfilment"),
    Cells("Shop", lambda row, zone: shops.label(row.order.shop_id).name, "shop"),
)


def columns_as(grid: Grid) -> tuple[Cells, ...]:
    """The file's columns for what the list shows, in the list's order."""
    return tuple(cells for key in grid.shown for cells in COLUMNS if cells.shown_as == key)


#: Columns that hold the connector's own words.
IN_WORDS = frozenset({"Status", "Magento", "Error", "Fulfilment"})


@dataclass(frozen=True)
class Source:
    """What is exported: a list as its address says it, or the orders that were chosen for a run (`?run=`)."""

    query: OrderQuery
    zone: str
    columns: tuple[Cells, ...] = COLUMNS
    run_id: int | None = None

    @classmethod
    def from_request(cls) -> Source:
        shops.labels()
        query = OrderQuery.from_args(request.args)
        return cls(
            query,
            shops.panel_zone(),
            COLUMNS if request.args.get("columns") == "all" else columns_as(grid_of(query)),
            asked.number("run"),
        )

    @property
    def heads(self) -> list[str]:
        return [f"Created ({self.zone})" if one.head == "Created" else one.head for one in self.columns]

    def values(self, row: Row) -> list[Any]:
        """What stands in a row of the file."""
        return [one.cell(row, self.zone) for one in self.columns]

    def file_name(self, ending: str) -> str:
        what = self.query.tab.key if self.run_id is None else "selected"
        return f"orders-{what}-{clock.now().astimezone(formats.zone(self.zone)):%Y-%m-%d}.{ending}"

    @property
    def address(self) -> str:
        """The page on which it was asked for."""
        if self.run_id is not None:
            return url_for("orders.bulk_run", run_id=self.run_id)
        return url_for("orders.index") + (f"?{urlencode(args)}" if (args := self.query.args()) else "")

    def chosen(self) -> list[ColumnElement[bool]]:
        """What an order must be to stand in the file."""
        if self.run_id is None:
            return [Order.create_time.is_not(None), *self.query.conditions()]
        of_run = Order.id.in_(select(BulkItem.order_id).where(BulkItem.run_id == self.run_id))
        return [of_run, Order.create_time.is_not(None)]

    def batches(self) -> Iterator[list[Row]]:
        """By keyset, a transaction a batch: a slow reader holds none open."""
        listed = pages.selected().where(*self.chosen()).order_by(*pages.keys(self.query)).limit(BATCH)
        batch = pages.rows_of(listed)
        while batch:
            yield batch
            place = pages.place_in(self.query, batch[-1].order)
            db.session.expunge_all()
            db.session.commit()
            if len(batch) < BATCH:
                return
            batch = pages.rows_of(listed.where(pages.is_after(self.query, place)))


@blueprint.get("/orders/export.csv")
@needs("viewer")
def export_csv() -> Response:
    """All orders that the address's tab, search and filters let through, sorted as listed, with the columns that the list
    shows (`columns=all`: with all there are); times in the shops' time zone.
    """
    source = Source.from_request()
    return attachment(_lines(source), "text/csv; charset=utf-8", source.file_name("csv"))


@blueprint.get("/orders/export.xlsx")
@needs("viewer")
def export_xlsx() -> Response:
    """The same as a workbook: written row by row to a temporary file, which is then sent."""
    source = Source.from_request()
    if are_too_many(select(Order.id).where(*source.chosen())):
        return refused(source.address)
    return attachment(_workbook(source), XLSX, source.file_name("xlsx"))


def are_too_many(rows: Select[Any]) -> bool:
    """Whether these are more rows than a workbook takes."""
    some = rows.limit(MOST_IN_A_WORKBOOK + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) > MOST_IN_A_WORKBOOK


def refused(back_to: str) -> Response:
    """Says so, on the page on which the workbook was asked for."""
    message = (
        f"More than {MOST_IN_A_WORKBOOK:,} rows are too many for a workbook. Narrow the list, or take the CSV file."
    )
    return done(message, back_to, status="error")


def attachment(parts: Iterator[str] | Iterator[bytes], mimetype: str, name: str) -> Response:
    """A file that is sent while it is written."""
    end_transaction()
    response = Response(stream_with_context(parts), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(source: Source) -> Iterator[str]:
    return csv_lines(source.heads, _cells(source))


def _workbook(source: Source) -> Iterator[bytes]:
    """In the reader's words: a workbook is read by people, a CSV by programs, which want one form."""
    heads = [t(head) for head in source.heads]
    in_words = [at for at, one in enumerate(source.columns) if one.head in IN_WORDS]

    def translated() -> Iterator[list[list[Any]]]:
        for rows in _cells(source):
            for row in rows:
                for at in in_words:
                    row[at] = t(row[at])
            yield rows

    return workbook(heads, translated())


def _cells(source: Source) -> Iterator[list[list[Any]]]:
    for batch in source.batches():
        cells = [source.values(listed) for listed in batch]
        end_transaction()  # before it is sent: a slow reader holds none open
        yield cells


def csv_lines(heads: list[str], batches: Iterable[list[list[Any]]]) -> Iterator[str]:
    """A CSV file, a batch of rows at a time; texts that a spreadsheet would run are defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(csv_files.BOM)
    writer.writerow(heads)
    yield _taken(buffer)
    for batch in batches:
        for row in batch:
            # Numbers stay numbers.
            writer.writerow([csv_files.defused(value) if isinstance(value, str) else value for value in row])
        yield _taken(buffer)


def workbook(heads: list[str], batches: Iterable[list[list[Any]]]) -> Iterator[bytes]:
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
        sheet, row = _sheet(book, heads), 0
        for batch in batches:
            for values in batch:
                row += 1
                for column, value in enumerate(values):
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
