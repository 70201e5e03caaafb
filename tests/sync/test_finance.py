"""What TikTok pays and keeps is read slowly, once, and never in the way of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from connector.domain.settings import ShopSettings
from connector.extensions import db, queue
from connector.models import FinanceRead, Payment, SettlementLine, Shop, Statement
from connector.models.transaction import end_transaction, transaction
from connector.sync import finance
from tests.sync.conftest import Work

LINES = [{"seller_sku": "MUG-01", "quantity": 2}]


def shop_id() -> int:
    found = db.session.scalar(select(Shop.id))
    end_transaction()
    assert found is not None
    return found


def read_all(most: int = 100) -> None:
    """A whole round, whatever it takes."""
    assert finance.read(shop_id(), most)


def lines(order_id: str) -> list[SettlementLine]:
    found = list(
        db.session.scalars(
            select(SettlementLine)
            .where(SettlementLine.tiktok_order_id == order_id)
            .order_by(SettlementLine.statement_id, SettlementLine.kind)
            .execution_options(populate_existing=True)
        )
    )
    end_transaction()
    return found


def test_an_estimate_becomes_a_settled_line_and_a_payment(work: Work) -> None:
    order_id = work.place(status="DELIVERED", lines=LINES)
    read_all()
    [estimate] = lines(order_id)
    assert (estimate.statement_id, estimate.reason) == ("", "Order has not been delivered")
    assert estimate.parts["fee"]["platform_commission_amount"] == str(estimate.fee_tax)
    work.act(order_id, "settle")
    work.act(order_id, "adjust", amount="1.50")
    work.act(order_id, "pay_out")
    read_all()
    adjusted, settled = sorted(lines(order_id), key=lambda line: line.settlement)
    assert settled.settlement == estimate.settlement and settled.difference == 0
    assert (adjusted.kind, adjusted.settlement, adjusted.adjustment) == (
        "PLATFORM_PENALTY",
        Decimal("-1.50"),
        Decimal("1.50"),
    )
    statement = db.session.scalars(select(Statement)).one()
    payment = db.session.scalars(select(Payment)).one()
    end_transaction()
    assert statement.read_at is not None and statement.payable == statement.settlement
    assert statement.settlement == settled.settlement + adjusted.settlement == payment.settlement
    assert (statement.payment_id, payment.bank_account) == (payment.payment_id, "****1234")
    read_all()
    assert len(lines(order_id)) == 2


def test_a_statement_that_grows_is_read_anew_and_parts_that_do_not_add_up_are_named(work: Work) -> None:
    first, second = (work.place(status="DELIVERED", lines=LINES) for _ in range(2))
    work.act(first, "settle")
    read_all()
    work.act(second, "settle", stated="3.00")
    read_all()
    [line] = lines(second)
    assert line.settlement == Decimal("3.00")
    assert line.difference == Decimal("3.00") - (line.revenue - line.shipping - line.fee_tax)
    [known] = lines(first)
    assert known.difference == 0


def test_pages_are_read_one_after_the_other_and_a_round_goes_on_where_it_was(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [work.place(status="DELIVERED", lines=LINES) for _ in range(3)]
    for order_id in orders[:2]:
        work.act(order_id, "settle")
    real = finance.gateways.tiktok_client

    def small_pages(*args: Any, **kwargs: Any) -> Any:
        client = real(*args, **kwargs)
        for name in ("statement_transactions", "unsettled_transactions"):
            call = getattr(client, name)
            monkeypatch.setattr(client, name, lambda *a, call=call, **k: call(*a, **k, page_size=1))
        return client

    monkeypatch.setattr(finance.gateways, "tiktok_client", small_pages)
    jobs = 1
    while not finance.read(shop_id(), 1):
        jobs += 1
        assert jobs < 12
    assert jobs == 6  # statements, two pages of lines and the look that finds none left, payments, unsettled
    assert [len(lines(order_id)) for order_id in orders] == [1, 1, 1]


def test_orders_go_first(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "length", lambda: 1)
    assert not finance.read(shop_id())
    assert work.tiktok.state.requests.get("GET /finance/202309/statements") is None
    monkeypatch.undo()
    read_all()
    assert work.tiktok.state.requests["GET /finance/202309/statements"] == 1


def test_it_is_woken_once_an_hour_on_a_queue_of_its_own_and_not_at_all_where_it_is_off(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[tuple[int, bool]] = []
    monkeypatch.setattr(
        queue, "_enqueue", lambda function, args, job_id, is_slow=False: woken.append((args[0], is_slow)) or True
    )
    assert (finance.start_reads(), finance.start_reads()) == (1, 0)
    assert woken == [(shop_id(), True)]
    read_all()
    assert finance.start_reads() == 0
    row = db.session.scalars(select(FinanceRead)).one()
    assert row.next_at is not None and row.done_at is not None and row.next_at - row.done_at > finance.EVERY / 2
    end_transaction()
    finance.read_soon(shop_id())
    with transaction() as session:
        session.scalars(select(Shop)).one().settings = ShopSettings(read_finance=False)
    assert finance.start_reads() == 0


def test_what_fails_is_written_down_and_tried_later(work: Work) -> None:
    import requests

    url = f"{work.tiktok.url}/_sandbox/faults"
    requests.post(url, json={"kind": "status", "status": 503, "path": "/finance/", "times": 9}, timeout=5)
    assert not finance.read(shop_id())
    row = db.session.scalars(select(FinanceRead)).one()
    assert row.last_error and row.lease_until is None
    assert db.session.scalar(select(func.count()).select_from(Statement)) == 0
    end_transaction()
