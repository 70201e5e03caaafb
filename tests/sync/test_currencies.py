"""Shops in another currency than the store's: the order in TikTok's currency, base amounts by a rate, or an error before all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from connector.extensions import db
from connector.models import Shop
from connector.models.transaction import end_transaction
from connector.sync import shops
from sandbox.magento.stores import Store
from tests.sync.aftersales import Desk

pytestmark = pytest.mark.either_database

D = Decimal
LINES = [{"seller_sku": "MUG-01", "quantity": 3}, {"seller_sku": "TEE-RED-M", "seller_discount": "1.01"}]


def calls(work: Any) -> list[str]:
    with work.magento.state.lock:
        return [f"{call.method} {call.path}" for call in work.magento.state.calls]


@pytest.mark.parametrize("way", ["reserve", "record"])
@pytest.mark.parametrize(("region", "currency"), [("GB", "GBP"), ("DE", "EUR"), ("JP", "JPY")])
def test_the_order_has_tiktoks_currency_and_base_amounts_by_magentos_rate(
    work: Any, region: str, currency: str, way: str
) -> None:
    work.magento.state.settings.change({"rates": {"GBP": "0.8000", "EUR": "0.9000", "JPY": "150.0000"}})
    work.configure(create_way=way)
    rate = {"GBP": D("0.8"), "EUR": D("0.9"), "JPY": D(150)}[currency]
    lines = LINES if currency != "JPY" else [{"seller_sku": "MUG-01", "quantity": 3}]
    order_id = work.place(region=region, lines=lines)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_message) == ("synced", "")
    [order] = work.magento_orders(order_id)
    total = D(work.total(order_id))
    assert (order["order_currency_code"], order["base_currency_code"]) == (currency, "USD")
    assert D(str(order["grand_total"])) == total == row.magento_grand_total
    assert abs(D(str(order["base_grand_total"])) - total / rate) <= D("0.05")
    assert D(str(order["base_to_order_rate"])) == rate
    # The accountant adds up order and invoice in both currencies at the end of every test.


def test_the_merchants_own_rate_goes_before_magentos(work: Any) -> None:
    work.configure(exchange_rate="2")
    order_id = work.place(region="GB", lines=LINES)
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders(order_id)
    assert abs(D(str(order["base_grand_total"])) - 2 * D(work.total(order_id))) <= D("0.05")


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_without_a_rate_nothing_is_created_and_the_error_says_what_to_do(work: Any, way: str) -> None:
    work.magento.state.settings.change({"rates": {"EUR": "0.9"}})
    work.configure(create_way=way)
    order_id = work.place(region="GB", lines=LINES)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("error", "no_exchange_rate")
    assert "GBP" in row.error_message
    assert row.error_remedy
    assert not any(call.startswith(("POST", "PUT")) for call in calls(work))
    assert (row.magento_cart_id, row.magento_placing_at) == (None, None)
    work.configure(create_way=way, exchange_rate="1.25")
    assert work.sync(order_id).sync_state == "synced"
    assert len(work.magento_orders(order_id)) == 1


@pytest.mark.parametrize("way", ["reserve", "record"])
def test_a_rate_that_is_set_in_magento_counts_when_the_order_is_tried_again(work: Any, way: str) -> None:
    work.magento.state.settings.change({"rates": {"EUR": "0.9"}})
    work.configure(create_way=way)
    order_id = work.place(region="GB", lines=LINES)
    assert work.sync(order_id).error_code == "no_exchange_rate"
    asked = [call for call in calls(work) if call.endswith("/directory/currency")]
    assert len(asked) == 1  # what was read just now is not read again
    work.magento.state.settings.change({"rates": {"EUR": "0.9", "GBP": "0.8"}})
    assert work.sync(order_id).sync_state == "synced"
    [order] = work.magento_orders(order_id)
    assert D(str(order["base_to_order_rate"])) == D("0.8")


def test_each_store_view_has_its_own_rates(work: Any) -> None:
    with work.magento.state.lock:
        work.magento.state.stores += [
            Store(2, "us", "US", website_id=1, store_group_id=1, rates={"EUR": "0.5"}),
            Store(3, "eu", "EU", website_id=1, store_group_id=1, rates={"EUR": "0.9"}),
        ]
    for code, rate in (("us", "0.5"), ("eu", "0.9")):
        shop = db.session.scalars(select(Shop)).one()
        end_transaction()
        shops.bind(shop.id, shop.store_id, code, shop.time_zone, "ada@example.com")
        order_id = work.place(region="DE", lines=LINES)
        assert work.sync(order_id).sync_state == "synced"
        [order] = work.magento_orders(order_id)
        assert (order["store_id"], D(str(order["base_to_order_rate"]))) == ({"us": 2, "eu": 3}[code], D(rate))


@pytest.mark.parametrize(
    ("options", "tax_mode"),
    [
        ({"region": "US", "lines": LINES}, "listed"),
        ({"region": "GB", "lines": LINES}, "included"),
        (
            {
                "region": "US",
                "lines": [
                    {"seller_sku": "MUG-01", "quantity": 3, "original_price": "33.33", "seller_discount": "10.00"}
                ],
            },
            "listed",
        ),
        ({"region": "US", "lines": [{"seller_sku": "MUG-01", "is_gift": True}, {"seller_sku": "HAT-07"}]}, "listed"),
        ({"region": "US", "lines": LINES, "is_sample": True}, "listed"),
        ({"region": "VN", "lines": [{"seller_sku": "MUG-01"}]}, "none"),
        ({"region": "US", "lines": LINES, "fees": {"retail_delivery_fee": "0.28"}}, "listed"),
        ({"region": "US", "lines": LINES, "discrepancy": {"total_amount": "0.37"}}, "listed"),
    ],
    ids=["US", "GB", "thirds", "gift", "sample", "VND", "fee", "difference"],
)
def test_totals_invoices_and_the_accountant_agree(work: Any, options: dict[str, Any], tax_mode: str) -> None:
    order_id = work.place(**options)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_message) == ("synced", "")
    assert row.booking["tax_mode"] == tax_mode
    [order] = work.magento_orders(order_id)
    assert D(str(order["grand_total"])) == D(work.total(order_id))
    assert sum(D(str(invoice["grand_total"])) for invoice in order["invoices"]) == D(work.total(order_id))
    assert row.needs_look == ("discrepancy" in options)


@pytest.mark.parametrize(("return_type", "items"), [("REFUND", 0), ("RETURN_AND_REFUND", 1)])
def test_some_money_back_comes_to_the_cent_where_the_orders_currency_is_worth_much_more(
    desk: Desk, return_type: str, items: int
) -> None:
    desk.work.configure(exchange_rate="149.9")  # Magento keeps 0.0067 of what is 0.006671
    order_id = desk.placed(region="GB")
    desk.ship(order_id, until="deliver")
    [line] = desk.line_ids(order_id, "HAT-07")
    desk.act(order_id, "request_return", return_type=return_type, unit_ids=[line], amount="10.00")
    for _ in range(1 + items):
        desk.act(order_id, "approve_return")
    assert desk.settle(order_id).sync_state == "synced"
    [memo] = desk.magento(order_id)["creditmemos"]
    assert (D(str(memo["grand_total"])), len(memo["items"])) == (D("10.00"), items)
