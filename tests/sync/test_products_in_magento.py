"""Which Magento product an order gets, and what happens when there is none, or not enough of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from connector import http
from connector.domain.booking import ProductOption
from connector.domain.sku_mapping import MappedProduct
from connector.extensions import db
from connector.models import OrderProblem, TimelineEntry
from connector.models.transaction import end_transaction
from connector.sync import asks, converge, sku_mappings
from tests.sync.aftersales import Desk, held_back

pytestmark = pytest.mark.either_database

D = Decimal
SIZE = 144


def products(order: dict[str, Any]) -> dict[str, Decimal]:
    """What an order's own items are: SKU to quantity."""
    return {item["sku"]: D(str(item["qty_ordered"])) for item in order["items"] if not item.get("parent_item_id")}


def problems(work: Any, order_id: str) -> list[tuple[str, str, str, bool]]:
    row = work.row(order_id)
    found = db.session.scalars(select(OrderProblem).where(OrderProblem.order_id == row.id).order_by(OrderProblem.id))
    listed = [(one.code, one.sku, one.tiktok_sku, one.is_passed_over) for one in found]
    end_transaction()
    return listed


def said(work: Any, order_id: str, code: str) -> str:
    row = work.row(order_id)
    lines = db.session.scalars(
        select(TimelineEntry.sentence).where(TimelineEntry.order_id == row.id, TimelineEntry.code == code)
    ).all()
    end_transaction()
    return " ".join(lines)


def set_stock(work: Any, sku: str, quantity: int) -> None:
    with work.magento.state.lock:
        work.magento.state.source_quantity[sku] = D(quantity)


def change(work: Any, sku: str, **values: Any) -> None:
    with work.magento.state.lock:
        for name, value in values.items():
            setattr(work.magento.state.products[sku], name, value)


def right(work: Any, order_id: str) -> dict[str, Any]:
    """The one Magento order of a TikTok order, with TikTok's total, invoiced."""
    [order] = work.magento_orders(order_id)
    assert D(str(order["grand_total"])) == D(work.total(order_id))
    assert [D(str(invoice["grand_total"])) for invoice in order["invoices"]] in (
        [D(work.total(order_id))],
        [],  # written as complete
    )
    return dict(order)


# -- finding -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "seller_sku"),
    [
        ({}, "MUG-01"),
        ({"sku_strip_prefix": "TT-"}, "TT-MUG-01"),
        ({"sku_strip_suffix": "-US"}, "MUG-01-US"),
        ({"sku_ignore_case": True}, "mug-01"),
    ],
)
def test_a_seller_sku_is_found_by_the_merchants_rules(work: Any, settings: dict[str, Any], seller_sku: str) -> None:
    work.configure(**settings)
    order_id = work.place(lines=[{"seller_sku": seller_sku, "sale_price": "12.50", "original_price": "12.50"}])
    assert work.sync(order_id).sync_state == "synced"
    assert products(right(work, order_id)) == {"MUG-01": D(1)}


def test_another_attribute_of_magento_may_hold_the_tiktok_sku(work: Any) -> None:
    work.configure(sku_attribute="tiktok_sku")
    change(work, "MUG-01", custom_attributes={"tiktok_sku": "T-4711"})
    order_id = work.place(lines=[{"seller_sku": "T-4711", "quantity": 2}])
    assert work.sync(order_id).sync_state == "synced"
    assert products(right(work, order_id)) == {"MUG-01": D(2)}


def test_an_attribute_that_the_store_does_not_have_is_an_error_that_names_the_setting(work: Any) -> None:
    work.configure(sku_attribute="no_such_thing")
    row = work.sync(work.place(lines=[{"seller_sku": "T-4711"}]))
    assert (row.sync_state, row.error_subject) == ("error", "no_such_thing")
    assert "attribute" in row.error_remedy


def test_a_virtual_bundle_becomes_its_parts_in_the_right_quantities(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "SET-TEE-MUG", "quantity": 2}])
    assert work.sync(order_id).sync_state == "synced"
    assert products(right(work, order_id)) == {"TEE-RED-M": D(2), "MUG-01": D(4)}


# -- what is not found -------------------------------------------------------------------------------------------------


def test_every_product_that_is_missing_is_told_the_first_one_first(work: Any) -> None:
    lines = [{"seller_sku": "MUG-02"}, {"seller_sku": "MUG-01"}, {"seller_sku": "NOPE-9"}]
    order_id = work.place(lines=lines)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code, row.error_subject) == ("error", "unknown_sku", "MUG-02")
    assert "MUG-02" in row.error_message
    assert "NOPE-9" in row.error_message
    assert problems(work, order_id) == [
        ("unknown_sku", "MUG-02", "MUG-02", False),
        ("unknown_sku", "NOPE-9", "NOPE-9", False),
    ]
    assert work.magento_orders() == []


def test_a_mapping_lets_all_orders_go_on_that_waited_for_it(work: Any) -> None:
    waiting = [work.place(lines=[{"seller_sku": "MUG-02"}]) for _ in range(3)]
    for order_id in waiting:
        assert work.sync(order_id).error_subject == "MUG-02"
    assert sku_mappings.save("MUG-02", [MappedProduct(sku="MUG-01")], "staff@example.com") == 3
    for order_id in waiting:
        assert work.row(order_id).due_at is not None
        converge.sync_order(work.row(order_id).id)
        assert work.row(order_id).sync_state == "synced"
        assert products(right(work, order_id)) == {"MUG-01": D(1)}
        assert problems(work, order_id) == []


def test_a_disabled_product_is_named_as_such_with_the_tiktok_sku_to_map(work: Any) -> None:
    work.configure(sku_strip_prefix="TT-")
    change(work, "MUG-01", status=2)
    order_id = work.place(lines=[{"seller_sku": "TT-MUG-01"}])
    row = work.sync(order_id)
    assert (row.error_code, row.error_subject) == ("disabled_product", "MUG-01")
    assert problems(work, order_id) == [("disabled_product", "MUG-01", "TT-MUG-01", False)]


def test_a_product_of_another_website_is_not_called_unknown(work: Any) -> None:
    change(work, "MUG-01", website_ids=[2])
    row = work.sync(work.place(lines=[{"seller_sku": "MUG-01"}]))
    assert (row.error_code, row.error_subject) == ("not_in_store", "MUG-01")


# -- not enough stock: known only when the cart is filled --------------------------------------------------------------

SHORT = [{"seller_sku": "MUG-01", "quantity": 3}, {"seller_sku": "HAT-07", "quantity": 1}]


@pytest.mark.parametrize("resource", ["Magento_InventoryApi::stock", "Magento_InventorySalesApi::stock"])
def test_too_little_stock_is_told_where_the_integration_may_not_look_at_it(work: Any, resource: str) -> None:
    set_stock(work, "MUG-01", 2)
    work.magento.state.settings.denied_resources = [resource]
    row = work.sync(work.place(lines=SHORT))
    assert (row.error_code, row.error_subject) == ("out_of_stock", "MUG-01")


@pytest.mark.parametrize("left", [2, 0])
def test_too_little_stock_is_told_in_the_same_words_as_the_rest(work: Any, left: int) -> None:
    set_stock(work, "MUG-01", left)
    order_id = work.place(lines=SHORT)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code, row.error_subject) == ("error", "out_of_stock", "MUG-01")
    assert f"3 wanted, {left} salable" in row.error_message
    assert "cancel it on TikTok" in row.error_remedy
    assert problems(work, order_id) == [("out_of_stock", "MUG-01", "MUG-01", False)]
    assert work.magento_orders() == []
    set_stock(work, "MUG-01", 3)
    assert work.sync(order_id).sync_state == "synced"
    assert problems(work, order_id) == []


def test_stock_that_goes_between_filling_and_placing_is_told_too(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from connector.magento.carts import Carts

    real = Carts.place_cart

    def sold_meanwhile(self: Any, cart_id: int, method: str) -> int:
        set_stock(work, "HAT-07", 0)
        return real(self, cart_id, method)

    monkeypatch.setattr(Carts, "place_cart", sold_meanwhile)
    row = work.sync(work.place(lines=SHORT))
    assert (row.error_code, row.error_subject) == ("out_of_stock", "HAT-07")
    assert (row.magento_placing_at, row.magento_cart_id) == (None, None)


def test_by_the_setting_it_is_recorded_without_stock_and_the_effect_is_told(work: Any) -> None:
    work.configure(product_problem="record")
    set_stock(work, "MUG-01", 2)
    order_id = work.place(lines=SHORT)
    row = work.sync(order_id)
    assert (row.sync_state, row.magento_way) == ("synced", "record")
    order = right(work, order_id)
    assert (order["state"], products(order)) == ("complete", {"MUG-01": D(3), "HAT-07": D(1)})
    told = said(work, order_id, "passed_over")
    assert "3 wanted, 2 salable" in told
    assert "not lowered" in told
    assert work.magento_books()["stock"]["MUG-01"]["salable"] == 2
    assert problems(work, order_id) == [("out_of_stock", "MUG-01", "MUG-01", True)]


@pytest.mark.parametrize("seller_sku", ["MUG-02", "MUG-01"])
def test_by_the_setting_a_placeholder_stands_for_it(work: Any, seller_sku: str) -> None:
    work.configure(product_problem="placeholder", placeholder_sku="POSTER-A2")
    set_stock(work, "MUG-01", 0)
    order_id = work.place(lines=[{"seller_sku": seller_sku, "quantity": 3}, {"seller_sku": "HAT-07"}])
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    order = right(work, order_id)
    assert products(order) == {"POSTER-A2": D(3), "HAT-07": D(1)}
    assert any(seller_sku in comment and "stands for" in comment for comment in order["comments"])


def test_a_person_may_create_an_order_of_unknown_products_without_stock(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "MUG-02", "quantity": 2}])
    row = work.sync(order_id)
    asks.create_without_stock(row.id, "staff@example.com")
    converge.sync_order(row.id)
    assert work.row(order_id).sync_state == "synced"
    assert right(work, order_id)["state"] == "complete"


# -- kinds of products -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sku", ["GIFT-WRAP", "EBOOK-KNIT"])
def test_a_virtual_or_downloadable_product_needs_no_shipping(work: Any, sku: str) -> None:
    order_id = work.place(lines=[{"seller_sku": sku, "sale_price": "9.00", "original_price": "9.00"}], shipping_fee="0")
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    order = right(work, order_id)
    assert products(order) == {sku: D(1)}
    assert order["is_virtual"] == 1
    assert order["shipping_address"] is None
    assert order["billing_address"]["firstname"]


def test_virtual_beside_real_goods_is_shipped_as_usual(work: Any) -> None:
    order_id = work.place(lines=[{"seller_sku": "GIFT-WRAP"}, {"seller_sku": "MUG-01"}])
    assert work.sync(order_id).sync_state == "synced"
    order = right(work, order_id)
    assert products(order) == {"GIFT-WRAP": D(1), "MUG-01": D(1)}
    assert order["shipping_address"] is not None


def size(value: int) -> ProductOption:
    return ProductOption(kind="configurable", option_id=str(SIZE), values=(str(value),))


def test_a_mapping_may_name_variants_of_a_configurable_product(work: Any) -> None:
    for sku, value in (("TT-M", 1), ("TT-L", 2)):
        sku_mappings.save(sku, [MappedProduct(sku="TEE-RED", options=(size(value),))], "staff@example.com")
    before = work.magento_books()["stock"]
    lines = [
        {"seller_sku": "TT-M", "quantity": 2, "sale_price": "19.90", "original_price": "19.90"},
        {"seller_sku": "TT-L", "quantity": 2, "sale_price": "24.90", "original_price": "24.90"},
    ]
    order_id = work.place(lines=lines)
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    order = right(work, order_id)
    assert products(order) == {"TEE-RED-M": D(2), "TEE-RED-L": D(2)}
    totals = {i["sku"]: D(str(i["row_total"])) for i in order["items"] if not i.get("parent_item_id")}
    assert totals == {"TEE-RED-M": D("39.80"), "TEE-RED-L": D("49.80")}
    after = work.magento_books()["stock"]
    assert after["TEE-RED-M"]["salable"] == before["TEE-RED-M"]["salable"] - 2


def test_a_placing_that_ends_late_finds_its_cart_as_it_was(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It timed out and still runs: what has options was taken out of the cart and put in anew, and it ran in between."""
    sku_mappings.save("TT-M", [MappedProduct(sku="TEE-RED", options=(size(1),))], "staff@example.com")
    line = {"seller_sku": "TT-M", "sale_price": "19.90", "original_price": "19.90"}
    order_id = work.place(lines=[line, {"seller_sku": "MUG-01"}])
    real, late = http.send, []

    def send(session: Any, request: Any, **options: Any) -> Any:
        is_placing = request.method == "PUT" and str(request.url).endswith("/order")
        if is_placing and not late:
            late.append(lambda: real(session, request, **options))
            raise http.CallFailed("It did not answer in time.", kind="timeout")
        if late and (is_placing or request.method == "DELETE"):
            answer = real(session, request, **options) if request.method == "DELETE" else None
            late[0]()  # Magento comes to it just now
            return answer or real(session, request, **options)
        return real(session, request, **options)

    monkeypatch.setattr(http, "send", send)
    row = work.sync_until_settled(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    assert products(right(work, order_id)) == {"TEE-RED-M": D(1), "MUG-01": D(1)}


NOT_AVAILABLE = {"message": "The requested qty is not available"}
REFUSING = [("PUT", "/order$"), ("POST", "/shipping-information$")]


@pytest.mark.parametrize(("method", "path"), REFUSING)
def test_what_is_refused_while_the_first_attempt_is_at_work_is_not_believed(
    desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    """The last piece: the first attempt has it reserved already, which timed out, and its order is not to be seen yet."""
    late = held_back(monkeypatch, "/carts/1/order")
    order_id = desk.placed(lines=[{"seller_sku": "MUG-01"}], synced=False)
    assert desk.settle(order_id, most=1).error_code == "timeout"
    begun_at = desk.work.row(order_id).magento_placing_at
    desk.fault("magento", kind="status", status=400, method=method, path=path, body=NOT_AVAILABLE)
    clock.turn(seconds=1)
    row = desk.settle(order_id, most=1)
    assert desk.hits("magento") == 1
    assert (row.sync_state, row.error_code) == ("pending", "placing_unclear")
    assert (row.magento_placing_at, row.due_at < clock.turn(seconds=20)) == (begun_at, True)
    late[0]()
    converge.sync_order(row.id)
    row = desk.work.row(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    assert len(desk.work.magento_orders()) == 1


@pytest.mark.parametrize(("method", "path"), REFUSING)
def test_a_refusal_is_believed_when_no_earlier_attempt_can_be_at_work(
    desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    held_back(monkeypatch, "/carts/1/order")
    order_id = desk.placed(lines=[{"seller_sku": "MUG-01"}], synced=False)
    assert desk.settle(order_id, most=1).error_code == "timeout"
    desk.fault("magento", kind="status", status=400, method=method, path=path, body=NOT_AVAILABLE, times=None)
    clock.turn(minutes=2, seconds=1)
    for _ in range(2):  # asked again by a person, it is no less certain
        row = desk.settle(order_id, most=1)
        assert (row.sync_state, row.error_code) == ("error", "magento_out_of_stock")


def test_a_mapping_may_name_a_bundle_with_its_options(work: Any) -> None:
    paper = ProductOption(kind="bundle", option_id="1", values=("1",))
    pens = ProductOption(kind="bundle", option_id="2", values=("2",), quantity=2)
    sku_mappings.save("TT-DESK", [MappedProduct(sku="DESK-SET", options=(paper, pens))], "staff@example.com")
    before = work.magento_books()["stock"]
    order_id = work.place(lines=[{"seller_sku": "TT-DESK", "quantity": 2}, {"seller_sku": "MUG-01"}])
    row = work.sync(order_id)
    assert (row.sync_state, row.error_code) == ("synced", "")
    right(work, order_id)
    after = work.magento_books()["stock"]
    assert after["NOTE-A5"]["salable"] == before["NOTE-A5"]["salable"] - 2
    assert after["PEN-GEL"]["salable"] == before["PEN-GEL"]["salable"] - 4


def test_a_grouped_products_children_are_sold_as_they_are(work: Any) -> None:
    parts = [MappedProduct(sku="NOTE-A5"), MappedProduct(sku="PEN-GEL", quantity=3)]
    sku_mappings.save("TT-PAPER", parts, "staff@example.com")
    order_id = work.place(lines=[{"seller_sku": "TT-PAPER", "quantity": 2}])
    assert work.sync(order_id).sync_state == "synced"
    assert products(right(work, order_id)) == {"NOTE-A5": D(2), "PEN-GEL": D(6)}


@pytest.mark.parametrize("sku", ["TEE-RED", "DESK-SET"])
def test_a_product_with_options_that_nobody_chose_asks_for_them(work: Any, sku: str) -> None:
    row = work.sync(work.place(lines=[{"seller_sku": sku}]))
    assert (row.sync_state, row.error_code, row.error_subject) == ("error", "needs_options", sku)


# -- what is told in Magento -------------------------------------------------------------------------------------------


def test_unit_prices_that_differ_are_in_the_orders_first_comment_once(work: Any) -> None:
    lines = [
        {"seller_sku": "MUG-01", "quantity": 2, "sale_price": "12.50", "original_price": "12.50"},
        {"seller_sku": "MUG-01", "quantity": 1, "sale_price": "10.00", "original_price": "10.00"},
    ]
    order_id = work.place(lines=lines)
    work.sync(order_id)
    work.sync(order_id)
    order = right(work, order_id)
    [first] = order["comments"]
    assert first.startswith(f"TikTok Shop order {order_id}: awaiting shipment\n")
    assert "MUG-01: unit prices on TikTok differ (2 at 12.50, 1 at 10.00 USD)" in first


def test_what_was_booked_is_what_is_corrected_whatever_was_mapped_since(work: Any) -> None:
    """Stopped between placing and correcting, and the SKU is mapped to another product meanwhile."""
    from connector.magento.orders import Orders

    order_id = work.place(lines=[{"seller_sku": "MUG-01"}])
    row_id = work.hint(order_id)

    class Killed(BaseException):
        pass

    def stop(*_: Any) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Orders, "correct_order", stop)
        with pytest.raises(Killed):
            converge.sync_order(row_id)
    sku_mappings.save("MUG-01", [MappedProduct(sku="HAT-07", quantity=2)], "staff@example.com")
    assert work.sync_until_settled(order_id).sync_state == "synced"
    assert products(right(work, order_id)) == {"MUG-01": D(1)}
