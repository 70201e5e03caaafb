"""One reason, as a person reads it."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """`code` is stable; `what` says what happened or what is waited for, `todo` what a person does ("Nothing." if nothing)."""

    code: str
    what: str
    todo: str
