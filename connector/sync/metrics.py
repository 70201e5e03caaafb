"""Counting and timing, across all processes: gathered in memory, added to the database once in a while.

In the database, because processes run on several machines and the one that is asked for /metrics must know of all. What a
killed process had not added yet (a few seconds) is lost: nothing is decided by these numbers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from connector.extensions import db
from connector.models import Metric
from connector.models.transaction import end_transaction, give_up_soon, transaction
from connector.models.upsert import add_to

log = logging.getLogger(__name__)

Labels = tuple[tuple[str, str], ...]

#: At most so often does a process write.
FLUSH_EVERY = 5.0
#: Upper bounds of the buckets of a time, in seconds; above the last is +Inf.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)

#: Names, what they are, and what they are for: nothing else may be counted.
COUNTERS = {
    "connector_events": "Webhook events that were handled or refused, by outcome",
    "connector_api_calls": "Calls to TikTok Shop and Magento, by side and outcome",
    "connector_steps": "Steps done for orders, by step",
}
HISTOGRAMS = {
    "connector_job_seconds": "How long jobs took, by kind",
    "connector_api_call_seconds": "How long calls took, by side",
    "connector_lag_seconds": (
        "From TikTok's update of an order, or the end of what held it here, to Magento's (created, cancelled or credited)"
    ),
}
#: Labels that Prometheus gives to what it scrapes: one of ours by such a name would be renamed by it.
RESERVED = frozenset({"job", "instance"})


class Gathered:
    """What this process has counted since it last wrote. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._written_at = 0.0

    def add(self, name: str, labels: Labels, by: float) -> None:
        with self._lock:
            self._values[name, labels] += by

    def take(self, *, is_last: bool) -> dict[tuple[str, Labels], float]:
        """What is to be written, when it is time; else nothing."""
        with self._lock:
            now = time.monotonic()
            if not self._values or (now - self._written_at < FLUSH_EVERY and not is_last):
                return {}
            self._written_at = now
            taken, self._values = dict(self._values), defaultdict(float)
            return taken

    def put_back(self, taken: dict[tuple[str, Labels], float]) -> None:
        with self._lock:
            for key, value in taken.items():
                self._values[key] += value


_gathered = Gathered()


def count(name: str, by: float = 1, **labels: str) -> None:
    """Adds to one of COUNTERS. Labels are few and fixed: no ids, and none of RESERVED."""
    assert name in COUNTERS and not RESERVED & labels.keys(), name  # noqa: S101
    _gathered.add(name, tuple(sorted(labels.items())), by)


def observe(name: str, seconds: float, **labels: str) -> None:
    """Adds a time to one of HISTOGRAMS."""
    assert name in HISTOGRAMS and not RESERVED & labels.keys(), name  # noqa: S101
    sorted_labels = tuple(sorted(labels.items()))
    bucket = next((str(bound) for bound in BUCKETS if seconds <= bound), "+Inf")
    _gathered.add(f"{name}_bucket", (*sorted_labels, ("le", bucket)), 1)
    _gathered.add(f"{name}_sum", sorted_labels, max(0.0, seconds))


def flush(*, is_last: bool = False) -> None:
    """Writes what was gathered, if it is time (or this is the end of the process); never inside somebody's transaction."""
    if db.session().in_transaction():
        return
    taken = _gathered.take(is_last=is_last)
    if not taken:
        return
    try:
        with transaction() as session:
            give_up_soon(session)
            # In one order for everybody: two that lock the same rows in different orders would block each other.
            for (name, labels), value in sorted(taken.items()):
                text = ",".join(f"{label}={said}" for label, said in labels)[:200]
                add_to(session, Metric, {"name": name, "labels": text}, {"value": value})
    except SQLAlchemyError as error:
        _gathered.put_back(taken)
        log.warning("metrics could not be written: %s", type(error).__name__)


def stored() -> dict[str, dict[Labels, float]]:
    """All samples by name and labels, as all processes together have counted them."""
    found: dict[str, dict[Labels, float]] = defaultdict(dict)
    for name, text, value in db.session.execute(select(Metric.name, Metric.labels, Metric.value)):
        pairs = (pair.partition("=") for pair in text.split(",") if pair)
        found[name][tuple((label, said) for label, _, said in pairs)] = value
    end_transaction()
    return found
