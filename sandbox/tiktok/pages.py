"""The page for people at `/`: place orders, move them on, see the webhooks. Plain forms, no script."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from sandbox.tiktok.actions import act, buttons_of
from sandbox.tiktok.catalogue import SKUS
from sandbox.tiktok.control import place, place_many
from sandbox.tiktok.documents import recipient_of
from sandbox.tiktok.errors import ApiError
from sandbox.tiktok.generator import random_options
from sandbox.tiktok.model import Order, payment_of
from sandbox.tiktok.pickup import label_pdf
from sandbox.tiktok.regions import REGIONS, money, rounded
from sandbox.tiktok.state import Sandbox

SHOWN_ORDERS = 40
SHOWN_DELIVERIES = 25
EXTRAS = {
    "hold": "On hold for 20 seconds",
    "unpaid": "Not paid yet",
    "masked": "Recipient masked",
    "hostile": "Hostile name",
    "gift": "With a gift",
    "tiktok": "Shipped by TikTok",
    "fbt": "Fulfilled by TikTok",
}


def options_of_form(form: Any) -> dict[str, Any]:
    """The form of the page as options for `Shop.place`."""
    region = REGIONS.get(form.get("region", ""), REGIONS["US"])
    try:
        quantity, percent = int(form.get("quantity") or 1), Decimal(form.get("discount") or 0)
    except (ArithmeticError, ValueError):
        quantity, percent = 1, Decimal(0)
    line: dict[str, Any] = {"seller_sku": form.get("seller_sku", "MUG-01"), "quantity": quantity}
    if percent:
        listed = rounded(SKUS[line["seller_sku"]].price * region.rate, region.currency)
        discount = rounded(listed * quantity * percent / 100, region.currency)
        line |= {"original_price": str(listed), f"{form.get('funder', 'seller')}_discount": str(discount)}
    lines = [line]
    extras = set(form.getlist("extras"))
    if "gift" in extras:
        lines.append({"seller_sku": "PEN-GEL", "is_gift": True})
    options: dict[str, Any] = {"region": region.code, "lines": lines}
    for extra, more in (
        ("hold", {"hold_seconds": 20}),
        ("unpaid", {"status": "UNPAID"}),
        ("masked", {"masked": True}),
        ("hostile", {"hostile": True}),
        ("tiktok", {"shipping_type": "TIKTOK"}),
        ("fbt", {"fulfillment_type": "FULFILLMENT_BY_TIKTOK", "shipping_type": "TIKTOK"}),
    ):
        if extra in extras:
            options |= more
    return options


def _row(sandbox: Sandbox, order: Order) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for unit in order.units:
        counts[unit.sku.seller_sku] = counts.get(unit.sku.seller_sku, 0) + 1
    return {
        "id": order.id,
        "placed": datetime.fromtimestamp(order.create_time, UTC).strftime("%H:%M:%S"),
        "status": order.status,
        "region": order.region,
        "what": ", ".join(f"{count} × {sku}" if count > 1 else sku for sku, count in counts.items()),
        "total": f"{money(payment_of(order)['total_amount'], order.currency)} {order.currency}",
        "external": ", ".join(reference.id for reference in order.external.values()),
        "tracking": ", ".join(package.tracking_number for package in order.packages if package.tracking_number),
        "asks_to_cancel": bool(order.request_cancel_time),
        "buttons": buttons_of(sandbox.shops[order.shop_id], order),
    }


def _delivery(entry: dict[str, Any]) -> dict[str, Any]:
    last = entry["attempts"][-1] if entry["attempts"] else {}
    return {
        **entry,
        "at": datetime.fromtimestamp(entry["created_at"], UTC).strftime("%H:%M:%S"),
        "answer": last.get("status") or last.get("error") or "–",
        "milliseconds": last.get("milliseconds"),
    }


def pages(sandbox: Sandbox) -> Blueprint:
    """The blueprint of the page."""
    blueprint = Blueprint("pages", __name__)

    def back(message: str = "") -> Response:
        live = request.form.get("live") or None
        return redirect(url_for("pages.home", message=message or None, live=live), 303)

    @blueprint.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        return back(error.message)

    @blueprint.get("/")
    def home() -> str:
        with sandbox.lock:
            orders = sorted(
                (order for shop in sandbox.shops.values() for order in shop.orders.values()),
                key=lambda order: order.id,
                reverse=True,
            )
            rows = [_row(sandbox, order) for order in orders[:SHOWN_ORDERS]]
        return render_template(
            "home.html",
            orders=rows,
            count=len(orders),
            shops=list(sandbox.shops.values()),
            skus=list(SKUS.values()),
            regions=list(REGIONS.values()),
            extras=EXTRAS,
            deliveries=[_delivery(entry) for entry in sandbox.webhooks.entries(SHOWN_DELIVERIES)],
            webhooks=sandbox.webhooks.summary(),
            webhook_url=sandbox.webhooks.settings.url,
            message=request.args.get("message", ""),
            live=request.args.get("live", ""),
        )

    @blueprint.get("/documents/<package_id>.pdf")
    def label(package_id: str) -> FlaskResponse:
        with sandbox.lock:
            found = [shop.packages[package_id] for shop in sandbox.shops.values() if package_id in shop.packages]
            if not found:
                return FlaskResponse("no such document", status=404)
            _, order = sandbox.find_order(found[0].order_id)
            recipient = recipient_of(order)
        lines = ["TikTok Shop sandbox", f"Order {order.id}", f"Package {package_id}", found[0].tracking_number]
        pdf = label_pdf([*lines, recipient["name"], recipient["full_address"]])
        return FlaskResponse(pdf, content_type="application/pdf")

    @blueprint.post("/place")
    def place_from_form() -> Response:
        with sandbox.lock:
            order = place(sandbox, options_of_form(request.form))
        return back(f"Order {order.id} is placed.")

    @blueprint.post("/place-random")
    def place_random() -> Response:
        count = request.form.get("count", 1, type=int)
        with sandbox.lock:
            if count == 1:
                rng = random.Random()
                placed = [place(sandbox, random_options(rng, sandbox.default_shop.region, odd=True))]
            else:
                placed = place_many(sandbox, {"count": count, "odd": True})
        return back(f"{len(placed)} order{'s are' if len(placed) > 1 else ' is'} placed.")

    @blueprint.post("/orders/<order_id>/<action>")
    def act_on(order_id: str, action: str) -> Response:
        by = request.form.get("by")
        with sandbox.lock:
            shop, _ = sandbox.find_order(order_id)
            act(shop, order_id, action, {"by": by} if by else {})
        return back()

    @blueprint.post("/webhooks/flush")
    def flush() -> Response:
        return back(f"{sandbox.webhooks.flush()} webhooks let go.")

    return blueprint
