"""Parcels from Magento to TikTok Shop, by a carrier of the merchant's own: each case of a merchant's day."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from connector import clock
from connector.models import Order, Shipment, Shop
from connector.models.transaction import transaction
from connector.sync import asks, converge
from sandbox.faults import Fault
from sandbox.tiktok.logistics import provider_id
from tests.support.short_calls import short_calls
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "TEE-RED-M", "quantity": 1}]
ALL = Counter({"MUG-01": 2, "TEE-RED-M": 1})


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


@pytest.fixture
def order_id(work: Any) -> str:
    order_id: str = work.place(lines=LINES)
    work.sync(order_id)
    return order_id


def test_a_whole_shipment_is_told_once_with_the_mapped_provider(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.ship(order_id, "1Z999")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": ALL}
    assert merchant.status(order_id) == "AWAITING_COLLECTION"
    row = work.row(order_id)
    assert (row.sync_state, row.status, row.shipping_provider) == ("synced", "AWAITING_COLLECTION", "UPS")
    merchant.settle()
    work.sync(order_id)
    assert merchant.calls("/packages") == 1


def test_what_tiktok_says_of_a_shipment_told_is_followed_without_its_webhook(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    merchant.ship(order_id, "1Z999")
    merchant.settle()
    [order] = work.magento_orders()
    assert f"TikTok Shop order {order_id}: awaiting collection" in order["comments"]


def test_partial_shipments_are_told_line_by_line(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.ship(order_id, "1Z-A", only={"MUG-01": 1})
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-A": Counter({"MUG-01": 1})}
    assert work.row(order_id).status == "PARTIALLY_SHIPPING"
    merchant.ship(order_id, "1Z-B", only={"MUG-01": 1, "TEE-RED-M": 1})
    merchant.settle()
    assert merchant.told(order_id) == {
        "1Z-A": Counter({"MUG-01": 1}),
        "1Z-B": Counter({"MUG-01": 1, "TEE-RED-M": 1}),
    }
    assert work.row(order_id).status == "AWAITING_COLLECTION"


def test_two_shipments_seen_at_once_are_two_packages(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.ship(order_id, "1Z-A", only={"MUG-01": 2})
    merchant.ship(order_id, "1Z-B", only={"TEE-RED-M": 1})
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-A": Counter({"MUG-01": 2}), "1Z-B": Counter({"TEE-RED-M": 1})}


def test_a_shipment_without_a_number_is_an_error_until_the_number_is_there(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    shipment_id = merchant.ship(order_id)
    merchant.settle()
    row = work.row(order_id)
    assert (row.sync_state, row.error_code) == ("error", "no_tracking")
    assert "tracking number" in row.error_remedy
    assert merchant.told(order_id) == {}
    merchant.add_track(order_id, shipment_id, "1Z999")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": ALL}
    assert (work.row(order_id).sync_state, work.row(order_id).error_code) == ("synced", "")


def test_solved_after_a_day_it_takes_an_outage_like_any_other_order(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    shipment_id = merchant.ship(order_id)
    merchant.settle()
    with transaction() as session:
        session.execute(update(Order).values(failing_since=clock.now() - timedelta(hours=25)))
    merchant.add_track(order_id, shipment_id, "1Z999")
    work.tiktok.state.faults.add(Fault(kind="status", path="/packages", method="POST", status=503, times=1))
    merchant.look()
    converge.sync_order(work.row(order_id).id)
    row = work.row(order_id)
    assert (row.sync_state, row.attempts) == ("pending", 1)
    assert row.due_at is not None
    merchant.settle()
    assert (merchant.told(order_id), work.row(order_id).sync_state) == ({"1Z999": ALL}, "synced")


def test_a_parcel_with_a_number_does_not_wait_for_one_without(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.ship(order_id, only={"MUG-01": 2})
    merchant.ship(order_id, "1Z-B", only={"TEE-RED-M": 1})
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-B": Counter({"TEE-RED-M": 1})}
    assert work.row(order_id).error_code == "no_tracking"


@pytest.mark.parametrize(
    ("carrier", "title", "name"), [("dpd", "DPD", "dpd"), ("custom", "My Courier", "custom: My Courier")]
)
def test_an_unmapped_carrier_is_an_error_that_mapping_solves(
    work: Any, merchant: Merchant, order_id: str, carrier: str, title: str, name: str
) -> None:
    merchant.ship(order_id, "1Z999", carrier=carrier, title=title)
    merchant.settle()
    row = work.row(order_id)
    assert (row.sync_state, row.error_code, row.error_subject) == ("error", "unmapped_carrier", name)
    merchant.map(carrier, "FedEx", title if carrier == "custom" else "")
    asks.release_waiting("unmapped_carrier", name, "test")
    merchant.settle()
    assert work.row(order_id).sync_state == "synced"
    assert work.row(order_id).shipping_provider == "FedEx"


def test_the_default_counts_for_what_is_not_mapped(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.map("*", "USPS")
    merchant.ship(order_id, "1Z999", carrier="custom", title="Whoever")
    merchant.settle()
    assert work.row(order_id).shipping_provider == "USPS"


@pytest.mark.parametrize("number", ["1Z", "1Z#99", "x" * 51])
def test_a_number_that_tiktok_would_not_take_is_an_error_that_a_correction_solves(
    work: Any, merchant: Merchant, order_id: str, number: str
) -> None:
    shipment_id = merchant.ship(order_id, number)
    merchant.settle()
    row = work.row(order_id)
    assert (row.error_code, row.error_subject) == ("bad_tracking_number", number)
    assert merchant.calls("/packages") == 0
    merchant.delete_tracks(order_id)
    merchant.add_track(order_id, shipment_id, "1Z999")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": ALL}
    assert work.row(order_id).error_code == ""


def test_blanks_in_a_number_are_not_sent(merchant: Merchant, order_id: str) -> None:
    merchant.ship(order_id, " 1Z 999 AA1 ")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999AA1": ALL}
    merchant.settle()
    assert merchant.calls("shipping_info") == 0


def test_of_two_numbers_on_one_shipment_the_first_is_told(work: Any, merchant: Merchant, order_id: str) -> None:
    shipment_id = merchant.ship(order_id, "1Z-A", "1Z-B")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-A": ALL}
    merchant.add_track(order_id, shipment_id, "1Z-C")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-A": ALL}
    assert merchant.calls("shipping_info") == 0


def test_a_corrected_number_corrects_tiktoks(work: Any, merchant: Merchant, order_id: str) -> None:
    shipment_id = merchant.ship(order_id, "1Z-WRONG")
    merchant.settle()
    merchant.delete_tracks(order_id)
    merchant.settle()
    assert work.row(order_id).sync_state == "synced"  # TikTok takes no number back
    assert merchant.told(order_id) == {"1Z-WRONG": ALL}
    merchant.add_track(order_id, shipment_id, "1Z-RIGHT")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-RIGHT": ALL}
    assert "corrected_tracking" in work.timeline(order_id)
    merchant.settle()
    assert merchant.calls("shipping_info") == 1


def test_a_second_correction_that_tiktok_refuses_is_said_once_and_stops_nothing(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    shipment_id = merchant.ship(order_id, "1Z-A1")
    for number in ("1Z-A2", "1Z-A3"):
        merchant.settle()
        merchant.delete_tracks(order_id)
        merchant.add_track(order_id, shipment_id, number)
    merchant.settle()
    merchant.settle()
    work.sync(order_id)
    assert merchant.told(order_id) == {"1Z-A2": ALL}
    assert work.timeline(order_id).count("correction_refused") == 1
    row = work.row(order_id)
    assert (row.sync_state, row.needs_look) == ("synced", True)
    assert merchant.shipments()[0].refused_number == "1Z-A3"
    # The number that TikTok has is put back: there is nothing to be looked at any more.
    merchant.delete_tracks(order_id)
    merchant.add_track(order_id, shipment_id, "1Z-A2")
    merchant.settle()
    assert (work.row(order_id).needs_look, merchant.shipments()[0].refused_number) == (False, "")
    work.sync(order_id)
    assert work.timeline(order_id).count("correction_taken_back") == 1


def test_a_correction_after_72_hours_is_said_and_not_sent(work: Any, merchant: Merchant, order_id: str) -> None:
    shipment_id = merchant.ship(order_id, "1Z-WRONG")
    merchant.settle()
    with transaction() as session:
        session.execute(update(Shipment).values(told_at=clock.now() - timedelta(hours=73)))
    merchant.delete_tracks(order_id)
    merchant.add_track(order_id, shipment_id, "1Z-RIGHT")
    merchant.settle()
    assert merchant.calls("shipping_info") == 0
    assert "72 hours" in merchant.shipments()[0].refused_because
    assert work.row(order_id).needs_look


def carrier_becomes(merchant: Merchant, order_id: str, shipment_id: int, carrier: str) -> None:
    merchant.delete_tracks(order_id)
    merchant.add_track(order_id, shipment_id, "770012345678", carrier=carrier)
    merchant.look(at_all_tracks=True)
    merchant.settle()


def test_corrected_while_it_was_not_known_whether_tiktok_had_heard_the_first_it_is_corrected_there_too(
    work: Any, merchant: Merchant, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment_id = merchant.ship(order_id, "1Z-WRONG")
    short_calls(monkeypatch)
    work.tiktok.state.faults.add(Fault(kind="after", path="/packages", method="POST", seconds=2, times=1))
    merchant.look()
    converge.sync_order(work.row(order_id).id)
    assert set(merchant.told(order_id)) == {"1Z-WRONG"}
    assert merchant.shipments()[0].told_at is None
    merchant.delete_tracks(order_id)
    merchant.add_track(order_id, shipment_id, "1Z-RIGHT")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-RIGHT": ALL}


def test_a_corrected_carrier_of_the_same_number_corrects_tiktoks(work: Any, merchant: Merchant, order_id: str) -> None:
    merchant.map("fedex", "FedEx")
    shipment_id = merchant.ship(order_id, "770012345678")
    merchant.settle()
    carrier_becomes(merchant, order_id, shipment_id, "fedex")
    with work.tiktok.state.lock:
        packages = work.tiktok.state.find_order(order_id)[1].packages
        assert [package.provider_id for package in packages] == [provider_id("US", "FedEx")]
    assert work.row(order_id).sync_state == "synced"
    calls = merchant.calls("shipping_info")
    work.sync(order_id)
    assert merchant.calls("shipping_info") == calls == 1


def test_a_corrected_carrier_that_comes_too_late_is_told_until_it_is_put_back(
    work: Any, merchant: Merchant, order_id: str
) -> None:
    merchant.map("fedex", "FedEx")
    shipment_id = merchant.ship(order_id, "770012345678")
    merchant.settle()
    with transaction() as session:
        session.execute(update(Shipment).values(told_at=clock.now() - timedelta(hours=73)))
    carrier_becomes(merchant, order_id, shipment_id, "fedex")
    assert (merchant.calls("shipping_info"), work.row(order_id).needs_look) == (0, True)
    carrier_becomes(merchant, order_id, shipment_id, "ups")
    assert (merchant.shipments()[0].refused_number, work.row(order_id).needs_look) == ("", False)


def test_something_virtual_is_told_with_the_goods_beside_it(work: Any, merchant: Merchant) -> None:
    """Magento ships nothing of it; without it TikTok waited for the rest of the order until it cancelled that."""
    order_id = work.place(lines=[{"seller_sku": "GIFT-WRAP"}, {"seller_sku": "MUG-01"}])
    work.sync(order_id)
    merchant.ship(order_id, "1Z999")
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": Counter({"GIFT-WRAP": 1, "MUG-01": 1})}
    assert (merchant.status(order_id), work.row(order_id).sync_state) == ("AWAITING_COLLECTION", "synced")


def test_what_was_shipped_in_seller_center_is_not_told_again(work: Any, merchant: Merchant, order_id: str) -> None:
    work.act(order_id, "ship", tracking_number="SC-12345")
    merchant.ship(order_id, "1Z999")
    merchant.settle()
    assert merchant.told(order_id) == {"SC-12345": ALL}
    assert work.row(order_id).sync_state == "synced"
    assert merchant.calls("/packages") == 0


def test_a_cancelled_unit_is_not_told(work: Any, merchant: Merchant, order_id: str) -> None:
    with work.tiktok.state.lock:
        _, order = work.tiktok.state.find_order(order_id)
        mug = order.units[0].id
    work.act(order_id, "cancel", by="SELLER", reason="Out of stock", unit_ids=[mug])
    merchant.ship(order_id, "1Z999", only={"MUG-01": 1, "TEE-RED-M": 1})
    merchant.settle()
    assert merchant.told(order_id) == {"1Z999": Counter({"MUG-01": 1, "TEE-RED-M": 1})}


CALLS = ["status", "rate_limit", "drop", "cut", "bad_json", "html", "after", "wrong_type"]


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("part", ["/packages", "/order/202507/orders", "/V1/shipments", "/V1/orders"])
def test_each_call_may_fail_or_have_worked_unseen(
    work: Any, merchant: Merchant, order_id: str, kind: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.faults import Fault

    short_calls(monkeypatch)
    merchant.ship(order_id, "1Z999")
    merchant.look()
    server = work.magento if part.startswith("/V1") else work.tiktok
    values: dict[str, Any] = {"status": 503} if kind == "status" else {"seconds": 1.0} if kind == "after" else {}
    fault = Fault(kind=kind, path=part, times=1, **values)
    server.state.faults.add(fault)
    for _ in range(4):
        merchant.settle()
    assert fault.hits == 1, "the fault never struck: the test proves nothing"
    assert merchant.told(order_id) == {"1Z999": ALL}
    assert work.row(order_id).sync_state == "synced"
    assert merchant.shipments()[0].told_at is not None
    assert work.timeline(order_id).count("told") == 1


@pytest.mark.parametrize("kind", ["status", "drop", "cut", "after"])
def test_a_correction_may_fail_or_have_worked_unseen(
    work: Any, merchant: Merchant, order_id: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.faults import Fault

    short_calls(monkeypatch)
    shipment_id = merchant.ship(order_id, "1Z-WRONG")
    merchant.settle()
    merchant.delete_tracks(order_id)
    merchant.add_track(order_id, shipment_id, "1Z-RIGHT")
    values: dict[str, Any] = {"status": 503} if kind == "status" else {"seconds": 1.0} if kind == "after" else {}
    fault = Fault(kind=kind, path="shipping_info", times=1, **values)
    work.tiktok.state.faults.add(fault)
    for _ in range(3):
        merchant.settle()
    assert fault.hits == 1
    assert merchant.told(order_id) == {"1Z-RIGHT": ALL}
    row = work.row(order_id)
    assert (row.sync_state, row.needs_look) == ("synced", False)


class TestOutsideOfTheMarkRegions:
    """Indonesia, Brazil, …: the package is there before it is shipped, and is shipped as a whole."""

    @pytest.fixture
    def merchant(self, work: Any) -> Merchant:
        with transaction() as session:
            session.execute(update(Shop).values(region="ID"))
        merchant = Merchant(work, "ID")
        merchant.map("ups", "JNE")
        return merchant

    @pytest.fixture
    def order_id(self, work: Any) -> str:
        order_id: str = work.place(lines=LINES, region="ID")
        work.sync_until_settled(order_id)
        return order_id

    def test_the_package_is_shipped(self, work: Any, merchant: Merchant, order_id: str) -> None:
        merchant.ship(order_id, "JNE-1234")
        merchant.settle()
        assert merchant.told(order_id) == {"JNE-1234": ALL}
        assert merchant.calls("/orders/{order_id}/packages") == 0

    def test_it_is_told_when_all_of_it_is_shipped(self, work: Any, merchant: Merchant, order_id: str) -> None:
        merchant.ship(order_id, "JNE-A", only={"MUG-01": 2})
        merchant.settle()
        assert merchant.told(order_id) == {}
        assert work.row(order_id).sync_state == "synced"
        merchant.ship(order_id, "JNE-B", only={"TEE-RED-M": 1})
        merchant.settle()
        assert merchant.told(order_id) == {"JNE-A": ALL}
        work.sync(order_id)
        merchant.settle()
        assert merchant.calls("shipping_info") == 0
        assert [bool(shipment.told_at) for shipment in merchant.shipments()] == [True, False]  # one package, told once

    def test_a_shop_that_refuses_the_call_of_its_region_gets_the_other_and_is_remembered(
        self, work: Any, merchant: Merchant, order_id: str
    ) -> None:
        with transaction() as session:
            session.execute(update(Shop).values(region="US"))
        merchant.ship(order_id, "JNE-1234")
        merchant.settle()
        assert merchant.told(order_id) == {"JNE-1234": ALL}
        shop_row = work.row(order_id).shop
        assert shop_row.ships_by == "package"
