"""Webhook events become observations. The event is a hint: which orders to read again, nothing more."""

from __future__ import annotations

import logging

from sqlalchemy import select

from connector import clock
from connector.extensions import queue
from connector.models import InboxEvent, Order, Shop
from connector.models.inbox import FAILED, HANDLED, NEW, NOT_HANDLED, UNKNOWN_SHOP
from connector.models.shop import ACTIVE
from connector.models.transaction import transaction
from connector.sync import aftersales, authorization, debug, intake
from connector.tiktok import webhooks

log = logging.getLogger(__name__)


def handle(event_id: int) -> str:
    """Handles one event, once; a second call finds it handled. An event that can't be read is marked and kept.

    Returns the state that the event has now, or "known" when somebody else was quicker.
    """
    seen: list[intake.Observed] = []
    with transaction() as session:
        event = session.get(InboxEvent, event_id, with_for_update=True)
        if event is None or event.state != NEW:
            return "known"
        shop = session.scalars(select(Shop).where(Shop.tiktok_shop_id == event.tiktok_shop_id)).one_or_none()
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
        state = event.state = HANDLED if parsed.topic.is_handled else NOT_HANDLED
        if shop.state == ACTIVE:
            seen = [intake.observe_hint(session, shop.id, order_id) for order_id in sorted(parsed.order_ids)]
            if parsed.type in aftersales.TOPICS:
                for one in seen:
                    aftersales.hint(session.get_one(Order, one.row_id))
            elif parsed.type == aftersales.ORDERLESS_TOPIC:
                aftersales.look_soon(shop)
    queue.wake_orders((observed.row_id, observed.observed) for observed in seen)
    return state
