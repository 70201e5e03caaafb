"""How the sandbox TikTok Shop sells: amounts, holds, recipients, the control API, the page, the command."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktok_helpers import inbox

from sandbox.tiktok.documents import order_document
from sandbox.tiktok.errors import ApiError
from sandbox.tiktok.generator import random_options
from sandbox.tiktok.model import Ids, Order, payment_of
from sandbox.tiktok.placing import make_order
from sandbox.tiktok.regions import REGIONS, share
from sandbox.tiktok.server import Server, serve

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = serve(uk_shop=True)
    yield server
    server.stop()


@pytest.fixture
def tiktok(running: Server) -> Server:
    running.state.reset()
    running.state.webhooks.configure({"url": ""})
    return running


def make(**options: Any) -> Order:
    return make_order(options, "1", "US", Ids(), random.Random(1), 1764000000)


def wait_until(fact: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.02)


# Amounts


def test_three_units_of_33_33_less_10_stay_right_to_the_cent() -> None:
    line = {"seller_sku": "MUG-01", "quantity": 3, "original_price": "33.33", "seller_discount": "10.00"}
    order = make(region="GB", lines=[line], shipping_fee="0")
    assert sorted(str(unit.sale_price) for unit in order.units) == ["29.99", "30.00", "30.00"]
    assert payment_of(order)["total_amount"] == Decimal("89.99")


def test_a_us_order_has_tax_on_top_and_a_uk_order_has_it_inside() -> None:
    us = payment_of(make(lines=[{"seller_sku": "MUG-01", "original_price": "100.00"}], shipping_fee="10.00"))
    assert (us["product_tax"], us["shipping_fee_tax"], us["total_amount"]) == (
        Decimal("8.25"),
        Decimal("0.83"),
        Decimal("119.08"),
    )
    uk = payment_of(make(region="UK", lines=[{"seller_sku": "MUG-01", "original_price": "100.00"}], shipping_fee="10"))
    assert (uk["tax"], uk["total_amount"]) == (Decimal(0), Decimal("110.00"))


def test_fees_and_a_payment_discount_change_what_the_buyer_pays() -> None:
    payment = payment_of(
        make(
            region="ID",
            lines=[{"seller_sku": "MUG-01", "original_price": "100000"}],
            shipping_fee="15000",
            fees={"buyer_service_fee": "2000", "distance_fee": "500"},
            payment_platform_discount="1000",
        )
    )
    assert payment["total_amount"] == Decimal("116500")


def test_a_discrepancy_is_only_there_when_it_is_asked_for() -> None:
    line = {"seller_sku": "MUG-01", "original_price": "10.00"}
    plain = payment_of(make(region="GB", lines=[line], shipping_fee="0"))
    odd = payment_of(make(region="GB", lines=[line], shipping_fee="0", discrepancy={"total_amount": "0.01"}))
    assert (plain["total_amount"], odd["total_amount"]) == (Decimal("10.00"), Decimal("10.01"))
    assert odd["sub_total"] == plain["sub_total"]


@pytest.mark.parametrize(
    "options",
    [
        {"colour": "red"},
        {"lines": [{"sku": "MUG-01"}]},
        {"lines": [{"seller_sku": "MUG-01", "quantity": 0}]},
        {"lines": [{"seller_sku": "MUG-01", "original_price": "5", "seller_discount": "6"}]},
        {"lines": [{"seller_sku": "MUG-01", "original_price": "10", "sale_price": "8", "seller_discount": "1"}]},
        {"lines": [{"seller_sku": "MUG-01", "original_price": "1.005"}]},
        {"fees": {"tip": "1"}},
        {"region": "XX"},
        {"shipping_type": "DRONE"},
        {"recipient": {"surname": "Doe"}},
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        make(**options)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), min_size=1, max_size=12), st.sampled_from(["USD", "JPY"]))
def test_shared_amounts_add_up_to_the_whole(cents: int, weights: list[int], currency: str) -> None:
    amount = Decimal(cents) / (100 if currency == "USD" else 1)
    parts = share(amount, [Decimal(weight) for weight in weights], currency)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)


@settings(max_examples=200)
@given(st.integers(0, 10**9), st.sampled_from(sorted(REGIONS)))
def test_random_orders_never_have_a_negative_amount_and_repeat_with_their_seed(seed: int, region: str) -> None:
    options = random_options(random.Random(seed), region, odd=True)
    assert options == random_options(random.Random(seed), region, odd=True)
    order = make(**options)
    assert all(amount >= 0 for amount in payment_of(order).values())
    assert all(part.sale_price >= 0 for unit in order.units for part in unit.parts)


# Statuses and recipients


def test_a_hold_ends_by_itself_and_then_the_recipient_is_shown(tiktok: Server) -> None:
    shop = tiktok.state.default_shop
    with tiktok.state.lock:
        order = shop.place({"hold_seconds": 0.5, "recipient": {"first_name": "Jane", "last_name": "Doe"}})
        held = order_document(order)
    assert held["status"] == "ON_HOLD"
    assert held["recipient_address"]["name"] == "J*** D**"
    wait_until(lambda: order.status == "AWAITING_SHIPMENT")
    assert order_document(order)["recipient_address"]["name"] == "Jane Doe"
    assert order_document(order)["is_on_hold_order"] is True


def test_a_recipient_can_be_empty_on_hold_and_is_masked_by_platform_logistics(tiktok: Server) -> None:
    shop = tiktok.state.default_shop
    with tiktok.state.lock:
        held = shop.place({"status": "ON_HOLD", "hold_recipient": "empty"})
        platform = shop.place({"shipping_type": "TIKTOK"})
    empty = order_document(held)["recipient_address"]
    assert (empty["name"], empty["address_line1"], empty["district_info"]) == ("", "", [])
    address = order_document(platform)["recipient_address"]
    assert "*" in address["name"]
    assert "*" in address["phone_number"]
    assert address["postal_code"] == platform.address["postal_code"]


def test_update_time_never_goes_back_and_moves_with_every_change(tiktok: Server) -> None:
    shop = tiktok.state.default_shop
    with tiktok.state.lock:
        order = shop.place({})
        order.update_time += 1000
        ahead = order.update_time
        shop.ship(order.id)
        assert order.update_time == ahead


def test_the_system_may_cancel_what_is_shipped_but_the_seller_may_not(tiktok: Server) -> None:
    shop = tiktok.state.default_shop
    with tiktok.state.lock:
        order = shop.place({"status": "IN_TRANSIT"})
        with pytest.raises(ApiError):
            shop.cancel(order.id, "SELLER")
        shop.cancel(order.id, "SYSTEM")
    assert order.status == "CANCELLED"
    assert order_document(order)["cancellation_initiator"] == "SYSTEM"


# Control API


def post(tiktok: Server, path: str, body: Any = None) -> requests.Response:
    return requests.post(f"{tiktok.url}/_sandbox/{path}", json=body or {}, timeout=10)


def test_the_control_api_places_moves_and_books_an_order(tiktok: Server) -> None:
    placed = post(tiktok, "orders", {"lines": [{"seller_sku": "MUG-01", "quantity": 2}], "status": "UNPAID"})
    assert placed.status_code == 201
    order_id = placed.json()["id"]
    for action, status in (
        ("pay", "AWAITING_SHIPMENT"),
        ("ship", "AWAITING_COLLECTION"),
        ("collect", "IN_TRANSIT"),
        ("deliver", "DELIVERED"),
    ):
        assert post(tiktok, f"orders/{order_id}/{action}").json()["status"] == status
    assert post(tiktok, "orders/statuses", {"ids": [order_id]}).json() == {order_id: "DELIVERED"}
    back = post(tiktok, f"orders/{order_id}/request_return", {"return_type": "REFUND"}).json()
    assert back["return_status"] == "RETURN_OR_REFUND_REQUEST_PENDING"
    assert post(tiktok, f"orders/{order_id}/approve_return").status_code == 200
    books = requests.get(f"{tiktok.url}/_sandbox/books", timeout=5).json()
    (entry,) = books["orders"]
    assert entry["status"] == "DELIVERED"
    assert entry["packages"][0]["tracking_number"]
    assert entry["returns"][0]["refunded"] == entry["total_amount"] == entry["payment"]["total_amount"]
    assert len(entry["line_items"]) == 2


def test_the_control_api_refuses_with_a_reason(tiktok: Server) -> None:
    order_id = post(tiktok, "orders").json()["id"]
    for path, body, status in (
        (f"orders/{order_id}/fly", {}, 400),
        (f"orders/{order_id}/ship", {"color": 1}, 400),
        (f"orders/{order_id}/deliver", {}, 409),
        (f"orders/{order_id}/approve_cancellation", {}, 409),
        ("orders/1/ship", {}, 409),
        ("orders", {"nothing": 1}, 400),
        ("webhooks/settings", {"copies": "three"}, 400),
        ("settings", {"speed": 1}, 400),
    ):
        answer = post(tiktok, path, body)
        assert (answer.status_code, bool(answer.json()["error"])) == (status, True), path


def test_bulk_orders_with_copies_and_shuffle_all_arrive(tiktok: Server) -> None:
    with inbox() as sink:
        post(tiktok, "webhooks/settings", {"url": sink.url, "copies": 3, "shuffle_seconds": 0.5})
        answer = post(tiktok, "orders/bulk", {"count": 100, "seed": 7, "odd": True}).json()
        assert len(set(answer["ids"])) == 100
        bodies = sink.wait_for(300, 20)
        assert tiktok.state.webhooks.wait_idle(10)
        log = requests.get(f"{tiktok.url}/_sandbox/webhooks", params={"limit": 5}, timeout=5).json()
    assert {body["data"]["order_id"] for body in bodies} == set(answer["ids"])
    assert (log["pending"], log["summary"]["delivered"], len(log["deliveries"])) == (0, 300, 5)


def test_the_second_shop_has_its_own_orders_and_tokens(tiktok: Server) -> None:
    placed = post(tiktok, "orders", {"shop_id": "7494049642642441622"}).json()
    assert (placed["shop_id"], placed["currency"]) == ("7494049642642441622", "GBP")
    assert tiktok.state.authorized_shop("TTP_sandbox-access-uk").region == "GB"


def test_a_fault_is_laid_over_the_open_api(tiktok: Server) -> None:
    fault = {"method": "POST", "path": "/orders/search", "kind": "rate_limit", "headers": {"Retry-After": "7"}}
    assert post(tiktok, "faults", fault).status_code == 201
    answer = requests.post(f"{tiktok.url}/order/202309/orders/search", timeout=5)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, 36009002, "7")
    assert requests.post(f"{tiktok.url}/order/202309/orders/search", timeout=5).json()["code"] == 36009004


# The page and the command


def test_a_person_places_and_moves_orders_on_the_page(tiktok: Server) -> None:
    form = {"seller_sku": "MUG-01", "quantity": "2", "region": "GB", "discount": "10", "extras": ["hostile", "gift"]}
    assert "is placed" in requests.post(f"{tiktok.url}/place", data=form, timeout=5).text
    (order,) = tiktok.state.default_shop.orders.values()
    assert [unit.sku.seller_sku for unit in order.units] == ["MUG-01", "MUG-01", "PEN-GEL"]
    assert payment_of(order)["seller_discount"] == Decimal("2.00")
    page = requests.post(f"{tiktok.url}/orders/{order.id}/ship", timeout=5).text
    assert order.status == "AWAITING_COLLECTION"
    assert "Awaiting collection" in page
    assert "<script" not in page
    requests.post(f"{tiktok.url}/place-random", data={"count": "10"}, timeout=5)
    assert len(tiktok.state.default_shop.orders) == 11
    assert "<td" in requests.get(tiktok.url, timeout=5).text


def test_the_demo_places_orders_and_the_command_stops_cleanly() -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox.tiktok",
        "--port",
        "0",
        "--auto-orders",
        "0.1",
        "--uk-shop",
        "--seed",
        "3",
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        wait_until(lambda: len(requests.get(f"{url}/_sandbox/books", timeout=5).json()["orders"]) >= 20, 15)
        regions = {o["region"] for o in requests.get(f"{url}/_sandbox/books", timeout=5).json()["orders"]}
        assert regions == {"US", "GB"}
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
