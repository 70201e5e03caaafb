"""The table: what is done while orders flow, on which databases, and which of it `make test` does in short."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.chaos.faults import boundaries, processes, sides, stores
from tests.chaos.faults.again import Fault, nothing, together
from tests.chaos.measures import HEALED_WITHIN, SHORT

BOTH = ("sqlite", "postgresql")
POSTGRESQL, SQLITE = ("postgresql",), ("sqlite",)
NO_MIX = ""
#: The interval of the poll that the product comes with, in seconds.
SHIPPED_INTERVAL = 60


@dataclass(frozen=True)
class Scenario:
    """`short`: the databases on which `make test` runs it with a few orders.

    `group`: what it strikes. Of a group only one is in a mixture, since two would undo or hide each other.
    `pace`: a part of the usual one, for a fault that takes much of the workers' time by itself: the time that it leaves has to
    be enough for all orders, or what is measured is the machine.
    """

    name: str
    fault: Fault
    group: str
    databases: tuple[str, ...] = BOTH
    short: tuple[str, ...] = ()
    pace: float = 1.0
    fetch_interval: int = 5
    within: float = HEALED_WITHIN


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("nothing", nothing, NO_MIX),
    # It freezes Valkey, too.
    Scenario(
        "web_killed_between_storing_and_waking",
        processes.web_killed_between_storing_and_waking,
        "valkey",
        short=POSTGRESQL,
    ),
    # Half of the time they start.
    Scenario("worker_killed_at_any_moment", processes.worker_killed_at_any_moment, "worker", pace=0.5),
    # Not mixed: where nobody comes by, for another fault's sake, nobody dies.
    Scenario("worker_killed_at_every_boundary", boundaries.worker_killed_at_every_boundary, NO_MIX, short=SQLITE),
    Scenario(
        "worker_killed_inside_every_call",
        boundaries.worker_killed_inside_every_call,
        NO_MIX,
        short=POSTGRESQL,
        pace=0.5,
    ),
    Scenario("asked_to_stop_in_mid_job", processes.asked_to_stop_in_mid_job, "worker"),
    Scenario("two_schedulers", processes.two_schedulers, "scheduler"),
    # Not mixed: its commands may fail when something else does, and then say so as they should.
    Scenario("everybody_at_once", processes.everybody_at_once, NO_MIX, pace=0.5),
    # A migration needs the database.
    Scenario("migrated_while_running", processes.migrated_while_running, "database"),
    Scenario("valkey_killed", stores.valkey_killed, "valkey"),
    Scenario("valkey_flushed", stores.valkey_flushed, "valkey"),
    Scenario("valkey_full", stores.valkey_full, "valkey", short=SQLITE),
    Scenario("valkey_gone_for_a_minute", stores.valkey_gone_for_a_minute, "valkey"),
    Scenario("database_restarted", stores.database_restarted, "database", POSTGRESQL, POSTGRESQL),
    Scenario("database_locked", stores.database_locked, "database"),
    Scenario("database_out_of_connections", stores.database_out_of_connections, "database", POSTGRESQL),
    Scenario("disk_full", stores.disk_full, "database", SQLITE),
    # Magento works in three seconds of seven.
    *(Scenario(name, fault, "magento", pace=0.75) for name, fault in sides.MAGENTO.items()),
    Scenario("magento_hangs", sides.magento_hangs, "magento", pace=0.5),
    Scenario("magento_times_out_after_the_work", sides.times_out("after"), "magento", pace=0.5),
    Scenario("magento_works_after_the_time_out", sides.times_out("before_slow"), "magento", pace=0.5),
    Scenario(
        "tiktok_rate_limit",
        sides.tiktok_answers({"kind": "rate_limit", "headers": {"Retry-After": "3"}}),
        "tiktok",
    ),
    Scenario("tiktok_5xx", sides.tiktok_answers({"kind": "status", "status": 503}), "tiktok"),
    Scenario("tiktok_token_expires", sides.tiktok_token_expires, "tiktok"),
    Scenario("tiktok_token_revoked", sides.tiktok_token_revoked, "tiktok", short=SQLITE),
    Scenario("clock_ten_minutes_off", processes.clock_ten_minutes_off, "clock"),
    Scenario("webhooks_ten_times_at_once", sides.webhooks(copies=10), "webhooks", pace=0.75),
    Scenario("webhooks_shuffled", sides.webhooks(shuffle_seconds=8.0, copies=2), "webhooks"),
    Scenario("webhooks_late", sides.webhooks(hold=True, backdated_seconds=86400), "webhooks"),
    Scenario("webhooks_half_of_them_lost", sides.webhooks(drop=0.5), "webhooks"),
    # What was lost comes with the next poll; and when everything else runs at the shipped settings, within a minute of it.
    Scenario(
        "webhooks_half_of_them_lost_as_shipped",
        sides.webhooks(drop=0.5),
        NO_MIX,
        fetch_interval=SHIPPED_INTERVAL,
        within=SHIPPED_INTERVAL + HEALED_WITHIN,
    ),
)

#: Mixed in the long form only: what turns all processes' clocks, or lasts for longer than the short form's orders flow.
LONG_ONLY = (
    "clock_ten_minutes_off",
    "magento_hangs",
    "magento_times_out_after_the_work",
    "magento_works_after_the_time_out",
)


def mixture(rng: random.Random, database: str) -> tuple[str, Fault, float]:
    """Three or four scenarios of different groups at the same time, drawn from the seed: their names, the fault of all, and
    a `pace`: half of the slowest one's, since what one leaves of the time the others take of. A few orders wait for nobody.
    """
    groups: dict[str, list[Scenario]] = {}
    for scenario in SCENARIOS:
        is_for_it = database in scenario.databases and not (SHORT and scenario.name in LONG_ONLY)
        if scenario.group != NO_MIX and is_for_it:
            groups.setdefault(scenario.group, []).append(scenario)
    drawn = [rng.choice(groups[name]) for name in rng.sample(sorted(groups), rng.choice((3, 4)))]
    name = " + ".join(scenario.name for scenario in drawn)
    pace = min(scenario.pace for scenario in drawn) * (1 if SHORT else 0.5)
    return name, together(*(scenario.fault for scenario in drawn)), pace
