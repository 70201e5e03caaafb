"""Faults of the connector's own processes: killed, stopped, doubled, migrated under, with a clock that is wrong."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import requests

from sandbox.stack import ROOT, wait_for
from tests.chaos.faults.again import again_and_again
from tests.chaos.lab import Lab
from tests.chaos.measures import SHORT
from tests.chaos.stack import OURS


def _web_killed(lab: Lab) -> int:
    """Valkey is frozen, so each request stores its event and then hangs in waking; there the web is killed."""
    stack = lab.stack
    newest = stack.database("SELECT max(id) FROM inbox_events")
    stack.signal("valkey", signal.SIGSTOP)
    try:
        # Nobody can have been woken for what is stored from now on.
        stored = "SELECT count(*) FROM inbox_events WHERE id > :newest AND state = 'new'"
        lab.sees(lambda: stack.database(stored, newest=newest), within=2)
        stack.kill("web")
        return stack.database(stored, newest=newest)
    finally:
        stack.signal("valkey", signal.SIGCONT)
        stack.begin("web")
        lab.pause(3, 4)


def _worker_killed(lab: Lab) -> int:
    # From when they have come to an order: a slow machine starts them for longer than from one kill to the next.
    lab.sees(lab.stack.orders_in_hand, within=15)
    lab.pause(0, 6)
    held = lab.stack.orders_in_hand()
    lab.stack.kill("worker")
    lab.stack.begin("worker")
    return held


def _asked_to_stop(lab: Lab) -> int:
    """SIGTERM to workers, web and scheduler in turn, as a platform does at each deployment."""
    held = 0
    for name in ("worker", "web", "scheduler"):
        lab.pause(1, 2)
        held += lab.stack.held_orders() if name == "worker" else 0
        lab.stack.end(name)
        lab.stack.begin(name)
    return held


web_killed_between_storing_and_waking = again_and_again(_web_killed, 0.5, 2)
worker_killed_at_any_moment = again_and_again(_worker_killed, 0.5, 1)
asked_to_stop_in_mid_job = again_and_again(_asked_to_stop, 0)


def two_schedulers(lab: Lab) -> None:
    lab.stack.begin("scheduler2")
    lab.flow_over.wait()
    assert lab.stack.processes["scheduler2"].poll() is None, "the second scheduler has ended by itself"
    lab.stack.end("scheduler2")


# -- two workers, two polls and two clicks ---------------------------------------------------------------------------------

#: What makes an order take longer than a command takes to start. Only so many calls a round, for the backlog that it makes.
SLOW = {"kind": "delay", "seconds": 1.0, "times": 12, "path": r"/carts/|/invoice"}


def _everybody_at_once(lab: Lab) -> int:
    """All of them on an order that Magento has not got yet when they begin."""
    slow = lab.rules("magento", SLOW)
    slow.begin()
    try:
        wait_for(
            "an order that Magento has not got, or the flow's end",
            lambda: _newest_missing(lab) or not lab.flowing,
            within=60,
        )
        order_id = _newest_missing(lab)
        if not order_id:
            return 0
        flask = [sys.executable, "-m", "flask", "--app", "wsgi", "orders"]
        running = {
            f"{number} {' '.join(what)}": subprocess.Popen(
                [*flask, *what],
                cwd=ROOT,
                env=lab.stack.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number, what in enumerate((["sync", order_id], ["sync", order_id], ["fetch"], ["fetch"]))
        }
        for what, process in running.items():
            output, errors = process.communicate()
            assert process.returncode == 0, f"orders {what} ended with {process.returncode}:\n{output}{errors}"
    finally:
        slow.end()
    return sum(slow.hits)


def _newest_missing(lab: Lab) -> str:
    """The newest order that is not in Magento's books; "" when all are there."""
    placed = lab.placed[-20:]
    there = {order.get("ext_order_id") for order in lab.stack.books("magento")["orders"]}
    return next((each for each in reversed(placed) if each not in there), "")


everybody_at_once = again_and_again(_everybody_at_once, 10, 15)


# -- migrations ------------------------------------------------------------------------------------------------------------

#: What a migration of the next version could do to the tables that are written all the time.
REVISION = '''
"""A column and an index, for the chaos suite only."""

import sqlalchemy as sa

from alembic import op

revision = "chaos"
down_revision = "{head}"

TABLES = ("orders", "inbox_events")


def upgrade():
    for table in TABLES:
        op.add_column(table, sa.Column("of_the_next_version", sa.String(20), nullable=True))
        op.create_index(f"ix_{{table}}_of_the_next_version", table, ["of_the_next_version"])


def downgrade():
    for table in TABLES:
        op.drop_index(f"ix_{{table}}_of_the_next_version", table)
        op.drop_column(table, "of_the_next_version")
'''


def _next_version(lab: Lab) -> Path:
    """A copy of the migrations with one more on top."""
    folder = lab.folder / "migrations"
    if not folder.exists():
        shutil.copytree(ROOT / "migrations", folder)
        head = max(path.stem for path in (folder / "versions").glob("[0-9]*.py")).partition("_")[0]
        (folder / "versions" / "9999_chaos.py").write_text(REVISION.format(head=head))
    return folder


def _migrated(lab: Lab) -> int:
    """Up to the next version, while the processes of this one work on; ready all the time; and back."""
    folder = str(_next_version(lab))
    lab.stack.flask("db", "upgrade", "--directory", folder)
    assert lab.stack.database("SELECT count(*) FROM alembic_version WHERE version_num = 'chaos'") == 1
    answer = requests.get(f"{lab.stack.url('web')}/readyz", timeout=10)
    assert answer.json()["database"] == "ok", f"not ready while the database is newer: {answer.text}"
    lab.pause(2, 4)
    lab.stack.flask("db", "downgrade", "--directory", folder)
    return 1


migrated_while_running = again_and_again(_migrated, 1, 3)


# -- clocks ----------------------------------------------------------------------------------------------------------------

AHEAD, BEHIND = "600", "-600"


def clock_ten_minutes_off(lab: Lab) -> None:
    """All of the connector's processes are ahead by ten minutes, then behind, then ahead again; and right in the end."""
    turns = 0
    while lab.flowing or not turns:
        for seconds in (AHEAD,) if SHORT else (AHEAD, BEHIND):
            _start_all(lab, {"CHAOS_CLOCK": seconds})
            words = f"the clock is off by {seconds} s"
            assert lab.sees(lambda words=words: lab.stack.logged(words), within=30), f"nobody's {words}"
            turns += 1
            lab.pause(8 if SHORT else 40)
    _start_all(lab, {})


def _start_all(lab: Lab, inside: dict[str, str]) -> None:
    # First: what another fault starts meanwhile has it too.
    lab.stack.inside = inside
    for name in OURS:
        lab.stack.end(name)
        lab.stack.begin(name)
