"""The test order of the first run: placed as any other, with its amounts, and cancelled again; nothing is left but that."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from connector.extensions import db, queue
from connector.models import Order, OrderProblem, Shop
from connector.models.transaction import end_transaction
from connector.sync import jobs, rehearsal, stopping


def _run() -> dict[str, Any]:
    shop_id = db.session.scalar(select(Shop.id))
    assert shop_id is not None
    rehearsal.run(shop_id)
    found = rehearsal.last(shop_id)
    end_transaction()
    return found


def test_a_test_order_is_placed_with_its_amounts_and_cancelled_again(work: Any) -> None:
    before = {sku: stock["salable"] for sku, stock in work.magento_books()["stock"].items()}
    test = _run()
    assert [(result["name"], result["ok"]) for result in test["results"]] == [
        ("Placed", True),
        ("Amounts", True),
        ("Cancelled", True),
    ]
    assert test["state"] == "done"
    [order] = work.magento_orders()
    assert (order["state"], str(order["grand_total"])) == ("canceled", "14.9900")
    assert str(order["ext_order_id"]).startswith("TEST-")
    assert {sku: stock["salable"] for sku, stock in work.magento_books()["stock"].items()} == before
    # Nothing of it is an order here, or TikTok's.
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0
    assert db.session.scalar(select(func.count()).select_from(OrderProblem)) == 0


@pytest.mark.either_database
def test_a_test_order_makes_no_customer_for_a_buyer_that_there_is_not(work: Any) -> None:
    work.configure(customer_mode="each")
    assert [result["ok"] for result in _run()["results"]] == [True, True, True]
    assert work.magento.state.customers == {}
    assert work.magento_orders()[0]["customer_email"] == "buyerid@tiktok.com"


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"payment_method": "stripe"}, "stripe"),
        ({"shipping_carrier_code": "dhl", "shipping_method_code": "dhl"}, "dhl"),
    ],
)
def test_what_is_wrong_is_said_in_words(work: Any, settings: dict[str, Any], words: str) -> None:
    work.configure(**settings)
    [result] = _run()["results"]
    assert not result["ok"]
    assert words in result["message"]
    assert work.magento_orders() == []


@pytest.mark.either_database
def test_a_test_that_was_interrupted_says_so(work: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop_id = db.session.scalar(select(Shop.id)) or 0
    end_transaction()
    monkeypatch.setattr(queue, "wake_test_order", lambda shop_id: True)
    assert rehearsal.ask(shop_id)
    assert rehearsal.last(shop_id)["state"] == "running"
    clock.turn(minutes=6)
    assert "interrupted" in rehearsal.last(shop_id)["results"][-1]["message"]
    end_transaction()

    def stops(*args: Any) -> None:
        raise stopping.Stopping

    monkeypatch.setattr(rehearsal, "_send", stops)
    jobs.test_order(shop_id)
    test = rehearsal.last(shop_id)
    assert (test["state"], "interrupted" in test["results"][-1]["message"]) == ("done", True)
    end_transaction()
