"""The table: what is done while orders flow, on which databases, and which of it `make test` does in short."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.chaos import faults
from tests.chaos.faults import Fault

BOTH = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Scenario:
    """`short`: the databases on which `make test` runs it with a few orders."""

    name: str
    fault: Fault
    databases: tuple[str, ...] = BOTH
    short: tuple[str, ...] = ()


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("nothing", faults.nothing),
    Scenario(
        "web_killed_between_storing_and_waking", faults.web_killed_between_storing_and_waking, short=("postgresql",)
    ),
    Scenario("worker_killed_at_any_moment", faults.worker_killed_at_any_moment),
    Scenario("worker_killed_at_every_boundary", faults.worker_killed_at_every_boundary, short=("sqlite",)),
    Scenario("worker_killed_inside_every_call", faults.worker_killed_inside_every_call, short=("postgresql",)),
    Scenario("asked_to_stop_in_mid_job", faults.asked_to_stop_in_mid_job),
    Scenario("two_schedulers", faults.two_schedulers),
    Scenario("everybody_at_once", faults.everybody_at_once),
    Scenario("migrated_while_running", faults.migrated_while_running),
    Scenario("valkey_killed", faults.valkey_killed),
    Scenario("valkey_flushed", faults.valkey_flushed),
    Scenario("valkey_full", faults.valkey_full, short=("sqlite",)),
    Scenario("valkey_gone_for_a_minute", faults.valkey_gone_for_a_minute),
    Scenario("database_restarted", faults.database_restarted, ("postgresql",), ("postgresql",)),
    Scenario("database_locked", faults.database_locked),
    Scenario("database_out_of_connections", faults.database_out_of_connections, ("postgresql",)),
    Scenario("disk_full", faults.disk_full, ("sqlite",), ("sqlite",)),
    *(Scenario(name, fault) for name, fault in faults.MAGENTO_FAULTS.items()),
    Scenario("magento_times_out_after_the_work", faults.magento_times_out("after")),
    Scenario("magento_works_after_the_time_out", faults.magento_times_out("before_slow")),
    Scenario("tiktok_rate_limit", faults.tiktok_answers({"kind": "rate_limit", "headers": {"Retry-After": "3"}})),
    Scenario("tiktok_5xx", faults.tiktok_answers({"kind": "status", "status": 503})),
    Scenario("tiktok_token_expires", faults.tiktok_token_expires),
    Scenario("tiktok_token_revoked", faults.tiktok_token_revoked, short=("sqlite",)),
    Scenario("clock_ten_minutes_off", faults.clock_ten_minutes_off),
    Scenario("webhooks_ten_times_at_once", faults.webhooks(copies=10)),
    Scenario("webhooks_shuffled", faults.webhooks(shuffle_seconds=8.0, copies=2)),
    Scenario("webhooks_late", faults.webhooks(hold=True)),
    Scenario("webhooks_half_of_them_lost", faults.webhooks(drop=0.5)),
)

#: What may strike together. Left out: what has a deadline of its own to end by, and what turns the clock of all processes.
MIXABLE: tuple[Scenario, ...] = tuple(
    scenario
    for scenario in SCENARIOS
    if scenario.name
    not in {
        *("nothing", "clock_ten_minutes_off", "worker_killed_at_every_boundary", "database_out_of_connections"),
        *("magento_times_out_after_the_work", "magento_works_after_the_time_out", "migrated_while_running"),
        *("everybody_at_once", "worker_killed_inside_every_call", "valkey_full", "tiktok_token_revoked"),
    }
)


def mixture(rng: random.Random, database: str) -> tuple[str, Fault]:
    """Three or four scenarios at the same time, drawn from the seed: their names, and the fault of all."""
    fitting = [scenario for scenario in MIXABLE if database in scenario.databases]
    drawn = rng.sample(fitting, rng.choice((3, 4)))
    return " + ".join(scenario.name for scenario in drawn), faults.together(*(scenario.fault for scenario in drawn))
