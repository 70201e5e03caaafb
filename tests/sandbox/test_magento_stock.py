"""Source quantities and reservations, case by case as the reference tells them of a real Magento."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.magento_shop import Shop, direct_order, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        for sku in ("TEE-RED-M", "MUG-01", "NOTE-A5", "PEN-GEL"):
            shop.control("stock", {"sku": sku, "qty": 100})
        yield shop


def test_a_placed_order_reserves_and_its_shipment_takes_from_the_source(shop: Shop) -> None:
    order = shop.place(("MUG-01", 3))
    assert shop.stock("MUG-01") == (100, 97)
    shop.invoice(order)
    shop.ship(order, items=[{"order_item_id": shop.item_ids(order)[0], "qty": 1}])
    assert shop.stock("MUG-01") == (99, 97)
    assert shop.order(order)["state"] == "processing"
    shop.ship(order)
    assert shop.stock("MUG-01") == (97, 97)
    assert shop.order(order)["state"] == "complete"
    assert shop.books()["inconsistencies"] == []


def test_a_cancelled_order_frees_what_it_reserved_once(shop: Shop) -> None:
    order = shop.place(("MUG-01", 3))
    assert shop.call("POST", f"/V1/orders/{order}/cancel") is True
    assert shop.call("POST", f"/V1/orders/{order}/cancel") is False
    assert shop.stock("MUG-01") == (100, 100)
    assert shop.books()["inconsistencies"] == []


def test_direct_orders_reserve_nothing_and_later_oversell(shop: Shop) -> None:
    """The reference: after 2 shipped and 2 cancelled of 100, the source held 98 and the salable quantity was 102."""
    shipped, cancelled = (shop.call("POST", "/V1/orders", direct_order())["entity_id"] for _ in range(2))
    assert shop.stock("TEE-RED-M") == (100, 100)
    assert len(shop.books()["inconsistencies"]) == 2
    shop.ship(shipped)
    shop.call("POST", f"/V1/orders/{cancelled}/cancel")
    assert shop.stock("TEE-RED-M") == (98, 102)
    assert {row["quantity"] for row in shop.books()["inconsistencies"]} == {-2}


def test_an_order_created_complete_touches_no_stock_and_can_neither_be_shipped_nor_cancelled(shop: Shop) -> None:
    body = direct_order(state="complete", status="complete")
    for prefix in ("", "base_"):
        body["entity"] |= {f"{prefix}total_paid": 46.29, f"{prefix}total_invoiced": 46.29}
        body["entity"]["items"][0][f"{prefix}row_invoiced"] = 39.98
    body["entity"]["items"][0] |= {"qty_shipped": 2, "qty_invoiced": 2}
    order = shop.call("POST", "/V1/orders", body)["entity_id"]
    assert shop.send("POST", f"/V1/order/{order}/ship", {}).status_code == 400
    assert shop.call("POST", f"/V1/orders/{order}/cancel") is False
    history = {"comment": "Delivered", "is_customer_notified": 0, "is_visible_on_front": 0}
    assert shop.call("POST", f"/V1/orders/{order}/comments", {"statusHistory": history}) is True
    books = shop.books()
    assert (books["inconsistencies"], books["arithmetic"]) == ([], [])
    assert shop.stock("TEE-RED-M") == (100, 100)


def test_a_renumbered_order_is_reported_twice(shop: Shop) -> None:
    order = shop.place(("MUG-01", 3))
    shop.call("POST", "/V1/orders", {"entity": {"entity_id": order, "increment_id": "TT-1"}})
    found = {(row["increment_id"], row["quantity"]) for row in shop.books()["inconsistencies"]}
    assert found == {("000000001", 3), ("TT-1", -3)}


def test_correcting_keeps_the_stock_right_and_repeating_it_changes_nothing(shop: Shop) -> None:
    order = shop.place(("MUG-01", 2))
    item = {"item_id": shop.item_ids(order)[0], "sku": "MUG-01", "price": 7.77, "row_total": 15.54}
    correction = {"entity": {"entity_id": order, "ext_order_id": "5772", "subtotal": 15.54, "items": [item]}}
    shop.call("POST", "/V1/orders", correction)
    first = shop.order(order)
    shop.call("POST", "/V1/orders", correction)
    second = shop.order(order)
    for one in (first, second):
        one.pop("updated_at")
        for row in [*one["items"], *one["extension_attributes"]["shipping_assignments"][0]["items"]]:
            row.pop("updated_at")
    assert first == second
    assert first["items"][0]["qty_ordered"] == 2
    assert first["customer_email"] == "buyerid@tiktok.com"
    assert shop.books()["inconsistencies"] == []


@pytest.mark.parametrize(
    ("shipped", "returned", "expected"),
    [(0, False, (100, 100)), (3, True, (100, 100)), (3, False, (97, 97)), (1, False, (99, 99)), (1, True, (100, 100))],
)
def test_a_full_refund_leaves_source_and_salable_right(
    shop: Shop, shipped: int, returned: bool, expected: tuple[int, int]
) -> None:
    order = shop.place(("MUG-01", 3))
    item = shop.item_ids(order)[0]
    shop.invoice(order)
    if shipped:
        shop.ship(order, items=[{"order_item_id": item, "qty": shipped}])
    body: dict[str, Any] = {"notify": False}
    if returned:
        body["arguments"] = {"extension_attributes": {"return_to_stock_items": [item]}}
    shop.refund(order, **body)
    assert shop.order(order)["state"] == "closed"
    assert shop.stock("MUG-01") == expected
    assert shop.books()["inconsistencies"] == []


def test_a_partial_refund_before_shipping_leaves_the_rest_to_ship(shop: Shop) -> None:
    order = shop.place(("MUG-01", 3))
    item = shop.item_ids(order)[0]
    shop.invoice(order)
    shop.refund(order, items=[{"order_item_id": item, "qty": 1}], arguments={"shipping_amount": 0})
    assert shop.books()["inconsistencies"] == []
    shop.ship(order)
    assert shop.stock("MUG-01") == (98, 98)
    assert shop.order(order)["items"][0]["qty_shipped"] == 2
    assert shop.books()["inconsistencies"] == []


def test_a_source_that_holds_too_little_refuses_the_shipment_and_keeps_everything(shop: Shop) -> None:
    order = shop.place(("MUG-01", 3))
    shop.control("stock", {"sku": "MUG-01", "qty": 1})
    answer = shop.send("POST", f"/V1/order/{order}/ship", {})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Could not save a shipment, see error log for details",
    )
    assert shop.stock("MUG-01") == (1, -2)
    assert shop.order(order)["state"] == "new"


def test_the_parts_of_composite_products_are_what_is_reserved_and_shipped(shop: Shop) -> None:
    bundle = shop.place(
        ("DESK-SET", 2),
        bundle_options=[
            {"option_id": 1, "option_qty": 1, "option_selections": [1]},
            {"option_id": 2, "option_qty": 1, "option_selections": [2]},
        ],
    )
    assert (shop.stock("NOTE-A5"), shop.stock("PEN-GEL")) == ((100, 98), (100, 96))
    assert shop.books()["inconsistencies"] == []
    shop.invoice(bundle)
    shop.ship(bundle)
    assert (shop.stock("NOTE-A5"), shop.stock("PEN-GEL")) == ((98, 98), (96, 96))
    assert shop.order(bundle)["state"] == "complete"
    child = shop.place(("TEE-RED", 1), configurable_item_options=[{"option_id": "144", "option_value": 1}])
    assert shop.stock("TEE-RED-M") == (100, 99)
    assert shop.call("POST", f"/V1/orders/{child}/cancel") is True
    assert shop.stock("TEE-RED-M") == (100, 100)
    assert shop.books()["inconsistencies"] == []


def test_a_virtual_order_is_complete_once_invoiced_and_leaves_the_stock_right(shop: Shop) -> None:
    order = shop.place(("GIFT-WRAP", 2))
    assert shop.order(order)["is_virtual"] == 1
    assert shop.stock("GIFT-WRAP") == (1000, 998)
    shop.invoice(order)
    assert shop.order(order)["state"] == "complete"
    assert shop.stock("GIFT-WRAP") == (998, 998)
    assert shop.send("POST", f"/V1/order/{order}/ship", {}).status_code == 400
    assert shop.books()["inconsistencies"] == []


def test_salable_quantities_over_rest_are_those_of_the_books(shop: Shop) -> None:
    shop.place(("MUG-01", 3))
    assert shop.call("GET", "/V1/inventory/get-product-salable-quantity/MUG-01/1") == 97
    assert shop.call("GET", "/V1/inventory/is-product-salable/MUG-01/1") is True
    found = shop.call("GET", "/V1/inventory/is-product-salable-for-requested-qty/MUG-01/1/98")
    assert found["salable"] is False


def test_the_admin_ships_a_piece_and_then_the_rest(shop: Shop) -> None:
    order = shop.place(("MUG-01", 3))
    shop.state.orders[order].row["ext_order_id"] = "571"
    shop.invoice(order)
    for number, one_piece in (("1ZA", True), ("1ZB", False), ("1ZC", False)):
        given = {"orders": {"571": number, "572": "1Z"}, "carrier_code": "ups", "one_piece": one_piece}
        assert shop.control("ship", given) == ["571"], "that of which nothing is left needs it no more"
    [book] = shop.books()["orders"]
    sent = [(shipment["items"][0]["qty"], shipment["tracks"][0]["track_number"]) for shipment in book["shipments"]]
    assert (sent, book["state"]) == ([(1, "1ZA"), (2, "1ZB")], "complete")


@pytest.mark.parametrize(("is_invoiced", "state"), [(False, "canceled"), (True, "closed")])
def test_the_admin_undoes_an_order_once(shop: Shop, is_invoiced: bool, state: str) -> None:
    order = int(shop.call("POST", "/V1/orders", direct_order(ext_order_id="571"))["entity_id"])
    if is_invoiced:
        shop.invoice(order)
    assert [shop.control("undo", {"orders": ["571", "572"]}) for _ in range(2)] == [["571"], []]
    [book] = shop.books()["orders"]
    assert (book["state"], len(book["creditmemos"])) == (state, int(is_invoiced))
