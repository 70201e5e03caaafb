"""Warehouses, delivery options, shipping providers (operations of the group Logistics)."""

from typing import Any

from sandbox.tiktok import logistics
from sandbox.tiktok.errors import NOT_FOUND, REFUSED, ApiError
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.regions import REGIONS
from sandbox.tiktok.schema import text


def warehouses(call: Call) -> dict[str, Any]:
    return {"warehouses": logistics.warehouses_of(call.shop.id, call.shop.region)}


def delivery_options(call: Call) -> dict[str, Any]:
    """Get Warehouse Delivery Options."""
    known = (logistics.warehouse_id(call.shop.id), logistics.return_warehouse_id(call.shop.id))
    if call.path["warehouse_id"] not in known:
        raise ApiError(NOT_FOUND, f"warehouse {call.path['warehouse_id']} not found")
    return {"delivery_options": logistics.delivery_options_of(call.shop.id)}


def shipping_providers(call: Call) -> dict[str, Any]:
    """Get Shipping Providers; an error for a delivery option that TikTok fulfills, as the documentation says."""
    option = call.path["delivery_option_id"]
    if option == logistics.delivery_option_id(call.shop.id, "TIKTOK"):
        raise ApiError(REFUSED, "this delivery option is fulfilled by TikTok: it has no shipping providers")
    if option != logistics.delivery_option_id(call.shop.id, "SELLER"):
        raise ApiError(NOT_FOUND, f"delivery option {option} not found")
    region = call.query.get("buyer_region") or call.shop.region
    return {"shipping_providers": logistics.providers_of(region if region in REGIONS else call.shop.region)}


OPERATIONS = [
    Operation("GET", "/logistics/202309/warehouses", warehouses),
    Operation(
        "GET",
        "/logistics/202309/warehouses/{warehouse_id}/delivery_options",
        delivery_options,
        query={"scope": text()},
    ),
    Operation(
        "GET",
        "/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers",
        shipping_providers,
        query={"warehouse_region": text(), "buyer_region": text()},
    ),
]
