"""The connections under `connector.http.send`: each call has an end by the clock, and some reach public addresses only.

Knows nothing of what is sent. Sessions come from here, so that the clock also holds while headers drip in.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connector.deadlines import Watch

# urllib3 writes URLs into its debug log and into warnings (of headers that it cannot read, of tries), and some of TikTok's
# carry the app's secret. What goes wrong with a call is told by what it raises.
logging.getLogger("urllib3").setLevel(logging.ERROR)


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
    except (OSError, UnicodeError) as error:  # UnicodeError: a label of more than 63 letters
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
def watched(seconds: float) -> Iterator[Watch]:
    """The calls of this thread inside the block end after so many seconds."""
    watch = _this_thread.watch = Watch(seconds)
    try:
        yield watch
    finally:
        watch.stop()
        _this_thread.watch = None
