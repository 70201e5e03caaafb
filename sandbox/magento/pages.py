"""The pages for people: orders, stock, recent calls, and an order's page with the buttons that the merchant has in the admin."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.magento import books, creditmemos, invoices, order_actions, shipments
from sandbox.magento.accountant import findings
from sandbox.magento.errors import ApiError
from sandbox.magento.inventory import inconsistencies
from sandbox.magento.order_rows import with_due
from sandbox.magento.order_state import (
    amount,
    can_cancel,
    can_hold,
    can_invoice,
    can_refund,
    can_ship,
    own_items,
    to_ship,
)
from sandbox.magento.products import set_stock
from sandbox.magento.routing import Call
from sandbox.magento.schema import body_of
from sandbox.magento.state import Order, State

SHOWN_ORDERS = 100
SHOWN_CALLS = 25
CARRIERS = {
    "ups": "United Parcel Service",
    "usps": "United States Postal Service",
    "fedex": "Federal Express",
    "dhl": "DHL",
    "custom": "Custom Value",
}


def invoice(call: Call) -> str:
    call.body = body_of("POST /V1/order/{orderId}/invoice", {"capture": True, "notify": False})
    return f"Invoice {invoices.create(call)} created."


def ship(call: Call) -> str:
    """Ships what the form names, with a track where a number is given."""
    order = call.state.orders[call.id("orderId")]
    pieces = {item["item_id"]: request.form.get(f"qty_{item['item_id']}", "") for item in own_items(order)}
    items = [{"order_item_id": item_id, "qty": qty} for item_id, qty in pieces.items() if qty and Decimal(qty) > 0]
    number, carrier = request.form.get("track_number", "").strip(), request.form.get("carrier", "custom")
    title = request.form.get("title", "").strip() or CARRIERS.get(carrier, carrier)
    tracks = [{"track_number": number, "title": title, "carrier_code": carrier}] if number else []
    call.body = body_of("POST /V1/order/{orderId}/ship", {"items": items, "tracks": tracks, "notify": False})
    return f"Shipment {shipments.create(call)} created."


def track(call: Call) -> str:
    number, carrier = request.form.get("track_number", "").strip(), request.form.get("carrier", "custom")
    if not number:
        raise ApiError(400, "Please enter a tracking number.")
    entity = {
        "order_id": call.id("orderId"),
        "parent_id": int(request.form["shipment_id"]),
        "track_number": number,
        "title": CARRIERS.get(carrier, carrier),
        "carrier_code": carrier,
    }
    call.body = body_of("POST /V1/shipment/track", {"entity": entity})
    shipments.add_track(call)
    return "Tracking number added."


def refund(call: Call) -> str:
    order = call.state.orders[call.id("orderId")]
    back = [item["item_id"] for item in own_items(order)] if request.form.get("return_to_stock") else []
    arguments = {"extension_attributes": {"return_to_stock_items": back}}
    call.body = body_of("POST /V1/order/{orderId}/refund", {"notify": False, "arguments": arguments})
    return f"Credit memo {creditmemos.create(call)} created."


def cancel(call: Call) -> str:
    if not order_actions.cancel(call):
        raise ApiError(400, "You have not canceled the item.")
    return "Order canceled."


def hold(call: Call) -> str:
    order_actions.hold(call)
    return "Order put on hold."


def unhold(call: Call) -> str:
    order_actions.unhold(call)
    return "Order released from hold."


def comment(call: Call) -> str:
    history = {"comment": request.form.get("comment", ""), "is_customer_notified": 0, "is_visible_on_front": 0}
    call.body = body_of("POST /V1/orders/{id}/comments", {"statusHistory": history})
    order_actions.comment(call)
    return "Comment added."


ACTIONS: dict[str, Callable[[Call], str]] = {
    action.__name__: action for action in (invoice, ship, track, refund, cancel, hold, unhold, comment)
}


def filled(error: ApiError) -> str:
    """The message with its placeholders filled in."""
    text, given = error.message, error.parameters or {}
    pairs = given.items() if isinstance(given, dict) else ((str(n), value) for n, value in enumerate(given, start=1))
    for name, value in pairs:
        text = text.replace(f"%{name}", str(value))
    return text


def allowed(order: Order) -> dict[str, bool]:
    """Which of the admin's buttons the order has."""
    return {
        "invoice": can_invoice(order),
        "ship": can_ship(order),
        "refund": can_refund(order) and amount(order.row, "total_paid") > 0,
        "cancel": can_cancel(order),
        "hold": can_hold(order),
        "unhold": order.row.get("state") == "holded",
    }


def pages_blueprint(state: State) -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    blueprint.add_app_template_filter(money)
    blueprint.add_app_template_filter(number)

    @blueprint.get("/")
    @blueprint.get("/admin/sales/order/")
    def index() -> str:
        with state.lock:
            orders = sorted(state.orders.values(), key=lambda order: -order.id)
            return render_template(
                "magento_orders.html",
                orders=orders[:SHOWN_ORDERS],
                total=len(orders),
                tracks={order.id: tracks_of(state, order) for order in orders[:SHOWN_ORDERS]},
                inconsistencies=inconsistencies(state),
                findings=findings(state),
                calls=list(state.calls)[-SHOWN_CALLS:][::-1],
                own_items=own_items,
            )

    @blueprint.get("/stock")
    def stock() -> str:
        with state.lock:
            return render_template(
                "magento_stock.html",
                stock=books.stock_book(state),
                products=state.products,
                notice=request.args.get("notice"),
            )

    @blueprint.post("/stock")
    def change_stock() -> Response:
        with state.lock:
            product = state.products[request.form["sku"]]
            if request.form.get("toggle"):
                product.status = 2 if product.status == 1 else 1
            else:
                set_stock(state, product.sku, Decimal(request.form["qty"] or 0))
        return redirect(url_for("pages.stock", notice=f"{product.sku} saved."))

    @blueprint.get("/<front>/sales/order/view/order_id/<int:order_id>/")
    @blueprint.get("/<front>/sales/order/view/order_id/<int:order_id>/key/<key>/")
    def order_page(front: str, order_id: int, key: str = "") -> tuple[str, int]:
        with state.lock:
            order = state.orders.get(order_id)
            if order is None:
                return render_template("magento_missing.html", order_id=order_id), 404
            page = render_template(
                "magento_order.html",
                order=order,
                row=with_due(order.row),
                items=own_items(order),
                invoices=[i for i in state.invoices.values() if i["order_id"] == order_id],
                shipments=[s for s in state.shipments.values() if s["order_id"] == order_id],
                memos=[m for m in state.creditmemos.values() if m["order_id"] == order_id],
                allowed=allowed(order),
                to_ship=to_ship,
                carriers=CARRIERS,
                notice=request.args.get("notice"),
                error=request.args.get("error"),
            )
        return page, 200

    @blueprint.post("/admin/sales/order/<int:order_id>/<action>")
    def act(order_id: int, action: str) -> Response:
        path = {"id": str(order_id), "orderId": str(order_id)}
        try:
            with state.lock:
                if action not in ACTIONS or order_id not in state.orders:
                    raise ApiError(404, "There is no such order or button.")
                said: dict[str, Any] = {"notice": ACTIONS[action](Call(state, state.stores[0], path))}
        except ApiError as error:
            said = {"error": filled(error)}
        return redirect(url_for("pages.order_page", front="admin", order_id=order_id, **said))

    return blueprint


def tracks_of(state: State, order: Order) -> list[str]:
    mine = (s for s in state.shipments.values() if s["order_id"] == order.id)
    return [track["track_number"] for shipment in mine for track in shipment["tracks"]]


def money(value: Any, currency: str | None = "USD") -> str:
    """An amount with two places, or as many as it has."""
    places = max(2, -int(Decimal(value or 0).normalize().as_tuple().exponent))
    return f"{Decimal(value or 0):,.{places}f} {currency or ''}".strip()


def number(value: Any) -> str:
    return f"{Decimal(value or 0).normalize():f}"
