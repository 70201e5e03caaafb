"""What people may ask for, for one order or for many. Each writes rows and wakes workers; nothing is done here."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Response, abort, request, url_for
from sqlalchemy import select

from connector.blueprints.auth.views import local_path
from connector.blueprints.orders import blueprint
from connector.blueprints.orders.filters import CAUSE
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import actor, done, needs
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order
from connector.sync import asks

#: What a person may ask for one order: the name in the address, what does it, and the answer.
ASKS: dict[str, tuple[Callable[[int, str], None], str]] = {
    "sync-again": (asks.sync_again, "Trying again."),
    "create-without-stock": (asks.create_without_stock, "Creating it in Magento without reserving stock."),
    "ignore": (asks.ignore, "The order is ignored from now on."),
    "stop-ignoring": (asks.stop_ignoring, "The order is back in work."),
}
#: What may be asked for several orders at once.
FOR_MANY = ("sync-again", "ignore")
#: As many as a page can select.
MOST_AT_ONCE = 200


@blueprint.post("/orders/<tiktok_order_id>/<any('sync-again','create-without-stock','ignore','stop-ignoring'):what>")
@needs("staff")
def ask(tiktok_order_id: str, what: str) -> Response:
    """One of ASKS for one order."""
    row = order_or_404(tiktok_order_id)
    back_to = local_path(request.form.get("back_to", "")) or url_for("orders.show", tiktok_order_id=tiktok_order_id)
    function, answer = ASKS[what]
    try:
        function(row.id, actor())
    except asks.Refused as refused:
        return done(str(refused), back_to, status="error")
    return done(answer, back_to)


@blueprint.post("/orders/selected")
@needs("staff")
def ask_for_selected() -> Response:
    """One of FOR_MANY for the orders that were selected. Those that refuse are named, each with its reason."""
    what = request.form.get("what", "")
    if what not in FOR_MANY:
        abort(400)
    ids = [part for part in request.form.getlist("id") if part.isdecimal()][:MOST_AT_ONCE]
    back_to = local_path(request.form.get("back_to", "")) or url_for("orders.index")
    if not ids:
        return done("Select orders first.", back_to, status="error")
    rows = db.session.execute(
        select(Order.id, Order.tiktok_order_id).where(Order.tiktok_order_id.in_(ids)).order_by(Order.id)
    ).all()
    return _for_many(what, [(row_id, name) for row_id, name in rows], back_to)


@blueprint.post("/orders/cause")
@needs("staff")
def ask_for_cause() -> Response:
    """Tries again, or ignores, all orders that stand in Error for one cause."""
    code, _, subject = request.form.get("cause", "").partition(CAUSE)
    back_to = url_for("orders.index") + "?" + urlencode({"tab": "error"})
    if request.form.get("what") == "sync-again":
        count = asks.release_waiting(code, subject, actor())
        return done(f"Trying {_orders(count)} again.", back_to)
    if request.form.get("what") != "ignore":
        abort(400)
    of_cause = select(Order.id, Order.tiktok_order_id).where(
        Order.sync_state == SyncState.ERROR, Order.error_code == code, Order.error_subject == subject
    )
    return _for_many("ignore", [(row_id, name) for row_id, name in db.session.execute(of_cause)], back_to)


def _for_many(what: str, rows: list[tuple[int, str]], back_to: str) -> Response:
    function, _ = ASKS[what]
    refused: list[str] = []
    for row_id, name in rows:
        try:
            function(row_id, actor())
        except asks.Refused as refusal:
            refused.append(f"{name}: {refusal}")
    verb = {"sync-again": "Trying {} again.", "ignore": "{} ignored from now on."}[what]
    message = verb.format(_orders(len(rows) - len(refused)))
    if refused:
        message += f" Not done: {'; '.join(refused[:5])}" + (
            f" and {len(refused) - 5} more." if len(refused) > 5 else ""
        )
    return done(message, back_to, status="error" if refused else "ok")


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count:,} orders"
