"""From TikTok's order document to the domain's `Order`. Nothing of TikTok's JSON goes further than this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from connector.domain.errors import NeedsMerchant
from connector.domain.order import Order
from connector.tiktok.fields import first_wrong_field
from connector.tiktok.schemas import OrderSchema

_SCHEMA = OrderSchema()


class UnreadableDocument(NeedsMerchant):
    """An order document without what no order can do without. `field` names it, "payment.currency" for one.

    The document itself is kept and the order shown: it is not lost.
    """

    remedy = "Report this order to the connector's developers: TikTok Shop described it in a way that is not known yet."

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message, code="tiktok_order_unreadable", subject=field)
        self.field = field


def order_from_document(document: Mapping[str, Any]) -> Order:
    """The order that a document of Get Order List (202309) or Get Order Detail (202507) describes.

    Only the id, the status, the two times, a line, the lines' ids and the currency have to be there, and an amount that is there
    has to be one. Unknown fields and new enum values change nothing. Raises UnreadableDocument.
    """
    if not isinstance(document, Mapping):
        raise UnreadableDocument("TikTok Shop's order is no JSON object.", field="")
    try:
        order: Order = _SCHEMA.load(document)
    except ValidationError as error:
        field, sentence = first_wrong_field(error.messages)
        message = f"TikTok Shop's order cannot be read: {field} {_as_predicate(sentence)}."
        raise UnreadableDocument(message, field=field) from None
    return order


def readable_order(document: Mapping[str, Any] | None) -> Order | None:
    """The order of a stored document, for what shows it; None where there is none yet, or one that cannot be read (any more)."""
    try:
        return order_from_document(document) if document else None
    except UnreadableDocument:
        return None


def _as_predicate(sentence: str) -> str:
    return "is missing" if sentence.startswith("Missing data") else sentence.rstrip(".")
