"""What the measures share: a stack with its orders, and percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from sandbox.stack import Stack

#: All orders alike, so that the floor can make the very same calls.
LINE = {"seller_sku": "MUG-01", "quantity": 1}


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0-1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def stack(folder: Path, **options: Any) -> Stack:
    """A stack with plenty of stock, not started."""
    return Stack(folder, settings={"LOG_LEVEL": "WARNING"}, **options)


def plenty(running: Stack) -> None:
    """Stock enough for every measure."""
    running.post("magento", "stock", {"sku": LINE["seller_sku"], "qty": 10_000_000})


def place(running: Stack, count: int) -> None:
    """Orders in the sandbox shop, paid and off hold."""
    for start in range(0, count, 1000):
        order = {"lines": [LINE], "status": "AWAITING_SHIPMENT"}
        running.post("tiktok", "orders/bulk", {"count": min(1000, count - start), "order": order})


def samples(running: Stack, name: str) -> list[tuple[dict[str, str], float]]:
    """One of the connector's metrics, as /metrics tells: labels and value of each sample."""
    answer = requests.get(f"{running.url('web')}/metrics", timeout=30)
    answer.raise_for_status()
    return [
        (sample.labels, sample.value)
        for family in text_string_to_metric_families(answer.text)
        if family.name == name
        for sample in family.samples
    ]


def states(running: Stack) -> dict[str, float]:
    """The connector's orders by state."""
    return {labels["state"]: value for labels, value in samples(running, "connector_orders")}


def calls(running: Stack, side: str) -> float:
    """How many calls the connector has made to Magento ("store") or TikTok ("shop")."""
    return sum(value for labels, value in samples(running, "connector_api_calls") if labels.get("side") == side)
