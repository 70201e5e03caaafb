"""Statements, their transactions, payments, and what is not settled yet (operations of the group Finance)."""

from decimal import Decimal
from typing import Any

from sandbox.tiktok.api.paging import page
from sandbox.tiktok.errors import NOT_FOUND, ApiError
from sandbox.tiktok.gate import Call, Operation
from sandbox.tiktok.model import total
from sandbox.tiktok.regions import money
from sandbox.tiktok.schema import Spec, number, text
from sandbox.tiktok.shop_finance import Money, Statement

PAGED: dict[str, Spec] = {
    "page_size": number(1, 100),
    "page_token": text(),
    "sort_order": text("ASC", "DESC"),
}


def _statement_document(statement: Statement) -> dict[str, Any]:
    lines, currency = statement.lines, statement.currency
    document = {
        "id": statement.id,
        "statement_time": statement.time,
        "currency": currency,
        "settlement_amount": money(total(line.settlement for line in lines), currency),
        "revenue_amount": money(total(line.revenue for line in lines), currency),
        "net_sales_amount": money(total(line.revenue for line in lines), currency),
        "fee_amount": money(total(line.fees for line in lines), currency),
        "shipping_cost_amount": money(total(line.shipping for line in lines), currency),
        "adjustment_amount": money(total(line.adjustment for line in lines), currency),
        "payment_status": "PAID" if statement.payment_id else "SETTLED",
    }
    if statement.payment_id:
        document |= {"payment_id": statement.payment_id, "payment_time": statement.payment_time}
    return document


def _sorted(found: list[Any], call: Call, key: str) -> list[Any]:
    return sorted(found, key=lambda one: (getattr(one, key), one.id), reverse=call.query.get("sort_order") == "DESC")


def statements(call: Call) -> dict[str, Any]:
    """Get Statements."""
    query = call.query
    found = [
        one
        for one in call.shop.statements.values()
        if query.get("statement_time_ge", 0) <= one.time < query.get("statement_time_lt", 1 << 40)
        and query.get("payment_status") in (None, "PAID" if one.payment_id else "PROCESSING")
    ]
    shown, paging = page(_sorted(found, call, "time"), query)
    return {"statements": [_statement_document(one) for one in shown], "next_page_token": paging["next_page_token"]}


def _breakdowns(line: Money, currency: str) -> dict[str, Any]:
    return {
        "revenue_breakdown": {
            "subtotal_before_discount_amount": money(line.revenue + line.discount, currency),
            "seller_discount_amount": money(-line.discount, currency),
        },
        "shipping_cost_breakdown": {"actual_shipping_fee_amount": money(line.shipping, currency)},
        "fee_tax_breakdown": {
            "fee": {
                "platform_commission_amount": money(line.commission, currency),
                "affiliate_commission_amount": money(line.affiliate, currency),
            },
            "tax": {"sales_tax_referral_fee_amount": money(line.fee_tax, currency)},
        },
    }


def statement_transactions(call: Call) -> dict[str, Any]:
    """Get Transactions by Statement."""
    statement = call.shop.statements.get(call.path["statement_id"])
    if statement is None:
        raise ApiError(NOT_FOUND, f"statement {call.path['statement_id']} not found")
    lines, currency = statement.lines, statement.currency
    shown, paging = page(lines, call.query)
    settled = money(total(line.settlement for line in lines), currency)
    return {
        **paging,
        "id": statement.id,
        "create_time": statement.time,
        "status": "SETTLED",
        "currency": currency,
        "payable_amount": settled,
        "total_reserve_amount": money(Decimal(0), currency),
        "total_settlement_amount": settled,
        "total_settlement_breakdown": {
            "total_revenue_amount": money(total(line.revenue for line in lines), currency),
            "total_shipping_cost_amount": money(total(line.shipping for line in lines), currency),
            "total_fee_tax_amount": money(total(line.fees for line in lines), currency),
            "total_adjustment_amount": money(total(line.adjustment for line in lines), currency),
        },
        "transactions": [_transaction(call, line, currency) for line in shown],
    }


def _transaction(call: Call, line: Money, currency: str) -> dict[str, Any]:
    order = call.shop.order(line.order_id)
    document: dict[str, Any] = {
        "id": line.id,
        "type": line.kind,
        "settlement_amount": money(line.settlement, currency),
        "adjustment_amount": money(line.adjustment, currency),
    }
    if line.kind != "ORDER":
        return document | {"adjustment_id": line.id, "adjustment_order_id": line.order_id}
    return document | {
        "order_id": line.order_id,
        "order_create_time": order.create_time,
        "revenue_amount": money(line.revenue, currency),
        "shipping_cost_amount": money(line.shipping, currency),
        "fee_tax_amount": money(line.fees, currency),
        **_breakdowns(line, currency),
    }


def unsettled(call: Call) -> dict[str, Any]:
    """Get Unsettled Transactions: orders that are paid and neither cancelled nor settled."""
    found = [
        order
        for order in call.shop.orders.values()
        if order.paid_time
        and order.status != "CANCELLED"
        and order.id not in call.shop.settled
        and call.query.get("search_time_ge", 0) <= order.create_time < call.query.get("search_time_lt", 1 << 40)
    ]
    shown, paging = page(_sorted(found, call, "create_time"), call.query)
    documents = []
    for order in shown:
        line, currency = call.shop.money_of(order), order.currency
        documents.append(
            {
                "id": line.id,
                "type": "ORDER",
                "status": "UNSETTLED",
                "currency": currency,
                "order_id": order.id,
                "order_create_time": order.create_time,
                "estimated_settlement": "Delivered + 8 days",
                "unsettled_reason": "Order has not been delivered",
                "est_settlement_amount": money(line.settlement, currency),
                "est_revenue_amount": money(line.revenue, currency),
                "est_shipping_cost_amount": money(line.shipping, currency),
                "est_fee_tax_amount": money(line.fees, currency),
                "est_adjustment_amount": money(line.adjustment, currency),
                **_breakdowns(line, currency),
            }
        )
    return {"transactions": documents, **paging}


def payments(call: Call) -> dict[str, Any]:
    """Get Payments."""
    found: dict[str, list[Statement]] = {}
    for statement in call.shop.statements.values():
        if statement.payment_id:
            found.setdefault(statement.payment_id, []).append(statement)
    query = call.query
    chosen = [
        (paid[0].payment_time, payment_id, paid)
        for payment_id, paid in found.items()
        if query.get("create_time_ge", 0) <= paid[0].payment_time < query.get("create_time_lt", 1 << 40)
    ]
    shown, paging = page(sorted(chosen, reverse=query.get("sort_order") == "DESC"), query)
    documents = []
    for moment, payment_id, paid in shown:
        currency = paid[0].currency
        amount = {
            "value": money(total(line.settlement for s in paid for line in s.lines), currency),
            "currency": currency,
        }
        documents.append(
            {
                "id": payment_id,
                "create_time": moment,
                "paid_time": moment,
                "status": "PAID",
                "amount": amount,
                "settlement_amount": amount,
                "payment_amount_before_exchange": amount,
                "exchange_rate": "1.000000",
                "bank_account": "****1234",
            }
        )
    return {"payments": documents, "next_page_token": paging["next_page_token"]}


OPERATIONS = [
    Operation(
        "GET",
        "/finance/202309/statements",
        statements,
        query={
            **PAGED,
            "sort_field": text("statement_time", required=True),
            "payment_status": text("PAID", "FAILED", "PROCESSING"),
            "statement_time_ge": number(0),
            "statement_time_lt": number(0),
        },
    ),
    Operation(
        "GET",
        "/finance/202501/statements/{statement_id}/statement_transactions",
        statement_transactions,
        query={**PAGED, "sort_field": text("order_create_time", required=True)},
    ),
    Operation(
        "GET",
        "/finance/202507/orders/unsettled",
        unsettled,
        query={
            **PAGED,
            "sort_field": text("order_create_time", required=True),
            "search_time_ge": number(0),
            "search_time_lt": number(0),
        },
    ),
    Operation(
        "GET",
        "/finance/202605/payments",
        payments,
        query={
            **PAGED,
            "sort_field": text("create_time", required=True),
            "create_time_ge": number(0),
            "create_time_lt": number(0),
        },
    ),
]
