"""What a platform asks: is the process alive, can it work, how is it going."""

from __future__ import annotations

import logging

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from redis.exceptions import OutOfMemoryError, RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from connector.blueprints.health.metrics import Collector
from connector.extensions import db, queue
from connector.models.transaction import check_writable, end_transaction
from connector.redaction import reason

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"ok": True}


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """200 when the database (migrated, can be written to), the queue (takes jobs) and a worker are there; else 503.

    The answer says which is not.
    """
    checks = {"database": _database(), "queue": _queue(), "workers": _workers()}
    return checks, 200 if all(check == "ok" for check in checks.values()) else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics: the same from every process, since all of it comes from the database and the queue."""
    registry = CollectorRegistry()
    registry.register(Collector())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "unreachable"
    try:
        revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:  # no such table
        db.session.rollback()
        revision = None
    # One that is not known here is of a newer version, whose migrations the older one can work with (docs/operations.md):
    # during an upgrade the old processes stay ready.
    if revision in (None, *_older_migrations()):
        return "not migrated"
    end_transaction()
    try:
        check_writable(db.engine)
    except SQLAlchemyError as error:
        log.error("nothing can be written to the database: %s", reason(error))
        return "not writable"
    return "ok"


def _older_migrations() -> tuple[str, ...]:
    """The revisions before the one that this version of the code comes with; read once a process."""
    kept: tuple[str, ...] | None = current_app.extensions.get("older_migrations")
    if kept is None:
        config = current_app.extensions["migrate"].migrate.get_config()
        _newest, *older = (script.revision for script in ScriptDirectory.from_config(config).walk_revisions())
        kept = current_app.extensions["older_migrations"] = tuple(older)
    return kept


def _queue() -> str:
    try:
        queue.check()
    except OutOfMemoryError:
        return "full"
    except RedisError:
        return "unreachable"
    return "ok"


def _workers() -> str:
    try:
        return "ok" if queue.workers() > 0 else "none"
    except RedisError:
        return "unknown"
