"""The stack with processes that are killed, frozen, turned back in time, or that die at boundaries."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from connector.config import database_url
from sandbox.stack import ROOT, Stack

OURS = ("web", "worker", "scheduler")


@dataclass
class ChaosStack(Stack):
    """The stack with a second scheduler. Its processes may be handled by several threads (faults) at once."""

    #: What `inside/sitecustomize.py` shall do in the processes that are started from now on.
    inside: dict[str, str] = field(default_factory=dict, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)
    _read_to: dict[str, int] = field(default_factory=dict, init=False)

    @property
    def commands(self) -> dict[str, str]:
        commands = super().commands
        return {**commands, "scheduler2": commands["scheduler"]}

    @property
    def environment(self) -> dict[str, str]:
        environment = {**super().environment, "LOG_LEVEL": "INFO"}
        if not self.inside:
            return environment
        # The root too: when Python looks for sitecustomize, the script's own folder is not on its path yet.
        return {**environment, **self.inside, "PYTHONPATH": f"{Path(__file__).parent / 'inside'}:{ROOT}"}

    # -- processes -------------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """kill -9 of a process and its children; nothing when it is down already (two faults at once)."""
        with self._lock:
            if name in self.processes:
                super().kill(name)

    def begin(self, name: str) -> None:
        with self._lock:
            if name not in self.processes:
                self.start_process(name)

    def end(self, name: str) -> None:
        """SIGTERM, as a platform does."""
        with self._lock:
            self.stop_process(name)

    def signal(self, name: str, number: signal.Signals) -> None:
        # Without the lock: who stops a process waits for it inside, and it may wait for the one that is frozen.
        process = self.processes.get(name)
        if process is not None:
            with suppress(ProcessLookupError):  # it ended just now
                os.killpg(process.pid, number)

    def pids(self, *names: str) -> list[int]:
        """The processes of these names with all their children."""
        groups = {self.processes[name].pid for name in names if name in self.processes}
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if os.getpgid(int(entry.name)) in groups:
                        found.append(int(entry.name))
                except ProcessLookupError:
                    continue
        return found

    # -- what faults are seen by -------------------------------------------------------------------------------------------

    def forget_logs(self) -> None:
        """`logged` counts from here on."""
        self._read_to = {path.stem: path.stat().st_size for path in self.folder.glob("*.log")}

    def logged(self, words: str, *names: str) -> int:
        """How often processes of ours have logged something since `forget_logs`."""
        count = 0
        for name in names or OURS:
            path = self.folder / f"{name}.log"
            if path.exists():
                with path.open("rb") as log:
                    log.seek(self._read_to.get(name, 0))
                    count += log.read().count(words.encode())
        return count

    def database(self, query: str, **values: Any) -> int:
        """The number that a query of the connector's database gives; 0 while it does not answer."""
        engine = create_engine(database_url(self.database_url), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                return int(connection.execute(text(query), values).scalar() or 0)
        except SQLAlchemyError:
            return 0
        finally:
            engine.dispose()

    def held_orders(self) -> int:
        """How many orders are being worked on."""
        return self.database("SELECT count(*) FROM orders WHERE lease_owner IS NOT NULL")

    def orders_in_hand(self) -> int:
        """How many orders the workers that run now are working on: not those that are still held by killed ones."""
        by_them = [f"lease_owner LIKE '%:{pid}:%'" for pid in self.pids("worker")]
        return self.database(f"SELECT count(*) FROM orders WHERE {' OR '.join(by_them) or 'false'}")

    def webhooks(self, limit: int = 1) -> dict[str, Any]:
        """The sandbox shop's log of webhooks: `pending`, `summary` by state, and the newest `deliveries`."""
        answer = requests.get(f"{self.url('tiktok')}/_sandbox/webhooks?limit={limit}", timeout=60)
        answer.raise_for_status()
        log: dict[str, Any] = answer.json()
        return log

    def refused_webhooks(self, since: float) -> int:
        """How often a webhook was answered 503, or not in time, since then (Unix seconds)."""
        attempts = [attempt for each in self.webhooks(2000)["deliveries"] for attempt in each["attempts"]]
        return sum(
            attempt["at"] >= since and (attempt["status"] == 503 or "Timeout" in attempt["error"])
            for attempt in attempts
        )
