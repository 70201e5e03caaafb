"""Orders: search, detail, price detail, external order references (operations of the group Orders)."""

from typing import Any

from sandbox.tiktok.api.paging import page
from sandbox.tiktok.documents import order_document
from sandbox.tiktok.errors import ApiError
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.logistics import warehouse_id
from sandbox.tiktok.model import STATUSES, ExternalReference, Order
from sandbox.tiktok.price_detail import price_detail_document
from sandbox.tiktok.schema import fields, flag, many, number, text

PLATFORMS = (
    "SHOPIFY",
    "WOOCOMMERCE",
    "BIGCOMMERCE",
    "MAGENTO",
    "SALESFORCE_COMMERCE_CLOUD",
    "CHANNEL_ADVISOR",
    "AMAZON",
    "ORDER_MANAGEMENT_SYSTEM",
    "WAREHOUSE_MANAGEMENT_SYSTEM",
    "ERP_SYSTEM",
)

SEARCH_BODY = fields(
    order_status=text(*STATUSES),
    create_time_ge=number(0),
    create_time_lt=number(0),
    update_time_ge=number(0),
    update_time_lt=number(0),
    shipping_type=text("TIKTOK", "SELLER", "TIKTOK_DIGITAL", "IN-STORE PICKUP"),
    buyer_user_id=text(),
    is_buyer_request_cancel=flag(),
    warehouse_ids=many(text(), maximum=100),
)


def _wanted(order: Order, body: dict[str, Any]) -> bool:
    facts = {
        "order_status": order.status,
        "shipping_type": order.shipping_type,
        "buyer_user_id": order.buyer_id,
        "is_buyer_request_cancel": bool(order.request_cancel_time),
    }
    if any(name in body and body[name] != value for name, value in facts.items()):
        return False
    if "warehouse_ids" in body and warehouse_id(order.shop_id) not in body["warehouse_ids"]:
        return False
    return in_times(order.create_time, order.update_time, body)


def in_times(created: int, updated: int, body: dict[str, Any]) -> bool:
    """Whether the moments lie in the body's `…_time_ge` (inclusive) and `…_time_lt` (exclusive)."""
    created_from, created_to = int(body.get("create_time_ge", 0)), int(body.get("create_time_lt", 2**62))
    updated_from, updated_to = int(body.get("update_time_ge", 0)), int(body.get("update_time_lt", 2**62))
    return created_from <= created < created_to and updated_from <= updated < updated_to


def search(call: Call) -> dict[str, Any]:
    """Get Order List. Sorted by create_time, newest first, unless the query says otherwise."""
    found = [order for order in call.shop.orders.values() if _wanted(order, call.body)]
    key = call.query.get("sort_field", "create_time")
    descending = call.query.get("sort_order", "DESC") == "DESC"
    found.sort(key=lambda order: (getattr(order, key), order.id), reverse=descending)
    shown, paging = page(found, call.query)
    return {"orders": [order_document(order, detail=False) for order in shown], **paging}


def detail(call: Call) -> dict[str, Any]:
    """Get Order Detail. Ids that this shop does not have are left out."""
    ids = dict.fromkeys(call.query["ids"])
    return {"orders": [order_document(call.shop.orders[i]) for i in ids if i in call.shop.orders]}


def price_detail(call: Call) -> dict[str, Any]:
    return price_detail_document(call.shop.order(call.path["order_id"]))


def add_external(call: Call) -> dict[str, Any]:
    """Add External Order References. Each order by itself; what could not be stored is listed in `errors`."""
    errors = []
    for entry in call.body["orders"]:
        given = entry["external_order"]
        lines = [(line["id"], line["origin_id"]) for line in given["line_items"]]
        try:
            call.shop.add_external(entry["id"], ExternalReference(given["id"], given["platform"], lines))
        except ApiError as error:
            about = {"order_id": entry["id"], "external_order": {"id": given["id"], "platform": given["platform"]}}
            errors.append({"code": str(error.code), "message": error.message, "detail": about})
    return {"errors": errors}


def _reference_document(reference: ExternalReference) -> dict[str, Any]:
    lines = [{"id": line_id, "origin_id": origin} for line_id, origin in reference.lines]
    return {"id": reference.id, "platform": reference.platform, "line_items": lines}


def get_external(call: Call) -> dict[str, Any]:
    references = call.shop.order(call.path["order_id"]).external.values()
    wanted = [r for r in references if r.platform == call.query["platform"]]
    return {"external_orders": [_reference_document(reference) for reference in wanted]}


def search_external(call: Call) -> dict[str, Any]:
    platform, number_ = call.query["platform"], call.query["external_order_id"]
    return {
        "orders": [
            {"id": order.id, "external_order": _reference_document(order.external[platform])}
            for order in call.shop.orders.values()
            if platform in order.external and order.external[platform].id == number_
        ]
    }


_EXTERNAL = fields(
    required=True,
    id=text(required=True),
    platform=text(*PLATFORMS, required=True),
    line_items=many(fields(id=text(required=True), origin_id=text(required=True)), required=True, maximum=100),
)
_SORTED = {
    "page_size": number(1, 100, required=True),
    "page_token": text(),
    "sort_field": text("create_time", "update_time"),
    "sort_order": text("ASC", "DESC"),
}
_IDS = {"ids": many(text(), required=True, minimum=1, maximum=50)}

OPERATIONS = [
    Operation("POST", "/order/202309/orders/search", search, query=_SORTED, body=SEARCH_BODY),
    Operation("GET", "/order/202507/orders", detail, query=_IDS),
    Operation("GET", "/order/202309/orders", detail, query=_IDS),
    Operation("GET", "/order/202407/orders/{order_id}/price_detail", price_detail),
    Operation(
        "POST",
        "/order/202406/orders/external_orders",
        add_external,
        body=fields(
            orders=many(fields(id=text(required=True), external_order=_EXTERNAL), required=True, minimum=1, maximum=100)
        ),
    ),
    Operation(
        "GET",
        "/order/202406/orders/{order_id}/external_orders",
        get_external,
        query={"platform": text(*PLATFORMS, required=True)},
    ),
    Operation(
        "POST",
        "/order/202406/orders/external_order_search",
        search_external,
        query={"platform": text(*PLATFORMS, required=True), "external_order_id": text(required=True)},
        body=fields(),
    ),
]
