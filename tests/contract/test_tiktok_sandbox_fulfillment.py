"""Shipping, cancelling and returning in the sandbox TikTok Shop with the independent client."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tiktok_sandbox import client_of, unknown_fields
from tiktok_shop_api import TikTokShopError
from tiktok_shop_api.generated import models

from sandbox.tiktok.server import Server, serve
from sandbox.tiktok.shop import Shop


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = serve()
    yield server
    server.stop()


@pytest.fixture
def tiktok(running: Server) -> Server:
    running.state.reset()
    return running


@pytest.fixture
def shop(tiktok: Server) -> Shop:
    return tiktok.state.default_shop


def place(server: Server, **options: Any) -> str:
    with server.state.lock:
        return server.state.default_shop.place(options).id


def read(server: Server, order_id: str) -> Any:
    answer = client_of(server).orders.get_order_detail(ids=[order_id])
    assert unknown_fields(answer) == []
    return answer.data.orders[0]


def provider(server: Server, region: str = "US", name: str = "UPS") -> str:
    """The provider's id, found the way a carrier mapping finds it: warehouse, delivery option, providers."""
    logistics = client_of(server).logistics
    warehouses = logistics.get_warehouse_list()
    assert unknown_fields(warehouses) == []
    warehouse = next(w for w in warehouses.data.warehouses if w.is_default)
    options = logistics.get_warehouse_delivery_options(warehouse.id)
    assert unknown_fields(options) == []
    own = next(o for o in options.data.delivery_options if o.type_ == "SEND_BY_SELLER")
    providers = logistics.get_shipping_providers(own.id, buyer_region=region).data.shipping_providers
    return next(p.id for p in providers if p.name == name)


def mark(server: Server, order_id: str, number: str, provider_id: str, *lines: dict[str, str]) -> Any:
    body: dict[str, Any] = {
        "shipping_info_list": [{"tracking_number": number, "shipping_provider_id": provider_id}],
    }
    if lines:
        body["order_line_list"] = list(lines)
    request = models.MarkPackageAsShippedRequest.from_dict(body)
    return client_of(server).fulfillment.mark_package_as_shipped(order_id, body=request).data


def code_of(error: pytest.ExceptionInfo[TikTokShopError]) -> int:
    return error.value.code


def test_a_us_order_is_marked_as_shipped_and_shows_its_tracking(tiktok: Server) -> None:
    order_id, ups = place(tiktok), provider(tiktok)
    package = mark(tiktok, order_id, "1Z-999_AA.1", ups)
    order = read(tiktok, order_id)
    assert order.status == "AWAITING_COLLECTION"
    assert [p.id for p in order.packages] == [package.package_id]
    line = order.line_items[0]
    assert (line.tracking_number, line.shipping_provider_name, line.package_id) == (
        "1Z-999_AA.1",
        "UPS",
        package.package_id,
    )
    tracking = client_of(tiktok).fulfillment.get_order_tracking(order_id)
    assert unknown_fields(tracking) == []
    assert tracking.data.tracking[0].description
    with pytest.raises(TikTokShopError) as again:
        mark(tiktok, order_id, "1Z-999_AA.1", ups)
    assert code_of(again) == 21001002


def test_lines_shipped_one_by_one_make_the_order_partially_shipping(tiktok: Server) -> None:
    order_id, ups = place(tiktok, lines=[{"seller_sku": "MUG-01"}, {"seller_sku": "HAT-07"}]), provider(tiktok)
    first, second = (line.id for line in read(tiktok, order_id).line_items)
    mark(tiktok, order_id, "TRACK-1", ups, {"order_line_id": first})
    order = read(tiktok, order_id)
    assert order.status == "PARTIALLY_SHIPPING"
    assert order.split_or_combine_tag == "SPLIT"
    mark(tiktok, order_id, "TRACK-2", ups, {"order_line_id": second})
    order = read(tiktok, order_id)
    assert order.status == "AWAITING_COLLECTION"
    assert [line.tracking_number for line in order.line_items] == ["TRACK-1", "TRACK-2"]


def test_a_bundle_is_shipped_by_naming_its_parts(tiktok: Server) -> None:
    order_id, ups = place(tiktok, lines=[{"seller_sku": "SET-TEE-MUG"}]), provider(tiktok)
    line = read(tiktok, order_id).line_items[0]
    with pytest.raises(TikTokShopError):
        mark(tiktok, order_id, "TRACK-1", ups, {"order_line_id": line.id})
    parts = [{"order_line_id": line.id, "sub_item_id": part.id} for part in line.sub_item_info]
    mark(tiktok, order_id, "TRACK-1", ups, *parts)
    assert read(tiktok, order_id).line_items[0].sub_item_info[2].tracking_number == "TRACK-1"


@pytest.mark.parametrize("region", ["NL", "TH", "BR"])
def test_outside_its_markets_mark_as_shipped_is_21008106_and_the_package_is_shipped(
    tiktok: Server, region: str
) -> None:
    order_id = place(tiktok, region=region)
    name = {"NL": "PostNL", "TH": "Flash Express", "BR": "Jadlog"}[region]
    provider_id = provider(tiktok, region, name)
    with pytest.raises(TikTokShopError) as refusal:
        mark(tiktok, order_id, "TRACK-1", provider_id)
    assert code_of(refusal) == 21008106
    package_id = read(tiktok, order_id).packages[0].id
    own = {"self_shipment": {"tracking_number": "TRACK-1", "shipping_provider_id": provider_id}}
    client_of(tiktok).fulfillment.ship_package(package_id, body=models.ShipPackageRequest.from_dict(own))
    order = read(tiktok, order_id)
    assert (order.status, order.line_items[0].tracking_number) == ("AWAITING_COLLECTION", "TRACK-1")


def test_what_tiktok_would_not_take_is_refused(tiktok: Server) -> None:
    ups = provider(tiktok)
    for number in ("abc", "with space", "é-tracking", "x" * 51):
        with pytest.raises(TikTokShopError):
            mark(tiktok, place(tiktok), number, ups)
    with pytest.raises(TikTokShopError):
        mark(tiktok, place(tiktok), "TRACK-1", "1")
    with pytest.raises(TikTokShopError) as held:
        mark(tiktok, place(tiktok, status="ON_HOLD"), "TRACK-1", ups)
    assert code_of(held) == 21001002
    with pytest.raises(TikTokShopError):
        mark(tiktok, place(tiktok, fulfillment_type="FULFILLMENT_BY_TIKTOK"), "TRACK-1", ups)
    with pytest.raises(TikTokShopError):
        client_of(tiktok).fulfillment.get_order_tracking(place(tiktok, status="ON_HOLD"))


def test_a_tracking_number_is_corrected_once(tiktok: Server) -> None:
    order_id, ups = place(tiktok), provider(tiktok)
    package_id = mark(tiktok, order_id, "WRONG-1", ups).package_id
    fulfillment = client_of(tiktok).fulfillment
    right = {"tracking_number": "RIGHT-1", "shipping_provider_id": ups}
    fulfillment.update_order_shipping_info(order_id, body=models.UpdateOrderShippingInfoRequest.from_dict(right))
    assert read(tiktok, order_id).line_items[0].tracking_number == "RIGHT-1"
    again = models.UpdatePackageShippingInfoRequest.from_dict({"shipping_info_list": [right]})
    with pytest.raises(TikTokShopError):
        fulfillment.update_package_shipping_info(package_id, body=again)


def test_tiktoks_own_shipping_gives_a_label_on_request_in_the_us(tiktok: Server) -> None:
    order_id = place(tiktok, shipping_type="TIKTOK")
    assert read(tiktok, order_id).packages == []
    body = {"ship_type": "1", "order_id": order_id}
    fulfillment = client_of(tiktok).fulfillment
    made = fulfillment.create_packages(body=models.CreatePackagesRequest.from_dict(body))
    assert unknown_fields(made) == []
    assert read(tiktok, order_id).status == "AWAITING_COLLECTION"
    document = fulfillment.get_package_shipping_document(made.data.package_id, document_type="SHIPPING_LABEL")
    pdf = requests.get(document.data.doc_url, timeout=5)
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert document.data.tracking_number.encode() in pdf.content


def test_tiktoks_own_shipping_is_handed_over_in_a_pickup_slot_elsewhere(tiktok: Server) -> None:
    order_id = place(tiktok, shipping_type="TIKTOK", region="ID")
    package_id = read(tiktok, order_id).packages[0].id
    fulfillment = client_of(tiktok).fulfillment
    slots = fulfillment.get_package_handover_time_slots(package_id)
    assert unknown_fields(slots) == []
    slot = slots.data.pickup_slots[1]
    wrong = {"handover_method": "PICKUP", "pickup_slot": {"start_time": 1, "end_time": 2}}
    with pytest.raises(TikTokShopError):
        fulfillment.ship_package(package_id, body=models.ShipPackageRequest.from_dict(wrong))
    chosen = {"start_time": slot.start_time, "end_time": slot.end_time}
    right = models.ShipPackageRequest.from_dict({"handover_method": "PICKUP", "pickup_slot": chosen})
    fulfillment.ship_package(package_id, body=right)
    detail = fulfillment.get_package_detail(package_id)
    assert unknown_fields(detail) == []
    assert detail.data.package_status == "PROCESSING"
    assert detail.data.pickup_slot.start_time == slot.start_time
    assert "*" in detail.data.recipient_address.name
    found = fulfillment.search_package(page_size=10)
    assert unknown_fields(found) == []
    assert [(p.id, p.orders[0].id) for p in found.data.packages] == [(package_id, order_id)]


# Cancellations and returns


def reasons(server: Server, order_id: str) -> list[str]:
    answer = client_of(server).return_and_refund.get_aftersale_eligibility(
        order_id,
        initiate_aftersale_user=models.GetAftersaleEligibilityInitiateAftersaleUser.SELLER,
        request_types=[models.GetAftersaleEligibilityRequestTypesItem.CANCEL],
    )
    assert unknown_fields(answer) == []
    entries = answer.data.sku_eligibility[0].line_item_eligibility
    return [name for entry in entries if entry.eligible for name in entry.available_reason_names]


def cancel(server: Server, order_id: str, reason: str, **more: Any) -> Any:
    body = models.CancelOrderRequest.from_dict({"order_id": order_id, "cancel_reason": reason, **more})
    return client_of(server).return_and_refund.cancel_order(body=body).data


def search(server: Server, **body: Any) -> list[Any]:
    request = models.SearchCancellationsRequest.from_dict(body)
    answer = client_of(server).return_and_refund.search_cancellations(body=request)
    assert unknown_fields(answer) == []
    return list(answer.data.cancellations)


def test_the_seller_cancels_an_order_for_a_reason_that_was_offered(tiktok: Server) -> None:
    order_id = place(tiktok)
    with pytest.raises(TikTokShopError):
        cancel(tiktok, order_id, "because")
    offered = reasons(tiktok, order_id)
    done = cancel(tiktok, order_id, offered[0])
    order = read(tiktok, order_id)
    assert (order.status, order.cancel_reason, order.cancellation_initiator) == ("CANCELLED", offered[0], "SELLER")
    assert "*" in order.recipient_address.name
    found = search(tiktok, order_ids=[order_id])
    assert [(c.cancel_id, c.cancel_type, c.role) for c in found] == [(done.cancel_id, "CANCEL", "SELLER")]
    assert found[0].refund_amount.refund_total == order.payment.total_amount
    assert reasons(tiktok, order_id) == []
    with pytest.raises(TikTokShopError) as again:
        cancel(tiktok, order_id, offered[0])
    assert code_of(again) == 21001002


def test_single_lines_are_cancelled_in_the_us_only(tiktok: Server) -> None:
    line = {"seller_sku": "MUG-01", "quantity": 3}
    order_id, german = place(tiktok, lines=[line]), place(tiktok, lines=[line], region="DE")
    first = read(tiktok, order_id).line_items[0]
    reason = reasons(tiktok, order_id)[0]
    cancel(tiktok, order_id, reason, skus=[{"sku_id": first.sku_id, "quantity": 1}])
    order = read(tiktok, order_id)
    assert order.status == "AWAITING_SHIPMENT"
    assert [item.display_status for item in order.line_items] == ["CANCELLED", "AWAITING_SHIPMENT", "AWAITING_SHIPMENT"]
    other = read(tiktok, german).line_items[0].id
    with pytest.raises(TikTokShopError):
        cancel(tiktok, german, reason, order_line_list=[{"order_line_item_id": other}])


def test_a_buyers_request_is_found_and_approved_once(tiktok: Server, shop: Shop) -> None:
    order_id = place(tiktok)
    with tiktok.state.lock:
        shop.request_cancellation(order_id)
    assert read(tiktok, order_id).is_buyer_request_cancel is True
    pending = search(tiktok, cancel_types=["BUYER_CANCEL"], cancel_status=["CANCELLATION_REQUEST_PENDING"])[0]
    assert pending.seller_next_action_response[0].action == "SELLER_RESPOND_BUYER_CANCEL"
    api = client_of(tiktok).return_and_refund
    for _ in range(2):
        api.approve_cancellation(pending.cancel_id, idempotency_key="key-1")
    with pytest.raises(TikTokShopError):
        api.approve_cancellation(pending.cancel_id, idempotency_key="key-2")
    assert read(tiktok, order_id).status == "CANCELLED"
    assert search(tiktok, cancel_ids=[pending.cancel_id])[0].cancel_status == "CANCELLATION_REQUEST_COMPLETE"


def test_a_buyers_request_is_rejected_with_an_offered_key(tiktok: Server, shop: Shop) -> None:
    order_id = place(tiktok)
    with tiktok.state.lock:
        cancel_id = shop.request_cancellation(order_id).id
    api = client_of(tiktok).return_and_refund
    offered = api.get_reject_reasons(return_or_cancel_id=cancel_id).data.reasons
    with pytest.raises(TikTokShopError):
        api.reject_cancellation(cancel_id, body=models.RejectCancellationRequest(reject_reason="no"))
    api.reject_cancellation(cancel_id, body=models.RejectCancellationRequest(reject_reason=offered[0].name))
    order = read(tiktok, order_id)
    assert (order.status, order.is_buyer_request_cancel) == ("AWAITING_SHIPMENT", False)
    assert search(tiktok, cancel_ids=[cancel_id])[0].cancel_status == "CANCELLATION_REQUEST_CANCEL"


def test_a_return_of_a_part_of_a_bundle_names_it(tiktok: Server, shop: Shop) -> None:
    order_id = place(tiktok, status="DELIVERED", lines=[{"seller_sku": "SET-TEE-MUG"}])
    [line] = read(tiktok, order_id).line_items
    part = line.sub_item_info[1]
    with tiktok.state.lock:
        shop.request_return(order_id, part_ids=[part.id])
    body = models.SearchReturnsRequest.from_dict({"order_ids": [order_id]})
    found = client_of(tiktok).return_and_refund.search_returns(body=body)
    assert unknown_fields(found) == []
    [back] = found.data.return_orders[0].return_line_items
    assert back.order_line_item_id == line.id
    assert [one.sub_order_line_item_id for one in back.return_sub_line_items] == [part.id]


def test_a_return_is_found_with_its_records_and_its_refund(tiktok: Server, shop: Shop) -> None:
    order_id = place(tiktok, status="DELIVERED", lines=[{"seller_sku": "MUG-01", "quantity": 2}])
    first = read(tiktok, order_id).line_items[0]
    api = client_of(tiktok).return_and_refund
    assert api.search_returns().data.total_count == 0
    with tiktok.state.lock:
        back = shop.request_return(order_id, "REFUND", [first.id])
        shop.approve_return(back.id)
    found = api.search_returns(body=models.SearchReturnsRequest.from_dict({"order_ids": [order_id]}))
    assert unknown_fields(found) == []
    document = found.data.return_orders[0]
    assert document.return_status == "RETURN_OR_REFUND_REQUEST_COMPLETE"
    assert document.return_line_items[0].order_line_item_id == first.id
    # one of two mugs at 12.50 with 8.25 % sales tax, without shipping
    assert document.refund_amount.refund_total == "13.53"
    records = api.get_return_records(back.id)
    assert unknown_fields(records) == []
    assert records.data.records[0].event == "RETURN_OR_REFUND_REQUEST_PENDING"
    assert records.data.records[-1].event == "RETURN_OR_REFUND_REQUEST_COMPLETE"
