"""How quick the order list is, beside Flask-Admin's list of the same table in the same run.

    python -m benchmarks.orders_page --kind postgresql --orders 1000000
    python -m benchmarks.orders_page --kind sqlite --orders 100000

Makes a database of its own (a PostgreSQL cluster in a temporary folder, or a SQLite file), fills it, and asks for whole
pages through the app, as a browser would, one after the other. Each line is the median and the 95th percentile of the
answers' times; a page that has no equal in Flask-Admin has no ratio. Exit status 1 when a median is over 100 ms.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask_admin
import psycopg
from flask import Flask
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user
from sqlalchemy import event

from benchmarks import make_orders
from connector import create_app
from connector.blueprints.orders import tabs
from connector.extensions import db
from connector.models import Order
from tests import factories
from tests.support.databases import ENVIRON, migrate
from tests.support.postgres import Cluster

LIMIT = 0.1
LIST = {"HX-Request": "true", "HX-Target": "section#list"}


class OrdersView(ModelView):  # type: ignore[misc]
    """Flask-Admin's list as its documentation makes it, for people who are logged in, with what the panel's list offers."""

    page_size = 50
    can_set_page_size = True
    column_default_sort = ("create_time", True)
    column_list = (
        "tiktok_order_id",
        "magento_increment_id",
        "create_time",
        "buyer_name",
        "total_amount",
        "status",
        "ship_by",
    )
    column_searchable_list = ("search_text",)
    column_filters = ("status", "country", "shipping_provider", "sync_state")

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated and current_user.may("viewer"))


def page_1000() -> str:
    """Where page 1,000 of the list begins."""
    place = db.session.execute(
        db.select(Order.create_time, Order.id).order_by(Order.create_time.desc(), Order.id.desc()).offset(999 * 50 - 1)
    ).first()
    db.session.commit()
    if place is None:
        return ""
    return f"{int(place.create_time.timestamp())}-{place.id}"


def questions(app: Flask) -> list[tuple[str, str, str]]:
    """(name, the panel's address, Flask-Admin's address or empty)."""
    now = datetime.now(UTC)
    ago = lambda days: f"{now - timedelta(days=days):%Y-%m-%d}"  # noqa: E731
    asked = [("all, page 1", "/orders", "/admin/order/")]
    asked += [
        (
            f"tab {tab.key}",
            f"/orders?tab={tab.key}",
            f"/admin/order/?flt0_{FILTER_STATUS}={tab.status}" if tab.status else "",
        )
        for tab in tabs.TABS[1:]
    ]
    place = page_1000()
    asked.append(("all, page 1,000", f"/orders?older={place}", "/admin/order/?page=999"))
    asked += [
        (f"search {words!r}", f"/orders?q={words}", f"/admin/order/?search={words}")
        for words in (
            "mug",
            "lovelace",
            "telescope",
            "bamboo",
            "ada telescope",
            "0000123",
            "100099",
            "zzzz",
            "1z12",
            "ad",
            "q",
            "zq",
            "55760000",
        )
    ]
    filters = {
        "country IS (1 %)": "country=IS",
        "carrier Pony Express (1 %)": "carrier=Pony Express",
        "no such carrier": "carrier=Nobody",
        "total from 1000 (0.1 %)": "total_from=1000",
        "total up to 5.01": "total_to=5.01",
        "created last 7 days": "created=7d",
        "created a year ago": f"created_from={ago(365)}&created_to={ago(360)}",
        "paid until a year ago": f"paid_to={ago(365)}",
        "paid in a week": f"paid_from={ago(300)}&paid_to={ago(293)}",
        "overdue": "ship_by=late",
        "for a look": "look=1",
        "by TikTok": "fulfilment=FULFILLMENT_BY_TIKTOK",
        "status list": "status=DELIVERED&status=IN_TRANSIT",
        "in Error, country IS": "tab=error&country=IS",
        "completed, DHL, DE": "tab=completed&carrier=DHL&country=DE",
        "completed, telescope": "tab=completed&q=telescope",
        "country IS, bamboo": "country=IS&q=bamboo",
        "sorted by deadline": "sort=ship_by",
    }
    equal = {
        "country IS (1 %)": f"flt0_{FILTER_COUNTRY}=IS",
        "carrier Pony Express (1 %)": f"flt0_{FILTER_CARRIER}=Pony Express",
        "no such carrier": f"flt0_{FILTER_CARRIER}=Nobody",
    }
    asked += [
        (f"filter {name}", f"/orders?{address}", f"/admin/order/?{equal[name]}" if name in equal else "")
        for name, address in filters.items()
    ]
    return asked


# What Flask-Admin numbers its filters "equals" by, read from its page.
FILTER_STATUS = FILTER_COUNTRY = FILTER_CARRIER = ""


def read_filters(view: OrdersView) -> None:
    """Which number each filter "equals" has."""
    global FILTER_STATUS, FILTER_COUNTRY, FILTER_CARRIER
    numbers = {
        str(getattr(one.column, "key", "")): str(at)
        for at, one in enumerate(view._filters)
        if type(one).__name__ == "FilterEqual"
    }
    FILTER_STATUS, FILTER_COUNTRY = numbers["status"], numbers["country"]
    FILTER_CARRIER = numbers["shipping_provider"]


def measure(ask: Callable[[], Any], times: int, most: float = 20.0) -> list[float]:
    """Seconds of each of some answers, after one that warms up. Slow ones are asked for less often."""
    ask()
    taken: list[float] = []
    begun = time.monotonic()
    while len(taken) < times and (len(taken) < 3 or time.monotonic() - begun < most):
        start = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - start)
    return taken


def asker(client: Any, address: str, headers: dict[str, str]) -> Callable[[], Any]:
    def ask() -> None:
        answer = client.get(address, headers=headers)
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
        answer.get_data()

    return ask


def run(app: Flask, times: int, is_beside: bool) -> bool:
    """Prints a table; returns whether every median of the panel is within LIMIT."""
    app.config["WTF_CSRF_ENABLED"] = False
    view = OrdersView(Order, db, endpoint="order")
    flask_admin.Admin(app, name="Flask-Admin").add_view(view)
    read_filters(view)
    user = factories.make_user("staff", f"benchmark-{time.time_ns()}@example.com")
    client = app.test_client()
    client.post("/login", data={"email": user.email, "password": factories.PASSWORD})
    db.session.remove()
    is_quick = True
    in_database = watch_database()
    print(f"{'':34}{'panel':>10}{'95 %':>9}{'database':>11}{'Flask-Admin':>14}{'ratio':>9}")
    for name, address, other in questions(app):
        in_database.clear()
        ours = measure(asker(client, address, {}), times)
        database = sum(in_database) / (len(ours) + 1)
        db.session.remove()
        median = statistics.median(ours)
        is_quick &= median <= LIMIT
        line = f"{name:34}{median * 1000:7.1f} ms{_worst(ours) * 1000:6.0f} ms{database * 1000:8.1f} ms"
        if is_beside and other:
            theirs = statistics.median(measure(asker(client, other, {}), 5, 5.0))
            db.session.remove()
            line += f"{theirs * 1000:11.0f} ms{theirs / median:8.1f}x"
        print(line + ("   over the limit" if median > LIMIT else ""), flush=True)
    counted = measure(lambda: (tabs._count(), db.session.remove()), times)
    median = statistics.median(counted)
    print(f"{'counters, counted anew':34}{median * 1000:7.1f} ms{_worst(counted) * 1000:6.0f} ms")
    kept = measure(lambda: (tabs.counts(tabs.version()), db.session.remove()), times)
    print(f"{'counters, nothing changed':34}{statistics.median(kept) * 1000:7.1f} ms")
    return is_quick


def watch_database() -> list[float]:
    """The seconds of each statement from now on, to see how much of a page's time is the database's."""
    taken: list[float] = []
    begun: list[float] = []
    event.listen(db.engine, "before_cursor_execute", lambda *_: begun.append(time.perf_counter()))
    event.listen(db.engine, "after_cursor_execute", lambda *_: taken.append(time.perf_counter() - begun.pop()))
    return taken


def _worst(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--database-url", help="one that is filled already; then nothing is made")
    parser.add_argument("--alone", action="store_true", help="without Flask-Admin")
    arguments = parser.parse_args()
    folder = tempfile.TemporaryDirectory(prefix="connector-benchmark-")
    cluster: Cluster | None = None
    url = arguments.database_url
    try:
        if url is None:
            if arguments.kind == "sqlite":
                url = f"sqlite:///{Path(folder.name) / 'orders.db'}"
            else:
                cluster = Cluster()
                cluster.start()
                with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
                    # What a small server is set to; the default is for a machine of the last century.
                    connection.execute("ALTER SYSTEM SET shared_buffers = '1GB'")
                    connection.execute("ALTER SYSTEM SET random_page_cost = 1.1")
                    connection.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
                cluster.stop("fast")
                cluster.start()
                url = cluster.create("orders")
            prepare(url, arguments.orders)
        app = create_app({**ENVIRON, "DATABASE_URL": url})
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors at the start")
        with app.app_context():
            is_quick = run(app, arguments.times, not arguments.alone)
            db.session.remove()
            db.engine.dispose()
        print(f"load {os.getloadavg()[0]:.1f} at the end")
        return 0 if is_quick else 1
    finally:
        if cluster is not None:
            cluster.remove()
        folder.cleanup()


def prepare(url: str, orders: int) -> None:
    """Migrates a database and fills it."""
    migrate(url)
    app = create_app({**ENVIRON, "DATABASE_URL": url})
    with app.app_context():
        factories.make_shop(name="Benchmark")
        db.session.remove()
        db.engine.dispose()
    took = make_orders.fill(url, orders)
    print(f"{orders:,} orders made in {took:.0f} s ({re.sub(r':.*', '', url)})")


if __name__ == "__main__":
    sys.exit(main())
