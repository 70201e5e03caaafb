"""The page of the packing table: scan the order, scan the label, next; and tracking numbers by file."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import formats
from connector.blueprints.orders import actions, shops
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.packing import blueprint, papers
from connector.blueprints.panel import actor, needs
from connector.domain import packing as domain
from connector.domain import tracking_file
from connector.domain.tracking_file import Line, Unreadable
from connector.i18n import t
from connector.models import Order
from connector.sync import asks, bulk, carrier_rows, packing


@blueprint.get("/packing")
@needs("staff")
def index() -> ResponseReturnValue:
    """How many orders wait, the scanner's first field, the form for a file, and what one shipped last."""
    return _page()


@blueprint.post("/packing/papers")
@needs("staff")
def choose_papers() -> ResponseReturnValue:
    """A pick list or packing slips of what waits to be shipped, as it is now: of all, or of the most urgent."""
    what = request.form.get("what", "")
    what = what if what in papers.MOST else "pick-list"
    waiting, most = papers.count_waiting(), papers.MOST[what]
    words = "Waiting to be shipped"
    if waiting > most:
        words = f"The {most:,} most urgent of {waiting:,} that wait to be shipped"
    try:
        run_id = bulk.choose([papers.most_urgent(most)], actor(), words, url_for("packing.index"))
    except asks.Refused as refused:
        formats.flash_message(str(refused), "error")
        return redirect(url_for("packing.index"), 303)
    return redirect(url_for(actions.EXPORTS[what], run=run_id), 303)


@blueprint.get("/packing/scan")
@needs("staff")
def scan() -> ResponseReturnValue:
    """The order that was scanned, with what belongs into its parcel, and the field for the label."""
    carrier = request.args.get("carrier", "")
    text = request.args.get("order", "")
    if not text.strip():
        return _page(carrier=carrier)
    try:
        found = packing.find(text)
    except asks.Refused as refused:
        return _page(carrier=carrier, wrong=str(refused))
    return _parcel(order_or_404(found.tiktok_order_id), carrier)


@blueprint.post("/packing/scan")
@needs("staff")
def ship() -> ResponseReturnValue:
    """Ships the order with the label that was scanned, and goes on to the next."""
    row = order_or_404(request.form.get("order", ""))
    carrier, label = request.form.get("carrier", "")[:200], request.form.get("label", "")[:200]
    again = request.form.get("said_of", "")
    try:
        said = packing.ship(row.id, actor(), carrier=carrier, label=label, is_confirmed=bool(label) and again == label)
    except asks.Refused as refused:
        return _parcel(row, carrier, wrong=str(refused), label=label)
    flash(f"{row.tiktok_order_id}: {t(said)}", "ok")
    return redirect(url_for("packing.scan", carrier=carrier or None), 303)


@blueprint.post("/packing/tracking")
@needs("staff")
def tracking() -> ResponseReturnValue:
    """Ships one parcel a line of a file (or of pasted lines). What is not taken is left in the box, with its reasons."""
    sent = request.files.get("file")
    data: bytes | str = sent.stream.read(tracking_file.MOST_BYTES + 1) if sent and sent.filename else b""
    carrier = request.form.get("carrier", "")[:200]
    pasted = request.form.get("lines", "")
    try:
        lines = tracking_file.read(data or pasted)
    except Unreadable as error:
        return make_response(_page(carrier=carrier, unreadable=str(error), left=pasted), 422)
    taken = packing.take(lines, actor(), carrier=carrier)
    parcels = "1 parcel is" if taken.asked == 1 else f"{taken.asked:,} parcels are"
    if not taken.failed:
        formats.flash_message(f"{parcels} being shipped: Magento first, then TikTok Shop.")
        return redirect(url_for("packing.index"), 303)
    page = _page(
        carrier=carrier,
        failed=taken.failed,
        asked=f"{parcels} being shipped." if taken.asked else "",
        left=tracking_file.write([line for line, _ in taken.failed]),
    )
    return make_response(page, 422)


@blueprint.get("/packing/tracking")
@needs("staff")
def after_tracking() -> ResponseReturnValue:
    """Where what a file's lines came to stands in the browser."""
    return redirect(url_for("packing.index"))


def _page(
    *,
    carrier: str = "",
    wrong: str = "",
    unreadable: str = "",
    failed: list[tuple[Line, str]] | None = None,
    asked: str = "",
    left: str = "",
) -> str:
    return render_template(
        "packing/index.html",
        waiting=papers.count_waiting(),
        carriers=_carriers(),
        carrier=carrier,
        wrong=wrong,
        unreadable=unreadable,
        failed=failed or [],
        asked=asked,
        left=left,
        last=packing.last(actor()),
        zone=shops.panel_zone(),
        most=papers.MOST,
        columns=tracking_file.COLUMNS,
    )


def _parcel(row: Order, carrier: str, *, wrong: str = "", label: str = "") -> str:
    slip = papers.slip_of(row)
    stop = slip.stop if row.shipping_type != "TIKTOK" or slip.stop != domain.SHIPPED_ALREADY else ""
    return render_template(
        "packing/parcel.html",
        order=row,
        slip=slip,
        stop=stop,
        carriers=_carriers(row.shop_id),
        carrier=carrier,
        wrong=wrong,
        label=label,
        is_platform=row.shipping_type == "TIKTOK",
        zone=shops.label(row.shop_id).time_zone,
    )


def _carriers(shop_id: int | None = None) -> list[tuple[str, str]]:
    """(name, words) of the carriers that are mapped: of a shop, or of all."""
    wanted = [shop_id] if shop_id is not None else list(shops.labels())
    found: dict[str, str] = {}
    for one in wanted:
        for row in carrier_rows.rows_of(one):
            if row.is_mapped:
                found.setdefault(row.carrier.name, row.carrier.title or row.label or row.carrier.code)
    return sorted(found.items(), key=lambda item: item[1].casefold())
