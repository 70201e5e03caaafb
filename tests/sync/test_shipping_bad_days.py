"""Every path of a parcel on a bad day: one of its calls fails, works without a word, or is done twice. The outcome is the same.

Each path is run as it should go, which also shows which calls it makes; then again from the same beginning, with some of its
calls and faults drawn by its name (BAD_DAYS=all: each call with each fault).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connector.sync import ship_asks
from tests.support.bad_days import Line, bad_days, comments_of
from tests.support.kept import keep
from tests.sync.aftersales import Clock
from tests.sync.merchant import Merchant

pytestmark = pytest.mark.either_database

LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "TEE-RED-M", "quantity": 1}]
ALL = Counter({"MUG-01": 2, "TEE-RED-M": 1})
PERSON = "jo@example.com"


class Case:
    """An order on its way: `begin` it, let something `happen`, and see that all of it `came right`."""

    options: dict[str, Any] = {}

    def __init__(self, work: Any, merchant: Merchant) -> None:
        self.work, self.merchant = work, merchant
        self.order_id: str = work.place(lines=LINES, **self.options)
        work.sync(self.order_id)

    def begin(self) -> None:
        """What was there before."""

    def happen(self) -> None:
        raise NotImplementedError

    def came_right(self) -> None:
        raise NotImplementedError

    # -- words for all of them

    def told(self) -> dict[str, Counter[str]]:
        return self.merchant.told(self.order_id)

    def shipments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.work.magento_orders(self.order_id)[0]["shipments"]
        return found

    def packages(self) -> list[str]:
        with self.work.tiktok.state.lock:
            return [package.id for package in self.work.tiktok.state.find_order(self.order_id)[1].packages]

    def units(self) -> list[str]:
        with self.work.tiktok.state.lock:
            return [unit.id for unit in self.work.tiktok.state.find_order(self.order_id)[1].units]

    def heard_of(self, action: str, **options: Any) -> None:
        self.work.act(self.order_id, action, **options)
        self.work.hint(self.order_id)


class Told(Case):
    """A shipment in Magento."""

    def happen(self) -> None:
        self.merchant.ship(self.order_id, "1Z999")

    def came_right(self) -> None:
        assert self.told() == {"1Z999": ALL}
        assert self.merchant.shipments()[0].package_ids == self.packages()
        assert self.work.timeline(self.order_id).count("told") == 1


class ToldInParts(Case):
    def begin(self) -> None:
        self.merchant.ship(self.order_id, "1Z-A", only={"MUG-01": 1})
        self.merchant.settle()
        assert self.work.row(self.order_id).status == "PARTIALLY_SHIPPING"

    def happen(self) -> None:
        self.merchant.ship(self.order_id, "1Z-B", only={"MUG-01": 1, "TEE-RED-M": 1})

    def came_right(self) -> None:
        assert self.told() == {"1Z-A": Counter({"MUG-01": 1}), "1Z-B": Counter({"MUG-01": 1, "TEE-RED-M": 1})}


class PackedAnew(Case):
    """TikTok splits a package that was told: FollowPackages."""

    def begin(self) -> None:
        self.merchant.ship(self.order_id, "1Z999")
        self.merchant.settle()

    def happen(self) -> None:
        units = self.units()
        self.heard_of("split", parts=[units[:1], units[1:]])

    def came_right(self) -> None:
        [row] = self.merchant.shipments()
        assert (sorted(row.package_ids), len(row.package_ids)) == (sorted(self.packages()), 2)
        assert self.work.timeline(self.order_id).count("told") == 1
        assert self.work.timeline(self.order_id).count("packed_anew") == 1


class Corrected(PackedAnew):
    """A corrected number goes to each of the packages that there are now."""

    def happen(self) -> None:
        super().happen()
        [row] = self.merchant.shipments()
        self.merchant.delete_tracks(self.order_id)
        self.merchant.add_track(self.order_id, row.magento_shipment_id, "1Z-RIGHT")

    def came_right(self) -> None:
        assert set(self.told()) == {"1Z-RIGHT"}
        assert not self.work.row(self.order_id).needs_look


class ShippedInSellerCenter(Case):
    """KeepAsTold."""

    def happen(self) -> None:
        self.work.act(self.order_id, "ship", tracking_number="SC-12345")
        self.merchant.ship(self.order_id, "1Z999")

    def came_right(self) -> None:
        assert self.told() == {"SC-12345": ALL}
        assert self.merchant.shipments()[0].told_at is not None


class ShippedFromThePanel(Case):
    def happen(self) -> None:
        ship_asks.ship(self.work.row(self.order_id).id, PERSON, carrier_code="ups", title="UPS", number="1Z999")

    def came_right(self) -> None:
        assert self.told() == {"1Z999": ALL}
        assert len(self.shipments()) == 1


class TikToksCarrier(Case):
    """Arranged in the panel; the number goes onto one Magento shipment."""

    options = {"shipping_type": "TIKTOK"}

    def happen(self) -> None:
        ship_asks.arrange(self.work.row(self.order_id).id, PERSON, handover="DROP_OFF")

    def came_right(self) -> None:
        [number] = self.told()
        [shipment] = self.shipments()
        assert [track["track_number"] for track in shipment["tracks"]] == [number]
        assert self.work.row(self.order_id).status == "AWAITING_COLLECTION"


class SecondNumber(TikToksCarrier):
    """A package of TikTok's carrier is split: its new number goes onto the shipment that is there."""

    def begin(self) -> None:
        super().happen()
        self.merchant.settle()

    def happen(self) -> None:
        units = self.units()
        self.work.act(self.order_id, "split", parts=[units[:1], units[1:]])
        with self.work.tiktok.state.lock:
            self.work.tiktok.state.find_order(self.order_id)[1].packages[1].tracking_number = "TT-SECOND"
        self.work.hint(self.order_id)

    def came_right(self) -> None:
        [shipment] = self.shipments()
        assert [track["track_number"] for track in shipment["tracks"]].count("TT-SECOND") == 1


class FulfilledByTikTok(Case):
    """NoteTracking."""

    options = {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}

    def happen(self) -> None:
        self.heard_of("ship", tracking_number="FBT-1234")

    def came_right(self) -> None:
        [order] = self.work.magento_orders(self.order_id)
        assert len({comment for comment in order["comments"] if "FBT-1234" in comment}) == 1
        assert order["shipments"] == []


class OnItsWay(Case):
    """In transit and delivered follow TikTok; its tracking events are kept for the page."""

    def begin(self) -> None:
        self.merchant.ship(self.order_id, "1Z999")
        self.merchant.settle()

    def happen(self) -> None:
        self.heard_of("collect")

    def came_right(self) -> None:
        row = self.work.row(self.order_id)
        assert row.status == "IN_TRANSIT"
        assert any("collected" in event["text"] for event in row.tracking_events)


class Delivered(OnItsWay):
    def happen(self) -> None:
        super().happen()
        self.heard_of("deliver")

    def came_right(self) -> None:
        row = self.work.row(self.order_id)
        assert row.status == "DELIVERED"
        assert any("delivered" in event["text"].lower() for event in row.tracking_events)


CASES: list[type[Case]] = [
    Told,
    ToldInParts,
    PackedAnew,
    Corrected,
    ShippedInSellerCenter,
    ShippedFromThePanel,
    TikToksCarrier,
    SecondNumber,
    FulfilledByTikTok,
    OnItsWay,
    Delivered,
]


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.__name__)
def test_a_parcel_comes_right_whatever_becomes_of_a_call(
    work: Any, clock: Clock, kind: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = Merchant(work)
    merchant.map("ups", "UPS")
    case = kind(work, merchant)
    case.begin()
    case.happen()
    bring_back = keep(work.tiktok, work.magento)

    def settled(call: str = "", fault: str = "") -> None:
        row = work.row(case.order_id)
        assert (row.sync_state, row.error_code) == ("synced", "")
        case.came_right()
        [order] = work.magento_orders(case.order_id)
        comments = comments_of(order["comments"], call, fault)
        assert len(comments) == len(set(comments))

    with monkeypatch.context() as patch:
        line = Line(patch)
        merchant.settle()
    settled()
    for place, fault in bad_days(case.__class__.__name__, line.calls, most=2):
        bring_back()
        clock.ahead = timedelta(0)
        with monkeypatch.context() as patch:
            Line(patch, place, fault)
            merchant.settle()
            clock.turn(minutes=61)
            merchant.settle()
            merchant.settle()
        try:
            settled(line.calls[place], fault)
        except AssertionError as error:
            row = work.row(case.order_id)
            said = f"{fault} at {line.calls[place]}: {row.sync_state} {row.error_code} {row.error_message}"
            raise AssertionError(said) from error
