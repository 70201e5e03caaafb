"""The engine against both sandboxes in this process, on SQLite and on PostgreSQL."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from connector import clock
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.models import Order, Shop, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.sync import converge, intake, stopping
from tests.support.apps import Apps, connect
from tests.sync.aftersales import Clock, Desk

KINDS = ("sqlite", "postgresql")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test marked `either_database` runs on one of the two: which one is drawn from its name, so both get their half.

    For long tables whose rows differ in what the two APIs do, not in what the database does.
    """
    dropped = []
    for item in items:
        if item.get_closest_marker("either_database") is None:
            continue
        kind = item.callspec.params["database_kind"]
        name = item.nodeid.replace(kind, "")
        if KINDS[zlib.crc32(name.encode()) % 2] != kind:
            dropped.append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in set(dropped)]


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(database_kind: str, apps: Apps, tiktok: Any, magento: Any) -> Iterator[Flask]:
    with apps.one(database_kind, TIKTOK_API_URL=tiktok.url, TIKTOK_AUTH_URL=tiktok.url) as app:
        connect(magento.url)
        yield app
        stopping.forget()


@dataclass
class Work:
    """Both sides and the engine between them, as a test speaks of them."""

    app: Flask
    tiktok: Any
    magento: Any
    #: A test that makes up orders in Magento by hand says that their books need not be right.
    books_are_checked: bool = True

    def place(self, **options: Any) -> str:
        """An order placed in the sandbox shop, paid and off hold unless `status` says otherwise; its id."""
        with self.tiktok.state.lock:
            order = self.tiktok.state.shop(None).place({"status": "AWAITING_SHIPMENT", **options})
            return str(order.id)

    def act(self, tiktok_order_id: str, action: str, **options: Any) -> None:
        """Something that happens to an order in the sandbox shop: ship, cancel, release, …"""
        from sandbox.tiktok.actions import act

        with self.tiktok.state.lock:
            act(self.tiktok.state.shop(None), tiktok_order_id, action, options)

    def hint(self, tiktok_order_id: str) -> int:
        """A webhook said that the order changed; the row's id."""
        shop_id = db.session.scalar(select(Shop.id))
        assert shop_id is not None
        with transaction() as session:
            return intake.observe_hint(session, shop_id, tiktok_order_id).row_id

    def sync(self, tiktok_order_id: str) -> Order:
        """A hint and a run; the row afterwards."""
        row_id = self.hint(tiktok_order_id)
        converge.sync_order(row_id)
        return self.row(tiktok_order_id)

    def sync_until_settled(self, tiktok_order_id: str, most: int = 12) -> Order:
        """Runs, as the sweep would start them, without waiting for the pauses between tries, those after unclear ones too."""
        row = self.sync(tiktok_order_id)
        for _ in range(most):
            if row.sync_state != "pending":
                break
            with transaction() as session:
                unclear = {"magento_asked_at": None, "magento_line_asked_at": None}
                session.execute(update(Order).values(due_at=clock.now(), lease_until=None, **unclear))
            converge.sync_order(row.id)
            row = self.row(tiktok_order_id)
        return row

    def row(self, tiktok_order_id: str) -> Order:
        row = db.session.scalars(
            select(Order).where(Order.tiktok_order_id == tiktok_order_id).execution_options(populate_existing=True)
        ).one()
        end_transaction()
        return row

    def timeline(self, tiktok_order_id: str) -> list[str]:
        row = self.row(tiktok_order_id)
        codes = db.session.scalars(
            select(TimelineEntry.code).where(TimelineEntry.order_id == row.id).order_by(TimelineEntry.id)
        ).all()
        end_transaction()
        return list(codes)

    def configure(self, **settings: Any) -> None:
        """Settings of the shop."""
        with transaction() as session:
            session.scalars(select(Shop)).one().settings = ShopSettings(**settings)

    def magento_orders(self, tiktok_order_id: str | None = None) -> list[dict[str, Any]]:
        """The sandbox Magento's own books, of one TikTok order or of all."""
        from sandbox.magento.books import books

        with self.magento.state.lock:
            orders: list[dict[str, Any]] = books(self.magento.state)["orders"]
        return [order for order in orders if tiktok_order_id in (None, order.get("ext_order_id"))]

    def magento_books(self) -> dict[str, Any]:
        from sandbox.magento.books import books

        with self.magento.state.lock:
            return books(self.magento.state)

    def total(self, tiktok_order_id: str) -> str:
        """TikTok's total of an order."""
        from sandbox.tiktok.actions import summary

        with self.tiktok.state.lock:
            return str(summary(self.tiktok.state.find_order(tiktok_order_id)[1])["total_amount"])


@pytest.fixture
def work(app: Flask, tiktok: Any, magento: Any) -> Iterator[Work]:
    """Whatever a test did: the sandbox Magento's accountant and stock-keeper find nothing wrong at its end.

    The accountant adds up every order, invoice and credit memo, and the invoices and credit memos of each order.
    """
    work = Work(app, tiktok, magento)
    yield work
    if work.books_are_checked:
        books = work.magento_books()
        assert books["arithmetic"] == []
        assert books["inconsistencies"] == []


@pytest.fixture
def desk(work: Work) -> Desk:
    """What people do on both sides after the sale."""
    return Desk(work)


@pytest.fixture(name="clock")
def clock_(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The product's clock, which a test can turn ahead."""
    return Clock(monkeypatch)
