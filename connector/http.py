"""One HTTP call with an end, and what may be shown of it afterwards. Shared by the two API clients.

`send` is the only way out: it bounds the whole call by the clock, follows no redirect (a redirected POST would be sent as
a GET, and credentials would go elsewhere), keeps no cookie and turns every failure of the wire into `CallFailed`.
It knows nothing of TikTok or Magento, and it never logs. `exchange_of` gives the request and answer as they may be shown
to a developer: without secrets and without personal data.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from connector import certificates
from connector.deadlines import Watch
from connector.domain.errors import Exchange, TryLater
from connector.redaction import redact_body, redact_headers, redact_text, redact_url
from connector.wire import PrivateAddress, kept_session, leads_inside, new_session, watched

__all__ = [
    "CALL_DEADLINE",
    "CONNECT_TIMEOUT",
    "MAX_BYTES",
    "CallFailed",
    "PrivateAddress",
    "Response",
    "exchange_of",
    "kept_session",
    "leads_inside",
    "listening",
    "new_session",
    "normal",
    "prepared",
    "redact_body",
    "redact_headers",
    "redact_text",
    "redact_url",
    "send",
]

CONNECT_TIMEOUT = 5.0
#: Seconds for one whole call, reading the answer included. A lease on an order has to be longer than this.
CALL_DEADLINE = 20.0
MAX_BYTES = 20 * 1024 * 1024
CHUNK = 64 * 1024

Kind = Literal["connect", "tls", "timeout", "cut", "too_large"]


class CallFailed(TryLater):
    """No usable answer came. `kind` says why; `maybe_done` whether the other side may have done what it was asked.

    Codes: `unreachable` (no connection: nothing was sent), `tls_failed` (nor here: TLS could not vouch for the other
    side, and the message says why), `timeout`, `connection_cut`, `answer_too_large`.
    """

    CODES: Mapping[str, str] = {
        "connect": "unreachable",
        "tls": "tls_failed",
        "timeout": "timeout",
        "cut": "connection_cut",
        "too_large": "answer_too_large",
    }

    def __init__(
        self, message: str, *, kind: Kind, reason: str = "", remedy: str = "", exchange: Exchange | None = None
    ) -> None:
        super().__init__(message, code=self.CODES[kind], remedy=remedy, exchange=exchange)
        self.kind = kind
        self.reason = reason  # the library's name for it, for logs

    @property
    def maybe_done(self) -> bool:
        return self.kind not in ("connect", "tls")


@dataclass(frozen=True, kw_only=True)
class Response:
    """A complete answer, whatever its status. `elapsed` is in seconds; `request` is what was sent."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    elapsed: float
    request: requests.PreparedRequest = field(repr=False)

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON with decimals as `Decimal`, so that no money ever becomes a float. Raises ValueError."""
        return json.loads(self.content, parse_float=Decimal)


# -- the call --------------------------------------------------------------------------------------------------------


_DEFAULT_HEADERS = dict(requests.utils.default_headers())


def prepared(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, auth: AuthBase | None = None
) -> requests.PreparedRequest:
    """A request to an address that is one already (see `normal`), without what a session would look up for each.

    No cookie, no `.netrc`: every request brings its own credentials.
    """
    request = requests.PreparedRequest()
    request.method, request.url, request.body = method, requests.utils.requote_uri(url), body
    request.headers = requests.structures.CaseInsensitiveDict({**_DEFAULT_HEADERS, **headers})
    if body is not None or method not in ("GET", "HEAD"):
        request.headers["Content-Length"] = str(len(body or b""))
    if auth is not None:
        request = auth(request)
    return request


@functools.lru_cache(maxsize=1024)
def normal(url: str) -> str:
    """An address as it goes over the wire: a name of a country's own letters in its ASCII form, for instance."""
    return str(requests.Request("GET", url).prepare().url)


def send(
    session: requests.Session,
    request: requests.PreparedRequest | requests.Request | Mapping[str, Any],
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    deadline: float = CALL_DEADLINE,
    max_bytes: int = MAX_BYTES,
) -> Response:
    """Send one request and read its whole answer within `deadline` seconds. Any HTTP status is an answer.

    `request` is a prepared request, a `requests.Request`, or the arguments of one. The session should come from
    `new_session()`. Nothing is retried. Raises `CallFailed`.
    """
    if isinstance(request, Mapping):
        request = requests.Request(**request)
    if isinstance(request, requests.Request):
        request = session.prepare_request(request)
    started = time.monotonic()
    failure: CallFailed
    with watched(deadline) as watch:
        try:
            settings = session.merge_environment_settings(request.url, {}, True, None, None)
            # Straight to the adapter: Session.send reads the body of a redirect without bound, even when told not to follow.
            raw = session.get_adapter(str(request.url)).send(
                request,
                timeout=(min(connect_timeout, deadline), deadline),
                **settings,  # type: ignore[arg-type]  # verify is never None here: the session's own is not
            )
            try:
                content = _read(raw, watch, max_bytes)
            finally:
                raw.close()
            elapsed = time.monotonic() - started
            response = Response(
                status=raw.status_code, headers=raw.headers, content=content, elapsed=elapsed, request=request
            )
            _tell(request, response)
            return response
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            kind: Kind = "timeout" if watch.expired else _kind_of(error, watch)
            failure = _failed(request, kind, error, time.monotonic() - started)
        except _TooLarge as error:
            failure = _failed(request, "too_large", error, time.monotonic() - started)
    _tell(request, failure)
    # Outside of the handlers: the library's error names the whole URL, and some URLs carry secrets. It must not hang on ours.
    raise failure


def _name_of(error: BaseException) -> str:
    """The library's name for a failure; for a refusal of ours that the library wrapped, ours."""
    inner = getattr(error.args[0], "reason", None) if error.args else None
    return "" if isinstance(error, _TooLarge) else type(inner if isinstance(inner, PrivateAddress) else error).__name__


class _TooLarge(Exception):
    pass


def _read(answer: requests.Response, watch: Watch, max_bytes: int) -> bytes:
    """The body, piece by piece as it comes: `read1` returns with what is there, `read` would wait for a full piece."""
    pieces: list[bytes] = []
    size = 0
    while piece := answer.raw.read1(CHUNK, decode_content=True):
        size += len(piece)
        if size > max_bytes:
            raise _TooLarge
        if watch.expired:
            raise TimeoutError
        pieces.append(piece)
    if watch.expired:  # the watch's shutdown looks like the end of the answer
        raise TimeoutError
    return b"".join(pieces)


def _kind_of(error: BaseException, watch: Watch) -> Kind:
    never_asked = requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError
    invalid = requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | requests.exceptions.InvalidProxyURL
    reason = getattr(error.args[0], "reason", None) if error.args else None  # what MaxRetryError carries
    if not watch.sent and certificates.error_in(error) is not None:
        return "tls"
    if isinstance(error, never_asked | invalid) or isinstance(reason, urllib3.exceptions.NewConnectionError):
        # TLS may also break after the request was sent, and then the other side may have acted on it.
        return "cut" if watch.sent else "connect"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "timeout"
    return "cut"


def _failed(request: requests.PreparedRequest, kind: Kind, error: BaseException, seconds: float) -> CallFailed:
    host = urlsplit(request.url or "").hostname or "the server"
    reason, remedy = _name_of(error), ""
    sentence = {
        "connect": f"{host} could not be reached.",
        "tls": f"{host} has no certificate that can be trusted.",
        "timeout": f"{host} did not answer in time.",
        "cut": f"The connection to {host} broke before the answer was complete.",
        "too_large": f"The answer of {host} was too large.",
    }[kind]
    if kind == "tls":
        sentence, remedy = certificates.in_words(host, certificates.error_in(error))
    elif reason == PrivateAddress.__name__:
        sentence = f"{host} leads into a private network, where the connector sends nothing."
    elif kind == "connect" and isinstance(_inner(error), urllib3.exceptions.NameResolutionError):
        sentence = f"The name {host} is not known on the internet (DNS)."
    exchange = exchange_of(request, seconds=seconds)
    return CallFailed(sentence, kind=kind, reason=reason, remedy=remedy, exchange=exchange)


def _inner(error: BaseException) -> object:
    """What MaxRetryError carries inside the library's own error, else the error itself."""
    return (getattr(error.args[0], "reason", None) if error.args else None) or error


# -- who listens -----------------------------------------------------------------------------------------------------

#: Gets each exchange as it may be shown, and why it failed ("": it did not).
Listener = Callable[[Exchange, str], None]
_listener: ContextVar[Listener | None] = ContextVar("http_listener", default=None)


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Tells `listener` of each exchange of this thread inside the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def _tell(request: requests.PreparedRequest, outcome: Response | CallFailed) -> None:
    listener = _listener.get()
    if listener is None:
        return
    if isinstance(outcome, Response):
        listener(exchange_of(request, outcome), "")
    elif outcome.exchange is not None:
        listener(outcome.exchange, outcome.message)


# -- what may be shown -----------------------------------------------------------------------------------------------


def _shown_body(request: requests.PreparedRequest) -> str:
    if str(request.headers.get("content-type", "")).startswith("multipart/"):
        return f"(a form with a file, {len(request.body or b''):,} bytes)"  # bytes of a picture say nothing to anybody
    return redact_body(request.body)


def exchange_of(
    request: requests.PreparedRequest, response: Response | None = None, *, seconds: float | None = None
) -> Exchange:
    """A request and its answer, if there was one, with secrets and personal data blanked and bodies cut to a few KB."""
    return Exchange(
        method=request.method or "",
        url=redact_url(request.url or ""),
        status=response.status if response else None,
        request_body=_shown_body(request),
        response_body=redact_body(response.content) if response else "",
        seconds=round(response.elapsed if response else seconds or 0.0, 3),
    )
