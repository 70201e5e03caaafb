"""Splitting an order, combining it with others, taking it apart: the page with what TikTok lets be done, and asking for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector.blueprints import formats
from connector.blueprints.orders import shops
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import actor, done, is_fragment_request, needs
from connector.blueprints.shipping import blueprint
from connector.domain import returns as values
from connector.domain import statuses
from connector.domain.order import LineItem
from connector.extensions import db
from connector.models import Order, PackageAsk, PackageChoices
from connector.sync import asks, package_asks
from connector.tiktok.orders import readable_order

#: As many packages as the form offers.
MOST_PACKAGES = 6


@blueprint.post("/orders/<tiktok_order_id>/packages/choices")
@needs("staff")
def package_choices(tiktok_order_id: str) -> ResponseReturnValue:
    """Has a worker ask TikTok what can be done with the order's packages, and opens the page."""
    row = order_or_404(tiktok_order_id)
    try:
        package_asks.ask_choices(row.id)
    except asks.Refused as refused:
        return done(str(refused), url_for("orders.show", tiktok_order_id=tiktok_order_id), status="error")
    return redirect(url_for("shipping.packages", tiktok_order_id=tiktok_order_id), 303)


@blueprint.get("/orders/<tiktok_order_id>/packages")
@needs("staff")
def packages(tiktok_order_id: str) -> str:
    """What TikTok lets be done: each item's package to choose, and the orders to combine with."""
    return _page(order_or_404(tiktok_order_id), {})


def _page(row: Order, chosen: Mapping[str, str]) -> str:
    """`chosen` is the package of each item, by its number, where a split was refused."""
    choices = db.session.scalars(select(PackageChoices).where(PackageChoices.order_id == row.id)).one_or_none()
    template = "shipping/_packages.html" if is_fragment_request("packages") else "shipping/packages.html"
    lines = _lines(row)
    return render_template(
        template,
        order=row,
        choices=choices,
        lines=lines,
        chosen=chosen,
        ask=_last_ask(row.id),
        is_combined=(row.document or {}).get("split_or_combine_tag") == "COMBINED",
        most=min(MOST_PACKAGES, len(lines)),
        others=_others(row, choices),
        zone=shops.label(row.shop_id).time_zone,
    )


@blueprint.post("/orders/<tiktok_order_id>/packages")
@needs("staff")
def change_packages(tiktok_order_id: str) -> Response:
    """Asks for a split, for combining, or for taking the order out of a shared package."""
    row = order_or_404(tiktok_order_id)
    here = url_for("shipping.packages", tiktok_order_id=tiktok_order_id)
    form = request.form
    try:
        if form.get("what") == "split":
            groups: dict[str, list[str]] = {}
            for line in _lines(row):
                groups.setdefault(form.get(f"line-{line.id}", ""), []).append(line.id)
            package_asks.split(row.id, [groups[number] for number in sorted(groups)], actor())
        elif form.get("what") == "combine":
            package_asks.combine(row.id, form.get("package", ""), form.getlist("order"), actor())
        elif form.get("what") == "uncombine":
            package_asks.uncombine(row.id, actor())
        else:
            raise asks.Refused("Choose what to do.")
    except asks.Refused as refused:
        if form.get("what") != "split":
            return done(str(refused), here, status="error")
        formats.flash_message(str(refused), "error")
        return make_response(_page(row, {line.id: form.get(f"line-{line.id}", "") for line in _lines(row)}), 422)
    return done("TikTok Shop is being told.", url_for("orders.show", tiktok_order_id=tiktok_order_id))


def _lines(row: Order) -> list[LineItem]:
    order = readable_order(row.document)
    return [line for line in order.line_items if not line.is_cancelled] if order is not None else []


def _last_ask(row_id: int) -> PackageAsk | None:
    return db.session.scalars(
        select(PackageAsk).where(PackageAsk.order_id == row_id).order_by(PackageAsk.id.desc()).limit(1)
    ).first()


def _others(row: Order, choices: PackageChoices | None) -> dict[str, Order]:
    """The orders that may be combined with this one, as far as they are known here."""
    numbers = {number for one in (choices.combinable if choices else ()) for number in one["order_ids"]}
    found = db.session.scalars(select(Order).where(Order.tiktok_order_id.in_(numbers - {row.tiktok_order_id})))
    return {order.tiktok_order_id: order for order in found}


def _card(order: Order) -> dict[str, Any]:
    """What the order's page shows of it: whether packages may be changed, and what was asked for last."""
    ask = _last_ask(order.id)
    may_change = (
        order.status == statuses.AWAITING_SHIPMENT
        and order.sync_state != "ignored"
        and not order.is_fulfilled_by_tiktok
    )
    is_open = ask is not None and ask.state in values.OPEN
    return {"may_change": may_change and not is_open, "ask": ask, "is_open": is_open}


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"package_card": _card}
