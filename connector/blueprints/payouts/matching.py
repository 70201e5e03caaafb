"""What does not match between statements, their lines, payments and orders. Sums are of TikTok's own fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from connector.domain.settlement import CENT, ORDER
from connector.extensions import db
from connector.models import Order, Payment, SettlementLine, Statement

#: As many of a kind as the page shows.
SHOWN = 100


@dataclass(frozen=True)
class Mismatch:
    """One thing that does not match, in a sentence. `statement` or `tiktok_order_id` say where to look."""

    kind: str
    sentence: str
    shop_id: int
    statement: Statement | None = None
    tiktok_order_id: str = ""
    difference: Decimal | None = None
    currency: str = ""


def mismatches() -> list[Mismatch]:
    """All that is found, statements first."""
    return [*_statements(), *_payments(), *_lines(), *_orders()]


def line_sums(statement_ids: Sequence[str]) -> dict[tuple[int, str], tuple[Decimal, int]]:
    """(shop row, statement) to the sum of its lines' settlements with reserves, and how many there are."""
    counted = (
        select(
            SettlementLine.shop_id,
            SettlementLine.statement_id,
            func.sum(SettlementLine.settlement),
            func.count(),
        )
        .where(SettlementLine.statement_id.in_(statement_ids))
        .group_by(SettlementLine.shop_id, SettlementLine.statement_id)
    )
    return {
        (shop_id, name): (total or Decimal(0), count) for shop_id, name, total, count in db.session.execute(counted)
    }


def _statements() -> Iterator[Mismatch]:
    total = func.coalesce(
        select(func.sum(SettlementLine.settlement))
        .where(SettlementLine.shop_id == Statement.shop_id, SettlementLine.statement_id == Statement.statement_id)
        .correlate(Statement)
        .scalar_subquery(),
        Decimal(0),
    )
    listed = (
        select(Statement, total)
        .where(Statement.read_at.is_not(None), Statement.settlement != total)
        .order_by(Statement.statement_time.desc())
        .limit(SHOWN)
    )
    for statement, _ in db.session.execute(listed):
        [summed] = line_sums([statement.statement_id]).values() or [(Decimal(0), 0)]
        difference = statement.settlement - summed[0]
        if abs(difference) >= CENT:
            yield Mismatch(
                "Statement",
                f"Its {summed[1]} lines come to {summed[0]}, the statement says {statement.settlement}.",
                statement.shop_id,
                statement,
                difference=difference,
                currency=statement.currency,
            )


def _payments() -> Iterator[Mismatch]:
    listed = (
        select(Payment, func.sum(func.coalesce(Statement.payable, Statement.settlement)))
        .join(Statement, (Statement.shop_id == Payment.shop_id) & (Statement.payment_id == Payment.payment_id))
        .group_by(Payment.id)
        .order_by(Payment.id.desc())
        .limit(10 * SHOWN)
    )
    for payment, paid in db.session.execute(listed):
        if abs(payment.settlement - (paid or Decimal(0))) >= CENT:
            yield Mismatch(
                "Payment",
                f"Payment {payment.payment_id} settles {payment.settlement}, its statements come to {paid}.",
                payment.shop_id,
                difference=payment.settlement - paid,
                currency=payment.settlement_currency,
            )


def _lines() -> Iterator[Mismatch]:
    listed = (
        select(SettlementLine)
        .where(SettlementLine.difference != Decimal(0), SettlementLine.statement_id != "")
        .order_by(SettlementLine.id.desc())
        .limit(SHOWN)
    )
    for line in db.session.scalars(listed):
        yield Mismatch(
            "Order" if line.kind == ORDER else "Adjustment",
            f"Revenue, shipping, fees and adjustments do not come to the {line.settlement} that is settled.",
            line.shop_id,
            tiktok_order_id=line.tiktok_order_id,
            difference=line.difference,
            currency=line.currency,
        )


def _orders() -> Iterator[Mismatch]:
    listed = (
        select(SettlementLine, Order.id, Order.magento_order_id)
        .outerjoin(Order, Order.tiktok_order_id == SettlementLine.tiktok_order_id)
        .where(
            SettlementLine.kind == ORDER,
            SettlementLine.statement_id != "",
            Order.magento_order_id.is_(None),
        )
        .order_by(SettlementLine.id.desc())
        .limit(SHOWN)
    )
    for line, row_id, _ in db.session.execute(listed):
        yield Mismatch(
            "Not in Magento" if row_id else "Not known here",
            "TikTok has settled the order, and there is no Magento order."
            if row_id
            else "TikTok has settled an order that the connector has never seen: fetch its period to get it.",
            line.shop_id,
            tiktok_order_id=line.tiktok_order_id,
            difference=line.settlement,
            currency=line.currency,
        )
