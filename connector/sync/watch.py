"""Watching a Magento store for what the merchant does there: shipments and their tracks, cancellations, credit memos.

Magento sends nothing by itself, so it is asked every WATCH_INTERVAL seconds for what changed since the last time, with an
overlap. What changed of an order of ours is observed (the order is read and worked on anew); seen again as it was, it
wakes nobody. Magento's own orders are passed over by Magento (they have no external id), and their shipments by one
SELECT a page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, defer, lazyload

from connector import clock
from connector.domain import statuses, watching
from connector.domain.errors import ConnectorError, unexpected
from connector.domain.magento_order import MagentoOrder, MagentoShipment
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.http import CALL_DEADLINE
from connector.magento.client import MagentoClient
from connector.models import Order, Shipment, Shop, Store
from connector.models.shop import is_sold_for, sells_for
from connector.models.transaction import end_transaction, transaction
from connector.sync import gateways, intake, parcels, stopping
from connector.sync.claims import claim, has_passed, is_due

log = logging.getLogger(__name__)

#: In seconds; more often where FETCH_INTERVAL is shorter.
WATCH_INTERVAL = 20
#: A watch whose worker died is taken up again after this long: longer than one call.
WATCH_LEASE = timedelta(seconds=CALL_DEADLINE + 20)
#: How far back the first look goes.
FIRST_LOOK = timedelta(days=1)
PAGE = 100
#: Whether Magento touches a shipment when a track is added or removed is not said anywhere (no recording shows it), so
#: shipments without a track are looked at themselves each time, and those that may still be corrected now and then, those
#: that could not be told among them (a number that TikTok does not take).
LOOK_AT_TRACKS_EVERY = timedelta(minutes=5)
CORRECTIONS_WITHIN = timedelta(hours=72)
MANY = 50

T = TypeVar("T", MagentoOrder, MagentoShipment)


def start_watches(interval: int = WATCH_INTERVAL) -> int:
    """Wakes a watch for each store that a shop sells for and that is due, every `interval` seconds.

    Each is claimed by one conditional UPDATE. Returns how many.
    """
    now = clock.now()
    due = is_due(Store.next_watch_at, now, interval)
    store_ids = list(db.session.scalars(select(Store.id).where(due, is_sold_for())))
    end_transaction()
    started = 0
    for store_id in store_ids:
        if claim(Store, store_id, due, next_watch_at=now + timedelta(seconds=interval)):
            queue.wake_watch(store_id, bucket=f"-{int(now.timestamp())}")
            started += 1
    return started


def watch(store_id: int) -> int:
    """One look at a store. Returns how many orders were observed; 0 also when somebody else is just looking.

    What fails is written down at the store and looked for again the next time: the watermarks move only over what was
    read and written down.
    """
    if not _take(store_id):
        return 0
    try:
        observed = _Watch(store_id).look()
    except ConnectorError as error:
        _failed(store_id, error)
        return 0
    except Exception as error:
        log.exception("unexpected error")
        _failed(store_id, unexpected(error))
        return 0
    finally:
        _give_back(store_id)
    return len(observed)


class _Watch:
    """One look: what it knows of the store, and which orders it has observed."""

    def __init__(self, store_id: int) -> None:
        self.store_id = store_id
        self.begun_at = clock.now()
        store = db.session.get_one(Store, store_id, populate_existing=True)
        self.client: MagentoClient = gateways.magento_client(store, before_call=self._hold)
        self.orders_watermark = store.watch_watermark
        self.shipments_watermark = store.shipments_watermark
        self.ahead = watching.still_known(store.clock_ahead, store.last_watch_at, self.begun_at)
        # Also when it was written by a clock that was ahead.
        self.looks_at_all_tracks = (
            store.tracks_looked_at is None or abs(self.begun_at - store.tracks_looked_at) >= LOOK_AT_TRACKS_EVERY
        )
        self.shop_ids = list(db.session.scalars(select(Shop.id).where(sells_for(store_id))))
        self.observed: set[int] = set()
        end_transaction()

    def _hold(self) -> None:
        """Before each call: the lease is renewed, and a process that shall stop stops."""
        stopping.check()
        with transaction() as session:
            session.execute(
                update(Store).where(Store.id == self.store_id).values(watch_lease_until=clock.now() + WATCH_LEASE)
            )

    def look(self) -> set[int]:
        # Shipments first: an order is observed once for its shipment, and not once more because its quantities changed.
        self._pages(self.client.shipments_updated_since(self._since(self.shipments_watermark)), self._shipments)
        self._pages(
            self.client.marketplace_orders_updated_since(self._since(self.orders_watermark)),
            self._orders,
        )
        self._tracks()
        self._finish()
        return self.observed

    def _since(self, watermark: datetime | None) -> datetime:
        return self.begun_at - FIRST_LOOK if watermark is None else watermark - watching.OVERLAP

    def _pages(self, found: Iterator[T], take_in: Callable[[Session, list[T]], set[int]]) -> None:
        """Takes in what Magento lists, page by page, each in one transaction with the watermark up to which it was read."""
        while page := list(islice(found, PAGE)):
            # The newest of the page: they come in the order of their changes.
            newest = max((one.updated_at for one in page if one.updated_at is not None), default=None)
            self.ahead = watching.clock_ahead(self.ahead, newest, clock.now())
            column = "shipments_watermark" if isinstance(page[0], MagentoShipment) else "watch_watermark"
            with transaction() as session:
                woken = self._observe(session, take_in(session, page))
                if newest is not None:
                    store = session.get_one(Store, self.store_id, with_for_update=True)
                    setattr(store, column, watching.read_up_to(getattr(store, column), newest, 0))
            queue.wake_orders(woken)

    def _shipments(self, session: Session, page: list[MagentoShipment]) -> set[int]:
        parcels.note_carriers(session, page)
        ids: dict[int, list[int]] = {}
        for row_id, magento_order_id in session.execute(
            select(Order.id, Order.magento_order_id)
            .where(*self._ours({shipment.order_id for shipment in page}))
            .order_by(Order.id)
            .with_for_update(of=Order)
        ):
            if magento_order_id is not None:
                ids.setdefault(magento_order_id, []).append(row_id)  # several may share one (connector.sync.together)
        return parcels.take_in(session, self.store_id, page, ids)

    def _orders(self, session: Session, page: list[MagentoOrder]) -> set[int]:
        marks = {order.entity_id: watching.order_mark(order) for order in page}
        # Most were seen as they are, in the look before: a look without locks finds the few that changed.
        seen = session.execute(select(Order.magento_order_id, Order.magento_seen).where(*self._ours(marks)))
        differing = [order_id for order_id, mark in seen if order_id is not None and mark != marks[order_id]]
        if not differing:
            return set()
        changed: set[int] = set()
        for row in session.scalars(
            select(Order)
            .where(*self._ours(differing))
            .order_by(Order.id)
            .with_for_update(of=Order)
            .options(defer(Order.document), defer(Order.booking), defer(Order.search_text), lazyload(Order.shop))
        ):
            mark = marks[row.magento_order_id or 0]
            if row.magento_seen != mark:
                row.magento_seen = mark
                changed.add(row.id)
        return changed

    def _ours(self, magento_order_ids: Iterable[int]) -> tuple[ColumnElement[bool], ...]:
        """Whether an order is ours and one of these in Magento, and was not found to be another one there."""
        is_one = Order.magento_order_id.in_(list(magento_order_ids))
        return is_one, Order.shop_id.in_(self.shop_ids), Order.error_code != "another_magento_order"

    def _observe(self, session: Session, changed: set[int]) -> list[tuple[int, int]]:
        """Raises `observed` of orders, once in a look. Returns what to wake, after the commit."""
        woken = []
        for row_id in sorted(changed - self.observed):
            row = session.get_one(Order, row_id)
            intake.observe_row(row)
            if row.sync_state != SyncState.IGNORED:
                woken.append((row.id, row.observed))
        self.observed |= changed
        return woken

    def _tracks(self) -> None:
        """Looks at the shipments whose tracks may change without the shipment's `updated_at` changing."""
        order_ids = self._orders_to_look_at()
        while some := order_ids[:MANY]:
            del order_ids[:MANY]
            shipments = list(self.client.shipments_of_orders(some))
            with transaction() as session:
                woken = self._observe(session, self._shipments(session, shipments))
            queue.wake_orders(woken)

    def _orders_to_look_at(self) -> list[int]:
        to_ship = Order.status.in_((statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING))
        waiting = (Shipment.has_track.is_(False)) & to_ship
        correctable = (Shipment.told_at > self.begun_at - CORRECTIONS_WITHIN) | (Shipment.told_at.is_(None) & to_ship)
        found = db.session.scalars(
            select(Order.magento_order_id)
            .join(Shipment, Shipment.order_id == Order.id)
            .where(
                Shipment.store_id == self.store_id,
                Order.magento_order_id.is_not(None),
                waiting | correctable if self.looks_at_all_tracks else waiting,
            )
            .distinct()
        )
        ids = sorted(order_id for order_id in found if order_id is not None)
        end_transaction()
        return ids

    def _finish(self) -> None:
        now = clock.now()
        with transaction() as session:
            store = session.get_one(Store, self.store_id, with_for_update=True)
            store.clock_ahead = self.ahead
            store.shipments_watermark = watching.read_up_to(store.shipments_watermark, self.begun_at, self.ahead)
            store.watch_watermark = watching.read_up_to(store.watch_watermark, self.begun_at, self.ahead)
            if self.looks_at_all_tracks:
                store.tracks_looked_at = self.begun_at
            store.last_watch_at = store.last_ok_at = now
            store.last_error = ""


def _take(store_id: int) -> bool:
    now = clock.now()
    return claim(Store, store_id, has_passed(Store.watch_lease_until, now), watch_lease_until=now + WATCH_LEASE)


def _give_back(store_id: int) -> None:
    db.session.rollback()
    with transaction() as session:
        session.execute(update(Store).where(Store.id == store_id).values(watch_lease_until=None))


def _failed(store_id: int, error: ConnectorError) -> None:
    db.session.rollback()
    with transaction() as session:
        session.execute(
            update(Store)
            .where(Store.id == store_id)
            .values(last_error=f"{error.message} {error.remedy}".strip()[:500], last_error_at=clock.now())
        )
    log.warning("the watch of store %s failed: %s", store_id, error.code)
