"""Documents and clients that take only what matters to a test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connector.tiktok.client import TikTokApp, TikTokClient, Tokens

APP = TikTokApp(app_key="6a1b2c3d", app_secret="APP-SECRET", api_url="https://api.test", auth_url="https://auth.test")


def make_tokens(access_token: str = "ACCESS-OLD", refresh_token: str = "REFRESH-OLD") -> Tokens:
    return Tokens(access_token, refresh_token, datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))


def make_client(**options: Any) -> TikTokClient:
    options.setdefault("tokens", make_tokens())
    options.setdefault("sleep", lambda seconds: None)
    return TikTokClient(APP, "CIPHER", **options)


def make_document(**members: Any) -> dict[str, Any]:
    """The least that is an order, and what a test adds."""
    return {
        "id": "576461413038785752",
        "status": "AWAITING_SHIPMENT",
        "create_time": 1764000000,
        "update_time": 1764000060,
        "payment": {"currency": "GBP", "total_amount": "30.00"},
        "line_items": [make_line()],
        **members,
    }


def make_line(**members: Any) -> dict[str, Any]:
    return {"id": "11", "sku_id": "s1", "seller_sku": "MUG-RED", "sale_price": "30.00", **members}
