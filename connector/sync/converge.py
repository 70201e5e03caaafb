"""The engine: read an order's two sides, plan what is missing, do it, write it down; until nothing is missing.

Everything that happens to an order outside this database happens here, under the order's lease. Whatever a run leaves
undone, by a crash, a time-out or a stop, the next run finds missing and does.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, inspect, select

from connector import clock, logs
from connector.domain import edited_address, marks, parcelling, plan_cancel
from connector.domain import plan as planning
from connector.domain.errors import Conflict, ConnectorError, NeedsMerchant, TryLater
from connector.domain.magento_order import MagentoOrder
from connector.domain.plan import AskMerchant, Record, Step, Wait
from connector.domain.plan_shipping import before_waiting, plan_shipping
from connector.domain.plan_together import after_shipping, plan_any
from connector.domain.returns import Aftersales
from connector.domain.starting import Start
from connector.domain.statuses import SyncState
from connector.domain.watching import order_mark
from connector.extensions import db
from connector.magento.errors import NotFound
from connector.models import Order
from connector.models.shipment import ASKED
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
    problems,
    rules,
    shipping,
    steps,
    stopping,
    together,
)
from connector.sync.run import Keys, Run, ShopFacts
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
    read_at: int | None = None
    run: Run | None = None
    try:
        for _ in range(MOST_ROUNDS):
            try:
                if run is None:
                    row = _row(held)
                    read_at = row.observed
                    run = _read(held, row)
                if _round(run):
                    return
                run = _gone_on(run)
            except Conflict as conflict:
                log.info("the order changed meanwhile (%s), it is read again", conflict.code)
                run = None
            except ConnectorError as error:
                _write_failure(held, read_at, error)
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


def _round(run: Run) -> bool:
    """Plans and acts. True when nothing is left to do (or the order waits), False when it has to be looked at again.

    What the steps left to be written later is written in any case, unless the process dies.
    """
    try:
        is_finished = _plan_and_act(run)
        run.write_down()
        return is_finished
    except (Exception, stopping.Stopping):
        run.write_down()
        raise


def _plan_and_act(run: Run) -> bool:
    ruled_at = rules.look(run)
    on_tiktok = [*plan_cancel.on_tiktok(run.order, run.record.aftersales), *run.on_packages]
    if on_tiktok:
        # What TikTok has to be asked or told of cancellations does not wait for Magento.
        for step in on_tiktok:
            _act(run, step)
        return False
    _read_magento(run, run.keys.increment_id)
    run.shipping = shipping.read(run)
    run.record = replace(run.record, pieces=run.shipping.contents)
    now = clock.now()
    missing = before_waiting(
        plan_any(run.order, run.whole, run.record, run.magento, run.settings, now),
        [
            *plan_shipping(run.order, run.magento, run.shipping, now),
            *after_shipping(run.order, run.record, run.magento),
        ],
    )
    looks = [step.until for step in missing if isinstance(step, plan_cancel.LookAgain)]
    look_at = min([*looks, *([ruled_at] if ruled_at else [])], default=None)
    for step in missing:
        if isinstance(step, plan_cancel.LookAgain):
            continue
        if isinstance(step, Wait):
            return _finish(run, waiting=step, look_at=look_at)
        if isinstance(step, AskMerchant):
            raise NeedsMerchant(step.message, code=step.code, remedy=step.remedy, subject=step.subject)
        _act(run, step)
        if isinstance(step, steps.CHANGES_STATE):
            return False
    return _finish(run, waiting=None, look_at=look_at)


def _act(run: Run, step: Step) -> None:
    log.info("step %s", type(step).__name__)
    if not isinstance(step, steps.WRITES_RECEIPTS):
        run.write_down()
        run.is_known = False
    steps.act(run, step)


def _gone_on(run: Run) -> Run | None:
    """The run for the next round: the same, where it knows what is written down; None when that has to be read again.

    After steps that write nothing but receipts, all that was read is as it was, as long as nothing new was observed.
    """
    if run.is_overtaken or not run.is_known:
        return None
    run.keys = _keys(run.row, is_from_before=run.keys.is_from_before)
    was = run.record
    run.record = replace(
        _record(run.row, is_older=was.is_older, staff_notes=was.staff_notes, known=was.aftersales),
        carrier=was.carrier,
        mates=was.mates,
    )
    run.magento = None
    return run


# -- read ----------------------------------------------------------------------------------------------------------------


_ROW = select(Order).where(Order.id == bindparam("row_id")).execution_options(populate_existing=True)


def _row(held: lease.Lease) -> Order:
    row = db.session.scalars(_ROW, {"row_id": held.row_id}).one_or_none()
    if row is None or row.lease_owner != held.owner:
        raise lease.LeaseLost
    logs.also(order=row.tiktok_order_id)
    if row.sync_state == SyncState.IGNORED:
        raise Done
    return row


def _read(held: lease.Lease, row: Order) -> Run:
    read_at = row.observed
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
            if row.lease_owner != held.owner:
                raise lease.LeaseLost
            if not documents:
                raise NeedsMerchant(
                    "TikTok Shop does not know this order.",
                    code="unknown_order",
                    remedy="Check in Seller Center whether the order belongs to this shop, or mark it to be ignored.",
                )
            intake.store_document(session, row, documents[0], observed=read_at)
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
    group = together.read(row, order)
    waits_until = together.waits_until(row, order, shop.settings)
    store = gateways.store_of(shop)
    magento_client = gateways.magento_client(
        store, store_view_code=shop.store_view_code, before_call=held.hold, shop=shop
    )
    everywhere = gateways.magento_client(store, store_view_code="all", before_call=held.hold, shop=shop)
    return Run(
        row_id=row.id,
        lease=held,
        row=Order(**{name: getattr(row, name) for name in _COLUMNS}),
        read_at=read_at,
        shop=ShopFacts(id=shop.id, region=shop.region, ships_by=shop.ships_by),
        order=order,
        whole=group.whole if group else order,
        record=replace(
            _record(
                row,
                is_older=Start.of(shop.orders_from, shop.start).leaves_out(order),
                staff_notes=notes.to_tell(row),
            ),
            sample_until=waits_until,
            carrier=group.carrier if group else None,
            mates=group.mates if group else (),
        ),
        keys=_keys(row, is_from_before=order.create_time < shop.created_at),
        settings=shop.settings,
        tiktok=tiktok,
        magento_client=magento_client,
        asks=shipping.asks_of(row.id, ASKED),
        has_problems=problems.has_rows(row.id),
        on_packages=parcelling.on_tiktok(package_asks.under_way(row.id), package_asks.are_choices_asked(row.id)),
        store=facts_of(store, magento_client, everywhere, shop.store_view_code),
    )


#: What a run's own copy of the row has.
_COLUMNS = [attribute.key for attribute in inspect(Order).column_attrs]


def _keys(row: Order, *, is_from_before: bool) -> Keys:
    return Keys(
        cart_id=row.magento_cart_id,
        placing_at=row.magento_placing_at,
        order_id=row.magento_order_id,
        increment_id=row.magento_increment_id,
        known_at=row.created_at,
        is_from_before=is_from_before,
    )


def _record(
    row: Order, *, is_older: bool, staff_notes: tuple[tuple[int, str], ...], known: Aftersales | None = None
) -> Record:
    """What is written down of an order. `is_older`: than those that the shop began with.

    `known`: its cancellations and returns, where they have been read before.
    """
    # A way is only kept once an order may come of it; before that, a person may still choose another.
    is_begun = row.magento_placing_at is not None or row.magento_order_id is not None
    return Record(
        way=row.magento_way if is_begun else "",
        forced_way=row.forced_way,
        create_asked=row.create_asked_at is not None,
        is_older=is_older,
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
        staff_notes=staff_notes,
        told_marks=frozenset(marks.from_text(row.told_marks)),
        told_carrier=row.told_carrier,
        **aftersales.for_plan(row, known),
    )


def _read_magento(run: Run, increment_id: str) -> None:
    """The Magento order, by its id, or by the key that was kept before an attempt whose outcome we don't know."""
    found: MagentoOrder | None = None
    carrier = run.record.carrier
    if carrier is not None and run.keys.order_id is None:
        taken = together.carried_columns(carrier)
        if not taken:
            return
        number = taken["magento_increment_id"]
        run.receipt(
            "placed_together",
            f"It is part of Magento order {number}, together with TikTok Shop order {carrier.order.id}.",
            **taken,
        )
        run.keys = _keys(run.row, is_from_before=run.keys.is_from_before)
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
            sentence = f"Found in Magento: {found.increment_id}."
            run.receipt("found", sentence, magento_order_id=found.entity_id, later=True)
    elif run.settings.link_field or run.keys.known_at > run.order.create_time + KNOWN_LATE:
        adoption.look(run)
    if found is None:
        return
    run.magento = found
    if run.record.way == planning.RECORD and not run.record.corrected:
        run.receipt(magento_corrected_at=clock.now(), later=True)
    run.receipt(
        later=True,
        magento_increment_id=found.increment_id,
        magento_state=found.state,
        magento_status=found.status,
        magento_grand_total=found.grand_total,
        magento_currency=found.order_currency_code,
        magento_seen=order_mark(found),
    )


# -- write down ------------------------------------------------------------------------------------------------------------


def _finish(run: Run, waiting: Wait | None, look_at: datetime | None = None) -> bool:
    """Writes down that the order is as it should be, or that it waits. False when something was observed meanwhile.

    `look_at`: when both sides are read again although nothing is missing now.
    """
    state = SyncState.SYNCED
    if waiting:
        is_long = waiting.until is None or waiting.reason in planning.LONG_WAITS
        state = SyncState.WAITING if is_long else SyncState.PENDING
    again_at = min((at for at in (waiting.until if waiting else None, look_at) if at is not None), default=None)
    columns: dict[str, Any] = {
        "handled": run.read_at,
        "attempts": 0,
        "failing_since": None,
        **dict.fromkeys(("error_code", "error_message", "error_remedy", "error_subject"), ""),
        "error_exchange": None,
        "waiting_for": waiting.reason if waiting else "",
        "look_again_at": again_at,
    }
    search_text = intake.search_text(run.row, run.order)
    if search_text != run.row.search_text:
        columns["search_text"] = search_text
    return run.finish(state, again_at, **columns)


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
