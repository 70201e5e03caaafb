"""Where a Magento order goes: masked recipients are created all the same, and a better address is written over a worse one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from connector import clock, http
from connector.extensions import db
from connector.models import InboxEvent, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, events
from sandbox.faults import Fault
from sandbox.stack import SHOP_ID

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01"}]
ADA = {"first_name": "Ada", "last_name": "Lovelace", "address_line1": "12 Market Street"}


def addresses(work: Any, order_id: str) -> list[dict[str, Any]]:
    [order] = work.magento_orders(order_id)
    return [order["billing_address"], order["shipping_address"]]


def names(work: Any, order_id: str) -> set[str]:
    return {f"{one['firstname']} {one['lastname']}" for one in addresses(work, order_id)}


def test_a_masked_recipient_is_created_and_marked(work: Any) -> None:
    order_id = work.place(lines=LINES, masked=True, recipient=ADA)
    row = work.sync(order_id)
    assert (row.sync_state, row.address_is_masked) == ("synced", True)
    assert "*" in "".join(names(work, order_id))


def test_a_country_that_only_the_districts_name_is_the_addresss(work: Any) -> None:
    order_id = work.place(lines=LINES, recipient=ADA | {"region_code": ""})
    row = work.sync(order_id)
    assert (row.sync_state, row.country) == ("synced", "US")
    assert {(one["country_id"], bool(one["region_id"])) for one in addresses(work, order_id)} == {("US", True)}


def test_a_recipient_that_is_shown_later_replaces_the_masked_one(work: Any) -> None:
    order_id = work.place(lines=LINES, masked=True, recipient=ADA)
    work.sync(order_id)
    work.act(order_id, "unmask")
    row = work.sync(order_id)
    assert (row.sync_state, row.address_is_masked) == ("synced", False)
    assert names(work, order_id) == {"Ada Lovelace"}
    assert all(one["street"][0] == "12 Market Street" for one in addresses(work, order_id))
    assert work.timeline(order_id).count("address_updated") == 1
    work.sync(order_id)
    assert work.timeline(order_id).count("address_updated") == 1


def test_the_webhook_of_a_changed_address_leads_to_it(work: Any) -> None:
    order_id = work.place(lines=LINES, recipient=ADA)
    row = work.sync(order_id)
    work.act(order_id, "update_address", recipient={"address_line1": "77 New Street", "first_name": "Augusta"})
    body = {"type": 3, "shop_id": SHOP_ID, "timestamp": 1, "data": {"order_id": order_id, "update_time": 2}}
    with transaction() as session:
        event = InboxEvent(
            body=json.dumps(body).encode(), tiktok_shop_id=SHOP_ID, type=3, dedupe_key="d", received_at=clock.now()
        )
        session.add(event)
        session.flush()
        event_id = event.id
    events.handle(event_id)
    converge.sync_order(row.id)
    assert names(work, order_id) == {"Augusta Lovelace"}
    assert all(one["street"][0] == "77 New Street" for one in addresses(work, order_id))


def test_an_address_is_updated_also_after_the_invoice_and_in_an_order_that_was_only_recorded(work: Any) -> None:
    work.configure(create_way="record")
    order_id = work.place(lines=LINES, masked=True, recipient=ADA)
    work.sync(order_id)
    work.act(order_id, "unmask")
    assert work.sync(order_id).sync_state == "synced"
    assert names(work, order_id) == {"Ada Lovelace"}
    [order] = work.magento_orders(order_id)
    assert order["state"] == "complete"


def test_a_masked_value_never_overwrites_a_real_one(work: Any) -> None:
    order_id = work.place(lines=LINES, recipient=ADA)
    row = work.sync(order_id)
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(order_id)[1].masked = True
        work.tiktok.state.shop(None).touch(work.tiktok.state.find_order(order_id)[1])
    row = work.sync(order_id)
    assert "*" in str(row.document["recipient_address"])
    assert (row.sync_state, row.address_is_masked) == ("synced", False)
    assert names(work, order_id) == {"Ada Lovelace"}
    assert "address_updated" not in work.timeline(order_id)


def test_a_cancelled_order_keeps_its_address(work: Any) -> None:
    work.configure(invoice=False)
    order_id = work.place(lines=LINES, masked=True, recipient=ADA)
    work.sync(order_id)
    with work.tiktok.state.lock:
        work.tiktok.state.find_order(order_id)[1].masked = False
    work.act(order_id, "cancel")
    assert work.sync(order_id).sync_state == "synced"
    assert "*" in "".join(names(work, order_id))


def test_an_update_that_failed_in_between_is_finished(work: Any) -> None:
    order_id = work.place(lines=LINES, masked=True, recipient=ADA)
    work.sync(order_id)
    work.act(order_id, "unmask")
    work.magento.state.faults.add(Fault(kind="status", method="PUT", path="/V1/orders/", status=503, times=1))
    row = work.sync_until_settled(order_id)
    assert (row.sync_state, row.address_is_masked) == ("synced", False)
    assert names(work, order_id) == {"Ada Lovelace"}


def test_nothing_of_the_address_is_kept_but_its_fingerprint(work: Any) -> None:
    order_id = work.place(lines=LINES, recipient=ADA | {"address_line1": "4711 Secret Lane"})
    work.sync(order_id)
    work.act(order_id, "update_address", recipient={"address_line1": "4712 Secret Lane"})
    work.sync(order_id)
    row = work.row(order_id)
    assert len(row.address_print) == 64
    sentences = list(db.session.scalars(select(TimelineEntry.sentence)))
    end_transaction()
    assert not any("Secret" in sentence or "Lovelace" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    "region", ["US", "GB", "DE", "FR", "ES", "IT", "IE", "NL", "JP", "MX", "BR", "ID", "TH", "VN", "MY", "PH", "SG"]
)
def test_an_order_to_each_country_is_placed(work: Any, region: str) -> None:
    order_id = work.place(region=region, lines=LINES, seed=3)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code, row.error_message) == ("synced", "", "")
    shipping = addresses(work, order_id)[1]
    assert shipping["country_id"] == region
    assert shipping["city"]
    if region == "BR":
        assert shipping["vat_id"] == "12345678909"


@pytest.mark.parametrize(
    ("region", "name", "line", "names_there", "street"),
    [
        ("JP", "山田 太郎", "1-2-3", "太郎 山田", None),
        ("TH", "สมชาย ณ อยุธยา", "99/1 ถนนสุขุมวิท", "สมชาย ณ อยุธยา", None),
        ("DE", "Ursula von der Heide", "Invalidenstraße 117", "Ursula von der Heide", ["Invalidenstraße", "117"]),
    ],
)
def test_scripts_and_house_numbers_reach_magento_as_they_are(
    work: Any, region: str, name: str, line: str, names_there: str, street: list[str] | None
) -> None:
    work.configure(house_number_line=True, exchange_rate="1")
    recipient = {"name": name, "first_name": name, "last_name": "", "address_line1": line, "address_line2": ""}
    order_id = work.place(lines=LINES, region=region, recipient=recipient)
    assert work.sync_until_settled(order_id).sync_state == "synced"
    assert names(work, order_id) == {names_there}
    for one in addresses(work, order_id):
        assert one["street"] == street if street else one["street"][0] == line


@pytest.mark.parametrize("way", ["reserve", "record"])
@pytest.mark.parametrize("is_masked", [False, True], ids=["changed", "unmasked"])
def test_an_order_that_came_of_an_earlier_attempt_gets_the_address_of_now(
    work: Any, way: str, is_masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.configure(create_way=way)
    real = http.send
    #: What the first attempt sent: Magento has read it all, and writes it when the second attempt is on its way.
    first: list[Any] = []
    attempts = 0

    def send(session: Any, request: Any, **options: Any) -> Any:
        nonlocal attempts
        url, is_placing = str(request.url), False
        if way == "reserve":
            is_placing = request.method == "PUT" and url.endswith("/order")
        elif request.method == "POST":
            is_placing = url.endswith("/V1/orders")
        attempts += is_placing
        if attempts < 2 and (is_placing or url.endswith("/shipping-information")):
            first.append(lambda: real(session, request, **options))
        if is_placing and attempts == 1:
            raise http.CallFailed("It did not answer in time.", kind="timeout")
        if is_placing and attempts == 2:
            assert [call().status for call in first][-1] == 200
        return real(session, request, **options)

    made = work.place(lines=LINES, masked=is_masked, recipient=ADA)
    monkeypatch.setattr(http, "send", send)
    assert work.sync(made).error_code == "timeout"
    if is_masked:
        work.act(made, "unmask")
    else:
        work.act(made, "update_address", recipient={"address_line1": "77 New Street", "first_name": "Augusta"})
    row = work.sync_until_settled(made)
    assert (row.sync_state, row.address_is_masked) == ("synced", False)
    assert names(work, made) == {"Ada Lovelace" if is_masked else "Augusta Lovelace"}
    assert work.timeline(made).count("address_updated") == 1
    assert len(row.address_print) == 64
