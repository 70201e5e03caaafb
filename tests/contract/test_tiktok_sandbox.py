"""The sandbox TikTok Shop is a TikTok Shop to an independent client: the package tiktok-shop-api."""

import json
import random
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from tiktok_sandbox import client_of, receiver, unknown_fields
from tiktok_shop_api import TikTokShopError
from tiktok_shop_api.auth import TikTokShopAuth
from tiktok_shop_api.generated import models
from tiktok_shop_api.webhooks import Webhooks

from sandbox.tiktok.documents import order_document
from sandbox.tiktok.generator import MANY_REGIONS, random_options
from sandbox.tiktok.logistics import providers_of
from sandbox.tiktok.model import STATUSES
from sandbox.tiktok.regions import REGIONS
from sandbox.tiktok.server import Server, serve
from sandbox.tiktok.signing import sign_request, sign_webhook

VECTORS = json.loads((Path(__file__).parents[1] / "tiktok" / "signature-vectors.json").read_text())


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = serve(uk_shop=True)
    yield server
    server.stop()


@pytest.fixture
def tiktok(running: Server) -> Server:
    running.state.reset()
    running.state.webhooks.configure({"url": ""})
    return running


def place(server: Server, **options: Any) -> str:
    with server.state.lock:
        return server.state.default_shop.place(options).id


def signed_request(
    server: Server,
    path: str,
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
    *,
    timestamp: int | None = None,
    secret: str | None = None,
    token: str | None = None,
    cipher: str | None = "ROW_sandbox",
    app_key: str | None = None,
) -> requests.Response:
    """A request signed with the package's rules, with any part of it made wrong."""
    config = server.state.config
    pairs = {"app_key": app_key or config.app_key, "timestamp": str(timestamp or int(time.time())), **(query or {})}
    if cipher:
        pairs["shop_cipher"] = cipher
    raw = json.dumps(body).encode() if body is not None else b""
    pairs["sign"] = sign_request(secret or config.app_secret, path, list(pairs.items()), raw)
    headers = {"content-type": "application/json", "x-tts-access-token": token or config.access_token}
    method = "POST" if body is not None else "GET"
    return requests.request(method, server.url + path, params=pairs, data=raw, headers=headers, timeout=5)


def refused(answer: requests.Response) -> tuple[int, int, str]:
    document = answer.json()
    assert document["request_id"]
    assert "data" not in document
    return answer.status_code, document["code"], document["message"]


# Signing


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=lambda vector: vector["case"])
def test_the_sandbox_signs_requests_as_two_other_implementations_do(vector: dict[str, Any]) -> None:
    pairs = [(key, value) for key, value in vector["query"]]
    body = (vector["body"] or "").encode()
    assert sign_request(VECTORS["app_secret"], vector["path"], pairs, body, vector["content_type"]) == vector["sign"]


@pytest.mark.parametrize("vector", VECTORS["webhooks"], ids=lambda vector: vector["case"])
def test_the_sandbox_signs_webhooks_as_two_other_implementations_do(vector: dict[str, Any]) -> None:
    signature = sign_webhook(VECTORS["app_secret"], vector["app_key"], vector["raw_body"].encode())
    assert signature == vector["authorization"]


def test_a_wrong_signature_is_refused_with_106001_and_401(tiktok: Server) -> None:
    answer = signed_request(tiktok, "/order/202507/orders", {"ids": "1"}, secret="not the secret")
    assert refused(answer)[:2] == (401, 106001)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_timestamp_more_than_five_minutes_away_is_refused(tiktok: Server, seconds: int) -> None:
    moment = int(time.time()) + seconds
    status, code, message = refused(signed_request(tiktok, "/order/202507/orders", {"ids": "1"}, timestamp=moment))
    assert (status, code) == (401, 106003)
    assert "timestamp" in message


def test_a_timestamp_four_minutes_old_is_fine(tiktok: Server) -> None:
    answer = signed_request(tiktok, "/order/202507/orders", {"ids": "1"}, timestamp=int(time.time()) - 240)
    assert answer.json()["code"] == 0


def test_an_unknown_app_is_refused(tiktok: Server) -> None:
    assert refused(signed_request(tiktok, "/order/202507/orders", {"ids": "1"}, app_key="other"))[0] == 401


@pytest.mark.parametrize(
    ("query", "body", "said"),
    [
        ({"page_size": "10", "colour": "red"}, {}, "colour"),
        ({}, {}, "page_size"),
        ({"page_size": "101"}, {}, "page_size"),
        ({"page_size": "ten"}, {}, "page_size"),
        ({"page_size": "10"}, {"status": "UNPAID"}, "status"),
        ({"page_size": "10"}, {"order_status": "CANCEL"}, "order_status"),
        ({"page_size": "10"}, {"update_time_ge": "1764000000"}, "update_time_ge"),
        ({"page_size": "10"}, {"warehouse_ids": [1]}, "warehouse_ids[0]"),
        ({"page_size": "10", "page_token": "made-up"}, {}, "page_token"),
    ],
)
def test_a_request_with_a_wrong_unknown_or_missing_part_is_refused_by_name(
    tiktok: Server, query: dict[str, str], body: dict[str, Any], said: str
) -> None:
    status, code, message = refused(signed_request(tiktok, "/order/202309/orders/search", query, body))
    assert (status, code) == (400, 36009004)
    assert f"'{said}'" in message


def test_a_missing_field_deep_in_the_body_is_refused_by_name(tiktok: Server) -> None:
    body = {"orders": [{"id": "1", "external_order": {"id": "100", "platform": "MAGENTO"}}]}
    message = refused(signed_request(tiktok, "/order/202406/orders/external_orders", {}, body))[2]
    assert "'orders[0].external_order.line_items'" in message


def test_the_shop_cipher_must_be_there_and_belong_to_the_token(tiktok: Server) -> None:
    path, query = "/order/202507/orders", {"ids": "1"}
    assert "shop_cipher" in refused(signed_request(tiktok, path, query, cipher=None))[2]
    assert "shop_cipher" in refused(signed_request(tiktok, path, query, cipher="ROW_other"))[2]
    assert refused(signed_request(tiktok, path, query, cipher="ROW_sandbox_uk"))[:2] == (403, 105005)
    assert "shop_cipher" in refused(signed_request(tiktok, "/authorization/202309/shops"))[2]


# Tokens


def auth_of(server: Server) -> TikTokShopAuth:
    config = server.state.config
    return TikTokShopAuth(config.app_key, config.app_secret, config.service_id, base_url=server.url)


def test_a_seller_authorizes_and_the_code_becomes_tokens_that_work(tiktok: Server) -> None:
    requests.post(f"{tiktok.url}/_sandbox/settings", json={"redirect_url": "http://127.0.0.1:1/back"}, timeout=5)
    query = {"service_id": "sandbox-service", "state": "s&t=1"}
    page = requests.get(f"{tiktok.url}/open/authorize", params=query, timeout=5)
    assert "Authorize" in page.text
    form = {**query, "shop_id": tiktok.state.default_shop.id}
    answer = requests.post(f"{tiktok.url}/open/authorize", data=form, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    target = requests.utils.urlparse(answer.headers["Location"])
    back = dict(part.split("=", 1) for part in target.query.split("&"))
    assert target.netloc == "127.0.0.1:1"
    assert requests.utils.unquote(back["state"]) == "s&t=1"
    tokens = auth_of(tiktok).exchange_code(back["code"])
    # the documentation's `…_expire_in` are moments, not durations
    assert tokens.access_token_expire_in > time.time() + 3600
    assert tokens.refresh_token_expire_in > tokens.access_token_expire_in
    assert tokens.seller_base_region == "US"
    shops = client_of(tiktok, access_token=tokens.access_token).authorization.get_authorized_shops().data.shops
    assert [(shop.id, shop.cipher, shop.region) for shop in shops] == [("7494049642642441621", "ROW_sandbox", "US")]
    with pytest.raises(TikTokShopError) as used:
        auth_of(tiktok).exchange_code(back["code"])
    assert used.value.code == 36004005


def test_a_refresh_gives_a_new_refresh_token_and_the_old_one_is_dead(tiktok: Server) -> None:
    old = tiktok.state.config.refresh_token
    fresh = auth_of(tiktok).refresh(old)
    assert fresh.refresh_token != old
    assert fresh.access_token != tiktok.state.config.access_token
    with pytest.raises(TikTokShopError) as lost:
        auth_of(tiktok).refresh(old)
    assert lost.value.code == 36004005
    assert auth_of(tiktok).refresh(fresh.refresh_token).access_token


def test_an_expired_token_is_105002_and_a_wrong_one_105001_until_it_is_refreshed(tiktok: Server) -> None:
    with pytest.raises(TikTokShopError) as wrong:
        client_of(tiktok, access_token="TTP_other").authorization.get_authorized_shops()
    assert (wrong.value.code, wrong.value.http_status) == (105001, 401)
    shop_id = tiktok.state.default_shop.id
    requests.post(f"{tiktok.url}/_sandbox/shops/{shop_id}/expire_tokens", timeout=5).raise_for_status()
    with pytest.raises(TikTokShopError) as expired:
        client_of(tiktok).authorization.get_authorized_shops()
    assert (expired.value.code, expired.value.http_status) == (105002, 401)
    fresh = auth_of(tiktok).refresh(tiktok.state.config.refresh_token)
    assert client_of(tiktok, access_token=fresh.access_token).authorization.get_authorized_shops().data.shops


def test_a_wrong_app_secret_gets_no_token(tiktok: Server) -> None:
    auth = TikTokShopAuth("sandbox-app-key", "wrong", base_url=tiktok.url)
    with pytest.raises(TikTokShopError) as error:
        auth.refresh(tiktok.state.config.refresh_token)
    assert error.value.http_status == 401


# Orders


def test_the_search_pages_through_every_order_once(tiktok: Server) -> None:
    placed = {place(tiktok) for _ in range(23)}
    client, token, seen, pages = client_of(tiktok), None, [], 0
    while token != "":
        more = {"page_token": token} if token else {}
        data = client.orders.get_order_list(
            page_size=5,
            sort_field=models.GetOrderListSortField.UPDATE_TIME,
            sort_order=models.GetOrderListSortOrder.ASC,
            **more,
        ).data
        assert data.total_count == 23
        seen += [order.id for order in data.orders]
        token, pages = data.next_page_token, pages + 1
    assert pages == 5
    assert len(seen) == 23
    assert set(seen) == placed


def test_the_search_filters_by_status_time_and_buyer(tiktok: Server) -> None:
    waiting, shipped = place(tiktok), place(tiktok, status="IN_TRANSIT", buyer_id="7494510000000000001")
    with tiktok.state.lock:
        tiktok.state.default_shop.orders[waiting].update_time -= 100
    moment = int(time.time())

    def found(**body: Any) -> list[str]:
        request = models.GetOrderListRequest.from_dict(body)
        return [o.id for o in client_of(tiktok).orders.get_order_list(page_size=50, body=request).data.orders]

    assert found(order_status="AWAITING_SHIPMENT") == [waiting]
    assert found(update_time_ge=moment - 50) == [shipped]
    assert found(update_time_lt=moment - 50) == [waiting]
    assert found(buyer_user_id="7494510000000000001") == [shipped]
    assert found(shipping_type="TIKTOK") == []
    assert set(found(create_time_ge=moment - 50, create_time_lt=moment + 50)) == {waiting, shipped}


def amounts_of(document: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in document["payment"].items() if name != "currency"}


def check_identities(document: dict[str, Any]) -> None:
    """TikTok's own identities, read off the finished document (reference README, "Orders")."""
    pay = amounts_of(document)
    lines = document["line_items"]
    assert pay["sub_total"] == sum(Decimal(line["sale_price"]) for line in lines)
    assert pay["sub_total"] == pay["original_total_product_price"] - pay["seller_discount"] - pay["platform_discount"]
    assert pay["shipping_fee"] == (
        pay["original_shipping_fee"]
        - pay["shipping_fee_seller_discount"]
        - pay["shipping_fee_platform_discount"]
        - pay["shipping_fee_cofunded_discount"]
    )
    assert pay["tax"] == pay["product_tax"] + pay["shipping_fee_tax"]
    fees = "retail_delivery_fee small_order_fee buyer_service_fee handling_fee shipping_insurance_fee "
    fees += "item_insurance_fee item_insurance_tax distance_fee"
    total = pay["sub_total"] + pay["shipping_fee"] + pay["tax"] + sum(pay[fee] for fee in fees.split())
    assert pay["total_amount"] == total
    for line in lines:
        discounts = Decimal(line["seller_discount"]) + Decimal(line["platform_discount"])
        assert Decimal(line["sale_price"]) == Decimal(line["original_price"]) - discounts
        taxes = [Decimal(tax["tax_amount"]) for tax in line["item_tax"]]
        assert document["recipient_address"]["region_code"] != "US" or len(taxes) == 1
        parts = line.get("sub_item_info", [])
        if parts:
            assert Decimal(line["sale_price"]) == sum(Decimal(part["sale_price"]) for part in parts)


@pytest.mark.parametrize("region", sorted(set(MANY_REGIONS) | {"MY", "PH"}))
def test_every_order_document_is_known_field_by_field_and_adds_up(tiktok: Server, region: str) -> None:
    rng = random.Random(region)
    shop = tiktok.state.default_shop
    with tiktok.state.lock:
        for status in STATUSES:
            if status != "PARTIALLY_SHIPPING":
                for _ in range(3):
                    shop.place({**random_options(rng, region, odd=True), "status": status})
        ids = [order.id for order in shop.orders.values()]
        with Flask("asked").test_request_context(base_url=tiktok.url):  # the pictures lie where one asks
            documents = [order_document(order) for order in shop.orders.values()]
    answer = client_of(tiktok).orders.get_order_detail(ids=ids)
    assert len(answer.data.orders) == len(ids) == 24
    assert unknown_fields(answer) == []
    for document, parsed in zip(documents, answer.data.orders, strict=True):
        assert parsed.to_dict() == document
        assert document["payment"]["currency"] == REGIONS[region].currency
        check_identities(document)
    listed = client_of(tiktok).orders.get_order_list(page_size=100)
    assert unknown_fields(listed) == []
    assert {order.id for order in listed.data.orders} == set(ids)


def test_a_document_has_the_parts_that_a_connector_needs(tiktok: Server) -> None:
    order_id = place(tiktok, lines=[{"seller_sku": "SET-TEE-MUG", "quantity": 2}], cpf="123", release_date=1764000000)
    order = client_of(tiktok).orders.get_order_detail(ids=[order_id]).data.orders[0]
    assert len(order.line_items) == 2
    contents = [(part.seller_sku, part.sku_count) for part in order.line_items[0].combined_listing_skus]
    assert contents == [("TEE-RED-M", 1), ("MUG-01", 2)]
    assert [part.seller_sku for part in order.line_items[0].sub_item_info] == ["TEE-RED-M", "MUG-01", "MUG-01"]
    assert order.packages == []  # none before shipping for local US sellers
    assert {"L0", "L1", "L2", "L3"} == {d.address_level for d in order.recipient_address.district_info}
    assert order.paid_time <= order.rts_sla_time < order.tts_sla_time < order.delivery_due_time


def test_more_than_fifty_ids_are_refused_and_unknown_ones_left_out(tiktok: Server) -> None:
    order_id = place(tiktok)
    orders = client_of(tiktok).orders
    assert [order.id for order in orders.get_order_detail(ids=[order_id, "576461413038785752"]).data.orders] == [
        order_id
    ]
    with pytest.raises(TikTokShopError) as error:
        orders.get_order_detail(ids=[str(n) for n in range(51)])
    assert error.value.code == 36009004
    joined = signed_request(tiktok, "/order/202309/orders", {"ids": f"{order_id},576461413038785752"})
    assert [order["id"] for order in joined.json()["data"]["orders"]] == [order_id]


def test_the_price_detail_agrees_with_the_order(tiktok: Server) -> None:
    line = {"seller_sku": "MUG-01", "quantity": 3, "original_price": "33.33", "seller_discount": "10.00"}
    order_id = place(tiktok, lines=[line])
    answer = client_of(tiktok).orders.get_order_price_details(order_id)
    assert unknown_fields(answer) == []
    payment = client_of(tiktok).orders.get_order_detail(ids=[order_id]).data.orders[0].payment
    assert answer.data.payment == payment.total_amount
    assert answer.data.subtotal_deduction_seller == payment.seller_discount == "10.00"
    assert sum(Decimal(item.sku_sale_price) for item in answer.data.line_items) == Decimal(payment.sub_total)


def test_the_merchants_order_number_is_kept_replaced_and_found(tiktok: Server) -> None:
    order_id = place(tiktok)
    orders = client_of(tiktok).orders
    line_id = orders.get_order_detail(ids=[order_id]).data.orders[0].line_items[0].id
    platform = models.SearchOrdersByExternalOrderReferencePlatform.MAGENTO

    def add(number: str, origin: str, to: str = order_id) -> Any:
        external = {"id": number, "platform": "MAGENTO", "line_items": [{"id": "1", "origin_id": origin}]}
        body = {"orders": [{"id": to, "external_order": external}]}
        return orders.add_external_order_references(body=models.AddExternalOrderReferencesRequest.from_dict(body)).data

    assert add("000000007", line_id).errors == []
    assert add("000000008", line_id).errors == []
    assert add("000000009", "1").errors[0].detail.order_id == order_id
    assert add("000000009", line_id, "576461413038785752").errors[0].detail.external_order.id == "000000009"
    kept = orders.get_external_order_references(order_id, platform=models.GetExternalOrderReferencesPlatform.MAGENTO)
    assert [(e.id, e.line_items[0].origin_id) for e in kept.data.external_orders] == [("000000008", line_id)]
    found = orders.search_orders_by_external_order_reference(platform=platform, external_order_id="000000008")
    assert [(order.id, order.external_order.id) for order in found.data.orders] == [(order_id, "000000008")]
    gone = orders.search_orders_by_external_order_reference(platform=platform, external_order_id="000000007")
    assert gone.data.orders == []


# Webhooks


def drive_everything(server: Server) -> None:
    """Make the shop send every type of webhook that the sandbox has."""
    state = server.state
    with state.lock:
        shop = state.default_shop
        done = shop.place({"status": "UNPAID", "hold_seconds": 60}).id
        shop.pay(done)
        shop.release_hold(done)
        shop.update_address(done, {"postal_code": "10001"})
        for step in (shop.ship, shop.collect, shop.deliver):
            step(done)
        shop.approve_return(shop.request_return(done).id)
        shop.approve_return(shop.open_return(done).id)
        shop.complete(done)
        shop.cancel(shop.place({}).id)
        shop.approve_cancellation(shop.request_cancellation(shop.place({}).id).id)
        shop.reject_cancellation(shop.request_cancellation(shop.place({}).id).id)
        two = shop.place({"lines": [{"seller_sku": "MUG-01"}, {"seller_sku": "HAT-07"}]})
        shop.mark_shipped(two.id, "TRACK-0001", providers_of("US")[0]["id"], [two.units[0].id])
        shop.warn_of_expiry()
        state.deauthorize(shop.id)


def test_every_webhook_is_verified_and_parsed_by_the_independent_package(tiktok: Server) -> None:
    config = tiktok.state.config
    with receiver() as sink:
        tiktok.state.webhooks.configure({"url": sink.url})
        drive_everything(tiktok)
        assert tiktok.state.webhooks.wait_idle(10)
        kinds = set()
        for raw, signature in sink.received:
            event = Webhooks.verify_and_parse(
                app_key=config.app_key, app_secret=config.app_secret, raw_body=raw, signature=signature
            )
            assert unknown_fields(event) == []
            body = json.loads(raw)
            kinds.add(body["type"])
            assert body["shop_id"] == tiktok.state.default_shop.id
            assert ("tts_notification_id" in body) == (body["type"] != 3)
        assert kinds == {1, 3, 4, 6, 7, 11, 12, 64, 67}


def test_the_status_webhook_says_cancel_where_the_order_says_cancelled(tiktok: Server) -> None:
    with receiver() as sink:
        tiktok.state.webhooks.configure({"url": sink.url})
        order_id = place(tiktok, status="CANCELLED")
        bodies = [json.loads(raw) for raw, _ in sink.wait_for(4)]
    statuses = {body["data"]["order_status"] for body in bodies if body["type"] == 1}
    assert statuses == {"UNPAID", "CANCEL"}
    assert client_of(tiktok).orders.get_order_detail(ids=[order_id]).data.orders[0].status == "CANCELLED"


def test_a_shop_subscribes_to_an_event_and_leaves_it_again(tiktok: Server) -> None:
    event = client_of(tiktok).event
    kind = "ORDER_STATUS_CHANGE"
    with receiver() as sink:
        event.update_shop_webhook(
            body=models.UpdateShopWebhookRequest.from_dict({"address": sink.url, "event_type": kind})
        )
        kept = event.get_shop_webhooks()
        assert unknown_fields(kept) == []
        assert [(w.event_type, w.address) for w in kept.data.webhooks] == [(kind, sink.url)]
        order_id = place(tiktok)
        assert json.loads(sink.wait_for(1)[0][0])["data"]["order_id"] == order_id
        for _ in range(2):
            event.delete_webhook_for_an_event(
                body=models.DeleteWebhookForAnEventRequest.from_dict({"event_type": kind})
            )
        assert event.get_shop_webhooks().data.total_count == 0
        place(tiktok)
        assert tiktok.state.webhooks.wait_idle(5)
        assert len(sink.received) == 1
