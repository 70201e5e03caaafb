"""What people may ask for, for one order or for many. Each writes rows and wakes workers; nothing is done here."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints.auth.views import local_path
from connector.blueprints.orders import blueprint, bulk
from connector.blueprints.orders.filters import CAUSE
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import actor, done, go_to, needs
from connector.domain.statuses import SyncState
from connector.models import Order
from connector.sync import asks, notes
from connector.sync import bulk as many

#: What a person may ask for one order: the name in the address, what does it, and the answer.
ASKS: dict[str, tuple[Callable[[int, str], None], str]] = {
    "sync-again": (asks.sync_again, "Trying again."),
    "create": (asks.create, "Creating it in Magento."),
    "create-without-stock": (asks.create_without_stock, "Creating it in Magento without reserving stock."),
    "ignore": (asks.ignore, "The order is ignored from now on."),
    "stop-ignoring": (asks.stop_ignoring, "The order is back in work."),
}
#: What may be asked for several orders at once.
FOR_MANY = ("sync-again", "create", "ignore")
#: Where the export of a selection is read from.
EXPORTS = {
    "export-csv": "orders.export_csv",
    "export-xlsx": "orders.export_xlsx",
    "pick-list": "packing.pick_list",
    "packing-slips": "packing.packing_slips",
}
#: As many as a page can select.
MOST_AT_ONCE = 200


@blueprint.post(
    "/orders/<tiktok_order_id>/<any('sync-again','create','create-without-stock','ignore','stop-ignoring'):what>"
)
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


@blueprint.post("/orders/<tiktok_order_id>/notes")
@needs("staff")
def write_note(tiktok_order_id: str) -> Response:
    """Writes a note of the staff on an order."""
    row = order_or_404(tiktok_order_id)
    back_to = url_for("orders.show", tiktok_order_id=tiktok_order_id, _anchor="notes")
    try:
        notes.write(row.id, request.form.get("words", ""), actor())
    except asks.Refused as refused:
        return done(str(refused), back_to, status="error")
    return done("Noted.", back_to)


@blueprint.post("/orders/selected")
@needs("staff")
def ask_for_selected() -> ResponseReturnValue:
    """One of FOR_MANY for the orders that were selected, or their export. A worker does it, as for all that match."""
    what = request.form.get("what", "")
    if what not in (*FOR_MANY, *EXPORTS):
        abort(400)
    ids = [part for part in request.form.getlist("id") if part.isdecimal()][:MOST_AT_ONCE]
    back_to = local_path(request.form.get("back_to", "")) or url_for("orders.index")
    if not ids:
        return done("Select orders first.", back_to, status="error")
    selected = [Order.tiktok_order_id.in_(ids)]
    if what not in EXPORTS:
        return bulk.do(what, selected, "Selected on a page of the list", back_to)
    try:
        run_id = many.choose(selected, actor(), "Selected on a page of the list", back_to)
    except asks.Refused as refused:
        return done(str(refused), back_to, status="error")
    return go_to(url_for(EXPORTS[what], run=run_id))


@blueprint.post("/orders/cause")
@needs("staff")
def ask_for_cause() -> Response:
    """Tries again, or ignores, all orders that stand in Error for one cause."""
    code, _, subject = request.form.get("cause", "").partition(CAUSE)
    what = request.form.get("what", "")
    if what not in FOR_MANY:
        abort(400)
    of_cause = [Order.sync_state == SyncState.ERROR, Order.error_code == code, Order.error_subject == subject]
    back_to = url_for("orders.index") + "?" + urlencode({"tab": "error"})
    return bulk.do(what, of_cause, f"In Error: {subject or code.replace('_', ' ')}", back_to)
