"""The server as a process of its own, its pages, and its pace."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.sandbox.magento_shop import Shop, direct_order, open_shop

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_its_address_takes_its_own_credentials_and_ends_cleanly(stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "sandbox.magento", "--port", "0", "--access-token", "my-token"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert url, line
        answer = requests.get(
            f"{url[0]}/rest/V1/products/MUG-01", headers={"Authorization": "Bearer my-token"}, timeout=5
        )
        assert answer.status_code == 200
        assert "close" not in answer.headers["Connection"]
        for kind, told in (("drop", requests.ConnectionError), ("cut", requests.exceptions.ChunkedEncodingError)):
            requests.post(f"{url[0]}/_sandbox/faults", json={"kind": kind}, timeout=5)
            with pytest.raises(told):
                requests.get(f"{url[0]}/rest/V1/products/MUG-01", timeout=5)
    finally:
        process.send_signal(stop)
        assert process.wait(timeout=10) == 0


def test_the_merchant_invoices_and_ships_with_the_buttons_of_the_order_page() -> None:
    with open_shop() as shop:
        order = shop.place(("MUG-01", 2))
        page = f"{shop.url}/admin/sales/order/view/order_id/{order}/"
        act = f"{shop.url}/admin/sales/order/{order}"
        assert "Ada Buyer" in requests.get(page, timeout=5).text
        said = requests.post(f"{act}/invoice", timeout=5).text
        assert "Invoice 1 created." in said
        item = shop.item_ids(order)[0]
        requests.post(f"{act}/ship", data={f"qty_{item}": "1", "carrier": "ups", "track_number": "1Z1"}, timeout=5)
        said = requests.post(f"{act}/cancel", timeout=5).text
        assert "You have not canceled the item." in said
        tracks = shop.books()["orders"][0]["shipments"][0]["tracks"]
        assert [(t["track_number"], t["carrier_code"]) for t in tracks] == [("1Z1", "ups")]
        requests.post(f"{act}/track", data={"shipment_id": 1, "carrier": "dhl", "track_number": "JD2"}, timeout=5)
        assert len(shop.books()["orders"][0]["shipments"][0]["tracks"]) == 2
        assert "1Z1" in requests.get(shop.url, timeout=5).text
        assert "MUG-01" in requests.get(f"{shop.url}/stock", timeout=5).text
        assert requests.get(page.replace(f"/{order}/", "/99/"), timeout=5).status_code == 404


def test_what_a_buyer_wrote_is_shown_as_text() -> None:
    with open_shop() as shop:
        body = direct_order()
        body["entity"]["billing_address"] = body["entity"]["billing_address"] | {
            "firstname": "<script>alert(1)</script>"
        }
        order = shop.call("POST", "/V1/orders", body)["entity_id"]
        page = requests.get(f"{shop.url}/admin/sales/order/view/order_id/{order}/", timeout=5).text
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_hundreds_of_orders_from_many_threads_come_out_right_and_soon() -> None:
    with open_shop() as shop:
        shop.control("stock", {"sku": "MUG-01", "qty": 1000})
        started = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            placed = list(pool.map(lambda _: shop.place(("MUG-01", 2)), range(200)))
        took = time.monotonic() - started
        assert len(set(placed)) == 200
        assert shop.stock("MUG-01") == (1000, 600)
        books = shop.books()
        assert (books["inconsistencies"], books["arithmetic"]) == ([], [])
        assert took < 30, took


def test_a_latency_is_waited_outside_of_the_lock() -> None:
    with open_shop() as shop:
        shop.control("settings", {"latency": 4})
        started = time.monotonic()
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(lambda _: shop.call("GET", "/V1/products/MUG-01"), range(5)))
        took = time.monotonic() - started
        assert 0.3 <= took < 1.2, took


def test_a_placing_whose_answer_is_lost_has_placed_and_is_found_by_its_cart() -> None:
    with open_shop() as shop:
        cart = shop.cart(("MUG-01", 1))
        shop.control("faults", {"kind": "cut", "method": "PUT", "path": r"/carts/\d+/order$"})
        with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
            shop.put_order(cart)
        assert shop.put_order(cart).status_code == 404
        assert [order["quote_id"] for order in shop.books()["orders"]] == [int(cart)]


def test_reset_begins_anew() -> None:
    with open_shop(bearer_allowed=True) as shop:
        shop.place(("MUG-01", 1))
        shop.control("settings", {"payment_methods": []})
        shop.control("faults", {"kind": "drop", "times": None})
        shop.control("reset")
        assert shop.books()["orders"] == []
        assert shop.place(("MUG-01", 1)) == 1


def test_the_calls_are_kept_for_whoever_counts_them() -> None:
    with open_shop() as shop:
        _one_call(shop)
        calls = shop.control("calls", method="GET")
        assert [(call["method"], call["path"], call["status"]) for call in calls] == [("GET", "/rest/V1/nope", 404)]


def _one_call(shop: Shop) -> None:
    shop.send("GET", "/V1/nope")
