"""Many orders that are woken at once: few jobs, each order worked on, what takes long handed on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job

from connector.extensions import queue
from connector.queue import ASKED_AGAIN, MOST_TOGETHER, REPEATED_WAITS, SYNC_ORDER, SYNC_ORDERS, WorkQueue
from connector.sync import converge, jobs


class Jobs(WorkQueue):
    """The queue with its jobs in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[tuple[str, list[int], str]] = []

    @property
    def queue(self) -> Any:
        return self

    connection = None

    def _enqueue(self, function: str, args: list[Any], job_id: str) -> bool:
        self.made.append((function, args, job_id))
        return True


@pytest.mark.parametrize(("workers", "jobs_made"), [(0, 10), (2, 10), (20, 100)])
def test_many_orders_share_jobs_as_long_as_every_worker_gets_several(
    workers: int, jobs_made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Jobs()
    monkeypatch.setattr(made, "workers", lambda: workers)
    assert made.wake_orders((row_id, 1) for row_id in range(100)) == 100
    assert len(made.made) == len({job_id for _, _, job_id in made.made}) == jobs_made
    assert [row_id for _, row_ids, _ in made.made for row_id in row_ids] == list(range(100))
    assert {function for function, _, _ in made.made} == {SYNC_ORDER if jobs_made == 100 else SYNC_ORDERS}


def test_a_few_orders_get_a_job_each() -> None:
    made = Jobs()
    assert made.wake_orders((row_id, 1) for row_id in range(MOST_TOGETHER)) == MOST_TOGETHER
    assert [function for function, _, _ in made.made] == [SYNC_ORDER] * MOST_TOGETHER


def test_orders_of_one_job_are_all_worked_on(work: Any) -> None:
    order_ids = [work.place(lines=[{"seller_sku": "MUG-01", "quantity": 1}]) for _ in range(3)]
    jobs.sync_orders(*[work.hint(order_id) for order_id in order_ids])
    assert [work.row(order_id).sync_state for order_id in order_ids] == ["synced"] * 3


def test_what_takes_long_leaves_the_rest_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_on: list[int] = []
    made = Jobs()
    monkeypatch.setattr(converge, "sync_order", worked_on.append)
    monkeypatch.setattr(jobs, "queue", made)
    monkeypatch.setattr(jobs, "AT_ONE_GO", -1.0)
    jobs.sync_orders(1, 2, 3)
    assert worked_on == []
    assert [row_ids for _, row_ids, _ in made.made] == [[1], [2], [3]]


@pytest.mark.either_database
def test_looks_that_nobody_came_to_are_forgotten_and_orders_are_not(work: Any, redis: Redis) -> None:
    for second in range(0, 60, 20):
        queue.wake_watch(1, bucket=f"-{second}")
        queue.wake_aftersales(1, bucket=f"-{second}")
        queue.wake_notices(1, bucket=f"-{second}")
        queue.wake_reconciliation(1, bucket=f"-{second}")
    queue.wake_order(7, 1)
    queue.wake_mail(3)
    keys = {job_id: Job.key_for(job_id) for job_id in queue.queue.get_job_ids()}
    (password,) = [job_id for job_id in keys if job_id.startswith("password-3")]
    ends = {job_id: redis.ttl(key) for job_id, key in keys.items()}
    assert {job_id for job_id, end in ends.items() if end == -1} == {"sync-7-1", password}
    repeated = [job_id for job_id, end in ends.items() if 0 < end <= REPEATED_WAITS]
    assert len(repeated) == 12
    for job_id in repeated:
        redis.expire(keys[job_id], 0)  # its time is over
    found = []
    while (taken := Queue.dequeue_any([queue.queue], None, redis, serializer=queue.queue.serializer)) is not None:
        found.append(taken[0].id)
    assert found == ["sync-7-1", password]


@pytest.mark.either_database
@pytest.mark.parametrize(
    "ask",
    [
        lambda: queue.wake_providers(1),
        lambda: queue.wake_check(1),
        lambda: queue.wake_test_order(1),
        lambda: queue.wake_start(1),
        lambda: queue.wake_regions(1, "US"),
        lambda: queue.wake_mail(1),
    ],
    ids=["providers", "check", "test order", "start", "regions", "mail"],
)
def test_what_a_person_asks_for_again_is_not_kept_back_by_the_job_of_a_killed_worker(
    ask: Callable[[], bool], work: Any, redis: Redis, clock: Any
) -> None:
    clock.turn(seconds=ASKED_AGAIN - time.time() % ASKED_AGAIN)
    assert ask()
    # Taken, and its worker is killed: the record stays, and nobody has it.
    assert Queue.dequeue_any([queue.queue], None, redis, serializer=queue.queue.serializer) is not None
    assert ask()
    assert queue.queue.job_ids == [], "a moment later it counts as the same"
    clock.turn(seconds=ASKED_AGAIN)
    assert ask()
    assert len(queue.queue.job_ids) == 1
