"""Credit memos (recordings 47, 74, 76): refunds of what was invoiced, with shipping, adjustments and return to stock."""

from decimal import Decimal
from typing import Any

from sandbox.magento.amounts import cents, share
from sandbox.magento.errors import ApiError, document_invalid, no_such_entity
from sandbox.magento.invoices import CURRENCIES, PREFIXES, find_documents
from sandbox.magento.order_rows import touch
from sandbox.magento.order_state import (
    NOT_REFUNDED,
    ZERO,
    add,
    amount,
    can_refund,
    count,
    own_items,
    settle,
    stock_rows,
    to_refund,
)
from sandbox.magento.orders import get_order
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import render
from sandbox.magento.state import Order, Row, State

CREDITMEMO = "Magento_Sales::sales_creditmemo"


@route("POST", "/V1/order/{orderId}/refund", "Magento_Sales::creditmemo")
def create(call: Call) -> str:
    """Refunds the items named, or all; without `shipping_amount`, all of the shipping too. The id comes as a JSON string."""
    order = get_order(call.state, call.id("orderId"))
    items = call.body.get("items")
    wanted = {item["order_item_id"]: Decimal(item.get("qty") or 0) for item in items} if items else everything(order)
    memo = make(call.state, order, wanted, call.body.get("arguments", {}), call.body.get("comment") or {})
    return str(memo["entity_id"])


def everything(order: Order) -> dict[int, Decimal]:
    """What is left to refund, by item."""
    return {item["item_id"]: to_refund(item) for item in own_items(order)}


def make(state: State, order: Order, wanted: dict[int, Decimal], arguments: Row, comment: Row) -> Row:
    """Refunds these quantities. Raises ApiError when Magento would refuse."""
    problems = _problems(order, wanted)
    if problems:
        raise document_invalid("Creditmemo", problems)
    memo = _draw_up(state, order, wanted, arguments)
    available = amount(order.row, "base_total_paid") - amount(order.row, "base_total_refunded")
    problems = []
    if memo["base_grand_total"] > available:
        problems.append(f"The most money available to refund is {available:.2f}.")
    empty = not memo["items"] and memo["base_grand_total"] == 0 and amount(order.row, "grand_total") > 0
    if empty or memo["base_grand_total"] < 0:
        problems.append("The credit memo's total must be positive.")
    if problems:
        raise document_invalid("Creditmemo", problems)
    if comment.get("comment"):
        flags = {"is_customer_notified": 0, "is_visible_on_front": comment.get("is_visible_on_front", 0)}
        memo["comments"].append({"comment": comment["comment"], "created_at": state.now()} | flags)
    returned = arguments.get("extension_attributes", {}).get("return_to_stock_items", [])
    _book(state, order, memo, returned)
    return memo


def _problems(order: Order, wanted: dict[int, Decimal]) -> list[str]:
    problems = []
    for item_id, qty in wanted.items():
        item = order.item(item_id)
        if item is None:
            problems.append("The creditmemo contains product item that is not part of the original order.")
        elif qty > to_refund(item):
            sku = item.get("sku")
            problems.append(
                f'The quantity to creditmemo must not be greater than the unrefunded quantity for product SKU "{sku}".'
            )
    if order.row.get("state") in NOT_REFUNDED:
        problems.append(f"A creditmemo can not be created when an order has a status of {order.row.get('status')}")
    elif not can_refund(order):
        problems.append("The order does not allow a creditmemo to be created.")
    return problems


def _draw_up(state: State, order: Order, wanted: dict[int, Decimal], arguments: Row) -> Row:
    """The credit memo with its totals; nothing of the order is changed yet."""
    now = state.now()
    memo: Row = {name: order.row.get(name) for name in CURRENCIES}
    for name in ("base_to_global_rate", "base_to_order_rate", "store_to_base_rate", "store_to_order_rate"):
        memo[name] = order.row.get(name)
    memo |= {
        "order_id": order.id,
        "store_id": order.row["store_id"],
        "billing_address_id": order.row.get("billing_address_id"),
        "shipping_address_id": (order.shipping_address or {}).get("entity_id"),
        "state": 3,
        "created_at": now,
        "updated_at": now,
        "comments": [],
        "items": [_line(i, wanted[i["item_id"]]) for i in own_items(order) if wanted.get(i["item_id"], ZERO) > 0],
    }
    is_last = all(to_refund(item) == wanted.get(item["item_id"], ZERO) for item in own_items(order))
    for prefix in PREFIXES:
        _total(memo, order, prefix, arguments, is_last)
    return memo


def _line(item: Row, qty: Decimal) -> Row:
    left = to_refund(item)
    line: Row = {name: item.get(name) for name in ("name", "sku", "product_id", "base_cost")}
    line |= {"order_item_id": item["item_id"], "qty": qty}
    for p in PREFIXES:
        line[f"{p}price"] = item.get(f"{p}price")
        line[f"{p}price_incl_tax"] = item.get(f"{p}price_incl_tax")
        rest = amount(item, f"{p}row_invoiced") - amount(item, f"{p}amount_refunded")
        line[f"{p}row_total"] = share(rest, qty, left)
        incl_tax = amount(item, f"{p}row_total_incl_tax")
        line[f"{p}row_total_incl_tax"] = cents(incl_tax * qty / amount(item, "qty_ordered"))
        for name in ("tax", "discount", "discount_tax_compensation"):
            whole = amount(item, f"{p}{name}_invoiced")
            if whole:
                line[f"{p}{name}_amount"] = share(whole - amount(item, f"{p}{name}_refunded"), qty, left)
    return line


def _shipping(order: Order, p: str, arguments: Row) -> Decimal:
    """The shipping that is given back, in the order's or the base currency. Raises ApiError 400 when it is more than is left."""
    allowed = amount(order.row, f"{p}shipping_amount") - amount(order.row, f"{p}shipping_refunded")
    if arguments.get("shipping_amount") is None:
        return allowed
    wished = Decimal(arguments["shipping_amount"])
    base_allowed = amount(order.row, "base_shipping_amount") - amount(order.row, "base_shipping_refunded")
    if wished > base_allowed:
        raise ApiError(400, "Maximum shipping amount allowed to refund is: %1", [f"{base_allowed:.2f}"])
    if p or not base_allowed:
        return wished
    return allowed if wished == base_allowed else cents(allowed * wished / base_allowed)


def _total(memo: Row, order: Order, p: str, arguments: Row, is_last: bool) -> None:
    row = order.row

    def of_lines(name: str) -> Decimal:
        return sum((amount(line, f"{p}{name}") for line in memo["items"]), ZERO)

    shipping = _shipping(order, p, arguments)
    whole_shipping = amount(row, f"{p}shipping_amount")
    part = shipping / whole_shipping if whole_shipping else Decimal(0)
    all_shipping = shipping == whole_shipping - amount(row, f"{p}shipping_refunded")
    shipping_tax = cents(amount(row, f"{p}shipping_tax_amount") * part)
    hidden_name = "shipping_discount_tax_compensation_amnt" if p else "shipping_discount_tax_compensation_amount"
    tax_left = amount(row, f"{p}tax_invoiced") - amount(row, f"{p}tax_refunded")
    tax = of_lines("tax_amount") + shipping_tax
    discount = of_lines("discount_amount") + cents(amount(row, f"{p}shipping_discount_amount") * part)
    hidden = of_lines("discount_tax_compensation_amount") + cents(amount(row, f"{p}{hidden_name}") * part)
    rate = Decimal(1) if p else amount(row, "base_to_order_rate") or Decimal(1)
    positive = cents(Decimal(arguments.get("adjustment_positive") or 0) * rate)
    negative = cents(Decimal(arguments.get("adjustment_negative") or 0) * rate)
    memo[f"{p}subtotal"] = of_lines("row_total")
    memo[f"{p}tax_amount"] = tax_left if is_last and all_shipping else min(tax_left, tax)
    memo[f"{p}discount_amount"] = -discount
    memo[f"{p}discount_tax_compensation_amount"] = hidden
    memo[f"{p}shipping_amount"] = shipping
    memo[f"{p}shipping_tax_amount"] = shipping_tax
    memo[f"{p}shipping_incl_tax"] = shipping + shipping_tax
    memo[f"{p}subtotal_incl_tax"] = memo[f"{p}subtotal"] + of_lines("tax_amount") + hidden
    memo[f"{p}adjustment_positive"], memo[f"{p}adjustment_negative"] = positive, negative
    memo[f"{p}adjustment"] = positive - negative
    parts = memo[f"{p}subtotal"] + memo[f"{p}tax_amount"] + hidden + shipping - discount
    memo[f"{p}grand_total"] = parts + positive - negative


def _book(state: State, order: Order, memo: Row, returned: list[int]) -> None:
    memo["entity_id"] = state.next_id("sales_creditmemo")
    memo["increment_id"] = state.increment_id("creditmemo", order.row["store_id"])
    for comment in memo["comments"]:
        comment |= {"entity_id": state.next_id("sales_creditmemo_comment"), "parent_id": memo["entity_id"]}
    for line in memo["items"]:
        line |= {"entity_id": state.next_id("sales_creditmemo_item"), "parent_id": memo["entity_id"]}
        item = order.item(line["order_item_id"])
        if item is None:
            continue
        for p in PREFIXES:
            add(item, f"{p}amount_refunded", line[f"{p}row_total"])
            for name in ("tax", "discount", "discount_tax_compensation"):
                if f"{p}{name}_amount" in line:
                    add(item, f"{p}{name}_refunded", line[f"{p}{name}_amount"])
        _move_stock(state, order, item, line["qty"], returned)
        count(order, item, "qty_refunded", line["qty"])
    row = order.row
    for p in PREFIXES:
        add(row, f"{p}total_refunded", memo[f"{p}grand_total"])
        add(row, f"{p}total_offline_refunded", memo[f"{p}grand_total"])
        for name in (
            "subtotal",
            "tax_amount",
            "shipping_amount",
            "discount_amount",
            "discount_tax_compensation_amount",
        ):
            add(row, f"{p}{name.removesuffix('_amount')}_refunded", memo[f"{p}{name}"])
        for name in ("adjustment_positive", "adjustment_negative"):
            add(row, f"{p}{name}", memo[f"{p}{name}"])
        if order.payment is not None:
            add(order.payment, f"{p}amount_refunded", memo[f"{p}grand_total"])
            add(order.payment, f"{p}shipping_refunded", memo[f"{p}shipping_amount"])
    state.creditmemos[memo["entity_id"]] = memo
    settle(order)
    touch(state, order, order.items)


def _move_stock(state: State, order: Order, item: Row, qty: Decimal, returned: list[int]) -> None:
    """What had not left the source is free again; what had left it comes back only where it is told to.

    An order that was created complete has left nothing to free and nothing to bring back.
    """
    for row, part in stock_rows(order, item, qty):
        sku = str(row.get("sku"))
        waiting = amount(row, "qty_ordered") - amount(row, "qty_canceled")
        waiting -= max(amount(row, "_deducted"), amount(row, "qty_shipped")) + amount(row, "_refunded_unshipped")
        unshipped = min(part, max(waiting, ZERO))
        if unshipped:
            state.reserve(order, sku, unshipped, "creditmemo_created")
            add(row, "_refunded_unshipped", unshipped)
        back = min(part - unshipped, amount(row, "_deducted") - amount(row, "_returned"))
        if item["item_id"] in returned and sku in state.source_quantity and back > 0:
            state.source_quantity[sku] += back
            add(row, "_returned", back)


def as_json(memo: Row) -> dict[str, Any]:
    answer = render("sales-data-creditmemo", memo)
    answer["items"] = [render("sales-data-creditmemo-item", line) for line in memo["items"]]
    return answer


@route("GET", "/V1/creditmemo/{id}", CREDITMEMO)
def by_id(call: Call) -> dict[str, Any]:
    memo = call.state.creditmemos.get(call.id())
    if memo is None:
        raise no_such_entity()
    return as_json(memo)


@route("GET", "/V1/creditmemos", CREDITMEMO)
def find(call: Call) -> dict[str, Any]:
    return find_documents(call, call.state.creditmemos, "creditmemo", as_json)
