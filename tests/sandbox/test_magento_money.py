"""Invoices and credit memos to the cent, and the accountant who says what does not add up."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.magento_shop import Shop, direct_order, open_shop

TOTALS = ("subtotal", "discount_amount", "tax_amount", "shipping_amount", "grand_total")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


def awkward(shop: Shop) -> int:
    """Three units at 33.33, discount 10.00 of which 1.00 on shipping, tax 7.57 of which 0.57 on shipping, shipping 4.99."""
    body = direct_order()
    entity = body["entity"]
    for prefix in ("", "base_"):
        entity |= {
            f"{prefix}subtotal": 99.99,
            f"{prefix}discount_amount": -10,
            f"{prefix}shipping_discount_amount": 1,
            f"{prefix}tax_amount": 7.57,
            f"{prefix}shipping_tax_amount": 0.57,
            f"{prefix}shipping_amount": 4.99,
            f"{prefix}grand_total": 102.55,
        }
        entity["items"][0] |= {
            f"{prefix}price": 33.33,
            f"{prefix}row_total": 99.99,
            f"{prefix}discount_amount": 9,
            f"{prefix}tax_amount": 7,
        }
    entity["items"][0]["qty_ordered"] = entity["total_qty_ordered"] = 3
    return int(shop.call("POST", "/V1/orders", body)["entity_id"])


def summed(documents: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {name: sum((Decimal(str(one[name])) for one in documents), Decimal(0)) for name in TOTALS}


def expected(order: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(str(order[name])) for name in TOTALS}


def test_invoices_of_one_unit_each_sum_to_the_order_to_the_cent(shop: Shop) -> None:
    order = awkward(shop)
    item = shop.item_ids(order)[0]
    for _ in range(3):
        shop.invoice(order, items=[{"order_item_id": item, "qty": 1}])
    book = shop.books()["orders"][0]
    assert len(book["invoices"]) == 3
    assert summed(book["invoices"]) == expected(book)
    assert [invoice["shipping_amount"] for invoice in book["invoices"]] == [4.99, 0, 0]
    assert (book["total_paid"], book["total_due"]) == (102.55, 0)
    assert shop.books()["arithmetic"] == []


@pytest.mark.parametrize("shipping", [[None], [0, 0, 4.99], [4.99, 0, 0], [2, 2, 0.99]])
def test_credit_memos_sum_to_the_order_to_the_cent(shop: Shop, shipping: list[float | None]) -> None:
    order = awkward(shop)
    item = shop.item_ids(order)[0]
    shop.invoice(order)
    for amount in shipping:
        body: dict[str, Any] = {}
        if amount is not None:
            body = {"items": [{"order_item_id": item, "qty": 1}], "arguments": {"shipping_amount": amount}}
        shop.refund(order, **body)
    books = shop.books()
    book = books["orders"][0]
    memos = summed(book["creditmemos"])
    assert abs(memos["grand_total"] - Decimal("102.55")) <= Decimal("0.01")
    if len(shipping) == 1 or shipping == [0, 0, 4.99]:
        assert memos == expected(book)
        assert book["state"] == "closed"
    assert book["total_refunded"] == float(memos["grand_total"])
    assert books["arithmetic"] == []


def test_a_credit_memo_gives_back_no_more_than_was_paid(shop: Shop) -> None:
    order = shop.place(("MUG-01", 2))
    shop.invoice(order)
    too_much = shop.send("POST", f"/V1/order/{order}/refund", {"arguments": {"adjustment_positive": 1}})
    assert too_much.status_code == 400
    assert "The most money available to refund is 35.00." in too_much.json()["message"]
    shipping = shop.send("POST", f"/V1/order/{order}/refund", {"arguments": {"shipping_amount": 11}})
    assert (shipping.status_code, shipping.json()["parameters"]) == (400, ["10.00"])
    shop.refund(order, arguments={"adjustment_negative": 5})
    order_now = shop.order(order)
    assert (order_now["total_refunded"], order_now["adjustment_negative"]) == (30, 5)
    assert shop.send("POST", f"/V1/order/{order}/refund", {}).status_code == 400


def test_more_than_is_open_is_neither_invoiced_nor_shipped_nor_refunded(shop: Shop) -> None:
    order = shop.place(("MUG-01", 2))
    items = [{"order_item_id": shop.item_ids(order)[0], "qty": 3}]
    for action in ("invoice", "ship", "refund"):
        answer = shop.send("POST", f"/V1/order/{order}/{action}", {"items": items})
        assert answer.status_code == 400
        assert "Document Validation Error(s):\nThe quantity to" in answer.json()["message"]
    book = shop.books()["orders"][0]
    assert (book["invoices"], book["shipments"], book["creditmemos"]) == ([], [], [])


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"grand_total": 46.3}, "grand_total is 46.3000, its parts sum to 46.2900"),
        ({"subtotal": 40}, "subtotal is 40.0000, its rows sum to 39.9800"),
        ({"discount_amount": -1}, "its rows and shipping sum to -2.0000"),
        ({"discount_amount": 2}, "discount_amount is above zero"),
        ({"tax_amount": 3.31}, "its rows and shipping sum to 3.3200"),
        ({"shipping_amount": -4.99}, "shipping_amount is negative"),
        ({"grand_total": 46.291}, "has more than 2 decimals of USD"),
        ({"base_grand_total": 46.28}, "differs from grand_total"),
        ({"total_paid": 50, "total_invoiced": 50}, "is more than the grand total"),
        ({"total_paid": 46.29}, "is not total_invoiced"),
        ({"total_due": 1}, "total_due is 1.0000"),
        ({"total_qty_ordered": 3}, "total_qty_ordered is 3.0000, its items have 2.0000"),
        ({"order_currency_code": "EUR"}, "base_to_order_rate is missing"),
        ({"order_currency_code": "JPY"}, "has more than 0 decimals of JPY"),
    ],
)
def test_the_accountant_finds_what_does_not_add_up(shop: Shop, changes: dict[str, Any], finding: str) -> None:
    shop.call("POST", "/V1/orders", direct_order(**changes))
    assert any(finding in text for text in shop.books()["arithmetic"]), shop.books()["arithmetic"]


def test_the_accountant_has_nothing_to_say_of_a_right_order(shop: Shop) -> None:
    shop.call("POST", "/V1/orders", direct_order())
    shop.place(("MUG-01", 3), ("HAT-07", 1))
    assert shop.books()["arithmetic"] == []


def test_a_row_that_is_not_price_times_quantity_is_found(shop: Shop) -> None:
    body = direct_order()
    for name in ("price", "base_price"):
        body["entity"]["items"][0][name] = 19.97
    shop.call("POST", "/V1/orders", body)
    assert any("price times quantity is 39.94" in text for text in shop.books()["arithmetic"])


def test_a_store_view_in_euros_sells_in_euros_at_the_stores_rate(shop: Shop) -> None:
    shop.control("stores", {"code": "de", "currency": "EUR"})
    currency = shop.call("GET", "/de/V1/directory/currency")
    assert currency["default_display_currency_code"] == "EUR"
    cart = shop.call("POST", "/de/V1/carts/")
    shop.call("POST", f"/de/V1/carts/{cart}/items", {"cartItem": {"sku": "MUG-01", "qty": 2, "quote_id": cart}})
    from tests.sandbox.magento_shop import ADDRESS

    shop.address(cart, ADDRESS)
    order = shop.order(int(shop.put_order(cart).json()))
    assert (order["order_currency_code"], order["base_currency_code"]) == ("EUR", "USD")
    assert (order["grand_total"], order["base_grand_total"]) == (32.2, 35)
    assert order["increment_id"] == "2000000001"
    assert shop.books()["arithmetic"] == []


def test_what_was_stored_as_due_is_paid_by_the_invoice(shop: Shop) -> None:
    order = shop.call("POST", "/V1/orders", direct_order(total_due=46.29, base_total_due=46.29))["entity_id"]
    assert shop.order(order)["total_due"] == 46.29
    shop.invoice(order)
    assert shop.order(order)["total_due"] == 0
    assert shop.books()["arithmetic"] == []


@pytest.mark.parametrize(("action", "article"), [("invoice", "An"), ("ship", "A"), ("refund", "A")])
def test_a_held_order_gets_no_documents_and_the_refusal_says_its_status(shop: Shop, action: str, article: str) -> None:
    order = shop.place(("MUG-01", 1))
    shop.call("POST", f"/V1/orders/{order}/hold")
    answer = shop.send("POST", f"/V1/order/{order}/{action}", {})
    assert answer.status_code == 400
    line = answer.json()["message"].splitlines()[-1]
    assert line.startswith(article + " ")
    assert line.endswith("when an order has a status of holded")
