"""The carrier page, row by row. Every form works without script; with htmx only its row is exchanged."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints.carriers import blueprint
from connector.blueprints.orders.shops import labels, row_or_404
from connector.blueprints.panel import actor, done, is_fragment_request, needs, toast
from connector.domain.carriers import DEFAULT, Carrier, carrier_named
from connector.models import Shop
from connector.sync import asks, carrier_file, carrier_rows, carriers

LARGEST_FILE = 512 * 1024


def shop_asked(shops: Sequence[Shop]) -> Shop | None:
    """The connected shop that the address names (`shop`), the first where it names none; None where that is none of them."""
    named = request.args.get("shop")
    return next((shop for shop in shops if not named or str(shop.id) == named), None)


def no_shop() -> ResponseReturnValue:
    """Instead of a shop's page: it is not connected (any more), or none is. Another shop's page would be taken for its own."""
    named = request.args.get("shop")
    shop = next((shop for shop in labels().values() if str(shop.id) == named), None)
    if named and shop is None:
        abort(404)
    return render_template("carriers/empty.html", shop=shop)


@blueprint.get("/carriers")
@needs("viewer")
def index() -> ResponseReturnValue:
    """All carriers of a shop (`shop`, else the first). `carrier` names the one that somebody came for."""
    shops = asks.active_shops()
    shop = shop_asked(shops)
    if shop is None:
        return no_shop()
    wanted = request.args.get("carrier", "")[:280]
    rows = carrier_rows.rows_of(shop.id)
    if wanted and all(row.carrier != carrier_named(wanted) for row in rows):
        wanted = ""
    return render_template(
        "carriers/index.html",
        shop=shop,
        shops=shops,
        providers=carriers.providers_of(shop.id),
        rows=rows,
        default=carrier_rows.default_of(shop.id),
        wanted=carrier_named(wanted) if wanted else None,
        is_fragment=False,
    )


@blueprint.post("/carriers/<int:shop_id>/map")
@needs("staff")
def save(shop_id: int) -> ResponseReturnValue:
    """Maps the carrier of one row, or takes its mapping away when nothing is chosen."""
    shop = row_or_404(shop_id)
    carrier = _carrier()
    typed = request.form.get("provider", "")[:200]
    try:
        if typed.strip():
            provider_id, name = carriers.provider_named(shop.id, typed)
            released = carriers.map_carrier(shop.id, carrier, provider_id, name, actor())
            message = (
                f"{carrier.name if carrier.code != DEFAULT else 'All other carriers'}: {name}.{_released(released)}"
            )
        else:
            carriers.unmap(shop.id, carrier)
            message = f"{carrier.name}: not mapped any more."
    except asks.Refused as refused:
        return _answer(shop, carrier, str(refused), typed=typed)
    return _answer(shop, carrier, message)


@blueprint.post("/carriers/<int:shop_id>/suggested")
@needs("staff")
def save_suggested(shop_id: int) -> Response:
    """Takes over every suggestion that the page shows."""
    shop = row_or_404(shop_id)
    released = count = 0
    for row in carrier_rows.rows_of(shop.id):
        if row.suggested_id and not row.is_mapped and row.carrier.name in request.form.getlist("carrier"):
            released += carriers.map_carrier(shop.id, row.carrier, row.suggested_id, row.suggested_name, actor())
            count += 1
    return done(f"{count} mapped as suggested.{_released(released)}", _page(shop))


@blueprint.post("/carriers/<int:shop_id>/add")
@needs("staff")
def add(shop_id: int) -> Response:
    """A carrier that Magento has not shown yet."""
    shop = row_or_404(shop_id)
    try:
        carrier = carriers.add_carrier(request.form.get("code", ""), request.form.get("title", ""), actor())
    except asks.Refused as refused:
        return done(str(refused), _page(shop), status="error")
    return done(f"{carrier.name} is in the list.", url_for("carriers.index", shop=shop.id, carrier=carrier.name))


@blueprint.post("/carriers/<int:shop_id>/refresh")
@needs("staff")
def refresh(shop_id: int) -> Response:
    """Has the shipping providers read from TikTok anew."""
    shop = row_or_404(shop_id)
    carriers.refresh(shop.id)
    return done("TikTok Shop's shipping providers are being read. Load the page again in a moment.", _page(shop))


@blueprint.get("/carriers/<int:shop_id>/mapping.csv")
@needs("viewer")
def export(shop_id: int) -> Response:
    """The mapping as a file."""
    shop = row_or_404(shop_id)
    response = make_response(carrier_file.to_csv(shop.id))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="carriers-{shop.region.lower()}.csv"'
    return response


@blueprint.post("/carriers/<int:shop_id>/mapping.csv")
@needs("staff")
def take_in(shop_id: int) -> Response:
    """A mapping from a file: all of it, or nothing and the line that is wrong."""
    shop = row_or_404(shop_id)
    file = request.files.get("file")
    content = file.read(LARGEST_FILE + 1) if file else b""
    try:
        if not content or len(content) > LARGEST_FILE:
            raise asks.Refused("Choose a CSV file of up to 512 KB.")
        mapped, released = carrier_file.from_csv(shop.id, content, actor())
    except asks.Refused as refused:
        return done(str(refused), _page(shop), status="error")
    goes_on = _released(released)
    mapped_now = f"1 carrier mapped.{goes_on}" if mapped == 1 else f"{mapped} carriers mapped.{goes_on}"
    return done(mapped_now, _page(shop))


def _answer(shop: Shop, carrier: Carrier, message: str, *, typed: str | None = None) -> ResponseReturnValue:
    """The row for htmx (`typed`: what was not taken), or the page again with the message."""
    status = "ok" if typed is None else "error"
    if not is_fragment_request():
        return done(message, url_for("carriers.index", shop=shop.id, carrier=carrier.name), status=status)
    row = carrier_rows.default_of(shop.id) if carrier.code == DEFAULT else carrier_rows.row_of(shop.id, carrier)
    if row is None:  # a carrier that nobody has seen and that is not mapped any more
        return make_response("", 200)
    response = make_response(
        render_template(
            "carriers/_row.html", row=row, shop=shop, typed=typed, problem=message if typed is not None else ""
        )
    )
    return toast(response, message, status)


def _carrier() -> Carrier:
    code = request.form.get("code", "")[:64]
    if not code:
        abort(400)
    return Carrier(code, request.form.get("title", "")[:200])


def _page(shop: Shop) -> str:
    return url_for("carriers.index", shop=shop.id)


def _released(count: int) -> str:
    return "" if not count else f" {count:,} waiting {'order goes' if count == 1 else 'orders go'} on."
