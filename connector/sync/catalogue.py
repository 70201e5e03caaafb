"""Reading a store's catalogue into this database, so that pages can search it without calling anybody.

Every READ_EVERY what changed since the last time (with an overlap); once in WHOLE_EVERY the whole of it, since Magento does
not say what was deleted: what a whole reading did not meet is gone. An interrupted reading goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import watching
from connector.domain.errors import ConnectorError
from connector.domain.folding import fold
from connector.extensions import db, queue
from connector.http import CALL_DEADLINE
from connector.magento.catalogue import CatalogueEntry
from connector.models import CatalogueProduct, CatalogueRead, Store
from connector.models.shop import is_sold_for
from connector.models.transaction import end_transaction, transaction
from connector.models.upsert import insert_once
from connector.sync import gateways, stopping
from connector.sync.claims import changed, has_passed, is_due

log = logging.getLogger(__name__)

READ_EVERY = timedelta(hours=1)
WHOLE_EVERY = timedelta(days=1)
#: After a failure it is tried again this soon.
AGAIN_AFTER = timedelta(minutes=5)
LEASE = timedelta(seconds=CALL_DEADLINE + 20)
PAGE = 100
#: Products of every store: the panel must find also those that the order's website does not sell.
EVERYWHERE = "all"
BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)


def start_reads() -> int:
    """Wakes a reading for each store that a shop sells for and whose catalogue is due.

    Each is claimed by one conditional UPDATE. Returns how many.
    """
    now = clock.now()
    store_ids = list(
        db.session.scalars(
            select(Store.id)
            .outerjoin(CatalogueRead, CatalogueRead.store_id == Store.id)
            .where(is_due(CatalogueRead.next_read_at, now, READ_EVERY.total_seconds()), is_sold_for())
        )
    )
    end_transaction()
    return sum(_start(store_id, now) for store_id in store_ids)


def refresh_now() -> int:
    """Asks for the catalogue of every store that a shop sells for to be read at once, whatever was read when. Returns how many
    there are."""
    now = clock.now()
    store_ids = list(db.session.scalars(select(Store.id).where(is_sold_for())))
    end_transaction()
    with transaction() as session:
        for store_id in store_ids:
            insert_once(session, CatalogueRead, {"store_id": store_id, "last_error": ""})
        session.execute(update(CatalogueRead).where(CatalogueRead.store_id.in_(store_ids)).values(next_read_at=now))
    return sum(_start(store_id, now) for store_id in store_ids)


def _start(store_id: int, now: datetime) -> bool:
    with transaction() as session:
        insert_once(session, CatalogueRead, {"store_id": store_id, "last_error": ""})
        claimed = session.execute(
            update(CatalogueRead)
            .where(
                CatalogueRead.store_id == store_id,
                is_due(CatalogueRead.next_read_at, now, READ_EVERY.total_seconds()),
            )
            # A reading whose worker died is started again; one that ends says itself when the next is due.
            .values(next_read_at=now + AGAIN_AFTER)
        )
    if changed(claimed) == 1:
        queue.wake_catalogue(store_id, bucket=f"-{int(now.timestamp())}")
        return True
    return False


def read(store_id: int) -> int:
    """Reads what changed in a store's catalogue. Returns how many products were read; 0 also when somebody else is at it."""
    if not _take(store_id):
        return 0
    try:
        count = _read(store_id)
    except ConnectorError as error:
        _failed(store_id, error)
        return 0
    finally:
        _give_back(store_id)
    return count


def _read(store_id: int) -> int:
    begun_at = clock.now()
    whole_since, since = _begin(store_id, begun_at)
    store = db.session.get_one(Store, store_id, populate_existing=True)
    client = gateways.magento_client(store, store_view_code=EVERYWHERE, before_call=lambda: _hold(store_id))
    end_transaction()
    found = client.products_updated_since(since, PAGE)
    count = 0
    while page := list(islice(found, PAGE)):
        count += len(page)
        newest = max((entry.updated_at for entry in page if entry.updated_at is not None), default=None)
        with transaction() as session:
            _keep(session, store_id, page)
            if newest is not None:
                session.execute(
                    update(CatalogueRead).where(CatalogueRead.store_id == store_id).values(watermark=newest)
                )
    _finish(store_id, whole_since)
    return count


def _begin(store_id: int, now: datetime) -> tuple[datetime | None, datetime]:
    """Since when the whole catalogue is being read (None: only what changed), and from which change on to read."""
    with transaction() as session:
        row = session.scalars(select(CatalogueRead).where(CatalogueRead.store_id == store_id).with_for_update()).one()
        if row.whole_since is None and (row.last_whole_at is None or row.last_whole_at + WHOLE_EVERY <= now):
            row.whole_since, row.watermark = now, None
        return row.whole_since, row.watermark - watching.OVERLAP if row.watermark else BEGINNING


def _keep(session: Session, store_id: int, page: Iterable[CatalogueEntry]) -> None:
    now = clock.now()
    # The last of doubles counts: PostgreSQL refuses to update one row twice in a statement.
    rows = {entry.sku: _row(store_id, entry, now) for entry in page}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(CatalogueProduct).values(list(rows.values()))
    changed = {name: statement.excluded[name] for name in next(iter(rows.values())) if name not in ("store_id", "sku")}
    session.execute(statement.on_conflict_do_update(index_elements=["store_id", "sku"], set_=changed))


def _row(store_id: int, entry: CatalogueEntry, now: datetime) -> dict[str, Any]:
    return {
        "store_id": store_id,
        "magento_product_id": entry.entity_id,
        "sku": entry.sku[:200],
        "name": entry.name[:500],
        "type_id": entry.type_id[:32],
        "is_enabled": entry.is_enabled,
        "search_text": fold(f"{entry.sku} {entry.name}"),
        "choices": [choice.to_stored() for choice in entry.choices],
        "seen_at": now,
    }


def _finish(store_id: int, whole_since: datetime | None) -> None:
    now = clock.now()
    with transaction() as session:
        row = session.scalars(select(CatalogueRead).where(CatalogueRead.store_id == store_id).with_for_update()).one()
        if whole_since is not None:
            session.execute(
                delete(CatalogueProduct).where(
                    CatalogueProduct.store_id == store_id, CatalogueProduct.seen_at < whole_since
                )
            )
            row.last_whole_at, row.whole_since = whole_since, None
        row.last_read_at, row.last_error = now, ""
        row.next_read_at = now + READ_EVERY


def _hold(store_id: int) -> None:
    """Before each call: the lease is renewed, and a process that shall stop stops."""
    stopping.check()
    until = clock.now() + LEASE
    with transaction() as session:
        session.execute(
            update(CatalogueRead)
            .where(CatalogueRead.store_id == store_id)
            .values(lease_until=until, next_read_at=until + AGAIN_AFTER)
        )


def _take(store_id: int) -> bool:
    now = clock.now()
    with transaction() as session:
        insert_once(session, CatalogueRead, {"store_id": store_id, "last_error": ""})
        taken = session.execute(
            update(CatalogueRead)
            .where(
                CatalogueRead.store_id == store_id,
                has_passed(CatalogueRead.lease_until, now),
            )
            .values(lease_until=now + LEASE)
        )
        return changed(taken) == 1


def _give_back(store_id: int) -> None:
    db.session.rollback()
    with transaction() as session:
        session.execute(update(CatalogueRead).where(CatalogueRead.store_id == store_id).values(lease_until=None))


def _failed(store_id: int, error: ConnectorError) -> None:
    db.session.rollback()
    with transaction() as session:
        session.execute(
            update(CatalogueRead)
            .where(CatalogueRead.store_id == store_id)
            .values(last_error=f"{error.message} {error.remedy}".strip()[:500], next_read_at=clock.now() + AGAIN_AFTER)
        )
    log.warning("the catalogue of store %s could not be read: %s", store_id, error.code)
