"""signature-vectors.json as values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_VECTORS = json.loads((Path(__file__).parent / "signature-vectors.json").read_bytes())
APP_SECRET: str = _VECTORS["app_secret"]


@dataclass(frozen=True)
class RequestVector:
    case: str
    path: str
    query: list[tuple[str, str]]
    content_type: str | None
    body: str
    sign: str


@dataclass(frozen=True)
class WebhookVector:
    case: str
    app_key: str
    raw_body: str
    authorization: str


REQUESTS = [
    RequestVector(
        case=vector["case"],
        path=vector["path"],
        query=[(key, value) for key, value in vector["query"]],
        content_type=vector["content_type"],
        body=vector["body"] or "",
        sign=vector["sign"],
    )
    for vector in _VECTORS["requests"]
]
WEBHOOKS = [WebhookVector(**vector) for vector in _VECTORS["webhooks"]]
