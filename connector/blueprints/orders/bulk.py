"""One action on many orders: choosing all that match, doing something with them, watching it, and what came of it.

A page of its own for each run, which is the same before, during and after; the list shows the runs that are under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select

from connector import clock
from connector.blueprints.orders import blueprint, shops, tabs
from connector.blueprints.orders.query import OrderQuery
from connector.blueprints.panel import actor, done, go_to, is_fragment_request, needs
from connector.extensions import db
from connector.i18n import ngettext, t
from connector.models import BulkRun, Order
from connector.models.bulk import DONE, DRAFT, RUNNING
from connector.sync import asks, bulk, bulk_cancel

#: A run that ended so recently is still shown above the list, to the person who asked for it.
SHOWN_AFTER_END = timedelta(minutes=5)
#: What was asked for goes on after the run: for so long the result page follows it.
FOLLOWED = timedelta(minutes=10)


@blueprint.get("/orders/all/offer")
@needs("staff")
def bulk_offer() -> str:
    """How many orders match, for the bar under the list, once a whole page is selected."""
    return render_template(
        "orders/_bulk_offer.html", query=(query := OrderQuery.from_args(request.args)), matching=_count(query)
    )


@blueprint.post("/orders/all")
@needs("staff")
def bulk_choose() -> ResponseReturnValue:
    """Freezes all orders that match the address's tab, search and filters, and asks what to do with them."""
    query = OrderQuery.from_args(request.args)
    back_to = url_for("orders.index") + (f"?{urlencode(args)}" if (args := query.args()) else "")
    try:
        run_id = bulk.choose(query.conditions(), actor(), in_words(query), back_to)
    except asks.Refused as refused:
        return done(str(refused), back_to, status="error")
    return go_to(url_for("orders.bulk_run", run_id=run_id))


@blueprint.get("/orders/all/<int:run_id>")
@needs("viewer")
def bulk_run(run_id: int) -> str:
    """What shall be done, how far it is, or what came of it."""
    run = _run_or_404(run_id)
    template = "orders/_bulk_run.html" if is_fragment_request("bulk-run") else "orders/bulk.html"
    is_over = run.state == DONE
    return render_template(
        template,
        run=run,
        action=bulk.ACTIONS.get(run.what),
        actions=bulk.ACTIONS,
        outlook=bulk_cancel.outlook(run_id) if run.state == DRAFT else None,
        asked_one_by_one=bulk_cancel.ASKED_ONE_BY_ONE,
        zone=shops.panel_zone(),
        failures=bulk.failures(run) if is_over else [],
        states=bulk.states(run) if is_over else {},
        is_followed=run.state == RUNNING
        or (run.finished_at is not None and clock.now() - run.finished_at < FOLLOWED and run.what != "ignore"),
    )


@blueprint.post("/orders/all/<int:run_id>")
@needs("staff")
def bulk_start(run_id: int) -> ResponseReturnValue:
    """Does something with the orders that were chosen."""
    run = _run_or_404(run_id)
    here = url_for("orders.bulk_run", run_id=run_id)
    what = request.form.get("what", "")
    if what not in bulk.ACTIONS or run.actor != actor():
        abort(400)
    try:
        bulk.start(run_id, what, actor(), request.form.get("reason", ""))
    except asks.Refused as refused:
        return done(str(refused), here, status="error")
    return go_to(here)


@blueprint.get("/orders/all/progress")
@needs("viewer")
def bulk_progress() -> str:
    """The runs under way, for the place above the list. It asks again by itself."""
    return render_template("orders/_bulk_runs.html", bulk_runs=under_way())


def do(what: str, conditions: Sequence[ColumnElement[bool]], words: str, back_to: str, reason: str = "") -> Response:
    """Chooses and starts at once: what a page's selection and a cause's buttons do."""
    try:
        run_id = bulk.choose(conditions, actor(), words, back_to)
        bulk.start(run_id, what, actor(), reason)
    except asks.Refused as refused:
        return done(str(refused), back_to, status="error")
    total = db.session.get_one(BulkRun, run_id).total
    return done(t(bulk.ACTIONS[what].going.format(orders(total))), back_to)


def under_way() -> list[BulkRun]:
    """The runs that go on, whoever asked, and those of this person that have just ended."""
    has_ended = (BulkRun.state == DONE) & (BulkRun.actor == actor())
    shown = (
        select(BulkRun)
        .where((BulkRun.state == RUNNING) | (has_ended & (BulkRun.finished_at > clock.now() - SHOWN_AFTER_END)))
        .order_by(BulkRun.id.desc())
        .limit(5)
    )
    return list(db.session.scalars(shown))


def in_words(query: OrderQuery) -> str:
    """How a list was narrowed down, for a person."""
    parts = [query.tab.label]
    if query.search:
        parts.append(f"search “{query.search}”")
    return ", ".join(parts + [f"{chip.label} {chip.words}" for chip in query.chips()])


def orders(count: int) -> str:
    return ngettext("%(num)s order", "%(num)s orders", count)


def sentence(run: BulkRun) -> str:
    """What a run does or has done, in words."""
    action = bulk.ACTIONS[run.what]
    return t((action.going if run.state == RUNNING else action.ended).format(orders(run.total)))


def _count(query: OrderQuery) -> int:
    """How many match; one more than a run takes when there are more."""
    if not query.is_narrowed:
        return tabs.counts(tabs.version())[0][query.tab.key]
    some = select(Order.id).where(*query.conditions()).limit(bulk.MOST + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _run_or_404(run_id: int) -> BulkRun:
    run = db.session.get(BulkRun, run_id)
    if run is None:
        abort(404)
    return run


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"bulk_under_way": under_way, "bulk_sentence": sentence, "MOST_IN_BULK": bulk.MOST, "DRAFT": DRAFT}
