"""Fills a migrated database with made-up orders, quickly: a million in PostgreSQL, or a hundred thousand in SQLite.

    python -m benchmarks.make_orders --database-url URL --orders 1000000

Two years of orders, the newest now: most completed, those of the last days on their way, one in 200 in Error, rare and
frequent products, carriers and countries. The same seed makes the same orders. Indexes on the orders are dropped while they
are written and made anew after it. Never run it on a database that somebody needs.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import sqlalchemy as sa

from connector.models import Order
from connector.models.order import NO_DEADLINE
from connector.models.types import Money, UtcDateTime

YEARS = timedelta(days=730)
FIRST_NAMES = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Zoë",
    "Linus",
    "Margaret",
    "Ken",
    "Radia",
    "Dennis",
    "Frances",
    "José",
    "Anna",
    "Björn",
]
LAST_NAMES = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Faure",
    "Torvalds",
    "Hamilton",
    "Perlman",
    "Ritchie",
    "Allen",
    "Núñez",
    "Weiß",
]
COLOURS = ["red", "blue", "green", "black", "white", "grey", "sand", "rose", "olive", "navy"]
THINGS = [
    "Stoneware Mug",
    "Wool Beanie",
    "Canvas Tote",
    "Phone Stand",
    "Desk Lamp",
    "Water Bottle",
    "Yoga Mat",
    "Running Socks",
    "Face Serum",
    "Cat Toy",
    "Notebook",
    "Key Ring",
    "Travel Pillow",
    "Cable Organiser",
    "Garden Gloves",
    "Coffee Grinder",
    "Rain Jacket",
    "Story Book",
    "Candle",
    "Puzzle",
]
#: One order in 20,000 is for the first, one in 400 for the second.
RARE, UNCOMMON = "Telescope Eyepiece", "Bamboo Cutting Board"
CARRIERS = (("USPS", 50), ("UPS", 30), ("FedEx", 15), ("DHL", 4), ("Pony Express", 1))
COUNTRIES = (("US", 80), ("GB", 15), ("DE", 4), ("IS", 1))


def rows(count: int, shop_id: int, now: datetime, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Columns of orders, the oldest first, with every column that has a default."""
    chance = random.Random(seed)
    defaults = {
        column.key: column.default.arg
        for column in sa.inspect(Order).columns
        if column.default is not None and column.default.is_scalar
    }
    carriers = [name for name, weight in CARRIERS for _ in range(weight)]
    countries = [name for name, weight in COUNTRIES for _ in range(weight)]
    for number in range(count):
        created = now - YEARS * ((count - number) / count)
        age = now - created
        roll = chance.random()
        status = _status(age, roll)
        if number % 20_000 == 11:
            thing = RARE
        elif number % 400 == 5:
            thing = UNCOMMON
        else:
            thing = THINGS[int(len(THINGS) * roll * roll)]
        colour = chance.choice(COLOURS)
        sku = f"{thing[:3].upper()}-{colour[:3].upper()}-{chance.randrange(1000):03d}"
        buyer = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        price = Decimal(chance.randrange(500, 9000)) / 100 if chance.random() < 0.999 else Decimal("1250.00")
        # As TikTok's: the time, then chance.
        order_id = f"5{76_0000_0000_0000 + int(created.timestamp() * 1000):015d}{chance.randrange(1000):03d}"
        is_shipped = status in ("IN_TRANSIT", "DELIVERED", "COMPLETED")
        tracking = f"1Z{chance.randrange(10**14):014d}" if is_shipped else ""
        is_failed = (status == "AWAITING_SHIPMENT" and chance.random() < 0.1) or number % 400 == 3
        increment = "" if is_failed else f"{100_000_000 + number}"
        has_deadline = status == "AWAITING_SHIPMENT"
        to_ship = timedelta(hours=6) if number % 50 == 9 else timedelta(days=3)
        yield defaults | {
            "id": number + 1,
            "shop_id": shop_id,
            "tiktok_order_id": order_id,
            "created_at": created,
            "updated_at": created + timedelta(hours=1),
            "document": _document(order_id, status, created, thing, colour, sku, buyer, price),
            "status": status,
            "status_changed_at": created + timedelta(hours=1),
            "update_time": created + timedelta(hours=1),
            "create_time": created,
            "paid_time": created + timedelta(minutes=chance.randrange(90)),
            "ship_by": created + to_ship,
            "ship_due": created + to_ship if has_deadline else NO_DEADLINE,
            "cancel_due": created + timedelta(days=5) if has_deadline else NO_DEADLINE,
            "buyer_name": buyer,
            "country": countries[chance.randrange(100)],
            "total_amount": price,
            "currency": "USD",
            "item_count": 1,
            "fulfillment_type": "FULFILLMENT_BY_TIKTOK" if chance.random() < 0.03 else "FULFILLMENT_BY_SELLER",
            "shipping_type": "SELLER",
            "tracking_number": tracking,
            "shipping_provider": carriers[chance.randrange(100)] if is_shipped else "",
            "search_text": " ".join(
                part for part in (order_id, increment, buyer, tracking, thing, sku, colour) if part
            ).casefold(),
            "magento_order_id": None if is_failed else number + 1,
            "magento_increment_id": increment,
            "needs_look": number % 3000 == 1,
            "sync_state": "error" if is_failed else "synced",
            "error_code": "unknown_sku" if is_failed else "",
            "error_subject": sku[:7] if is_failed else "",
            "error_message": f"Magento has no product with SKU {sku[:7]}." if is_failed else "",
            "observed": 3,
            "handled": 3,
        }


def _status(age: timedelta, roll: float) -> str:
    if roll < 0.05:
        return "CANCELLED"
    days = age.days
    if days > 20:
        return "COMPLETED"
    if days > 12:
        return "DELIVERED"
    if days > 4:
        return "IN_TRANSIT"
    return "AWAITING_COLLECTION" if days > 2 else "AWAITING_SHIPMENT" if roll < 0.98 else "ON_HOLD"


def _document(
    order_id: str, status: str, created: datetime, thing: str, colour: str, sku: str, buyer: str, price: Decimal
) -> str:
    moment = int(created.timestamp())
    return json.dumps(
        {
            "id": order_id,
            "status": status,
            "create_time": moment,
            "update_time": moment + 3600,
            "payment": {"currency": "USD", "total_amount": str(price), "sub_total": str(price), "shipping_fee": "0"},
            "line_items": [
                {
                    "id": f"{order_id}1",
                    "product_name": f"{thing} {colour}",
                    "sku_image": "",
                    "seller_sku": sku,
                    "sale_price": str(price),
                    "display_status": status,
                    "currency": "USD",
                }
            ],
            "recipient_address": {
                "name": buyer,
                "region_code": "US",
                "postal_code": "90001",
                "full_address": "United States, California, Los Angeles, 12 Market Street",
                "district_info": [{"address_level": "L0", "address_name": "United States"}] * 3,
            },
        }
    )


def fill_postgresql(address: str, count: int, now: datetime) -> None:
    """Through COPY. `address` is a libpq address."""
    with psycopg.connect(address, autocommit=True) as connection:
        shop_id = _shop(lambda sql, values: connection.execute(sql.replace("?", "%s"), values), now)
        kept = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'orders'"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        ).fetchall()
        for name, _ in kept:
            connection.execute(f'DROP INDEX "{name}"')
        first, keys, _ = _peek(count, shop_id, now)
        names = ", ".join(f'"{key}"' for key in keys)
        with connection.cursor() as cursor, cursor.copy(f"COPY orders ({names}) FROM STDIN") as copy:
            for row in rows(count, shop_id, now):
                copy.write_row([_for_postgresql(row[key], first[key]) for key in keys])
        connection.execute("SELECT setval(pg_get_serial_sequence('orders', 'id'), %s)", (count,))
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in kept:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE orders")


def fill_sqlite(path: str, count: int, now: datetime) -> None:
    """Through executemany."""
    connection = sqlite3.connect(path, isolation_level=None)
    shop_id = _shop(connection.execute, now)
    kept = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'orders' AND type IN ('index', 'trigger')"
        " AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _ in kept:
        connection.execute(f'DROP {kind} "{name}"')
    first, keys, marks = _peek(count, shop_id, now)
    names = ", ".join(f'"{key}"' for key in keys)
    connection.execute("BEGIN")
    connection.executemany(
        f"INSERT INTO orders ({names}) VALUES ({marks})",
        ([_for_sqlite(row[key], first[key]) for key in keys] for row in rows(count, shop_id, now)),
    )
    connection.execute("INSERT INTO orders_search(orders_search) VALUES ('rebuild')")
    for _, _, definition in kept:
        connection.execute(definition)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def _peek(count: int, shop_id: int, now: datetime) -> tuple[dict[str, Any], list[str], str]:
    """The column types of ours by column, the columns in order, and as many question marks."""
    keys = list(next(rows(max(count, 1), shop_id, now)))
    types = {key: sa.inspect(Order).columns[key].type for key in keys}
    return types, keys, ", ".join("?" * len(keys))


def _for_postgresql(value: Any, kind: Any) -> Any:
    return int(value * 10**Money.SCALE) if isinstance(kind, Money) and value is not None else value


def _for_sqlite(value: Any, kind: Any) -> Any:
    if isinstance(kind, UtcDateTime) and value is not None:
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return _for_postgresql(value, kind)


def _shop(execute: Any, now: datetime) -> int:
    """The shop that the orders belong to: the first one there is."""
    found = execute("SELECT id FROM shops ORDER BY id LIMIT 1", ()).fetchone()
    if found is None:
        raise SystemExit("Add a shop first (flask --app wsgi shops add …): orders belong to one.")
    return int(found[0])


def fill(database_url: str, count: int, now: datetime | None = None) -> float:
    """Fills a database; returns the seconds that it took."""
    begun = time.monotonic()
    now = now or datetime.now(UTC)
    if database_url.startswith("sqlite:///"):
        fill_sqlite(database_url.removeprefix("sqlite:///"), count, now)
    else:
        fill_postgresql(database_url.replace("postgresql+psycopg://", "postgresql://"), count, now)
    return time.monotonic() - begun


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--orders", type=int, required=True)
    arguments = parser.parse_args()
    took = fill(arguments.database_url, arguments.orders)
    print(f"{arguments.orders:,} orders in {took:.0f} s")
