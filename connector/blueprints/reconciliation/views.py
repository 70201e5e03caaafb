"""Asking for a comparison, its report with a button for each difference, and the report as CSV."""

from __future__ import annotations

import csv
import io

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from connector import clock
from connector.blueprints import days
from connector.blueprints.orders import shops
from connector.blueprints.panel import actor, done, needs
from connector.blueprints.reconciliation import blueprint
from connector.domain import csv_files
from connector.extensions import db
from connector.models import Difference, Order, Reconciliation
from connector.sync import asks, reconcile

#: What a difference is about, as people say it (the kinds of connector.domain.reconciling).
KINDS = {
    "existence": "Not in Magento",
    "unknown": "Not on TikTok Shop",
    "unlinked": "Not linked",
    "unreadable": "Cannot be read",
    "doubled": "Twice in Magento",
    "total": "Another total",
    "status": "Another status",
    "shipment": "Another shipment",
}
REPORTS = 30
SHOWN = 500


@blueprint.get("")
@needs("viewer")
def index() -> ResponseReturnValue:
    """The last reports, the newest first."""
    count = select(func.count()).where(Difference.reconciliation_id == Reconciliation.id).scalar_subquery()
    left = (
        select(func.count())
        .where(Difference.reconciliation_id == Reconciliation.id, Difference.is_repaired.is_(False))
        .scalar_subquery()
    )
    runs = db.session.execute(
        select(Reconciliation, count, left).order_by(Reconciliation.id.desc()).limit(REPORTS)
    ).all()
    return render_template("reconciliation/index.html", runs=runs, zone=shops.panel_zone(), active=asks.active_shops())


@blueprint.post("")
@needs("staff")
def start() -> ResponseReturnValue:
    """Compares a period: days in the shop's time zone, both included; the last seven when none are given."""
    now = clock.now()
    started, problems = [], []
    for shop in asks.active_shops():
        try:
            since = days.start_of(request.form.get("since", ""), shop.time_zone) or now - reconcile.NIGHTLY_PERIOD
            until = days.start_of(request.form.get("until", ""), shop.time_zone, days_later=1) or now
            started.append(reconcile.ask(shop.id, actor(), since, min(until, now)))
        except (asks.Refused, ValueError) as error:
            problems.append(f"The shop {shop.name} is not compared: {error}")
    if problems or not started:
        # One shop's refusal is told also where others are compared: days begin at another time in another zone.
        message = " ".join(problems) or "No shop is connected yet."
        return done(message, url_for("reconciliation.index"), status="error")
    back_to = (
        url_for("reconciliation.show", run_id=started[0]) if len(started) == 1 else url_for("reconciliation.index")
    )
    return done("Both sides are being compared. Load the page again in a moment.", back_to)


@blueprint.get("/<int:run_id>")
@needs("viewer")
def show(run_id: int) -> ResponseReturnValue:
    """One report. Beside each difference stands how the order is by now."""
    run = _run(run_id)
    rows = db.session.execute(
        select(Difference, Order.sync_state, Order.error_message)
        .outerjoin(Order, Order.tiktok_order_id == Difference.tiktok_order_id)
        .where(Difference.reconciliation_id == run_id)
        .order_by(Difference.is_repaired, Difference.id)
        .limit(SHOWN)
    ).all()
    total = db.session.scalar(select(func.count()).where(Difference.reconciliation_id == run_id))
    return render_template(
        "reconciliation/show.html",
        run=run,
        rows=rows,
        total=total,
        KINDS=KINDS,
        shop=shops.label(run.shop_id),
        zone=shops.label(run.shop_id).time_zone,
    )


@blueprint.get("/<int:run_id>.csv")
@needs("viewer")
def export(run_id: int) -> Response:
    """A report as a file."""
    run = _run(run_id)
    text = io.StringIO()
    writer = csv.writer(text)
    text.write(csv_files.BOM)
    writer.writerow(["TikTok order", "Magento order", "Difference", "In words", "Given to a worker", "Now"])
    found = db.session.execute(
        select(Difference, Order.sync_state)
        .outerjoin(Order, Order.tiktok_order_id == Difference.tiktok_order_id)
        .where(Difference.reconciliation_id == run_id)
        .order_by(Difference.id)
    )
    for row, state in found:
        cells = [row.tiktok_order_id, row.magento_increment_id, KINDS.get(row.kind, row.kind), row.sentence]
        writer.writerow([*map(csv_files.defused, cells), "yes" if row.is_repaired else "no", state or ""])
    response = make_response(text.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="reconciliation-{run.since:%Y-%m-%d}-{run_id}.csv"'
    return response


def _run(run_id: int) -> Reconciliation:
    run = db.session.get(Reconciliation, run_id)
    if run is None:
        abort(404)
    return run
