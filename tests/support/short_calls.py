"""Calls to the outside that end soon, for tests of time-outs."""

from __future__ import annotations

import pytest

from connector import http
from connector.tiktok.caller import Caller

SECONDS = 0.6


def short_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls end after 0.6 seconds (the deadline is a default argument, which a patched constant would not change)."""
    monkeypatch.setitem(http.send.__kwdefaults__, "deadline", SECONDS)
    monkeypatch.setitem(Caller.__init__.__kwdefaults__, "deadline", SECONDS)  # type: ignore[misc]
