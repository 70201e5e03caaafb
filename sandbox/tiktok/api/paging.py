"""Paging as TikTok does it: a size, an opaque token, a total count; what is added meanwhile can shift the pages."""

import base64
import binascii
from typing import Any

from sandbox.tiktok.errors import bad_request


def _read_token(token: str) -> int:
    try:
        kind, _, offset = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if kind != "offset":
            raise ValueError(kind)
        return int(offset)
    except (binascii.Error, ValueError) as error:
        raise bad_request("'page_token' is invalid") from error


def page(found: list[Any], query: dict[str, Any], default_size: int = 20) -> tuple[list[Any], dict[str, Any]]:
    """The page of `found` that the query asks for, and `next_page_token` (empty: the last) with `total_count`.

    Raises ApiError for a token that the sandbox did not give.
    """
    size = int(query.get("page_size", default_size))
    start = _read_token(query["page_token"]) if query.get("page_token") else 0
    end = start + size
    token = base64.urlsafe_b64encode(f"offset:{end}".encode()).decode() if end < len(found) else ""
    return found[start:end], {"next_page_token": token, "total_count": len(found)}
