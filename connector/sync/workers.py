"""The worker processes. Each is an RQ SimpleWorker: no fork a job (measured: 2-5 ms a job instead of 19 ms).

A parent starts WORKER_CONCURRENCY of them, and starts one anew that died. Asked to stop (SIGTERM), each finishes the call
that it is in and puts the rest back; the parent waits for that, and ends them after STOP_WITHIN.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from connector import create_app
from connector.extensions import db, queue
from connector.queue import QUEUE_NAME, SLOW_QUEUE_NAME
from connector.sync import metrics, stopping

log = logging.getLogger(__name__)

STOP_WITHIN = 25.0
RESPAWN_PAUSE = 1.0


class ConnectorWorker(SimpleWorker):
    """An RQ worker in whose jobs the app's context is open, and which asks the work to stop on SIGTERM and SIGINT."""

    #: RQ waits up to a minute between tries to reach Redis; orders should go on sooner than that.
    max_connection_wait_time = 1.0
    app: Flask

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        with self.app.app_context():
            begun = time.monotonic()
            try:
                return bool(super().perform_job(*args, **kwargs))
            finally:
                db.session.rollback()
                metrics.observe("connector_job_seconds", time.monotonic() - begun, kind=_name(args))
                metrics.flush()

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """RQ would print the traceback in a form of its own; what a job of ours raises, it has logged (connector.sync.jobs)."""
        kind = exc_info[0].__name__ if exc_info and exc_info[0] else "?"
        log.warning("job %s failed: %s", job.id, kind)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Asks the job to stop before its next call; an idle worker ends at once. No Redis call: this is a signal handler."""
        if self._stop_requested:
            # A platform may signal every process, and the parent passes its own on: raised a second time, it would break
            # the farewell that the first has begun, and a ghost of the worker be counted for minutes.
            return
        stopping.ask()
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:
        """A second signal changes nothing: the work is already being put back."""


def _name(args: tuple[Any, ...]) -> str:
    return str(getattr(args[0], "func_name", "")).rpartition(".")[2] if args else ""


def work(app: Flask) -> None:
    """One worker, in this process, until it is asked to stop. Returns when Redis stays away; the parent starts anew."""
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    connection = queue.connect(socket_timeout=None)
    worker = ConnectorWorker([QUEUE_NAME, SLOW_QUEUE_NAME], connection=connection, serializer=JSONSerializer)
    worker.app = app
    worker.log.setLevel(logging.WARNING)
    try:
        worker.work(logging_level="WARNING")
    finally:
        with app.app_context():
            metrics.flush(is_last=True)


def _child(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent passes SIGTERM on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not the parent's; until the worker has its own
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    app = create_app()
    try:
        work(app)
    except (RedisError, OSError) as error:
        log.warning("worker ends, Redis is away: %s: %s", type(error).__name__, error)


def _end_with(parent: int) -> None:
    """A worker whose parent was killed puts its work back, rather than running unsupervised."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


class Pool:
    """Keeps `size` worker processes alive until it is asked to stop."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._stop = threading.Event()
        # Forked: all modules are there at once and in memory once. What must not be shared is not open in the parent.
        self._context = multiprocessing.get_context("fork")
        self._children: list[BaseProcess] = []

    def stop(self, *_: object) -> None:
        self._stop.set()

    def run(self) -> None:
        """Runs until stopped; then all children have ended."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while not self._stop.is_set():
            self._children = [child for child in self._children if child.is_alive()]
            while len(self._children) < self.size and not self._stop.is_set():
                child = self._context.Process(target=_child, args=(os.getpid(),))
                # A SIGTERM that comes while the child still has the parent's handler waits until it has its own.
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
                child.start()
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
                self._children.append(child)
            self._stop.wait(RESPAWN_PAUSE)
        self._end()

    def _end(self) -> None:
        deadline = time.monotonic() + STOP_WITHIN
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.join(max(0, deadline - time.monotonic()))
            if child.is_alive():
                log.warning("worker %s did not stop in time and is ended; its order is taken up again", child.pid)
                child.kill()
                child.join()
