"""Log lines that carry the ids of the unit of work they belong to. No personal data, no secrets: ids and codes only."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

_ids: ContextVar[str] = ContextVar("log_ids", default="")


@contextmanager
def ids(**values: object) -> Iterator[None]:
    """Adds `name=value` pairs to every log line inside the block."""
    text = " ".join([_ids.get(), *(f"{name}={value}" for name, value in values.items())]).strip()
    token = _ids.set(text)
    try:
        yield
    finally:
        _ids.reset(token)


class _WithIds(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.ids = f" {text}" if (text := _ids.get()) else ""
        return True


def configure(app: Flask) -> None:
    """Sends the connector's log lines to standard error, at LOG_LEVEL; once a process."""
    logger = logging.getLogger("connector")
    logger.setLevel(app.config["CONNECTOR"].log_level)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_WithIds())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s%(ids)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
