"""The engine: read an order's two sides, plan what is missing, do it, write it down; until nothing is missing.

Everything that happens to an order outside this database happens here, under the order's lease. Whatever a run leaves
undone, by a crash, a time-out or a stop, the next run finds missing and does.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from connector import clock, logs
from connector.domain import edited_address, marks, parcelling, plan_cancel
from connector.domain import plan as planning
from connector.domain.errors import Conflict, ConnectorError, NeedsMerchant, TryLater
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order as OrderValue
from connector.domain.plan import AskMerchant, Record, Wait, plan
from connector.domain.plan_shipping import before_waiting, plan_shipping
from connector.domain.starting import Start
from connector.domain.statuses import SyncState
from connector.domain.watching import order_mark
from connector.extensions import db
from connector.magento.errors import NotFound
from connector.models import Order
from connector.models.shop import ACTIVE
from connector.models.timeline import CONNECTOR
from connector.models.transaction import end_transaction, transaction
from connector.sync import (
    adoption,
    aftersales,
    backoff,
    gateways,
    intake,
    lease,
    notes,
    package_asks,
    rules,
    shipping,
    steps,
)
from connector.sync.run import Keys, Run
from connector.sync.store_facts import facts_of
from connector.sync.timeline import record
from connector.tiktok.orders import order_from_document

log = logging.getLogger(__name__)

#: An order that became known so long after it was made may have been known before, to a database that was lost.
KNOWN_LATE = timedelta(seconds=30)
#: A plan that never comes to an end is a fault of ours: it is tried again later instead of going round for ever.
MOST_ROUNDS = 12


class Done(Exception):
    """The run has nothing to do: ignored, or not known any more."""


def sync_order(row_id: int) -> None:
    """Works on one order until nothing is missing, it has to wait, or it fails; somebody else's order is left to them."""
    held = lease.take(row_id)
    if held is None:
        return
    with logs.ids(row=row_id):
        _work(held)


def _work(held: lease.Lease) -> None:
    try:
        for _ in range(MOST_ROUNDS):
            read_at = _observed(held)
            try:
                is_finished = _round(held, read_at)
            except Conflict as conflict:
                log.info("the order changed meanwhile (%s), it is read again", conflict.code)
                continue
            except ConnectorError as error:
                _write_failure(held, read_at, error)
                return
            if is_finished and not _observed_since(held, read_at):
                return
        _write_failure(held, read_at, TryLater("The order keeps changing while it is worked on.", code="no_end"))
    except lease.LeaseLost:
        log.warning("the lease was lost; whoever has it goes on")
    except Done:
        pass
    except Exception as error:
        log.exception("unexpected error")
        _write_failure(
            held,
            None,
            TryLater(f"An unexpected error happened in the connector: {type(error).__name__}.", code="unexpected"),
        )
    finally:
        end_session()
        lease.give_back(held)


def end_session() -> None:
    """Forgets the session's rows, also after an exception in the middle of a transaction."""
    db.session.rollback()


def _round(held: lease.Lease, read_at: int) -> bool:
    """Reads, plans, acts. True when nothing is left to do (or the order waits), False when it has to be looked at again."""
    run = _read(held, read_at)
    ruled_at = rules.look(run)
    on_tiktok = plan_cancel.on_tiktok(run.order, run.record.aftersales) + parcelling.on_tiktok(
        package_asks.under_way(run.row_id), package_asks.are_choices_asked(run.row_id)
    )
    end_transaction()
    if on_tiktok:
        # What TikTok has to be asked or told of cancellations does not wait for Magento.
        for step in on_tiktok:
            log.info("step %s", type(step).__name__)
            steps.act(run, step)
        return False
    _read_magento(run, run.keys.increment_id)
    run.shipping = shipping.read(run)
    run.record = replace(run.record, pieces=run.shipping.contents)
    now = clock.now()
    missing = before_waiting(
        plan(run.order, run.record, run.magento, run.settings, now),
        plan_shipping(run.order, run.magento, run.shipping, now),
    )
    looks = [step.until for step in missing if isinstance(step, plan_cancel.LookAgain)]
    look_at = min([*looks, *([ruled_at] if ruled_at else [])], default=None)
    for step in missing:
        if isinstance(step, plan_cancel.LookAgain):
            continue
        if isinstance(step, Wait):
            _finish(run, read_at, waiting=step, look_at=look_at)
            return True
        if isinstance(step, AskMerchant):
            raise NeedsMerchant(step.message, code=step.code, remedy=step.remedy, subject=step.subject)
        log.info("step %s", type(step).__name__)
        steps.act(run, step)
        if isinstance(step, steps.CHANGES_STATE):
            return False
    _finish(run, read_at, waiting=None, look_at=look_at)
    return True


# -- read ----------------------------------------------------------------------------------------------------------------


def _observed(held: lease.Lease) -> int:
    row = _row(held)
    logs.also(order=row.tiktok_order_id)
    if row.sync_state == SyncState.IGNORED:
        raise Done
    observed = row.observed
    end_transaction()
    return observed


def _observed_since(held: lease.Lease, read_at: int) -> bool:
    return _observed(held) != read_at


def _row(held: lease.Lease) -> Order:
    row = db.session.scalars(
        select(Order).where(Order.id == held.row_id).execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or row.lease_owner != held.owner:
        raise lease.LeaseLost
    return row


def _read(held: lease.Lease, read_at: int) -> Run:
    row = _row(held)
    shop = row.shop
    if shop.state != ACTIVE:
        raise NeedsMerchant(
            f"The shop {shop.name} has taken back its authorization.",
            code="shop_deauthorized",
            remedy="Connect the shop again on the connections page.",
        )
    tiktok = gateways.tiktok_client(shop, before_call=held.hold)
    is_looking_again = row.look_again_at is not None and row.look_again_at <= clock.now()
    if row.document is None or row.document_observed < read_at or is_looking_again:
        tiktok_order_id = row.tiktok_order_id
        end_transaction()
        documents = tiktok.get_orders([tiktok_order_id])
        with transaction() as session:
            row = session.get_one(Order, held.row_id, with_for_update={"of": Order}, populate_existing=True)
            if not documents:
                raise NeedsMerchant(
                    "TikTok Shop does not know this order.",
                    code="unknown_order",
                    remedy="Check in Seller Center whether the order belongs to this shop, or mark it to be ignored.",
                )
            intake.store_document(session, row, documents[0], observed=read_at)
        row = _row(held)
        shop = row.shop
    assert row.document is not None  # noqa: S101
    order = order_from_document(row.document)
    if aftersales.is_stale(
        row, is_buyer_request_cancel=order.is_buyer_request_cancel, is_looking_again=is_looking_again
    ):
        tiktok_order_id = row.tiktok_order_id
        end_transaction()
        aftersales.read(held.row_id, tiktok_order_id, tiktok, read_at)
        row = _row(held)
        shop = row.shop
    store = gateways.store_of(shop)
    magento_client = gateways.magento_client(
        store, store_view_code=shop.store_view_code, before_call=held.hold, shop=shop
    )
    everywhere = gateways.magento_client(store, store_view_code="all", before_call=held.hold, shop=shop)
    return Run(
        row_id=row.id,
        lease=held,
        order=order,
        record=_record(row, order),
        keys=Keys(
            cart_id=row.magento_cart_id,
            placing_at=row.magento_placing_at,
            order_id=row.magento_order_id,
            increment_id=row.magento_increment_id,
            known_at=row.created_at,
            is_from_before=order.create_time < shop.created_at,
        ),
        settings=shop.settings,
        tiktok=tiktok,
        magento_client=magento_client,
        store=facts_of(store, magento_client, everywhere, shop.store_view_code),
    )


def _record(row: Order, order: OrderValue) -> Record:
    # A way is only kept once an order may come of it; before that, a person may still choose another.
    is_begun = row.magento_placing_at is not None or row.magento_order_id is not None
    return Record(
        way=row.magento_way if is_begun else "",
        forced_way=row.forced_way,
        create_asked=row.create_asked_at is not None,
        is_older=Start.of(row.shop.orders_from, row.shop.start).leaves_out(order),
        placing_at=row.magento_placing_at,
        ready_at=row.ready_at,
        held_at=row.magento_held_at,
        corrected=row.magento_corrected_at is not None,
        external_reference=row.external_reference,
        commented_status=row.commented_status,
        address_print=row.address_print,
        address_is_masked=row.address_is_masked,
        edited_address=edited_address.from_stored(row.edited_address),
        notes=tuple((row.booking or {}).get("notes", ())),
        notes_written=row.notes_written,
        marks=frozenset(marks.from_text(row.marks)),
        staff_notes=notes.to_tell(row),
        told_marks=frozenset(marks.from_text(row.told_marks)),
        **aftersales.for_plan(row),
    )


def _read_magento(run: Run, increment_id: str) -> None:
    """The Magento order, by its id, or by the key that was kept before an attempt whose outcome we don't know."""
    found: MagentoOrder | None = None
    if run.keys.order_id is not None:
        try:
            found = run.magento_client.get_order(run.keys.order_id)
        except NotFound as error:
            raise NeedsMerchant(
                f"The Magento order {increment_id or run.keys.order_id} is not there any more.",
                code="magento_order_gone",
                remedy="It was deleted in Magento. Restore it there, or mark this order to be ignored.",
                exchange=error.exchange,
            ) from error
    elif run.keys.placing_at is not None:
        if run.record.way == planning.RECORD:
            found = run.magento_client.find_order_by_increment_id(increment_id, run.store.magento_store_id)
        elif run.keys.cart_id is not None:
            found = run.magento_client.find_order_by_quote(run.keys.cart_id)
        if found is not None:
            run.receipt("found", f"Found in Magento: {found.increment_id}.", magento_order_id=found.entity_id)
    elif run.settings.link_field or run.keys.known_at > run.order.create_time + KNOWN_LATE:
        adoption.look(run)
    if found is None:
        return
    run.magento = found
    if run.record.way == planning.RECORD and not run.record.corrected:
        run.receipt(magento_corrected_at=clock.now())
    run.receipt(
        magento_increment_id=found.increment_id,
        magento_state=found.state,
        magento_status=found.status,
        magento_grand_total=found.grand_total,
        magento_currency=found.order_currency_code,
        magento_seen=order_mark(found),
    )


# -- write down ------------------------------------------------------------------------------------------------------------


def _finish(run: Run, read_at: int, waiting: Wait | None, look_at: datetime | None = None) -> None:
    """Writes down that the order is as it should be, or that it waits; unless something was observed meanwhile.

    `look_at`: when both sides are read again although nothing is missing now.
    """
    with transaction() as session:
        row = session.get_one(Order, run.row_id, with_for_update={"of": Order}, populate_existing=True)
        if row.lease_owner != run.lease.owner:
            raise lease.LeaseLost
        row.handled = read_at
        row.attempts, row.failing_since = 0, None
        row.error_code = row.error_message = row.error_remedy = row.error_subject = ""
        row.error_exchange = None
        row.updated_at = clock.now()
        row.waiting_for = waiting.reason if waiting else ""
        if waiting and (waiting.until is None or waiting.reason in planning.LONG_WAITS):
            row.sync_state = SyncState.WAITING
        elif waiting:
            row.sync_state = SyncState.PENDING
        elif row.sync_state != SyncState.SYNCED:
            row.sync_state = SyncState.SYNCED
        again_at = min((at for at in (waiting.until if waiting else None, look_at) if at is not None), default=None)
        row.look_again_at = again_at
        if row.observed == read_at:
            row.due_at = again_at
        row.search_text = intake.search_text(row, run.order)


def _write_failure(held: lease.Lease, read_at: int | None, error: ConnectorError) -> None:
    """Writes down what went wrong, and when it is tried again: soon, later, or not before something changes."""
    now = clock.now()
    db.session.rollback()
    with transaction() as session:
        row = session.get_one(Order, held.row_id, with_for_update={"of": Order}, populate_existing=True)
        if row.lease_owner != held.owner:
            raise lease.LeaseLost
        is_repeated = row.error_code == error.code and row.error_message == error.message
        row.attempts += 1
        row.failing_since = row.failing_since or now
        row.error_code, row.error_message, row.error_remedy = error.code, error.message[:1000], error.remedy[:1000]
        row.error_subject = getattr(error, "subject", "")[:200]
        row.error_exchange = asdict(error.exchange) if error.exchange else None
        row.updated_at = now
        again_at = _again_at(row, error, now)
        row.sync_state = SyncState.ERROR if again_at is None else SyncState.PENDING
        if read_at is None or row.observed == read_at:
            row.due_at = again_at
        if read_at is not None:
            row.handled = read_at
        if not is_repeated or again_at is None:
            record(session, row.id, CONNECTOR, "failed", error.message, is_error=True, details={"code": error.code})
    log.warning("failed: %s", error.code)


def _again_at(row: Order, error: ConnectorError, now: datetime) -> datetime | None:
    if not isinstance(error, TryLater):
        return None
    assert row.failing_since is not None  # noqa: S101
    failing_for = now - row.failing_since
    if failing_for > backoff.GIVE_UP_AFTER:
        return None
    return now + backoff.pause(row.attempts, failing_for, error.after)
