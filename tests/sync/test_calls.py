"""How calls went is counted at the price of few writes, and only what is the connection's fault counts as a failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from connector import clock
from connector.domain.errors import ConnectorError, NeedsMerchant, TryLater
from connector.extensions import db
from connector.magento.errors import ProductNotFound
from connector.models import CallCount, Shop
from connector.models.calls import TIKTOK_SHOP
from connector.models.transaction import end_transaction, transaction
from connector.sync import calls
from tests import factories
from tests.conftest import app as plain_app

app = plain_app


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Turns the clock to so many seconds after now."""
    start = clock.now().replace(minute=10)
    moved = [0.0]
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=moved[0]))

    def turn(seconds: float) -> None:
        moved[0] += seconds

    return turn


def fails(error: ConnectorError) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def counts() -> tuple[int, int]:
    row = db.session.scalars(select(CallCount).execution_options(populate_existing=True)).one()
    end_transaction()
    return row.ok, row.failed


def test_calls_are_counted_with_few_writes(app: Flask, later: Callable[[float], None]) -> None:
    shop = factories.make_shop()
    writes: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda c, cur, sql, *rest: writes.append(sql))
    for _ in range(100):
        assert calls.counted(TIKTOK_SHOP, shop.id, lambda: 7) == 7
        later(0.04)
    assert len([sql for sql in writes if sql.startswith("INSERT INTO call_counts")]) == 1
    later(5)
    calls.counted(TIKTOK_SHOP, shop.id, lambda: 7)
    assert counts() == (101, 0)
    db.session.refresh(shop)
    assert shop.last_ok_at == clock.now()
    end_transaction()


def test_a_failure_of_the_connection_is_counted_and_shown(app: Flask, later: Callable[[float], None]) -> None:
    shop = factories.make_shop()
    calls.counted(TIKTOK_SHOP, shop.id, lambda: 1)
    later(3)
    with pytest.raises(TryLater):
        calls.counted(TIKTOK_SHOP, shop.id, fails(TryLater("TikTok is away.")))
    assert counts() == (1, 1)  # the turn is written at once
    db.session.refresh(shop)
    assert shop.last_error == "TikTok is away."
    end_transaction()


def test_an_unknown_product_says_nothing_about_the_connection(app: Flask, later: Callable[[float], None]) -> None:
    shop = factories.make_shop()
    with pytest.raises(NeedsMerchant):
        calls.counted(TIKTOK_SHOP, shop.id, fails(ProductNotFound("No such SKU.", code="x")))
    assert counts() == (1, 0)


def test_nothing_is_written_into_somebody_elses_transaction(app: Flask, later: Callable[[float], None]) -> None:
    shop = factories.make_shop()
    with transaction() as session:
        session.get_one(Shop, shop.id).name = "Renamed"
        calls.counted(TIKTOK_SHOP, shop.id, lambda: 1)
    later(6)
    calls.counted(TIKTOK_SHOP, shop.id, lambda: 1)
    assert counts() == (2, 0)


def test_old_counts_are_forgotten(app: Flask) -> None:
    with transaction() as session:
        session.add(CallCount(side="shop", connection_id=1, hour=clock.now() - timedelta(days=9), ok=1, failed=0))
        session.add(CallCount(side="shop", connection_id=1, hour=clock.now() - timedelta(days=7), ok=2, failed=0))
    with transaction() as session:
        calls.forget_old(session)
    assert counts() == (2, 0)
