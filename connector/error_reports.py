"""Errors are reported to Sentry when SENTRY_DSN is set, without secrets and without personal data.

TikTok's requests carry the app's key and the signature in the query, and the token server's the app's secret: no query
leaves this process. Neither do bodies, headers, cookies or local variables, which hold buyers' names and addresses.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import sentry_sdk

from connector import logs
from connector.config import Config

Event = MutableMapping[str, Any]
#: What Sentry's integrations note of requests, outgoing and incoming.
_NEVER = ("http.query", "http.fragment", "query_string", "data", "cookies", "headers", "env", "body")


def configure(config: Config) -> None:
    """Starts reporting, if the setting says where to."""
    if not config.sentry_dsn:
        return
    sentry_sdk.init(
        dsn=config.sentry_dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_before_send,  # type: ignore[arg-type]
        before_breadcrumb=_before_breadcrumb,  # type: ignore[arg-type]
    )


def _before_send(event: Event, _hint: Any) -> Event:
    return scrubbed(event)


def _before_breadcrumb(crumb: Event, _hint: Any) -> Event:
    return _without_query(crumb)


def scrubbed(event: Event) -> Event:
    """An event without what must not leave, with the ids of its unit of work as tags."""
    event["tags"] = {**dict(event.get("tags") or {}), **logs.current_ids()}
    event.pop("user", None)
    request = event.get("request")
    if isinstance(request, MutableMapping):
        for name in _NEVER:
            request.pop(name, None)
        if "url" in request:
            request["url"] = str(request["url"]).partition("?")[0]
    crumbs = event.get("breadcrumbs")
    values = crumbs.get("values", []) if isinstance(crumbs, MutableMapping) else crumbs or []
    for crumb in values:
        _without_query(crumb)
    for span in event.get("spans") or []:
        _without_query(span)
    return event


def _without_query(crumb: Event) -> Event:
    data = crumb.get("data")
    if isinstance(data, MutableMapping):
        for name in _NEVER:
            data.pop(name, None)
        for name in ("url", "http.url"):
            if name in data:
                data[name] = str(data[name]).partition("?")[0]
    return crumb
