"""A file of tracking numbers, as warehouses and carriers' programs write them: read line by line, every fault named. Pure."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from connector.domain import csv_files, tracking

COLUMNS = ("order", "carrier", "tracking_number", "line_item_ids")
#: How the columns are called elsewhere, folded to letters alone.
_ALIASES = {
    "order": ("order", "orderid", "ordernumber", "tiktokorder", "tiktokorderid", "magentoorder", "incrementid"),
    "carrier": ("carrier", "carriercode", "shippingcarrier", "shippingprovider", "courier"),
    "tracking_number": ("trackingnumber", "tracking", "trackingno", "trackingid", "number"),
    "line_item_ids": ("lineitemids", "lineitems", "items"),
}
MOST_LINES = 1000
MOST_BYTES = 512 * 1024
#: A spreadsheet shows 18 digits as 5.76461E+17 and has lost the last ones.
_ROUNDED = re.compile(r"\d[.,]?\d*E\+?\d+", re.I)


class Unreadable(Exception):
    """A file that can't be read at all; the message says why, for a person."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the file. `order` is TikTok's or Magento's number; `fault` what is wrong with it already ("": nothing)."""

    number: int
    order: str
    carrier: str
    tracking_number: str
    line_item_ids: tuple[str, ...] = ()
    fault: str = ""


def read(data: bytes | str) -> list[Line]:
    """The lines of a CSV file (commas, semicolons or tabs; UTF-8, or Windows-1252 as spreadsheets write it).

    Raises Unreadable when it is too large, no CSV, or lacks a column.
    """
    text = data if isinstance(data, str) else _decoded(data)
    if not text.strip():
        raise Unreadable("Choose a CSV file, or paste its lines.")
    if len(text) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 1024} KB. Divide it.")
    try:
        rows = csv_files.rows(text)
    except csv_files.NoCsv as error:
        raise Unreadable(str(error)) from error
    if len(rows) - 1 > MOST_LINES:
        raise Unreadable(f"The file has more than {MOST_LINES:,} lines. Divide it.")
    places = _places(rows[0][1])
    return [_line(number, cells, places) for number, cells in rows[1:]]


def write(lines: list[Line]) -> str:
    """Lines as a CSV text that `read` takes again."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([line.order, line.carrier, line.tracking_number, " ".join(line.line_item_ids)])
    return out.getvalue()


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 1024} KB. Divide it.")
    return csv_files.decoded(data)


def _places(header: list[str]) -> dict[str, int]:
    names = ["".join(re.findall(r"[a-z]", name.casefold())) for name in header]
    places = {
        column: next((names.index(alias) for alias in aliases if alias in names), -1)
        for column, aliases in _ALIASES.items()
    }
    missing = [column for column in ("order", "tracking_number") if places[column] < 0]
    if missing:
        raise Unreadable(
            f"Line 1: the column {' and '.join(missing)} is missing. The columns are: {', '.join(COLUMNS)};"
            " the last one only to ship some units of an order."
        )
    return places


def _line(number: int, cells: list[str], places: dict[str, int]) -> Line:
    def cell(column: str) -> str:
        place = places[column]
        # A leading apostrophe is how a spreadsheet is told that digits are a text.
        return cells[place].lstrip("'").strip()[:200] if 0 <= place < len(cells) else ""

    order, tracking_number = cell("order").lstrip("#"), tracking.cleaned(cell("tracking_number"))
    fault = ""
    if not order:
        fault = "It names no order."
    elif _ROUNDED.fullmatch(order) or _ROUNDED.fullmatch(tracking_number):
        fault = "The spreadsheet rounded the number. Format the column as text and enter it again."
    elif not tracking_number:
        fault = "It has no tracking number."
    elif not tracking.is_taken(tracking_number):
        fault = "A tracking number has 4 to 50 letters, digits or - _ . /"
    return Line(
        number=number,
        order=order,
        carrier=cell("carrier"),
        tracking_number=tracking_number,
        line_item_ids=tuple(re.findall(r"\d+", cell("line_item_ids"))),
        fault=fault,
    )
