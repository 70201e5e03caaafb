"""One HTTP call with an end, and what may be shown of it afterwards. Shared by the two API clients.

`send` is the only way out: it bounds the whole call by the clock, follows no redirect (a redirected POST would be sent as
a GET, and credentials would go elsewhere), keeps no cookie and turns every failure of the wire into `CallFailed`.
It knows nothing of TikTok or Magento, and it never logs. `exchange_of` gives the request and answer as they may be shown
to a developer: without secrets and without personal data.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connector.deadlines import Watch
from connector.domain.errors import Exchange, TryLater
from connector.redaction import redact_body, redact_headers, redact_text, redact_url

__all__ = [
    "CALL_DEADLINE",
    "CONNECT_TIMEOUT",
    "MAX_BYTES",
    "CallFailed",
    "Response",
    "exchange_of",
    "kept_session",
    "new_session",
    "normal",
    "prepared",
    "redact_body",
    "redact_headers",
    "redact_text",
    "redact_url",
    "send",
]

# urllib3 writes every URL to its debug log, and some of TikTok's carry the app's secret.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

CONNECT_TIMEOUT = 5.0
#: Seconds for one whole call, reading the answer included. A lease on an order has to be longer than this.
CALL_DEADLINE = 20.0
MAX_BYTES = 20 * 1024 * 1024
CHUNK = 64 * 1024

Kind = Literal["connect", "timeout", "cut", "too_large"]


class CallFailed(TryLater):
    """No usable answer came. `kind` says why; `maybe_done` whether the other side may have done what it was asked.

    Codes: `unreachable` (no connection, or refused by TLS: nothing was sent), `timeout`, `connection_cut`, `answer_too_large`.
    """

    CODES: Mapping[str, str] = {
        "connect": "unreachable",
        "timeout": "timeout",
        "cut": "connection_cut",
        "too_large": "answer_too_large",
    }

    def __init__(self, message: str, *, kind: Kind, reason: str = "", exchange: Exchange | None = None) -> None:
        super().__init__(message, code=self.CODES[kind], exchange=exchange)
        self.kind = kind
        self.reason = reason  # the library's name for it, for logs

    @property
    def maybe_done(self) -> bool:
        return self.kind != "connect"


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


# -- the connections ---------------------------------------------------------------------------------------------------


_this_thread = threading.local()


def _about_to_send(sock: socket.socket | None) -> None:
    watch: Watch | None = getattr(_this_thread, "watch", None)
    if watch is not None and sock is not None:
        watch.guard(sock)


class _WatchedHTTP(HTTPConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _about_to_send(self.sock)
        super().send(data)


class _WatchedHTTPS(HTTPSConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _about_to_send(self.sock)
        super().send(data)


class PrivateAddress(urllib3.exceptions.NewConnectionError):
    """A name that leads into a private network, where only public addresses may be called."""


def leads_inside(address: str) -> bool:
    """Whether an IP address is private, loopback, link-local, multicast or otherwise not of the public internet."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # IPv4 in IPv6 clothes: ::ffff:10.0.0.1, and 64:ff9b::10.0.0.1 behind a NAT64.
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return not ip.is_global or ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _refuse_inside(connection: HTTPConnection, addresses: Iterable[str]) -> None:
    if any(leads_inside(address) for address in addresses):
        raise PrivateAddress(connection, f"{connection.host} leads into a private network")


def _public_connection(connection: HTTPConnection, connect: Callable[[], socket.socket]) -> socket.socket:
    """A connection to a public address. The name is looked at before, so that nothing inside is even knocked at, and the
    other end after, since the name may have changed between the two looks."""
    try:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise urllib3.exceptions.NameResolutionError(connection.host, connection, error) from error  # type: ignore[arg-type]
    _refuse_inside(connection, (str(where[4][0]) for where in found))
    sock = connect()
    try:
        _refuse_inside(connection, [str(sock.getpeername()[0])])
    except BaseException:
        sock.close()
        raise
    return sock


class _PublicHTTP(_WatchedHTTP):
    def _new_conn(self) -> socket.socket:
        return _public_connection(self, super()._new_conn)


class _PublicHTTPS(_WatchedHTTPS):
    def _new_conn(self) -> socket.socket:
        return _public_connection(self, super()._new_conn)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTP


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPS


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class _Session(requests.Session):
    """A session that looks once for each server what the environment says of proxies and certificates."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[tuple[str, str], Any] = {}

    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        parts = urlsplit(url)
        found = self._found.get((parts.scheme, parts.netloc))
        if found is None:
            found = self._found[parts.scheme, parts.netloc] = super().merge_environment_settings(url, *args)
        return found


def new_session(*, public_only: bool = False) -> requests.Session:
    """A session for `send`: with it the deadline also holds while headers drip in.

    `public_only`: connect to addresses of the public internet only, whatever the name says at that moment. (Through a
    proxy of the environment the proxy connects, and has to see to it.)
    """
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _PublicAdapter() if public_only else _WatchedAdapter())
    return session


def kept_session(*, public_only: bool = False) -> requests.Session:
    """This thread's own session: a worker keeps its connections (and their TLS) from one order to the next.

    Nothing else is kept: `send` stores no cookie, and every request brings its own credentials.
    """
    name = "public_session" if public_only else "session"
    session: requests.Session | None = getattr(_this_thread, name, None)
    if session is None:
        session = new_session(public_only=public_only)
        setattr(_this_thread, name, session)
    return session


@contextmanager
def _watched(seconds: float) -> Iterator[Watch]:
    watch = _this_thread.watch = Watch(seconds)
    try:
        yield watch
    finally:
        watch.stop()
        _this_thread.watch = None


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
    with _watched(deadline) as watch:
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
            return Response(
                status=raw.status_code, headers=raw.headers, content=content, elapsed=elapsed, request=request
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            kind: Kind = "timeout" if watch.expired else _kind_of(error, watch)
            failure = _failed(request, kind, _name_of(error), time.monotonic() - started)
        except _TooLarge:
            failure = _failed(request, "too_large", "", time.monotonic() - started)
    # Outside of the handlers: the library's error names the whole URL, and some URLs carry secrets. It must not hang on ours.
    raise failure


def _name_of(error: BaseException) -> str:
    """The library's name for a failure; for a refusal of ours that the library wrapped, ours."""
    inner = getattr(error.args[0], "reason", None) if error.args else None
    return type(inner if isinstance(inner, PrivateAddress) else error).__name__


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
    if isinstance(error, never_asked | invalid) or isinstance(reason, urllib3.exceptions.NewConnectionError):
        # TLS may also break after the request was sent, and then the other side may have acted on it.
        return "cut" if watch.sent else "connect"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "timeout"
    return "cut"


def _failed(request: requests.PreparedRequest, kind: Kind, reason: str, seconds: float) -> CallFailed:
    host = urlsplit(request.url or "").hostname or "the server"
    sentence = {
        "connect": f"{host} could not be reached.",
        "timeout": f"{host} did not answer in time.",
        "cut": f"The connection to {host} broke before the answer was complete.",
        "too_large": f"The answer of {host} was too large.",
    }[kind]
    if reason == PrivateAddress.__name__:
        sentence = f"{host} leads into a private network, where the connector sends nothing."
    return CallFailed(sentence, kind=kind, reason=reason, exchange=exchange_of(request, seconds=seconds))


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
