"""A worker process: how it ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from redis import Redis
from rq.exceptions import StopRequested

from connector.extensions import queue
from connector.queue import QUEUE_NAME
from connector.sync import stopping
from connector.sync.workers import ConnectorWorker
from tests.conftest import app as plain_app

app = plain_app


@pytest.fixture
def worker(redis: Redis) -> Iterator[ConnectorWorker]:
    worker = ConnectorWorker([QUEUE_NAME], connection=redis)
    worker.register_birth()
    yield worker
    stopping.forget()


def test_a_second_signal_does_not_break_the_farewell_of_the_first(worker: ConnectorWorker) -> None:
    with pytest.raises(StopRequested):
        worker.request_stop(signal.SIGTERM, None)
    worker.request_stop(signal.SIGTERM, None)  # while RQ takes leave: nothing is raised into it
    worker.teardown()
    assert queue.workers() == 0
