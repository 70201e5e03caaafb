"""Structured log lines (logfmt: `name=value` pairs) that carry the ids of the unit of work they belong to.

    time=2026-11-24T22:14:05.120Z level=info logger=connector.sync.converge row=12 order=576461… msg="step CreateInMagento"

The same ids go from the web (event) to the worker (event, row, order) and to each call. No personal data, no secrets: ids
and codes only.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connector.redaction import without_rows

if TYPE_CHECKING:
    from flask import Flask

_ids: ContextVar[Mapping[str, str]] = ContextVar("log_ids", default={})  # noqa: B039  (never changed in place)


@contextmanager
def ids(**values: object) -> Iterator[None]:
    """Adds `name=value` pairs to every log line inside the block; also those that `also` adds meanwhile end with it."""
    token = _ids.set({**_ids.get(), **{name: str(value) for name, value in values.items()}})
    try:
        yield
    finally:
        _ids.reset(token)


def also(**values: object) -> None:
    """Adds ids that became known inside a block of `ids`."""
    _ids.set({**_ids.get(), **{name: str(value) for name, value in values.items()}})


def current_ids() -> Mapping[str, str]:
    """The ids of the unit of work, for error reports."""
    return _ids.get()


class Logfmt(logging.Formatter):
    """One line a record; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        pairs = {
            "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            **_ids.get(),
            "msg": without_rows(record.getMessage()),
        }
        line = " ".join(f"{name}={_quoted(value)}" for name, value in pairs.items())
        if not record.exc_info:
            return line
        # An exception may quote what came from outside: none of its lines can look like one of ours.
        trace = without_rows(self.formatException(record.exc_info))
        return "\n".join((line, *(f"| {_plain(part)}" for part in trace.split("\n"))))


def _quoted(value: str) -> str:
    if value and value.isprintable() and not any(character in ' "=\\' for character in value):
        return value
    return '"' + _plain(value.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _plain(text: str) -> str:
    """Text without what a terminal or another reader acts upon: line ends of any kind, escapes, directions of writing."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def configure(app: Flask) -> None:
    """Sends the connector's log lines to standard error, at LOG_LEVEL, and RQ's warnings in the same form; once a process."""
    logger = logging.getLogger("connector")
    logger.setLevel(app.config["CONNECTOR"].log_level)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Logfmt())
    rq = logging.getLogger("rq")
    rq.setLevel(logging.WARNING)
    for each in (logger, rq):
        each.addHandler(handler)
        each.propagate = False
