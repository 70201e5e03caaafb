"""Putting an order's address right. The page reads the database only; Magento's regions are read by a worker when unknown."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import formats
from connector.blueprints.orders import blueprint, shops
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import actor, is_fragment_request, needs
from connector.domain.postal import PostalAddress
from connector.models import Order
from connector.sync import addresses, asks


@blueprint.get("/orders/<tiktok_order_id>/address")
@needs("staff")
def address(tiktok_order_id: str) -> ResponseReturnValue:
    """The form; it asks a worker for Magento's regions where they are not known. For htmx the regions, once they are."""
    row = order_or_404(tiktok_order_id)
    try:
        form = addresses.form_of(row)
    except asks.Refused as refused:
        return _back(row, str(refused), "error")
    is_field = is_fragment_request("region-field")
    if form.regions is None:
        addresses.ask_for_regions(row, form.address.country_id)
        if is_field:
            return "", 204  # the field stays as it is, with what is typed in it
    template = "orders/_region.html" if is_field else "orders/address.html"
    return render_template(template, order=row, form=form, typed=form.address, wrong={}, shop=shops.label(row.shop_id))


@blueprint.post("/orders/<tiktok_order_id>/address")
@needs("staff")
def change_address(tiktok_order_id: str) -> ResponseReturnValue:
    """Puts the address right, or takes TikTok's again; what is wrong is shown beside what was typed."""
    row = order_or_404(tiktok_order_id)
    try:
        if request.form.get("what") == "drop":
            addresses.drop(row.id, actor())
            return _back(row, "TikTok's address counts again.")
        form = addresses.form_of(row)
        typed = _typed(form)
        wrong = addresses.change(row.id, typed, actor())
    except asks.Refused as refused:
        return _back(row, str(refused), "error")
    if wrong:
        shown = {"order": row, "form": form, "typed": typed, "wrong": wrong, "shop": shops.label(row.shop_id)}
        return make_response(render_template("orders/address.html", **shown), 422)
    return _back(row, "The address is put right. Magento gets it now.")


def _typed(form: addresses.Form) -> PostalAddress:
    def text(name: str) -> str:
        return request.form.get(name, "")[:400]

    region_id = request.form.get("region_id", "")
    return PostalAddress(
        firstname=text("firstname"),
        lastname=text("lastname"),
        city=text("city"),
        postcode=text("postcode"),
        telephone=text("telephone"),
        region=text("region"),
        street=tuple(line[:400] for line in request.form.getlist("street")),
        # Where the order goes is TikTok's to say: a parcel to another country is another order.
        country_id=form.address.country_id,
        region_id=int(region_id) if region_id.isascii() and region_id.isdecimal() and len(region_id) < 9 else None,
    )


def _back(row: Order, message: str, status: str = "ok") -> ResponseReturnValue:
    formats.flash_message(message, status)
    return redirect(url_for("orders.show", tiktok_order_id=row.tiktok_order_id), 303)
