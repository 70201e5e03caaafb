"""What the client asks and what it makes of the answers, which are as recorded."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from connector.domain.magento_order import MagentoTrack
from connector.domain.postal import PostalAddress, Region
from connector.magento.carts import PaymentMethod
from connector.magento.client import MagentoClient, MagentoCredentials
from connector.magento.transport import to_json

V1 = "https://store.example/rest/V1"


@pytest.fixture
def mocked() -> Any:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client() -> MagentoClient:
    return MagentoClient("https://store.example", MagentoCredentials(access_token="t"))


def body_of(mocked: responses.RequestsMock, number: int = 0) -> Any:
    return json.loads(mocked.calls[number].request.body or "")


def query_of(mocked: responses.RequestsMock, number: int = 0) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(str(mocked.calls[number].request.url)).query))


def url(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(V1 + path) + r"(\?|$)")


# -- carts -----------------------------------------------------------------------------------------------------------


def test_a_cart_is_made_filled_and_placed(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.post(f"{V1}/carts/", json="17")
    item = {"item_id": 1, "sku": "MUG-01", "qty": 3, "name": "Mug-01", "price": 8.5, "quote_id": "17"}
    mocked.post(f"{V1}/carts/17/items", json=item)
    mocked.get(f"{V1}/carts/17/items", json=[item])
    methods = [{"code": "checkmo", "title": "Check / Money order"}]
    mocked.post(f"{V1}/carts/17/shipping-information", json={"payment_methods": methods, "totals": {"items_qty": 3}})
    mocked.put(f"{V1}/carts/17/order", json="13")

    assert client.create_cart() == 17
    assert client.add_cart_item(17, "MUG-01", 3).qty == 3
    assert [(one.item_id, one.sku, one.qty) for one in client.cart_items(17)] == [(1, "MUG-01", Decimal(3))]
    ada = PostalAddress(
        firstname="Ada",
        lastname="Buyer",
        street=("1 Main St", "Apt 2"),
        city="Austin",
        postcode="73301",
        country_id="US",
        telephone="+15125550100",
        region="Texas",
        region_code="TX",
        region_id=57,
    )
    offered = client.set_shipping_information(17, ada, "flatrate", "flatrate", email="buyerid@tiktok.com")
    assert offered.payment_methods == (PaymentMethod(code="checkmo", title="Check / Money order"),)
    assert offered.items_qty == 3
    assert client.place_cart(17, "checkmo") == 13

    address = {
        "firstname": "Ada",
        "lastname": "Buyer",
        "street": ["1 Main St", "Apt 2"],
        "city": "Austin",
        "region": "Texas",
        "regionCode": "TX",
        "regionId": 57,
        "postcode": "73301",
        "countryId": "US",
        "telephone": "+15125550100",
        "email": "buyerid@tiktok.com",
    }
    assert body_of(mocked, 3) == {  # recording 65
        "addressInformation": {
            "shippingAddress": address,
            "billingAddress": address,
            "shippingCarrierCode": "flatrate",
            "shippingMethodCode": "flatrate",
        }
    }
    assert body_of(mocked, 4) == {"paymentMethod": {"method": "checkmo"}}  # recording 67
    assert mocked.calls[0].request.body is None


def test_a_cart_item_can_be_taken_out(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.delete(f"{V1}/carts/17/items/4", json=True)
    assert client.delete_cart_item(17, 4) is True


# -- orders ----------------------------------------------------------------------------------------------------------

ORDER = {  # from recordings 29 and 71
    "entity_id": 13,
    "increment_id": "000000003",
    "ext_order_id": "577201",
    "state": "new",
    "status": "pending",
    "store_id": 1,
    "quote_id": 17,
    "order_currency_code": "USD",
    "subtotal": 21.75,
    "discount_amount": -1.5,
    "tax_amount": 1.82,
    "shipping_amount": 3.99,
    "grand_total": 26.06,
    "total_due": 26.06,
    "created_at": "2026-11-23 11:41:07",
    "updated_at": "2026-11-23 11:41:39",
    "items": [
        {"item_id": 11, "sku": "MUG-01", "product_id": 2, "qty_ordered": 3, "price": 7.25, "row_total": 20.25},
    ],
    "status_histories": [{"comment": "hello", "status": "pending", "created_at": "2026-11-23 11:41:39"}],
}


def test_an_order_is_read_with_exact_amounts_and_utc_times(
    client: MagentoClient, mocked: responses.RequestsMock
) -> None:
    mocked.get(url("/orders/13"), json=ORDER)
    order = client.get_order(13)
    assert order.entity_id == 13
    assert order.increment_id == "000000003"
    assert str(order.grand_total) == "26.06"
    assert order.discount_amount == Decimal("-1.5")
    assert order.updated_at == datetime(2026, 11, 23, 11, 41, 39, tzinfo=UTC)
    assert order.items[0].item_id == 11
    assert order.items[0].qty_ordered == 3
    assert order.items[0].qty_shipped == 0
    assert order.comments[0].comment == "hello"
    assert "billing_address" not in query_of(mocked)["fields"]


def test_an_order_with_hardly_any_field_can_be_read(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/orders/7"), json={"entity_id": "7", "state": None, "items": None, "grand_total": None})
    order = client.get_order(7)
    assert (order.entity_id, order.state, order.items, order.grand_total) == (7, "", (), 0)


def test_the_order_of_a_cart_is_found_by_its_quote(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/orders"), json={"items": [ORDER], "total_count": 1})
    mocked.get(url("/orders"), json={"items": None, "total_count": 0})
    found = client.find_order_by_quote(17)
    assert found is not None
    assert found.entity_id == 13
    assert client.find_order_by_quote(18) is None
    query = query_of(mocked)
    assert query["searchCriteria[filterGroups][0][filters][0][field]"] == "quote_id"
    assert query["searchCriteria[filterGroups][0][filters][0][value]"] == "17"


def test_an_order_is_found_by_its_number_in_its_store(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/orders"), json={"items": [ORDER], "total_count": 1})
    assert client.find_order_by_increment_id("TT-577001", store_id=2) is not None
    query = query_of(mocked)
    assert query["searchCriteria[filterGroups][0][filters][0][value]"] == "TT-577001"
    assert query["searchCriteria[filterGroups][1][filters][0][field]"] == "store_id"
    assert query["searchCriteria[filterGroups][1][filters][0][value]"] == "2"


def test_all_orders_with_an_external_id_are_found(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/orders"), json={"items": [ORDER, {**ORDER, "entity_id": 14}], "total_count": 2})
    assert [order.entity_id for order in client.find_orders_by_ext_order_id("577201")] == [13, 14]


def test_a_correction_is_read_back_because_its_answer_is_not_the_order(
    client: MagentoClient, mocked: responses.RequestsMock
) -> None:
    mocked.post(f"{V1}/orders", json={"entity_id": 13, "grand_total": 26.06, "customer_email": None, "items": []})
    mocked.get(url("/orders/13"), json=ORDER)
    order = client.correct_order({"entity_id": 13, "grand_total": Decimal("26.06"), "items": []})
    assert (order.state, order.increment_id) == ("new", "000000003")
    assert mocked.calls[0].request.body == b'{"entity": {"entity_id": 13, "grand_total": 26.06, "items": []}}'


@pytest.mark.parametrize("answer", [True, False])
def test_cancel_gives_what_magento_answered(
    answer: bool, client: MagentoClient, mocked: responses.RequestsMock
) -> None:
    mocked.post(f"{V1}/orders/11/cancel", json=answer)
    assert client.cancel(11) is answer


def test_hold_unhold_and_comments(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.post(f"{V1}/orders/12/hold", json=True)
    mocked.post(f"{V1}/orders/12/unhold", json=True)
    mocked.post(f"{V1}/orders/12/comments", json=True)
    assert client.hold(12)
    assert client.unhold(12)
    assert client.add_comment(12, "TikTok Shop: gift wrap", status="pending")
    assert body_of(mocked, 2) == {  # recording 56
        "statusHistory": {
            "comment": "TikTok Shop: gift wrap",
            "is_customer_notified": 0,
            "is_visible_on_front": 0,
            "parent_id": 12,
            "status": "pending",
        }
    }


# -- watching --------------------------------------------------------------------------------------------------------


class Orders:
    """A Magento that sorts, filters and pages as the real one, and repeats its last page beyond the end."""

    def __init__(self, rows: list[tuple[int, str]]) -> None:
        self.rows = rows
        self.requests = 0
        self.after_request: dict[int, tuple[int, str]] = {}

    def __call__(self, request: Any) -> tuple[int, dict[str, str], str]:
        query = dict(parse_qsl(urlsplit(request.url).query))
        since = query["searchCriteria[filterGroups][0][filters][0][value]"]
        size = int(query["searchCriteria[pageSize]"])
        assert query["searchCriteria[filterGroups][0][filters][0][conditionType]"] == "gteq"
        assert query["searchCriteria[sortOrders][0][field]"] == "updated_at"
        assert query["searchCriteria[sortOrders][1][field]"] == "entity_id"
        matching = sorted((at, number) for number, at in self.rows if at >= since)
        page = min(int(query["searchCriteria[currentPage]"]), -(-len(matching) // size) or 1)
        items = [{"entity_id": number, "updated_at": at} for at, number in matching[(page - 1) * size : page * size]]
        self.requests += 1
        assert self.requests < 50, "it never ends"
        if self.requests in self.after_request:
            number, at = self.after_request[self.requests]
            self.rows = [row for row in self.rows if row[0] != number] + [(number, at)]
        return 200, {}, json.dumps({"items": items, "total_count": len(matching)})


SINCE = datetime(2026, 11, 23, tzinfo=UTC)


def at(second: int) -> str:
    return f"2026-11-23 10:00:{second:02}"


def watched(magento: Orders, client: MagentoClient, mocked: responses.RequestsMock, page_size: int = 2) -> list[int]:
    mocked.add_callback(responses.GET, url("/orders"), magento, content_type="application/json")
    return [order.entity_id for order in client.marketplace_orders_updated_since(SINCE, page_size=page_size)]


def test_changed_orders_come_oldest_change_first(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    magento = Orders([(1, at(5)), (2, at(3)), (3, at(4)), (4, at(1)), (5, at(2))])
    assert watched(magento, client, mocked) == [4, 5, 2, 3, 1]


def test_an_order_that_changes_while_we_read_hides_no_other(
    client: MagentoClient, mocked: responses.RequestsMock
) -> None:
    magento = Orders([(number, at(number)) for number in range(1, 8)])
    magento.after_request = {1: (1, at(30))}  # with page numbers order 3 would move to page 1, which was read
    found = watched(magento, client, mocked)
    assert found == [1, 2, 3, 4, 5, 6, 7, 1]


def test_more_changes_in_one_second_than_fit_on_a_page(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    magento = Orders([(number, at(1)) for number in range(1, 6)] + [(6, at(2))])
    assert watched(magento, client, mocked) == [1, 2, 3, 4, 5, 6]


def test_a_last_page_that_is_exactly_full_ends(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    magento = Orders([(number, at(1)) for number in range(1, 5)])
    assert watched(magento, client, mocked) == [1, 2, 3, 4]


def test_a_moment_without_a_zone_is_refused(client: MagentoClient) -> None:
    with pytest.raises(ValueError, match="zone"):
        list(client.marketplace_orders_updated_since(datetime(2026, 11, 23)))  # noqa: DTZ001


# -- invoices, shipments, credit memos -------------------------------------------------------------------------------


def test_an_order_is_invoiced(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.post(f"{V1}/order/10/invoice", json="1")
    assert client.invoice(10) == 1
    assert body_of(mocked) == {"capture": True, "notify": False}  # recording 40


def test_an_order_is_shipped_with_a_track(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.post(f"{V1}/order/10/ship", json="1")
    mocked.post(f"{V1}/order/10/ship", json="2")
    track = MagentoTrack(track_number="1Z999", title="UPS", carrier_code="ups")
    assert client.ship(10, {8: 1}, [track]) == 1
    assert client.ship(10, source_code="east") == 2
    assert body_of(mocked) == {  # recording 43
        "items": [{"order_item_id": 8, "qty": 1}],
        "notify": False,
        "tracks": [{"track_number": "1Z999", "title": "UPS", "carrier_code": "ups"}],
    }
    assert body_of(mocked, 1) == {"notify": False, "arguments": {"extension_attributes": {"source_code": "east"}}}


def test_tracks_are_added_read_and_removed(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    track = {
        "order_id": 10,
        "entity_id": 4,
        "parent_id": 1,
        "track_number": "1Z999-B",
        "title": "UPS",
        "carrier_code": "ups",
    }
    mocked.post(f"{V1}/shipment/track", json=track)
    shipment = {
        "entity_id": 1,
        "order_id": 10,
        "updated_at": "2026-11-23 11:40:08",
        "items": [{"order_item_id": 8, "qty": 1}, {"order_item_id": 8, "qty": 0.5}],
        "tracks": [track],
    }
    mocked.get(url("/shipments"), json={"items": [shipment]})
    mocked.delete(f"{V1}/shipment/track/4", json=True)
    added = client.add_track(10, 1, MagentoTrack(track_number="1Z999-B", title="UPS", carrier_code="ups"))
    assert added == MagentoTrack(track_number="1Z999-B", title="UPS", carrier_code="ups", entity_id=4)
    (found,) = client.shipments_of(10)
    assert found.tracks == (added,)
    assert found.quantities == {8: Decimal("1.5")}
    assert client.delete_track(4)
    assert body_of(mocked)["entity"] == {  # recording 90
        "order_id": 10,
        "parent_id": 1,
        "track_number": "1Z999-B",
        "title": "UPS",
        "carrier_code": "ups",
        "qty": 0,
        "weight": 0,
        "description": "",
    }


def test_an_order_is_credited_in_part_and_wholly(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.post(f"{V1}/order/13/refund", json="2")
    client.refund(13, {11: 3}, shipping_amount=Decimal("3.99"), return_to_stock=[11])
    client.refund(13)
    client.refund(
        13,
        {11: 1},
        shipping_amount=Decimal(0),
        adjustment_positive=Decimal("1.50"),
        adjustment_negative=Decimal(0),
    )
    assert body_of(mocked, 0) == {  # recording 74
        "items": [{"order_item_id": 11, "qty": 3}],
        "notify": False,
        "arguments": {"shipping_amount": 3.99, "extension_attributes": {"return_to_stock_items": [11]}},
    }
    assert body_of(mocked, 1) == {"notify": False}  # recording 76
    assert b'"adjustment_positive": 1.50' in mocked.calls[2].request.body


def test_credit_memos_are_read(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    memo = {"entity_id": 2, "order_id": 13, "grand_total": 26.06, "items": [{"order_item_id": 11, "qty": 3}]}
    mocked.get(url("/creditmemos"), json={"items": [memo]})
    (found,) = client.creditmemos_of(13)
    assert (found.grand_total, found.quantities) == (Decimal("26.06"), {11: Decimal(3)})


# -- catalogue and directory -----------------------------------------------------------------------------------------

MUG = {"id": 2, "sku": "MUG-01", "name": "Mug-01", "price": 8.5, "type_id": "simple", "status": 1}


def test_products_are_found_by_sku_in_one_request(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/products"), json={"items": [MUG, {**MUG, "id": 3, "sku": "OLD", "price": None, "status": 2}]})
    found = client.products_by_sku(["MUG-01", "OLD", "NOPE", "MUG-01", " "])
    assert found["MUG-01"].id == 2
    assert str(found["MUG-01"].price) == "8.5"
    assert found["MUG-01"].is_enabled
    assert not found["OLD"].is_enabled
    assert set(found) == {"MUG-01", "OLD"}
    query = query_of(mocked)
    assert query["searchCriteria[filterGroups][0][filters][0][value]"] == "MUG-01,OLD,NOPE"
    assert query["searchCriteria[filterGroups][0][filters][0][conditionType]"] == "in"


def test_a_sku_with_a_comma_is_asked_for_by_itself(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/products"), json={"items": []})
    client.products_by_sku(["A", "B,C", "D"])
    query = query_of(mocked)
    group = "searchCriteria[filterGroups][0][filters]"
    assert (query[f"{group}[0][value]"], query[f"{group}[0][conditionType]"]) == ("A,D", "in")
    assert (query[f"{group}[1][value]"], query[f"{group}[1][conditionType]"]) == ("B,C", "eq")


def test_many_skus_are_asked_for_in_batches(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/products"), json={"items": []})
    skus = [f"SKU-{number:03}-{'x' * 56}" for number in range(120)]
    client.products_by_sku(skus)
    asked = [
        query_of(mocked, number)["searchCriteria[filterGroups][0][filters][0][value]"].split(",")
        for number in range(len(mocked.calls))
    ]
    assert [sku for batch in asked for sku in batch] == skus
    assert all(len(str(call.request.url)) < 2000 for call in mocked.calls)


def test_no_sku_asks_nothing(client: MagentoClient) -> None:
    with responses.RequestsMock() as mock:
        assert client.products_by_sku([]) == {}
        assert client.search_products("  ") == ()
        assert len(mock.calls) == 0


def test_products_are_found_by_another_attribute(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    custom = [{"attribute_code": "category_ids", "value": []}, {"attribute_code": "tiktok_sku", "value": "T-1"}]
    rows = [{**MUG, "custom_attributes": custom}, {**MUG, "id": 9, "sku": "MUG-02", "custom_attributes": custom}]
    mocked.get(url("/products"), json={"items": rows})
    found = client.products_by_attribute("tiktok_sku", ["T-1"])
    assert [product.sku for product in found["T-1"]] == ["MUG-01", "MUG-02"]


def test_products_are_searched_by_sku_or_name(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(url("/products"), json={"items": [MUG]})
    assert [product.sku for product in client.search_products("mug", limit=5)] == ["MUG-01"]
    query = query_of(mocked)
    group = "searchCriteria[filterGroups][0][filters]"
    assert {query[f"{group}[0][field]"], query[f"{group}[1][field]"]} == {"sku", "name"}
    assert query[f"{group}[0][value]"] == "%mug%"
    assert query["searchCriteria[pageSize]"] == "5"


def test_regions_have_ids_and_a_country_may_have_none(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(
        f"{V1}/directory/countries/US",
        json={"id": "US", "available_regions": [{"id": "57", "code": "TX", "name": "Texas"}]},
    )
    mocked.get(f"{V1}/directory/countries/GB", json={"id": "GB", "full_name_english": "United Kingdom"})
    mocked.get(f"{V1}/directory/countries/XX", json={"message": "The country isn't available."}, status=404)
    assert client.regions("US") == (Region(id=57, code="TX", name="Texas"),)
    assert client.regions("GB") == ()
    assert client.regions("XX") == ()


def test_rates_say_what_one_unit_is_in_base_currency(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(
        f"{V1}/directory/currency",
        json={
            "base_currency_code": "USD",
            "default_display_currency_code": "USD",
            "exchange_rates": [{"currency_to": "GBP", "rate": 0.8}, {"currency_to": "JPY", "rate": 0}],
        },
    )
    rates = client.currency_rates()
    assert rates.base_rate("GBP") == Decimal("1.25")
    assert rates.base_rate("USD") == 1
    assert rates.base_rate("JPY") is None
    assert rates.base_rate("EUR") is None


def test_store_views_configurations_and_sources(client: MagentoClient, mocked: responses.RequestsMock) -> None:
    mocked.get(
        f"{V1}/store/storeViews",
        json=[{"id": 1, "code": "default", "name": "Default", "website_id": 1, "store_group_id": 1, "is_active": 1}],
    )
    mocked.get(
        f"{V1}/store/storeConfigs",
        json=[{"id": 1, "code": "default", "base_currency_code": "USD", "timezone": "UTC", "base_url": "http://x/"}],
    )
    mocked.get(url("/inventory/sources"), json={"items": [{"source_code": "default", "name": "D", "enabled": True}]})
    assert client.store_views()[0].code == "default"
    assert client.store_configs()[0].base_currency == "USD"
    assert client.inventory_sources()[0].is_enabled


# -- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_are_written_with_exactly_their_digits() -> None:
    document = {"a": Decimal("19.90"), "b": [Decimal("1E+2"), Decimal("-0.00"), 3], "c": None, "d": 'ü"', "e": True}
    assert to_json(document) == '{"a": 19.90, "b": [100, 0.00, 3], "c": null, "d": "\\u00fc\\"", "e": true}'
    assert json.loads(to_json(document), parse_float=Decimal)["a"] == Decimal("19.90")


def test_floats_and_what_is_no_number_are_refused() -> None:
    with pytest.raises(TypeError):
        to_json({"price": 19.9})
    with pytest.raises(ValueError, match="number"):
        to_json(Decimal("NaN"))
