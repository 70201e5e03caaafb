"""What people may ask to be shipped. Each writes a row and wakes a worker; labels that were read are handed out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector.blueprints import asked, formats
from connector.blueprints.auth.views import local_path
from connector.blueprints.orders import details
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import actor, done, go_to, is_fragment_request, needs
from connector.blueprints.shipping import blueprint
from connector.domain.carriers import CUSTOM, Carrier, carrier_named
from connector.extensions import db
from connector.i18n import _, t
from connector.models import Order
from connector.sync import labels, ship_asks
from connector.sync.asks import Refused

MOST_AT_ONCE = labels.MOST_AT_ONCE


@blueprint.post("/orders/<tiktok_order_id>/ship")
@needs("staff")
def ship(tiktok_order_id: str) -> Response:
    """Ships the order, or the units that were ticked, by the merchant's own carrier."""
    row = order_or_404(tiktok_order_id)
    sent = {name: request.form.get(name, "").strip()[:300] for name in ("carrier", "title", "number")}
    carrier = carrier_named(sent["carrier"])
    # The title beside belongs to "another" carrier: it takes no chosen one's place.
    title = sent["title"] if carrier == Carrier(CUSTOM) else carrier.title
    try:
        if carrier.code == CUSTOM and not title:
            raise Refused("Write the title of the other carrier.", "title")
        ship_asks.ship(
            row.id, actor(), carrier_code=carrier.code, title=title, number=sent["number"], line_item_ids=_lines()
        )
    except Refused as refused:
        formats.flash_message(str(refused), "error")  # above the page: the form may be gone by now
        wrong = {refused.field: str(refused)}
        return make_response(details.page(row, ship_typed=sent | {"line": _lines()}, ship_wrong=wrong), 422)
    return done("Being shipped: Magento first, then TikTok Shop.", _order_page(tiktok_order_id))


@blueprint.get("/orders/<tiktok_order_id>/ship")
@blueprint.get("/orders/<tiktok_order_id>/arrange")
@blueprint.get("/orders/<tiktok_order_id>/pickup-times")
@needs("staff")
def ship_form(tiktok_order_id: str) -> ResponseReturnValue:
    """Where a refused form stands in the browser: the form is on the order's page."""
    return redirect(_order_page(tiktok_order_id))


@blueprint.post("/orders/<tiktok_order_id>/arrange")
@needs("staff")
def arrange(tiktok_order_id: str) -> Response:
    """Has TikTok's carrier arranged: `handover` is DROP_OFF, PICKUP, or PICKUP with a slot (`start-end`, Unix seconds)."""
    row = order_or_404(tiktok_order_id)
    handover, _, slot = request.form.get("handover", "").partition(":")
    try:
        ship_asks.arrange(row.id, actor(), handover=handover, slot=_slot(slot), line_item_ids=_lines())
    except Refused as refused:
        formats.flash_message(str(refused), "error")
        return make_response(details.page(row, ship_typed=_typed()), 422)
    return done("TikTok Shop's carrier is being arranged.", _order_page(tiktok_order_id))


@blueprint.post("/orders/<tiktok_order_id>/ship/withdraw")
@needs("staff")
def withdraw(tiktok_order_id: str) -> Response:
    """Takes back what was asked and not begun."""
    row = order_or_404(tiktok_order_id)
    ask_id = asked.number("ask", request.form) or 0
    return _ask(tiktok_order_id, lambda: ship_asks.withdraw(ask_id, row.id, actor()), "Taken back.")


@blueprint.post("/orders/<tiktok_order_id>/pickup-times")
@needs("staff")
def pickup_times(tiktok_order_id: str) -> Response:
    """Has TikTok asked when its carrier can come. Without script the page comes again with what was ticked in its form."""
    row = order_or_404(tiktok_order_id)
    labels.ask_for_pickup_times(row.id)
    message = "Pick-up times are being read from TikTok Shop."
    if is_fragment_request():
        return done(message, _order_page(tiktok_order_id))
    formats.flash_message(message)
    return make_response(details.page(row, ship_typed=_typed()))


@blueprint.post("/orders/arrange")
@needs("staff")
def arrange_many() -> Response:
    """Has TikTok's carrier arranged for the orders that were selected (dropped off unless `handover` says PICKUP)."""
    handover = "PICKUP" if request.values.get("handover") == "PICKUP" else "DROP_OFF"
    selected = _selected()
    if not selected:
        return done("Select orders first.", _back(), status="error")
    refused: dict[str, list[str]] = {}
    for row_id, name in selected:
        try:
            ship_asks.arrange(row_id, actor(), handover=handover)
        except Refused as refusal:
            refused.setdefault(str(refusal), []).append(name)
    asked = len(selected) - sum(map(len, refused.values()))
    message = t(f"{'1 order' if asked == 1 else f'{asked} orders'}: TikTok Shop's carrier is being arranged.")
    if refused:
        # Each order is named; those that are refused for the same reason together.
        reasons = " ".join(f"{', '.join(names)}: {t(reason)}" for reason, names in refused.items())
        message += " " + _("Not done: %(reasons)s", reasons=reasons)
    return done(message, _back(), status="error" if refused else "ok")


@blueprint.post("/orders/labels")
@needs("staff")
def ask_labels() -> Response:
    """Has the labels and packing lists of the selected orders read; with `then=print` on to the page that waits for them."""
    selected = _selected()
    if not selected:
        return done("Select orders first.", _back(), status="error")
    try:
        count = labels.ask([row_id for row_id, _ in selected])
    except Refused as refusal:
        return done(str(refusal), _back(), status="error")
    if request.values.get("then") != "print":
        return done(f"The labels of {'1 package' if count == 1 else f'{count} packages'} are being read.", _back())
    return go_to(url_for("shipping.labels_page", id=[name for _, name in selected]))


@blueprint.get("/orders/labels")
@needs("staff")
def labels_page() -> ResponseReturnValue:
    """How far the labels of several orders (`id`, repeated) are, order by order; once they are read, the way to the PDF."""
    states = labels.states([row_id for row_id, _ in _selected()])
    template = "shipping/_labels.html" if is_fragment_request("labels") else "shipping/labels.html"
    return render_template(
        template,
        states=states,
        ready=[state.tiktok_order_id for state in states if state.state == "ready"],
        reading=[state.tiktok_order_id for state in states if state.state == "reading"],
        failed=[state.tiktok_order_id for state in states if state.state == "failed"],
    )


@blueprint.get("/orders/labels.pdf")
@needs("staff")
def print_labels() -> Response:
    """The labels and packing lists of several orders (`id`, repeated) as one PDF; `kind` for one of the two alone."""
    kinds = [kind for kind in labels.KINDS if request.args.get("kind", kind) == kind]
    try:
        content = labels.printed([row_id for row_id, _ in _selected()], kinds or labels.KINDS)
    except Refused as refusal:
        return done(str(refusal), _back(), status="error")
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="labels.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _ask(tiktok_order_id: str, ask: Callable[[], None], answer: str) -> Response:
    back_to = _order_page(tiktok_order_id)
    try:
        ask()
    except Refused as refusal:
        return done(str(refusal), back_to, status="error")
    return done(answer, back_to)


def _order_page(tiktok_order_id: str) -> str:
    return url_for("orders.show", tiktok_order_id=tiktok_order_id)


def _selected() -> list[tuple[int, str]]:
    """The selected orders: row and TikTok's id, in the order in which they were named."""
    ids = [part for part in request.values.getlist("id") if part.isdecimal()][:MOST_AT_ONCE]
    found = dict(
        db.session.execute(select(Order.tiktok_order_id, Order.id).where(Order.tiktok_order_id.in_(ids))).all()
    )
    return [(found[name], name) for name in dict.fromkeys(ids) if name in found]


def _typed() -> dict[str, object]:
    """What the form of TikTok's carrier was sent with, to be shown again."""
    return {"line": _lines(), "handover": request.form.get("handover", "")}


def _lines() -> list[str]:
    return [part for part in request.form.getlist("line") if part.isdecimal()]


def _slot(text: str) -> tuple[datetime, datetime] | None:
    start, _, end = text.partition("-")
    if not (start.isdecimal() and end.isdecimal() and len(start) < 12 and len(end) < 12):
        return None
    return datetime.fromtimestamp(int(start), UTC), datetime.fromtimestamp(int(end), UTC)


def _back() -> str:
    return local_path(request.values.get("back_to", "")) or url_for("orders.index")
