"""The TikTok SKUs that orders look for in vain, with the orders that wait for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, desc, func, or_, select

from connector.domain.product_problems import MISSING_SKU, UNKNOWN_SKU
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order, OrderProblem

SHOWN = 50
ORDERS_SHOWN = 5

#: What a mapping solves wholly; the others can also be solved in Magento.
WORDS = {
    UNKNOWN_SKU: "Not in Magento",
    MISSING_SKU: "No seller SKU on TikTok",
    "disabled_product": "Disabled in Magento",
    "not_in_store": "Not sold in this store view",
    "out_of_stock": "Out of stock",
    "needs_options": "Options must be chosen",
}


@dataclass
class WaitingSku:
    """One TikTok SKU, why it is here, and the orders that wait (or were created without it)."""

    tiktok_sku: str
    code: str
    sku: str
    product_name: str
    image: str
    message: str
    order_count: int
    passed_over_count: int = 0
    orders: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return WORDS.get(self.code, self.code.replace("_", " "))


def waiting(sku: str = "", limit: int = SHOWN) -> list[WaitingSku]:
    """The SKUs with the most orders waiting first; with `sku`, those that this SKU (TikTok's or Magento's) is about."""
    statement = _by_sku(sku).order_by(desc("orders"), desc("passed"), OrderProblem.tiktok_sku)
    counted = db.session.execute(statement.limit(limit)).all()
    newest = {
        row.id: row
        for row in db.session.scalars(select(OrderProblem).where(OrderProblem.id.in_([row[1] for row in counted])))
    }
    found = [
        WaitingSku(
            tiktok_sku=tiktok_sku,
            code=newest[newest_id].code,
            sku=newest[newest_id].sku,
            product_name=newest[newest_id].product_name,
            image=newest[newest_id].image,
            message=newest[newest_id].message,
            order_count=order_count,
            passed_over_count=passed_count,
        )
        for tiktok_sku, newest_id, order_count, passed_count in counted
    ]
    _with_orders(found)
    return found


def of_order(order_id: int) -> list[WaitingSku]:
    """What one order waits for, in the order in which it was found."""
    rows = db.session.scalars(
        select(OrderProblem)
        .where(OrderProblem.order_id == order_id, OrderProblem.is_passed_over.is_(False))
        .order_by(OrderProblem.id)
    ).all()
    return [
        WaitingSku(row.tiktok_sku, row.code, row.sku, row.product_name, row.image, row.message, order_count=1)
        for row in rows
    ]


def counts(sku: str = "") -> tuple[int, int]:
    """How many TikTok SKUs `waiting` would list without a limit, and for how many of them orders wait."""
    listed = _by_sku(sku).subquery()
    in_all, waited_for = db.session.execute(select(func.count(), func.count().filter(listed.c.orders > 0))).one()
    return in_all, waited_for


def _by_sku(sku: str) -> Select[str, int, int, int]:
    """Each SKU that orders wait for, or were created without: its newest row, and how many orders of either kind."""
    stands = Order.sync_state == SyncState.ERROR
    seen_in = OrderProblem.is_passed_over & OrderProblem.code.in_((UNKNOWN_SKU, MISSING_SKU))
    orders = func.count(Order.id.distinct()).filter(stands & OrderProblem.is_passed_over.is_(False))
    passed = func.count(Order.id.distinct()).filter(OrderProblem.is_passed_over)
    return (
        select(OrderProblem.tiktok_sku, func.max(OrderProblem.id), orders.label("orders"), passed.label("passed"))
        .join(Order, Order.id == OrderProblem.order_id)
        .where(or_(stands & OrderProblem.is_passed_over.is_(False), seen_in), *_about(sku))
        .group_by(OrderProblem.tiktok_sku)
    )


def _about(sku: str) -> Iterable[ColumnElement[bool]]:
    return [or_(OrderProblem.tiktok_sku == sku, OrderProblem.sku == sku)] if sku else []


def _with_orders(found: list[WaitingSku]) -> None:
    for one in found:
        one.orders = list(
            db.session.scalars(
                select(Order.tiktok_order_id)
                .join(OrderProblem, OrderProblem.order_id == Order.id)
                .where(
                    OrderProblem.tiktok_sku == one.tiktok_sku,
                    OrderProblem.is_passed_over.is_(False),
                    Order.sync_state == SyncState.ERROR,
                )
                .distinct()
                .order_by(Order.tiktok_order_id.desc())
                .limit(ORDERS_SHOWN)
            )
        )
