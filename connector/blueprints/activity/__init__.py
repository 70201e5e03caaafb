"""What happened lately, over all orders: events, webhooks, fetches, failures, and who changed what."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from connector.blueprints import asked
from connector.blueprints.orders import shops
from connector.blueprints.panel import needs
from connector.extensions import db
from connector.models import AuditEntry, FetchRun, InboxEvent, Order, TimelineEntry
from connector.models.inbox import DROPPED, FAILED, HANDLED, NEW, NOT_HANDLED, UNKNOWN_SHOP
from connector.tiktok.webhooks import topic_of

blueprint = Blueprint("activity", __name__, url_prefix="/activity")

SHOWN = 100
TABS = {"events": "Events", "webhooks": "Webhooks", "fetches": "Fetches", "failures": "Failures", "changes": "Changes"}
WEBHOOK_STATES = {
    NEW: ("Waits", "hold"),
    HANDLED: ("Handled", "good"),
    NOT_HANDLED: ("Kept, not needed", "off"),
    UNKNOWN_SHOP: ("Of a shop that is not connected", "off"),
    FAILED: ("Could not be read", "bad"),
    DROPPED: ("Not needed, as somebody said", "off"),
}


@blueprint.get("")
@needs("viewer")
def index() -> ResponseReturnValue:
    """One tab, the newest first; `before` is the id below which the page begins."""
    tab = request.args.get("tab", "events")
    if tab not in TABS:
        abort(404)
    if tab == "changes" and not current_user.may("admin"):
        abort(403)
    before = asked.number("before")
    statement, key = _rows(tab)
    if before is not None:
        statement = statement.where(key < before)
    rows = db.session.execute(statement.order_by(key.desc()).limit(SHOWN + 1)).all()
    older = _id(tab, rows[SHOWN - 1]) if len(rows) > SHOWN else None
    return render_template(
        "activity/index.html",
        tab=tab,
        tabs=TABS,
        rows=rows[:SHOWN],
        older=older,
        zone=shops.panel_zone(),
        labels=shops.labels(),
        webhook_states=WEBHOOK_STATES,
        NEW=NEW,
        topic_of=topic_of,
    )


def _rows(tab: str) -> tuple[Any, Any]:
    """The rows of a tab and the key that they are in order of."""
    if tab == "webhooks":
        columns = (
            InboxEvent.id,
            InboxEvent.type,
            InboxEvent.tiktok_shop_id,
            InboxEvent.received_at,
            InboxEvent.state,
            InboxEvent.handled_at,
            InboxEvent.error,
        )
        return select(*columns), InboxEvent.id
    if tab == "fetches":
        return select(FetchRun), FetchRun.id
    if tab == "changes":
        return select(AuditEntry), AuditEntry.id
    events = select(TimelineEntry, Order.tiktok_order_id, Order.shop_id).join(Order, Order.id == TimelineEntry.order_id)
    return (events.where(TimelineEntry.is_error) if tab == "failures" else events), TimelineEntry.id


def _id(tab: str, row: Any) -> int:
    return int(row.id if tab == "webhooks" else row[0].id)


# The meter registers itself on the blueprint.
from connector.blueprints.activity import meter  # noqa: E402, F401
