"""The control API under `/_sandbox/`: place and move orders, steer webhooks and tokens, read the books. JSON, no log-in."""

import random
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.tiktok.actions import act, books_of, outcome, parse_options, summary
from sandbox.tiktok.documents import order_document
from sandbox.tiktok.errors import ApiError, bad_request
from sandbox.tiktok.generator import random_options
from sandbox.tiktok.model import Order
from sandbox.tiktok.state import Sandbox

MOST = 5000


def place(sandbox: Sandbox, options: dict[str, Any]) -> Order:
    """Place one order in the shop that `shop_id` names, or the default one."""
    return sandbox.shop(options.get("shop_id")).place(options)


def place_many(sandbox: Sandbox, options: dict[str, Any]) -> list[Order]:
    """`count` orders: all with the options in `order`, or random ones (`seed`, `region`, `odd`, and `order` on top)."""
    unknown = set(options) - {"count", "seed", "region", "odd", "order", "random"}
    count = options.get("count", 10)
    if unknown or not isinstance(count, int) or not 1 <= count <= MOST:
        raise bad_request(f"bulk takes count (1-{MOST}), seed, region, odd, random and order")
    rng = random.Random(options.get("seed"))
    fixed = options.get("order") or {}
    orders = []
    for _ in range(count):
        region = options.get("region") or sandbox.shop(fixed.get("shop_id")).region
        drawn = (
            {}
            if fixed.get("lines") and not options.get("random")
            else random_options(rng, region, odd=bool(options.get("odd")))
        )
        orders.append(place(sandbox, {**drawn, **fixed}))
    return orders


def _account(sandbox: Sandbox, action: str, shop_id: str) -> dict[str, Any]:
    """What can happen to a shop's authorization."""
    shop = sandbox.shop(shop_id)
    if action == "expire_tokens":
        return {"expired": sandbox.tokens.expire(shop.id)}
    if action == "deauthorize":
        sandbox.deauthorize(shop.id)
    elif action == "warn_of_expiry":
        shop.warn_of_expiry()
    elif action == "authorize":
        shop.authorized = True
        return {"code": sandbox.tokens.new_code(shop.id)}
    else:
        raise bad_request("there are expire_tokens, deauthorize, warn_of_expiry and authorize")
    return {"id": shop.id, "authorized": shop.authorized}


def control_api(sandbox: Sandbox) -> Blueprint:
    """The blueprint of the control API."""
    blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")

    @blueprint.errorhandler(ApiError)
    def refuse(error: ApiError) -> tuple[Response, int]:
        status = error.http_status if error.http_status >= 400 else 409
        return jsonify({"error": error.message, "code": error.code}), status

    @blueprint.post("/reset")
    def reset() -> Response:
        sandbox.reset()
        return jsonify({"reset": True})

    @blueprint.get("/books")
    def books() -> Response:
        with sandbox.lock:
            orders = [entry for shop in sandbox.shops.values() for entry in books_of(shop)]
            requests = dict(sandbox.requests)
        tokens = {"refreshes": sandbox.tokens.refreshes, "refused_refreshes": sandbox.tokens.refused_refreshes}
        return jsonify(
            {"orders": orders, "requests": requests, "webhooks": sandbox.webhooks.summary(), "tokens": tokens}
        )

    @blueprint.post("/orders")
    def place_one() -> tuple[Response, int]:
        options = parse_options(request.get_data())
        with sandbox.lock:
            return jsonify(summary(place(sandbox, options))), 201

    @blueprint.post("/orders/bulk")
    def bulk() -> tuple[Response, int]:
        options = parse_options(request.get_data())
        with sandbox.lock:
            orders = place_many(sandbox, options)
            return jsonify({"count": len(orders), "ids": [order.id for order in orders]}), 201

    @blueprint.post("/orders/statuses")
    def statuses() -> Response:
        """`{ids}`: how these orders stand."""
        options = parse_options(request.get_data())
        with sandbox.lock:
            found = {order_id: sandbox.find_order(order_id)[1].status for order_id in options.get("ids", [])}
        return jsonify(found)

    @blueprint.get("/orders/<order_id>")
    def show(order_id: str) -> Response:
        with sandbox.lock:
            _, order = sandbox.find_order(order_id)
            return jsonify({**summary(order), "document": order_document(order), "address": order.address})

    @blueprint.post("/orders/<order_id>/<action>")
    def act_on(order_id: str, action: str) -> Response:
        options = parse_options(request.get_data())
        with sandbox.lock:
            shop, order = sandbox.find_order(order_id)
            done = act(shop, order_id, action, options)
            return jsonify({**summary(order), **outcome(done)})

    @blueprint.get("/shops")
    def shops() -> Response:
        return jsonify(
            [
                {"id": s.id, "name": s.name, "region": s.region, "cipher": s.cipher, "authorized": s.authorized}
                for s in sandbox.shops.values()
            ]
        )

    @blueprint.post("/shops/<shop_id>/<action>")
    def account(shop_id: str, action: str) -> Response:
        with sandbox.lock:
            return jsonify(_account(sandbox, action, shop_id))

    @blueprint.get("/webhooks")
    def webhooks() -> Response:
        limit = request.args.get("limit", type=int)
        return jsonify(
            {
                "pending": sandbox.webhooks.pending(),
                "summary": sandbox.webhooks.summary(),
                "deliveries": sandbox.webhooks.entries(limit),
            }
        )

    @blueprint.route("/webhooks/settings", methods=["GET", "POST"])
    def webhook_settings() -> Response:
        changes = parse_options(request.get_data()) if request.method == "POST" else {}
        return jsonify(sandbox.webhooks.configure(changes))

    @blueprint.post("/webhooks/flush")
    def flush() -> Response:
        options = parse_options(request.get_data())
        return jsonify({"flushed": sandbox.webhooks.flush(shuffle=bool(options.get("shuffle")))})

    @blueprint.route("/settings", methods=["GET", "POST"])
    def settings() -> Response:
        changes = parse_options(request.get_data()) if request.method == "POST" else {}
        unknown = set(changes) - {"redirect_url", "latency", "hold_seconds", "access_token_seconds"}
        if unknown:
            raise bad_request(f"unknown settings: {', '.join(sorted(unknown))}")
        sandbox.redirect_url = str(changes.get("redirect_url", sandbox.redirect_url))
        sandbox.latency = float(changes.get("latency", sandbox.latency))
        sandbox.tokens.access_seconds = float(changes.get("access_token_seconds", sandbox.tokens.access_seconds))
        for shop in sandbox.shops.values():
            shop.hold_seconds = float(changes.get("hold_seconds", shop.hold_seconds))
        return jsonify(
            {
                "redirect_url": sandbox.redirect_url,
                "latency": sandbox.latency,
                "access_token_seconds": sandbox.tokens.access_seconds,
                "hold_seconds": sandbox.default_shop.hold_seconds,
            }
        )

    return blueprint
