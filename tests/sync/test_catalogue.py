"""The catalogue that pages search: read as it changes, whole once a day, and what is gone from Magento is gone here."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from connector import clock
from connector.extensions import db, queue
from connector.models import CatalogueProduct, CatalogueRead, Store
from connector.models.transaction import end_transaction, transaction
from connector.sync import catalogue
from sandbox.faults import Fault


def known() -> dict[str, CatalogueProduct]:
    rows = db.session.scalars(select(CatalogueProduct).execution_options(populate_existing=True)).all()
    end_transaction()
    return {row.sku: row for row in rows}


def store_id() -> int:
    found = db.session.scalar(select(Store.id))
    end_transaction()
    assert found is not None
    return found


def read_state() -> CatalogueRead:
    row = db.session.scalars(select(CatalogueRead).execution_options(populate_existing=True)).one()
    end_transaction()
    return row


def test_the_whole_catalogue_is_read_with_the_choices_of_composite_products(work: Any) -> None:
    with work.magento.state.lock:
        products = {p.sku: p for p in work.magento.state.products.values()}
    assert catalogue.read(store_id()) == len(products)
    rows = known()
    assert set(rows) == set(products)
    assert rows["MUG-01"].name == products["MUG-01"].name
    assert rows["MUG-01"].search_text == "mug-01 stoneware mug, 350 ml"
    assert [choice["kind"] for choice in rows["TEE-RED"].choices] == ["configurable", "variants"]
    assert [v["label"] for choice in rows["DESK-SET"].choices for v in choice["values"]] == ["NOTE-A5", "PEN-GEL"]
    assert [v["quantity"] for v in rows["DESK-SET"].choices[1]["values"]] == [2]
    assert rows["STATIONERY"].choices[0]["kind"] == "grouped"


def test_later_only_what_changed_is_read(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue.read(store_id())
    with work.magento.state.lock:
        state = work.magento.state
        real = state.clock
        state.clock = lambda: real() + timedelta(hours=2)
        state.add_product("MUG-02B", "Blue Mug", Decimal(13))
        state.products["MUG-01"].status = 2
        state.products["MUG-01"].updated_at = state.now()
    assert catalogue.read(store_id()) <= len(known())
    assert known()["MUG-02B"].name == "Blue Mug"
    assert not known()["MUG-01"].is_enabled
    with transaction() as session:
        session.execute(update(CatalogueRead).values(watermark=clock.now() + timedelta(hours=2)))
    assert catalogue.read(store_id()) == 2


def test_what_was_deleted_in_magento_goes_with_the_next_whole_reading(work: Any) -> None:
    catalogue.read(store_id())
    with work.magento.state.lock:
        del work.magento.state.products["HAT-07"]
    catalogue.read(store_id())
    assert "HAT-07" in known()
    with transaction() as session:
        session.execute(update(CatalogueRead).values(last_whole_at=clock.now() - timedelta(days=2)))
    catalogue.read(store_id())
    assert "HAT-07" not in known()


def test_a_reading_that_failed_in_the_middle_loses_nothing_and_goes_on(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.read(store_id())
    monkeypatch.setattr(catalogue, "PAGE", 5)
    with transaction() as session:
        session.execute(update(CatalogueRead).values(last_whole_at=None))
    work.magento.state.faults.add(Fault(kind="status", path="/V1/products", status=503, times=1))
    assert catalogue.read(store_id()) == 0
    assert read_state().last_error
    before = set(known())
    catalogue.read(store_id())
    assert set(known()) == before
    assert (read_state().last_error, read_state().lease_until) == ("", None)


def test_one_reading_at_a_time(work: Any) -> None:
    catalogue.read(store_id())
    with transaction() as session:
        session.execute(update(CatalogueRead).values(lease_until=clock.now() + timedelta(seconds=30)))
    assert catalogue.read(store_id()) == 0


def test_the_scheduler_starts_it_once_an_hour_and_the_button_at_once(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(queue, "wake_catalogue", lambda store_id, *, bucket="": woken.append(store_id) or True)
    assert (catalogue.start_reads(), catalogue.start_reads()) == (1, 0)
    assert catalogue.refresh_now() == 1
    assert len(woken) == 2
