"""A parcel that has gone is told to TikTok Shop, whatever else of its order fails or waits for a person."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.sync.aftersales import Desk
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 1}, {"seller_sku": "HAT-07", "quantity": 1}]
HAT = {"HAT-07": 1}


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


def test_while_a_line_that_was_cancelled_after_shipping_waits(desk: Desk, merchant: Merchant) -> None:
    order_id = desk.placed(lines=LINES)
    merchant.ship(order_id, "1Z-MUG", only={"MUG-01": 1})
    desk.act(order_id, "cancel", by="BUYER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    assert desk.settle(order_id).error_code == "cancelled_after_shipping"
    merchant.ship(order_id, "1Z-HAT", only=HAT)
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-HAT": Counter(HAT)}
    assert desk.work.row(order_id).error_code == "cancelled_after_shipping"


def test_while_a_cancelled_line_waits_for_an_invoice(work: Any, desk: Desk, merchant: Merchant) -> None:
    work.configure(invoice=False)
    order_id = desk.placed(lines=LINES)
    desk.act(order_id, "cancel", by="BUYER", unit_ids=desk.line_ids(order_id, "MUG-01"))
    assert desk.settle(order_id).error_code == "lines_cancelled_uninvoiced"
    merchant.ship(order_id, "1Z-HAT", only=HAT)
    merchant.settle()
    assert merchant.told(order_id) == {"1Z-HAT": Counter(HAT)}


@pytest.mark.parametrize(("path", "status"), [("/comments", 500), ("/V1/orders", 400)])
def test_while_magento_takes_no_comment_or_no_correction(
    work: Any, desk: Desk, merchant: Merchant, path: str, status: int
) -> None:
    work.books_are_checked = False
    order_id = desk.placed(synced=False)
    desk.fault("magento", kind="status", status=status, method="POST", path=path, times=None, body={"message": "No."})
    assert desk.settle(order_id).error_code
    merchant.ship(order_id, "1Z-ALL")
    merchant.settle()
    assert "1Z-ALL" in merchant.told(order_id)


def test_while_a_new_address_has_no_region_of_magentos(desk: Desk, merchant: Merchant) -> None:
    order_id = desk.placed(lines=LINES)
    merchant.ship(order_id, "1Z-ALL")
    levels = [("L0", "Country", "United States", "US"), ("L1", "State", "Nowhere", "")]
    names = ("address_level", "address_level_name", "address_name", "iso_code")
    districts = [dict(zip(names, level, strict=True)) for level in levels]
    address = {"address_line1": "77 Other Street", "full_address": "77 Other Street", "district_info": districts}
    desk.act(order_id, "update_address", recipient=address)
    merchant.settle()
    assert desk.settle(order_id).error_code == "unknown_region"
    assert "1Z-ALL" in merchant.told(order_id)


def test_one_that_tiktok_refuses_keeps_neither_a_credit_memo_nor_another_parcel_back(
    desk: Desk, merchant: Merchant
) -> None:
    merchant.region = "GB"
    merchant.map("dhl", "Royal Mail")
    order_id = desk.placed(lines=[*LINES, {"seller_sku": "TEE-RED-M", "quantity": 1}])
    merchant.ship(order_id, "1Z-MUG", only={"MUG-01": 1}, carrier="dhl")
    merchant.ship(order_id, "1Z-HAT", only=HAT)
    desk.act(order_id, "cancel", by="BUYER", unit_ids=desk.line_ids(order_id, "TEE-RED-M"))
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "unmapped_carrier")
    assert "TikTok Shop does not take the shipping provider" in row.error_message
    assert merchant.told(order_id) == {"1Z-HAT": Counter(HAT)}
    assert len(desk.magento(order_id)["creditmemos"]) == 1


NO_RIGHT = {"kind": "status", "status": 403, "body": {"code": 105005, "message": "no access", "request_id": "x"}}


@pytest.mark.parametrize("path", ["/aftersale_eligibility$", "/cancellations$", "/returns/search$"])
def test_while_a_cancellation_cannot_be_asked_for_or_read(desk: Desk, merchant: Merchant, path: str) -> None:
    order_id = desk.placed(lines=[*LINES, {"seller_sku": "TEE-RED-M", "quantity": 1}])
    desk.fault("tiktok", path=path, times=None, **NO_RIGHT)
    desk.cancel(order_id, line_ids=desk.line_ids(order_id, "TEE-RED-M"))
    merchant.ship(order_id, "1Z-MUG", only={"MUG-01": 1})
    merchant.ship(order_id, "1Z-HAT", only=HAT)
    merchant.settle()
    assert set(merchant.told(order_id)) == {"1Z-MUG", "1Z-HAT"}
    row = desk.work.row(order_id)
    assert (row.sync_state, row.error_code) == ("error", "tiktok_missing_permission")
    hits = desk.hits("tiktok")
    merchant.ship(order_id, "1Z-TEE")
    merchant.settle()
    assert set(merchant.told(order_id)) == {"1Z-MUG", "1Z-HAT", "1Z-TEE"}
    assert desk.hits("tiktok") > hits, "the cancellation is asked for with each run"


def test_what_tiktok_is_asked_and_fails_is_asked_once_a_run(desk: Desk, merchant: Merchant) -> None:
    order_id = desk.placed(lines=LINES)
    merchant.ship(order_id, "1Z-MUG", only={"MUG-01": 1})
    merchant.ship(order_id, "1Z-HAT", only=HAT)
    desk.cancel(order_id)
    desk.fault("tiktok", path="/cancellations$", times=None, **NO_RIGHT)
    desk.settle(order_id, most=1)
    assert set(merchant.told(order_id)) == {"1Z-MUG", "1Z-HAT"}
    assert desk.hits("tiktok") == 1


def test_while_nothing_has_gone_magento_is_not_asked_for_a_cancellation_that_fails(work: Any, desk: Desk) -> None:
    order_id = desk.placed(lines=LINES, synced=False, status="ON_HOLD")
    assert desk.settle(order_id).sync_state == "waiting"
    desk.cancel(order_id)
    desk.fault("tiktok", path="/aftersale_eligibility$", times=None, **NO_RIGHT)
    desk.fault("magento", kind="status", status=503, times=None)
    row = desk.settle(order_id)
    assert (row.sync_state, row.error_code) == ("error", "tiktok_missing_permission")
    assert desk.hits("magento") == 0
