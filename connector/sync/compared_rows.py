"""What is written down here of the orders that a reconciliation compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from connector.domain import reconciling, statuses, stored_booking
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order as OrderValue
from connector.domain.plan import CREATED_ON_REQUEST
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Difference, Order, Reconciliation
from connector.models.reconcile import DONE
from connector.models.transaction import end_transaction
from connector.tiktok.client import TikTokClient

#: Orders that wait for these are not in Magento, and shall not be.
NOT_CREATED_YET = CREATED_ON_REQUEST | {"combined", "cancelling"}


def rows_of(numbers: Iterable[str]) -> dict[str, Order]:
    """The orders by TikTok's numbers, as they are now, without their documents."""
    rows = db.session.scalars(
        select(Order)
        .where(Order.tiktok_order_id.in_(list(numbers)))
        .options(defer(Order.document), defer(Order.search_text), defer(Order.error_exchange))
        .execution_options(populate_existing=True)
    ).all()
    end_transaction()
    return {row.tiktok_order_id: row for row in rows}


def carriers_of(rows: Mapping[str, Order]) -> dict[str, str]:
    """Of the orders that share one Magento order with others (connector.sync.together), under which number that stands."""
    by_id = {row.id: row.tiktok_order_id for row in rows.values()}
    elsewhere = {row.combined_into for row in rows.values() if row.combined_into is not None} - by_id.keys()
    closed = [row.id for row in rows.values() if row.sample_closed_at is not None]
    if not closed:
        return {}
    named = select(Order.id, Order.tiktok_order_id).where(Order.id.in_(elsewhere))
    by_id |= {row.id: row.tiktok_order_id for row in db.session.execute(named)}
    carrying = set(db.session.scalars(select(Order.combined_into).where(Order.combined_into.in_(closed))))
    end_transaction()
    return {
        number: by_id[row.combined_into] if row.combined_into is not None else number
        for number, row in rows.items()
        if row.combined_into is not None or row.id in carrying
    }


def known_of(
    row: Order | None, carrier: str | None, *, all_cancelled: bool, follows_magento: bool
) -> reconciling.Known:
    """What the comparison has to know of an order (`carrier`: see `carriers_of`)."""
    if row is None:
        return reconciling.Known(follows_magento=follows_magento)
    return reconciling.Known(
        magento_order_id=row.magento_order_id,
        magento_increment_id=row.magento_increment_id,
        total=stored_booking.grand_total(row.booking),
        is_corrected=row.magento_corrected_at is not None,
        is_unlinked=row.magento_order_id is None and carrier is None,
        is_shared=carrier is not None,
        is_carrier=carrier in (None, row.tiktok_order_id),
        all_cancelled=all_cancelled,
        follows_magento=follows_magento,
    )


def is_handled(row: Order) -> bool:
    """Whether a worker has had everything that was heard of the order."""
    return row.handled >= row.observed


def is_under_way(row: Order | None, magento: Sequence[MagentoOrder]) -> bool:
    """Whether an order is being worked on, or waits before it is created as the merchant set it."""
    if row is None:
        return False
    is_created = any(
        row.magento_order_id == one.entity_id or row.tiktok_order_id == one.ext_order_id for one in magento
    )
    is_left_to_wait = row.sync_state == SyncState.WAITING and row.waiting_for in NOT_CREATED_YET
    return row.sync_state == SyncState.PENDING or (is_left_to_wait and not is_created)


def whole_groups_cancelled(
    orders: Mapping[str, OrderValue], carriers: Mapping[str, str], tiktok: TikTokClient
) -> set[str]:
    """Of the orders that share one Magento order with others, those all of whose company is cancelled on TikTok, too.

    What is known here of the company may be old: TikTok is asked, unless it has just said it.
    """
    names = {carriers[number] for number, order in orders.items() if number in carriers and order.is_cancelled}
    if not names:
        return set()
    columns = (Order.id, Order.tiktok_order_id, Order.status)
    carrying = {row.id: row for row in db.session.execute(select(*columns).where(Order.tiktok_order_id.in_(names)))}
    members = db.session.execute(select(Order.combined_into, *columns).where(Order.combined_into.in_(carrying))).all()
    end_transaction()
    company = [(row, row) for row in carrying.values()] + [(carrying[row.combined_into], row) for row in members]
    status = {row.tiktok_order_id: row.status for _, row in company}
    status |= {number: order.status for number, order in orders.items() if number in status}
    stale = sorted(number for number in status.keys() - orders.keys() if status[number] != statuses.CANCELLED)
    if stale:
        status |= {str(one["id"]): str(one.get("status")) for one in tiktok.get_orders(stale)}
    live = {carrier.tiktok_order_id for carrier, row in company if status[row.tiktok_order_id] != statuses.CANCELLED}
    return {number for number, name in carriers.items() if name in names - live}


def given_in_vain(shop_id: int, run_id: int, numbers: Sequence[str]) -> set[tuple[str, str]]:
    """What the run before `run_id` found, too, of orders that a worker has had since: number and kind.

    Whatever the rules say, that worker did not put it right: it is given again, but told as a person's.
    """
    if not numbers:
        return set()
    has_compared = (
        (Reconciliation.shop_id == shop_id)
        & (Reconciliation.id < run_id)
        & (Reconciliation.state == DONE)
        & (Reconciliation.since <= Order.create_time)
        & (Reconciliation.until > Order.create_time)
    )
    before = (
        select(Order.tiktok_order_id, func.max(Reconciliation.id).label("run_id"))
        .join(Reconciliation, has_compared)
        .where(Order.tiktok_order_id.in_(numbers))
        .group_by(Order.tiktok_order_id)
        .subquery()
    )
    is_of_it = (Difference.tiktok_order_id == before.c.tiktok_order_id) & (
        Difference.reconciliation_id == before.c.run_id
    )
    found = db.session.execute(select(Difference.tiktok_order_id, Difference.kind).join(before, is_of_it)).all()
    end_transaction()
    return {(row.tiktok_order_id, row.kind) for row in found}
