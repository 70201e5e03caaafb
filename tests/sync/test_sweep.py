"""The sweep looks at the database, so nothing that is due depends on what Redis still knows."""

from __future__ import annotations

from typing import Any

import pytest
from redis import Redis

from connector import clock
from connector.extensions import queue
from connector.sync.sweep import Sweeper


def test_an_order_is_woken_once_and_again_at_once_when_redis_has_lost_its_jobs(
    work: Any, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = work.hint(work.place())
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # within one BUCKET of seconds
    sweeper = Sweeper()
    sweeper.sweep()
    [job_id] = queue.queue.job_ids
    assert job_id.startswith(f"sync-{row_id}-")
    sweeper.sweep()
    assert queue.queue.job_ids == [job_id]
    redis.flushall()
    sweeper.sweep()
    assert queue.queue.job_ids == [job_id]
