"""Webhook events become observations. The event is a hint: which orders to read again, nothing more."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.extensions import queue
from connector.models import InboxEvent, Order, Shop
from connector.models.inbox import FAILED, HANDLED, NEW, NOT_HANDLED, UNKNOWN_SHOP
from connector.models.shop import ACTIVE
from connector.models.transaction import transaction
from connector.sync import aftersales, authorization, debug, intake
from connector.tiktok import webhooks

log = logging.getLogger(__name__)

#: `update_time` has whole seconds: an order that was read within the second of a change may have changed once more in it.
#: Of a webhook that comes so much later than the change, that is left to the next one.
LATE = timedelta(seconds=60)


def handle(event_id: int, *, is_counted: bool = False) -> str:
    """Handles one event, once; a second call finds it handled. An event that can't be read is marked and kept.

    What it tells is not read anew where it is known, unless somebody replays the event. `is_counted`: this try is among its
    attempts already.

    Returns the state that the event has now, or "known" when somebody else was quicker.
    """
    seen: list[intake.Observed] = []
    with transaction() as session:
        event = session.get(InboxEvent, event_id, with_for_update=True)
        if event is None or event.state != NEW:
            return "known"
        shop = session.scalars(select(Shop).where(Shop.tiktok_shop_id == event.tiktok_shop_id)).one_or_none()
        is_replayed = event.handled_at is not None
        if not is_counted:
            event.attempts += 1
        event.handled_at = clock.now()
        if shop is None:
            event.state = UNKNOWN_SHOP
            return UNKNOWN_SHOP
        debug.note_webhook(session, shop, event.body)
        try:
            parsed = webhooks.parse(event.body)
        except webhooks.NotAnEvent as error:
            event.state, event.error = FAILED, str(error)[:500]
            return FAILED
        authorization.take_note(shop, parsed)
        # Of a shop that is not connected (any more) nothing is read: once it is connected again, the poll reads what changed.
        is_of_use = parsed.topic.is_handled and (shop.state == ACTIVE or parsed.type in authorization.TOPICS)
        state = event.state = HANDLED if is_of_use else NOT_HANDLED
        if shop.state == ACTIVE and (is_replayed or not _is_known(session, event, parsed)):
            seen = intake.observe_hints(session, shop.id, parsed.order_ids)
            if parsed.type in aftersales.TOPICS:
                for one in seen:
                    aftersales.hint(session.get_one(Order, one.row_id))
            elif parsed.type == aftersales.ORDERLESS_TOPIC:
                aftersales.look_soon(shop)
    queue.wake_orders((observed.row_id, observed.observed) for observed in seen)
    return state


def _is_known(session: Session, event: InboxEvent, parsed: webhooks.Event) -> bool:
    """Whether the order was read as the event tells of it, or as it was later: overtaken by a poll, shuffled, a day late."""
    told_at = parsed.update_time
    if parsed.type != webhooks.ORDER_STATUS or told_at is None:
        return False
    row = session.execute(
        select(Order.status, Order.update_time).where(Order.tiktok_order_id.in_(parsed.order_ids))
    ).one_or_none()
    if row is None or row.update_time is None:
        return False
    is_late = event.received_at - told_at > LATE
    return row.update_time > told_at or (is_late and (row.update_time, row.status) == (told_at, parsed.order_status))
