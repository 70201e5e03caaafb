"""TikTok takes what it was told of a parcel, its answer is lost, and its order shows it a little later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from connector import http
from connector.models import Order
from connector.sync import ship_asks
from connector.tiktok.client import TikTokClient
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

PERSON = "jo@example.com"


class Lag:
    """From one of these calls on, of which each answer is lost but refusals, TikTok's orders read as before, until it is over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.sent, self.is_over = 0, False
        before: list[Any] = []
        read = TikTokClient.get_orders

        def lost(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(client: TikTokClient, *arguments: Any, **options: Any) -> Any:
                self.sent += 1
                before.extend([] if before else read(client, [self.order_id]))
                real(client, *arguments, **options)
                raise http.CallFailed("It did not answer in time.", kind="timeout")

            return call

        def get_orders(client: TikTokClient, order_ids: list[str]) -> Any:
            return before if before and not self.is_over else read(client, order_ids)

        for name in names:
            monkeypatch.setattr(TikTokClient, name, lost(getattr(TikTokClient, name)))
        monkeypatch.setattr(TikTokClient, "get_orders", get_orders)
        self.order_id = ""


@pytest.fixture
def merchant(work: Any) -> Merchant:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    return merchant


def shown(work: Any, merchant: Merchant, clock: Any, lag: Lag) -> Order:
    """It is looked at, in vain, and again once TikTok shows it."""
    merchant.settle()
    row = work.row(lag.order_id)
    assert (row.sync_state, row.error_code) == ("pending", "shown_late"), row.error_message
    assert lag.sent > 1
    lag.is_over = True
    clock.turn(seconds=15)
    merchant.settle()
    return work.row(lag.order_id)


def told_into_a_lag(work: Any, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> Lag:
    """An order with a parcel that is to be told, and TikTok about to lose the answer and show it late."""
    lag = Lag(monkeypatch, "mark_package_as_shipped", "ship_package")
    lag.order_id = work.place()
    work.sync(lag.order_id)
    merchant.ship(lag.order_id, "1Z999")
    return lag


def test_a_parcel_that_tiktok_shows_late_is_told_once_and_no_error(
    work: Any, merchant: Merchant, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag = told_into_a_lag(work, merchant, monkeypatch)
    assert shown(work, merchant, clock, lag).sync_state == "synced"
    assert list(merchant.told(lag.order_id)) == ["1Z999"]
    assert work.timeline(lag.order_id).count("told") == 1
    assert "failed" not in work.timeline(lag.order_id)[-2:]


def test_a_refusal_is_believed_when_tiktok_still_shows_nothing(
    work: Any, merchant: Merchant, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag = told_into_a_lag(work, merchant, monkeypatch)
    merchant.settle()
    clock.turn(minutes=5)
    merchant.settle()
    assert work.row(lag.order_id).error_code == "shown_late"
    clock.turn(minutes=5)
    merchant.settle()
    row = work.row(lag.order_id)
    assert (row.sync_state, row.error_code) == ("error", "tiktok_refused")


def test_an_arrangement_that_tiktok_shows_late_is_not_told_as_refused(
    work: Any, merchant: Merchant, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag = Lag(monkeypatch, "create_package", "ship_package")
    lag.order_id = work.place(shipping_type="TIKTOK")
    row = work.sync(lag.order_id)
    ship_asks.arrange(row.id, PERSON, handover="DROP_OFF")
    assert shown(work, merchant, clock, lag).sync_state == "synced"
    codes = Counter(work.timeline(lag.order_id))
    assert (codes["arranged"], codes["not_arranged"]) == (1, 0)


def test_a_correction_that_tiktok_shows_late_is_not_told_as_refused(
    work: Any, merchant: Merchant, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag = Lag(monkeypatch, "update_package_shipping_info", "update_order_shipping_info")
    lag.order_id = work.place()
    work.sync(lag.order_id)
    shipment_id = merchant.ship(lag.order_id, "1Z-WRONG")
    merchant.settle()
    merchant.delete_tracks(lag.order_id)
    merchant.add_track(lag.order_id, shipment_id, "1Z-RIGHT")
    row = shown(work, merchant, clock, lag)
    assert (row.sync_state, row.needs_look) == ("synced", False)
    assert list(merchant.told(lag.order_id)) == ["1Z-RIGHT"]
    codes = Counter(work.timeline(lag.order_id))
    assert (codes["corrected_tracking"], codes["correction_refused"]) == (1, 0)
