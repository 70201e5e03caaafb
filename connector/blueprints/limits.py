"""How many requests of a kind one process works on at a time, and for how long one may keep a thread waiting for its body.

gunicorn gives a process 8 threads (gunicorn.conf.py). Log-ins may take four of them, webhooks six: whoever floods one leaves
room for the other, and for the panel. One request more is not made to wait, it is told to come again.

Its threads wait for a request's body as long as the sender likes: with some requests that never come to their end, nothing
would be answered any more. So the body is given BODY_SECONDS, and is read before any of the places above is taken; while
several are waited for, one more is given little time.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from connector.deadlines import Watch

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: For each piece of a body that is read at once: 64 KiB, so all of a webhook and of a form without a file.
BODY_SECONDS = 10.0
#: The same while so many are waited for as may take a thread each for that long. What is under way comes within this, too.
HURRIED_SECONDS = 1.0


class AtOnce:
    """At most `most` holders at a time."""

    def __init__(self, most: int) -> None:
        self.most = most
        # Taking from it and giving back are one step each for threads, in a twentieth of a semaphore's time.
        self._free = deque([None] * most)

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Gives whether there was room; where there was none, nothing is held."""
        try:
            self._free.pop()
            has_room = True
        except IndexError:
            has_room = False
        try:
            yield has_room
        finally:
            if has_room:
                self._free.append(None)


LOG_INS = AtOnce(4)
WEBHOOKS = AtOnce(6)
BODIES = AtOnce(4)


class InTime:
    """A WSGI app whose requests' bodies are waited for as said above, where gunicorn serves it; then their connection is shut."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sock = environ.get("gunicorn.socket")
        if sock is not None:
            environ["wsgi.input"] = _Body(environ["wsgi.input"], sock, environ.get("CONTENT_LENGTH", ""))
        return self._app(environ, start_response)


class _Body:
    """A body that ends with an error when it does not come. werkzeug reads it, by `read` alone and in pieces of 64 KiB.

    Not by a time-out of the socket: that begins anew with each byte that comes.
    """

    def __init__(self, body: IO[bytes], sock: socket.socket, length: str) -> None:
        self._body = body
        self._socket = sock
        self._left = int(length) if length.isdecimal() else None

    def read(self, size: int = -1) -> bytes:
        if self._left == 0:
            return b""  # werkzeug asks once more after the end
        with BODIES.hold() as has_room:
            watch = Watch(BODY_SECONDS if has_room else HURRIED_SECONDS)
            try:
                watch.guard(self._socket)
                piece = self._body.read(size)
            finally:
                watch.stop()
        if self._left is not None:
            self._left -= len(piece)
        if watch.expired:
            raise TimeoutError  # which werkzeug answers as any body that ends before its end: 400
        return piece
