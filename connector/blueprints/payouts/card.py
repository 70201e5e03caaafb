"""What the order's page shows of the order's money: what TikTok paid and kept, and what is left of what Magento booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from connector.blueprints import formats
from connector.blueprints.payouts import blueprint
from connector.domain import settlement
from connector.domain.settlement import Line, Margin, Sums
from connector.extensions import db
from connector.models import Credit, Order, SettlementLine
from connector.models.returns import DONE
from connector.tiktok.values import from_unix


@dataclass(frozen=True)
class Card:
    """`parts`: (group, TikTok's name in words, amount) of all lines together."""

    lines: Sequence[SettlementLine]
    sums: Sums | None
    margin: Margin | None
    parts: Sequence[tuple[str, str, Decimal]]

    @property
    def is_estimate(self) -> bool:
        """Whether some of it is not settled yet."""
        return any(not line.statement_id for line in self.lines)


def line_of(row: SettlementLine) -> Line:
    """The row as a value."""
    return Line(
        transaction_id=row.transaction_id,
        kind=row.kind,
        order_id=row.tiktok_order_id,
        currency=row.currency,
        settlement=row.settlement,
        revenue=row.revenue,
        shipping=row.shipping,
        fee_tax=row.fee_tax,
        adjustment=row.adjustment,
        reserve=row.reserve,
        parts={group: {name: Decimal(value) for name, value in named.items()} for group, named in row.parts.items()},
    )


def card_of(order: Order) -> Card | None:
    """What is known of an order's money; None when nothing is."""
    rows = db.session.scalars(
        select(SettlementLine)
        .where(SettlementLine.tiktok_order_id == order.tiktok_order_id, SettlementLine.shop_id == order.shop_id)
        .order_by(SettlementLine.statement_id == "", SettlementLine.id)
    ).all()
    if not rows:
        return None
    lines = [line_of(row) for row in rows]
    found = settlement.sums(lines)
    return Card(rows, found, margin_of(order, found), list(_parts(lines)))


def margin_of(order: Order, found: Sums | None, credited: Mapping[int, Decimal] | None = None) -> Margin | None:
    """The order's margin; `credited` is what was credited in Magento by order row, read here when it is not given."""
    known = credits_of([order.id]) if credited is None else credited
    return settlement.margin(found, order.magento_grand_total, order.magento_currency, known.get(order.id, Decimal(0)))


def credits_of(row_ids: Sequence[int]) -> dict[int, Decimal]:
    """What was credited in Magento by credit memos of ours, by order row."""
    counted = (
        select(Credit.order_id, func.sum(Credit.total))
        .where(Credit.order_id.in_(row_ids), Credit.state == DONE)
        .group_by(Credit.order_id)
    )
    return {row_id: total or Decimal(0) for row_id, total in db.session.execute(counted)}


_GROUPS = {"revenue": "Revenue", "fee": "Fees", "tax": "Taxes", "shipping": "Shipping"}


def _parts(lines: Iterable[Line]) -> Iterable[tuple[str, str, Decimal]]:
    added: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        for group, named in line.parts.items():
            for name, amount in named.items():
                added[group, name] = added.get((group, name), Decimal(0)) + amount
    for group, label in _GROUPS.items():
        for (of_group, name), amount in added.items():
            if of_group == group and amount:
                yield label, settlement.part_in_words(name), amount


@blueprint.app_template_filter("day")
def _day(at: datetime) -> str:
    """The day of a moment. A statement is made at 00:00 UTC for the day before, and named by its time in UTC."""
    return formats.date(at.date())


@blueprint.app_template_filter("expected")
def _expected(told: str, zone: str) -> str:
    """When TikTok expects to settle: a time, or words such as "Delivered + 8 days" as they are."""
    try:
        return formats.short(from_unix(told), zone)
    except ValueError:
        return told


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"money_card": card_of, "kind_in_words": settlement.kind_in_words}
