"""Webhooks: the connector's intake against a bare Flask view that only verifies, inserts and enqueues; the same server,
database file and Valkey. Goal: at least 0.9 of it, and p99 under 100 ms at half load.

No worker runs, which would take from both what it gives to neither; but the mark that makes most webhooks cost no job is
taken away as often as a worker takes it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shlex
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests
from redis import Redis

from benchmarks.setup import percentile, stack
from connector.queue import EVENTS_WOKEN
from sandbox.stack import APP_KEY, APP_SECRET, ROOT, SHOP_ID, answers, free_port, wait_for

CLIENTS = 8
#: One server, then the other, so many times.
TURNS = 7
#: Seconds from one start of a worker's job of events to the next, at most: each takes some events with it.
JOBS_EVERY = 0.05


def measure(folder: Path, count: int) -> None:
    """Prints both rates, the ratio, and the latency at half of the connector's rate. They take turns, so that both meet
    the same neighbours on the machine."""
    running = stack(folder)
    running.prepare()
    port = free_port()
    floor_environment = {**running.environment, "PORT": str(port), "FLOOR_DATABASE": str(folder / "floor.db")}
    floor = subprocess.Popen(
        [*shlex.split(running.commands["web"])[:-1], "benchmarks.bare_view:app"], cwd=ROOT, env=floor_environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        running.start_process("web")
        ours, bare = f"{running.url('web')}/webhooks/tiktok", f"http://127.0.0.1:{port}/webhooks/tiktok"
        wait_for("both servers", lambda: answers(ours) and answers(bare), 60)
        _send(ours, 100, "warm-a"), _send(bare, 100, "warm-b")
        is_over = threading.Event()
        jobs = threading.Thread(target=_begin_jobs, args=(running.ports["valkey"], is_over), daemon=True)
        jobs.start()
        rates: dict[str, list[float]] = {ours: [], bare: []}
        part = max(100, count // (2 * TURNS))
        for turn in range(TURNS):
            for address in (ours, bare):
                begun = time.monotonic()
                _send(address, part, f"{turn}-{address}")
                rates[address].append(part / (time.monotonic() - begun))
        rate, bare_rate = statistics.median(rates[ours]), statistics.median(rates[bare])
        ratios = sorted(one / other for one, other in zip(rates[ours], rates[bare], strict=True))
        print(
            f"connector {rate:.0f} events/s, bare view {bare_rate:.0f} events/s (medians of {TURNS} turns): ratio"
            f" {statistics.median(ratios):.2f} (goal 0.9), {ratios[0]:.2f} to {ratios[-1]:.2f}"
        )
        times = _send(ours, count, "half", pace=rate / 2)
        is_over.set()
        jobs.join()
        print(
            f"at half load ({rate / 2:.0f}/s): median {percentile(times, 0.5) * 1000:.1f} ms,"
            f" p99 {percentile(times, 0.99) * 1000:.1f} ms (goal under 100 ms)"
        )
    finally:
        floor.terminate()
        floor.wait()
        running.stop()


def _begin_jobs(port: int, is_over: threading.Event) -> None:
    """As a worker that begins a job of events: from then on the next event needs another one."""
    with Redis(port=port) as redis:
        while not is_over.wait(JOBS_EVERY):
            redis.delete(EVENTS_WOKEN)


def _event(number: str) -> tuple[bytes, dict[str, str]]:
    data = {"order_id": f"5764{abs(hash(number)) % 10**14:014d}", "order_status": "AWAITING_SHIPMENT", "update_time": 1}
    body = json.dumps(
        {"type": 1, "tts_notification_id": number, "shop_id": SHOP_ID, "timestamp": int(time.time()), "data": data}
    ).encode()
    sign = hmac.new(APP_SECRET.encode(), APP_KEY.encode() + body, hashlib.sha256).hexdigest()
    return body, {"Authorization": sign, "Content-Type": "application/json"}


def _send(address: str, count: int, prefix: str, pace: float | None = None) -> list[float]:
    """Sends events from several clients, each over one connection; how long each took, in seconds.

    With a `pace` (a second), from the moment at which each was due: one that waits for a late one before it counts so.
    """
    events = [_event(f"{prefix}-{number}") for number in range(count)]
    times: list[float] = []
    refused: list[int] = []
    begun = time.monotonic()

    def client(offset: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for number in range(offset, count, CLIENTS):
                if pace:
                    time.sleep(max(0, begun + number / pace - time.monotonic()))
                sent = begun + number / pace if pace else time.monotonic()
                while True:
                    answer = session.post(address, data=events[number][0], headers=events[number][1], timeout=30)
                    if answer.status_code != 503:
                        break
                    refused.append(number)  # too many at once: TikTok sends it again, and so do we
                answer.raise_for_status()
                times.append(time.monotonic() - sent)

    _together([lambda offset=offset: client(offset) for offset in range(CLIENTS)])  # type: ignore[misc]
    if len(times) != count:
        raise RuntimeError(f"only {len(times)} of {count} events were taken")
    if refused:
        print(f"  {len(refused)} answers were 503 (too many at once) and sent again")
    return times


def _together(clients: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=client) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
