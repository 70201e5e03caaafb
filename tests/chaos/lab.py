"""A whole connector as processes, orders flowing through it, and the measure of how it comes out of a fault."""

from __future__ import annotations

import copy
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from connector.config import database_url
from sandbox.tiktok.logistics import provider_id
from tests.chaos.measures import HEALED_WITHIN, LOOK_AGAIN_AFTER, ORDERS, PACE, SEED, SHORT
from tests.chaos.merchant import CARRIER, PROVIDER, Merchant
from tests.chaos.rules import Rules
from tests.chaos.stack import ChaosStack
from tests.support.checker import Findings, compare, salable
from tests.support.postgres import Cluster

PLENTY = 1_000_000
#: Orders beyond those that were asked for are placed only while fewer than so many are due: they shall make no backlog.
MOST_DUE = 20
#: A fault that wants so many orders more than were asked for is not coming to its end.
MOST_MORE = 2000


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


@dataclass(eq=False)
class Lab:
    """`run(name, fault)` sends orders through the connector while `fault(lab)` does its worst, and compares the books."""

    kind: str
    folder: Path
    cluster: Cluster | None = None
    fetch_interval: int = 5
    stack: ChaosStack = field(init=False)
    salable: dict[str, Any] = field(init=False)
    merchant: Merchant = field(init=False)
    #: Each thread of a scenario draws from one of its own, so that a seed repeats what each of them does.
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))
    placed: list[str] = field(default_factory=list)
    flow_over: threading.Event = field(default_factory=threading.Event)
    #: One entry for each fault that needs orders to flow on, more than were asked for.
    _wanting: list[Lab] = field(default_factory=list)
    _broken_off: threading.Event = field(default_factory=threading.Event)
    _flow_error: BaseException | None = None

    # -- up and down -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Brings everything up, with stock enough for all tests."""
        url = ""
        if self.kind == "postgresql":
            assert self.cluster is not None
            url = self.cluster.create(f"chaos_{self.folder.name.replace('-', '_')}")
        self.stack = ChaosStack(
            self.folder, database_url=url, fetch_interval=self.fetch_interval, tiktok_flags=f"--seed {SEED}"
        )
        self.stack.start()
        for sku in self.stack.books("magento")["stock"]:
            self.stack.post("magento", "stock", {"sku": sku, "qty": PLENTY})
        self.stack.post("tiktok", "webhooks/settings", {"retry_max_seconds": 5})
        self.stack.flask("carriers", "map", "--magento", CARRIER, "--tiktok", provider_id("US", PROVIDER))
        self.salable = salable(self.stack)

    def stop(self) -> None:
        self.stack.stop()

    # -- what faults use ---------------------------------------------------------------------------------------------------

    @property
    def flowing(self) -> bool:
        return not self.flow_over.is_set()

    def pause(self, least: float, most: float | None = None) -> None:
        """Waits some seconds (drawn from the seed), or less when the flow of orders ends."""
        self.flow_over.wait(self.rng.uniform(least, most or least))

    def sees(self, condition: Callable[[], object], within: float = 5) -> bool:
        """Whether something comes about in time."""
        give_up = time.monotonic() + within
        while not condition():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.1)
        return True

    def rules(self, side: str, *faults: Mapping[str, Any]) -> Rules:
        """Fault rules for a sandbox, not in force yet."""
        return Rules(self.stack.url(side), *({"seed": self.rng.randrange(1 << 30), **fault} for fault in faults))

    def break_off(self) -> None:
        """Ends the flow of orders: the scenario has failed."""
        self._broken_off.set()

    @contextmanager
    def orders_flow_on(self) -> Iterator[None]:
        """Inside the block the flow does not end, unless the scenario is broken off."""
        self._wanting.append(self)
        try:
            yield
        finally:
            self._wanting.remove(self)

    def of_thread(self, number: int) -> Lab:
        """The same lab for one of several faults at once: with a random of its own."""
        own = copy.copy(self)
        own.rng = random.Random(f"{self.rng.random()}-{number}")
        return own

    # -- orders flow -----------------------------------------------------------------------------------------------------

    def _flow(self, count: int, pace: float, rng: random.Random) -> None:
        """Orders at a steady pace, and what becomes of them."""
        begun = time.monotonic()
        seed = rng.randrange(1 << 30)
        placed = 0
        try:
            while (placed < count or self._wanting) and not self._broken_off.is_set():
                assert placed < count + MOST_MORE, f"{placed} orders, and the fault waits for more"
                is_more = placed >= count
                some = 1 if is_more else min(count - placed, max(1, int((time.monotonic() - begun) * pace) - placed))
                if not is_more or self.states().get("pending", MOST_DUE) < MOST_DUE:
                    ids = self.stack.post("tiktok", "orders/bulk", {"count": some, "seed": seed + placed})["ids"]
                    placed += some
                    self.placed += ids
                    self.merchant.take(ids, time.monotonic())
                self.merchant.act(time.monotonic())
                next_in = 1 / pace if is_more else (placed + 1) / pace - (time.monotonic() - begun)
                time.sleep(max(0.05, next_in))
        except BaseException as error:
            self._flow_error = error
        finally:
            self.flow_over.set()

    # -- one scenario ----------------------------------------------------------------------------------------------------

    def run(
        self,
        name: str,
        fault: Callable[[Lab], None],
        *,
        count: int = ORDERS,
        pace: float = PACE,
        within: float = HEALED_WITHIN,
    ) -> Outcome:
        """Sends `count` orders through while the fault lasts; then waits until everything is right, or `within` is over."""
        seed = f"{SEED}-{name}-{self.kind}"
        self.rng = random.Random(f"{seed}-fault")
        self.merchant = Merchant(self.stack, random.Random(f"{seed}-merchant"))
        self.stack.forget_logs()
        for event in (self.flow_over, self._broken_off):
            event.clear()
        self._flow_error = None
        before = len(self.placed)
        flow = threading.Thread(target=self._flow, args=(count, pace, random.Random(f"{seed}-flow")))
        begun = time.monotonic()
        flow.start()
        try:
            fault(self)
        except BaseException:
            self.break_off()
            raise
        finally:
            flow.join()
            if self._flow_error is not None:
                raise self._flow_error
        # What was placed after the fault's end has to be in time too: the clock runs from the later of both.
        ended = time.monotonic()
        placed = len(self.placed) - before
        assert placed >= count, f"only {placed} of {count} orders were placed"
        healed, findings, states = self._heal(ended, within)
        if healed is not None and not SHORT:
            findings = self._look_again()
        unsettled = [] if healed is not None and not findings else self.unsettled()
        return Outcome(placed, ended - begun, healed, findings, states, unsettled)

    def _heal(self, ended: float, within: float) -> tuple[float | None, Findings, Mapping[str, float]]:
        """The seconds until everything was right, or None; and what was wrong at the end."""
        while True:
            at = time.monotonic() - ended
            self.merchant.act(time.monotonic())
            states = self.states()
            is_quiet = self.is_quiet(states) and self.merchant.is_done
            is_late = at > within
            if is_quiet or is_late:
                findings = compare(self.stack, self.salable)
                if not findings and is_quiet:
                    return at, findings, states
                if is_late:
                    return None, findings, states
            time.sleep(0.5)

    def _look_again(self) -> Findings:
        """The books after a long quiet: a double that comes with a late poll or an ended lease would show now."""
        time.sleep(LOOK_AGAIN_AFTER)
        return compare(self.stack, self.salable)

    def is_quiet(self, states: Mapping[str, float]) -> bool:
        """Whether the connector knows every order that was placed, has nothing to do, and none of them in an error.

        No scenario leaves an order that a person would have to see to.
        """
        is_settled = states.get("pending", 1) == 0 and states.get("error", 0) == 0
        return is_settled and sum(states.values()) >= len(self.placed)

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
        engine = create_engine(database_url(self.stack.database_url))
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
