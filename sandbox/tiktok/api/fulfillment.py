"""Shipping: what the seller does to parcels (operations of the group Fulfillment)."""

from typing import Any

from sandbox.tiktok import logistics
from sandbox.tiktok.errors import REFUSED, WRONG_STATUS, ApiError, bad_request
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.model import Order
from sandbox.tiktok.pickup import DIMENSION, WEIGHT, slots_from
from sandbox.tiktok.schema import fields, many, number, text


def _one_shipment(body: dict[str, Any]) -> tuple[str, str]:
    shipments = body.get("shipping_info_list") or []
    if len(shipments) != 1:
        raise bad_request("'shipping_info_list' must have one entry")
    for name in ("tracking_number", "shipping_provider_id"):
        if not shipments[0].get(name):
            raise bad_request(f"missing field 'shipping_info_list[0].{name}'")
    return shipments[0]["tracking_number"], shipments[0]["shipping_provider_id"]


def _chosen_units(order: Order, lines: list[dict[str, str]]) -> list[str]:
    """The line item ids of an `order_line_list`; of a bundle every part must be named (the sandbox splits no bundle)."""
    for line in lines:
        if not line.get("order_line_id"):
            raise bad_request("missing field 'order_line_list[].order_line_id'")
    chosen = list(dict.fromkeys(line["order_line_id"] for line in lines))
    for unit in order.units:
        named = {line.get("sub_item_id", "") for line in lines if line["order_line_id"] == unit.id}
        if named and named != ({part.id for part in unit.parts} or {""}):
            raise ApiError(REFUSED, f"line item {unit.id}: every sub_item_id of a bundle must be given, and no other")
    return chosen


def mark_as_shipped(call: Call) -> dict[str, Any]:
    """Mark Package As Shipped; without `order_line_list` all that is not shipped yet."""
    order = call.shop.order(call.path["order_id"])
    tracking_number, provider_id = _one_shipment(call.body)
    lines = call.body.get("order_line_list")
    chosen = _chosen_units(order, lines) if lines else None
    package = call.shop.mark_shipped(order.id, tracking_number, provider_id, chosen)
    return {"order_id": order.id, "order_line_item_ids": package.unit_ids, "package_id": package.id}


def create_package(call: Call) -> dict[str, Any]:
    """Create Packages: TikTok's label for an order (`ship_type` 1) or for some of its lines (2)."""
    if call.body["ship_type"] == "3":
        raise ApiError(REFUSED, "the sandbox combines no orders into one package")
    if not call.body.get("order_id"):
        raise bad_request("missing field 'order_id'")
    order = call.shop.order(call.body["order_id"])
    lines = call.body.get("order_line_item")
    if call.body["ship_type"] == "2" and not lines:
        raise bad_request("missing field 'order_line_item'")
    chosen = _chosen_units(order, lines or []) if call.body["ship_type"] == "2" else None
    package = call.shop.create_package(order.id, chosen)
    return {
        "package_id": package.id,
        "create_time": package.create_time,
        "dimension": call.body.get("dimension", DIMENSION),
        "weight": call.body.get("weight", WEIGHT),
        "shipping_service_info": {
            "id": call.body.get("shipping_service_id", "7208502187360519982"),
            "name": "Standard",
            "price": "4.20",
            "currency": order.currency,
            "earliest_delivery_days": 2,
            "latest_delivery_days": 5,
            "shipping_provider_id": package.provider_id,
            "shipping_provider_name": logistics.provider_name(package.provider_id),
        },
    }


def ship_package(call: Call) -> None:
    """Ship Package: `self_shipment` where the seller ships, `handover_method` where TikTok does."""
    own, slot = call.body.get("self_shipment"), call.body.get("pickup_slot")
    method = call.body.get("handover_method", "")
    if (
        method == "PICKUP"
        and slot is not None
        and (slot["start_time"], slot["end_time"]) not in slots_from(call.shop.now())
    ):
        raise ApiError(REFUSED, "pickup_slot is not available")
    call.shop.ship_package(
        call.path["package_id"],
        (own["tracking_number"], own["shipping_provider_id"]) if own else None,
        method,
        (slot["start_time"], slot["end_time"]) if slot else None,
    )


def update_order_shipping(call: Call) -> None:
    """Update Order Shipping Info: for orders that went in one parcel."""
    order = call.shop.order(call.path["order_id"])
    shipped = [package for package in order.packages if package.tracking_number]
    if len(shipped) != 1:
        raise ApiError(WRONG_STATUS, f"order {order.id} has {len(shipped)} shipped packages, not one")
    call.shop.correct_tracking(shipped[0], call.body["tracking_number"], call.body["shipping_provider_id"])


def update_package_shipping(call: Call) -> None:
    package = call.shop.package(call.path["package_id"])
    call.shop.correct_tracking(package, *_one_shipment(call.body))


_SHIPMENT = fields(tracking_number=text(), shipping_provider_id=text(), note=text())
_SLOT = fields(start_time=number(required=True), end_time=number(required=True))
_OWN = fields(tracking_number=text(required=True), shipping_provider_id=text(required=True))

OPERATIONS = [
    Operation(
        "POST",
        "/fulfillment/202610/orders/{order_id}/packages",
        mark_as_shipped,
        body=fields(
            order_line_list=many(fields(order_line_id=text(), sub_item_id=text())),
            shipping_info_list=many(_SHIPMENT),
        ),
    ),
    Operation(
        "POST",
        "/fulfillment/202309/packages/{package_id}/ship",
        ship_package,
        body=fields(handover_method=text("PICKUP", "DROP_OFF"), pickup_slot=_SLOT, self_shipment=_OWN),
    ),
    Operation("POST", "/fulfillment/202309/orders/{order_id}/shipping_info/update", update_order_shipping, body=_OWN),
    Operation(
        "POST",
        "/fulfillment/202610/packages/{package_id}/shipping_info/update",
        update_package_shipping,
        body=fields(shipping_info_list=many(_SHIPMENT, required=True)),
    ),
    Operation(
        "POST",
        "/fulfillment/202512/packages",
        create_package,
        body=fields(
            ship_type=text("1", "2", "3", required=True),
            order_list_ids=many(text()),
            order_id=text(),
            order_line_item=many(fields(order_line_id=text(), sub_item_id=text())),
            shipping_service_id=text(),
            dimension=fields(
                length=text(required=True),
                width=text(required=True),
                height=text(required=True),
                unit=text("CM", "INCH", required=True),
            ),
            weight=fields(value=text(required=True), unit=text("GRAM", "POUND", required=True)),
        ),
    ),
]
