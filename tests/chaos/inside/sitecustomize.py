"""Loaded by Python itself at the start of the connector's processes in the chaos tests (it is on their PYTHONPATH).

It does what only the inside of a process can do: turn its clock (CHAOS_CLOCK, seconds), and die by SIGKILL at a named
boundary of the engine (CHAOS_TICKETS, a folder: whoever can remove the file named like the boundary dies there). The
product itself knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any


def turn_the_clock(seconds: float) -> None:
    real_time = time.time
    time.time = lambda: real_time() + seconds
    from connector import clock

    real_now = clock.now
    clock.now = lambda: real_now() + timedelta(seconds=seconds)
    print(f"the clock is off by {seconds:.0f} s", file=sys.stderr, flush=True)


def die_by_tickets(folder: Path) -> None:
    from connector.sync import aftersales, converge, intake, lease, run, steps
    from connector.sync.steps import refund_return, shipment_rows

    def boundary(name: str) -> None:
        try:
            (folder / name).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: Any, attribute: str, name_of: Callable[..., str]) -> None:
        real = getattr(owner, attribute)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            name = name_of(*args, **kwargs)
            boundary(f"before-{name}")
            result = real(*args, **kwargs)
            boundary(f"after-{name}")
            return result

        setattr(owner, attribute, wrapped)

    def receipt_name(_run: Any, code: str = "", *_: Any, **columns: Any) -> str:
        # The placing is written down with what is booked: of several columns the one that the engine goes by.
        names = ["magento_placing_at"] if columns.get("magento_placing_at") else sorted(columns)
        return f"receipt-{code or next(iter(names), 'none')}"

    def shipment_name(_run: Any, _shipment_id: Any, code: str = "", *_: Any, **columns: Any) -> str:
        return f"shipment-{code or ('telling' if 'telling_at' in columns else 'columns')}"

    around(steps, "act", lambda _run, step: f"step-{type(step).__name__}")
    around(run.Run, "receipt", receipt_name)
    around(lease, "take", lambda *_: "take")
    around(lease, "give_back", lambda *_: "give-back")
    around(converge, "_finish", lambda *_, **__: "finish")
    around(converge, "read", lambda *_: "read")
    around(intake, "store_document", lambda *_, **__: "document")
    around(shipment_rows, "write", shipment_name)
    around(refund_return, "_keep_key", lambda *_, **__: "credit-key")
    around(refund_return, "_done", lambda *_, **__: "credit-done")
    around(aftersales, "read", lambda *_, **__: "aftersales")


# Only in a process of the connector itself, not in a helper that Python starts (multiprocessing's resource tracker).
if "resource_tracker" not in " ".join(sys.orig_argv):
    if os.environ.get("CHAOS_CLOCK"):
        turn_the_clock(float(os.environ["CHAOS_CLOCK"]))
    if os.environ.get("CHAOS_TICKETS"):
        die_by_tickets(Path(os.environ["CHAOS_TICKETS"]))
