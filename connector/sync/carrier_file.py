"""The carrier mapping of a shop as a CSV file: written, and taken in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from connector.domain.carriers import DEFAULT, Carrier, carrier_of
from connector.models.transaction import end_transaction, transaction
from connector.sync import carrier_rows, carriers
from connector.sync.asks import Refused

COLUMNS = ("carrier_code", "title", "shipping_provider_id", "shipping_provider_name")
MOST_ROWS = 2000


def to_csv(shop_id: int) -> str:
    """The mapping of a shop, one row a carrier; carriers that are not mapped have an empty provider."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    default = carrier_rows.default_of(shop_id)
    for row in [*carrier_rows.rows_of(shop_id), *([default] if default.is_mapped else [])]:
        writer.writerow(
            [_safe(row.carrier.code), _safe(row.carrier.title), _safe(row.provider_id), _safe(row.provider_name)]
        )
    return out.getvalue()


def _safe(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula (titles come from Magento, names from TikTok)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def from_csv(shop_id: int, content: str, actor: str) -> tuple[int, int]:
    """Takes a mapping in, all of it or nothing. Returns (carriers mapped, orders released). Raises Refused, by line."""
    reader = csv.DictReader(io.StringIO(content.lstrip("\ufeff")))
    if (
        not reader.fieldnames
        or "carrier_code" not in reader.fieldnames
        or "shipping_provider_id" not in reader.fieldnames
    ):
        raise Refused(f"The file's first line must name the columns: {', '.join(COLUMNS)}.")
    wanted: list[tuple[Carrier, str, str]] = []
    for number, line in enumerate(_some(reader), start=2):
        code, title = (line.get("carrier_code") or "").strip(), (line.get("title") or "").strip()
        provider = (line.get("shipping_provider_id") or "").strip() or (
            line.get("shipping_provider_name") or ""
        ).strip()
        if not code and not provider:
            continue
        if not code:
            raise Refused(f"Line {number} names no carrier.")
        if not provider:
            continue
        try:
            provider_id, name = carriers.provider_named(shop_id, provider.lstrip("'"))
        except Refused as refused:
            raise Refused(f"Line {number}: {refused}") from None
        carrier = Carrier(DEFAULT) if code == DEFAULT else carrier_of(code.lstrip("'"), title.lstrip("'"))
        wanted.append((carrier, provider_id, name))
    end_transaction()
    with transaction() as session:
        for carrier, provider_id, name in wanted:
            carriers.put(session, shop_id, carrier, provider_id, name, actor)
            session.flush()
    return len(wanted), sum(
        carriers.release(carrier, actor) for carrier in dict.fromkeys(carrier for carrier, *_ in wanted)
    )


def _some(reader: Iterable[dict[str, str]]) -> Iterable[dict[str, str]]:
    for count, line in enumerate(reader):
        if count == MOST_ROWS:
            raise Refused(f"The file has more than {MOST_ROWS} lines.")
        yield line
