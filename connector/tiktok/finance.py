"""From the documents of the finance calls to the domain's values. An amount that is there has to be one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from connector.domain.settlement import ORDER, Line
from connector.tiktok.caller import text
from connector.tiktok.errors import unreadable
from connector.tiktok.fields import amount
from connector.tiktok.values import from_unix

Document = Mapping[str, Any]


def line_from_document(document: Document, currency: str = "") -> Line:
    """A member of `transactions`; an unsettled one names its amounts est_…. Raises UnreadableAnswer."""
    transaction_id = text(document, "id") or text(document, "adjustment_id") or text(document, "reserve_id")
    if not transaction_id:
        raise unreadable("TikTok Shop's answer could not be read: a transaction has no id.")
    order_id = text(document, "order_id") or text(document, "adjustment_order_id")
    return Line(
        transaction_id=transaction_id,
        kind=text(document, "type") or ORDER,
        order_id=order_id or text(document, "associated_order_id"),
        currency=text(document, "currency") or currency,
        settlement=_either(document, "settlement_amount"),
        revenue=_either(document, "revenue_amount"),
        shipping=_either(document, "shipping_cost_amount"),
        fee_tax=_either(document, "fee_tax_amount"),
        adjustment=_either(document, "adjustment_amount"),
        reserve=money(document, "reserve_amount"),
        parts=_parts(document),
    )


def money(document: Document, name: str) -> Decimal:
    """An amount; 0 where it is missing or empty. Raises UnreadableAnswer."""
    try:
        return amount(document.get(name) or 0)
    except ValidationError as error:
        raise unreadable(f"TikTok Shop's answer could not be read: {name} is no amount.") from error


def moment(document: Document, name: str) -> datetime | None:
    """A time in UTC; None where there is none (TikTok writes 0, too)."""
    try:
        return from_unix(document.get(name))
    except ValueError:
        return None


def _either(document: Document, name: str) -> Decimal:
    return money(document, name if name in document else f"est_{name}")


def _parts(document: Document) -> dict[str, dict[str, Decimal]]:
    fees = _object(document, "fee_tax_breakdown")
    groups = {
        "revenue": _object(document, "revenue_breakdown"),
        "fee": _object(fees, "fee"),
        "tax": _object(fees, "tax"),
        "shipping": _object(document, "shipping_cost_breakdown"),
    }
    return {group: found for group, named in groups.items() if (found := _amounts(named))}


def _amounts(named: Document) -> dict[str, Decimal]:
    found = {name: money(named, name) for name, value in named.items() if isinstance(value, str | int)}
    return {name: value for name, value in found.items() if value}


def _object(document: Document, name: str) -> Document:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
