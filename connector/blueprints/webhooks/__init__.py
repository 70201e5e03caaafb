"""Where TikTok Shop delivers its webhooks: verify, store, wake, answer. Nothing here knows what an order is.

Answers: 200 stored or already known; 401 bad signature; 400 not JSON or not an event; 413 over 1 MiB; 503 when it could
not be stored, so that TikTok sends it again (for up to 72 hours).
"""

from __future__ import annotations

import logging

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from connector import clock, logs
from connector.blueprints import limits
from connector.extensions import csrf, queue
from connector.models import InboxEvent, Shop
from connector.models.inbox import NEW, UNKNOWN_SHOP
from connector.models.transaction import table_transaction
from connector.models.upsert import insert_row_once
from connector.tiktok import webhooks as tiktok

log = logging.getLogger(__name__)

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")
csrf.exempt(blueprint)  # TikTok signs what it sends

MAX_BODY = 1024 * 1024
#: Made once: at each webhook, making a statement takes longer than running it.
_SHOP_ID = select(Shop.__table__.c.id).where(Shop.__table__.c.tiktok_shop_id == bindparam("tiktok_shop_id"))


@blueprint.post("/tiktok")
def receive() -> ResponseReturnValue:
    """One event, unless as many as may be are being taken in already: then TikTok sends it again."""
    with limits.WEBHOOKS.hold() as has_room:
        return _receive() if has_room else ({"error": "Too many events at once. Send it again."}, 503)


def _receive() -> ResponseReturnValue:
    """The unique key decides whether an event is new, not a look before the insert."""
    request.max_content_length = MAX_BODY
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return {"error": "An event is at most 1 MiB."}, 413
    config = current_app.config["CONNECTOR"]
    try:
        tiktok.verify(raw, request.headers.get("Authorization"), config.tiktok_app_key, config.tiktok_app_secret)
        event = tiktok.parse(raw)
    except tiktok.SignatureError as error:
        log.warning("an event with a wrong signature was refused")
        return {"error": str(error)}, 401
    except tiktok.NotAnEvent as error:
        return {"error": str(error)}, 400
    try:
        event_id = _store(raw, event)
    except SQLAlchemyError as error:
        log.error("an event could not be stored: %s", type(error).__name__)
        return {"error": "The event could not be stored. Send it again."}, 503
    if event_id is not None:
        queue.wake_events()
        with logs.ids(event=event_id, type=event.type, order=",".join(sorted(event.order_ids)) or "-"):
            log.info("stored")
    return {"stored": event_id is not None}, 200


def _store(raw: bytes, event: tiktok.Event) -> int | None:
    """The new row's id, or None when the event was known or there is nothing to do for it."""
    now = clock.now()
    with table_transaction() as connection:
        tiktok_shop_id = event.shop_id[:40].replace("\0", "")  # what a column can hold; a real id is 19 digits
        shop_id = connection.scalar(_SHOP_ID, {"tiktok_shop_id": tiktok_shop_id})
        event_id = insert_row_once(
            connection,
            InboxEvent,
            {
                "dedupe_key": tiktok.dedupe_key_of(event, raw),
                "type": event.type,
                "tiktok_shop_id": tiktok_shop_id,
                "body": raw,
                "received_at": now,
                "state": UNKNOWN_SHOP if shop_id is None else NEW,
                "attempts": 0,
                "error": "",
            },
        )
    return None if shop_id is None else event_id
