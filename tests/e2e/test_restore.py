"""Backup and restore, tried out as docs/operations.md says: what happened after the backup is found on both sides, once."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.config import database_url as sqlalchemy_url
from sandbox.stack import Stack, wait_for
from tests.support.checker import compare, salable
from tests.support.postgres import Cluster, _programs

pytestmark = pytest.mark.e2e
LINES = [{"seller_sku": "MUG-01", "quantity": 1}]


def backup(stack: Stack, file: Path, cluster: Cluster | None) -> None:
    if cluster is None:
        subprocess.run(
            ["python3", "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', [sys.argv[2]])",
             str(stack.folder / "connector.db"), str(file)], check=True,
        )  # fmt: skip
        return
    subprocess.run(
        [str(_programs() / "pg_dump"), "--format=custom", "--file", str(file), stack.database_url], check=True
    )


def restore(stack: Stack, file: Path, cluster: Cluster | None) -> None:
    if cluster is None:
        for name in ("connector.db", "connector.db-wal", "connector.db-shm"):
            (stack.folder / name).unlink(missing_ok=True)
        shutil.copy(file, stack.folder / "connector.db")
        return
    stack.database_url = cluster.create("restored")
    subprocess.run([str(_programs() / "pg_restore"), "--dbname", stack.database_url, str(file)], check=True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restored_backup_catches_up_and_makes_nothing_twice(kind: str, tmp_path: Path) -> None:
    cluster = None
    if kind == "postgresql":
        cluster = Cluster()
        cluster.start()
    stack = Stack(tmp_path / "stack", database_url=cluster.create("first") if cluster else "", fetch_interval=3)
    try:
        stack.start()
        stack.post("magento", "stock", {"sku": "MUG-01", "qty": 100_000})
        before = salable(stack)

        def place(count: int, status: str = "AWAITING_SHIPMENT") -> list[str]:
            order = {"lines": LINES, "status": status}
            ids: list[str] = stack.post("tiktok", "orders/bulk", {"count": count, "order": order})["ids"]
            return ids

        def are_synced(count: int, waiting: int = 0) -> bool:
            states = [order["sync_state"] for order in stack.orders()]
            return (len(states), states.count("synced"), states.count("waiting")) == (count + waiting, count, waiting)

        since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="seconds")
        place(3)
        # Known when the backup is made, and created after it: nothing in its row tells that.
        [held] = place(1, "ON_HOLD")
        wait_for("the first orders", lambda: are_synced(3, waiting=1), 90, every=1)
        backup(stack, tmp_path / "backup", cluster)
        stack.post("tiktok", f"orders/{held}/release_hold")
        place(4)
        placed_at = time.monotonic()
        wait_for("the others", lambda: are_synced(8), 90, every=1)
        for name in ("scheduler", "worker", "web"):
            stack.kill(name)
        restore(stack, tmp_path / "backup", cluster)
        assert sqlalchemy_url(stack.database_url)
        # An order is looked for in Magento when it became known late (adoption.KNOWN_LATE); a restore takes longer anyway.
        time.sleep(max(0, placed_at + 35 - time.monotonic()))
        for name in ("web", "worker", "scheduler"):
            stack.start_process(name)
        stack.flask("orders", "fetch", "--since", since)
        stack.flask("orders", "reconcile", "--since", since)
        wait_for("all orders again", lambda: are_synced(8), 240, every=2)
        findings = compare(stack, before)
        assert not findings, str(findings)
    finally:
        stack.stop()
        if cluster:
            cluster.remove()
