"""Parcels as they are: detail, search, labels, pickup slots, tracking (operations of the group Fulfillment)."""

from typing import Any

from sandbox.tiktok import logistics
from sandbox.tiktok.api.orders import in_times
from sandbox.tiktok.api.paging import page
from sandbox.tiktok.documents import recipient_of
from sandbox.tiktok.errors import REFUSED, WRONG_STATUS, ApiError
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.model import Order, Package
from sandbox.tiktok.pickup import DIMENSION, WEIGHT, slots_from
from sandbox.tiktok.schema import fields, number, text

PACKAGE_STATUSES = ("TO_FULFILL", "PROCESSING", "FULFILLING", "COMPLETED", "CANCELLED")
SUB_STATUS = {
    "TO_FULFILL": "STOCKING",
    "PROCESSING": "RTS",
    "FULFILLING": "TTS",
    "COMPLETED": "DELIVERED",
    "CANCELLED": "CANCELLED",
}
DOCUMENT_TYPES = ("SHIPPING_LABEL", "PACKING_SLIP", "SHIPPING_LABEL_AND_PACKING_SLIP", "SHIPPING_LABEL_PICTURE")


def _order_skus(order: Order, package: Package) -> dict[str, Any]:
    counts: dict[str, dict[str, Any]] = {}
    for unit_id in package.unit_ids:
        sku = order.unit(unit_id).sku
        entry = counts.setdefault(
            sku.sku_id, {"id": sku.sku_id, "name": sku.sku_name, "image_url": sku.image, "quantity": 0}
        )
        entry["quantity"] += 1
    return {"id": order.id, "skus": list(counts.values())}


def package_detail(call: Call) -> dict[str, Any]:
    """Get Package Detail."""
    package = call.shop.package(call.path["package_id"])
    order = call.shop.order(package.order_id)
    recipient = recipient_of(order)
    names = ("full_address", "phone_number", "name", "postal_code", "address_detail", "region_code")
    lines = ("address_line1", "address_line2", "address_line3", "address_line4")
    sender = logistics.warehouses_of(call.shop.id, call.shop.region)[0]["address"]
    document: dict[str, Any] = {
        "package_id": package.id,
        "orders": [_order_skus(order, package)],
        "order_line_item_ids": package.unit_ids,
        "package_status": package.status,
        "package_sub_status": SUB_STATUS[package.status],
        "split_and_combine_tag": "SPLIT" if order.split else "DEFAULT",
        "has_multi_skus": len({order.unit(unit_id).sku.sku_id for unit_id in package.unit_ids}) > 1,
        "note_tag": "BUYER_NOTED" if order.options.get("buyer_message") else "BUYER_UNNOTED",
        "shipping_provider_name": logistics.provider_name(package.provider_id),
        "shipping_provider_id": package.provider_id,
        "shipping_type": order.shipping_type,
        "delivery_option_id": logistics.delivery_option_id(order.shop_id, order.shipping_type),
        "delivery_option_name": "Standard shipping" if order.shipping_type == "TIKTOK" else "Shipped by seller",
        "tracking_number": package.tracking_number,
        "create_time": package.create_time,
        "update_time": package.update_time,
        "recipient_address": {name: recipient[name] for name in (*names, *lines)},
        "sender_address": {
            "name": sender["contact_person"],
            "address_detail": sender["address_line1"],
            **{name: sender[name] for name in ("full_address", "phone_number", "postal_code", "region_code")},
            **{name: sender.get(name, "") for name in lines},
        },
        "weight": WEIGHT,
        "dimension": DIMENSION,
        "warehouse_id": logistics.warehouse_id(order.shop_id),
    }
    if package.handover_method:
        document["handover_method"] = package.handover_method
    if package.pickup_slot:
        document["pickup_slot"] = dict(zip(("start_time", "end_time"), package.pickup_slot, strict=True))
    return document


def search_packages(call: Call) -> dict[str, Any]:
    """Search Package; newest first, unless the query says otherwise."""
    found = [
        package
        for package in call.shop.packages.values()
        if call.body.get("package_status", package.status) == package.status
        and in_times(package.create_time, package.update_time, call.body)
    ]
    key = call.query.get("sort_field", "create_time")

    def moment(package: Package) -> tuple[int, str]:
        paid = call.shop.order(package.order_id).paid_time
        return (paid if key == "order_pay_time" else int(getattr(package, key))), package.id

    found.sort(key=moment, reverse=call.query.get("sort_order", "DESC") == "DESC")
    shown, paging = page(found, call.query)
    packages = [
        {
            "id": package.id,
            "orders": [_order_skus(call.shop.order(package.order_id), package)],
            "create_time": package.create_time,
            "update_time": package.update_time,
            "status": package.status,
            "tracking_number": package.tracking_number,
            "shipping_provider_name": logistics.provider_name(package.provider_id),
            "shipping_provider_id": package.provider_id,
            "order_line_item_ids": package.unit_ids,
        }
        for package in shown
    ]
    return {"packages": packages, **paging}


def _platform_package(call: Call) -> Package:
    package = call.shop.package(call.path["package_id"])
    if call.shop.order(package.order_id).shipping_type != "TIKTOK":
        raise ApiError(REFUSED, "the seller ships this package: TikTok has no label or pickup for it")
    return package


def handover_slots(call: Call) -> dict[str, Any]:
    """Get Package Handover Time Slots (`avaliable` is TikTok's own spelling)."""
    _platform_package(call)
    slots = slots_from(call.shop.now())
    return {
        "can_pickup": True,
        "can_drop_off": True,
        "can_van_collection": False,
        "drop_off_point_url": "https://www.tiktok.com/sandbox/drop-off-points",
        "pickup_slots": [{"start_time": start, "end_time": end, "avaliable": True} for start, end in slots],
    }


def shipping_document(call: Call) -> dict[str, Any]:
    """Get Package Shipping Document: where the PDF is, once the package is shipped."""
    package = _platform_package(call)
    if not package.tracking_number:
        raise ApiError(WRONG_STATUS, f"package {package.id} is not shipped yet")
    url = f"{call.base_url}/documents/{package.id}.pdf"
    return {"doc_url": url, "tracking_number": package.tracking_number}


def tracking(call: Call) -> dict[str, Any]:
    """Get Order Tracking: the carrier's events, newest first; refused while the order is on hold."""
    order = call.shop.order(call.path["order_id"])
    if order.status in ("UNPAID", "ON_HOLD"):
        raise ApiError(WRONG_STATUS, f"order {order.id} is {order.status}: there is no tracking yet")
    events = sorted((event for package in order.packages for event in package.events), reverse=True)
    return {
        "tracking": [
            {"description": told, "update_time_millis": millis, "action_code": code} for millis, code, told in events
        ]
    }


OPERATIONS = [
    Operation("GET", "/fulfillment/202309/packages/{package_id}", package_detail),
    Operation(
        "POST",
        "/fulfillment/202309/packages/search",
        search_packages,
        query={
            "page_size": number(1, 50, required=True),
            "page_token": text(),
            "sort_field": text("create_time", "update_time", "order_pay_time"),
            "sort_order": text("ASC", "DESC"),
        },
        body=fields(
            create_time_ge=number(0),
            create_time_lt=number(0),
            update_time_ge=number(0),
            update_time_lt=number(0),
            package_status=text(*PACKAGE_STATUSES),
        ),
    ),
    Operation("GET", "/fulfillment/202309/packages/{package_id}/handover_time_slots", handover_slots),
    Operation(
        "GET",
        "/fulfillment/202309/packages/{package_id}/shipping_documents",
        shipping_document,
        query={
            "document_type": text(*DOCUMENT_TYPES, required=True),
            "document_size": text("A6", "A5"),
            "document_format": text("PDF", "ZPL"),
            "shipping_period": text(),
        },
    ),
    Operation("GET", "/fulfillment/202309/orders/{order_id}/tracking", tracking),
]
