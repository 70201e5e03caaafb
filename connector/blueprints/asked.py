"""Numbers that come with an address or a form: what is none counts as not given, and none is larger than what a column holds."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

#: Rows are counted in 32 bits by PostgreSQL, which refuses to compare more; SQLite refuses from 64 on. No row has this one.
MOST = 2**31 - 1


def row_id(text: str) -> int | None:
    """The number that a text names, such as a row's id; None for what is none."""
    if not (text.isascii() and text.isdecimal()):
        return None
    return min(int(text[:20]), MOST)


def number(name: str, given: Mapping[str, str] | None = None) -> int | None:
    """A number of the query, or of what is `given` (a form); None where there is none."""
    return row_id((request.args if given is None else given).get(name, "").strip())


def page() -> int:
    """The page of a list, from 0 on."""
    return number("page") or 0
