"""What a platform asks: is the process alive, can it work, how is it going."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from connector import clock
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import InboxEvent, Order

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"ok": True}


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """200 when the database, the queue and at least one worker are there; else 503, with which is not."""
    checks = {"database": _database(), "queue": _queue(), "workers": _workers()}
    return checks, 200 if all(check == "ok" for check in checks.values()) else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics, computed from the database and the queue when asked: the same from every process."""
    registry = CollectorRegistry()
    orders = Gauge("connector_orders", "Orders by sync state", ["state"], registry=registry)
    counts = dict(db.session.execute(select(Order.sync_state, func.count()).group_by(Order.sync_state)).tuples().all())
    for state in SyncState.ALL:
        orders.labels(state).set(counts.get(state, 0))
    oldest = db.session.scalar(select(func.min(Order.due_at)))
    age = Gauge(
        "connector_oldest_due_seconds", "For how long the order that is due the longest has been due", registry=registry
    )
    age.set(max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0)
    events = Gauge("connector_inbox_events", "Webhook events by state", ["state"], registry=registry)
    for state, count in db.session.execute(select(InboxEvent.state, func.count()).group_by(InboxEvent.state)).tuples():
        events.labels(state).set(count)
    try:
        length: float = queue.queue.count
    except RedisError:
        length = float("nan")
    Gauge("connector_queue_jobs", "Jobs waiting in the queue (NaN: the queue is away)", registry=registry).set(length)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "unreachable"
    return "ok"


def _queue() -> str:
    try:
        queue.queue.connection.ping()
    except RedisError:
        return "unreachable"
    return "ok"


def _workers() -> str:
    try:
        return "ok" if Worker.count(queue=queue.queue) > 0 else "none"
    except RedisError:
        return "unknown"
