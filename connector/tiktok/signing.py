"""How TikTok Shop signs: our requests, and its webhooks. Pure, and never sees more than it needs.

Rests on reference/tiktok/README.md, "Requests" and "Webhooks", and on its signature-vectors.json.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

#: Never part of what is signed, though they may stand in the query.
UNSIGNED = frozenset({"sign", "access_token"})


def sign_request(
    *,
    app_secret: str,
    path: str,
    query: Iterable[tuple[str, str]],
    body: bytes = b"",
    content_type: str | None = None,
) -> str:
    """The `sign` of a request: lowercase hex.

    `path` as it stands in the request line, `query` decoded, `body` the bytes as sent (left out when multipart).
    """
    pairs = sorted((pair for pair in query if pair[0] not in UNSIGNED), key=lambda pair: pair[0])
    is_multipart = (content_type or "").lower().startswith("multipart/form-data")
    signed = b"".join(
        [
            app_secret.encode(),
            path.encode(),
            *(f"{key}{value}".encode() for key, value in pairs),
            b"" if is_multipart else body,
            app_secret.encode(),
        ]
    )
    return hmac.new(app_secret.encode(), signed, hashlib.sha256).hexdigest()


def sign_webhook(*, app_key: str, app_secret: str, raw: bytes) -> str:
    """What the `Authorization` header of a webhook with this body is: lowercase hex."""
    return hmac.new(app_secret.encode(), app_key.encode() + raw, hashlib.sha256).hexdigest()
