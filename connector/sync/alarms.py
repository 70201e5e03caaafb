"""Alarms of a shop: what lasts is compared with what rings already, and its beginning and end are written down once each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import alarms, statuses
from connector.domain.settings import ShopSettings
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Notice, Order, Shop, Store
from connector.models.shop import ACTIVE, DISCONNECTED
from connector.models.transaction import end_transaction, transaction
from connector.models.upsert import insert_once

KEPT = timedelta(days=90)


def look(shop_id: int, settings: ShopSettings) -> None:
    """Writes down which alarms of a shop began and which are over since the last look."""
    now = clock.now()
    rung = {
        (row.kind, row.subject): row
        for row in db.session.execute(
            select(Notice.id, Notice.kind, Notice.subject, Notice.over, Notice.path).where(
                Notice.shop_id == shop_id, Notice.is_open
            )
        )
    }
    found = {alarm.key: alarm for alarm in alarms.ringing(facts(shop_id, settings, now), settings, now, set(rung))}
    end_transaction()
    begun = [alarm for key, alarm in found.items() if key not in rung]
    over = [row for key, row in rung.items() if key not in found]
    if not begun and not over:
        return
    with transaction() as session:
        for alarm in begun:
            note(session, shop_id, alarm.kind, alarm.sentence, path=alarm.path, alarm=alarm)
        for row in over:
            ended = session.execute(update(Notice).where(Notice.id == row.id, Notice.is_open).values(is_open=False))
            if getattr(ended, "rowcount", 0) == 1 and row.over:
                note(session, shop_id, row.kind, row.over, path=row.path, is_over=True)


def note(
    session: Session,
    shop_id: int,
    kind: str,
    sentence: str,
    *,
    path: str,
    alarm: alarms.Alarm | None = None,
    is_over: bool = False,
) -> None:
    """One notice, inside the caller's transaction. `sentence` must hold no personal data."""
    insert_once(
        session,
        Notice,
        {
            "shop_id": shop_id,
            "at": clock.now(),
            "kind": kind,
            "subject": alarm.subject if alarm else "",
            "sentence": sentence[:500],
            "path": path[:500],
            "over": alarm.over if alarm else "",
            "is_open": alarm is not None,
            "is_over": is_over,
            "is_quiet": bool(alarm and alarm.is_quiet),
        },
    )


def facts(shop_id: int, settings: ShopSettings, now: datetime) -> alarms.Facts:
    """How things stand for a shop, from the database."""
    shop = db.session.execute(
        select(Shop.name, Shop.state, Shop.store_id, Shop.refresh_expires_at, Shop.failing_since).where(
            Shop.id == shop_id
        )
    ).one()
    if shop.state == DISCONNECTED:  # on purpose: nothing of it is anybody's concern
        return alarms.Facts(shop_row=shop_id)
    of_shop = Order.shop_id == shop_id
    failed = _count(of_shop, Order.sync_state == SyncState.ERROR, Order.error_at > now - alarms.WITHIN)
    near = _count(
        of_shop,
        Order.status.in_((statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING)),
        Order.ship_due > now,
        Order.ship_due <= now + timedelta(hours=settings.notify_hours_before),
    )
    unmapped = db.session.execute(
        select(Order.error_subject, func.count())
        .where(of_shop, Order.sync_state == SyncState.ERROR, Order.error_code == "unmapped_carrier")
        .group_by(Order.error_subject)
    )
    failing = {(alarms.SHOP, shop.name): shop.failing_since} if shop.failing_since else {}
    for name, since in _stores(shop.store_id):
        if since is not None:
            failing[(alarms.STORE, name)] = since
    return alarms.Facts(
        shop_row=shop_id,
        failed=failed,
        near_deadline=near,
        is_authorized=shop.state == ACTIVE,
        authorization_ends=shop.refresh_expires_at,
        failing_since=failing,
        unmapped={row[0]: row[1] for row in unmapped.all()},
    )


def _stores(store_id: int | None) -> Sequence[tuple[str, datetime | None]]:
    """The store of a shop; a shop that names none belongs to the only one there is."""
    rows = db.session.execute(select(Store.id, Store.name, Store.failing_since)).all()
    return [
        (row.name, row.failing_since) for row in rows if row.id == store_id or (store_id is None and len(rows) == 1)
    ]


def _count(*conditions: object) -> int:
    return db.session.scalar(select(func.count()).select_from(Order).where(*conditions)) or 0  # type: ignore[arg-type]


def forget_old(session: Session) -> None:
    """Removes notices older than KEPT that do not ring any more, inside the caller's transaction."""
    session.execute(delete(Notice).where(Notice.at < clock.now() - KEPT, ~Notice.is_open))
