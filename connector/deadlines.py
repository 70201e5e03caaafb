"""The end of a call: its sockets are shut when its time is over, whatever blocks.

One thread of the process looks after all calls (a thread a call took a third of a call's time). It sleeps until the next
deadline; a call that ends in time costs it nothing.
"""

from __future__ import annotations

import os
import socket
import threading
import time

#: How long the thread sleeps while there is no call.
IDLE = 3600.0


class Watch:
    """Ends one call at its deadline by shutting its socket, from another thread: nothing that blocks can outlast it."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds
        self.sent = False  # whether anything may have reached the other side
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._expired = False
        _guardian.add(self)

    @property
    def remaining(self) -> float:
        return self.ends_at - time.monotonic()

    @property
    def expired(self) -> bool:
        return self._expired or self.remaining <= 0

    def guard(self, sock: socket.socket) -> None:
        """Shut this socket at the deadline. Raises at once when that has passed: nothing is sent too late."""
        with self._lock:
            if self.expired:
                raise TimeoutError("the call's time is over")
            self._sockets.add(sock)
            self.sent = True

    def stop(self) -> None:
        """The call is over: its connection may be used again by another, so let go of it."""
        _guardian.remove(self)
        with self._lock:
            self._sockets.clear()

    def expire(self) -> None:
        """The time is over. Called by the guardian."""
        with self._lock:
            self._expired = True
            for sock in self._sockets:
                try:
                    # Not SSLSocket.shutdown, which would take the TLS layer away under the reading thread.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
                except OSError:  # already closed by either side, which is what is wanted
                    pass


class _Guardian:
    """The thread that ends calls. Started by the first call; a forked child starts its own."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._watches: set[Watch] = set()
        self._thread: threading.Thread | None = None
        self._wakes_at = 0.0

    def add(self, watch: Watch) -> None:
        with self._changed:
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif watch.ends_at < self._wakes_at:
                self._changed.notify()

    def remove(self, watch: Watch) -> None:
        # The thread is not woken for it: it finds nothing to do at the time at which it would have ended the call.
        with self._changed:
            self._watches.discard(watch)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for watch in [watch for watch in self._watches if watch.ends_at <= now]:
                    self._watches.discard(watch)
                    watch.expire()
                self._wakes_at = min((watch.ends_at for watch in self._watches), default=now + IDLE)
                self._changed.wait(self._wakes_at - now)


_guardian = _Guardian()
os.register_at_fork(after_in_child=_guardian.forget)
