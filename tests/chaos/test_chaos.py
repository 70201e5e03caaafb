"""Whatever fails, every TikTok order ends up in Magento exactly once, and within a minute of the fault's end.

`make test` runs a selection with a few orders; `make chaos` all of it, with 1,000 orders through each and random mixtures.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from tests.chaos.conftest import Labs
from tests.chaos.faults.again import Fault
from tests.chaos.lab import said
from tests.chaos.measures import HEALED_WITHIN, PACE, SEED, SHORT
from tests.chaos.scenarios import BOTH, SCENARIOS, Scenario, mixture

pytestmark = pytest.mark.chaos

MIXTURES = int(os.environ.get("CHAOS_MIXTURES", "1"))
#: In short, one mixture on one database.
MIXED_ON = ("postgresql",) if SHORT else BOTH


def on(database: str, *values: Any, name: str) -> Any:
    """A case: those of a database one after the other in its laboratory; in `make test` others run beside them."""
    return pytest.param(*values, database, id=f"{name}-{database}", marks=pytest.mark.xdist_group(f"chaos-{database}"))


CASES = [
    on(database, scenario, name=scenario.name)
    for database in BOTH
    for scenario in SCENARIOS
    if database in (scenario.short if SHORT else scenario.databases)
]
MIXED = [on(database, number, name=f"{number}") for database in MIXED_ON for number in range(MIXTURES)]


def survives(
    labs: Labs,
    name: str,
    database: str,
    fault: Fault,
    *,
    pace: float = PACE,
    fetch_interval: int = 5,
    within: float = HEALED_WITHIN,
) -> None:
    lab = labs.of(database, fetch_interval)
    try:
        outcome = lab.run(name, fault, pace=pace, within=within)
        said(f"chaos: {name} on {database}: {outcome}")
        report = f"{outcome}\nstates: {outcome.states}\n{outcome.unsettled}"
        assert not outcome.findings, report
        assert outcome.healing_seconds is not None and outcome.healing_seconds <= within, report
        # Orders in an error are never quiet, so nothing has healed as long as there are any.
    except BaseException:
        labs.forget()
        raise


@pytest.mark.parametrize(("scenario", "database"), CASES)
def test_orders_survive(scenario: Scenario, database: str, labs: Labs) -> None:
    survives(
        labs,
        scenario.name,
        database,
        scenario.fault,
        pace=PACE * scenario.pace,
        fetch_interval=scenario.fetch_interval,
        within=scenario.within,
    )


@pytest.mark.parametrize(("number", "database"), MIXED)
def test_orders_survive_a_random_mixture(number: int, database: str, labs: Labs) -> None:
    name, fault, pace = mixture(random.Random(f"{SEED}-{database}-{number}"), database)
    said(f"chaos: mixture {number} of seed {SEED}: {name}")
    survives(labs, name, database, fault, pace=PACE * pace)
