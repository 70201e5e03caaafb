"""A worker process: how it ends, and what it writes of a job that breaks."""

from __future__ import annotations

import io
import logging
import signal
from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis
from rq.exceptions import StopRequested

from connector import logs
from connector.extensions import queue
from connector.queue import QUEUE_NAME
from connector.sync import fetching, stopping
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


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged, as it is written in production."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Logfmt())
    for name in ("connector", "rq"):
        logging.getLogger(name).addHandler(handler)
    yield written
    for name in ("connector", "rq"):
        logging.getLogger(name).removeHandler(handler)


def test_a_job_that_breaks_is_logged_once_in_our_form_with_its_ids(
    worker: ConnectorWorker, app: Flask, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(row_id: int) -> None:
        logs.also(order="576461")
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(fetching, "work", broken)
    worker.app = app
    queue.wake_fetch(7)
    job = queue.queue.fetch_job("fetch-7")
    assert job is not None
    worker.execute_job(job, queue.queue)
    written = lines.getvalue().splitlines()
    [first] = [line for line in written if "the job fetch_orders broke" in line]
    assert " level=error logger=connector.sync.jobs fetch=7 order=576461 " in first
    assert [line for line in written if not line.startswith(("time=", "| "))] == []
    assert (
        lines.getvalue().count("a fault of ours") == lines.getvalue().count('raise RuntimeError("a fault of ours")') + 1
    )


def test_rqs_own_warnings_have_our_form(app: Flask) -> None:
    assert any(isinstance(handler.formatter, logs.Logfmt) for handler in logging.getLogger("rq").handlers)
    assert not logging.getLogger("rq").propagate
