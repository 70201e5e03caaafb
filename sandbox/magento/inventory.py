"""Magento's inventory: the sources, the one stock, salable quantities, and the check of the reservations.

Reservations are filed under an order's increment id. `inconsistencies` is what `bin/magento
inventory:reservation:list-inconsistencies` prints: what is open of unfinished orders against what is reserved for them.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from sandbox.magento import search
from sandbox.magento.errors import ApiError, no_such_product
from sandbox.magento.routing import Call, route
from sandbox.magento.state import Order, Row, State

STOCK_ID = 1
SOURCE = "default"
FINAL_STATES = ("complete", "closed", "canceled")


def holds_stock(order: Order, item: Row) -> bool:
    """Whether the row is one that stock is kept of: not the parent of a composite product."""
    return not order.children(item)


def open_quantity(item: Row) -> Decimal:
    """What of an item is neither cancelled nor taken from the source nor refunded before shipping."""
    deducted = max(item.get("qty_shipped") or Decimal(0), item.get("_deducted", Decimal(0)))
    done: Decimal = (item.get("qty_canceled") or Decimal(0)) + deducted + item.get("_refunded_unshipped", Decimal(0))
    return Decimal(item.get("qty_ordered") or 0) - done


def inconsistencies(state: State) -> list[dict[str, Any]]:
    """`{increment_id, sku, quantity}` with the quantity by which Magento's check asks to compensate; empty when all is well."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for reservation in state.reservations:
        sums[reservation.increment_id, reservation.sku] += reservation.quantity
    for order in state.orders.values():
        # a null state is in no list of states, so SQL leaves such an order out
        if order.row.get("state") is None or order.row["state"] in FINAL_STATES:
            continue
        for item in order.items:
            sku = str(item.get("sku"))
            product = state.products.get(sku)
            if product and product.manage_stock and not product.is_composite and holds_stock(order, item):
                sums[str(order.row["increment_id"]), sku] += open_quantity(item)
    return [
        {"increment_id": number, "sku": sku, "quantity": -total}
        for (number, sku), total in sorted(sums.items())
        if total != 0
    ]


@route("GET", "/V1/inventory/sources", "Magento_InventoryApi::source")
def sources(call: Call) -> dict[str, Any]:
    criteria = search.parse(call.query)
    page, total = search.select(
        [_source(code) for code in (SOURCE, *call.state.other_sources)],
        criteria,
        lambda row: row,
        lambda one: search.unknown_column("inventory_source", one),
        _source(SOURCE),
    )
    return {"items": page, "search_criteria": criteria.as_answered(), "total_count": total}


@route("GET", "/V1/inventory/sources/{sourceCode}", "Magento_InventoryApi::source")
def source(call: Call) -> dict[str, Any]:
    if call.path["sourceCode"] not in (SOURCE, *call.state.other_sources):
        raise ApiError(404, 'Source with code "%value" does not exist.', {"value": call.path["sourceCode"]})
    return _source(call.path["sourceCode"])


def _source(code: str) -> dict[str, Any]:
    name = "Default Source" if code == SOURCE else code.title()
    return {
        "source_code": code,
        "name": name,
        "enabled": True,
        "description": name,
        "latitude": 0,
        "longitude": 0,
        "country_id": "US",
        "postcode": "00000",
        "use_default_carrier_config": True,
        "carrier_links": [],
    }


@route("GET", "/V1/inventory/stocks", "Magento_InventoryApi::stock")
def stocks(call: Call) -> dict[str, Any]:
    criteria = search.parse(call.query)
    return {"items": [_stock()], "search_criteria": criteria.as_answered(), "total_count": 1}


@route("GET", "/V1/inventory/stocks/{stockId}", "Magento_InventoryApi::stock")
def stock(call: Call) -> dict[str, Any]:
    _check_stock(call)
    return _stock()


@route("GET", "/V1/inventory/stock-resolver/{type}/{code}", "Magento_InventoryApi::stock")
def stock_resolver(call: Call) -> dict[str, Any]:
    if (call.path["type"], call.path["code"]) != ("website", "base"):
        raise ApiError(404, "No linked stock found")
    return _stock()


def _stock() -> dict[str, Any]:
    channels = [{"type": "website", "code": "base"}]
    return {"stock_id": STOCK_ID, "name": "Default Stock", "extension_attributes": {"sales_channels": channels}}


@route("GET", "/V1/inventory/source-items", "Magento_InventoryApi::source")
def source_items(call: Call) -> dict[str, Any]:
    state = call.state
    criteria = search.parse(call.query)
    rows = [
        {"sku": sku, "source_code": SOURCE, "quantity": qty, "status": 1 if state.products[sku].in_stock else 0}
        for sku, qty in state.source_quantity.items()
        if sku in state.products
    ] + [
        {"sku": sku, "source_code": code, "quantity": qty, "status": 1}
        for code, quantities in state.other_sources.items()
        for sku, qty in quantities.items()
        if sku in state.products
    ]
    page, total = search.select(
        rows,
        criteria,
        lambda row: row,
        lambda one: search.unknown_column("inventory_source_item", one),
        ("sku", "source_code", "quantity", "status"),
    )
    return {"items": page, "search_criteria": criteria.as_answered(), "total_count": total}


@route("POST", "/V1/inventory/source-items", "Magento_InventoryApi::source")
def save_source_items(call: Call) -> list[Any]:
    for given in call.body["sourceItems"]:
        product = call.state.product(given.get("sku", ""))
        if product is None or given.get("source_code") != SOURCE:
            raise ApiError(400, "Validation Failed", {"errors": [f"Product with SKU {given.get('sku')} not found"]})
        call.state.source_quantity[product.sku] = Decimal(given.get("quantity") or 0)
        product.in_stock = bool(given.get("status", 1))
    return []


@route("GET", "/V1/inventory/get-product-salable-quantity/{sku}/{stockId}", "Magento_InventorySalesApi::stock")
def salable_quantity(call: Call) -> Decimal:
    _check_stock(call)
    sku = call.path["sku"]
    product = call.state.product(sku)
    if product is None:
        raise ApiError(404, "Product with SKU %sku can't be found.".replace("%sku", sku))
    if product.is_composite:
        message = "Can't check requested quantity for products without Source Items support."
        raise ApiError(400, message)
    return call.state.salable(product.sku)


@route("GET", "/V1/inventory/is-product-salable/{sku}/{stockId}", "Magento_InventorySalesApi::stock")
def is_salable(call: Call) -> bool:
    _check_stock(call)
    product = call.state.product(call.path["sku"])
    return product is not None and product.status == 1 and call.state.salable(product.sku) > 0


@route(
    "GET",
    "/V1/inventory/is-product-salable-for-requested-qty/{sku}/{stockId}/{requestedQty}",
    "Magento_InventorySalesApi::stock",
)
def is_salable_for(call: Call) -> dict[str, Any]:
    _check_stock(call)
    product = call.state.product(call.path["sku"])
    if product is None:
        raise no_such_product()
    if product.in_stock and call.state.salable(product.sku) >= Decimal(call.path["requestedQty"]):
        return {"salable": True, "errors": []}
    error = {"code": "is_salable_with_reservations-not_enough_qty", "message": "The requested qty is not available"}
    return {"salable": False, "errors": [error]}


def _check_stock(call: Call) -> None:
    if call.path["stockId"] != str(STOCK_ID):
        raise ApiError(404, 'Stock with id "%value" does not exist.', {"value": call.path["stockId"]})
