"""Way A and the correcting half of way B: `POST /V1/orders` and `PUT /V1/orders/create` (recordings 20–28, 70, 75, 88, 89, 95).

Nothing is computed or checked except what the database checks: (increment_id, store_id) is unique. No stock is reserved.
"""

import re
import secrets
from typing import Any

from sandbox.magento import search
from sandbox.magento.errors import ApiError, no_such_entity
from sandbox.magento.order_rows import (
    addresses_and_payment,
    item_defaults,
    order_json,
    shown_item,
    stored,
    touch,
    with_due,
)
from sandbox.magento.regions import region
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import fields_of, render
from sandbox.magento.state import Order, Row, State

CREATE = "Magento_Sales::create"
VIEW = "Magento_Sales::actions_view"
ADDRESS_LABELS = {
    "postcode": "Zip code",
    "lastname": "Last name",
    "street": "Street",
    "city": "City",
    "email": "Email",
    "country_id": "Country",
    "firstname": "First Name",
    "address_type": "Address Type",
    "telephone": "Phone Number",
}


def get_order(state: State, order_id: int) -> Order:
    """Raises ApiError 404 (recording 09)."""
    order = state.orders.get(order_id)
    if order is None:
        raise no_such_entity()
    return order


@route("POST", "/V1/orders", CREATE)
def save(call: Call) -> dict[str, Any]:
    """Creates; with `entity_id`, corrects."""
    entity = call.body["entity"]
    if entity.get("entity_id"):
        return _correct(call, get_order(call.state, entity["entity_id"]), entity)
    return _create(call, entity)


@route("PUT", "/V1/orders/create", CREATE)
def save_by_put(call: Call) -> dict[str, Any]:
    answer: dict[str, Any] = save(call)
    return answer


def _create(call: Call, entity: dict[str, Any]) -> dict[str, Any]:
    state = call.state
    order_id = state.next_id("sales_order")
    store_id = entity.get("store_id")
    store = state.store(store_id if store_id is not None else call.store.id) or call.store
    number = entity.get("increment_id") or state.increment_id("order", store.id)
    claim_number(state, number, store.id, order_id)
    now = state.now()
    added: Row = {
        "entity_id": order_id,
        "increment_id": number,
        "store_id": store.id,
        "store_name": store.full_name,
        "protect_code": secrets.token_hex(16),
        "total_item_count": len([i for i in entity.get("items", []) if not i.get("parent_item_id")]),
        "created_at": entity.get("created_at") or now,
        "updated_at": now,
    }
    order = Order(stored("sales-data-order", entity) | added, items=[])
    try:
        _save_addresses(state, order, entity)
    except ApiError:
        del state.order_by_number[number, store.id]
        raise
    added["billing_address_id"] = order.row.get("billing_address_id")
    sent_items = [_add_item(state, order, given) for given in entity.get("items", [])]
    if entity.get("payment") is not None:
        payment = stored("sales-data-order-payment", entity["payment"])
        ids = {"entity_id": state.next_id("sales_order_payment"), "parent_id": order_id}
        order.payment = payment | ids
    _add_histories(state, order, entity)
    state.orders[order_id] = order
    return _answer(order, entity | added, sent_items)


def claim_number(state: State, number: str, store_id: int, order_id: int) -> None:
    """The database's unique key over number and store. Raises ApiError 400 (recording 21)."""
    if state.order_by_number.get((number, store_id), order_id) != order_id:
        raise ApiError(400, "Unique constraint violation found")
    state.order_by_number[number, store_id] = order_id


def _add_item(state: State, order: Order, given: Row) -> Row:
    """Save a new item as sent; the row goes into the order, the item as answered comes back."""
    now = state.now()
    ids = {
        "item_id": state.next_id("sales_order_item"),
        "order_id": order.id,
        "created_at": now,
        "updated_at": now,
    }
    row = item_defaults() | stored("sales-data-order-item", given) | ids
    order.items.append(row)
    return dict(given) | ids


def _correct(call: Call, order: Order, entity: dict[str, Any]) -> dict[str, Any]:
    """Fields that are left out keep their values; the answer holds only what was sent and what Magento loads by itself."""
    state = call.state
    if entity.get("increment_id"):
        _renumber(state, order, entity["increment_id"])
    _save_addresses(state, order, entity)
    sent_items = []
    for given in entity.get("items", []):
        if not given.get("item_id"):
            sent_items.append(_add_item(state, order, given))
            continue
        row = order.item(given["item_id"])
        if row is not None:
            row |= stored("sales-data-order-item", given)
            touch(state, order, [row])
            loaded = {"order_id": order.id, "created_at": row["created_at"], "updated_at": row["updated_at"]}
            sent_items.append(given | loaded)
    order.row |= stored("sales-data-order", entity)
    if entity.get("payment") is not None and order.payment is not None:
        order.payment |= {**stored("sales-data-order-payment", entity["payment"]), "parent_id": order.id}
    _add_histories(state, order, entity)
    touch(state, order)
    loaded = {name: order.row.get(name) for name in ("billing_address_id", "created_at", "updated_at")}
    return _answer(order, entity | loaded, sent_items)


def _renumber(state: State, order: Order, number: str) -> None:
    """Reservations stay under the old number, which is why Magento's check then reports the order twice."""
    old = (order.row["increment_id"], order.row["store_id"])
    claim_number(state, number, order.row["store_id"], order.id)
    if old[0] != number:
        state.order_by_number.pop(old, None)


def _save_addresses(state: State, order: Order, entity: dict[str, Any]) -> None:
    """The billing address and, unless the order is virtual, that of the first shipping assignment; ids are kept."""
    if entity.get("billing_address") is not None:
        order.billing_address = save_address(state, order, entity["billing_address"], "billing", order.billing_address)
        order.row["billing_address_id"] = order.billing_address["entity_id"]
    assignments = entity.get("extension_attributes", {}).get("shipping_assignments")
    if not assignments or entity.get("is_virtual"):
        return
    shipping = assignments[0].get("shipping") or {}
    if shipping.get("address") is not None:
        order.shipping_address = save_address(state, order, shipping["address"], "shipping", order.shipping_address)
    order.shipping_method = shipping.get("method", order.shipping_method)


def save_address(state: State, order: Order, given: Row, kind: str, old: Row | None) -> Row:
    """The row of an address. Raises ApiError 400 with all that Magento's validator misses."""
    given = {"address_type": kind} | given
    check_address(given)
    row = dict(old or {}) | stored("sales-data-order-address", given) | {"address_type": kind, "parent_id": order.id}
    row["entity_id"] = old["entity_id"] if old else state.next_id("sales_order_address")
    known = region(str(row.get("country_id")), row.get("region_id") or 0)
    if known:
        row.setdefault("region", known.name)
        row.setdefault("region_code", known.code)
    return row


def check_address(given: Row) -> None:
    problems = [f'"{label}" is required. Enter and try again.' for n, label in ADDRESS_LABELS.items() if n not in given]
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(given.get("email") or "")):
        problems.append("Email has a wrong format")
    if given.get("address_type") not in ("billing", "shipping"):
        problems.append("Address type doesn't match required options")
    if problems:
        raise ApiError(400, "We can't save the address:\n%1", ["\n".join(problems)])


def _add_histories(state: State, order: Order, entity: dict[str, Any]) -> None:
    for given in entity.get("status_histories", []):
        row = stored("sales-data-order-status-history", given)
        ids = {"entity_id": state.next_id("sales_order_status_history"), "parent_id": order.id}
        order.histories.append(row | ids | {"created_at": state.now(), "entity_name": "order"})


def _answer(order: Order, entity: dict[str, Any], sent_items: list[Row]) -> dict[str, Any]:
    answer = render("sales-data-order", with_due(entity))
    answer["items"] = [render("sales-data-order-item", shown_item(item)) for item in sent_items]
    answer |= addresses_and_payment(order)
    extension = entity.get("extension_attributes")
    if extension is not None:
        answer["extension_attributes"] = _sent_extension(order, extension)
    return answer


def _sent_extension(order: Order, extension: dict[str, Any]) -> dict[str, Any]:
    """Shipping assignments as sent, with the address as saved (recording 20)."""
    answer = dict(extension)
    if "shipping_assignments" in answer:
        answer["shipping_assignments"] = [_sent_assignment(order, a) for a in answer["shipping_assignments"]]
    return answer


def _sent_assignment(order: Order, assignment: dict[str, Any]) -> dict[str, Any]:
    answer = dict(assignment)
    if order.shipping_address is not None and (answer.get("shipping") or {}).get("address"):
        address = render("sales-data-order-address", order.shipping_address)
        answer["shipping"] = answer["shipping"] | {"address": address}
    if "items" in answer:
        answer["items"] = [render("sales-data-order-item", shown_item(item)) for item in answer["items"]]
    return answer


@route("PUT", "/V1/orders/{parent_id}", CREATE)
def save_order_address(call: Call) -> dict[str, Any]:
    """Changes the address with the given `entity_id`; without one, Magento stores a further row that it shows nowhere."""
    order = get_order(call.state, call.id("parent_id"))
    given = call.body["entity"]
    rows = [r for r in (order.billing_address, order.shipping_address) if r is not None]
    old = next((r for r in rows if r["entity_id"] == given.get("entity_id")), None)
    check_address(given)
    if old is None:
        if given.get("entity_id"):
            raise no_such_entity()
        row = save_address(call.state, order, given, given["address_type"], None)
        order.more_addresses.append(row)
    else:
        old.pop("region", None), old.pop("region_code", None)
        row = save_address(call.state, order, given, old["address_type"], old)
        old |= row
    touch(call.state, order)
    return render("sales-data-order-address", row)


@route("GET", "/V1/orders/{id}", VIEW)
def by_id(call: Call) -> dict[str, Any]:
    return order_json(get_order(call.state, call.id()))


@route("GET", "/V1/orders", VIEW)
def find(call: Call) -> dict[str, Any]:
    criteria = search.parse(call.query)
    page, total = search.select(
        call.state.orders.values(),
        criteria,
        lambda order: order.row,
        lambda one: search.unknown_column("sales_order", one),
        [name for name, kind in fields_of("sales-data-order").items() if not kind.startswith(("[]", "@"))],
    )
    items = [order_json(order) for order in page]
    return {"items": items, "search_criteria": criteria.as_answered(), "total_count": total}


@route("GET", "/V1/orders/items", VIEW)
def find_items(call: Call) -> dict[str, Any]:
    criteria = search.parse(call.query)
    rows = [item for order in call.state.orders.values() for item in order.items]
    page, total = search.select(
        rows,
        criteria,
        lambda row: row,
        lambda one: search.unknown_column("sales_order_item", one),
        fields_of("sales-data-order-item"),
    )
    items = [render("sales-data-order-item", shown_item(row)) for row in page]
    return {"items": items, "search_criteria": criteria.as_answered(), "total_count": total}
