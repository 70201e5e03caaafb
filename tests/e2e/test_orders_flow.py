"""From the sandbox shop to the sandbox Magento with real processes, judged by the sandboxes' own books."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import redis
import requests

from sandbox.stack import Stack, wait_for
from tests.support.checker import compare, salable

pytestmark = pytest.mark.e2e

MANY = 200
#: The path itself runs on both; what the chaos suite does on the other database as well, on one.
on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
on_postgresql = pytest.mark.parametrize("database", ["postgresql"])
LINE = {"seller_sku": "MUG-01", "quantity": 1}


def magento_orders(stack: Stack, tiktok_order_id: str | None = None) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = stack.books("magento")["orders"]
    return [order for order in orders if tiktok_order_id in (None, order.get("ext_order_id"))]


def states(stack: Stack) -> list[str]:
    return [order["sync_state"] for order in stack.orders()]


def is_quiet(stack: Stack) -> bool:
    """No webhook is on its way, no event is unhandled and no order is being worked on."""
    return stack.webhooks_pending() == 0 and stack.metric('connector_inbox_events{state="new"}') + stack.pending() == 0


def plenty_of_stock(stack: Stack) -> dict[str, Decimal]:
    for sku in stack.books("magento")["stock"]:
        stack.post("magento", "stock", {"sku": sku, "qty": 10_000})
    return salable(stack)


@on_both
def test_an_order_is_in_magento_and_in_the_panel_within_seconds_and_follows_its_cancellation(stack: Stack) -> None:
    before = salable(stack)
    begun = time.monotonic()
    order = stack.post("tiktok", "orders", {"lines": [LINE], "status": "AWAITING_SHIPMENT"})
    order_id = order["id"]
    wait_for("the order in Magento", lambda: magento_orders(stack, order_id), within=5)
    wait_for("the order synced", lambda: stack.metric('connector_orders{state="synced"}') == 1, within=5)
    assert time.monotonic() - begun < 10
    [row] = stack.orders()
    [placed] = magento_orders(stack)
    assert row["tiktok_order_id"] == order_id
    assert row["magento_increment_id"] == placed["increment_id"]
    assert Decimal(row["grand_total"]) == Decimal(str(placed["grand_total"])) == Decimal(order["total_amount"])
    assert not compare(stack, before), str(compare(stack, before))

    stack.flask("users", "create", "a@example.com", "--password", "long-enough", "--role", "viewer")
    with requests.Session() as browser:
        page = browser.get(f"{stack.url('web')}/login", timeout=5).text
        token = page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
        form = {"email": "a@example.com", "password": "long-enough", "csrf_token": token}
        browser.post(f"{stack.url('web')}/login", data=form, timeout=5).raise_for_status()
        assert order_id in browser.get(f"{stack.url('web')}/orders", timeout=5).text
        details = browser.get(f"{stack.url('web')}/orders/{order_id}", timeout=5)
        assert details.ok
        assert placed["increment_id"] in details.text

    stack.post("tiktok", f"orders/{order_id}/cancel", {"by": "BUYER", "reason": "No longer needed"})
    wait_for(
        "the order undone", lambda: magento_orders(stack, order_id)[0]["state"] in {"canceled", "closed"}, within=5
    )
    wait_for("everything quiet", lambda: is_quiet(stack))
    assert not compare(stack, before), str(compare(stack, before))


@on_both
def test_every_webhook_three_times_in_shuffled_order_gives_each_order_once(stack: Stack) -> None:
    before = plenty_of_stock(stack)
    stack.post("tiktok", "webhooks/settings", {"copies": 3, "shuffle_seconds": 3})
    stack.post("tiktok", "orders/bulk", {"count": MANY, "seed": 11})
    wait_for("all in Magento", lambda: len(magento_orders(stack)) >= MANY, within=180, every=1)
    wait_for("everything quiet", lambda: is_quiet(stack), within=60, every=1)
    assert len(magento_orders(stack)) == len(stack.orders()) == MANY
    assert set(states(stack)) == {"synced"}
    assert not compare(stack, before), str(compare(stack, before))


@on_postgresql
def test_so_does_the_same_with_workers_killed_five_times_and_valkey_flushed(stack: Stack) -> None:
    before = plenty_of_stock(stack)
    stack.post("tiktok", "webhooks/settings", {"copies": 3, "shuffle_seconds": 3})
    stack.post("tiktok", "orders/bulk", {"count": MANY, "seed": 12})
    moments = random.Random(12)
    for kill in range(5):
        reached = MANY * (kill + moments.random()) / 7
        wait_for("more orders", lambda least=reached: len(magento_orders(stack)) >= least, within=60)
        stack.kill("worker")
        if kill == 2:
            redis.Redis(port=stack.ports["valkey"]).flushall()
        stack.start_process("worker")
    wait_for("all in Magento", lambda: len(magento_orders(stack)) >= MANY, within=180, every=1)
    wait_for("everything quiet", lambda: is_quiet(stack), within=90, every=1)
    assert len(magento_orders(stack)) == len(stack.orders()) == MANY
    assert set(states(stack)) == {"synced"}
    assert not compare(stack, before), str(compare(stack, before))


def test_orders_whose_webhooks_were_all_lost_are_fetched(stack: Stack) -> None:
    before = salable(stack)
    stack.post("tiktok", "webhooks/settings", {"drop": 1.0})
    ids = [stack.post("tiktok", "orders", {"lines": [LINE], "status": "AWAITING_SHIPMENT"})["id"] for _ in range(3)]
    # The safety poll may have been quicker; a period of its own is read all the same.
    since = datetime.now(UTC) - timedelta(hours=1)
    assert " 3 read, " in stack.flask("orders", "fetch", "--since", f"{since:%Y-%m-%dT%H:%M:%SZ}").stdout
    assert "read" in stack.flask("orders", "fetch").stdout
    wait_for("all synced", lambda: stack.metric('connector_orders{state="synced"}') == 3, within=20)
    assert {order["tiktok_order_id"] for order in stack.orders()} == set(ids)
    assert not compare(stack, before), str(compare(stack, before))


@on_postgresql
def test_a_worker_that_is_asked_to_stop_puts_its_work_back(stack: Stack) -> None:
    before = plenty_of_stock(stack)
    stack.post("tiktok", "orders/bulk", {"count": 40, "seed": 13})
    wait_for("the first orders", lambda: magento_orders(stack), within=20)
    begun = time.monotonic()
    stack.stop_process("worker", within=30)
    assert time.monotonic() - begun < 25
    stack.start_process("worker")
    wait_for("all in Magento", lambda: len(magento_orders(stack)) >= 40, within=60)
    wait_for("everything quiet", lambda: is_quiet(stack), within=60)
    assert not compare(stack, before), str(compare(stack, before))
