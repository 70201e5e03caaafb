"""Authorized shops and webhook subscriptions (operations of the groups Authorization and Event)."""

import time
from typing import Any

from sandbox.tiktok.errors import bad_request
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.schema import fields, text

# What can be subscribed to (UpdateShopWebhookRequest); other types go to the app's own address only.
EVENT_TYPES = (
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "PRODUCT_STATUS_CHANGE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
    "NEW_CONVERSATION",
    "NEW_MESSAGE",
    "PRODUCT_INFORMATION_CHANGE",
    "PRODUCT_CREATION",
    "PRODUCT_CATEGORY_CHANGE",
    "NEW_MESSAGE_LISTENER",
    "INVOICE_STATUS_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
    "REVERSE_STATUS_UPDATE",
)


def shops(call: Call) -> dict[str, Any]:
    """Get Authorized Shops."""
    shop = call.shop
    identity = {"id": shop.id, "name": shop.name, "region": shop.region, "cipher": shop.cipher, "code": shop.code}
    return {"shops": [{**identity, "seller_type": "LOCAL"}]}


def shop_groups(call: Call) -> dict[str, Any]:
    """Get Shop Group and Related Shops: this one is in no group, so the seller's shops are listed."""
    shop = call.shop
    identity = {"shop_id": shop.id, "shop_name": shop.name, "shop_region": shop.region, "seller_id": shop.seller_id}
    return {"shop_group_data": {"shops": [identity]}}


def subscribe(call: Call) -> None:
    """Update Shop Webhook: one address per event."""
    address, event = call.body["address"], call.body["event_type"]
    if not address.startswith(("http://", "https://")):
        raise bad_request("'address' must be an HTTP or HTTPS URL")
    now = time.time_ns() // 1_000_000
    before = call.shop.subscriptions.get(event, {"create_time": now})
    call.shop.subscriptions[event] = {**before, "address": address, "event_type": event, "update_time": now}


def subscriptions(call: Call) -> dict[str, Any]:
    """Get Shop Webhooks; its times are milliseconds."""
    return {"webhooks": list(call.shop.subscriptions.values()), "total_count": len(call.shop.subscriptions)}


def unsubscribe(call: Call) -> None:
    """Delete Webhook for an Event: fine as well when there is none."""
    call.shop.subscriptions.pop(call.body["event_type"], None)


_EVENT = text(*EVENT_TYPES, required=True)

OPERATIONS = [
    Operation("GET", "/authorization/202309/shops", shops, cipher=False),
    Operation("GET", "/seller/202601/shop_groups", shop_groups, cipher=False),
    Operation(
        "PUT",
        "/event/202309/webhooks",
        subscribe,
        body=fields(address=text(required=True, maximum=255), event_type=_EVENT),
    ),
    Operation("GET", "/event/202309/webhooks", subscriptions),
    Operation("DELETE", "/event/202309/webhooks", unsubscribe, body=fields(event_type=_EVENT)),
]
