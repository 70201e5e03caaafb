"""The memory of a worker over 10,000 orders: flat after its start. Both sides run in this process; only they grow."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.setup import place, plenty, stack, states
from sandbox.stack import wait_for


def measure(folder: Path, count: int) -> None:
    """Prints a worker's resident memory after each tenth of the orders, and the growth from the second tenth to the last."""
    running = stack(folder, workers=1, fetch_interval=3600)
    try:
        running.start()
        plenty(running)
        sizes, workers = [], set()
        part = max(20, count // 10)
        for turn in range(1, 11):
            place(running, part)
            wait_for("this tenth", lambda: states(running)["synced"] >= part * turn, 3600, every=0.5)  # noqa: B023
            size, pid = _largest_child(running.processes["worker"].pid)
            sizes.append(size)
            workers.add(pid)
            print(f"after {part * turn} orders: {sizes[-1]:.1f} MiB", flush=True)
            time.sleep(0.1)
        if len(workers) > 1:
            raise RuntimeError("the worker was replaced in between: this says nothing of its memory")
        print(f"from the second tenth to the last: {sizes[-1] - sizes[1]:+.1f} MiB ({sizes[-1] / sizes[1] - 1:+.1%})")
    finally:
        running.stop()


def _largest_child(parent: int) -> tuple[float, int]:
    """MiB and number of the largest process below the pool's parent: its worker."""
    sizes = [(0.0, 0)]
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                pages = int((entry / "statm").read_text().split()[1])
                sizes.append((pages * 4096 / 1024 / 1024, int(entry.name)))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return max(sizes)
