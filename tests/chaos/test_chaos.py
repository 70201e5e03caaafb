"""Whatever fails, every TikTok order ends up in Magento exactly once, and within a minute of the fault's end.

`make test` runs a selection with a few orders; `make chaos` all of it, with 1,000 orders through each and random mixtures.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.chaos.conftest import Labs
from tests.chaos.faults import Fault
from tests.chaos.lab import SEED, SHORT, said
from tests.chaos.scenarios import BOTH, SCENARIOS, Scenario, mixture

#: One after the other, in the same laboratories; the end-to-end tests may run beside them.
pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]

MIXTURES = int(os.environ.get("CHAOS_MIXTURES", "1"))
#: In short, one mixture on one database.
MIXED_ON = ("postgresql",) if SHORT else BOTH
CASES = [
    pytest.param(scenario, database, id=f"{scenario.name}-{database}")
    for database in BOTH
    for scenario in SCENARIOS
    if database in (scenario.short if SHORT else scenario.databases)
]


def survives(labs: Labs, name: str, database: str, fault: Fault) -> None:
    lab = labs.of(database)
    try:
        outcome = lab.run(fault)
        said(f"chaos: {name} on {database}: {outcome}")
        assert not outcome.findings, f"{outcome}\nstates: {outcome.states}\n{outcome.unsettled}"
        assert outcome.healing_seconds is not None, f"{outcome}\nstates: {outcome.states}\n{outcome.unsettled}"
    except BaseException:
        labs.forget()
        raise


@pytest.mark.parametrize(("scenario", "database"), CASES)
def test_orders_survive(scenario: Scenario, database: str, labs: Labs) -> None:
    survives(labs, scenario.name, database, scenario.fault)


@pytest.mark.parametrize("number", range(MIXTURES))
@pytest.mark.parametrize("database", MIXED_ON)
def test_orders_survive_a_random_mixture(database: str, number: int, labs: Labs) -> None:
    name, fault = mixture(random.Random(f"{SEED}-{database}-{number}"), database)
    said(f"chaos: mixture {number} of seed {SEED}: {name}")
    survives(labs, name, database, fault)
