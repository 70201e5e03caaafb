"""The scheduler's work: wake what is due, and start the safety polls. It looks at the database only.

Any number of schedulers may run: waking twice does no harm, and a poll is claimed by one conditional UPDATE.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from connector import clock
from connector.extensions import db, queue
from connector.models import FetchRun, InboxEvent, Order, Shop
from connector.models.fetch import RUNNING
from connector.models.inbox import NEW
from connector.models.shop import ACTIVE
from connector.models.transaction import end_transaction
from connector.sync import (
    aftersales,
    asks,
    authorization,
    bulk,
    carriers,
    catalogue,
    finance,
    lease,
    notify,
    reconcile,
    recovery,
    upkeep,
    watch,
)
from connector.sync.claims import claim, has_passed, is_due

log = logging.getLogger(__name__)

SWEEP_INTERVAL = 1.0
#: What is due and was woken is woken again after this long: its job may have died with its worker, or with Redis.
BUCKET = 15
MOST = 2000
#: As long as workers have so many jobs before them, waking again would only make the queue longer.
BACKLOG = 100
#: An event is woken by the request that stored it; the sweep looks after those that are older.
EVENT_GRACE = timedelta(seconds=2)


class Sweeper:
    """Wakes due orders, unhandled events and unfinished fetches; each once in a BUCKET of seconds, or anew for an empty Redis."""

    def __init__(self) -> None:
        self._bucket = -1
        self._woken: set[tuple[str, int, int]] = set()

    def sweep(self) -> int:
        """One pass; returns how many were woken."""
        now = clock.now()
        bucket = int(now.timestamp()) // BUCKET
        if bucket != self._bucket:
            self._bucket = bucket
            if queue.length() < BACKLOG:
                self._woken = set()
        if queue.has_forgotten():
            self._woken = set()
        suffix = f"-{bucket}"
        # With the times: a try that has failed and is due again is another one, and so is one whose worker was killed.
        keys = ((f"{due_at}{lease_until}", row_id, observed) for row_id, observed, due_at, lease_until in due(now))
        new = [key for key in keys if key not in self._woken]
        woken = queue.wake_orders(((row_id, observed) for _, row_id, observed in new), bucket=suffix)
        if woken == len(new):  # else Redis is away: the next pass asks again for all
            self._woken.update(new)
        if _has_waiting_event(now):
            woken += queue.wake_events()
        for run_id, pages in self._new("fetch", _resting_fetches(now)):
            woken += self._remember("fetch", run_id, pages, queue.wake_fetch(run_id, bucket=suffix))
        for run_id, reached in self._new("bulk", bulk.resting(now)):
            woken += self._remember("bulk", run_id, reached, queue.wake_bulk(run_id, bucket=suffix))
        return woken

    def _new(self, kind: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(row_id, number) for row_id, number in found if (kind, row_id, number) not in self._woken]

    def _remember(self, kind: str, row_id: int, number: int, accepted: bool) -> int:
        if accepted:
            self._woken.add((kind, row_id, number))
        return int(accepted)


def due(now: datetime) -> list[tuple[int, int, datetime, datetime | None]]:
    """(row id, observed, since when, end of the last lease) of the orders that are due and that nobody works on, the longest
    due first."""
    rows = db.session.execute(
        select(Order.id, Order.observed, Order.due_at, Order.lease_until)
        .where(lease.is_due(now), has_passed(Order.lease_until, now))
        .order_by(Order.due_at)
        .limit(MOST)
    ).all()
    end_transaction()
    return [(row.id, row.observed, row.due_at, row.lease_until) for row in rows]


def _has_waiting_event(now: datetime) -> bool:
    found = db.session.scalar(
        select(InboxEvent.id)
        .where(InboxEvent.state == NEW, InboxEvent.received_at < now - EVENT_GRACE)
        .order_by(InboxEvent.id)  # so that the few new ones are looked through, not all that came before
        .limit(1)
    )
    end_transaction()
    return found is not None


def _resting_fetches(now: datetime) -> list[tuple[int, int]]:
    rows = db.session.execute(
        select(FetchRun.id, FetchRun.pages).where(FetchRun.state == RUNNING, has_passed(FetchRun.lease_until, now))
    ).all()
    end_transaction()
    return [(row.id, row.pages) for row in rows]


def start_polls(interval: int) -> int:
    """Starts a fetch for each shop whose safety poll is due; `interval` in seconds. Returns how many."""
    now = clock.now()
    due = is_due(Shop.next_poll_at, now, interval)
    shop_ids = list(db.session.scalars(select(Shop.id).where(Shop.state == ACTIVE, due)))
    end_transaction()
    started = 0
    for shop_id in shop_ids:
        if claim(Shop, shop_id, due, next_poll_at=now + timedelta(seconds=interval)):
            asks.fetch(shop_id, "safety poll")
            started += 1
    return started


def run(app: Flask, stop: threading.Event) -> None:
    """Sweeps and polls until asked to stop. Whatever fails is logged, and tried again a second later."""
    sweeper = Sweeper()
    interval = app.config["CONNECTOR"].fetch_interval
    parts: tuple[Callable[[], object], ...] = (
        sweeper.sweep,
        lambda: start_polls(interval),
        lambda: aftersales.start_polls(interval),
        lambda: watch.start_watches(min(watch.WATCH_INTERVAL, interval)),
        carriers.start_reads,
        catalogue.start_reads,
        finance.start_reads,
        recovery.release,
        reconcile.tend,
        authorization.start_care,
        upkeep.start_upkeep,
        notify.start,
    )
    while not stop.is_set():
        begun = time.monotonic()
        with app.app_context():
            for part in parts:
                try:
                    part()
                except (SQLAlchemyError, RedisError) as error:
                    db.session.rollback()
                    log.warning("the sweep failed and will be tried again: %s", type(error).__name__)
                except Exception:
                    # One part that is broken must not keep the others from waking what is due.
                    db.session.rollback()
                    log.exception("a part of the sweep failed")
        stop.wait(max(0.05, SWEEP_INTERVAL - (time.monotonic() - begun)))
