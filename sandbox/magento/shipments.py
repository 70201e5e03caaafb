"""Shipments and their tracks (recordings 43–46, 59, 90). Shipping takes the goods from the source."""

from decimal import Decimal
from typing import Any

from sandbox.magento.errors import ApiError, document_invalid, no_such_entity
from sandbox.magento.invoices import deduct, find_documents
from sandbox.magento.order_rows import touch
from sandbox.magento.order_state import NOT_SHIPPED, ZERO, can_ship, count, own_items, settle, stock_rows, to_ship
from sandbox.magento.orders import get_order
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import render
from sandbox.magento.state import Order, Row, State

SHIPMENT = "Magento_Sales::shipment"


@route("POST", "/V1/order/{orderId}/ship", "Magento_Sales::ship")
def create(call: Call) -> str:
    """Ships the items named, or all; the id comes as a JSON string."""
    order = get_order(call.state, call.id("orderId"))
    items, tracks = call.body.get("items"), call.body.get("tracks", [])
    wanted = {item["order_item_id"]: Decimal(item.get("qty") or 0) for item in items} if items else everything(order)
    problems = _problems(order, wanted, tracks)
    if problems:
        raise document_invalid("Shipment", problems)
    arguments = call.body.get("arguments") or {}
    source = (arguments.get("extension_attributes") or {}).get("source_code") or "default"
    shipment = make(call.state, order, {i: q for i, q in wanted.items() if q > 0}, tracks, source)
    comment = call.body.get("comment")
    if comment and comment.get("comment"):
        add_comment(call.state, shipment, comment)
    return str(shipment["entity_id"])


def everything(order: Order) -> dict[int, Decimal]:
    """What is left to ship, by item."""
    return {item["item_id"]: to_ship(item) for item in own_items(order) if not item.get("is_virtual")}


def ship_in_admin(state: State, order: Order, tracks: list[Row], *, one_piece: bool = False) -> Row | None:
    """A shipment of all that is left, or of one piece of it, as the merchant makes it; None when there is nothing to ship."""
    wanted = everything(order)
    if one_piece:
        wanted = dict([next(((i, min(q, Decimal(1))) for i, q in wanted.items() if q > 0), (0, ZERO))])
    if _problems(order, wanted, tracks):
        return None
    return make(state, order, {i: q for i, q in wanted.items() if q > 0}, tracks)


def _problems(order: Order, wanted: dict[int, Decimal], tracks: list[Row]) -> list[str]:
    problems = []
    for item_id, qty in wanted.items():
        item = order.item(item_id)
        if item is None:
            problems.append("The shipment contains one or more items that are not part of the original order.")
        elif qty > to_ship(item):
            sku = item.get("sku")
            problems.append(
                f'The quantity to ship must not be greater than the unshipped quantity for product SKU "{sku}".'
            )
    if any(not track.get("track_number") for track in tracks):
        problems.append("Please enter a tracking number.")
    if order.row.get("state") in NOT_SHIPPED:
        problems.append(f"A shipment cannot be created when an order has a status of {order.row.get('status')}")
    elif not can_ship(order):
        problems.append("The order does not allow a shipment to be created.")
    if not any(qty > 0 for qty in wanted.values()):
        problems.append("You can't create a shipment without products.")
    return problems


def make(state: State, order: Order, wanted: dict[int, Decimal], tracks: list[Row], source: str = "default") -> Row:
    """Write the shipment and move stock and order on. Raises ApiError 400 where the source does not hold the goods.

    `source`: `arguments.extension_attributes.source_code`. What Magento says to a code that it does not know was not
    recorded: the sandbox takes it for a source that holds nothing.
    """
    quantities = state.source_quantity if source == "default" else state.other_sources.get(source, {})
    _check_source(state, order, wanted, quantities)
    shipment_id = state.next_id("sales_shipment")
    now = state.now()
    shipment: Row = {
        "entity_id": shipment_id,
        "increment_id": state.increment_id("shipment", order.row["store_id"]),
        "order_id": order.id,
        "store_id": order.row["store_id"],
        "billing_address_id": order.row.get("billing_address_id"),
        "shipping_address_id": (order.shipping_address or {}).get("entity_id"),
        "total_qty": sum(wanted.values(), ZERO),
        "packages": [],
        "_source": source,
        "created_at": now,
        "updated_at": now,
        "items": [],
        "tracks": [],
        "comments": [],
    }
    for item_id, qty in wanted.items():
        item = order.item(item_id)
        if item is None:
            continue
        line = {name: item.get(name) for name in ("name", "price", "product_id", "sku", "weight")}
        ids = {"entity_id": state.next_id("sales_shipment_item"), "parent_id": shipment_id, "order_item_id": item_id}
        shipment["items"].append(line | ids | {"qty": qty})
        deduct(state, order, item, qty, "shipment_created", quantities)
        count(order, item, "qty_shipped", qty)
    for track in tracks:
        _add_track(state, shipment, {"weight": None, "qty": None, "description": None} | track)
    state.shipments[shipment_id] = shipment
    settle(order, in_process=True)
    touch(state, order, [i for i in order.items if i["item_id"] in wanted])
    return shipment


def _check_source(state: State, order: Order, wanted: dict[int, Decimal], quantities: dict[str, Decimal]) -> None:
    """Magento hides from the caller why saving failed: a product without a source item, or too little in it."""
    needed: dict[str, Decimal] = {}
    for item_id, qty in wanted.items():
        for row, part in stock_rows(order, order.item(item_id) or {}, qty):
            sku = str(row.get("sku"))
            product = state.products.get(sku)
            if product is None or product.manage_stock:
                needed[sku] = needed.get(sku, ZERO) + part
    for sku, qty in needed.items():
        if sku not in state.products or quantities.get(sku, ZERO) < qty:
            raise ApiError(400, "Could not save a shipment, see error log for details")


def _add_track(state: State, shipment: Row, given: Row) -> Row:
    now = state.now()
    track = {
        name: given.get(name) for name in ("track_number", "title", "carrier_code", "weight", "qty", "description")
    }
    track |= {
        "entity_id": state.next_id("sales_shipment_track"),
        "order_id": shipment["order_id"],
        "parent_id": shipment["entity_id"],
        "created_at": now,
        "updated_at": now,
    }
    shipment["tracks"].append(track)
    return track


@route("POST", "/V1/shipment/track", SHIPMENT)
def add_track(call: Call) -> dict[str, Any]:
    given = call.body["entity"]
    shipment = call.state.shipments.get(given.get("parent_id") or 0)
    if shipment is None or shipment["order_id"] != given.get("order_id"):
        raise ApiError(400, "Could not save the shipment tracking.")
    track = _add_track(call.state, shipment, given)
    _touch_shipment(call.state, shipment)
    return render("sales-data-shipment-track", track)


@route("DELETE", "/V1/shipment/track/{id}", SHIPMENT)
def delete_track(call: Call) -> bool:
    for shipment in call.state.shipments.values():
        for track in shipment["tracks"]:
            if track["entity_id"] == call.id():
                shipment["tracks"].remove(track)
                _touch_shipment(call.state, shipment)
                return True
    raise no_such_entity()


def _touch_shipment(state: State, shipment: Row) -> None:
    if state.settings.track_touches_shipment:
        shipment["updated_at"] = state.now()


def add_comment(state: State, shipment: Row, given: Row) -> Row:
    comment = {
        "comment": given["comment"],
        "is_customer_notified": given.get("is_customer_notified", 0),
        "is_visible_on_front": given.get("is_visible_on_front", 0),
        "created_at": state.now(),
        "entity_id": state.next_id("sales_shipment_comment"),
        "parent_id": shipment["entity_id"],
    }
    shipment["comments"].append(comment)
    return comment


@route("POST", "/V1/shipment/{id}/comments", SHIPMENT)
def comment_shipment(call: Call) -> dict[str, Any]:
    given = call.body["entity"]
    shipment = get_shipment(call.state, call.id())
    return render("sales-data-shipment-comment", add_comment(call.state, shipment, given))


def get_shipment(state: State, shipment_id: int) -> Row:
    shipment = state.shipments.get(shipment_id)
    if shipment is None:
        raise no_such_entity()
    return shipment


def as_json(shipment: Row) -> dict[str, Any]:
    """The shipment as recording 46 has it."""
    answer = render("sales-data-shipment", shipment)
    answer["items"] = [render("sales-data-shipment-item", line) for line in shipment["items"]]
    answer["tracks"] = [render("sales-data-shipment-track", track) for track in shipment["tracks"]]
    answer["extension_attributes"] = {"source_code": shipment.get("_source", "default")}
    return answer


@route("GET", "/V1/shipment/{id}", SHIPMENT)
def by_id(call: Call) -> dict[str, Any]:
    return as_json(get_shipment(call.state, call.id()))


@route("GET", "/V1/shipments", SHIPMENT)
def find(call: Call) -> dict[str, Any]:
    return find_documents(call, call.state.shipments, "shipment", as_json)
