"""Webhooks on their way: signed, delivered in the background, tried again on anything but 200, and kept in a log.

The API never waits for a receiver: a notification is put on a heap of due times, a thread takes what is due, a small
pool sends it. Bad days are settings: several copies, shuffled, late, lost, or all held back until flushed.
"""

import heapq
import itertools
import json
import random
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import requests

from sandbox.tiktok.errors import bad_request
from sandbox.tiktok.model import Ids
from sandbox.tiktok.signing import sign_webhook

EVENTS = {
    1: "ORDER_STATUS_CHANGE",
    3: "RECIPIENT_ADDRESS_UPDATE",
    4: "PACKAGE_UPDATE",
    6: "SELLER_DEAUTHORIZATION",
    7: "UPCOMING_AUTHORIZATION_EXPIRATION",
    11: "CANCELLATION_STATUS_CHANGE",
    12: "RETURN_STATUS_CHANGE",
    64: "AFTERSALES_REQUEST_STATUS_UPDATE",
    67: "REFUND_SUCCESS",
}
WITHOUT_NOTIFICATION_ID = frozenset({3})
LOG_LENGTH = 20_000


@dataclass
class Settings:
    """How webhooks are delivered; all times in seconds. TikTok tries for 72 hours, the sandbox for minutes.

    `backdated_seconds`: so long ago they say that they were made, as those that come a day late do.
    """

    url: str = ""
    copies: int = 1
    shuffle_seconds: float = 0.0
    delay_seconds: float = 0.0
    drop: float = 0.0
    hold: bool = False
    backdated_seconds: float = 0.0
    retry_first_seconds: float = 0.5
    retry_factor: float = 2.0
    retry_max_seconds: float = 20.0
    give_up_seconds: float = 600.0
    timeout_seconds: float = 5.0


@dataclass
class Delivery:
    """One copy of a notification on its way to one address. `state`: waiting, held, dropped, delivered, gave_up."""

    notification_id: str
    type: int
    event: str
    shop_id: str
    order_ids: list[str]
    address: str
    body: str
    authorization: str
    created_at: float
    state: str = "waiting"
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def public(self) -> dict[str, Any]:
        return asdict(self)


def order_ids_in(data: dict[str, Any]) -> list[str]:
    """Every order that a webhook's `data` names, for the log."""
    found = [data["order_id"]] if "order_id" in data else []
    for package in data.get("package_list", ()):
        found += package["order_id_list"]
    found += [line["main_order_id"] for line in data.get("line_items", ())]
    return list(dict.fromkeys(found))


class Dispatcher:
    """Delivers webhooks. Safe to use from several threads; `stop()` ends its own."""

    def __init__(self, app_key: str, app_secret: str, ids: Ids, url: str = "", workers: int = 8) -> None:
        self.app_key, self.app_secret, self.ids = app_key, app_secret, ids
        self.settings = Settings(url=url)
        self.log: deque[Delivery] = deque(maxlen=LOG_LENGTH)
        self._random = random.Random()
        self._held: list[Delivery] = []
        self._due: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._under_way = 0
        self._generation = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._sessions = threading.local()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings by name and return all of them. Raises ApiError on an unknown name or a wrong type."""
        known = {f.name: type(getattr(self.settings, f.name)) for f in fields(Settings)}
        for name, value in changes.items():
            if name not in known:
                raise bad_request(f"unknown setting {name}; there are {', '.join(known)}")
            if known[name] is float and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            if not isinstance(value, known[name]):
                raise bad_request(f"{name} is a {known[name].__name__}")
            setattr(self.settings, name, value)
        return asdict(self.settings)

    def send(self, shop_id: str, kind: int, data: dict[str, Any], subscribed: Iterable[str] = ()) -> None:
        """Sign a notification and put it on its way to the subscribed addresses and the configured one."""
        envelope: dict[str, Any] = {"type": kind}
        notification_id = self.ids.next("732711")
        if kind not in WITHOUT_NOTIFICATION_ID:
            envelope["tts_notification_id"] = notification_id
        made_at = int(time.time() - self.settings.backdated_seconds)
        envelope |= {"shop_id": shop_id, "timestamp": made_at, "data": data}
        raw = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
        authorization = sign_webhook(self.app_secret, self.app_key, raw.encode())
        addresses = dict.fromkeys([*subscribed, *([self.settings.url] if self.settings.url else [])])
        with self._changed:
            for address in addresses:
                for _ in range(self.settings.copies):
                    delivery = Delivery(
                        notification_id,
                        kind,
                        EVENTS.get(kind, ""),
                        shop_id,
                        order_ids_in(data),
                        address,
                        raw,
                        authorization,
                        time.time(),
                    )
                    self.log.append(delivery)
                    self._dispatch(delivery)

    def _dispatch(self, delivery: Delivery) -> None:
        if self.settings.drop and self._random.random() < self.settings.drop:
            delivery.state = "dropped"
        elif self.settings.hold:
            delivery.state = "held"
            self._held.append(delivery)
        else:
            late = self.settings.delay_seconds + self._random.random() * self.settings.shuffle_seconds
            self._schedule(delivery, late)

    def _schedule(self, delivery: Delivery, seconds: float) -> None:
        delivery.state = "waiting"
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), delivery))
        self._changed.notify_all()

    def flush(self, *, shuffle: bool = False) -> int:
        """Let everything go that was held back (and hold back no more); returns how many."""
        with self._changed:
            held, self._held = self._held, []
            self.settings.hold = False
            if shuffle:
                self._random.shuffle(held)
            for delivery in held:
                self._schedule(delivery, self._random.random() * self.settings.shuffle_seconds)
            return len(held)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and (not self._due or self._due[0][0] > time.monotonic()):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._stopped:
                    return
                delivery = heapq.heappop(self._due)[2]
                self._under_way += 1
                generation = self._generation
            self._pool.submit(self._attempt, delivery, generation)

    def _post(self, delivery: Delivery) -> dict[str, Any]:
        """One attempt, as an entry of the log."""
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = self._sessions.session = requests.Session()
            # A proxy of the machine must not see loopback traffic.
            session.trust_env = False
        started = time.time()
        entry: dict[str, Any] = {"at": started, "status": None, "error": ""}
        try:
            answer = session.post(
                delivery.address,
                data=delivery.body.encode(),
                headers={"Authorization": delivery.authorization, "Content-Type": "application/json"},
                timeout=self.settings.timeout_seconds,
                allow_redirects=False,
            )
            entry["status"] = answer.status_code
        except requests.RequestException as error:
            entry["error"] = type(error).__name__
        entry["milliseconds"] = round((time.time() - started) * 1000)
        return entry

    def _attempt(self, delivery: Delivery, generation: int) -> None:
        entry = self._post(delivery)
        with self._changed:
            self._under_way -= 1
            if not self._stopped and generation == self._generation:
                delivery.attempts.append(entry)
                pause = min(
                    self.settings.retry_max_seconds,
                    self.settings.retry_first_seconds * self.settings.retry_factor ** (len(delivery.attempts) - 1),
                )
                if entry["status"] == 200:
                    delivery.state = "delivered"
                elif time.time() + pause - delivery.created_at > self.settings.give_up_seconds:
                    delivery.state = "gave_up"
                else:
                    self._schedule(delivery, pause)
            self._changed.notify_all()

    def pending(self) -> int:
        """How many deliveries are due, waiting for another try, or being sent; held ones do not count."""
        with self._changed:
            return len(self._due) + self._under_way

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing is pending; False when it still is after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._under_way, timeout)

    def summary(self) -> dict[str, int]:
        """Number of deliveries in each state."""
        with self._changed:
            counts = dict.fromkeys(("waiting", "held", "dropped", "delivered", "gave_up"), 0)
            for delivery in self.log:
                counts[delivery.state] += 1
            return counts

    def entries(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The log, newest first."""
        with self._changed:
            newest = itertools.islice(reversed(self.log), limit)
            return [delivery.public() for delivery in newest]

    def reset(self) -> None:
        """Forget everything that is on its way, and the log; settings go back to their defaults but for the URL."""
        with self._changed:
            self._generation += 1
            self._due.clear()
            self._held.clear()
            self.log.clear()
            self.settings = Settings(url=self.settings.url)
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)
