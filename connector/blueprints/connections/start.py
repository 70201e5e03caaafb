"""Which orders a newly connected shop begins with: what TikTok says is open, and the merchant's choice."""

from __future__ import annotations

from datetime import datetime

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.blueprints import days, formats
from connector.blueprints.connections import blueprint
from connector.blueprints.orders.shops import row_or_404
from connector.blueprints.panel import actor, is_fragment_request, needs
from connector.domain.starting import FROM
from connector.extensions import queue
from connector.models import Shop
from connector.sync import asks, starting


@blueprint.get("/shops/<int:shop_id>/start")
@needs("admin")
def start(shop_id: int) -> ResponseReturnValue:
    """The choice; while TikTok is asked, htmx asks again."""
    shop = row_or_404(shop_id)
    if shop.start.get("state") == starting.ASKED:
        queue.wake_start(shop_id)
    return _page(shop)


@blueprint.post("/shops/<int:shop_id>/start")
@needs("admin")
def choose_start(shop_id: int) -> ResponseReturnValue:
    """Sets the choice, or has the open orders counted anew."""
    shop = row_or_404(shop_id)
    if request.form.get("what") == "count":
        starting.ask(shop_id)
        return redirect(url_for("connections.start", shop_id=shop_id), 303)
    mode, day = request.form.get("mode", ""), request.form.get("day", "")
    try:
        since = days.start_of(day, shop.time_zone) if mode == FROM else None
        starting.choose(shop_id, mode, since, actor())
    except (ValueError, asks.Refused) as refused:
        message = str(refused) if isinstance(refused, asks.Refused) else "That is not a day."
        return make_response(_page(shop, message, mode, day), 422)
    formats.flash_message(f"{shop.name} begins with {starting.WORDS[mode]}.")
    return redirect(url_for("connections.index"), 303)


def _page(shop: Shop, wrong: str = "", mode: str = "", day: str = "") -> str:
    template = "connections/_open_orders.html" if is_fragment_request("open-orders") else "connections/start.html"
    oldest = shop.start.get("oldest")
    chosen = mode or str(shop.start.get("mode", ""))
    if not day and chosen == FROM and shop.orders_from:
        day = shop.orders_from.astimezone(formats.zone(shop.time_zone)).date().isoformat()
    return render_template(
        template,
        shop=shop,
        found=shop.start,
        oldest=datetime.fromisoformat(oldest) if oldest else None,
        mode=chosen,
        day=day,
        wrong=wrong,
    )
