"""Rows of the rarer kinds with something on them, for the pages of returns and money: `tests.factories` makes the orders."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from connector import clock
from connector.extensions import db
from connector.models import (
    FinanceRead,
    Order,
    PackageChoices,
    Payment,
    Return,
    ReturnAnswer,
    ReturnChoices,
    SettlementLine,
    Shop,
    Statement,
)
from tests import factories

REASONS = [{"name": "r1", "text": "Product is not defective"}, {"name": "r2", "text": "Buyer has used the product"}]
DECISIONS = [
    {"decision": "APPROVE_RETURN", "is_eligible": True, "why_not": "", "reasons": []},
    {"decision": "DIRECT_REFUND", "is_eligible": True, "why_not": "", "reasons": []},
    {"decision": "REJECT_RETURN", "is_eligible": True, "why_not": "", "reasons": REASONS},
    {"decision": "APPROVE_REFUND", "is_eligible": False, "why_not": "The request is a return", "reasons": []},
    {
        "decision": "OFFER_PARTIAL_REFUND",
        "is_eligible": True,
        "why_not": "",
        "reasons": [],
        "least": "0.50",
        "most": "10.00",
        "currency": "USD",
    },
    {
        "decision": "ISSUE_EXCHANGE_REFUND",
        "is_eligible": True,
        "why_not": "",
        "reasons": [],
        "is_elsewhere": True,
    },
]


def make_return(order: Order, **values: Any) -> Return:
    """A return that waits for the seller's first answer, unless `values` say otherwise; with TikTok's choices for it."""
    now = clock.now()
    choices = values.pop("decisions", DECISIONS)
    number = 4035480000000 + (db.session.query(Return).count() + 1)
    defaults: dict[str, Any] = {
        "order_id": order.id,
        "return_id": str(number),
        "return_type": "RETURN_AND_REFUND",
        "status": "RETURN_OR_REFUND_REQUEST_PENDING",
        "role": "BUYER",
        "reason": "doesnt_match",
        "reason_text": "Item does not match the description",
        "line_ids": [line["id"] for line in (order.document or {})["line_items"]],
        "currency": "USD",
        "refund_total": Decimal("12.50"),
        "refund_subtotal": Decimal("12.50"),
        "next_action": "SELLER_RESPOND_RETURN",
        "deadline": now + timedelta(hours=30),
        "document_type": "SHIPPING_LABEL",
        "return_method": "PLATFORM_SHIPPED",
        "return_address": "1 Returns Road, Reno, Nevada 89501, United States",
        "create_time": now - timedelta(hours=18),
        "update_time": now - timedelta(hours=18),
    }
    row = Return(**(defaults | values))
    order.return_state, order.aftersales_read = "open", 1
    db.session.add(row)
    db.session.flush()
    records = [
        {
            "at": (now - timedelta(hours=18)).isoformat(),
            "role": "BUYER",
            "text": "The buyer has asked for a return",
            "note": "It is blue, not green.",
            "images": [],
        }
    ]
    db.session.add(
        ReturnChoices(
            return_row_id=row.id,
            order_id=order.id,
            state="ready",
            asked_at=now,
            read_at=now,
            decisions=choices,
            records=records,
        )
    )
    db.session.commit()
    return row


def returns(shop: Shop) -> None:
    """Returns in each of the states that the page shows."""
    orders = [factories.make_order(shop, status="DELIVERED") for _ in range(4)]
    make_return(orders[0], deadline=clock.now() + timedelta(hours=5))
    make_return(orders[1], return_type="REFUND", next_action="SELLER_RESPOND_REFUND")
    answered = make_return(orders[2])
    make_return(
        orders[3],
        status="RETURN_OR_REFUND_REQUEST_COMPLETE",
        next_action="",
        deadline=None,
        followed="credited",
        tracking_number="RT9400100000000",
        provider_name="USPS",
    )
    db.session.add(
        ReturnAnswer(
            order_id=answered.order_id,
            return_row_id=answered.id,
            actor="merchant@example.com",
            asked_at=clock.now(),
            decision="APPROVE_RETURN",
            status_at=answered.status,
            key="k",
            state="sent",
        )
    )
    db.session.commit()


def first_return() -> int:
    return returns_to_answer()[0]


def returns_to_answer() -> list[int]:
    return list(db.session.scalars(select(Return.id).where(Return.next_action != "").order_by(Return.id)))


def order_returned() -> str:
    number = db.session.scalar(
        select(Order.tiktok_order_id).join(Return, Return.order_id == Order.id).order_by(Return.id)
    )
    assert number is not None
    return number


def make_line(shop: Shop, order: Order | None = None, **values: Any) -> SettlementLine:
    """A transaction of TikTok's: 20.00 of revenue, of which 1.20 are kept."""
    defaults: dict[str, Any] = {
        "shop_id": shop.id,
        "statement_id": "7600000000001",
        "transaction_id": f"73{db.session.query(SettlementLine).count():011d}",
        "kind": "ORDER",
        "tiktok_order_id": order.tiktok_order_id if order else "",
        "currency": "USD",
        "settlement": Decimal("18.80"),
        "revenue": Decimal("20.00"),
        "fee_tax": Decimal("1.20"),
        "parts": {"revenue": {"subtotal_before_discount_amount": "20.00"}, "fee": {"referral_fee_amount": "1.20"}},
        "seen_at": clock.now(),
    }
    row = SettlementLine(**(defaults | values))
    db.session.add(row)
    db.session.commit()
    return row


def make_statement(shop: Shop, **values: Any) -> Statement:
    """A statement that was read and paid: one order's money."""
    defaults: dict[str, Any] = {
        "shop_id": shop.id,
        "statement_id": "7600000000001",
        "statement_time": clock.now() - timedelta(days=1),
        "currency": "USD",
        "settlement": Decimal("18.80"),
        "payable": Decimal("18.80"),
        "revenue": Decimal("20.00"),
        "fee": Decimal("1.20"),
        "payment_status": "PAID",
        "payment_id": "7500000000001",
        "payment_time": clock.now(),
        "read_at": clock.now(),
    }
    row = Statement(**(defaults | values))
    db.session.add(row)
    db.session.commit()
    return row


def money(shop: Shop) -> Statement:
    """Statements, a payment and estimates; some of it does not match. Returns the statement that does."""
    booked = {
        "magento_order_id": 31,
        "magento_increment_id": "000000031",
        "magento_grand_total": Decimal("24.50"),
        "magento_currency": "USD",
    }
    order = factories.make_order(shop, status="COMPLETED", row=booked)
    statement = make_statement(shop)
    make_line(shop, order)
    make_statement(
        shop, statement_id="7600000000002", settlement=Decimal("5.00"), payment_status="SETTLED", payment_id=""
    )
    make_line(shop, statement_id="7600000000002", tiktok_order_id="576999", settlement=Decimal("4.00"))
    make_line(
        shop,
        factories.make_order(shop, row=booked),
        statement_id="",
        reason="On its way",
        expected="Delivered + 8 days",
    )
    db.session.add(
        Payment(
            shop_id=shop.id,
            payment_id="7500000000001",
            status="PAID",
            amount=Decimal("18.80"),
            currency="USD",
            settlement=Decimal("18.80"),
            settlement_currency="USD",
            create_time=clock.now(),
            paid_time=clock.now(),
            bank_account="****1234",
        )
    )
    db.session.add(FinanceRead(shop_id=shop.id, done_at=clock.now(), next_at=clock.now()))
    db.session.commit()
    return statement


def order_settled() -> str:
    number = db.session.scalar(
        select(SettlementLine.tiktok_order_id).where(SettlementLine.statement_id == "7600000000001")
    )
    assert number is not None
    return number


def order_to_split(shop: Shop | None = None) -> Order:
    """An order of two items that TikTok lets be split, or combined with another of the buyer's."""
    other = factories.make_order(shop)
    order = factories.make_order(
        shop, line_items=[factories.make_line(), factories.make_line(product_name="Wool Beanie")]
    )
    db.session.add(
        PackageChoices(
            order_id=order.id,
            state="ready",
            asked_at=clock.now(),
            can_split=True,
            combinable=[{"id": "1153000000001", "order_ids": [order.tiktok_order_id, other.tiktok_order_id]}],
        )
    )
    db.session.commit()
    return order
