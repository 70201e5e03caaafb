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
from connector.redaction import without_rows

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
        for name in (*_NEVER, "url"):  # the path may be a link that sets a password; `transaction` names the view
            request.pop(name, None)
    raised = event.get("exception")
    for one in raised.get("values") or [] if isinstance(raised, MutableMapping) else []:
        if one.get("value"):
            one["value"] = without_rows(str(one["value"]))
    said = event.get("logentry")
    if isinstance(said, MutableMapping):
        said.pop("params", None)
        for name in ("message", "formatted"):
            if name in said:
                said[name] = without_rows(str(said[name]))
    crumbs = event.get("breadcrumbs")
    values = crumbs.get("values", []) if isinstance(crumbs, MutableMapping) else crumbs or []
    for crumb in values:
        _without_query(crumb)
    for span in event.get("spans") or []:
        _without_query(span)
    return event


def _without_query(crumb: Event) -> Event:
    if "message" in crumb:
        crumb["message"] = without_rows(str(crumb["message"]))
    data = crumb.get("data")
    if isinstance(data, MutableMapping):
        for name in _NEVER:
            data.pop(name, None)
        for name in ("url", "http.url"):
            if name in data:
                data[name] = str(data[name]).partition("?")[0]
    return crumb
