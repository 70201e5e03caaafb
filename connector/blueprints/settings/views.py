"""The settings page: one form per shop, saved as a whole; every change goes into the audit log."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector.blueprints import asked, formats
from connector.blueprints.orders.shops import row_or_404
from connector.blueprints.panel import actor, needs
from connector.blueprints.settings import values
from connector.domain.settings import ShopSettings
from connector.extensions import db
from connector.models import AuditEntry, Order, Shop
from connector.models.audit import SETTINGS
from connector.models.transaction import transaction
from connector.sync import asks, audit, debug

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

CHANGES_SHOWN = 50
#: Settings by which an order that waits may have to wait no longer, or longer.
WHEN_TO_CREATE = ("create_when", "on_hold", "wait_after_hold", "samples", "sample_window")
CHANGED_MEANWHILE = (
    "Somebody else saved other settings while this page was open. What you typed is kept below and not saved yet:"
    " look at what changed at the end of the page, then save again."
)


@blueprint.get("")
@needs("admin")
def index() -> ResponseReturnValue:
    """The settings of the first shop, or of the one that is asked for."""
    shop = _shop(asked.number("shop"))
    if shop is None:
        return render_template("settings/empty.html")
    return _page(shop, values.typed(shop.settings), {})


@blueprint.post("/<int:shop_id>")
@needs("admin")
def save(shop_id: int) -> ResponseReturnValue:
    """Saves a shop's settings, if all are well; else the form again, with what was typed and what is wrong."""
    settings, wrong = values.read(request.form)
    typed = {field.name: values.raw(field, request.form) for group in values.groups() for field in group.fields}
    version = request.form.get("version", "")
    if settings is None:
        # Still what was loaded: the next save has to see what somebody else changed meanwhile.
        return make_response(_page(row_or_404(shop_id), typed, wrong, version=version), 422)
    with transaction() as session:
        shop = session.get(Shop, shop_id, with_for_update={"of": Shop})
        if shop is None:
            abort(404)
        is_stale = version != version_of(shop.settings)
        changed = 0
        if not is_stale:
            changed = _write(shop, settings)
    if is_stale:
        return make_response(_page(row_or_404(shop_id), typed, {}, CHANGED_MEANWHILE), 409)
    formats.flash_message(
        f"{changed} setting{'s' if changed != 1 else ''} saved. Orders that are worked on from now on follow them."
        if changed
        else "Nothing was changed."
    )
    return redirect(url_for("settings.index", shop=shop_id), 303)


@blueprint.get("/<int:shop_id>")
@needs("admin")
def form_of_shop(shop_id: int) -> ResponseReturnValue:
    """Where a refused form stands in the browser."""
    return redirect(url_for("settings.index", shop=shop_id))


def _write(shop: Shop, settings: ShopSettings) -> int:
    """Inside a transaction: writes the settings and one audit entry for each that differs. Returns how many."""
    before = shop.settings
    changed = 0
    session = db.session()
    for group in values.groups():
        for field in group.fields:
            old, new = getattr(before, field.name), getattr(settings, field.name)
            if old == new:
                continue
            changed += 1
            audit.note(
                session,
                actor(),
                SETTINGS,
                field.label,
                subject=shop.name,
                shop_id=shop.id,
                before=values.words(field, old),
                after=values.words(field, new),
            )
    if changed:
        shop.settings = settings
    elif (
        session.scalar(select(AuditEntry.id).where(AuditEntry.kind == SETTINGS, AuditEntry.shop_id == shop.id).limit(1))
        is None
    ):
        # Looked at and found right: the guide's step is done.
        audit.note(session, actor(), SETTINGS, "Settings", subject=shop.name, shop_id=shop.id, after="kept as they are")
    if any(getattr(before, name) != getattr(settings, name) for name in WHEN_TO_CREATE):
        asks.plan_waiting_anew(session, shop.id)
    return changed


def version_of(settings: ShopSettings) -> str:
    """Differs when any setting does: a form that was loaded before somebody else's change does not undo it."""
    document = json.dumps(settings.to_stored(), sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()[:16]


#: The statuses that every Magento has for orders that are under way.
_CORE_STATUSES = ("pending", "processing", "complete")


def _statuses_seen(shop: Shop) -> list[str]:
    """Statuses that can be offered: Magento's own, and those that orders of the shop had lately."""
    latest = (
        select(Order.magento_status)
        .where(Order.shop_id == shop.id, Order.magento_status != "")
        .order_by(Order.create_time.desc(), Order.id.desc())
        .limit(1000)
        .subquery()
    )
    seen = db.session.scalars(select(latest.c.magento_status).distinct())
    return sorted({*_CORE_STATUSES, *seen} - values.MAGENTOS_OWN)


def _shop(shop_id: int | None) -> Shop | None:
    if shop_id is not None:
        return row_or_404(shop_id)
    return db.session.scalars(select(Shop).order_by(Shop.id).limit(1)).one_or_none()


def _page(
    shop: Shop, typed: dict[str, str], wrong: dict[str, str], notice: str = "", *, version: str | None = None
) -> str:
    changes = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.kind == SETTINGS, AuditEntry.shop_id == shop.id)
        .order_by(AuditEntry.id.desc())
        .limit(CHANGES_SHOWN)
    ).all()
    return render_template(
        "settings/index.html",
        shop=shop,
        shops=db.session.execute(select(Shop.id, Shop.name).order_by(Shop.id)).all(),
        groups=values.groups(),
        typed=typed,
        wrong=wrong,
        notice=notice,
        defaults=values.typed(values.DEFAULTS),
        default_words={
            field.name: values.words(field, getattr(values.DEFAULTS, field.name))
            for group in values.groups()
            for field in group.fields
        },
        version=version_of(shop.settings) if version is None else version,
        changes=changes,
        statuses_seen=_statuses_seen(shop),
        status_lines=values.status_lines,
        debug_is_on=debug.is_on(shop),
    )
