"""`python -m benchmarks [intake] [drain] [latency] [fetch] [memory] [--orders N]`: prints figures and the ratio to the floor."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import drain, fetch, intake, latency, memory

MEASURES: dict[str, Callable[[Path, int], None]] = {
    "intake": intake.measure,
    "drain": drain.measure,
    "latency": latency.measure,
    "fetch": fetch.measure,
    "memory": memory.measure,
}
ORDERS = {"intake": 7000, "drain": 1000, "latency": 400, "fetch": 10_000, "memory": 10_000}


def main() -> None:
    """Runs the named measures, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("names", nargs="*", choices=[*MEASURES, []], help="default: all")
    parser.add_argument("--orders", type=int, help="instead of each measure's own number")
    options = parser.parse_args()
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"{cores} cores, load average {load:.1f} before the run; both sandboxes run on the same cores")
    for name in options.names or MEASURES:
        with tempfile.TemporaryDirectory(prefix=f"benchmark-{name}-") as folder:
            print(f"\n== {name}")
            MEASURES[name](Path(folder), options.orders or ORDERS[name])


if __name__ == "__main__":
    main()
