"""Invoices (recordings 40, 41, 72, 73), with totals worked out row by row as Magento does."""

from decimal import Decimal
from typing import Any

from sandbox.magento import search
from sandbox.magento.amounts import cents, share
from sandbox.magento.errors import document_invalid, no_such_entity
from sandbox.magento.order_rows import touch
from sandbox.magento.order_state import (
    NOT_INVOICED,
    ZERO,
    add,
    amount,
    can_invoice,
    count,
    own_items,
    settle,
    stock_rows,
    to_invoice,
)
from sandbox.magento.orders import get_order
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import fields_of, render
from sandbox.magento.state import Order, Row, State

PREFIXES = ("", "base_")
CURRENCIES = ("base_currency_code", "global_currency_code", "order_currency_code", "store_currency_code")


@route("POST", "/V1/order/{orderId}/invoice", "Magento_Sales::invoice")
def create(call: Call) -> str:
    """Invoices the items named, or all; the id comes as a JSON string."""
    order = get_order(call.state, call.id("orderId"))
    wanted = wanted_quantities(order, call.body.get("items"))
    problems = _problems(order, wanted)
    if problems:
        raise document_invalid("Invoice", problems)
    return str(make(call.state, order, wanted, call.body.get("comment"))["entity_id"])


def wanted_quantities(order: Order, items: list[Row] | None) -> dict[int, Decimal]:
    """Item id → quantity; of all items what is open, where none is named."""
    if items:
        return {item["order_item_id"]: Decimal(item.get("qty") or 0) for item in items}
    return {item["item_id"]: to_invoice(item) for item in own_items(order)}


def _problems(order: Order, wanted: dict[int, Decimal]) -> list[str]:
    problems = []
    for item_id, qty in wanted.items():
        item = order.item(item_id)
        if item is None:
            problems.append("The invoice contains one or more items that are not part of the original order.")
        elif qty > to_invoice(item):
            sku = item.get("sku")
            problems.append(
                f'The quantity to invoice must not be greater than the uninvoiced quantity for product SKU "{sku}".'
            )
    if not any(qty > 0 for qty in wanted.values()):
        problems.append("The invoice can't be created without products. Add products and try again.")
    if order.row.get("state") in NOT_INVOICED:
        problems.append(f"An invoice cannot be created when an order has a status of {order.row.get('status')}")
    elif not can_invoice(order):
        problems.append("The order does not allow an invoice to be created.")
    return problems


def make(state: State, order: Order, wanted: dict[int, Decimal], comment: Row | None = None) -> Row:
    """Write the invoice, pay it (an offline payment method always does), and move the order on."""
    invoice_id = state.next_id("sales_invoice")
    now = state.now()
    invoice: Row = {name: order.row.get(name) for name in CURRENCIES}
    invoice |= {
        "entity_id": invoice_id,
        "increment_id": state.increment_id("invoice", order.row["store_id"]),
        "order_id": order.id,
        "store_id": order.row["store_id"],
        "billing_address_id": order.row.get("billing_address_id"),
        "shipping_address_id": (order.shipping_address or {}).get("entity_id"),
        "state": 2,
        "can_void_flag": 0,
        "created_at": now,
        "updated_at": now,
        "total_qty": sum(wanted.values(), ZERO),
        "items": [],
        "comments": [],
    }
    for name in ("base_to_global_rate", "base_to_order_rate", "store_to_base_rate", "store_to_order_rate"):
        invoice[name] = order.row.get(name)
    if comment and comment.get("comment"):
        text = {"comment": comment["comment"], "parent_id": invoice_id, "created_at": now}
        flags = {"is_customer_notified": 0, "is_visible_on_front": comment.get("is_visible_on_front", 0)}
        invoice["comments"].append(text | flags | {"entity_id": state.next_id("sales_invoice_comment")})
    is_last = all(to_invoice(item) == wanted.get(item["item_id"], ZERO) for item in own_items(order))
    with_shipping = not any(i["order_id"] == order.id and i["shipping_amount"] for i in state.invoices.values())
    for item in own_items(order):
        qty = wanted.get(item["item_id"], ZERO)
        if qty > 0:
            invoice["items"].append(_line(state, invoice_id, item, qty))
    for prefix in PREFIXES:
        _total(invoice, order, prefix, is_last, with_shipping)
    _book(state, order, invoice, wanted)
    state.invoices[invoice_id] = invoice
    return invoice


def _line(state: State, invoice_id: int, item: Row, qty: Decimal) -> Row:
    left = to_invoice(item)
    line: Row = {name: item.get(name) for name in ("name", "sku", "product_id")}
    line |= {
        "entity_id": state.next_id("sales_invoice_item"),
        "parent_id": invoice_id,
        "order_item_id": item["item_id"],
        "qty": qty,
    }
    for p in PREFIXES:
        line[f"{p}price"] = item.get(f"{p}price")
        line[f"{p}price_incl_tax"] = item.get(f"{p}price_incl_tax")
        line[f"{p}row_total"] = share(amount(item, f"{p}row_total") - amount(item, f"{p}row_invoiced"), qty, left)
        incl_tax = amount(item, f"{p}row_total_incl_tax")
        line[f"{p}row_total_incl_tax"] = cents(incl_tax * qty / amount(item, "qty_ordered"))
        for name in ("tax", "discount", "discount_tax_compensation"):
            whole = amount(item, f"{p}{name}_amount")
            if whole:
                line[f"{p}{name}_amount"] = share(whole - amount(item, f"{p}{name}_invoiced"), qty, left)
    return line


def _total(invoice: Row, order: Order, p: str, is_last: bool, with_shipping: bool) -> None:
    """Subtotal, discount, tax, shipping and grand total of one currency (`p`: prefix)."""
    row = order.row

    def of_lines(name: str) -> Decimal:
        return sum((amount(line, f"{p}{name}") for line in invoice["items"]), ZERO)

    subtotal = amount(row, f"{p}subtotal") - amount(row, f"{p}subtotal_invoiced")
    tax_left = amount(row, f"{p}tax_amount") - amount(row, f"{p}tax_invoiced")
    hidden_name = "shipping_discount_tax_compensation_amnt" if p else "shipping_discount_tax_compensation_amount"
    hidden = of_lines("discount_tax_compensation_amount")
    discount, tax, shipping = of_lines("discount_amount"), of_lines("tax_amount"), ZERO
    if with_shipping:
        shipping = amount(row, f"{p}shipping_amount")
        discount += amount(row, f"{p}shipping_discount_amount")
        tax += amount(row, f"{p}shipping_tax_amount")
        hidden += amount(row, f"{p}{hidden_name}")
        invoice[f"{p}shipping_tax_amount"] = row.get(f"{p}shipping_tax_amount")
        invoice[f"{p}shipping_incl_tax"] = row.get(f"{p}shipping_incl_tax")
    invoice[f"{p}subtotal"] = subtotal if is_last else min(subtotal, of_lines("row_total"))
    invoice[f"{p}tax_amount"] = tax_left if is_last else min(tax_left, tax)
    invoice[f"{p}discount_amount"] = -discount
    invoice[f"{p}discount_tax_compensation_amount"] = hidden
    invoice[f"{p}shipping_amount"] = shipping
    invoice[f"{p}subtotal_incl_tax"] = invoice[f"{p}subtotal"] + of_lines("tax_amount") + hidden
    parts = invoice[f"{p}subtotal"] + invoice[f"{p}tax_amount"] + hidden + shipping - discount
    invoice[f"{p}grand_total"] = parts


def _book(state: State, order: Order, invoice: Row, wanted: dict[int, Decimal]) -> None:
    for line in invoice["items"]:
        item = order.item(line["order_item_id"])
        if item is None:
            continue
        for p in PREFIXES:
            add(item, f"{p}row_invoiced", line[f"{p}row_total"])
            for name in ("tax", "discount", "discount_tax_compensation"):
                if f"{p}{name}_amount" in line:
                    add(item, f"{p}{name}_invoiced", line[f"{p}{name}_amount"])
        count(order, item, "qty_invoiced", line["qty"])
        if item.get("is_virtual"):
            deduct(state, order, item, line["qty"], "invoice_created")
    for p in PREFIXES:
        for name in (
            "subtotal",
            "tax_amount",
            "shipping_amount",
            "discount_amount",
            "discount_tax_compensation_amount",
        ):
            add(order.row, f"{p}{name.removesuffix('_amount')}_invoiced", invoice[f"{p}{name}"])
        for name in ("total_invoiced", "total_paid"):
            add(order.row, f"{p}{name}", invoice[f"{p}grand_total"])
        order.row[f"{p}total_due"] = amount(order.row, f"{p}grand_total") - amount(order.row, f"{p}total_paid")
        if order.payment is not None:
            add(order.payment, f"{p}amount_paid", invoice[f"{p}grand_total"])
            add(order.payment, f"{p}shipping_captured", invoice[f"{p}shipping_amount"])
    settle(order, in_process=True)
    touch(state, order, [i for i in order.items if i["item_id"] in wanted])


def deduct(
    state: State, order: Order, item: Row, qty: Decimal, event: str, source: dict[str, Decimal] | None = None
) -> None:
    """Take the goods from the source and balance their reservation; what is not kept in stock is passed over.

    `source`: the quantities of another source than the default one.
    """
    for row, part in stock_rows(order, item, qty):
        sku = str(row.get("sku"))
        product = state.products.get(sku)
        if product is None or product.is_composite or not product.manage_stock:
            continue
        (state.source_quantity if source is None else source)[sku] -= part
        state.reserve(order, sku, part, event)
        add(row, "_deducted", part)


def as_json(invoice: Row) -> dict[str, Any]:
    answer = render("sales-data-invoice", invoice)
    answer["items"] = [render("sales-data-invoice-item", line) for line in invoice["items"]]
    return answer


@route("GET", "/V1/invoices/{id}", "Magento_Sales::sales_invoice")
def by_id(call: Call) -> dict[str, Any]:
    invoice = call.state.invoices.get(call.id())
    if invoice is None:
        raise no_such_entity()
    return as_json(invoice)


@route("GET", "/V1/invoices", "Magento_Sales::sales_invoice")
def find(call: Call) -> dict[str, Any]:
    return find_documents(call, call.state.invoices, "invoice", as_json)


def find_documents(call: Call, table: dict[int, Row], name: str, show: Any) -> dict[str, Any]:
    """Search invoices, shipments or credit memos by their columns."""
    criteria = search.parse(call.query)
    page, total = search.select(
        table.values(),
        criteria,
        lambda row: row,
        lambda one: search.unknown_column(f"sales_{name}", one),
        [column for column, kind in fields_of(f"sales-data-{name}").items() if not kind.startswith(("[]", "@"))],
    )
    return {
        "items": [show(row) for row in page],
        "search_criteria": criteria.as_answered(),
        "total_count": total,
    }
