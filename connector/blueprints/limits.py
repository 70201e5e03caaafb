"""How many requests of a kind one process works on at a time, so that no kind takes every thread.

gunicorn gives a process 8 threads (gunicorn.conf.py). Log-ins may take four of them, webhooks six: whoever floods one leaves
room for the other, and for the panel. One request more is not made to wait, it is told to come again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


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
