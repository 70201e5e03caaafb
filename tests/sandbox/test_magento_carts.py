"""Carts: what may go in, what may be placed, and that one cart makes one order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.magento_shop import ADDRESS, Shop, direct_order, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


def add(shop: Shop, sku: str, qty: int = 1, **options: Any) -> Any:
    cart = shop.call("POST", "/V1/carts/")
    item: dict[str, Any] = {"sku": sku, "qty": qty, "quote_id": cart}
    if options:
        item["product_option"] = {"extension_attributes": options}
    return shop.send("POST", f"/V1/carts/{cart}/items", {"cartItem": item})


def test_the_same_sku_twice_is_one_item_with_the_sum(shop: Shop) -> None:
    order = shop.order(shop.place(("MUG-01", 1), ("HAT-07", 1), ("MUG-01", 2)))
    assert [(item["sku"], item["qty_ordered"]) for item in order["items"]] == [("MUG-01", 3), ("HAT-07", 1)]
    assert (order["subtotal"], order["shipping_amount"], order["grand_total"]) == (53.5, 20, 73.5)


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"website_ids": [2]}, {"in_stock": False}, {"qty": 0}],
    ids=["disabled", "another website", "out of stock", "none left"],
)
def test_what_is_not_for_sale_here_does_not_go_into_a_cart(shop: Shop, change: dict[str, Any]) -> None:
    shop.control("product", {"sku": "MUG-01"} | change)
    answer = add(shop, "MUG-01")
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Product that you are trying to add is not available.",
    )


@pytest.mark.parametrize(
    ("sku", "message"),
    [
        ("TEE-RED", "You need to choose options for your item."),
        ("DESK-SET", "Please select all required options."),
        ("EBOOK-KNIT", "Please specify product link(s)."),
        ("STATIONERY", "Please specify the quantity of product(s)."),
    ],
)
def test_composite_products_need_their_options(shop: Shop, sku: str, message: str) -> None:
    answer = add(shop, sku)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_composite_products_with_their_options_go_in(shop: Shop) -> None:
    child = add(shop, "TEE-RED", configurable_item_options=[{"option_id": "144", "option_value": 2}]).json()
    assert (child["sku"], child["product_type"], child["price"]) == ("TEE-RED-L", "configurable", 19.9)
    book = add(shop, "EBOOK-KNIT", downloadable_option={"downloadable_links": [1]}).json()
    assert (book["sku"], book["price"]) == ("EBOOK-KNIT", 9)
    notebook = shop.state.products["NOTE-A5"].id
    part = add(shop, "STATIONERY", grouped_options=[{"id": notebook, "qty": 2}]).json()
    assert (part["sku"], part["qty"], part["product_type"]) == ("NOTE-A5", 2, "simple")


def test_stock_that_went_away_between_adding_and_placing_refuses_the_order(shop: Shop) -> None:
    cart = shop.cart(("MUG-01", 3))
    shop.control("stock", {"sku": "MUG-01", "qty": 2})
    answer = shop.put_order(cart)
    assert (answer.status_code, answer.json()["message"]) == (400, "The requested qty is not available")
    assert shop.books()["orders"] == []
    shop.control("stock", {"sku": "MUG-01", "qty": 3})
    assert shop.put_order(cart).status_code == 200


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"region_id": None}, '"regionId" is required. Enter and try again.'),
        ({"region_id": 79}, 'Invalid value of "79" provided for the regionId field.'),
        ({"telephone": ""}, '"telephone" is required. Enter and try again.'),
        (
            {"lastname": "", "city": ""},
            '"lastname" is required. Enter and try again. "city" is required. Enter and try again.',
        ),
        ({"postcode": ""}, '"postcode" is required. Enter and try again.'),
    ],
)
def test_a_bad_address_is_taken_but_not_placed(shop: Shop, changes: dict[str, Any], problem: str) -> None:
    answer = shop.put_order(shop.cart(("MUG-01", 1), address=ADDRESS | changes))
    assert answer.status_code == 400
    assert answer.json() == {
        "message": "Please check the shipping address information. %1",
        "parameters": [problem],
    }


@pytest.mark.parametrize(
    ("country", "region", "placed"),
    [
        ("GB", None, True),
        ("DE", None, True),
        ("BR", None, False),
        ("BR", 508, True),
        ("VN", None, True),
        ("MX", None, False),
    ],
)
def test_a_region_is_needed_only_where_magento_needs_one(
    shop: Shop, country: str, region: int | None, placed: bool
) -> None:
    address = ADDRESS | {"country_id": country, "region_id": region, "postcode": "12345"}
    assert (shop.put_order(shop.cart(("MUG-01", 1), address=address)).status_code == 200) is placed


def test_the_region_ids_of_the_directory_are_those_that_placing_takes(shop: Shop) -> None:
    for code in ("US", "CA", "BR", "MX", "ES", "IT"):
        country = shop.call("GET", f"/V1/directory/countries/{code}")
        last = country["available_regions"][-1]
        address = ADDRESS | {"country_id": code, "region_id": int(last["id"])}
        order = shop.order(shop.place(("PEN-GEL", 1), address=address))
        assert order["billing_address"]["region"] == last["name"]


def test_a_country_without_regions_keeps_the_region_in_words(shop: Shop) -> None:
    address = ADDRESS | {"country_id": "GB", "region_id": None, "region": "Kent"}
    order = shop.order(shop.place(("MUG-01", 1), address={k: v for k, v in address.items() if v is not None}))
    assert order["billing_address"]["region"] == "Kent"
    assert "region_id" not in order["billing_address"]


def test_a_total_of_zero_can_only_be_paid_with_free(shop: Shop) -> None:
    shop.control("product", {"sku": "GIFT-WRAP", "price": 0})
    cart = shop.cart(("GIFT-WRAP", 1))
    assert [method["code"] for method in shop.call("GET", f"/V1/carts/{cart}/payment-methods")] == ["free"]
    assert shop.put_order(cart).status_code == 400
    placed = shop.send("PUT", f"/V1/carts/{cart}/order", {"paymentMethod": {"method": "free"}})
    assert placed.status_code == 200


def test_the_cart_of_the_body_is_the_one_that_gets_the_item(shop: Shop) -> None:
    first, second = shop.call("POST", "/V1/carts/"), shop.call("POST", "/V1/carts/")
    shop.call("POST", f"/V1/carts/{first}/items", {"cartItem": {"sku": "MUG-01", "qty": 1, "quote_id": second}})
    assert shop.call("GET", f"/V1/carts/{first}/items") == []
    item = shop.call("GET", f"/V1/carts/{second}/items")[0]
    assert shop.call("DELETE", f"/V1/carts/{second}/items/{item['item_id']}") is True
    missing = shop.send("POST", f"/V1/carts/{first}/items", {"cartItem": {"sku": "MUG-01", "qty": 1}})
    assert (missing.status_code, missing.json()["parameters"]) == (400, {"fieldName": "quoteId"})


def test_a_cart_placed_by_many_at_once_makes_exactly_one_order(shop: Shop) -> None:
    shop.control("settings", {"latency": 0.05})
    cart = shop.cart(("MUG-01", 1))
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(lambda _: shop.put_order(cart), range(8)))
    assert statuses == [200] + [404] * 7
    found = shop.call(
        "GET",
        "/V1/orders?searchCriteria[filterGroups][0][filters][0][field]=quote_id"
        f"&searchCriteria[filterGroups][0][filters][0][value]={cart}",
    )
    assert found["total_count"] == 1


def test_a_number_created_by_many_at_once_makes_exactly_one_order(shop: Shop) -> None:
    body = direct_order(increment_id="TT-1")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.send("POST", "/V1/orders", body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    assert len(shop.books()["orders"]) == 1


def test_the_last_piece_is_sold_once_however_many_place_for_it(shop: Shop) -> None:
    shop.control("stock", {"sku": "MUG-01", "qty": 1})
    carts = [shop.cart(("MUG-01", 1)) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(shop.put_order, carts))
    assert statuses == [200] + [400] * 5
    assert shop.stock("MUG-01") == (1, 0)
