"""Fetching 10,000 orders into the database, against the same requests with nothing done with their answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.setup import place, stack
from connector.tiktok.client import TikTokApp, TikTokClient, Tokens
from sandbox.stack import APP_KEY, APP_SECRET, SERVICE_ID


def measure(folder: Path, count: int) -> None:
    """Prints both times."""
    running = stack(folder)
    try:
        running.prepare()
        running.post("tiktok", "webhooks/settings", {"hold": True})
        place(running, count)
        now = datetime.now(UTC)
        app = TikTokApp(
            app_key=APP_KEY, app_secret=APP_SECRET, service_id=SERVICE_ID,
            api_url=running.url("tiktok"), auth_url=running.url("tiktok"),
        )  # fmt: skip
        client = TikTokClient(app, "ROW_sandbox", Tokens("TTP_sandbox-access", "TTR_sandbox-refresh", now, now))
        begun = time.monotonic()
        pages = client.order_pages(
            update_time_ge=now - timedelta(days=1), update_time_lt=now + timedelta(minutes=5), page_size=100
        )
        read = sum(len(page.documents) for page in pages)
        floor = time.monotonic() - begun
        begun = time.monotonic()
        said = running.flask("orders", "fetch").stdout.strip()
        seconds = time.monotonic() - begun
        print(f"{said} In {seconds:.1f} s, {count / seconds:.0f} orders/s")
        print(f"the requests alone: {read} orders in {floor:.1f} s; ratio {floor / seconds:.2f}")
    finally:
        running.stop()
