"""How work is woken: jobs on RQ with plain ids as arguments, JSON as serializer.

The database decides what is due. A job only wakes a worker sooner than the sweep would, so waking never raises: when
Redis is away, a line is logged and the sweep wakes later.
"""

from __future__ import annotations

import logging
import time
import uuid
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from connector import clock

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)

T = TypeVar("T")

QUEUE_NAME = "connector"
#: What may wait: a worker takes from it only while the other queue is empty.
SLOW_QUEUE_NAME = "connector-slow"
#: Jobs are named by module path: the web process need not import the engine to enqueue one.
SYNC_ORDER = "connector.sync.jobs.sync_order"
SYNC_ORDERS = "connector.sync.jobs.sync_orders"
HANDLE_EVENTS = "connector.sync.jobs.handle_events"
FETCH_ORDERS = "connector.sync.jobs.fetch_orders"
POLL_AFTERSALES = "connector.sync.jobs.poll_aftersales"
WATCH_STORE = "connector.sync.jobs.watch_store"
READ_PROVIDERS = "connector.sync.jobs.read_providers"
READ_CATALOGUE = "connector.sync.jobs.read_catalogue"
RECONCILE = "connector.sync.jobs.reconcile_orders"
READ_LABELS = "connector.sync.jobs.read_labels"
CARE_FOR_SHOP = "connector.sync.jobs.care_for_shop"
CHECK_STORE = "connector.sync.jobs.check_store"
MAINTAIN = "connector.sync.jobs.maintain"
SEND_NOTICES = "connector.sync.jobs.send_notices"
TEST_ORDER = "connector.sync.jobs.test_order"
COUNT_OPEN = "connector.sync.jobs.count_open"
READ_REGIONS = "connector.sync.jobs.read_regions"
MAIL_LINK = "connector.sync.jobs.mail_link"
BULK = "connector.sync.jobs.work_on_many"
READ_FINANCE = "connector.sync.jobs.read_finance"

#: A run is bounded by its lease and its calls' deadlines; this only ends one that hangs for another reason.
JOB_TIMEOUT = 600
#: So many orders are worked on by one job at most.
MOST_TOGETHER = 10
#: Set while a job for the new events waits in the queue; for so many seconds at most, should that job be lost.
EVENTS_WOKEN = "connector-events-woken"
MARK_ENDS = 15
#: Set in a Redis whose jobs are ours; gone with them when it was flushed, or came back empty.
JOBS_ARE_THERE = "connector-jobs-are-there"
#: A look that the scheduler asks for again and again by itself is forgotten after so many seconds in the queue: while no
#: worker is there, they would become thousands, and all stand before the orders when one is. Longer than a queue is in good
#: days, so that a long one keeps no look from coming to its turn.
REPEATED_WAITS = 600
#: What a person asks for is a job of its own after so many seconds: the job of a killed worker blocks its id for JOB_TIMEOUT.
ASKED_AGAIN = 15
#: After Redis failed, it is left alone for this long, so that webhooks are not slowed down by its absence.
PAUSE_AFTER_FAILURE = 2.0


class WorkQueue:
    """The queue as a Flask extension. `connection` and `queue` may raise RedisError; the wake methods do not."""

    def __init__(self) -> None:
        self._redis_url = ""
        self._checks_certificate = True
        self._queue: Queue | None = None
        self._slow: Queue | None = None
        self._silent_until = 0.0

    def init_app(self, app: Flask) -> None:
        self._redis_url = app.config["CONNECTOR"].redis_url
        self._checks_certificate = app.config["CONNECTOR"].redis_check_certificate
        self._queue = self._slow = None
        self._silent_until = 0.0
        app.extensions["work_queue"] = self

    @property
    def queue(self) -> Queue:
        if self._queue is None:
            self._queue = Queue(QUEUE_NAME, connection=self.connect(), serializer=JSONSerializer)
        return self._queue

    @property
    def slow_queue(self) -> Queue:
        if self._slow is None:
            self._slow = Queue(SLOW_QUEUE_NAME, connection=self.queue.connection, serializer=JSONSerializer)
        return self._slow

    def connect(self, *, socket_timeout: float | None = 2.0) -> Redis:
        """A new connection pool. A worker passes None, since it blocks while it waits for a job."""
        # A machine that vanishes without a word (no RST) is noticed by the kernel, not after the end of all time.
        over_the_network: dict[str, Any] = {} if self._redis_url.startswith("unix:") else {"socket_keepalive": True}
        if self._redis_url.startswith("rediss:") and not self._checks_certificate:
            over_the_network["ssl_cert_reqs"] = "none"
        return Redis.from_url(
            self._redis_url,
            socket_timeout=socket_timeout,
            socket_connect_timeout=2.0,
            health_check_interval=30,
            **over_the_network,
        )

    def check(self) -> None:
        """Raises RedisError when no job would be taken: Redis is away, or full (OutOfMemoryError; it answers a ping then)."""
        self.queue.connection.set("connector-ready", "1", ex=60)

    def length(self) -> int:
        """How many jobs wait; 0 while Redis is away."""
        try:
            return int(self.queue.count)
        except (RedisError, OSError):
            return 0

    def workers(self) -> int:
        """How many workers are alive. Raises RedisError.

        RQ's own set of them keeps the name of one that was killed, and has none of those that began before Redis was flushed
        or came back empty. But each worker's own key ends by itself, and is there again with its next sign of life.
        """
        connection = self.queue.connection
        keys = connection.scan_iter(match=f"{Worker.redis_worker_namespace_prefix}*", count=1000, _type="hash")
        with connection.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hmget(key, "death", "queues")
            found = pipeline.execute()
        # One that came back says no queues; with one that does, another application's are told apart.
        return sum(
            death is None and (queues is None or QUEUE_NAME in queues.decode().split(",")) for death, queues in found
        )

    def wake_order(self, order_id: int, observed: int, *, bucket: str = "") -> bool:
        """Asks for a run of `sync_order` for one order's row.

        The job's id holds the number of the observation: a newer one is never swallowed by a job that is running. `bucket`
        lets the sweep ask again although the job of a killed worker still blocks its id.
        """
        return self._enqueue(SYNC_ORDER, [order_id], f"sync-{order_id}-{observed}{bucket}")

    def wake_orders(self, orders: Iterable[tuple[int, int]], *, bucket: str = "") -> int:
        """Wakes many (row id, observed); returns how many were accepted.

        Where there are many for each worker, some go into one job: a job costs a worker as much as a third of an order.
        """
        many = list(orders)
        size = self._together(len(many))
        if size == 1:
            return sum(self.wake_order(order_id, observed, bucket=bucket) for order_id, observed in many)
        accepted = 0
        for start in range(0, len(many), size):
            part = many[start : start + size]
            job_id = f"sync-many-{zlib.crc32(repr(part).encode()):08x}{bucket}"
            accepted += len(part) * self._enqueue(SYNC_ORDERS, [order_id for order_id, _ in part], job_id)
        return accepted

    def _together(self, count: int) -> int:
        """How many of `count` orders go into one job, so that each worker still gets several jobs."""
        if count < 2 * MOST_TOGETHER:
            return 1
        try:
            workers = self.workers()
        except (RedisError, OSError):
            return 1
        return max(1, min(MOST_TOGETHER, count // (3 * max(1, workers))))

    def wake_events(self) -> bool:
        """Asks for all new webhook events to be handled.

        A job that waits in the queue is enough for all events that are stored before it starts, so most webhooks cost one
        SET here and no job. The mark ends with the job's start (`events_are_handled_now`), or by itself.
        """
        # As words: redis-py takes longer to put them together than Redis to do it.
        command = ("SET", EVENTS_WOKEN, "1", "NX", "EX", MARK_ENDS)
        is_first = self._ask("events", lambda: bool(self.queue.connection.execute_command(*command)))  # type: ignore[no-untyped-call]
        if is_first is None:
            return False
        return not is_first or self._enqueue(HANDLE_EVENTS, [], f"events-{uuid.uuid4().hex[:16]}")

    def events_are_handled_now(self) -> None:
        """Whatever is stored from now on needs another job. Called before the events are read."""
        # Although Redis failed a moment ago: a mark that stays would keep the next job from being asked for.
        self._ask("events", lambda: self.queue.connection.delete(EVENTS_WOKEN), is_needed=True)

    def has_forgotten(self) -> bool:
        """Whether Redis came back empty, or was flushed, since this was asked last: then no job waits any more."""
        return bool(self._ask("what is due", lambda: self.queue.connection.set(JOBS_ARE_THERE, "1", nx=True)))

    def wake_fetch(self, fetch_id: int, *, bucket: str = "") -> bool:
        """Asks for a fetch run to be worked on."""
        return self._enqueue(FETCH_ORDERS, [fetch_id], f"fetch-{fetch_id}{bucket}")

    def wake_bulk(self, run_id: int, *, bucket: str = "") -> bool:
        """Asks for an action on many orders to be worked on."""
        return self._enqueue(BULK, [run_id], f"bulk-{run_id}{bucket}")

    def wake_aftersales(self, shop_id: int, *, bucket: str = "") -> bool:
        """Asks for a look at a shop's cancellations and returns."""
        return self._enqueue(POLL_AFTERSALES, [shop_id], f"aftersales-{shop_id}{bucket}", is_repeated=True)

    def wake_watch(self, store_id: int, *, bucket: str = "") -> bool:
        """Asks for a look at what changed in a Magento store."""
        return self._enqueue(WATCH_STORE, [store_id], f"watch-{store_id}{bucket}", is_repeated=True)

    def wake_providers(self, shop_id: int) -> bool:
        """Asks for a shop's shipping providers to be read from TikTok."""
        return self._enqueue(READ_PROVIDERS, [shop_id], f"providers-{shop_id}{_moment()}", is_repeated=True)

    def wake_catalogue(self, store_id: int, *, bucket: str = "") -> bool:
        """Asks for what changed in a Magento store's catalogue to be read."""
        return self._enqueue(READ_CATALOGUE, [store_id], f"catalogue-{store_id}{bucket}")

    def wake_reconciliation(self, run_id: int, *, bucket: str = "") -> bool:
        """Asks for a reconciliation to be worked on."""
        return self._enqueue(RECONCILE, [run_id], f"reconcile-{run_id}{bucket}", is_repeated=True)

    def wake_labels(self, order_id: int, *, bucket: str = "") -> bool:
        """Asks for the labels of an order's packages to be read from TikTok."""
        return self._enqueue(READ_LABELS, [order_id], f"labels-{order_id}{bucket}")

    def wake_care(self, shop_id: int, *, bucket: str = "") -> bool:
        """Asks for a shop's tokens and webhooks to be seen to."""
        return self._enqueue(CARE_FOR_SHOP, [shop_id], f"care-{shop_id}{bucket}")

    def wake_check(self, store_id: int) -> bool:
        """Asks for a live check of a store; one that was asked for a moment ago is enough."""
        return self._enqueue(CHECK_STORE, [store_id], f"check-{store_id}{_moment()}")

    def wake_test_order(self, shop_id: int) -> bool:
        """Asks for a test order of a shop to be sent to Magento."""
        return self._enqueue(TEST_ORDER, [shop_id], f"test-order-{shop_id}{_moment()}")

    def wake_start(self, shop_id: int) -> bool:
        """Asks for a shop's open orders to be counted."""
        return self._enqueue(COUNT_OPEN, [shop_id], f"start-{shop_id}{_moment()}")

    def wake_regions(self, store_id: int, country: str) -> bool:
        """Asks for Magento's regions of a country to be read."""
        return self._enqueue(READ_REGIONS, [store_id, country], f"regions-{store_id}-{country}{_moment()}")

    def wake_notices(self, shop_id: int, *, bucket: str = "") -> bool:
        """Asks for a shop's notices to be mailed and posted."""
        return self._enqueue(SEND_NOTICES, [shop_id], f"notices-{shop_id}{bucket}", is_repeated=True)

    def wake_mail(self, user_id: int) -> bool:
        """Asks for a link to set a password to be mailed to a person."""
        return self._enqueue(MAIL_LINK, [user_id], f"password-{user_id}{_moment()}")

    def wake_finance(self, shop_id: int, *, bucket: str = "") -> bool:
        """Asks for some of a shop's statements and fees to be read, once nothing else waits."""
        return self._enqueue(READ_FINANCE, [shop_id], f"finance-{shop_id}{bucket}", is_slow=True)

    def wake_upkeep(self, *, bucket: str = "") -> bool:
        """Asks for the upkeep."""
        return self._enqueue(MAINTAIN, [], f"upkeep{bucket}")

    def _enqueue(
        self, function: str, args: list[Any], job_id: str, *, is_slow: bool = False, is_repeated: bool = False
    ) -> bool:
        def enqueue() -> bool:
            with suppress(DuplicateJobError):  # somebody has asked already
                (self.slow_queue if is_slow else self.queue).enqueue(
                    function,
                    args=args,
                    job_id=job_id,
                    unique=True,
                    ttl=REPEATED_WAITS if is_repeated else None,
                    result_ttl=0,
                    failure_ttl=60,
                    job_timeout=JOB_TIMEOUT,
                )
            return True

        return bool(self._ask(job_id, enqueue))

    def _ask(self, what: str, request: Callable[[], T], *, is_needed: bool = False) -> T | None:
        """What Redis answers to `request`; None when it fails, which is logged, and for a while after that without asking.

        `what` names in the log what the sweep will wake instead. `is_needed`: ask although Redis failed a moment ago.
        """
        if time.monotonic() < self._silent_until and not is_needed:
            return None
        try:
            return request()
        except (RedisError, OSError) as error:
            self._silent_until = time.monotonic() + PAUSE_AFTER_FAILURE
            log.warning("Redis is away, the sweep will wake %s: %s: %s", what, type(error).__name__, error)
            return None


def _moment() -> str:
    """What makes the id of a job that a person asks for another one a moment later."""
    return f"-{int(clock.now().timestamp()) // ASKED_AGAIN}"
