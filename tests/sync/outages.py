"""A sandbox that refuses what it is asked, until it recovers."""

from __future__ import annotations

from typing import Any

import requests


def refuse(server: Any, **fault: Any) -> None:
    """`fault` is a rule of the sandbox's; it holds until `recover`."""
    requests.post(f"{server.url}/_sandbox/faults", json={"times": None, **fault}, timeout=5).raise_for_status()


def recover(server: Any) -> None:
    requests.delete(f"{server.url}/_sandbox/faults", timeout=5).raise_for_status()
