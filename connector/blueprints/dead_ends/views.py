"""The page of dead ends, and its buttons: try again, for one or for all; an event is not needed."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from connector.blueprints import asked
from connector.blueprints.auth.views import local_path
from connector.blueprints.dead_ends import blueprint
from connector.blueprints.orders import causes, shops
from connector.blueprints.orders.pages import WITHOUT_DOCUMENTS
from connector.blueprints.panel import actor, done, needs
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import InboxEvent, Order
from connector.models.inbox import FAILED, IS_SET_ASIDE
from connector.sync import dead_ends

SHOWN = 100


@blueprint.get("")
@needs("viewer")
def index() -> ResponseReturnValue:
    """Orders in Error by cause, and events that were set aside, the newest first."""
    is_dead = Order.sync_state == SyncState.ERROR
    groups = causes.groups(most=None)
    orders = db.session.scalars(
        select(Order).where(is_dead).order_by(Order.updated_at.desc()).limit(SHOWN).options(*WITHOUT_DOCUMENTS)
    ).all()
    events = db.session.execute(
        select(
            InboxEvent.id,
            InboxEvent.type,
            InboxEvent.tiktok_shop_id,
            InboxEvent.received_at,
            InboxEvent.attempts,
            InboxEvent.state,
            InboxEvent.error,
        )
        .where(IS_SET_ASIDE)
        .order_by(InboxEvent.id.desc())
        .limit(SHOWN)
    ).all()
    return render_template(
        "dead_ends/index.html",
        causes=groups,
        orders=orders,
        order_count=sum(group.count for group in groups),
        events=events,
        event_count=db.session.scalar(select(func.count()).select_from(InboxEvent).where(IS_SET_ASIDE)),
        FAILED=FAILED,
        zone=shops.panel_zone(),
    )


@blueprint.post("/orders")
@needs("staff")
def try_all() -> Response:
    """All orders in Error, or those with one cause (`code`, and the `subject` that it is about), are tried again."""
    code, subject = request.form.get("code", "")[:64], request.form.get("subject")
    count = dead_ends.try_all(actor(), code, None if subject is None else subject[:200])
    return done(f"Trying {count} {'order' if count == 1 else 'orders'} again.", url_for("dead_ends.index"))


@blueprint.post("/events")
@needs("staff")
def replay() -> Response:
    """One event (`id`, handled or not), or all that were set aside, are handled again; `back_to` is the page of the button."""
    back_to = local_path(request.form.get("back_to", "")) or url_for("dead_ends.index")
    if request.form.get("id", ""):
        event_id = _event_id()
        count = 0 if event_id is None else dead_ends.replay([event_id], actor())
    else:
        count = dead_ends.replay_all(actor())
    return done(f"Handling {count} {'event' if count == 1 else 'events'} again.", back_to)


@blueprint.post("/events/dropped")
@needs("staff")
def drop() -> Response:
    """An event (`id`) that was set aside is not needed, says a person."""
    event_id = _event_id()
    if event_id is not None and dead_ends.drop(event_id, actor()):
        return done("The event stands in Activity, Webhooks, until it is 90 days old.", url_for("dead_ends.index"))
    return done("The event is not among the dead ends any more.", url_for("dead_ends.index"), status="error")


def _event_id() -> int | None:
    return asked.number("id", request.form)
