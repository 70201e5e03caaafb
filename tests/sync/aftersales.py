"""What the tests of cancellations and returns share: the sandbox's people, the books of both sides, and the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from connector import clock, http
from connector.extensions import db
from connector.magento.client import MagentoClient, MagentoCredentials
from connector.models import CancelAsk, Cancellation, Order, Return, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.sync import aftersales, cancel_asks, converge, sweep
from sandbox.stack import MAGENTO_TOKEN

#: 2 mugs and a hat: two rows, one with a quantity.
LINES = [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "HAT-07", "quantity": 1}]
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock"
PERSON = "staff@example.com"


class Desk:
    """One shop's desk: what people do on both sides, and what the books then say."""

    def __init__(self, work: Any) -> None:
        self.work = work
        self.admin = MagentoClient(work.magento.url, MagentoCredentials(access_token=MAGENTO_TOKEN))
        self.before = self.stock()

    # -- doing ---------------------------------------------------------------------------------------------------------

    def placed(self, *, synced: bool = True, **options: Any) -> str:
        """An order of LINES, in Magento already unless it shall not be."""
        order_id = str(self.work.place(lines=options.pop("lines", LINES), **options))
        if synced:
            assert self.settle(order_id).sync_state == "synced"
        return order_id

    def hear(self, order_id: str) -> int:
        """A webhook about a cancellation or a return came; the row's id."""
        row_id = int(self.work.hint(order_id))
        with transaction() as session:
            aftersales.hint(session.get_one(Order, row_id))
        return row_id

    def settle(self, order_id: str, most: int = 15) -> Order:
        """A hint, and runs without the pauses between them, until nothing is due any more but a later look."""
        row_id = self.hear(order_id)
        for _ in range(most):
            with transaction() as session:
                session.execute(update(Order).where(Order.id == row_id).values(lease_until=None, due_at=clock.now()))
            converge.sync_order(row_id)
            row = self.work.row(order_id)
            if row.sync_state != "pending":
                break
        return row

    def cancel(self, order_id: str, reason: str = OUT_OF_STOCK, line_ids: list[str] | None = None) -> int:
        """The merchant presses Cancel in the panel."""
        return cancel_asks.cancel(self.work.row(order_id).id, reason, PERSON, line_ids)

    def answer(self, order_id: str, answer: str, reason: str = "") -> None:
        request = self.request(order_id)
        cancel_asks.answer_buyer(self.work.row(order_id).id, request.cancel_id, answer, PERSON, reason=reason)

    def act(self, order_id: str, action: str, **options: Any) -> None:
        self.work.act(order_id, action, **options)

    def ship(self, order_id: str, *, also_in_magento: bool = True, until: str = "ship") -> None:
        """The parcel goes: on TikTok up to `until` (ship, collect, deliver, complete), and in Magento."""
        if also_in_magento:
            self.admin.ship(self.work.row(order_id).magento_order_id)
        for action in ("ship", "collect", "deliver", "complete"):
            self.act(order_id, action)
            if action == until:
                return

    def item(self, order_id: str, sku: str) -> int:
        """The id of Magento's order item of a SKU."""
        order = self.admin.get_order(self.work.row(order_id).magento_order_id)
        return next(item.item_id for item in order.items if item.sku == sku)

    def invoice(self, order_id: str, sku: str) -> None:
        """The merchant invoices one piece of a SKU in Magento's admin, and nothing else."""
        requests.post(
            f"{self.work.magento.url}/rest/V1/order/{self.work.row(order_id).magento_order_id}/invoice",
            json={"capture": True, "items": [{"order_item_id": self.item(order_id, sku), "qty": 1}]},
            headers={"Authorization": f"Bearer {MAGENTO_TOKEN}"},
            timeout=5,
        ).raise_for_status()

    def magento_cancels(self, order_id: str) -> None:
        """The merchant undoes the order in Magento's admin: cancelled, or credited where it is invoiced."""
        magento_id = self.work.row(order_id).magento_order_id
        if not self.admin.cancel(magento_id):
            self.admin.refund(magento_id)

    def fault(self, side: str, **fault: Any) -> None:
        url = getattr(self.work, side).url
        requests.post(f"{url}/_sandbox/faults", json=fault, timeout=5).raise_for_status()

    def hits(self, side: str) -> int:
        faults = requests.get(f"{getattr(self.work, side).url}/_sandbox/faults", timeout=5).json()
        return sum(fault["hits"] for fault in faults)

    # -- looking ---------------------------------------------------------------------------------------------------------

    def line_ids(self, order_id: str, *skus: str) -> list[str]:
        """One line item for each SKU that is named, in TikTok's order."""
        left = Counter(skus)
        found = []
        with self.work.tiktok.state.lock:
            for unit in self.work.tiktok.state.find_order(order_id)[1].units:
                if left[unit.sku.seller_sku] > 0:
                    left[unit.sku.seller_sku] -= 1
                    found.append(unit.id)
        return found

    def row_state(self, order_id: str) -> str:
        return str(self.work.row(order_id).sync_state)

    def tiktok(self, order_id: str) -> str:
        with self.work.tiktok.state.lock:
            return str(self.work.tiktok.state.find_order(order_id)[1].status)

    def tiktok_book(self, order_id: str) -> dict[str, Any]:
        from sandbox.tiktok.actions import books_of

        with self.work.tiktok.state.lock:
            shop, _ = self.work.tiktok.state.find_order(order_id)
            return next(book for book in books_of(shop) if book["id"] == order_id)

    def magento(self, order_id: str) -> dict[str, Any] | None:
        found = self.work.magento_orders(order_id)
        assert len(found) < 2, "the order is twice in Magento"
        return found[0] if found else None

    def stock(self) -> dict[str, Decimal]:
        return {sku: Decimal(str(row["salable"])) for sku, row in self.work.magento_books()["stock"].items()}

    def sold(self) -> dict[str, int]:
        """What is less in stock than at the beginning."""
        now = self.stock()
        return {sku: int(self.before[sku] - now[sku]) for sku in self.before if self.before[sku] != now[sku]}

    def ask(self, order_id: str) -> CancelAsk:
        row_id = self.work.row(order_id).id
        ask = db.session.scalars(
            select(CancelAsk).where(CancelAsk.order_id == row_id).execution_options(populate_existing=True)
        ).one()
        end_transaction()
        return ask

    def asks(self, order_id: str) -> list[CancelAsk]:
        row_id = self.work.row(order_id).id
        found = list(db.session.scalars(select(CancelAsk).where(CancelAsk.order_id == row_id).order_by(CancelAsk.id)))
        end_transaction()
        return found

    def request(self, order_id: str) -> Cancellation:
        row_id = self.work.row(order_id).id
        found = db.session.scalars(
            select(Cancellation)
            .where(Cancellation.order_id == row_id, Cancellation.cancel_type == "BUYER_CANCEL")
            .execution_options(populate_existing=True)
        ).one()
        end_transaction()
        return found

    def returned(self, order_id: str) -> Return:
        row_id = self.work.row(order_id).id
        found = db.session.scalars(
            select(Return)
            .where(Return.order_id == row_id)
            .order_by(Return.id.desc())
            .execution_options(populate_existing=True)
        ).first()
        assert found is not None
        end_transaction()
        return found

    def sentences(self, order_id: str) -> list[str]:
        row_id = self.work.row(order_id).id
        lines = db.session.scalars(
            select(TimelineEntry).where(TimelineEntry.order_id == row_id).order_by(TimelineEntry.id)
        ).all()
        end_transaction()
        return [f"{line.sentence} [{line.actor}]" if line.actor else line.sentence for line in lines]

    def assert_books_are_right(self) -> None:
        """Magento's own checks: reservations, and the sums of every document."""
        books = self.work.magento_books()
        assert books["inconsistencies"] == []
        assert books["arithmetic"] == []

    def assert_refunded_once(self, order_id: str) -> None:
        """Magento has credited what TikTok has given back, and no cent more."""
        order = self.magento(order_id)
        assert order is not None
        credited = sum((Decimal(str(memo["grand_total"])) for memo in order["creditmemos"]), Decimal(0))
        refunded = sum((Decimal(str(one["refunded"])) for one in self.tiktok_book(order_id)["returns"]), Decimal(0))
        assert credited == refunded


class Clock:
    """The product's clock, which a test can turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta(0)
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + self.ahead)

    def turn(self, **ahead: int) -> datetime:
        self.ahead += timedelta(**ahead)
        return clock.now()


def due_orders(now: datetime) -> list[tuple[int, int]]:
    """(row id, observed) of the orders that the sweep would wake now."""
    return [(row_id, observed) for row_id, observed, *_ in sweep.due(now)]


def held_back(monkeypatch: pytest.MonkeyPatch, path: str) -> list[Callable[[], Any]]:
    """The next call of this path is lost to the client; the list gets what the other side may still make of it."""
    calls: list[Callable[[], Any]] = []
    real = http.send

    def send(session: Any, request: Any, **options: Any) -> Any:
        if path in str(request.url) and not calls:
            calls.append(lambda: real(session, request, **options))
            raise http.CallFailed("It did not answer in time.", kind="timeout")
        return real(session, request, **options)

    monkeypatch.setattr(http, "send", send)
    return calls


def sent_twice(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Something between us and Magento sends each call of this path a second time."""
    real = http.send

    def send(session: Any, request: Any, **options: Any) -> Any:
        if path in str(request.url):
            real(session, request, **options)
        return real(session, request, **options)

    monkeypatch.setattr(http, "send", send)
