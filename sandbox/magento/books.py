"""`GET /_sandbox/books`: everything that a checker needs to see whether orders, money and stock are right."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from sandbox.magento import accountant, creditmemos, invoices, shipments
from sandbox.magento.inventory import inconsistencies
from sandbox.magento.order_rows import order_json
from sandbox.magento.order_state import amount
from sandbox.magento.state import Order, State


def books(state: State) -> dict[str, Any]:
    """Orders with their documents, stock per SKU, what was sold, inconsistencies, the accountant's findings, open carts."""
    return {
        "orders": [order_book(state, order) for order in state.orders.values()],
        "stock": stock_book(state),
        "inconsistencies": inconsistencies(state),
        "arithmetic": accountant.findings(state),
        "carts": {
            "open": [cart.id for cart in state.carts.values() if cart.is_active],
            "placed": [cart.id for cart in state.carts.values() if not cart.is_active],
        },
        "queued": len(state.bulk_queue),
    }


def order_book(state: State, order: Order) -> dict[str, Any]:
    """The order as REST shows it, with row totals as stored, and its invoices, shipments, credit memos."""
    book = order_json(order)
    book["items"] = [
        {name: value for name, value in item.items() if not name.startswith("_") and value is not None}
        for item in order.items
    ]
    assignment = book["extension_attributes"]["shipping_assignments"][0]["shipping"]
    book["shipping_address"] = assignment.get("address")
    book["shipping_method"] = assignment.get("method")
    book["comments"] = [history.get("comment") for history in order.histories]
    book["invoices"] = [invoices.as_json(i) for i in state.invoices.values() if i["order_id"] == order.id]
    book["shipments"] = [shipments.as_json(s) for s in state.shipments.values() if s["order_id"] == order.id]
    book["creditmemos"] = [creditmemos.as_json(m) for m in state.creditmemos.values() if m["order_id"] == order.id]
    book["arithmetic"] = list(accountant.check_order(order))
    return book


def stock_book(state: State) -> dict[str, dict[str, Any]]:
    """Per SKU: source, reserved, salable, and what orders say of it (`sold` = ordered, neither cancelled nor refunded)."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for order in state.orders.values():
        for item in order.items:
            if order.children(item):
                continue
            row = sums[str(item.get("sku"))]
            for name in ("ordered", "canceled", "shipped", "refunded"):
                row[name] += amount(item, f"qty_{name}")
    book = {}
    for sku in [*state.source_quantity, *(sku for sku in sums if sku not in state.source_quantity)]:
        row = sums[sku]
        product = state.products.get(sku)
        book[sku] = {
            "source": state.source_quantity.get(sku, Decimal(0)),
            "reserved": state.reserved(sku),
            "salable": state.salable(sku),
            "ordered": row["ordered"],
            "canceled": row["canceled"],
            "shipped": row["shipped"],
            "refunded": row["refunded"],
            "sold": row["ordered"] - row["canceled"] - row["refunded"],
            "enabled": bool(product and product.status == 1),
            "exists": product is not None,
        }
    return book
