"""A small read-only JSON API of orders, for programs with a token. Described by /api/v1/openapi.json.

Amounts are texts with their currency beside them, times are UTC (RFC 3339). Pages follow each other by `next`, which holds
good while orders change: a program that asks for `updated_since` and follows `next` misses none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import defer

from connector.blueprints.api.openapi import DOCUMENT
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order
from connector.models.token import READ_BUYERS, READ_ORDERS
from connector.models.types import UtcDateTime
from connector.sync import tokens

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

LARGEST_PAGE = 200
#: Asked for without a token.
OPEN = ("api.openapi",)


def problem(status: int, title: str) -> ResponseReturnValue:
    """An error as RFC 9457 has it."""
    response = jsonify({"status": status, "title": title})
    response.status_code = status
    response.content_type = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@blueprint.before_request
def check_token() -> ResponseReturnValue | None:
    """Lets in who sends a good token; sessions of the panel do not count here."""
    if request.endpoint in OPEN:
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    row = tokens.find(token.strip()) if scheme.lower() == "bearer" and token else None
    if row is None:
        return problem(401, "A good token is needed: Authorization: Bearer …")
    if READ_ORDERS not in row.scopes:
        return problem(403, f"The token lacks the scope {READ_ORDERS}.")
    g.may_read_buyers = READ_BUYERS in row.scopes
    return None


@blueprint.after_request
def no_store(response: Any) -> Any:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """What the API gives."""
    return jsonify(DOCUMENT | {"servers": [{"url": f"{request.script_root}{blueprint.url_prefix}"}]})


@blueprint.get("/orders")
def orders() -> ResponseReturnValue:
    """Orders by the time of their last change here, the oldest first."""
    args = request.args
    statement = select(Order).options(defer(Order.search_text), defer(Order.booking), defer(Order.error_exchange))
    try:
        limit = int(args.get("limit", "50"))
        if not 1 <= limit <= LARGEST_PAGE:
            raise ValueError
        if args.get("updated_since"):
            since = datetime.fromisoformat(args["updated_since"])
            since = since.replace(tzinfo=UTC) if since.tzinfo is None else since
            statement = statement.where(Order.updated_at >= since)
        if args.get("after"):
            moment, _, row_id = args["after"].partition("_")
            place = datetime.fromtimestamp(int(moment) // 1_000_000, UTC).replace(microsecond=int(moment) % 1_000_000)
            statement = statement.where(
                tuple_(Order.updated_at, Order.id) > tuple_(literal(place, UtcDateTime), literal(int(row_id)))
            )
    except (ValueError, OverflowError, OSError):
        return problem(
            400, "limit is 1 to 200, updated_since a time like 2026-11-24T10:00:00Z, after what `next` gave."
        )
    if args.get("status"):
        statement = statement.where(Order.status == args["status"])
    if args.get("sync_state"):
        if args["sync_state"] not in SyncState.ALL:
            return problem(400, f"sync_state is one of {', '.join(SyncState.ALL)}.")
        statement = statement.where(Order.sync_state == args["sync_state"])
    rows = list(db.session.scalars(statement.order_by(Order.updated_at, Order.id).limit(limit + 1)))
    page = rows[:limit]
    return jsonify({"orders": [_order(row) for row in page], "next": _cursor(page[-1]) if len(rows) > limit else None})


@blueprint.get("/orders/<tiktok_order_id>")
def order(tiktok_order_id: str) -> ResponseReturnValue:
    """One order by TikTok's number."""
    row = db.session.scalars(select(Order).where(Order.tiktok_order_id == tiktok_order_id[:40])).one_or_none()
    return problem(404, "No such order is known.") if row is None else jsonify(_order(row))


def _cursor(row: Order) -> str:
    # Exact to the microsecond: a float would lose the last digits, and with them an order.
    at = row.updated_at
    return f"{int(at.replace(microsecond=0).timestamp()) * 1_000_000 + at.microsecond}_{row.id}"


def _order(row: Order) -> dict[str, Any]:
    document = row.document or {}
    found: dict[str, Any] = {
        "tiktok_order_id": row.tiktok_order_id,
        "status": row.status or None,
        "sync_state": row.sync_state,
        "error": {"code": row.error_code, "message": row.error_message} if row.error_code else None,
        "magento_order_id": row.magento_order_id,
        "magento_increment_id": row.magento_increment_id or None,
        "total": {
            "amount": None if row.total_amount is None else str(row.total_amount),
            "currency": row.currency or None,
        },
        "magento_total": {
            "amount": None if row.magento_grand_total is None else str(row.magento_grand_total),
            "currency": row.magento_currency or None,
        },
        "country": row.country or None,
        "created_at": _time(row.create_time),
        "paid_at": _time(row.paid_time),
        "ship_by": _time(row.ship_by),
        "updated_at": _time(row.updated_at),
        "tracking_number": row.tracking_number or None,
        "shipping_provider": row.shipping_provider or None,
        "items": [
            {
                "product_name": str(item.get("product_name") or ""),
                "seller_sku": str(item.get("seller_sku") or ""),
                "sale_price": str(item.get("sale_price") or ""),
            }
            for item in document.get("line_items") or ()
        ],
    }
    if g.may_read_buyers:
        found["recipient"] = document.get("recipient_address")
        found["buyer_email"] = document.get("buyer_email") or None
    return found


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
