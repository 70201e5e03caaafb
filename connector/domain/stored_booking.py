"""A booking as it is written down when the order is created: as JSON, and as a value again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from connector.domain.booking import Adjustment, BookedRow, BookedTotals, Booking, Explanation, ProductOption

_AMOUNTS = "Decimal"


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """How many of which Magento product a TikTok line item is. `options` tells the variants of one SKU apart."""

    sku: str
    count: int
    name: str = ""
    options: str = ""


def stored(booking: Booking) -> dict[str, Any]:
    """A booking as JSON, amounts as text."""

    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [plain(inner) for inner in value]
        return value

    document: dict[str, Any] = plain(asdict(booking))
    return document


def grand_total(stored: Mapping[str, Any] | None) -> Decimal | None:
    """What a Magento order was to come to by its booking; None where that is not known. Without making the whole anew."""
    said = ((stored or {}).get("totals") or {}).get("grand_total")
    return None if said is None else Decimal(said)


def pieces_of_lines(stored: Mapping[str, Any] | None) -> dict[str, list[Pieces]]:
    """What each of TikTok's line items became in Magento, by its id.

    An old row of line items of several sizes says only how many they are together: there the first ones get one more, so
    that the sum is right.
    """
    found: dict[str, list[Pieces]] = {}
    for row in (stored or {}).get("rows", ()):
        line_ids = row.get("line_item_ids", ())
        each, rest = divmod(row.get("quantity", len(line_ids)), len(line_ids) or 1)
        counts = row.get("pieces") or [each + (at < rest) for at in range(len(line_ids))]
        for line_id, count in zip(line_ids, counts, strict=True):
            options = str(row.get("options") or "")
            pieces = Pieces(sku=str(row.get("sku", "")), count=count, name=str(row.get("name", "")), options=options)
            found.setdefault(str(line_id), []).append(pieces)
    return found


def restored(stored: Mapping[str, Any]) -> Booking:
    """The booking of `stored`. Raises KeyError, TypeError or ValueError for what is none."""
    values: dict[str, Any] = _amounts(Booking, stored)
    adjustment = values.get("adjustment")
    values |= {
        "rows": tuple(_row(row) for row in values["rows"]),
        "totals": BookedTotals(**_amounts(BookedTotals, values["totals"])),
        "base_totals": BookedTotals(**_amounts(BookedTotals, values["base_totals"])),
        "explanations": tuple(Explanation(**_amounts(Explanation, one)) for one in values.get("explanations", ())),
        "adjustment": Adjustment(**_amounts(Adjustment, adjustment)) if adjustment else None,
        "notes": tuple(values.get("notes", ())),
    }
    return Booking(**values)


def _row(stored: Mapping[str, Any]) -> BookedRow:
    values = _amounts(BookedRow, stored)
    values["line_item_ids"] = tuple(values["line_item_ids"])
    values["pieces"] = tuple(values.get("pieces", ()))
    values["costs"] = tuple(Decimal(cost) for cost in values.get("costs", ()))
    values["options"] = tuple(
        ProductOption(**{**option, "values": tuple(option["values"])}) for option in values.get("options", ())
    )
    return BookedRow(**values)


def _amounts(kind: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a dataclass's fields, those that are amounts as Decimal; names that it does not know are left out."""
    found: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in stored:
            value = stored[field.name]
            found[field.name] = Decimal(value) if field.type == _AMOUNTS else value
    return found
