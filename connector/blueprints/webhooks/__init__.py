"""Where TikTok Shop delivers its webhooks: verify, store, wake, answer. Nothing here knows what an order is.

Answers: 200 stored or already known; 401 bad signature; 400 not JSON or not an event; 413 over 1 MiB; 503 when it could
not be stored, so that TikTok sends it again (for up to 72 hours).
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, Table, bindparam, case, exists
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from connector import clock, logs
from connector.blueprints import limits
from connector.blueprints.gathered import Gathered
from connector.extensions import csrf, db, queue
from connector.models import InboxEvent, Shop
from connector.models.inbox import NEW, UNKNOWN_SHOP
from connector.models.transaction import table_transaction
from connector.models.upsert import new_row
from connector.redaction import reason
from connector.sync import metrics
from connector.tiktok import webhooks as tiktok

log = logging.getLogger(__name__)

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")
csrf.exempt(blueprint)  # TikTok signs what it sends

MAX_BODY = 1024 * 1024


@blueprint.post("/tiktok")
def receive() -> ResponseReturnValue:
    """One event, unless as many as may be are being taken in already: then TikTok sends it again."""
    request.max_content_length = MAX_BODY
    try:
        raw = request.get_data(cache=False)  # before a place is taken: who sends nothing holds up nobody's events
    except RequestEntityTooLarge:
        return {"error": "An event is at most 1 MiB."}, 413
    with limits.WEBHOOKS.hold() as has_room:
        return _receive(raw) if has_room else ({"error": "Too many events at once. Send it again."}, 503)


def _receive(raw: bytes) -> ResponseReturnValue:
    """The unique key decides whether an event is new, not a look before the insert."""
    config = current_app.config["CONNECTOR"]
    try:
        tiktok.verify(raw, request.headers.get("Authorization"), config.tiktok_app_key, config.tiktok_app_secret)
        event = tiktok.parse(raw)
    except tiktok.SignatureError as error:
        log.warning("an event with a wrong signature was refused")
        metrics.count("connector_events", outcome="refused")
        metrics.flush()  # which writes once in some seconds: whoever floods us with them makes no flood of writes
        return {"error": str(error)}, 401
    except tiktok.NotAnEvent as error:
        return {"error": str(error)}, 400
    try:
        event_id = _intake(db.engine).bring(_row(raw, event))
    except SQLAlchemyError as error:
        log.error("an event could not be stored: %s", reason(error))
        return {"error": "The event could not be stored. Send it again."}, 503
    if event_id is not None:
        with logs.ids(event=event_id, type=event.type, order=",".join(sorted(event.order_ids)) or "-"):
            log.info("stored")
    return {"stored": event_id is not None}, 200


def _row(raw: bytes, event: tiktok.Event) -> dict[str, Any]:
    # What a column can hold; a real id is 19 digits.
    tiktok_shop_id = event.shop_id[:40].encode("ascii", "replace").decode().replace("\0", "")
    return {
        "dedupe_key": tiktok.dedupe_key_of(event, raw),
        "type": event.type,
        "tiktok_shop_id": tiktok_shop_id,
        "of_shop": tiktok_shop_id,
        "body": raw,
        "received_at": clock.now(),
        "attempts": 0,
        "error": "",
    }


@functools.lru_cache(maxsize=16)
def _intake(engine: Engine) -> Gathered[dict[str, Any], int | None]:
    return Gathered(_store)


def _store(rows: Sequence[dict[str, Any]]) -> list[int | None]:
    """Stores events and wakes a worker. The new rows' ids; None where an event was known, or there is nothing to do for it."""
    found: list[int | None] = [None] * len(rows)
    with table_transaction() as connection:
        statement = _insertion(connection.dialect.name)
        # In one order for everybody: two transactions with the same events in different orders would block each other.
        for place in sorted(range(len(rows)), key=lambda place: str(rows[place]["dedupe_key"])):
            stored = connection.execute(statement, rows[place]).one_or_none()
            if stored is not None and stored.state == NEW:
                found[place] = stored.id
    if any(found):
        queue.wake_events()
    return found


@functools.cache
def _insertion(dialect: str) -> Any:
    """Made once: at each webhook, making a statement takes longer than running it; so does a second one to find the shop."""
    events = InboxEvent.__table__
    assert isinstance(events, Table)  # noqa: S101
    is_connected = exists().where(Shop.tiktok_shop_id == bindparam("of_shop"))
    state = case((is_connected, NEW), else_=UNKNOWN_SHOP)
    return new_row(dialect, events).values(state=state).returning(events.c.id, events.c.state)
