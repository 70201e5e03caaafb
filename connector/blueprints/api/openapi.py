"""The OpenAPI document of the JSON API. A test holds every answer against it."""

from __future__ import annotations

from typing import Any

from connector.domain.statuses import SyncState

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_TIME = {"type": ["string", "null"], "format": "date-time"}
_MONEY = {
    "type": "object",
    "required": ["amount", "currency"],
    "additionalProperties": False,
    "properties": {"amount": _MAYBE_TEXT, "currency": _MAYBE_TEXT},
}
_ORDER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "tiktok_order_id",
        "status",
        "sync_state",
        "error",
        "magento_order_id",
        "magento_increment_id",
        "items",
    ],
    "properties": {
        "tiktok_order_id": _TEXT,
        "status": {**_MAYBE_TEXT, "description": "TikTok's status, such as AWAITING_SHIPMENT; null until it was read."},
        "sync_state": {"type": "string", "enum": list(SyncState.ALL)},
        "error": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {"code": _TEXT, "message": _TEXT},
        },
        "magento_order_id": {"type": ["integer", "null"]},
        "magento_increment_id": _MAYBE_TEXT,
        "total": {**_MONEY, "description": "What TikTok says that the buyer paid."},
        "magento_total": {**_MONEY, "description": "The Magento order's grand total."},
        "country": _MAYBE_TEXT,
        "created_at": _MAYBE_TIME,
        "paid_at": _MAYBE_TIME,
        "ship_by": _MAYBE_TIME,
        "updated_at": _MAYBE_TIME,
        "tracking_number": _MAYBE_TEXT,
        "shipping_provider": _MAYBE_TEXT,
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"product_name": _TEXT, "seller_sku": _TEXT, "sale_price": _TEXT},
            },
        },
        "recipient": {"type": ["object", "null"], "description": "Only with the scope buyers:read."},
        "buyer_email": {**_MAYBE_TEXT, "description": "Only with the scope buyers:read."},
    },
}
_PROBLEM = {
    "description": "What is wrong, in `title`.",
    "content": {
        "application/problem+json": {
            "schema": {"type": "object", "properties": {"status": {"type": "integer"}, "title": _TEXT}}
        }
    },
}


def _answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "The answer.", "content": {"application/json": {"schema": schema}}}


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "TikTok Shop connector: orders", "version": "1", "description": "Read-only. Times are UTC."},
    "security": [{"token": []}],
    "paths": {
        "/orders": {
            "get": {
                "operationId": "listOrders",
                "summary": "Orders by the time of their last change, the oldest first",
                "parameters": [
                    _query(
                        "updated_since", "Only what changed from then on.", {"type": "string", "format": "date-time"}
                    ),
                    _query("status", "TikTok's status.", _TEXT),
                    _query("sync_state", "How far the order is.", {"type": "string", "enum": list(SyncState.ALL)}),
                    _query("limit", "Orders a page.", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
                    _query("after", "What `next` of the page before gave.", _TEXT),
                ],
                "responses": {
                    "200": _answer(
                        {
                            "type": "object",
                            "required": ["orders", "next"],
                            "properties": {
                                "orders": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
                                "next": {**_MAYBE_TEXT, "description": "For `after`; null on the last page."},
                            },
                        }
                    ),
                    "400": _PROBLEM,
                    "401": _PROBLEM,
                    "403": _PROBLEM,
                },
            }
        },
        "/orders/{tiktok_order_id}": {
            "get": {
                "operationId": "getOrder",
                "summary": "One order",
                "parameters": [{"name": "tiktok_order_id", "in": "path", "required": True, "schema": _TEXT}],
                "responses": {
                    "200": _answer({"$ref": "#/components/schemas/Order"}),
                    "401": _PROBLEM,
                    "403": _PROBLEM,
                    "404": _PROBLEM,
                },
            }
        },
    },
    "components": {
        "schemas": {"Order": _ORDER},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}
