"""How many requests of a kind one process works on at a time, and for how long one may keep a thread waiting for its body.

gunicorn gives a process 8 threads (gunicorn.conf.py). Log-ins may take four of them, webhooks six: whoever floods one leaves
room for the other, and for the panel. One request more is not made to wait, it is told to come again.

Its threads wait for a request's body as long as the sender likes: with some requests that never come to their end, nothing
would be answered any more. So the body is given BODY_SECONDS, and is read before any of the places above is taken.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from connector.deadlines import Watch

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: For each piece of a body that is read at once: 64 KiB, so all of a webhook and of a form without a file.
BODY_SECONDS = 10.0


class AtOnce:
    """At most `most` holders at a time."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Gives whether there was room; where there was none, nothing is held."""
        if not self._free.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            self._free.release()


LOG_INS = AtOnce(4)
WEBHOOKS = AtOnce(6)


class InTime:
    """A WSGI app whose requests' bodies are waited for BODY_SECONDS, where gunicorn serves it; then their connection is shut."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sock = environ.get("gunicorn.socket")
        if sock is not None:
            environ["wsgi.input"] = _Body(environ["wsgi.input"], sock)
        return self._app(environ, start_response)


class _Body:
    """A body that ends with an error when it does not come. werkzeug reads it, by `read` alone and in pieces of 64 KiB.

    Not by a time-out of the socket: that begins anew with each byte that comes.
    """

    def __init__(self, body: IO[bytes], sock: socket.socket) -> None:
        self._body = body
        self._socket = sock

    def read(self, size: int = -1) -> bytes:
        watch = Watch(BODY_SECONDS)
        try:
            watch.guard(self._socket)
            piece = self._body.read(size)
        finally:
            watch.stop()
        if watch.expired:
            raise TimeoutError  # which werkzeug answers as any body that ends before its end: 400
        return piece
