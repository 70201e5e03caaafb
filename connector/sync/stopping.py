"""A worker that is asked to stop finishes the call that it is in, and puts the rest of its work back.

Raised before the next call by whoever holds a lease: the order stays due and another worker goes on.
"""

from __future__ import annotations

import threading

_asked = threading.Event()


class Stopping(BaseException):
    """The process was asked to stop. Not an Exception: nothing on the way may take it for a failure of the order."""


def ask() -> None:
    """Asks the work of this process to stop before its next call. Safe in a signal handler."""
    _asked.set()


def check() -> None:
    """Raises Stopping when this process was asked to stop."""
    if _asked.is_set():
        raise Stopping


def forget() -> None:
    """Takes the asking back (tests)."""
    _asked.clear()
