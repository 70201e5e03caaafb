"""Who the customer of a Magento order is: a guest, the buyer by the anonymized address, a customer for each, or a fixed one."""

from __future__ import annotations

from threading import Barrier, Thread, get_ident
from typing import Any

import pytest
import requests
from sqlalchemy import update

from connector import http
from connector.models import Order
from connector.models.transaction import transaction
from connector.sync import converge, privacy
from tests.support.bad_days import FAULTS, Line
from tests.support.kept import keep

LINES = [{"seller_sku": "MUG-01"}]


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_a_guest_has_the_address_of_the_setting(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_email="tiktok@shop.example")
    order_id = work.place(lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders(order_id)
    assert (order["customer_is_guest"], order["customer_email"]) == (1, "tiktok@shop.example")
    assert order["billing_address"]["email"] == "tiktok@shop.example"
    assert not order.get("customer_id")


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_the_buyer_is_known_by_the_anonymized_address(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="buyer")
    order_id = work.place(lines=LINES)
    row = work.sync(order_id)
    [order] = work.magento_orders(order_id)
    assert order["customer_email"] == row.document["buyer_email"] != "buyerid@tiktok.com"
    assert order["customer_is_guest"] == 1


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_all_orders_may_belong_to_one_customer(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="fixed", fixed_customer_id=42)
    ids = [work.place(lines=LINES) for _ in range(2)]
    for order_id in ids:
        assert work.sync(order_id).sync_state == "synced"
    orders = [order for order_id in ids for order in work.magento_orders(order_id)]
    assert [(order["customer_is_guest"], order["customer_id"]) for order in orders] == [(0, 42), (0, 42)]


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_orders_get_the_customer_group_of_the_setting(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="buyer", customer_group_id=4)
    order_id = work.place(lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders(order_id)
    assert (order["customer_group_id"], order["customer_is_guest"]) == (4, 1)


# -- a customer for each buyer ---------------------------------------------------------------------------------------------


def place(work: Any, buyer: str = "7494510000000001", **options: Any) -> str:
    """An order of this buyer."""
    return str(work.place(lines=LINES, buyer_id=buyer, **options))


def email_of(work: Any, order_id: str) -> str:
    return str(work.row(order_id).document["buyer_email"])


def customers(work: Any) -> list[dict[str, Any]]:
    """The sandbox Magento's customers, oldest first."""
    with work.magento.state.lock:
        return [dict(row) for row in work.magento.state.customers.values()]


def owner(work: Any, order_id: str) -> tuple[Any, Any]:
    """Of the one Magento order: whether it is a guest's, and its customer."""
    [order] = work.magento_orders(order_id)
    return order["customer_is_guest"], order.get("customer_id")


def known_customer(work: Any, email: str, **fields: Any) -> int:
    """Somebody who has an account in Magento; its id."""
    document = {"email": email, "firstname": "Ada", "lastname": "Lovelace", **fields}
    answer = requests.post(f"{work.magento.url}/rest/V1/customers", json={"customer": document}, timeout=5)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_a_customer_is_created_for_the_buyer_with_group_and_website(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="each", customer_group_id=2)
    order_id = place(work, recipient={"first_name": "Grace", "last_name": "Hopper"})
    assert work.sync(order_id).sync_state == "synced"
    [customer] = customers(work)
    assert (customer["email"], customer["website_id"], customer["group_id"]) == (email_of(work, order_id), 1, 2)
    assert (customer["firstname"], customer["lastname"], customer["store_id"]) == ("Grace", "Hopper", 1)
    assert customer["addresses"] == []
    assert owner(work, order_id) == (0, customer["id"])
    [order] = work.magento_orders(order_id)
    assert (order["customer_email"], order["customer_group_id"]) == (customer["email"], 2)
    assert work.timeline(order_id).count("customer_created") == work.timeline(order_id).count("customer") == 1


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_the_buyers_next_order_belongs_to_the_same_customer_and_another_buyers_to_another(work: Any, way: str) -> None:
    work.configure(create_way=way, customer_mode="each")
    first, second, stranger = place(work), place(work), place(work, "7494510000000002")
    for order_id in (first, second, stranger):
        assert work.sync(order_id).sync_state == "synced"
    mine, other = customers(work)
    assert [owner(work, order_id) for order_id in (first, second)] == [(0, mine["id"])] * 2
    assert owner(work, stranger) == (0, other["id"])
    assert "customer_created" not in work.timeline(second)
    with work.magento.state.lock:
        assert work.magento.state.welcome_mails == [mine["email"], other["email"]]


def test_a_customer_who_is_there_is_taken_with_the_group_that_it_has(work: Any) -> None:
    work.configure(customer_mode="each")
    order_id = place(work)
    work.hint(order_id)
    email = f"v{'7494510000000001'[-8:]}@scs.tiktokw.us"
    known = known_customer(work, email)
    with work.magento.state.lock:
        work.magento.state.customers[known]["group_id"] = 3
    assert work.sync(order_id).sync_state == "synced"
    assert [row["id"] for row in customers(work)] == [known]
    assert owner(work, order_id) == (0, known)
    assert work.magento_orders(order_id)[0]["customer_group_id"] == 3


def test_a_customer_of_another_website_is_another_customer(work: Any) -> None:
    second_website(work)
    work.configure(customer_mode="each")
    order_id = place(work)
    work.hint(order_id)
    there = known_customer(work, f"v{'7494510000000001'[-8:]}@scs.tiktokw.us", website_id=2)
    work.sync(order_id)
    assert [row["website_id"] for row in customers(work)] == [2, 1]
    assert owner(work, order_id)[1] != there


def test_the_website_of_the_setting_is_that_of_new_customers(work: Any) -> None:
    second_website(work)
    work.configure(customer_mode="each", customer_website_id=2)
    order_id = place(work)
    assert work.sync(order_id).sync_state == "synced"
    [customer] = customers(work)
    assert (customer["website_id"], customer["created_in"]) == (2, "Outlet")
    assert owner(work, order_id) == (0, customer["id"])


def test_where_the_store_shares_its_customers_the_one_of_another_website_is_taken(work: Any) -> None:
    second_website(work)
    with work.magento.state.lock:
        work.magento.state.settings.customers_per_website = False
    work.configure(customer_mode="each")
    order_id = place(work)
    work.hint(order_id)
    there = known_customer(work, f"v{'7494510000000001'[-8:]}@scs.tiktokw.us", website_id=2)
    assert work.sync(order_id).sync_state == "synced"
    assert [row["id"] for row in customers(work)] == [there]
    assert owner(work, order_id) == (0, there)


def second_website(work: Any) -> None:
    requests.post(
        f"{work.magento.url}/_sandbox/stores", json={"code": "outlet", "website_id": 2}, timeout=5
    ).raise_for_status()


@pytest.mark.parametrize("given", ["", "v0***1@scs.tiktokw.us"])
@pytest.mark.parametrize("way", ["reserve", "record"])
def test_without_an_address_of_the_buyer_the_order_is_a_guests_and_says_so(work: Any, way: str, given: str) -> None:
    work.configure(create_way=way, customer_mode="each", customer_email="tiktok@shop.example")
    order_id = place(work, buyer_email=given)
    assert work.sync(order_id).sync_state == "synced"
    assert customers(work) == []
    assert owner(work, order_id)[0] == 1
    assert work.magento_orders(order_id)[0]["customer_email"] == "tiktok@shop.example"
    assert work.timeline(order_id).count("customer_guest") == 1


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("Zoë 🙂", "O’Neil & Sons", ("Zoë", "O'Neil Sons")),
        ("🦄🎉", "👩‍👩‍👧", ("TikTok", "Buyer")),
        ("محمد", "الأحمد", ("محمد", "الأحمد")),
        ("<b>", "=1+1", ("b", "11")),
    ],
)
def test_a_name_that_magento_takes_for_an_order_only_does_not_stop_it(
    work: Any, first: str, last: str, expected: tuple[str, str]
) -> None:
    work.configure(customer_mode="each")
    order_id = place(work, recipient={"first_name": first, "last_name": last})
    assert work.sync(order_id).sync_state == "synced"
    [customer] = customers(work)
    assert (customer["firstname"], customer["lastname"]) == expected


@pytest.mark.either_database
@pytest.mark.parametrize("options", [{"masked": True}, *({"hostile": True, "seed": seed} for seed in range(12))])
def test_a_masked_or_hostile_name_does_not_stop_it_either(work: Any, options: dict[str, Any]) -> None:
    work.configure(customer_mode="each")
    order_id = place(work, **options)
    assert work.sync(order_id).sync_state == "synced"
    [customer] = customers(work)
    assert owner(work, order_id) == (0, customer["id"])
    if options.get("masked"):
        assert (customer["firstname"], customer["lastname"]) == ("TikTok", "Buyer")


def test_an_order_that_is_reserved_during_the_hold_belongs_to_a_customer_without_a_name(work: Any) -> None:
    work.configure(customer_mode="each", on_hold="reserve")
    order_id = place(work, status="ON_HOLD", recipient={"first_name": "Grace", "last_name": "Hopper"})
    work.sync(order_id)
    [customer] = customers(work)
    assert (customer["firstname"], customer["lastname"]) == ("TikTok", "Buyer")
    assert owner(work, order_id) == (0, customer["id"])


# -- what Magento refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "denied", "code", "words"),
    [
        ({}, "Magento_Customer::customer", "magento_not_authorized", "Magento_Customer::customer"),
        ({"customer_group_id": 2}, "Magento_Customer::manage", "magento_not_authorized", "Magento_Customer::manage"),
        ({"customer_group_id": 9}, "", "customer_refused", "group id does not exist"),
        ({"customer_website_id": 7}, "", "customer_refused", "no website with the id 7 "),
    ],
)
def test_what_is_wrong_is_said_before_an_order_is_in_magento_and_goes_on_when_it_is_put_right(
    work: Any, settings: dict[str, Any], denied: str, code: str, words: str
) -> None:
    with work.magento.state.lock:
        work.magento.state.settings.denied_resources = [denied] if denied else []
    work.configure(customer_mode="each", **settings)
    order_id = place(work)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("error", code)
    assert words in row.error_message
    assert email_of(work, order_id) not in str(row.error_exchange)
    assert (work.magento_orders(), customers(work)) == ([], [])
    with work.magento.state.lock:
        work.magento.state.settings.denied_resources = []
        work.magento.state.settings.customer_groups.append(9)
    second_website(work)
    work.configure(customer_mode="each", customer_group_id=settings.get("customer_group_id"))
    assert work.sync(order_id).sync_state == "synced"
    assert owner(work, order_id) == (0, customers(work)[0]["id"])


# -- once, whatever happens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_two_orders_of_one_buyer_at_once_make_one_customer(
    work: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.configure(create_way=way, customer_mode="each")
    first, second = place(work), place(work)
    ids = [work.hint(first), work.hint(second)]
    both_have_searched = Barrier(2, timeout=20)
    real, searched = http.send, set()

    def send(session: Any, request: Any, **options: Any) -> Any:
        answer = real(session, request, **options)
        if "/customers/search" in request.url and get_ident() not in searched:
            searched.add(get_ident())
            both_have_searched.wait()
        return answer

    monkeypatch.setattr(http, "send", send)

    def run(row_id: int) -> None:
        with work.app.app_context():
            converge.sync_order(row_id)

    threads = [Thread(target=run, args=(row_id,)) for row_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not both_have_searched.broken
    [customer] = customers(work)
    assert [owner(work, order_id) for order_id in (first, second)] == [(0, customer["id"])] * 2
    with work.magento.state.lock:
        answers = sorted(call.status for call in work.magento.state.calls if call.path.endswith("/V1/customers"))
    assert answers == [200, 400], "both did not try to create it: the test proves nothing"
    told = [code for order_id in (first, second) for code in work.timeline(order_id)]
    assert (told.count("customer_created"), told.count("failed")) == (1, 0)


@pytest.mark.either_database
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("way", ["reserve", "record"])
def test_each_call_about_the_customer_may_fail_or_be_made_twice(
    work: Any, clock: Any, way: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.configure(create_way=way, customer_mode="each")
    order_id = place(work)
    bring_back = keep(work.tiktok, work.magento)
    with monkeypatch.context() as patch:
        line = Line(patch)
        assert work.sync(order_id).sync_state == "synced"
    places = [number for number, call in enumerate(line.calls) if "/customers" in call]
    assert [line.calls[number].split()[0] for number in places] == ["GET", "POST"]
    for number in places:
        bring_back()
        with monkeypatch.context() as patch:
            Line(patch, number, fault)
            row = work.sync_until_settled(order_id)
        clock.turn(minutes=61)
        row = work.sync_until_settled(order_id)
        assert (row.sync_state, row.error_code) == ("synced", ""), line.calls[number]
        [customer] = customers(work)
        assert owner(work, order_id) == (0, customer["id"])
        assert work.timeline(order_id).count("customer") == 1


# -- personal data ---------------------------------------------------------------------------------------------------------


def test_whoever_erases_a_buyer_is_told_of_the_customer_that_magento_keeps(work: Any) -> None:
    work.configure(create_way="record", customer_mode="each")
    order_id = place(work)
    work.sync(order_id)
    [customer] = customers(work)
    exported = privacy.export_buyer(order_id, "ada@example.com")
    assert exported is not None
    assert exported["orders"][0]["magento_customer_ids"] == [customer["id"]]
    erased = privacy.erase_buyer(order_id, "ada@example.com")
    assert (erased.left, erased.magento_customers) == ([order_id], [customer["id"]])
    with transaction() as session:
        session.execute(update(Order).values(status="COMPLETED"))
    output = work.app.test_cli_runner().invoke(args=["buyers", "erase", order_id]).output
    assert f"Magento keeps its customer {customer['id']} for the buyer" in output
    assert [row["email"] for row in customers(work)] == [customer["email"]]
