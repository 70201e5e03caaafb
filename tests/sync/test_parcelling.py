"""Orders split, combined and taken apart from the panel: on TikTok once, and Magento's shipments follow."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connector.domain import parcelling
from connector.extensions import db
from connector.models import PackageAsk, PackageChoices
from connector.models.transaction import end_transaction
from connector.sync import package_asks, ship_asks
from connector.sync.asks import Refused
from tests.sync.aftersales import PERSON, Desk
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "HAT-07", "quantity": 1}]


@pytest.fixture
def desk(work: Any) -> Desk:
    return Desk(work)


def choices(desk: Desk, order_id: str) -> PackageChoices:
    row_id = desk.work.row(order_id).id
    package_asks.ask_choices(row_id)
    desk.settle(order_id)
    found = db.session.scalars(
        select(PackageChoices).where(PackageChoices.order_id == row_id).execution_options(populate_existing=True)
    ).one()
    end_transaction()
    return found


def asks(desk: Desk) -> list[PackageAsk]:
    found = list(
        db.session.scalars(select(PackageAsk).order_by(PackageAsk.id).execution_options(populate_existing=True))
    )
    end_transaction()
    return found


def packages(desk: Desk, order_id: str) -> list[str]:
    lines = desk.work.row(order_id).document["line_items"]
    return [str(line.get("package_id", "")) for line in lines]


def test_an_order_is_split_where_tiktok_lets_it_and_each_package_is_shipped_by_itself(desk: Desk) -> None:
    order_id = desk.placed()
    assert choices(desk, order_id).can_split
    mugs, hat = desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")
    row_id = desk.work.row(order_id).id
    with pytest.raises(Refused, match="at least two"):
        package_asks.split(row_id, [mugs + hat, []], PERSON)
    with pytest.raises(Refused, match="exactly one"):
        package_asks.split(row_id, [mugs, mugs], PERSON)
    package_asks.split(row_id, [mugs, hat], PERSON)
    with pytest.raises(Refused, match="already"):
        package_asks.split(row_id, [mugs, hat], PERSON)
    assert desk.settle(order_id).sync_state == "synced"
    [ask] = asks(desk)
    assert (ask.state, len(set(packages(desk, order_id)))) == ("confirmed", 2)
    desk.settle(order_id)
    assert desk.work.tiktok.state.requests["POST /fulfillment/202309/orders/{order_id}/split"] == 1
    # The hat alone is shipped in Magento: its package is told, the other one waits.
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    merchant.ship(order_id, "1Z-HAT", only={"HAT-07": 1})
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-HAT": {"HAT-07": 1}}
    merchant.ship(order_id, "1Z-MUGS")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-HAT": {"HAT-07": 1}, "1Z-MUGS": {"MUG-01": 2}}


def test_a_split_that_timed_out_is_made_once(desk: Desk) -> None:
    order_id = desk.placed()
    desk.fault("tiktok", kind="cut", method="POST", path="/split$", times=1)
    groups = [desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")]
    package_asks.split(desk.work.row(order_id).id, groups, PERSON)
    desk.settle(order_id)
    assert [ask.state for ask in asks(desk)] == ["confirmed"]
    assert desk.work.tiktok.state.requests["POST /fulfillment/202309/orders/{order_id}/split"] == 1


@pytest.mark.parametrize("is_shown", [True, False], ids=["shown late", "never shown"])
@pytest.mark.parametrize("is_answer_lost", [False, True], ids=["taken", "answer lost"])
def test_a_split_that_tiktok_shows_late_is_not_taken_for_refused(
    desk: Desk, clock: Any, is_shown: bool, is_answer_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.placed()
    groups = [desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")]
    package_asks.split(desk.work.row(order_id).id, groups, PERSON)
    if is_answer_lost:
        desk.fault("tiktok", kind="cut", method="POST", path="/split$", times=1)
    with monkeypatch.context() as patched:
        patched.setattr(parcelling, "is_split_so", lambda *_: False)
        for minutes in (0, 5):
            clock.turn(minutes=minutes)
            row = desk.settle(order_id, most=3)
            assert (row.sync_state, row.error_code, asks(desk)[0].state) == ("pending", "shown_late", "sent")
        if not is_shown:
            clock.turn(minutes=5)
            assert desk.settle(order_id).sync_state == "synced"
    desk.settle(order_id)
    assert [ask.state for ask in asks(desk)] == ["confirmed" if is_shown else "refused"]
    if not is_answer_lost:
        assert desk.work.tiktok.state.requests["POST /fulfillment/202309/orders/{order_id}/split"] == 1


def test_orders_of_one_buyer_are_combined_and_taken_apart_again(desk: Desk) -> None:
    first, second = (desk.placed(buyer_id="77") for _ in range(2))
    found = choices(desk, first)
    [offer] = found.combinable
    assert sorted(offer["order_ids"]) == sorted([first, second])
    with pytest.raises(Refused, match="does not offer"):
        package_asks.combine(desk.work.row(first).id, offer["id"], ["5762"], PERSON)
    package_asks.combine(desk.work.row(first).id, offer["id"], [second], PERSON)
    assert desk.settle(first).sync_state == "synced"
    desk.settle(second)
    assert len(set(packages(desk, first) + packages(desk, second))) == 1
    package_asks.uncombine(desk.work.row(second).id, PERSON)
    assert desk.settle(second).sync_state == "synced"
    desk.settle(first)
    assert not set(packages(desk, first)) & set(packages(desk, second))
    assert [ask.state for ask in asks(desk)] == ["confirmed", "confirmed"]


# -- a shared package is shipped ---------------------------------------------------------------------------------------------


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


def combined(desk: Desk, **options: Any) -> tuple[str, str]:
    """Two orders of one buyer, combined from the panel."""
    first, second = (desk.placed(buyer_id="77", **options) for _ in range(2))
    [offer] = choices(desk, first).combinable
    package_asks.combine(desk.work.row(first).id, offer["id"], [second], PERSON)
    for order_id in (first, second):
        assert desk.settle(order_id).sync_state == "synced"
    return first, second


def numbers_in_magento(desk: Desk, order_id: str) -> list[list[str]]:
    """The tracking numbers of each of the Magento order's shipments."""
    magento_id = desk.work.row(order_id).magento_order_id
    return [[track.track_number for track in one.tracks] for one in desk.admin.shipments_of(magento_id)]


def assert_both_sides_agree(desk: Desk, merchant: Merchant, number: str, *order_ids: str) -> None:
    """Each order has one shipment with the number in Magento, TikTok has it with the number, and was told once of all."""
    for order_id in order_ids:
        for _ in range(2):  # done twice, nothing more comes of it
            merchant.settle()
            desk.settle(order_id)
        assert numbers_in_magento(desk, order_id) == [[number]]
        assert list(merchant.told(order_id)) == [number]
        assert (desk.tiktok(order_id), desk.row_state(order_id)) == ("AWAITING_COLLECTION", "synced")
    assert (merchant.calls("/ship"), merchant.calls("/orders/{order_id}/packages")) == (1, 0)
    desk.assert_books_are_right()


def test_one_number_on_the_shipments_of_both_magento_orders_is_told_once(desk: Desk, merchant: Merchant) -> None:
    first, second = combined(desk)
    merchant.ship(first, "1Z-BOTH")
    merchant.ship(second, "1Z-BOTH")
    assert_both_sides_agree(desk, merchant, "1Z-BOTH", first, second)


@pytest.mark.parametrize("region", ["US", "ID"])
def test_shipped_with_one_order_in_magento_the_other_gets_a_shipment_with_the_number(
    desk: Desk, merchant: Merchant, region: str
) -> None:
    first, second = combined(desk, region=region)
    if region == "ID":
        Merchant(desk.work, "ID").map("dhl", provider_of(desk.work, "ID"))
    merchant.ship(first, "1Z-BOTH", carrier="dhl" if region == "ID" else "ups")
    assert_both_sides_agree(desk, merchant, "1Z-BOTH", first, second)
    assert sum("Shipped in Magento with the tracking number 1Z-BOTH" in said for said in desk.sentences(second)) == 1


def test_shipped_with_one_order_in_the_panel_the_other_gets_a_shipment_too(desk: Desk, merchant: Merchant) -> None:
    first, second = combined(desk)
    shipped = {"carrier_code": "ups", "title": "UPS", "number": "1Z-BOTH"}
    ship_asks.ship(desk.work.row(first).id, PERSON, **shipped)
    assert_both_sides_agree(desk, merchant, "1Z-BOTH", first, second)
    with pytest.raises(Refused, match="does not wait"):
        ship_asks.ship(desk.work.row(second).id, PERSON, **shipped)


def test_both_asked_for_in_the_panel_are_one_parcel(desk: Desk, merchant: Merchant) -> None:
    first, second = combined(desk)
    for order_id in (first, second):
        ship_asks.ship(desk.work.row(order_id).id, PERSON, carrier_code="ups", title="UPS", number="1Z-BOTH")
    assert_both_sides_agree(desk, merchant, "1Z-BOTH", first, second)


def test_a_shared_package_whose_call_timed_out_is_told_once(desk: Desk, merchant: Merchant) -> None:
    first, second = combined(desk)
    desk.fault("tiktok", kind="cut", method="POST", path="/ship$", times=1)
    merchant.ship(first, "1Z-BOTH")
    assert_both_sides_agree(desk, merchant, "1Z-BOTH", first, second)


def test_the_shipment_of_the_other_order_is_made_once_when_magentos_answer_is_lost(
    desk: Desk, merchant: Merchant
) -> None:
    first, second = combined(desk)
    merchant.ship(first, "1Z-BOTH")
    merchant.settle()
    desk.fault("magento", kind="cut", method="POST", path="/ship$", times=1)
    assert_both_sides_agree(desk, merchant, "1Z-BOTH", first, second)


def test_a_shipment_without_a_number_gets_the_one_of_the_shared_package(desk: Desk, merchant: Merchant) -> None:
    first, second = combined(desk)
    merchant.ship(second)
    merchant.settle()
    assert desk.work.row(second).error_code == "no_tracking"
    merchant.ship(first, "1Z-BOTH")
    assert_both_sides_agree(desk, merchant, "1Z-BOTH", first, second)


def test_tiktoks_carrier_takes_a_shared_package_and_both_magento_orders_get_its_number(
    desk: Desk, merchant: Merchant
) -> None:
    first, second = combined(desk, shipping_type="TIKTOK")
    for order_id in (first, second):
        ship_asks.arrange(desk.work.row(order_id).id, PERSON, handover="DROP_OFF")
    merchant.settle()
    [number] = merchant.told(first)
    assert_both_sides_agree(desk, merchant, number, first, second)


def test_taken_apart_before_it_is_shipped_each_order_goes_by_itself(desk: Desk, merchant: Merchant) -> None:
    first, second = combined(desk)
    package_asks.uncombine(desk.work.row(second).id, PERSON)
    for order_id in (second, first):
        desk.settle(order_id)
    merchant.ship(first, "1Z-FIRST")
    merchant.settle()
    assert (numbers_in_magento(desk, second), desk.tiktok(second)) == ([], "AWAITING_SHIPMENT")
    merchant.ship(second, "1Z-SECOND")
    merchant.settle()
    for order_id, number in ((first, "1Z-FIRST"), (second, "1Z-SECOND")):
        desk.settle(order_id)
        assert (numbers_in_magento(desk, order_id), list(merchant.told(order_id))) == ([[number]], [number])
        assert desk.row_state(order_id) == "synced"
    desk.assert_books_are_right()


def provider_of(work: Any, region: str) -> str:
    from sandbox.tiktok.regions import REGIONS

    return str(REGIONS[region].carriers[0])


def test_what_tiktok_refuses_is_said(desk: Desk) -> None:
    order_id = desk.placed()
    groups = [desk.line_ids(order_id, "MUG-01", "MUG-01"), desk.line_ids(order_id, "HAT-07")]
    package_asks.split(desk.work.row(order_id).id, groups, PERSON)
    body = '{"code": 21011001, "message": "Not this order", "request_id": "r"}'
    desk.fault("tiktok", kind="status", status=200, method="POST", path="/split$", body=body)
    assert desk.settle(order_id).sync_state == "synced"
    [ask] = asks(desk)
    assert (ask.state, ask.message) == ("refused", "Not this order")
    one = desk.placed(lines=LINES[1:])
    assert choices(desk, one).message == "The order has one item"
