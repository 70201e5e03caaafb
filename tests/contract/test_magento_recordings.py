"""The sandbox Magento answers every recorded request of a real Magento with the recorded status and body.

The recordings are replayed in the order in which they were made, each after the steps that the reference does not show but
its ids tell of (a cart that was filled, an order that was shipped). So even the ids come out as recorded; only times,
random codes and the parts that `VOLATILE` names are compared by their form.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.magento.make_schema import compact
from sandbox.magento.server import Server, serve
from sandbox.magento.state import State
from tests.support.reference import ORIGINAL, REFERENCE
from tests.support.reference import RECORDINGS as FOLDER

RECORDINGS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}

NOT_REPLAYED: dict[str, str] = {}
"""Recordings that cannot be replayed, each with the reason. A recording in neither list fails the test."""

VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "<time>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"[0-9a-f]{64}"), "<hash>"),
    (re.compile(r"[0-9a-f]{32}"), "<code>"),
)


class Replay:
    """A sandbox with what the recordings need before them, and a client that is allowed everything."""

    def __init__(self) -> None:
        ticks = itertools.count()
        start = datetime(2026, 11, 23, 11, 38, 28, tzinfo=UTC)
        state = State(
            clock=lambda: start + timedelta(seconds=next(ticks)), base_url="http://magento.test/", stocked=False
        )
        self.server: Server = serve(state=state)
        self.token = state.credentials.access_token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A step of the preparation; it has to succeed."""
        answer = self.send(method, "/rest" + path, body, self.token)
        assert answer.status_code == 200, (method, path, answer.text)
        return answer.json()

    def send(self, method: str, path: str, body: Any, token: str | None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = body if isinstance(body, str) else None if body is None else json.dumps(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        return requests.request(method, self.server.url + path, data=data, headers=headers, timeout=10)

    def replay(self, name: str) -> requests.Response:
        request = RECORDINGS[name]["request"]
        token = self.token if request["headers"] else None
        if name == "07-bad-token":
            token = "another-token"
        return self.send(request["method"], request["path"], request["body"], token)

    # --- what happened between the recordings

    def product(self, sku: str, price: float) -> None:
        body = json.loads(json.dumps(RECORDINGS["01-create-product"]["request"]["body"]))
        body["product"] |= {"sku": sku, "name": sku.title(), "price": price}
        self.call("POST", "/V1/products", body)

    def direct_order(self, number: str) -> int:
        body = json.loads(json.dumps(RECORDINGS["20-create-order-with-increment-id"]["request"]["body"]))
        body["entity"]["increment_id"] = number
        return int(self.call("POST", "/V1/orders", body)["entity_id"])

    def cart(self, sku: str, qty: int) -> str:
        cart: str = self.call("POST", "/V1/carts/")
        self.call("POST", f"/V1/carts/{cart}/items", {"cartItem": {"sku": sku, "qty": qty, "quote_id": cart}})
        return cart

    def address(self, cart: str, **changes: Any) -> None:
        body = json.loads(json.dumps(RECORDINGS["83-cart-unknown-shipping-method"]["request"]["body"]))
        information = body["addressInformation"]
        for address in (information["shippingAddress"], information["billingAddress"]):
            for name, value in changes.items():
                address.pop(name) if value is None else address.update({name: value})
        information |= {"shippingCarrierCode": "flatrate", "shippingMethodCode": "flatrate"}
        self.call("POST", f"/V1/carts/{cart}/shipping-information", body)

    def placed_order(self, sku: str, qty: int) -> int:
        cart = self.cart(sku, qty)
        self.address(cart)
        return int(self.call("PUT", f"/V1/carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}}))


def other_products(replay: Replay) -> None:
    replay.product("MUG-01", 8.5)
    replay.product("HAT-07", 24)


def three_orders(replay: Replay) -> None:
    assert [replay.direct_order(f"TT-577{n}") for n in (101, 102, 103)] == [10, 11, 12]


def ship_13(replay: Replay) -> None:
    track = {"track_number": "1Z13", "title": "UPS", "carrier_code": "ups"}
    replay.call("POST", "/V1/order/13/ship", {"notify": False, "tracks": [track]})


def race_for_a_number(replay: Replay) -> None:
    """Order 14 from a cart, order 15 and three refused creates with its number."""
    assert replay.placed_order("TEE-RED-M", 1) == 14
    assert replay.direct_order("TT-577203") == 15
    body = json.loads(json.dumps(RECORDINGS["20-create-order-with-increment-id"]["request"]["body"]))
    body["entity"]["increment_id"] = "TT-577203"
    for _ in range(3):
        assert replay.send("POST", "/rest/V1/orders", body, replay.token).status_code == 400
    assert replay.cart("HAT-07", 1) == "3"


def region_in_words(replay: Replay) -> None:
    replay.address("3", regionId=None, region="Texas")


def hat_in_cart(replay: Replay) -> None:
    replay.cart("HAT-07", 1)


def good_address(replay: Replay) -> None:
    replay.address("4")


def masked_recipient(replay: Replay) -> None:
    replay.address(
        replay.cart("HAT-07", 1), firstname="J***", lastname="S***", street=["1***"], telephone="+1*******00"
    )


def orders_until_25(replay: Replay) -> None:
    """Two more orders, one of them of two products, and order 25: two mugs at 8.50 and 10 of flat rate."""
    assert replay.placed_order("HAT-07", 1) == 23
    cart = replay.cart("TEE-RED-M", 1)
    replay.call("POST", f"/V1/carts/{cart}/items", {"cartItem": {"sku": "HAT-07", "qty": 1, "quote_id": cart}})
    replay.address(cart)
    replay.call("PUT", f"/V1/carts/{cart}/order", {"paymentMethod": {"method": "checkmo"}})
    assert replay.placed_order("MUG-01", 2) == 25


def invoice_25(replay: Replay) -> None:
    replay.call("POST", "/V1/order/25/invoice", {"capture": True, "notify": False})


PREPARED: dict[str, Callable[[Replay], None]] = {
    "02-product-by-sku": other_products,
    "40-invoice": three_orders,
    "74-refund-full-return-to-stock": ship_13,
    "80-cart-us-without-region": race_for_a_number,
    "81-cart-us-region-name-only-place": region_in_words,
    "82-cart-no-telephone": hat_in_cart,
    "84-cart-unknown-payment-method": good_address,
    "85-cart-masked-recipient-place": masked_recipient,
    "86-cart-hostile-name": hat_in_cart,
    "75-correct-keeping-magento-number": orders_until_25,
    "76-refund-unshipped": invoice_25,
}
"""What to do right before a recording."""


def in_order_of_recording() -> list[str]:
    """By number, except that 75 and 76 were made after the 80s, as their ids tell."""
    late = [name for name in RECORDINGS if name.startswith(("75", "76"))]
    names = [name for name in RECORDINGS if name not in late and name not in NOT_REPLAYED]
    last = next((n for n, name in enumerate(names) if name.startswith("95")), len(names))
    return names[:last] + late + names[last:]


@pytest.fixture(scope="module")
def replayed() -> Iterator[tuple[dict[str, requests.Response], dict[str, Any]]]:
    """Every recording's answer of the sandbox, in one go, for they build on one another; and its books after that."""
    replay = Replay()
    try:
        found = {}
        for name in in_order_of_recording():
            if name in PREPARED:
                PREPARED[name](replay)
            found[name] = replay.replay(name)
        yield found, requests.get(f"{replay.server.url}/_sandbox/books", timeout=10).json()
    finally:
        replay.server.stop()


@pytest.fixture(scope="module")
def answers(replayed: tuple[dict[str, requests.Response], dict[str, Any]]) -> dict[str, requests.Response]:
    return replayed[0]


@pytest.fixture(scope="module")
def books(replayed: tuple[dict[str, requests.Response], dict[str, Any]]) -> dict[str, Any]:
    return replayed[1]


def settled(value: Any) -> Any:
    """With times and random codes replaced by their form."""
    if isinstance(value, dict):
        return {key: settled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [settled(inner) for inner in value]
    if isinstance(value, str):
        for pattern, form in VOLATILE:
            value = pattern.sub(form, value)
    return value


def shape(value: Any) -> Any:
    """Keys and JSON types, recursively; 1 and 1.5 are both numbers."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.mark.parametrize("name", in_order_of_recording())
def test_the_sandbox_answers_as_recorded(name: str, answers: dict[str, requests.Response]) -> None:
    expected = RECORDINGS[name]["response"]
    answer = answers[name]
    assert answer.status_code == expected["status"], answer.text
    assert answer.headers["Content-Type"] == expected["content_type"]
    assert shape(answer.json()) == shape(expected["body"])
    assert settled(answer.json()) == settled(expected["body"])


def test_every_recording_is_replayed_or_says_why_not() -> None:
    assert set(in_order_of_recording()) | set(NOT_REPLAYED) == set(RECORDINGS)
    assert all(NOT_REPLAYED.values())
    assert len(RECORDINGS) >= 74


@pytest.mark.skipif(not ORIGINAL.is_dir(), reason="the references themselves are not beside this checkout")
def test_the_copies_are_what_was_recorded() -> None:
    copies, originals = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.json")}
        for folder in (REFERENCE, ORIGINAL)
    )
    assert copies == originals


def test_the_sandboxs_table_of_fields_is_the_stores_own_schema() -> None:
    openapi = json.loads((REFERENCE / "openapi.json").read_text())
    import sandbox.magento.make_schema as module

    ours = json.loads(Path(module.__file__).with_name("schema.json").read_text())
    assert ours == compact(openapi)


#: Routes that the reduced schema leaves out, with what they need, as Magento's app/code/Magento/Customer/etc/webapi.xml has them.
BESIDE_THE_SCHEMA = {
    "POST /V1/customers": None,
    "GET /V1/customers/search": "Magento_Customer::customer",
    "GET /V1/customers/{customerId}": "Magento_Customer::customer",
    "GET /V1/customers/{customerId}/confirm": "Magento_Customer::manage",
}


def test_every_route_of_the_sandbox_is_one_of_the_real_stores_and_as_open_as_there() -> None:
    import sandbox.magento.rest  # noqa: F401  (registers the routes)
    from sandbox.magento.routing import ROUTES

    paths = json.loads((REFERENCE / "openapi.json").read_text())["paths"]
    for route in ROUTES:
        if route.name in BESIDE_THE_SCHEMA:
            assert route.resource == BESIDE_THE_SCHEMA[route.name], route.name
            assert route.path not in paths, f"{route.name} is in the schema now"
            continue
        operation = paths[route.path][route.method.lower()]
        assert ("401" in operation["responses"]) == (route.resource is not None), route.name


def test_the_stock_after_the_recordings_is_what_the_reference_tells(books: dict[str, Any]) -> None:
    """Mugs: order 13 shipped, refunded and returned, order 25 refunded before shipping, so all 100 are back.

    Tees: two of a direct order shipped and two of another cancelled, which raises the salable quantity by two that were
    never reserved, less the two of carts that are still to be shipped. Order 13 was renumbered, so it is reported twice.
    """
    assert {name: books["stock"]["MUG-01"][name] for name in ("source", "reserved", "salable")} == {
        "source": 100,
        "reserved": 0,
        "salable": 100,
    }
    assert (books["stock"]["TEE-RED-M"]["source"], books["stock"]["TEE-RED-M"]["salable"]) == (98, 100)
    reported = {(row["increment_id"], row["sku"], row["quantity"]) for row in books["inconsistencies"]}
    assert {("000000003", "MUG-01", 3), ("TT-577201", "MUG-01", -3)} <= reported
    assert not [row for row in reported if row[0] == "TT-577601"]
