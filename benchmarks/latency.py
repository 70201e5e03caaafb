"""From the webhook to the Magento order: what the connector adds beyond the API calls themselves, at a steady rate.

Goal at 20 orders a second: median under 50 ms, p99 under 500 ms. Where the machine cannot carry 20 (the sandboxes run on
the same cores), the rate is lowered to what it can, and said."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.setup import LINE, percentile, place, plenty, stack, states
from sandbox.stack import wait_for

GOAL_RATE = 20.0


def measure(folder: Path, count: int) -> None:
    """Prints the added time by order, from the event's arrival to the receipt of the placing, less the calls between."""
    running = stack(folder, fetch_interval=3600)
    running.settings = {**running.settings, "LOG_LEVEL": "INFO"}
    try:
        running.start()
        plenty(running)
        place(running, 20)
        wait_for("warm", lambda: states(running)["synced"] >= 20, 120)
        begun = time.monotonic()
        place(running, 60)
        wait_for("the capacity", lambda: states(running)["synced"] >= 80, 300)
        capacity = 60 / (time.monotonic() - begun)
        rate = min(GOAL_RATE, capacity / 1.2)
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(0, begun + number / rate - time.monotonic()))
            running.post("tiktok", "orders", {"lines": [LINE], "status": "AWAITING_SHIPMENT"})
        wait_for("all orders", lambda: states(running)["synced"] >= count + 80, 600)
        added = _added(folder / "connector.db", count)
        print(f"capacity about {capacity:.1f} orders/s; measured at {rate:.1f} orders/s (goal's rate: {GOAL_RATE:g})")
        print(
            f"added time: median {percentile(added, 0.5) * 1000:.0f} ms (goal 50),"
            f" p99 {percentile(added, 0.99) * 1000:.0f} ms (goal 500), of {len(added)} orders"
        )
    finally:
        running.stop()


def _added(database: Path, count: int) -> list[float]:
    """Arrival of the event until "placed", less the time of one TikTok and five Magento calls (their measured mean)."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    mean = {
        labels: total / number
        for labels, total, number in connection.execute(
            "SELECT s.labels, s.value, (SELECT sum(b.value) FROM metrics b WHERE b.name = 'connector_api_call_seconds_bucket'"
            " AND b.labels LIKE '%' || s.labels || '%') FROM metrics s WHERE s.name = 'connector_api_call_seconds_sum'"
        )
    }
    tiktok, magento = mean.get("side=shop", 0.0), mean.get("side=store", 0.0)
    print(f"a call took {tiktok * 1000:.1f} ms (TikTok), {magento * 1000:.1f} ms (Magento) on average")
    rows = connection.execute(
        "SELECT min(e.received_at), max(p.at) FROM timeline_entries p JOIN orders o ON o.id = p.order_id"
        " JOIN inbox_events e ON json_extract(CAST(e.body AS TEXT), '$.data.order_id') = o.tiktok_order_id"
        " WHERE p.code = 'placed' GROUP BY o.id ORDER BY o.id DESC LIMIT ?",
        (count,),
    )
    return [max(0.0, _seconds(placed) - _seconds(received) - tiktok - 5 * magento) for received, placed in rows]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
