"""The engine: read an order's two sides, plan what is missing, do it, write it down; until nothing is missing.

Everything that happens to an order outside this database happens here, under the order's lease. Whatever a run leaves
undone, by a crash, a time-out or a stop, the next run finds missing and does.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from connector import clock, logs
from connector.domain import plan as planning
from connector.domain import plan_cancel
from connector.domain.errors import Conflict, ConnectorError, NeedsMerchant, RateLimited, TryLater, Unclear, unexpected
from connector.domain.plan import AskMerchant, Step, Wait
from connector.domain.plan_shipping import CORRECTABLE, TELLS, before_waiting, plan_shipping
from connector.domain.plan_together import after_shipping, plan_any
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order
from connector.models.timeline import CONNECTOR, EXCHANGE
from connector.models.transaction import transaction
from connector.sync import backoff, intake, lease, resting, rules, shipping, steps, stopping
from connector.sync.reading import Done, keys_of, read, read_magento, record_of, row_of
from connector.sync.run import Run
from connector.sync.timeline import record

log = logging.getLogger(__name__)

#: A plan that never comes to an end is a fault of ours: it is tried again later instead of going round for ever.
MOST_ROUNDS = 12


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
    failed: ConnectorError | None = None
    try:
        if held.unended_runs >= lease.MOST_UNENDED:
            _write_failure(held, None, _deadly(held.unended_runs))
            return
        for _ in range(MOST_ROUNDS):
            try:
                if run is None:
                    row = row_of(held)
                    read_at = held.observed = row.observed
                    run = read(held, row)
                    run.failed = failed or run.failed
                if _round(run):
                    return
                failed = run.failed
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
        _write_failure(held, None, unexpected(error))
    finally:
        end_session()
        lease.give_back(held)


def _deadly(unended_runs: int) -> NeedsMerchant:
    return NeedsMerchant(
        f"The worker died {unended_runs} times in a row while it worked on this order.",
        code="worker_died",
        remedy="The worker's log says why; most often it has too little memory. Solve that, or update the connector, then"
        " try again.",
    )


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
    # What TikTok has to be asked or told of cancellations does not wait for Magento.
    if run.failed is None and _ask_tiktok(run):
        return False
    if run.failed is not None and not _may_have_gone(run):
        raise run.failed
    resting.require_awake(run.store.store_id, run.store_rests_until)
    run.store_rests_until = None
    read_magento(run, run.keys.increment_id)
    contents = shipping.contents(run)
    run.record = replace(run.record, pieces=contents.pieces, worth=contents.worth)
    run.shipping = shipping.read(run)
    now = clock.now()
    missing = before_waiting(
        plan_any(run.order, run.whole, run.record, run.magento, run.settings, now),
        [
            *plan_shipping(run.order, run.magento, run.shipping, now),
            *after_shipping(run.order, run.record, run.magento),
        ],
    )
    if run.failed is not None:
        missing = [step for step in missing if isinstance(step, TELLS)]
    looks = [step.until for step in missing if isinstance(step, plan_cancel.LookAgain)]
    look_at = min([*looks, *([ruled_at] if ruled_at else [])], default=None)
    read_of = run.order.update_time
    refused: NeedsMerchant | None = None
    waiting: Wait | None = None
    for step in missing:
        if isinstance(step, plan_cancel.LookAgain):
            continue
        if isinstance(step, Wait):
            waiting = step
            break
        if isinstance(step, AskMerchant):
            raise refused or NeedsMerchant(step.message, code=step.code, remedy=step.remedy, subject=step.subject)
        try:
            _act(run, step)
        except NeedsMerchant as error:
            if not isinstance(step, TELLS):
                raise
            if run.order.update_time != read_of:
                return False  # it was refused because the order is another by now
            # Parcels come first, but what else is missing does not wait for one that is refused.
            refused = refused or error
            continue
        if isinstance(step, steps.CHANGES_STATE):
            return False
    first = run.failed or refused
    if first is not None:
        raise first
    return _finish(run, waiting=waiting, look_at=look_at)


def _ask_tiktok(run: Run) -> bool:
    """Does what TikTok has to be asked or told beside parcels. Whether there was anything, and it was done.

    What fails is kept in the run: a parcel that has gone does not wait for it.
    """
    on_tiktok = [*plan_cancel.on_tiktok(run.order, run.record.aftersales, clock.now()), *run.on_packages]
    try:
        for step in on_tiktok:
            _act(run, step)
    except RateLimited:
        raise  # so would be what is told of a parcel
    except (TryLater, NeedsMerchant) as error:
        run.failed = error
        return False
    return bool(on_tiktok)


def _may_have_gone(run: Run) -> bool:
    """Whether there may be a parcel of which TikTok is still to be told."""
    return run.keys.order_id is not None and run.order.status in CORRECTABLE


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
    run.keys = keys_of(run.row, is_from_before=run.keys.is_from_before)
    was = run.record
    run.record = replace(
        record_of(run.row, is_older=was.is_older, staff_notes=was.staff_notes, known=was.aftersales),
        carrier=was.carrier,
        mates=was.mates,
    )
    run.magento = None
    return run


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
        "error_at": None,
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
    """Writes down what went wrong, and when it is tried again: soon, later, or not before something changes.

    What was observed meanwhile is worked on at once. One that was marked to be ignored meanwhile stays so.
    """
    now = clock.now()
    db.session.rollback()
    with transaction() as session:
        row = session.get_one(Order, held.row_id, with_for_update={"of": Order})
        if row.lease_owner != held.owner:
            raise lease.LeaseLost
        if row.sync_state == SyncState.IGNORED:
            return
        # It was not tried: what it failed with before still holds.
        is_untried = isinstance(error, resting.StoreRests) and row.attempts > 0 and row.error_code != ""
        is_repeated = is_untried or (row.error_code == error.code and row.error_message == error.message)
        if row.sync_state == SyncState.ERROR and isinstance(error, TryLater) and row.error_code != error.code:
            # What a person had to see to is solved: this one is new, however long the other stood there.
            row.attempts, row.failing_since = 0, None
        if not is_untried:
            row.attempts += 1
            row.error_code, row.error_message, row.error_remedy = error.code, error.message[:1000], error.remedy[:1000]
            row.error_subject = getattr(error, "subject", "")[:200]
            row.error_exchange = asdict(error.exchange) if error.exchange else None
        row.failing_since = row.failing_since or now
        row.updated_at = now
        again_at = _again_at(row, error, now)
        if again_at is not None:
            row.error_at = None
        elif row.error_at is None:
            row.error_at = now  # and no later one while it is let go and refused again
        row.sync_state = SyncState.ERROR if again_at is None else SyncState.PENDING
        if read_at is None or row.observed == held.observed:
            row.due_at = again_at
        if read_at is not None:
            row.handled = read_at
        if not is_repeated or again_at is None:
            # The row has the exchange of the last failure alone.
            details = {"code": error.code, **({EXCHANGE: asdict(error.exchange)} if error.exchange else {})}
            record(session, row.id, CONNECTOR, "failed", error.message, is_error=True, details=details)
    log.warning("failed: %s", error.code)


def _again_at(row: Order, error: ConnectorError, now: datetime) -> datetime | None:
    if not isinstance(error, TryLater):
        return None
    assert row.failing_since is not None  # noqa: S101
    failing_for = now - row.failing_since
    if failing_for > backoff.GIVE_UP_AFTER:
        return None
    if isinstance(error, Unclear) and error.after is not None:
        return now + timedelta(seconds=error.after)
    return now + backoff.pause(row.attempts, failing_for, error.after)
