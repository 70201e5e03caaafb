"""When a shop or a store answers again, the orders that it had held up go on at once, whatever pause they were in.

After half an hour of failing, an order is tried every five minutes only (connector.sync.backoff), and one that was refused
for want of rights is not tried by itself at all. But the polls and the watch go on asking. So the scheduler compares: an
order that failed in a call to a connection, before that connection's last success, is due.

Nothing is retried for ever: an order is let go on in this way for a day after its first failure, less and less often.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, lazyload, load_only

from connector import clock
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import Order, Shop, Store
from connector.models.shop import ACTIVE
from connector.models.timeline import CONNECTOR
from connector.models.transaction import end_transaction, transaction
from connector.sync import backoff
from connector.sync.timeline import record

log = logging.getLogger(__name__)

#: What says that the connection as a whole was refused, not this order.
REFUSED_BY_MAGENTO = (
    "magento_not_authorized",
    "magento_permission_missing",
    "magento_signature_invalid",
    "magento_password_protected",
    "magento_redirects",
    "magento_no_route",
)
REFUSED_BY_TIKTOK = (
    "shop_deauthorized",
    "tiktok_token_expired",
    "tiktok_authorization_revoked",
    "tiktok_signature_rejected",
    "tiktok_missing_permission",
    "tiktok_shop_disabled",
)
#: A pause that the other side asked for is kept.
ASKED_TO_WAIT = ("magento_rate_limited", "tiktok_rate_limited")
#: Shorter pauses are not worth shortening.
SOON = timedelta(seconds=5)
MOST = 1000
#: An order that was let go on and failed again waits for at least a part of the time that it has been failing.
PATIENCE = 4


def release() -> int:
    """Makes due what waited for a shop or store that answers again; returns how many orders."""
    now = clock.now()
    held = _held_up(now)
    if not held:
        return 0
    with transaction() as session:
        woken = [_let_go(session, row_id, now) for row_id in sorted(held)]  # locked in everybody's order
    queue.wake_orders((row_id, observed) for row_id, observed in woken if row_id)
    log.info("%s orders go on: what held them up answers again", len(woken))
    return len(woken)


def _held_up(now: datetime) -> list[int]:
    only_store = select(Store.last_ok_at).order_by(Store.id).limit(1).scalar_subquery()
    store_ok_at = select(Store.last_ok_at).where(Store.id == Shop.store_id).correlate(Shop).scalar_subquery()
    is_paused = and_(
        Order.sync_state == SyncState.PENDING,
        Order.attempts > 0,
        Order.due_at > now + SOON,
        Order.error_code.not_in(ASKED_TO_WAIT),
        Order.error_code != "",
    )
    is_refused = and_(
        Order.sync_state == SyncState.ERROR,
        Order.error_code.in_(REFUSED_BY_MAGENTO + REFUSED_BY_TIKTOK),
        Order.failing_since > now - backoff.GIVE_UP_AFTER,
    )
    url = func.coalesce(Order.error_exchange["url"].as_string(), "")
    is_magento = or_(url.contains("/rest"), Order.error_code.startswith("magento_", autoescape=True))
    # Asked here, not of what was found: more orders of a store that is still away would leave no room for those of another.
    has_answered = case(
        (is_magento, Order.updated_at < func.coalesce(store_ok_at, only_store)),
        else_=or_(Order.updated_at < Shop.last_ok_at, Order.updated_at < Shop.last_poll_at),
    )
    rows = db.session.execute(
        select(Order.id, Order.updated_at, Order.failing_since)
        .join(Shop, Shop.id == Order.shop_id)
        .where(Shop.state == ACTIVE, or_(is_paused, is_refused), has_answered)
        .order_by(Order.updated_at)
        .limit(MOST)
    ).all()
    end_transaction()
    return [
        row.id
        for row in rows
        if row.updated_at + (row.updated_at - (row.failing_since or row.updated_at)) / PATIENCE < now
    ]


def _let_go(session: Session, row_id: int, now: datetime) -> tuple[int, int]:
    row = session.scalars(
        select(Order)
        .where(Order.id == row_id)
        .with_for_update(of=Order)
        .options(load_only(Order.sync_state, Order.observed, Order.due_at), lazyload(Order.shop))
    ).one()
    if row.sync_state not in (SyncState.PENDING, SyncState.ERROR):
        return 0, 0
    if row.sync_state == SyncState.ERROR:
        row.sync_state = SyncState.PENDING
        record(session, row_id, CONNECTOR, "goes_on", "Tried again: the connection that refused works again.")
    row.due_at = now
    return row_id, row.observed
