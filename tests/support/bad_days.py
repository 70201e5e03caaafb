"""Bad days: a case is tried once as it should go, and again with something becoming of one of its calls."""

from __future__ import annotations

import os
import random
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from connector import http
from connector.http import CallFailed

#: What may become of one call: nothing was done and no answer came; it was done and no answer came; it was done twice (by
#: something between us and them that sends again what it is not sure of), and the second answer came.
FAILS, UNSEEN, TWICE = "fails", "worked unseen", "done twice"
FAULTS = (FAILS, UNSEEN, TWICE)
#: Calls that add something each time they are made: nobody but the one who doubles them could keep them from counting twice.
ADDING = re.compile(r"POST .*(/items|/comments|/refund|/ship|/track)$")
#: By default each case has few bad days; BAD_DAYS=all gives it one for each of its calls and faults (an hour in all).
ALL = os.environ.get("BAD_DAYS") == "all"


class Line:
    """The line to both sides: which calls are made (method and path without numbers), and what becomes of one of them."""

    def __init__(self, patch: pytest.MonkeyPatch, place: int = -1, fault: str = "") -> None:
        self.calls: list[str] = []
        self.place, self.fault = place, fault
        self._send = http.send
        patch.setattr(http, "send", self.send)

    def send(self, session: Any, request: Any, **options: Any) -> Any:
        self.calls.append(f"{request.method} {re.sub(r'[0-9]{1,30}', '0', urlsplit(str(request.url)).path)}")
        is_struck = len(self.calls) == self.place + 1
        if is_struck and self.fault == FAILS:
            raise CallFailed("It did not answer in time.", kind="connect")
        answer = self._send(session, request, **options)
        if is_struck and self.fault == UNSEEN:
            raise CallFailed("It did not answer in time.", kind="timeout")
        if is_struck and self.fault == TWICE:
            return self._send(session, request, **options)
        return answer


def bad_days(name: str, calls: list[str], most: int = 1) -> list[tuple[int, str]]:
    """The (place of a call, fault) with which a case is tried: so many as its name draws, most of them at changing calls."""
    days = [
        (place, fault)
        for place, call in enumerate(calls)
        for fault in FAULTS
        if fault != TWICE or not ADDING.match(call)
    ]
    if ALL:
        return days
    first = {(calls[place], fault): (place, fault) for place, fault in reversed(days)}
    draw = random.Random(name)
    kinds = sorted(first)
    changing = [kind for kind in kinds if not _is_read(kind[0])]
    drawn = []
    while kinds and len(drawn) < most:
        kind = draw.choice(changing if changing and draw.random() < 2 / 3 else kinds)
        drawn.append(first[kind])
        kinds.remove(kind)
        changing = [kind for kind in changing if kind in kinds]
    return drawn


def _is_read(call: str) -> bool:
    return call.startswith("GET") or call.endswith("/search")
