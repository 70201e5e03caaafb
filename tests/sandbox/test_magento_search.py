"""searchCriteria, `fields`, the schema's refusals, and the smaller calls."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.magento_shop import ADDRESS, Shop, direct_order, open_shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        for number in range(1, 8):
            email = f"buyer{number}@tiktok.com"
            body = direct_order(increment_id=f"TT-{number}", ext_order_id=f"57{number}", customer_email=email)
            body["entity"]["shipping_description"] = f"TikTok Shop 57{number}" if number % 2 else "Flat Rate - Fixed"
            shop.call("POST", "/V1/orders", body)
        yield shop


def criteria(*filters: tuple[str, str, str], **more: Any) -> str:
    """Each filter a group of its own, so all of them have to hold."""
    parts = []
    for n, (field, condition, value) in enumerate(filters):
        base = f"searchCriteria[filterGroups][{n}][filters][0]"
        parts += [f"{base}[field]={field}", f"{base}[conditionType]={condition}", f"{base}[value]={value}"]
    parts += [f"searchCriteria[{name}]={value}" for name, value in more.items()]
    return "&".join(parts) or "searchCriteria="


def numbers(shop: Shop, query: str) -> list[str]:
    return [order["increment_id"] for order in shop.call("GET", f"/V1/orders?{query}")["items"]]


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (("ext_order_id", "eq", "573"), [3]),
        (("ext_order_id", "in", "572,574,nope"), [2, 4]),
        (("ext_order_id", "nin", "571,572,573,574,575"), [6, 7]),
        (("entity_id", "gt", "5"), [6, 7]),
        (("entity_id", "lteq", "2"), [1, 2]),
        (("shipping_description", "like", "%25TikTok Shop%25"), [1, 3, 5, 7]),
        (("customer_email", "eq", "BUYER4@tiktok.com"), [4]),
        (("quote_id", "null", "1"), [1, 2, 3, 4, 5, 6, 7]),
        (("quote_id", "notnull", "1"), []),
        (("grand_total", "eq", "46.29"), [1, 2, 3, 4, 5, 6, 7]),
        (("state", "neq", "new"), []),
    ],
)
def test_each_condition(shop: Shop, one: tuple[str, str, str], found: list[int]) -> None:
    assert numbers(shop, criteria(one)) == [f"TT-{number}" for number in found]


def test_groups_are_and_filters_in_a_group_are_or(shop: Shop) -> None:
    first = "searchCriteria[filterGroups][0][filters]"
    either = f"{first}[0][field]=entity_id&{first}[0][value]=1&{first}[1][field]=entity_id&{first}[1][value]=2"
    second = "searchCriteria[filter_groups][1][filters][0]"
    both = f"{either}&{second}[field]=ext_order_id&{second}[value]=57%25&{second}[condition_type]=like"
    assert numbers(shop, both) == ["TT-1", "TT-2"]


def test_pages_and_orders(shop: Shop) -> None:
    newest = "searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=DESC"
    assert numbers(shop, f"{newest}&searchCriteria[pageSize]=3&searchCriteria[currentPage]=2") == [
        "TT-4",
        "TT-3",
        "TT-2",
    ]
    # as in Magento, a page behind the last one is the last one again
    behind = shop.call("GET", "/V1/orders?" + criteria(pageSize=3, currentPage=9))
    assert [order["increment_id"] for order in behind["items"]] == ["TT-7"]
    assert (behind["total_count"], behind["search_criteria"]["current_page"]) == (7, 9)


def test_a_search_without_criteria_is_refused(shop: Shop) -> None:
    answer = shop.send("GET", "/V1/orders")
    assert (answer.status_code, answer.json()["parameters"]) == (400, {"fieldName": "searchCriteria"})


def test_products_are_found_by_attribute_and_seen_only_in_their_website(shop: Shop) -> None:
    shop.control("product", {"sku": "PEN-GEL", "custom_attributes": {"tiktok_sku": "TT-PEN"}})
    shop.control("product", {"sku": "CAP-BLK", "website_ids": [2]})
    query = criteria(("tiktok_sku", "eq", "TT-PEN")) + "&fields=items[sku]"
    assert shop.call("GET", f"/V1/products?{query}") == {"items": [{"sku": "PEN-GEL"}]}
    cap = criteria(("sku", "eq", "CAP-BLK")) + "&fields=total_count"
    assert shop.call("GET", f"/V1/products?{cap}") == {"total_count": 0}
    assert shop.call("GET", f"/all/V1/products?{cap}") == {"total_count": 1}


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ({"entity": {"items": [{"sku": "A", "prize": 1}]}}, {"fieldName": "Prize"}),
        ({"entity": {"billing_address": {"zip_code": "1"}}}, {"fieldName": "ZipCode"}),
        ({"entity": {"grand_total": "a lot"}}, {"value": "a lot", "type": "float"}),
        ({"entity": {"entity_id": "x"}}, {"value": "x", "type": "int"}),
        ({"entity": None}, {"fieldName": "entity"}),
    ],
)
def test_what_the_schema_does_not_know_is_refused_wherever_it_is(shop: Shop, body: Any, parameters: Any) -> None:
    answer = shop.send("POST", "/V1/orders", body)
    assert (answer.status_code, answer.json()["parameters"]) == (400, parameters)


def test_a_store_code_that_does_not_exist_is_404(shop: Shop) -> None:
    assert shop.send("GET", "/nope/V1/store/storeViews").status_code == 404


def test_an_address_is_changed_under_its_id(shop: Shop) -> None:
    order = shop.call("POST", "/V1/orders", direct_order())
    address = order["extension_attributes"]["shipping_assignments"][0]["shipping"]["address"]
    changed = ADDRESS | {"entity_id": address["entity_id"], "parent_id": order["entity_id"], "address_type": "shipping"}
    changed |= {"firstname": "Grace", "region_id": 12}
    shop.call("PUT", f"/V1/orders/{order['entity_id']}", {"entity": changed})
    after = shop.order(order["entity_id"])
    shown = after["extension_attributes"]["shipping_assignments"][0]["shipping"]["address"]
    assert (shown["firstname"], shown["region"], shown["entity_id"]) == ("Grace", "California", address["entity_id"])
    assert after["billing_address"]["firstname"] == "Ada"
    bad = shop.send("PUT", f"/V1/orders/{order['entity_id']}", {"entity": changed | {"email": "nobody"}})
    assert (bad.status_code, bad.json()["parameters"]) == (400, ["Email has a wrong format"])


def test_holding_and_commenting(shop: Shop) -> None:
    order = shop.place(("MUG-01", 1))
    assert shop.call("POST", f"/V1/orders/{order}/hold") is True
    assert shop.send("POST", f"/V1/orders/{order}/hold").status_code == 400
    assert shop.send("POST", f"/V1/order/{order}/invoice", {}).status_code == 400
    assert shop.call("GET", f"/V1/orders/{order}/statuses") == "holded"
    assert shop.call("POST", f"/V1/orders/{order}/unhold") is True
    assert shop.order(order)["state"] == "new"
    history = {"comment": "Gift", "is_customer_notified": 0, "is_visible_on_front": 0, "status": "complete"}
    assert shop.send("POST", f"/V1/orders/{order}/comments", {"statusHistory": history}).status_code == 400
    shop.call("POST", f"/V1/orders/{order}/comments", {"statusHistory": history | {"status": "pending"}})
    comments = shop.call("GET", f"/V1/orders/{order}/comments")
    assert [(one["comment"], one["status"]) for one in comments["items"]] == [("Gift", "pending")]


def test_tracks_are_added_and_removed_and_only_to_the_orders_own_shipment(shop: Shop) -> None:
    order = shop.place(("MUG-01", 1))
    shipment = int(shop.ship(order))
    track = {"order_id": order, "parent_id": shipment, "track_number": "1Z", "title": "UPS", "carrier_code": "ups"}
    added = shop.call("POST", "/V1/shipment/track", {"entity": track})
    wrong = shop.send("POST", "/V1/shipment/track", {"entity": track | {"order_id": 1}})
    assert (wrong.status_code, wrong.json()["message"]) == (400, "Could not save the shipment tracking.")
    assert [t["track_number"] for t in shop.call("GET", f"/V1/shipment/{shipment}")["tracks"]] == ["1Z"]
    assert shop.call("DELETE", f"/V1/shipment/track/{added['entity_id']}") is True
    assert shop.call("GET", f"/V1/shipment/{shipment}")["tracks"] == []


def test_bulk_calls_wait_for_a_consumer(shop: Shop) -> None:
    before = len(shop.books()["orders"])
    answer = shop.send("POST", "/async/bulk/V1/orders", [direct_order(increment_id="TT-BULK"), {"foo": 1}])
    assert answer.status_code == 202
    assert (len(shop.books()["orders"]), shop.books()["queued"]) == (before, 2)
    assert shop.control("consume") == {"done": 1, "failed": 1}
    assert len(shop.books()["orders"]) == before + 1
