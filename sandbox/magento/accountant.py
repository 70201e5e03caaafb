"""A strict accountant: what does not add up in an order, an invoice or a credit memo.

A real Magento stores whatever it is sent; so does this one, and then says here what is wrong with it. Each finding is one
sentence that begins with the document.
"""

from collections.abc import Iterator
from decimal import Decimal

from sandbox.magento.order_state import ZERO, amount, own_items
from sandbox.magento.schema import names
from sandbox.magento.state import Order, Row, State

PREFIXES = ("", "base_")
NO_DECIMALS = frozenset({"JPY", "KRW", "VND", "IDR", "CLP", "ISK"})
TOTALS = ("subtotal", "tax_amount", "shipping_amount", "shipping_tax_amount", "discount_amount", "grand_total")
NOT_NEGATIVE = names(
    "subtotal tax_amount shipping_amount shipping_tax_amount shipping_incl_tax grand_total total_paid total_due "
    "total_refunded total_invoiced discount_tax_compensation_amount"
)


def findings(state: State) -> list[str]:
    """All findings, orders first; empty when the books are right."""
    found = []
    for order in state.orders.values():
        found += [f"order {order.row['increment_id']}: {text}" for text in check_order(order)]
    for name, table in (("invoice", state.invoices), ("credit memo", state.creditmemos)):
        for document in table.values():
            found += [f"{name} {document['increment_id']}: {text}" for text in check_document(document)]
    found += list(_documents_against_orders(state))
    return found


def places(currency: str | None) -> int:
    """Decimals of an amount in a currency. Rupiah and dong have cents in name only; Magento keeps two places for both."""
    return 0 if currency in NO_DECIMALS else 2


def check_order(order: Order) -> Iterator[str]:
    row = order.row
    for p in PREFIXES:
        currency = row.get(f"{'base' if p else 'order'}_currency_code")
        lines = own_items(order)
        yield from _check_sums(row, lines, p)
        yield from _check_grand_total(row, p)
        yield from _check_lines(lines, p, "qty_ordered")
        yield from _check_precision(row, lines, p, currency)
        yield from _check_due(row, p)
        for name in NOT_NEGATIVE:
            if amount(row, f"{p}{name}") < 0:
                yield f"{p}{name} is negative: {row[f'{p}{name}']}"
        if amount(row, f"{p}discount_amount") > 0:
            yield f"{p}discount_amount is above zero: {row[f'{p}discount_amount']}"
    yield from _check_base(row, order)
    pieces = sum((amount(line, "qty_ordered") for line in own_items(order)), ZERO)
    if amount(row, "total_qty_ordered") != pieces:
        yield f"total_qty_ordered is {row.get('total_qty_ordered')}, its items have {pieces}"


def _check_sums(row: Row, lines: list[Row], p: str) -> Iterator[str]:
    """Subtotal, discount and tax against the rows; shipping's own discount and tax belong to the order."""
    rows = sum((amount(line, f"{p}row_total") for line in lines), ZERO)
    if rows != amount(row, f"{p}subtotal"):
        yield f"{p}subtotal is {row.get(f'{p}subtotal')}, its rows sum to {rows}"
    discounts = sum((amount(line, f"{p}discount_amount") for line in lines), ZERO)
    discounts += amount(row, f"{p}shipping_discount_amount")
    if -discounts != amount(row, f"{p}discount_amount"):
        yield f"{p}discount_amount is {row.get(f'{p}discount_amount')}, its rows and shipping sum to {-discounts}"
    taxes = sum((amount(line, f"{p}tax_amount") for line in lines), ZERO) + amount(row, f"{p}shipping_tax_amount")
    if taxes != amount(row, f"{p}tax_amount"):
        yield f"{p}tax_amount is {row.get(f'{p}tax_amount')}, its rows and shipping sum to {taxes}"
    hidden = sum((amount(line, f"{p}discount_tax_compensation_amount") for line in lines), ZERO)
    if hidden != amount(row, f"{p}discount_tax_compensation_amount"):
        yield f"{p}discount_tax_compensation_amount is not what its rows sum to, {hidden}"


def parts(row: Row, p: str) -> Decimal:
    """What the grand total must be. Taxes that are included in a price are in the compensation, or out of the price."""
    hidden_shipping = f"{p}shipping_discount_tax_compensation_{'amnt' if p else 'amount'}"
    names = (
        f"{p}subtotal {p}discount_amount {p}tax_amount {p}shipping_amount {p}discount_tax_compensation_amount "
        f"{hidden_shipping}"
    )
    return sum((amount(row, name) for name in names.split()), ZERO)


def _check_grand_total(row: Row, p: str) -> Iterator[str]:
    if parts(row, p) != amount(row, f"{p}grand_total"):
        yield f"{p}grand_total is {row.get(f'{p}grand_total')}, its parts sum to {parts(row, p)}"
    if row.get(f"{p}shipping_incl_tax") is not None:
        net = amount(row, f"{p}shipping_amount") + amount(row, f"{p}shipping_tax_amount")
        if amount(row, f"{p}shipping_incl_tax") not in (net, amount(row, f"{p}shipping_amount")):
            yield f"{p}shipping_incl_tax is {row[f'{p}shipping_incl_tax']}, shipping and its tax are {net}"


def _check_lines(lines: list[Row], p: str, qty_name: str) -> Iterator[str]:
    for line in lines:
        sku, qty = line.get("sku"), amount(line, qty_name)
        total = amount(line, f"{p}price") * qty
        # a price that does not divide may be half a cent off per piece
        if abs(total - amount(line, f"{p}row_total")) > Decimal("0.005") * qty:
            yield f"{sku}: {p}row_total is {line.get(f'{p}row_total')}, price times quantity is {total}"
        for name in ("price", "row_total", "tax_amount", "discount_amount"):
            if amount(line, f"{p}{name}") < 0:
                yield f"{sku}: {p}{name} is negative: {line[f'{p}{name}']}"
        if amount(line, f"{p}discount_amount") > amount(line, f"{p}row_total") + amount(line, f"{p}tax_amount"):
            yield f"{sku}: {p}discount_amount {line[f'{p}discount_amount']} is more than the row"


def _check_precision(row: Row, lines: list[Row], p: str, currency: str | None) -> Iterator[str]:
    """Totals to the currency's places, unit prices to two more."""
    allowed = places(currency)
    for owner, columns in ((row, TOTALS), *((line, ("row_total", "tax_amount", "discount_amount")) for line in lines)):
        for name in columns:
            value = amount(owner, f"{p}{name}")
            if value != round(value, allowed):
                yield f"{p}{name} {value} has more than {allowed} decimals of {currency}"
    for line in lines:
        value = amount(line, f"{p}price")
        if value != round(value, allowed + 2):
            yield f"{line.get('sku')}: {p}price {value} has more than {allowed + 2} decimals"


def _check_due(row: Row, p: str) -> Iterator[str]:
    """What was stored as due against what is left to pay."""
    paid, invoiced = amount(row, f"{p}total_paid"), amount(row, f"{p}total_invoiced")
    if paid > amount(row, f"{p}grand_total"):
        yield f"{p}total_paid {paid} is more than the grand total"
    if paid != invoiced:
        yield f"{p}total_paid {paid} is not {p}total_invoiced {invoiced}"
    if amount(row, f"{p}total_refunded") > paid:
        yield f"{p}total_refunded {row[f'{p}total_refunded']} is more than was paid"
    stored = row.get(f"{p}total_due")
    if stored is not None and amount(row, f"{p}total_due") != amount(row, f"{p}grand_total") - paid:
        yield f"{p}total_due is {stored}, grand total less paid is {amount(row, f'{p}grand_total') - paid}"


def _check_base(row: Row, order: Order) -> Iterator[str]:
    """Base amounts equal the order's where the currencies are the same, and the grand totals fit the rate where not."""
    if row.get("base_currency_code") == row.get("order_currency_code"):
        for name in (*TOTALS, "total_paid", "shipping_incl_tax", "subtotal_incl_tax"):
            if amount(row, name) != amount(row, f"base_{name}"):
                yield f"base_{name} {row.get(f'base_{name}')} differs from {name} {row.get(name)} in the same currency"
        for line in own_items(order):
            for name in ("price", "row_total", "tax_amount", "discount_amount"):
                if amount(line, name) != amount(line, f"base_{name}"):
                    yield f"{line.get('sku')}: base_{name} differs from {name} in the same currency"
        return
    rate = amount(row, "base_to_order_rate")
    if rate <= 0:
        yield "base_to_order_rate is missing though the currencies differ"
        return
    cent = Decimal(1).scaleb(-places(row.get("order_currency_code")))
    allowed = max(cent, Decimal("0.01") * rate) * (len(order.items) * 2 + 2)
    allowed += amount(row, "base_grand_total") * Decimal("0.00005")  # the rate itself has four decimals
    if abs(amount(row, "base_grand_total") * rate - amount(row, "grand_total")) > allowed:
        yield f"base_grand_total {row.get('base_grand_total')} at rate {rate} is not grand_total {row.get('grand_total')}"


def check_document(document: Row) -> Iterator[str]:
    """An invoice or a credit memo by itself."""
    for p in PREFIXES:
        adjustments = amount(document, f"{p}adjustment_positive") - amount(document, f"{p}adjustment_negative")
        total = parts(document, p) + adjustments
        if total != amount(document, f"{p}grand_total"):
            yield f"{p}grand_total is {document.get(f'{p}grand_total')}, its parts sum to {total}"
        rows = sum((amount(line, f"{p}row_total") for line in document["items"]), ZERO)
        if rows != amount(document, f"{p}subtotal"):
            yield f"{p}subtotal is {document.get(f'{p}subtotal')}, its rows sum to {rows}"
        for name in NOT_NEGATIVE:
            if amount(document, f"{p}{name}") < 0:
                yield f"{p}{name} is negative: {document[f'{p}{name}']}"


def _documents_against_orders(state: State) -> Iterator[str]:
    """A fully invoiced order's invoices are its totals, to the cent; credit memos are what the order says was refunded."""
    for order in state.orders.values():
        number = order.row["increment_id"]
        invoices = [i for i in state.invoices.values() if i["order_id"] == order.id]
        all_of_it = all(amount(i, "qty_invoiced") >= amount(i, "qty_ordered") for i in own_items(order))
        for p in PREFIXES:
            for name in TOTALS:
                total = sum((amount(i, f"{p}{name}") for i in invoices), ZERO)
                if invoices and all_of_it and total != amount(order.row, f"{p}{name}"):
                    yield f"order {number}: its invoices' {p}{name} is {total}, its own {order.row.get(f'{p}{name}')}"
            memos = [m for m in state.creditmemos.values() if m["order_id"] == order.id]
            refunded = sum((amount(m, f"{p}grand_total") for m in memos), ZERO)
            if memos and refunded != amount(order.row, f"{p}total_refunded"):
                yield f"order {number}: its credit memos are {refunded}, {p}total_refunded differs"
