"""The pages of what TikTok pays, and the same as files. Pages read the database only; a worker reads TikTok."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Response, abort, render_template, request, url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import lazyload

from connector import clock
from connector.blueprints import asked, formats
from connector.blueprints.orders import shops
from connector.blueprints.orders.export import XLSX, are_too_many, attachment, csv_lines, refused, workbook
from connector.blueprints.panel import done, needs
from connector.blueprints.payouts import blueprint, matching
from connector.blueprints.payouts.card import credits_of, line_of, margin_of
from connector.domain import settlement
from connector.domain.settlement import ORDER, Margin
from connector.extensions import db
from connector.i18n import t
from connector.models import FinanceRead, Order, Payment, SettlementLine, Statement
from connector.sync import asks, finance

PAGE = 50
BATCH = 500
TABS = {
    "statements": "Statements",
    "payments": "Payments",
    "unsettled": "Not settled yet",
    "matching": "Does not match",
}


class Row(NamedTuple):
    """A line with its order (None: not known here) and what is left of what Magento booked."""

    line: SettlementLine
    order: Order | None
    margin: Margin | None


@blueprint.get("")
@needs("viewer")
def index() -> str:
    """Statements (the newest first), payments, estimates of what is to come, or what does not match."""
    tab = request.args.get("tab", "statements")
    tab = tab if tab in TABS else "statements"
    page = asked.page()
    rows: list[Any] = []
    if tab == "statements":
        rows = _page(select(Statement).order_by(Statement.statement_time.desc(), Statement.id.desc()), page)
    elif tab == "payments":
        rows = _page(select(Payment).order_by(Payment.create_time.desc(), Payment.id.desc()), page)
    elif tab == "unsettled":
        unsettled = select(SettlementLine).where(SettlementLine.statement_id == "").order_by(SettlementLine.id.desc())
        rows = with_orders(_page(unsettled, page))
    else:
        rows = list(matching.mismatches())
    shown: list[Any] = rows if tab == "matching" else rows[:PAGE]
    active = asks.active_shops()
    return render_template(
        "payouts/index.html",
        tabs=TABS,
        tab=tab,
        page=page,
        rows=shown,
        has_more=len(rows) > len(shown),
        sums=matching.line_sums([row.statement_id for row in shown]) if tab == "statements" else {},
        totals=_unsettled_totals() if tab == "unsettled" else {},
        reads=db.session.scalars(select(FinanceRead)).all(),
        zone=shops.panel_zone(),
        shop_label=shops.label,
        is_off=bool(active) and not any(shop.settings.read_finance for shop in active),
    )


@blueprint.get("/<int:statement_row>")
@needs("viewer")
def statement(statement_row: int) -> str:
    """A statement with its orders, adjustments and reserves, and each order's margin."""
    found = db.session.get(Statement, statement_row)
    if found is None:
        abort(404)
    page = asked.page()
    lines = _page(
        select(SettlementLine)
        .where(SettlementLine.shop_id == found.shop_id, SettlementLine.statement_id == found.statement_id)
        .order_by(SettlementLine.kind != ORDER, SettlementLine.id),
        page,
    )
    summed, count = matching.line_sums([found.statement_id]).get((found.shop_id, found.statement_id), (Decimal(0), 0))
    return render_template(
        "payouts/statement.html",
        statement=found,
        rows=with_orders(lines[:PAGE]),
        page=page,
        has_more=len(lines) > PAGE,
        summed=summed,
        count=count,
        zone=shops.label(found.shop_id).time_zone,
        shop=shops.label(found.shop_id),
    )


@blueprint.post("/read")
@needs("staff")
def read() -> Response:
    """Lets the next reading be now. It still waits for orders that wait."""
    for shop in asks.active_shops():
        finance.read_soon(shop.id)
    return done("Payouts are being read, once no order waits.", url_for("payouts.index"))


@blueprint.get("/export.csv")
@needs("viewer")
def export_csv() -> Response:
    """All lines, or those of one statement (`?statement=`), with each order's margin."""
    return attachment(csv_lines(_heads(), _batches()), "text/csv; charset=utf-8", _file_name("csv"))


@blueprint.get("/export.xlsx")
@needs("viewer")
def export_xlsx() -> Response:
    """The same as a workbook."""
    if are_too_many(select(SettlementLine.id).where(*_wanted())):
        wanted = request.args.get("statement", "")[:40]
        found = db.session.scalar(select(Statement.id).where(Statement.statement_id == wanted)) if wanted else None
        return refused(url_for("payouts.statement", statement_row=found) if found else url_for("payouts.index"))
    return attachment(workbook([t(head) for head in _heads()], _batches()), XLSX, _file_name("xlsx"))


def with_orders(lines: list[SettlementLine]) -> list[Row]:
    """Lines with their orders, and each order's margin over all of its lines."""
    numbers = [line.tiktok_order_id for line in lines if line.tiktok_order_id]
    orders = {
        order.tiktok_order_id: order
        for order in db.session.scalars(
            select(Order).where(Order.tiktok_order_id.in_(numbers)).options(lazyload(Order.shop))
        )
    }
    of_order: dict[str, list[Any]] = {}
    for row in db.session.scalars(select(SettlementLine).where(SettlementLine.tiktok_order_id.in_(numbers))):
        of_order.setdefault(row.tiktok_order_id, []).append(line_of(row))
    credited = credits_of([order.id for order in orders.values()])
    found = []
    for line in lines:
        order = orders.get(line.tiktok_order_id)
        left = None
        if order is not None and line.kind == ORDER:
            left = margin_of(order, settlement.sums(of_order[line.tiktok_order_id]), credited)
        found.append(Row(line, order, left))
    return found


def _page(listed: Any, page: int) -> list[Any]:
    return list(db.session.scalars(listed.limit(PAGE + 1).offset(page * PAGE)))


def _unsettled_totals() -> dict[str, Decimal]:
    counted = (
        select(SettlementLine.currency, func.sum(SettlementLine.settlement))
        .where(SettlementLine.statement_id == "")
        .group_by(SettlementLine.currency)
    )
    return {currency: total or Decimal(0) for currency, total in db.session.execute(counted)}


def _heads() -> list[str]:
    return [
        "Statement",
        "Statement of",
        "Payment",
        "Kind",
        "TikTok order",
        "Magento order",
        "Currency",
        "Settled",
        "Revenue",
        "Platform commission",
        "Affiliate commission",
        "Other fees",
        "Taxes",
        "Shipping",
        "Adjustment",
        "Reserve",
        "Unexplained difference",
        "Booked in Magento",
        "Margin",
        "Settled yet",
        "Shop",
    ]


def _wanted() -> list[ColumnElement[bool]]:
    wanted = request.args.get("statement", "")
    return [SettlementLine.statement_id == wanted[:40]] if wanted else []


def _batches() -> Iterator[list[list[Any]]]:
    """By keyset, a transaction a batch: a slow reader holds none open."""
    listed = select(SettlementLine).where(*_wanted()).order_by(SettlementLine.id).limit(BATCH)
    shops.labels()
    last = 0
    while batch := list(db.session.scalars(listed.where(SettlementLine.id > last))):
        last = batch[-1].id
        statements = {
            (row.shop_id, row.statement_id): row
            for row in db.session.scalars(
                select(Statement).where(Statement.statement_id.in_({line.statement_id for line in batch}))
            )
        }
        cells = [_cells(row, statements.get((row.line.shop_id, row.line.statement_id))) for row in with_orders(batch)]
        db.session.expunge_all()
        db.session.commit()
        yield cells


def _cells(row: Row, of: Statement | None) -> list[Any]:
    line, order, left = row
    found = settlement.sums([line_of(line)])
    fees = found.fees if found is not None else {}
    return [
        line.statement_id,
        f"{of.statement_time:%Y-%m-%d}" if of is not None else "",
        of.payment_id if of is not None else "",
        settlement.kind_in_words(line.kind),
        line.tiktok_order_id,
        order.magento_increment_id if order is not None else "",
        line.currency,
        line.settlement,
        line.revenue,
        *(
            fees.get(name, Decimal(0))
            for name in ("Platform commission", "Affiliate commission", "Other fees", "Taxes")
        ),
        line.shipping,
        line.adjustment,
        line.reserve,
        line.difference,
        left.booked if left is not None else None,
        left.amount if left is not None else None,
        "yes" if line.statement_id else "no",
        shops.label(line.shop_id).name,
    ]


def _file_name(ending: str) -> str:
    today = clock.now().astimezone(formats.zone(shops.panel_zone()))
    return f"payouts-{today:%Y-%m-%d}.{ending}"
