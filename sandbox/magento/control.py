"""The control API under `/_sandbox/`, for tests and the demo: no authorization, it is a sandbox."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from sandbox.magento import books, bulk, creditmemos, shipments
from sandbox.magento.inventory import inconsistencies
from sandbox.magento.json_text import encode
from sandbox.magento.order_actions import cancel_order
from sandbox.magento.order_state import can_cancel, can_refund
from sandbox.magento.products import as_json, set_stock
from sandbox.magento.state import Order, Product, State
from sandbox.magento.stores import Store


def _answer(body: Any, status: int = 200) -> Response:
    return Response(encode(body), status, content_type="application/json")


def control_blueprint(state: State) -> Blueprint:
    blueprint = Blueprint("control", __name__)

    def control(path: str, method: str = "POST") -> Callable[[Callable[[Any], Any]], None]:
        """A control route: JSON in, JSON out, under the lock; ValueError and KeyError are 400, LookupError 404."""

        def register(handler: Callable[[Any], Any]) -> None:
            def view() -> Response:
                given = request.get_json(force=True, silent=True) or {}
                try:
                    with state.lock:
                        return _answer(handler(given))
                except UnknownSku as error:
                    return _answer({"error": f"no product {error}"}, 404)
                except (ValueError, KeyError, TypeError) as error:
                    return _answer({"error": f"{type(error).__name__}: {error}"}, 400)

            blueprint.add_url_rule(f"/_sandbox/{path}", f"{method}_{path}", view, methods=[method])

        return register

    @control("reset")
    def reset(given: Any) -> Any:
        state.reset()
        state.faults.clear()
        return {"reset": True}

    @control("books", "GET")
    def show_books(given: Any) -> Any:
        return books.books(state)

    @control("inconsistencies", "GET")
    def show_inconsistencies(given: Any) -> Any:
        return inconsistencies(state)

    @control("settings", "GET")
    def show_settings(given: Any) -> Any:
        return asdict(state.settings)

    @control("settings")
    def change_settings(given: Any) -> Any:
        state.settings.change(given)
        return asdict(state.settings)

    @control("calls", "GET")
    def show_calls(given: Any) -> Any:
        return [asdict(call) for call in state.calls]

    @control("stock")
    def change_stock(given: Any) -> Any:
        """`{sku, qty, in_stock?}`: what the source holds."""
        product = known(state, given["sku"])
        if "qty" in given:
            set_stock(state, product.sku, Decimal(str(given["qty"])))
        product.in_stock = bool(given.get("in_stock", product.in_stock))
        return books.stock_book(state)[product.sku]

    @control("product")
    def change_product(given: Any) -> Any:
        """`{sku, name?, price?, enabled?, website_ids?, type_id?, qty?, parts?, …}`: creates or changes."""
        return _change_product(state, given)

    @control("product", "DELETE")
    def delete_product(given: Any) -> Any:
        del state.products[known(state, given["sku"]).sku]
        return {"deleted": given["sku"]}

    @control("ship")
    def ship(given: Any) -> Any:
        """`{orders: {ext_order_id: tracking number}, carrier_code, one_piece?}`: shipped in the admin, all that is left or one
        piece; gives those that could be, and those that need it no more."""
        numbers, carrier, one_piece = given["orders"], given["carrier_code"], bool(given.get("one_piece"))
        found = _by_tiktok_id(state, numbers).items()
        return [key for key, order in found if _ship(state, order, numbers[key], carrier, one_piece=one_piece)]

    @control("undo")
    def undo(given: Any) -> Any:
        """`{orders: [ext_order_id]}`: cancelled in the admin, or credited where it is invoiced; gives those that could be."""
        return [key for key, order in _by_tiktok_id(state, given["orders"]).items() if _undo(state, order)]

    @control("stores")
    def add_store(given: Any) -> Any:
        """`{code, name?, currency?, locale?, website_id?}`: a further store view."""
        number = max(store.id for store in state.stores) + 1
        fields = {"name": given["code"].title(), "website_id": 1, "store_group_id": 1} | given
        state.stores.append(Store(id=number, **fields))
        return {"id": number}

    @control("consume")
    def consume(given: Any) -> Any:
        """What the queue consumer of asynchronous calls would do now."""
        return bulk.consume(state)

    return blueprint


class UnknownSku(LookupError):
    pass


def known(state: State, sku: str) -> Product:
    product = state.product(sku)
    if product is None:
        raise UnknownSku(sku)
    return product


def _by_tiktok_id(state: State, wanted: Iterable[str]) -> dict[str, Order]:
    known_orders = {str(order.row.get("ext_order_id")): order for order in state.orders.values()}
    return {key: known_orders[key] for key in wanted if key in known_orders}


def _ship(state: State, order: Order, number: str, carrier_code: str, *, one_piece: bool) -> bool:
    """Ships an order that is invoiced; whether it could be, or is shipped already."""
    if order.row.get("state") != "processing":
        return order.row.get("state") == "complete"
    track = {"track_number": number, "carrier_code": carrier_code, "title": carrier_code.upper()}
    return bool(shipments.ship_in_admin(state, order, [track], one_piece=one_piece))


def _undo(state: State, order: Order) -> bool:
    """Cancels an order, or credits all of it; whether it could be."""
    if can_cancel(order):
        cancel_order(state, order)
    elif can_refund(order):
        creditmemos.make(state, order, creditmemos.everything(order), {}, {})
    else:
        return False
    return True


def _change_product(state: State, given: dict[str, Any]) -> Any:
    product = state.product(given["sku"])
    if product is None:
        product = state.add_product(
            given["sku"],
            given.get("name", given["sku"]),
            Decimal(str(given.get("price", 0))),
            qty=Decimal(str(given.get("qty", 0))),
            type_id=given.get("type_id", "simple"),
        )
    elif "qty" in given:
        set_stock(state, product.sku, Decimal(str(given["qty"])))
    if "enabled" in given:
        product.status = 1 if given["enabled"] else 2
    if "price" in given:
        product.price = Decimal(str(given["price"]))
    for name in ("name", "website_ids", "in_stock", "backorders", "manage_stock", "custom_attributes"):
        if name in given:
            setattr(product, name, given[name])
    if "parts" in given:
        product.parts = [
            part | {"options": {int(k): v for k, v in part["options"].items()}} if "options" in part else part
            for part in given["parts"]
        ]
    product.updated_at = state.now()
    return as_json(state, product)
