"""The carrier mapping of a shop as a CSV file: written, and taken in again."""

from __future__ import annotations

import csv
import io

from connector.domain import csv_files
from connector.domain.carriers import DEFAULT, Carrier, carrier_of
from connector.domain.csv_files import defused, undefused
from connector.models.transaction import end_transaction, transaction
from connector.sync import carrier_rows, carriers
from connector.sync.asks import Refused

COLUMNS = ("carrier_code", "title", "shipping_provider_id", "shipping_provider_name")
MOST_ROWS = 2000


def to_csv(shop_id: int) -> str:
    """The mapping of a shop, one row a carrier; carriers that are not mapped have an empty provider."""
    out = io.StringIO()
    out.write(csv_files.BOM)
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    default = carrier_rows.default_of(shop_id)
    for row in [*carrier_rows.rows_of(shop_id), *([default] if default.is_mapped else [])]:
        cells = (row.carrier.code, row.carrier.title, row.provider_id, row.provider_name)
        writer.writerow([defused(cell) for cell in cells])
    return out.getvalue()


def from_csv(shop_id: int, content: bytes, actor: str) -> tuple[int, int]:
    """Takes a mapping in, all of it or nothing. Returns (carriers mapped, orders released). Raises Refused, by line."""
    wanted: list[tuple[Carrier, str, str]] = []
    for number, line in _lines(content):
        code, provider = line["carrier_code"], line["shipping_provider_id"] or line["shipping_provider_name"]
        if not code and not provider:
            continue
        if not code:
            raise Refused(f"Line {number} names no carrier.")
        if not provider:
            continue
        try:
            # An apostrophe before it is also how a spreadsheet is told that digits are a text.
            provider_id, name = carriers.provider_named(shop_id, provider.lstrip("'"))
        except Refused as refused:
            raise Refused(f"Line {number}: {refused}") from None
        carrier = Carrier(DEFAULT) if code == DEFAULT else carrier_of(code.lstrip("'"), undefused(line["title"]))
        wanted.append((carrier, provider_id, name))
    end_transaction()
    with transaction() as session:
        for carrier, provider_id, name in wanted:
            carriers.put(session, shop_id, carrier, provider_id, name, actor)
            session.flush()
    return len(wanted), sum(
        carriers.release(shop_id, carrier, actor) for carrier in dict.fromkeys(carrier for carrier, *_ in wanted)
    )


def _lines(content: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        rows = csv_files.rows(csv_files.decoded(content))
    except csv_files.NoCsv as error:
        raise Refused(str(error)) from error
    header = csv_files.header(rows)
    if "carrier_code" not in header or not {"shipping_provider_id", "shipping_provider_name"} & set(header):
        raise Refused(
            f"The file's first line must name the columns: {', '.join(COLUMNS)}. One of the last two is enough."
        )
    if len(rows) - 1 > MOST_ROWS:
        raise Refused(f"The file has more than {MOST_ROWS} lines.")
    return [(number, dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=False))) for number, cells in rows[1:]]
