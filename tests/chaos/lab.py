"""A whole connector as processes, orders flowing through it, and the measure of how it comes out of a fault."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from connector.config import database_url
from sandbox.stack import ROOT, Stack, wait_for
from sandbox.tiktok.logistics import provider_id
from tests.chaos.merchant import CARRIER, PROVIDER, Merchant
from tests.support.checker import Findings, compare, salable
from tests.support.postgres import Cluster

#: What the issue asks for: everything right again so many seconds after the fault has ended.
HEALED_WITHIN = 60.0
PLENTY = 1_000_000
SHORT = "CHAOS_ORDERS" not in os.environ
#: One for the whole run. Here and not in conftest, which pytest and the tests would import as two modules, with two seeds.
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
#: Orders through each scenario.
ORDERS = int(os.environ.get("CHAOS_ORDERS", "30"))
#: Orders a second while a fault lasts: what two cores, shared with both sandboxes, can carry with room to catch up.
PACE = float(os.environ.get("CHAOS_PACE", "4"))


class ChaosStack(Stack):
    """The stack with a second scheduler, and processes whose clock is off or that die at boundaries."""

    inside: dict[str, dict[str, str]]

    @property
    def commands(self) -> dict[str, str]:
        commands = super().commands
        return {**commands, "scheduler2": commands["scheduler"]}

    @property
    def environment(self) -> dict[str, str]:
        extra = getattr(self, "inside", {})
        environment = {**super().environment, "LOG_LEVEL": "INFO"}
        if not extra:
            return environment
        # The root too: when Python looks for sitecustomize, the script's own folder is not on its path yet.
        return {**environment, **extra, "PYTHONPATH": f"{Path(__file__).parent / 'inside'}:{ROOT}"}


@dataclass
class Outcome:
    """How a scenario ended: how many orders, how long the fault, how long until all was right, and what was wrong."""

    orders: int
    fault_seconds: float
    healing_seconds: float | None
    findings: Findings
    states: Mapping[str, float]
    unsettled: list[dict[str, Any]]

    def __str__(self) -> str:
        healed = "never" if self.healing_seconds is None else f"{self.healing_seconds:.1f} s"
        return f"{self.orders} orders, fault {self.fault_seconds:.1f} s, healed after {healed}: {self.findings}"


@dataclass
class Lab:
    """`run(fault)` sends orders through the connector while `fault(lab)` does its worst, and compares the books."""

    kind: str
    folder: Path
    rng: random.Random
    cluster: Cluster | None = None
    stack: ChaosStack = field(init=False)
    salable: dict[str, Any] = field(init=False)
    merchant: Merchant = field(init=False)
    placed: list[str] = field(default_factory=list)
    flow_over: threading.Event = field(default_factory=threading.Event)
    _processes: threading.RLock = field(default_factory=threading.RLock)

    # -- up and down -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Brings everything up, with stock enough for all tests."""
        url = ""
        if self.kind == "postgresql":
            assert self.cluster is not None
            url = self.cluster.create(f"chaos_{self.folder.name.replace('-', '_')}")
        self.stack = ChaosStack(self.folder, database_url=url, fetch_interval=5)
        self.stack.start()
        for sku in self.stack.books("magento")["stock"]:
            self.stack.post("magento", "stock", {"sku": sku, "qty": PLENTY})
        self.stack.post("tiktok", "webhooks/settings", {"retry_max_seconds": 5})
        self.stack.flask("carriers", "map", "--magento", CARRIER, "--tiktok", provider_id("US", PROVIDER))
        self.salable = salable(self.stack)
        self.merchant = Merchant(self.stack, self.rng)

    def stop(self) -> None:
        self.stack.stop()

    # -- what faults use ---------------------------------------------------------------------------------------------------

    @property
    def flowing(self) -> bool:
        return not self.flow_over.is_set()

    def pause(self, least: float, most: float | None = None) -> None:
        """Waits some seconds (drawn from the seed), or less when the flow of orders ends."""
        self.flow_over.wait(self.rng.uniform(least, most or least))

    def kill(self, name: str) -> None:
        """kill -9 of a process and its children; nothing when it is down already (two faults at once)."""
        with self._processes:
            if name in self.stack.processes:
                self.stack.kill(name)

    def begin(self, name: str) -> None:
        with self._processes:
            if name not in self.stack.processes:
                self.stack.start_process(name)

    def end(self, name: str) -> None:
        """SIGTERM, as a platform does."""
        with self._processes:
            self.stack.stop_process(name)

    def signal(self, name: str, number: signal.Signals) -> None:
        with self._processes:
            if name in self.stack.processes:
                os.killpg(self.stack.processes[name].pid, number)

    def pids(self, *names: str) -> list[int]:
        """The processes of these names with all their children."""
        groups = {self.stack.processes[name].pid for name in names if name in self.stack.processes}
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if os.getpgid(int(entry.name)) in groups:
                        found.append(int(entry.name))
                except ProcessLookupError:
                    continue
        return found

    def rules(self, side: str, *faults: Mapping[str, Any]) -> None:
        """Adds fault rules to a sandbox."""
        for fault in faults:
            requests.post(f"{self.stack.url(side)}/_sandbox/faults", json=dict(fault), timeout=30).raise_for_status()

    def no_rules(self, side: str) -> None:
        requests.delete(f"{self.stack.url(side)}/_sandbox/faults", timeout=30).raise_for_status()

    def hits(self, side: str) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = requests.get(f"{self.stack.url(side)}/_sandbox/faults", timeout=30).json()
        return rules

    def webhooks(self, **settings: Any) -> None:
        self.stack.post("tiktok", "webhooks/settings", settings)

    def engine(self) -> Engine:
        """A connection of the test's own to the connector's database."""
        return create_engine(database_url(self.stack.database_url), isolation_level="AUTOCOMMIT")

    # -- orders flow -----------------------------------------------------------------------------------------------------

    def _flow(self, count: int, pace: float) -> None:
        """Orders at a steady pace, and what becomes of them."""
        begun = time.monotonic()
        seed = self.rng.randrange(1 << 30)
        placed = 0
        try:
            while placed < count:
                some = min(count - placed, max(1, int((time.monotonic() - begun) * pace) - placed))
                ids = self.stack.post("tiktok", "orders/bulk", {"count": some, "seed": seed + placed})["ids"]
                placed += some
                self.placed += ids
                self.merchant.take(ids, time.monotonic())
                self.merchant.act(time.monotonic())
                time.sleep(max(0.05, (placed + 1) / pace - (time.monotonic() - begun)))
        finally:
            self.flow_over.set()

    # -- one scenario ----------------------------------------------------------------------------------------------------

    def run(self, fault: Callable[[Lab], None], count: int = ORDERS, pace: float = PACE) -> Outcome:
        """Sends `count` orders through while the fault lasts; then waits until everything is right, or HEALED_WITHIN is over."""
        self.flow_over.clear()
        flow = threading.Thread(target=self._flow, args=(count, pace))
        begun = time.monotonic()
        flow.start()
        try:
            fault(self)
        finally:
            ended = time.monotonic()
            flow.join()
        # What was placed after the fault's end has to be in time too: the clock runs from the later of both.
        ended = max(ended, time.monotonic()) if not self.flowing else ended
        healed, findings, states = self._heal(ended)
        unsettled = self.unsettled() if healed is None else []
        return Outcome(count, ended - begun, healed, findings, states, unsettled)

    def _heal(self, ended: float) -> tuple[float | None, Findings, Mapping[str, float]]:
        findings, states = Findings(), {}
        while True:
            at = time.monotonic() - ended
            self.merchant.act(time.monotonic())
            states = self.states()
            is_quiet = self.is_quiet(states) and self.merchant.is_done
            late = at > HEALED_WITHIN
            if is_quiet or late:
                findings = compare(self.stack, self.salable)
                if not findings and is_quiet:
                    return at, findings, states
            if late:
                return None, findings, states
            time.sleep(0.5)

    def is_quiet(self, states: Mapping[str, float]) -> bool:
        """Whether the connector knows every order that was placed, and has nothing to do."""
        return states.get("pending", 1) == 0 and sum(states.values()) >= len(self.placed)

    def states(self) -> dict[str, float]:
        """The connector's orders by state, as /metrics tells; empty while it does not answer."""
        try:
            answer = requests.get(f"{self.stack.url('web')}/metrics", timeout=10)
            answer.raise_for_status()
        except requests.RequestException:
            return {}
        for family in text_string_to_metric_families(answer.text):
            if family.name == "connector_orders":
                return {sample.labels["state"]: sample.value for sample in family.samples}
        return {}

    def unsettled(self) -> list[dict[str, Any]]:
        """For a failed scenario: the orders that are neither synced nor waiting, as their rows say."""
        columns = "tiktok_order_id, status, sync_state, error_code, attempts, due_at, lease_owner, lease_until, observed, handled"
        query = f"SELECT {columns} FROM orders WHERE sync_state NOT IN ('synced', 'waiting') LIMIT 10"
        engine = self.engine()
        try:
            with engine.connect() as connection:
                rows = [dict(row) for row in connection.execute(text(query)).mappings()]
                return [{"now": time.strftime("%H:%M:%S", time.gmtime())}, *rows]
        except SQLAlchemyError as error:
            return [{"error": str(error)}]
        finally:
            engine.dispose()


def said(text: str) -> None:
    """A line on the test's real output, also when pytest captures."""
    print(text, file=sys.__stderr__, flush=True)


__all__ = ["ORDERS", "SHORT", "Lab", "Outcome", "said", "wait_for"]
