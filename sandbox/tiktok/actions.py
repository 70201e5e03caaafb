"""What can be done to an order by hand: the control API and the buttons of the page share this table."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.tiktok.documents import order_document
from sandbox.tiktok.errors import ApiError, bad_request
from sandbox.tiktok.model import Cancellation, Order, Return, payment_of, total
from sandbox.tiktok.regions import money
from sandbox.tiktok.shop import Shop

# name: (method of Shop, its keyword arguments that may be given)
ACTIONS: dict[str, tuple[Callable[..., Any], frozenset[str]]] = {
    "pay": (Shop.pay, frozenset()),
    "hold": (Shop.hold, frozenset({"seconds"})),
    "release_hold": (Shop.release_hold, frozenset()),
    "ship": (Shop.ship, frozenset({"tracking_number", "provider_id"})),
    "split": (Shop.split, frozenset({"parts"})),
    "mark_shipped": (Shop.mark_shipped, frozenset({"tracking_number", "provider_id", "unit_ids"})),
    "collect": (Shop.collect, frozenset()),
    "deliver": (Shop.deliver, frozenset()),
    "fail_delivery": (Shop.fail_delivery, frozenset()),
    "complete": (Shop.complete, frozenset()),
    "cancel": (Shop.cancel, frozenset({"by", "reason", "unit_ids", "shipping"})),
    "request_cancellation": (Shop.request_cancellation, frozenset({"reason"})),
    "withdraw_cancellation": (Shop.withdraw_cancellation, frozenset()),
    "update_address": (Shop.update_address, frozenset({"recipient"})),
    "unmask": (Shop.unmask, frozenset()),
    "settle": (Shop.settle, frozenset({"stated"})),
    "adjust": (Shop.adjust, frozenset({"amount", "kind"})),
    "pay_out": (Shop.pay_out, frozenset()),
    "buyer_ships": (Shop.buyer_ships, frozenset()),
    "accept_offer": (Shop.accept_offer, frozenset()),
    "decline_offer": (Shop.decline_offer, frozenset()),
    "request_return": (Shop.request_return, frozenset({"return_type", "unit_ids", "reason", "amount", "part_ids"})),
}
# These take the order's open request or return.
SETTLING: dict[str, Callable[[Shop, str, dict[str, Any]], Any]] = {
    "approve_cancellation": lambda shop, order_id, _: shop.approve_cancellation(shop.pending_cancellation(order_id).id),
    "reject_cancellation": lambda shop, order_id, options: shop.reject_cancellation(
        shop.pending_cancellation(order_id).id, **options
    ),
    "approve_return": lambda shop, order_id, _: shop.approve_return(shop.open_return(order_id).id),
    "reject_return": lambda shop, order_id, _: shop.reject_return(shop.open_return(order_id).id),
}

# What the page offers for an order, by its status.
BUTTONS: dict[str, tuple[str, ...]] = {
    "UNPAID": ("pay", "hold", "cancel"),
    "ON_HOLD": ("release_hold", "update_address", "cancel"),
    "AWAITING_SHIPMENT": ("ship", "update_address", "request_cancellation", "cancel"),
    "PARTIALLY_SHIPPING": ("ship", "collect"),
    "AWAITING_COLLECTION": ("collect",),
    "IN_TRANSIT": ("deliver", "fail_delivery", "request_return"),
    "DELIVERED": ("complete", "request_return"),
    "COMPLETED": ("settle",),
    "CANCELLED": (),
}


def act(shop: Shop, order_id: str, action: str, options: dict[str, Any]) -> Any:
    """Do it. Raises ApiError when it is unknown, has unknown options, or the shop refuses."""
    if action in SETTLING:
        allowed = frozenset({"reason"}) if action == "reject_cancellation" else frozenset()
    elif action in ACTIONS:
        allowed = ACTIONS[action][1]
    else:
        raise bad_request(f"no such action: {action}; there are {', '.join([*ACTIONS, *SETTLING])}")
    unknown = set(options) - allowed
    if unknown:
        raise bad_request(f"{action} does not take {', '.join(sorted(unknown))}")
    if action in SETTLING:
        return SETTLING[action](shop, order_id, options)
    if options.get("by") not in (None, "SELLER", "BUYER", "SYSTEM"):
        raise bad_request("by is SELLER, BUYER or SYSTEM")
    if action == "split" and not isinstance(options.get("parts"), list):
        raise bad_request("split needs parts: a list of lists of line item ids")
    if action == "mark_shipped" and not {"tracking_number", "provider_id"} <= set(options):
        raise bad_request("mark_shipped needs tracking_number and provider_id")
    return ACTIONS[action][0](shop, order_id, **options)


def buttons_of(shop: Shop, order: Order) -> tuple[str, ...]:
    """The actions that make sense for an order now."""
    if order.request_cancel_time:
        return ("approve_cancellation", "reject_cancellation", "withdraw_cancellation")
    try:
        back = shop.open_return(order.id)
    except ApiError:
        return BUTTONS[order.status]
    if back.status == "AWAITING_BUYER_RESPONSE":
        return ("accept_offer", "decline_offer")
    return ("approve_return", "reject_return")


def summary(order: Order) -> dict[str, Any]:
    """An order in a few words, as the control API answers."""
    return {
        "id": order.id,
        "shop_id": order.shop_id,
        "status": order.status,
        "region": order.region,
        "currency": order.currency,
        "total_amount": money(payment_of(order)["total_amount"], order.currency),
        "create_time": order.create_time,
        "update_time": order.update_time,
        "line_items": [
            {
                "id": unit.id,
                "seller_sku": unit.sku.seller_sku,
                "sale_price": money(unit.sale_price, order.currency),
                "status": unit.status,
                "package_id": unit.package_id,
                "parts": [{"id": part.id, "seller_sku": part.sku.seller_sku} for part in unit.parts],
            }
            for unit in order.units
        ],
        "packages": [
            {
                "id": package.id,
                "status": package.status,
                "tracking_number": package.tracking_number,
                "provider_id": package.provider_id,
                "unit_ids": list(package.unit_ids),
                "corrections": package.corrections,
            }
            for package in order.packages
        ],
        "external_orders": [
            {"id": r.id, "platform": r.platform, "line_items": [{"id": a, "origin_id": b} for a, b in r.lines]}
            for r in order.external.values()
        ],
    }


def books_of(shop: Shop) -> list[dict[str, Any]]:
    """Everything a checker needs to know of each order of a shop."""
    return [
        {
            **(known := summary(order)),
            "line_items": [line | _amounts(order, line["id"]) for line in known["line_items"]],
            "is_cod": bool(order.options.get("is_cod")),
            "payment": order_document(order)["payment"],
            "cancellations": [
                {"id": c.id, "status": c.status, "role": c.role, "reason": c.reason, "unit_ids": c.unit_ids}
                for c in shop.cancellations.values()
                if c.order_id == order.id
            ],
            "returns": [
                {
                    "id": r.id,
                    "status": r.status,
                    "type": r.return_type,
                    "unit_ids": r.unit_ids,
                    "refunded": money(r.refunded, order.currency),
                }
                for r in shop.returns.values()
                if r.order_id == order.id
            ],
        }
        for order in shop.orders.values()
    ]


def _amounts(order: Order, unit_id: str) -> dict[str, str]:
    """What a line costs, in its parts; `fees` are its share of the order's."""
    unit = order.unit(unit_id)
    parts = {name: getattr(unit, name) for name in ("original_price", "seller_discount", "platform_discount", "tax")}
    parts["fees"] = total(unit.fees.values())
    return {name: money(amount, order.currency) for name, amount in parts.items()}


def outcome(done: Any) -> dict[str, Any]:
    """What an action gave, for the control API: the id and status of a cancellation or a return."""
    if isinstance(done, Cancellation):
        return {"cancel_id": done.id, "cancel_status": f"CANCELLATION_REQUEST_{done.status}"}
    if isinstance(done, Return):
        return {"return_id": done.id, "return_status": done.status}
    return {}


def parse_options(raw: bytes) -> dict[str, Any]:
    """The JSON object of a control request; nothing is an empty one. Raises ApiError."""
    try:
        options = json.loads(raw or b"{}")
    except ValueError as error:
        raise bad_request(f"not JSON: {error}") from error
    if not isinstance(options, dict):
        raise bad_request("a JSON object is wanted")
    return options
