"""TikTok shops: which store and store view each sells for, its webhooks, and the end of a connection."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from connector.blueprints import asked, formats
from connector.blueprints.connections import blueprint, health
from connector.blueprints.orders.shops import row_or_404
from connector.blueprints.panel import actor, needs
from connector.extensions import db
from connector.models import Shop, Store
from connector.sync import notify, shops, stores


@blueprint.get("/shops/<int:shop_id>")
@needs("viewer")
def shop(shop_id: int) -> ResponseReturnValue:
    """One shop: its binding, its webhooks."""
    row = row_or_404(shop_id)
    typed = {
        "store_id": str(row.store_id or ""),
        "store_view_code": row.store_view_code,
        "time_zone": row.time_zone,
    }
    return _page(row, typed, {})


@blueprint.post("/shops/<int:shop_id>")
@needs("admin")
def bind(shop_id: int) -> ResponseReturnValue:
    """Binds a shop to a store and store view."""
    row = row_or_404(shop_id)
    typed = {name: request.form.get(name, "").strip() for name in ("store_id", "store_view_code", "time_zone")}
    store_id = asked.row_id(typed["store_id"])
    try:
        shops.bind(shop_id, store_id, typed["store_view_code"], typed["time_zone"], actor())
    except stores.Invalid as error:
        return make_response(_page(row, typed, {error.field: str(error)}), 422)
    formats.flash_message(f"{row.name} is bound. Orders that are created from now on go there.")
    return redirect(url_for("connections.shop", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/care")
@needs("staff")
def care(shop_id: int) -> ResponseReturnValue:
    """Checks tokens and webhooks now rather than within the hour."""
    row_or_404(shop_id)
    shops.ask_care(shop_id)
    formats.flash_message("Tokens and webhooks are being checked.")
    return redirect(url_for("connections.shop", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/disconnect")
@needs("admin")
def disconnect(shop_id: int) -> ResponseReturnValue:
    """Stops the work for a shop. Orders, settings and the binding are kept."""
    row = row_or_404(shop_id)
    shops.disconnect(shop_id, actor())
    formats.flash_message(f"{row.name} is disconnected. Its orders and settings are kept.")
    return redirect(url_for("connections.index"), 303)


def _page(row: Shop, typed: dict[str, str], wrong: dict[str, str]) -> str:
    return render_template(
        "connections/shop.html",
        shop=row,
        health=health.of_shop(row),
        notice_secret=notify.secret_of(row.id) if row.settings.notify_url and current_user.may("admin") else "",
        typed=typed,
        wrong=wrong,
        stores=db.session.execute(select(Store.id, Store.name).order_by(Store.name)).all(),
        zones=sorted(
            zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
        ),
    )
