"""Free samples of one creator that become one Magento order: gathered, told of one another, and taken apart again.

Who carries whom is written down in one transaction, with the rows locked in the order of their ids, before Magento is asked
for anything: whatever dies after that, the group goes on as it is. The order with the lowest id carries the others; it alone
creates and changes the Magento order, under its own lease. An order that is being created is closed first (`close`), so that
no group takes it in while it is under way, and none is joined that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import literal_column, or_, select, update
from sqlalchemy.orm import Session, lazyload

from connector import clock
from connector.domain import samples, statuses
from connector.domain.errors import Conflict
from connector.domain.order import Order as OrderValue
from connector.domain.plan_together import LeaveOut, TellCarrier, WakeMembers
from connector.domain.settings import ShopSettings
from connector.domain.statuses import SyncState
from connector.domain.steps import CloseWindow, Mate
from connector.extensions import db, queue
from connector.models import Order
from connector.models.timeline import CONNECTOR
from connector.models.transaction import end_transaction, transaction
from connector.sync import intake
from connector.sync.claims import changed
from connector.sync.run import Run
from connector.sync.timeline import record
from connector.tiktok.orders import order_from_document


@dataclass(frozen=True, kw_only=True)
class Together:
    """The others of an order's Magento order. `carrier` is None for the one that carries it."""

    carrier: Mate | None
    mates: tuple[Mate, ...]
    #: What the Magento order is made of.
    whole: OrderValue


def read(row: Order, order: OrderValue) -> Together | None:
    """The group that an order belongs to; None where it is alone. Reads nothing for an order that was never in one."""
    if row.combined_into is None and row.sample_closed_at is None:
        return None
    carrier_id = row.combined_into or row.id
    found = db.session.execute(
        select(Order.id, Order.document, Order.sync_state, Order.magento_order_id)
        .where(or_(Order.id == carrier_id, Order.combined_into == carrier_id), Order.id != row.id)
        .order_by(Order.id)
    ).all()
    mates = tuple(
        Mate(
            row_id=one.id,
            order=order_from_document(one.document),
            is_ignored=one.sync_state == SyncState.IGNORED,
            magento_order_id=one.magento_order_id,
        )
        for one in found
    )
    if not mates:
        return None
    carrier = next((mate for mate in mates if mate.row_id == row.combined_into), None)
    by_row = {**{mate.row_id: mate.order for mate in mates}, row.id: order}
    others = [by_row[row_id] for row_id in sorted(by_row) if row_id != carrier_id]
    return Together(carrier=carrier, mates=mates, whole=samples.whole_of(by_row[carrier_id], others))


def waits_until(row: Order, order: OrderValue, settings: ShopSettings) -> datetime | None:
    """Until when a sample waits for others of its creator; None: it does not."""
    if not _may_wait(row) or not samples.are_combined(order, settings) or row.ready_at is None:
        return None
    mine = samples.Waiting(row_id=row.id, order=order, ready_at=row.ready_at)
    window = samples.window_of(row.id, [mine, *_waiting(row.shop_id, but=row.id)], Decimal(settings.sample_window))
    return window.until if window is not None else None


def carried_columns(carrier: Mate) -> dict[str, Any]:
    """What an order takes over of the one that carries it, once that is in Magento; {} before."""
    found = db.session.execute(
        select(
            Order.magento_order_id,
            Order.magento_increment_id,
            Order.magento_way,
            Order.magento_created_at,
            Order.booking,
        ).where(Order.id == carrier.row_id)
    ).one()
    end_transaction()
    is_there = found.magento_order_id is not None and found.magento_increment_id
    return {**found._mapping, "notes_written": True} if is_there else {}


def close(run: Run) -> None:
    """From now on nobody joins the run's order. Raises Conflict where it has joined another meanwhile, or LeaseLost."""
    if run.row.sample_closed_at is not None:
        return
    now = clock.now()
    with transaction() as session:
        closed = session.execute(
            update(Order)
            .where(Order.id == run.row_id, Order.lease_owner == run.lease.owner, Order.sample_closed_at.is_(None))
            .values(sample_closed_at=now)
        )
    if changed(closed) == 0:
        raise Conflict("The order was put together with others meanwhile.", code="put_together")
    run.row.sample_closed_at = now


# -- steps -----------------------------------------------------------------------------------------------------------------


def close_window(run: Run, _step: CloseWindow) -> None:
    """Settles which orders become one Magento order with the run's. Done by whoever comes first; the others find it done."""
    alike = [sample.row_id for sample in _waiting(run.shop.id, but=run.row_id)]
    woken: list[intake.Observed] = []
    with transaction() as session:
        rows = {row.id: row for row in _locked(session, [run.row_id, *alike])}
        mine = rows[run.row_id]
        run.lease.check(mine)
        if not _may_wait(mine) or mine.ready_at is None:
            return  # somebody was quicker
        known = [samples.Waiting(row_id=mine.id, order=run.order, ready_at=mine.ready_at)]
        known += [sample for row in rows.values() if row is not mine and (sample := _as_waiting(row)) is not None]
        window = samples.window_of(mine.id, known, Decimal(run.settings.sample_window))
        now = clock.now()
        if window is not None and window.until > now:
            return  # the order that opened it has left
        together = [rows[row_id] for row_id in window.row_ids] if window is not None else [mine]
        _bind(session, together, now)
        woken = [intake.observe_row(row) for row in together if row is not mine]
    _wake(woken)


def leave_out(run: Run, step: LeaveOut) -> None:
    """Takes orders out of the group before anything is created; when the one that carries it is cancelled, another does.

    Only under the carrier's lease: it alone creates, so nothing of the group is under way.
    """
    woken: list[intake.Observed] = []
    with transaction() as session:
        ids = session.scalars(select(Order.id).where(Order.combined_into == run.row_id)).all()
        rows = _locked(session, [run.row_id, *ids])
        mine = next(row for row in rows if row.id == run.row_id)
        run.lease.check(mine)
        if mine.magento_placing_at is not None or mine.magento_order_id is not None:
            raise Conflict("The Magento order was begun meanwhile.", code="put_together")
        others = [row for row in rows if row.combined_into == mine.id]
        out = [row for row in others if row.id in step.row_ids]
        left = [row for row in others if row not in out]
        for row in out:
            row.combined_into, row.told_carrier = None, ""
        _bind(session, left if mine.status == statuses.CANCELLED else [mine, *left], clock.now())
        gone = [mine, *out] if mine.status == statuses.CANCELLED else out
        for row in gone:
            record(session, row.id, CONNECTOR, "left_out", "Left out of the Magento order that several samples become.")
        woken = [intake.observe_row(row) for row in others]
    _wake(woken)


def wake_members(run: Run, step: WakeMembers) -> None:
    """Has the orders that the Magento order stands for too worked on: they take its number."""
    with transaction() as session:
        woken = [intake.observe_row(row) for row in _locked(session, step.row_ids) if row.combined_into == run.row_id]
    _wake(woken)


def tell_carrier(run: Run, step: TellCarrier) -> None:
    """Has the order that carries this one worked on, and writes down what it was told."""
    carrier = run.record.carrier
    assert carrier is not None  # noqa: S101  (the plan asks for it only then)
    with transaction() as session:
        rows = {row.id: row for row in _locked(session, [carrier.row_id, run.row_id])}
        mine = rows[run.row_id]
        run.lease.check(mine)
        if mine.combined_into != carrier.row_id:
            raise Conflict("The order is carried by another one now.", code="put_together")
        mine.told_carrier = step.told
        woken = [intake.observe_row(rows[carrier.row_id])]
    _wake(woken)


# -- rows ------------------------------------------------------------------------------------------------------------------


def _bind(session: Session, rows: Sequence[Order], now: datetime) -> None:
    """Writes down that these orders, in the order of their ids, become one Magento order; inside the caller's transaction."""
    if not rows:
        return
    carrier, *members = rows
    carrier.combined_into, carrier.told_carrier = None, ""
    carrier.sample_closed_at = carrier.sample_closed_at or now
    members = [row for row in members if row.combined_into != carrier.id]
    for row in members:
        row.combined_into, row.sample_closed_at = carrier.id, row.sample_closed_at or now
        row.told_carrier = samples.told_print(order_from_document(row.document or {}))
        sentence = f"It becomes one Magento order together with TikTok Shop order {carrier.tiktok_order_id}."
        record(session, row.id, CONNECTOR, "combined", sentence)
    if members:
        numbers = ", ".join(row.tiktok_order_id for row in members)
        sentence = f"Free samples of one creator become one Magento order; it stands for these, too: {numbers}."
        record(session, carrier.id, CONNECTOR, "combined", sentence)


def _may_wait(row: Order) -> bool:
    """Whether nothing is settled of an order yet, and no person wants it otherwise."""
    return (
        row.status == statuses.AWAITING_SHIPMENT
        and row.combined_into is None
        and row.sample_closed_at is None
        and row.magento_placing_at is None
        and row.magento_order_id is None
        and row.create_asked_at is None
        and not row.forced_way
        and not row.edited_address
    )


def _as_waiting(row: Order) -> samples.Waiting | None:
    is_waiting = row.waiting_for == "sample_window" and row.sync_state in (SyncState.WAITING, SyncState.PENDING)
    if not is_waiting or not _may_wait(row) or row.ready_at is None or row.document is None:
        return None
    return samples.Waiting(row_id=row.id, order=order_from_document(row.document), ready_at=row.ready_at)


def _waiting(shop_id: int, but: int) -> list[samples.Waiting]:
    """The samples of a shop that wait for others, without one; ends the caller's read."""
    # The word stands in the statement, so that the index of just these orders answers it on both databases.
    rows = db.session.scalars(
        select(Order)
        .where(Order.shop_id == shop_id, Order.id != but, Order.waiting_for == literal_column("'sample_window'"))
        .order_by(Order.id)
        .options(lazyload(Order.shop))
        .execution_options(populate_existing=True)
    ).all()
    found = [sample for row in rows if (sample := _as_waiting(row)) is not None]
    end_transaction()
    return found


def _locked(session: Session, row_ids: Sequence[int]) -> list[Order]:
    return list(
        session.scalars(
            select(Order)
            .where(Order.id.in_(row_ids))
            .order_by(Order.id)
            .with_for_update(of=Order)
            .options(lazyload(Order.shop))
        )
    )


def _wake(seen: Sequence[intake.Observed]) -> None:
    queue.wake_orders((one.row_id, one.observed) for one in seen)
