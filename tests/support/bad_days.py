"""Bad days: a case is tried once as it should go, and again with something becoming of one of its calls.

Done twice (by something between us and them that sends again what it is not sure of) is tried with each call, also with
those that add something each time; either answer may be the one that comes. What comes of it, and why it comes right:

- a credit memo, a shipment, an invoice, placing a cart: the second finds nothing left, and Magento refuses it (recordings 41,
  45, 68; a quantity that is used up). A refusal is believed after a look only: what the first made is found by its mark.
- an item put into a cart: Magento has the sum. It says how many pieces the cart holds when the address is set (65), before
  anything is placed, and the cart is put right. Only a cart of nothing but virtual products, and one with options, isn't told
  so: the placed order is compared with what was ordered, and says quantity_mismatch.
- a tracking number put onto a shipment: it is there twice, seen by looking, and one is removed.
- what is asked of TikTok: TikTok's own lists are read before and after, and its second answer is a refusal that is not believed.
- a comment: stands there twice (`comments_of` allows it). Magento's API removes no comment, and nothing else follows of it.

Not to be had right by anybody but who doubles it: a credit memo of money alone or of some of several equal pieces, and a
shipment of some of them. Magento takes the second as readily as the first, has no key for a request, and undoes neither. Of
the credit memo the order says so (tests/sync/test_returns.py); such cases are not among those that are tried here.
"""

from __future__ import annotations

import os
import random
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from connector import http
from connector.http import CallFailed

#: What may become of one call: nothing was done and no answer came; it was done and no answer came; it was done twice, and the
#: second answer came, or the first.
FAILS, UNSEEN, TWICE, AGAIN = "fails", "worked unseen", "done twice", "done again unseen"
FAULTS = (FAILS, UNSEEN, TWICE, AGAIN)
#: A call that adds a comment.
COMMENTING = re.compile(r"POST .*/comments$")
#: By default each case has few bad days; BAD_DAYS=all gives it one for each of its calls and faults (`make bad-days`: half an
#: hour).
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
        if is_struck and self.fault in (TWICE, AGAIN):
            second = self._send(session, request, **options)
            return second if self.fault == TWICE else answer
        return answer


def bad_days(name: str, calls: list[str], most: int = 1) -> list[tuple[int, str]]:
    """The (place of a call, fault) with which a case is tried: so many as its name draws, most of them at changing calls."""
    days = [(place, fault) for place in range(len(calls)) for fault in FAULTS]
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


def comments_of(comments: list[str], call: str, fault: str) -> list[str]:
    """The comments that should each stand there once: without one that was added twice, where that is what happened."""
    left = list(comments)
    if fault in (TWICE, AGAIN) and COMMENTING.match(call):
        doubled = next((text for text in left if left.count(text) == 2), None)
        assert doubled is not None
        left.remove(doubled)
    return left


def _is_read(call: str) -> bool:
    return call.startswith("GET") or call.endswith("/search")
