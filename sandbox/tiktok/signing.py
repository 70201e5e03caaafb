"""TikTok Shop's two signatures, written for the sandbox alone so that it can catch the connector's mistakes."""

import hashlib
import hmac
from collections.abc import Iterable

UNSIGNED = frozenset({"sign", "access_token"})


def sign_request(
    secret: str, path: str, query: Iterable[tuple[str, str]], body: bytes = b"", content_type: str | None = None
) -> str:
    """The `sign` of a request: lowercase hex HMAC-SHA256 keyed with the app secret.

    Signed is secret + path + the query's decoded keys and values, sorted by key + the raw body (unless it is
    multipart) + secret; `sign` and `access_token` are left out.
    """
    parts = [secret.encode(), path.encode()]
    for key, value in sorted((pair for pair in query if pair[0] not in UNSIGNED), key=lambda pair: pair[0]):
        parts += [key.encode(), value.encode()]
    if not (content_type or "").lower().startswith("multipart/form-data"):
        parts.append(body)
    parts.append(secret.encode())
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).hexdigest()


def sign_webhook(secret: str, app_key: str, raw_body: bytes) -> str:
    """The `Authorization` header of a webhook: lowercase hex HMAC-SHA256 over app key + body as sent."""
    return hmac.new(secret.encode(), app_key.encode() + raw_body, hashlib.sha256).hexdigest()
