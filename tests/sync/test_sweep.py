"""The sweep looks at the database, so nothing that is due depends on what Redis still knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select

from connector import clock as product_clock
from connector.extensions import db, queue
from connector.models import CatalogueRead, FinanceRead, Setting, Shop
from connector.models.transaction import end_transaction
from connector.sync import authorization, carriers, catalogue, finance, lease, notify, reconcile, sweep, upkeep
from connector.sync.sweep import Sweeper


def test_an_order_is_woken_once_and_again_at_once_when_redis_has_lost_its_jobs(
    work: Any, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = work.hint(work.place())
    now = product_clock.now()
    monkeypatch.setattr(product_clock, "now", lambda: now)  # within one BUCKET of seconds
    sweeper = Sweeper()
    sweeper.sweep()
    [job_id] = queue.queue.job_ids
    assert job_id.startswith(f"sync-{row_id}-")
    sweeper.sweep()
    assert queue.queue.job_ids == [job_id]
    redis.flushall()
    sweeper.sweep()
    assert queue.queue.job_ids == [job_id]


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("start", "next_at"),
    [
        (reconcile.tend, select(Shop.next_reconcile_at)),
        (authorization.start_care, select(Shop.next_care_at)),
        (notify.start, select(Shop.next_notice_at)),
        (carriers.start_reads, select(Shop.next_providers_at)),
        (catalogue.start_reads, select(CatalogueRead.next_read_at)),
        (finance.start_reads, select(FinanceRead.next_at)),
        (upkeep.start_upkeep, select(Setting.value).where(Setting.name == upkeep.NEXT)),
    ],
    ids=["reconciliation", "care", "notices", "carriers", "catalogue", "finance", "upkeep"],
)
def test_a_clock_that_was_ahead_stops_nothing_once_it_is_right(
    work: Any, clock: Any, start: Callable[[], object], next_at: Any
) -> None:
    clock.turn(days=60)
    for _ in range(2):
        start()
    clock.turn(days=-60)
    start()
    found = db.session.scalar(next_at)
    end_transaction()
    due_at = datetime.fromisoformat(found) if isinstance(found, str) else found
    assert due_at - product_clock.now() <= timedelta(days=1, hours=1)


@pytest.mark.either_database
def test_a_reading_of_the_carriers_whose_worker_was_killed_is_asked_for_again_soon(
    work: Any, redis: Redis, clock: Any
) -> None:
    assert [carriers.start_reads(), carriers.start_reads()] == [1, 0]
    clock.turn(seconds=carriers.READ_AGAIN_AFTER.total_seconds() + 1)
    assert carriers.start_reads() == 1, "nobody has read them"
    assert carriers.read_providers(db.session.scalars(select(Shop.id)).one())
    clock.turn(hours=23)
    assert carriers.start_reads() == 0
    clock.turn(hours=1, seconds=1)
    assert carriers.start_reads() == 1


def test_an_order_whose_worker_was_killed_is_woken_again_however_long_the_queue_is(
    work: Any, redis: Redis, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = work.hint(work.place())
    monkeypatch.setattr(queue, "length", lambda: sweep.BACKLOG)
    sweeper = Sweeper()
    sweeper.sweep()
    queue.queue.empty()
    assert lease.take(row_id) is not None  # by a worker that is killed now
    clock.turn(seconds=lease.LEASE.total_seconds() + 1)
    sweeper.sweep()
    assert [job_id.startswith(f"sync-{row_id}-") for job_id in queue.queue.job_ids] == [True]
