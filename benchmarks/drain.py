"""1,000 orders that wait, until all are in Magento, against a bare script with the same Magento calls and the same
concurrency. Goal: at least 0.8 of it.

Three times: with a Magento that answers at once, where everything is a question of who uses the processor, the sandboxes among
them; with one that takes as long as a real, small one did (sandbox/magento/latency.py), for a twentieth of the orders; and with
one that is ten times as fast as that, for a quarter of them.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks import bare_calls
from benchmarks.setup import calls, place, plenty, stack, states
from sandbox.stack import wait_for


def measure(folder: Path, count: int) -> None:
    """Prints both rates and the ratio, for each kind of Magento."""
    print("a Magento that answers at once:")
    _measure(folder / "at-once", count, latency=0)
    print("a Magento ten times as fast as a real one:")
    _measure(folder / "fast", max(20, count // 4), latency=0.1)
    print("a Magento as slow as a real one:")
    _measure(folder / "real", max(20, count // 20), latency=1)


def _measure(folder: Path, count: int, latency: float) -> None:
    """The bare script runs before and after, so that the machine's mood shows."""
    running = stack(folder, fetch_interval=3600, magento_flags=f"--latency {latency}")
    try:
        running.prepare()
        plenty(running)
        running.post("tiktok", "webhooks/settings", {"hold": True})
        place(running, count)
        running.start_process("web")
        running.flask("orders", "fetch")
        before = bare_calls.run(running.url("magento"), count // 2, running.workers)
        running.start_process("worker")
        running.start_process("scheduler")
        # The clock starts with the first order in Magento: starting Python is not draining.
        wait_for("the first order", lambda: states(running)["synced"] > 0, 120, every=0.02)
        begun, first = time.monotonic(), states(running)["synced"]
        wait_for("all orders", lambda: states(running)["synced"] >= count, 1200, every=0.2)
        seconds = (time.monotonic() - begun) * count / (count - first)
        for name in ("scheduler", "worker"):
            running.stop_process(name)
        to_magento, to_tiktok = (calls(running, side) / count for side in ("store", "shop"))
        after = bare_calls.run(running.url("magento"), count - count // 2, running.workers)
        bare = before + after
        print(
            f"connector {count / seconds:.2f} orders/s ({to_magento:.1f} calls to Magento an order, {to_tiktok:.1f} to TikTok)"
        )
        print(f"bare script {count / bare:.2f} orders/s ({bare_calls.CALLS} Magento calls an order)")
        print(f"before {count // 2 / before:.2f}, after {(count - count // 2) / after:.2f}")
        print(f"ratio {bare / seconds:.2f} (goal 0.8)", flush=True)
    finally:
        running.stop()
