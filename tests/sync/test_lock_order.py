"""Whoever writes several orders at once locks them in one order: two that met half-way would wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from connector.extensions import db
from connector.models import Order, Shop
from connector.models.transaction import end_transaction, transaction
from connector.sync import intake, recovery
from sandbox.tiktok.documents import order_document


def changed(work: Any, order_ids: list[str]) -> list[dict[str, Any]]:
    """The orders' documents after a change on TikTok Shop."""
    documents = []
    with work.tiktok.state.lock:
        for order_id in order_ids:
            order = work.tiktok.state.find_order(order_id)[1]
            order.update_time += 60
            documents.append(order_document(order))
    return documents


def fetched(documents: list[dict[str, Any]], shop_id: int) -> None:
    with transaction() as session:
        intake.observe_documents(session, shop_id, documents)


@pytest.mark.parametrize("writer", ["fetch", "recovery"])
def test_two_that_write_the_same_orders_do_not_block_each_other(
    work: Any, database_kind: str, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_kind == "sqlite":
        pytest.skip("one writes at a time there")
    order_ids = [work.place() for _ in range(2)]
    # TikTok's numbers rise, but orders become known as they change.
    for order_id in sorted(order_ids, reverse=True):
        work.hint(order_id)
    with transaction() as session:
        session.execute(Order.__table__.update().values(sync_state="error"))
    shop_id = db.session.scalars(select(Shop.id)).one()
    rows = list(db.session.scalars(select(Order.id).order_by(Order.id)))
    end_transaction()
    documents = changed(work, order_ids)
    monkeypatch.setattr(recovery, "_held_up", lambda now: rows[::-1])
    one: Callable[[], object] = recovery.release if writer == "recovery" else lambda: fetched(documents, shop_id)
    begun, failures = threading.Barrier(2, timeout=5), []
    _pause_after_the_first(monkeypatch, begun)

    def run(write: Callable[[], object]) -> None:
        with work.app.app_context():
            try:
                write()
            except Exception as error:
                failures.append(error)

    def other() -> None:
        with transaction() as session:
            for row_id in rows:
                session.get_one(Order, row_id, with_for_update={"of": Order})
                _meet(begun)

    threads = [threading.Thread(target=run, args=(write,)) for write in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def _meet(barrier: threading.Barrier) -> None:
    """Once both have their first row, or one waits for the other's."""
    try:
        barrier.wait(timeout=1)
    except threading.BrokenBarrierError:
        pass


def _pause_after_the_first(monkeypatch: pytest.MonkeyPatch, begun: threading.Barrier) -> None:
    for module, name in ((intake, "_row"), (recovery, "_let_go")):
        real = getattr(module, name)

        def paused(*args: Any, _real: Any = real, **options: Any) -> Any:
            found = _real(*args, **options)
            _meet(begun)
            return found

        monkeypatch.setattr(module, name, paused)
