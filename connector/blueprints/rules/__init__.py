"""Rules of the merchant's own: the list, the form with its preview on last week's orders, on and off; and an order's tags."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from connector.blueprints import asked, formats, typed
from connector.blueprints.orders import shops
from connector.blueprints.orders.rows import order_or_404
from connector.blueprints.panel import actor, done, needs
from connector.domain import rules as domain
from connector.domain import statuses
from connector.extensions import db
from connector.models import Order, Rule
from connector.sync import rules

blueprint = Blueprint("rules", __name__)

SHOWN = 20


@blueprint.get("/rules")
@needs("viewer")
def index() -> ResponseReturnValue:
    """All rules in the order in which they are taken."""
    rows = db.session.scalars(select(Rule).order_by(Rule.position, Rule.id)).all()
    return render_template(
        "rules/index.html",
        rules=[(row, when(rules.value_of(row).conditions), then(rules.value_of(row).actions)) for row in rows],
    )


@blueprint.get("/rules/new")
@needs("admin")
def new() -> ResponseReturnValue:
    """The form for another rule."""
    return _form(None, {})


@blueprint.post("/rules/new")
@needs("admin")
def create() -> ResponseReturnValue:
    """Makes a rule, which is off, and shows what it would do."""
    return _save(None)


@blueprint.get("/rules/<int:rule_id>")
@needs("viewer")
def show(rule_id: int) -> ResponseReturnValue:
    """A rule with the orders of the last week that it fits."""
    row = _row(rule_id)
    return _form(row, _typed(rules.value_of(row)))


@blueprint.post("/rules/<int:rule_id>")
@needs("admin")
def change(rule_id: int) -> ResponseReturnValue:
    """Saves a rule, switches it on or off, moves it, or takes it away, by the button that was pressed."""
    row = _row(rule_id)
    what = request.form.get("what", "save")
    if what == "save":
        return _save(rule_id)
    if what in ("on", "off"):
        rules.switch(rule_id, what == "on", actor())
        formats.flash_message(
            _("The rule is on. It counts for orders from their next change on.")
            if what == "on"
            else _("The rule is off.")
        )
    elif what in ("up", "down"):
        rules.move(row.id, what == "up")
        return redirect(url_for("rules.index"), 303)
    elif what == "delete":
        rules.delete(rule_id, actor())
        formats.flash_message(_("The rule is gone. What it did stays."))
        return redirect(url_for("rules.index"), 303)
    else:
        abort(400)
    return redirect(url_for("rules.show", rule_id=rule_id), 303)


@blueprint.post("/orders/<tiktok_order_id>/tags")
@needs("staff")
def tag(tiktok_order_id: str) -> ResponseReturnValue:
    """Sets an order's tags."""
    row = order_or_404(tiktok_order_id)
    back_to = url_for("orders.show", tiktok_order_id=tiktok_order_id)
    try:
        rules.tag(row.id, _list(request.form.get("tags", "")), actor())
    except domain.Wrong as wrong:
        return done(str(wrong), back_to, status="error")
    return done(_("Tagged."), back_to)


def _save(rule_id: int | None) -> ResponseReturnValue:
    form = request.form
    totals, wrong = _totals()
    try:
        if wrong:
            raise domain.Wrong(NOT_SAVED)
        conditions = domain.Conditions(
            shop=asked.number("shop", form),
            skus=_list(form.get("skus", "")),
            **totals,
            countries=tuple(country.upper() for country in _list(form.get("countries", ""))),
            statuses=tuple(form.getlist("statuses")),
            waited_hours=_hours(form.get("waited_hours", "")),
            tags=_list(form.get("if_tags", "")),
        )
        actions = domain.Actions(
            approve=form.get("approve") == "1",
            hold=form.get("hold") == "1",
            way=form.get("way", "") if form.get("way") in ("reserve", "record") else "",
            tags=_list(form.get("add_tags", "")),
            tell=form.get("tell") == "1",
        )
        saved = rules.save(rule_id, form.get("name", ""), conditions, actions, actor())
    except domain.Wrong as refused:
        sent = {name: form.getlist(name) if name == "statuses" else form.get(name, "") for name in FIELDS}
        page = _form(_row(rule_id) if rule_id is not None else None, sent, {"": str(refused)} | wrong)
        return make_response(page, 422)
    formats.flash_message(_("Saved, and off. Look at what it would do, then switch it on."))
    return redirect(url_for("rules.show", rule_id=saved), 303)


NOT_SAVED = "Nothing is saved yet: look at the fields that are marked."


def _totals() -> tuple[dict[str, str], dict[str, str]]:
    """The totals of the form, and what is wrong with which."""
    totals, wrong = {}, {}
    for name in ("total_from", "total_to"):
        text = request.form.get(name, "").strip()
        try:
            totals[name] = typed.plain(typed.number(text)) if text else ""
        except typed.Ambiguous as unclear:
            wrong[name] = str(unclear)
        except ValueError:
            wrong[name] = _("“%(text)s” is not a number.", text=text[:20])
    return totals, wrong


FIELDS = (
    "name", "shop", "skus", "total_from", "total_to", "countries", "statuses", "waited_hours", "if_tags",
    "approve", "hold", "way", "add_tags", "tell",
)  # fmt: skip


def _typed(rule: domain.Rule) -> dict[str, Any]:
    """A rule as it stands in the form."""
    given, does = rule.conditions, rule.actions
    return {
        "name": rule.name,
        "shop": str(given.shop or ""),
        "skus": ", ".join(given.skus),
        "total_from": given.total_from,
        "total_to": given.total_to,
        "countries": ", ".join(given.countries),
        "statuses": list(given.statuses),
        "waited_hours": str(given.waited_hours or ""),
        "if_tags": ", ".join(given.tags),
        "approve": "1" if does.approve else "",
        "hold": "1" if does.hold else "",
        "way": does.way,
        "add_tags": ", ".join(does.tags),
        "tell": "1" if does.tell else "",
    }


def _form(row: Rule | None, sent: dict[str, Any], wrong: Mapping[str, str] = MappingProxyType({})) -> str:
    """`wrong` says what is wrong, by the field; "" is the whole of it."""
    looked_at, fitting = rules.preview(rules.value_of(row)) if row is not None and not wrong else (0, [])
    return render_template(
        "rules/rule.html",
        rule=row,
        typed=sent,
        wrong=wrong,
        shops=sorted(shops.labels().values(), key=lambda shop: shop.name),
        statuses=statuses.ORDER_STATUSES,
        looked_at=looked_at,
        fitting=fitting[:SHOWN],
        fits=len(fitting),
        most=rules.MOST_PREVIEWED,
        zone=shops.panel_zone(),
    )


def when(given: domain.Conditions) -> str:
    """Conditions in words."""
    parts = []
    if given.shop is not None:
        parts.append(_("shop %(name)s", name=shops.label(given.shop).name))
    if given.skus:
        parts.append(_("SKU %(skus)s", skus=", ".join(given.skus)))
    if given.total_from:
        parts.append(_("total from %(amount)s", amount=formats.amount(given.total_from)))
    if given.total_to:
        parts.append(_("total up to %(amount)s", amount=formats.amount(given.total_to)))
    if given.countries:
        parts.append(_("to %(countries)s", countries=", ".join(given.countries)))
    if given.statuses:
        parts.append(", ".join(formats.status_label(status) for status in given.statuses))
    if given.waited_hours:
        parts.append(_("for %(hours)s hours", hours=given.waited_hours))
    if given.tags:
        parts.append(_("tagged %(tags)s", tags=", ".join(given.tags)))
    return " · ".join(parts) or _("every order")


def then(does: domain.Actions) -> str:
    """Actions in words."""
    parts = []
    if does.approve:
        parts.append(_("approve the buyer's cancellation while nothing is shipped"))
    if does.hold:
        parts.append(_("hold back"))
    if does.way:
        parts.append(_("reserve stock") if does.way == "reserve" else _("record only"))
    if does.tags:
        parts.append(_("tag %(tags)s", tags=", ".join(does.tags)))
    if does.tell:
        parts.append(_("tell"))
    return " · ".join(parts)


def _row(rule_id: int) -> Rule:
    row = db.session.get(Rule, rule_id)
    if row is None:
        abort(404)
    return row


def _list(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for raw in text.split(",")[:50] if (part := " ".join(raw.split())[:100])))


def _hours(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1


@blueprint.app_template_filter()
def order_tags(row: Order) -> tuple[str, ...]:
    """The tags of an order's row."""
    return domain.tags_of(row.tags)
