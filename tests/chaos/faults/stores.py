"""Faults of what the connector keeps things in: Valkey and the database."""

from __future__ import annotations

import resource
import sqlite3
import time
from typing import Any

import psycopg
import redis

from tests.chaos.faults.again import again_and_again
from tests.chaos.lab import Lab
from tests.chaos.measures import SHORT
from tests.chaos.stack import OURS

# -- Valkey --------------------------------------------------------------------------------------------------------------


def _valkey(lab: Lab) -> redis.Redis:
    return redis.Redis(port=lab.stack.ports["valkey"], socket_timeout=5)


def _valkey_away(lab: Lab, seconds: float) -> int:
    """Killed, and back after so many seconds, or when somebody has missed it."""
    before = lab.stack.logged("Redis is away")
    lab.stack.kill("valkey")
    time.sleep(seconds)
    lab.sees(lambda: lab.stack.logged("Redis is away") > before)
    lab.stack.begin("valkey")
    return lab.stack.logged("Redis is away") - before


valkey_killed = again_and_again(lambda lab: _valkey_away(lab, 0), 1, 4)
valkey_gone_for_a_minute = again_and_again(lambda lab: _valkey_away(lab, 8 if SHORT else 60), 2 if SHORT else 60)


def _valkey_flushed(lab: Lab) -> int:
    """How many keys there were: jobs, marks, the workers' signs of life."""
    try:
        keys = _valkey(lab).dbsize()
        _valkey(lab).flushall()
    except redis.RedisError:  # another fault of a mixture has it down
        return 0
    return int(keys)


valkey_flushed = again_and_again(_valkey_flushed, 0.2, 1)


def _valkey_full(lab: Lab) -> int:
    """Every write is refused: maxmemory below what it uses, nothing may be evicted."""
    client = _valkey(lab)
    before = _refused_writes(client)
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", "1")
    lab.pause(5, 8)
    lab.sees(lambda: _refused_writes(client) > before)
    client.config_set("maxmemory", "0")
    return _refused_writes(client) - before


def _refused_writes(client: redis.Redis) -> int:
    return int(client.info("errorstats").get("errorstat_OOM", {}).get("count", 0))


valkey_full = again_and_again(_valkey_full, 3, 5)


# -- the database ----------------------------------------------------------------------------------------------------------


def _database_restarted(lab: Lab) -> int:
    """PostgreSQL's immediate shutdown: as after a power cut."""
    assert lab.cluster is not None
    lab.cluster.stop()
    time.sleep(0.5)
    lab.cluster.start()
    return 1


database_restarted = again_and_again(_database_restarted, 2, 4)


def _database_locked(lab: Lab) -> int:
    """Somebody holds the write lock: on SQLite for longer than the connector's busy time-out (30 s).

    In short it is longer than TikTok's patience with a webhook (5 s) at least, so that one has to be sent again.
    """
    seconds = 6.0 if SHORT else 40.0
    begun = time.time()
    if lab.kind == "sqlite":
        connection = sqlite3.connect(lab.folder / "connector.db", isolation_level=None, timeout=60)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
        connection.close()
        return lab.stack.refused_webhooks(begun)
    with psycopg.connect(lab.stack.database_url) as postgres:
        # Who takes one table and then the other meets somebody who did it the other way round. Whose patience is over first
        # finds the deadlock and loses: the connector, for it is the connector that has to come out of it.
        postgres.execute("SET LOCAL deadlock_timeout = '1min'")
        postgres.execute("LOCK TABLE orders, inbox_events IN ACCESS EXCLUSIVE MODE")
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        lab.sees(lambda: lab.stack.database(waiting), within=seconds)
        seen = lab.stack.database(waiting)
        time.sleep(seconds)
    return seen


database_locked = again_and_again(_database_locked, 1 if SHORT else 60)


def _database_out_of_connections(lab: Lab) -> int:
    """Somebody else has all the server's connections; the connector's own are cut. Returns how many of them."""
    hogs: list[psycopg.Connection[Any]] = []
    cut = 0
    until = time.monotonic() + (6 if SHORT else 20)
    try:
        while time.monotonic() < until:
            try:
                hogs.append(psycopg.connect(lab.stack.database_url, autocommit=True))
            except psycopg.OperationalError:
                cut += (
                    hogs[0]
                    .execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND application_name = '' AND pid <> ALL(%s)",
                        [[hog.info.backend_pid for hog in hogs]],
                    )
                    .rowcount
                )
                time.sleep(0.1)
    finally:
        for hog in hogs:
            hog.close()
    return cut


database_out_of_connections = again_and_again(_database_out_of_connections, 1 if SHORT else 30)


def _disk_full(lab: Lab) -> int:
    """No file of the connector's processes may grow any more; SQLite cannot write its log, nor they theirs.

    That it struck, TikTok says (webhooks that could not be stored), or those logs that had room.
    """
    log = lab.folder / "connector.db-wal"
    begun = time.time()
    before = _said_of_the_disk(lab)

    def allow(size: int) -> None:
        for pid in lab.stack.pids(*OURS):
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            except ProcessLookupError:  # ended meanwhile
                continue

    until = time.monotonic() + (6 if SHORT else 20)
    while time.monotonic() < until:
        allow(max(4096, log.stat().st_size if log.exists() else 4096) // 2)
        time.sleep(0.3)
    allow(resource.RLIM_INFINITY)
    return _said_of_the_disk(lab) - before + lab.stack.refused_webhooks(begun)


def _said_of_the_disk(lab: Lab) -> int:
    return lab.stack.logged("disk I/O error") + lab.stack.logged("disk is full")


disk_full = again_and_again(_disk_full, 1 if SHORT else 30)
