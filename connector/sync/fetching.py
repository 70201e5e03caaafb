"""Reading a shop's orders from TikTok by update_time: for the safety poll, the button and the command alike.

Pages are read in the order of update_time, so what was read is safe to go on from. Orders that change meanwhile move to
the end of the window or out of it; the next fetch overlaps and finds them there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, null, update
from sqlalchemy.exc import DataError

from connector import clock
from connector.domain.errors import ConnectorError, TryLater, unexpected
from connector.extensions import db, queue
from connector.http import CALL_DEADLINE
from connector.models import FetchRun, Shop
from connector.models.fetch import DONE, FAILED, RUNNING
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, gateways, intake, stopping
from connector.sync.claims import claim, has_passed
from connector.tiktok import clock_offset
from connector.tiktok.pages import changed_at

log = logging.getLogger(__name__)

PAGE_SIZE = 100
#: Seconds after which it is put back: other work in the queue comes to its turn, and RQ ends a job that takes too long.
AT_ONE_GO = 60.0
#: A run whose worker died is taken up again after this long. Longer than one call; two at once would only read twice.
RUN_LEASE = timedelta(seconds=CALL_DEADLINE + 10)
#: A run that fails for so long without getting further gives up; the next poll starts from the same watermark.
GIVE_UP_AFTER = timedelta(minutes=10)


def work(run_id: int, at_one_go: float = AT_ONE_GO) -> None:
    """Reads the pages of a run, wakes the orders that are new or changed, and moves the shop's watermark.

    Does nothing when somebody else is at it. What is not read after `at_one_go` seconds, or failed in a way that may pass,
    leaves the run running: it is taken up again where it stopped.
    """
    now = clock.now()
    is_free = (FetchRun.state == RUNNING) & has_passed(FetchRun.lease_until, now)
    if not claim(FetchRun, run_id, is_free, lease_until=now + RUN_LEASE, error=""):
        return
    try:
        is_finished = _read(run_id, ends=time.monotonic() + at_one_go)
    except ConnectorError as error:
        _failed(run_id, error)
    except Exception as error:
        log.exception("unexpected error")
        _failed(run_id, unexpected(error))
    else:
        _done(run_id) if is_finished else _put_back(run_id)


def _read(run_id: int, ends: float) -> bool:
    """Reads until `ends` (of the monotonic clock), but a step forward at least. Whether all has been read."""
    run = db.session.get_one(FetchRun, run_id, populate_existing=True)
    shop = db.session.get_one(Shop, run.shop_id)
    begun_at, until, shop_id = run.reached or run.since, run.until, shop.id
    gateways.require_connected(db.session(), shop_id)
    client = gateways.tiktok_client(shop, before_call=stopping.check)
    end_transaction()
    ahead = timedelta(seconds=max(0.0, clock_offset.offset(gateways.tiktok_app().api_url)))
    reached = begun_at
    for page in client.changed_order_pages(begun_at, until + ahead, PAGE_SIZE):
        # Others of the same second may stand on the next page: when the run goes on there, these are read again.
        reached = max([reached, *filter(None, map(changed_at, page.documents))])
        try:
            _take_in(run_id, shop_id, page.documents, reached)
        except DataError:
            # What PostgreSQL does not take of one order (a text that is too long) must not keep the others from being fetched.
            for document in page.documents:
                _take_in_alone(run_id, shop_id, document, reached)
        if page.next_page_token and reached > begun_at and time.monotonic() > ends:
            return False
    return True


def _done(run_id: int) -> None:
    with transaction() as session:
        run = session.get_one(FetchRun, run_id, populate_existing=True)
        run.state, run.finished_at, run.lease_until = DONE, clock.now(), None
        shop = session.get_one(Shop, run.shop_id, with_for_update={"of": Shop})
        if run.until >= run.started_at:  # not after a period in the past: nobody has looked for what is new
            shop.last_poll_at = clock.now()
        shop.last_error = ""
        # Only a run that joins up with what was read before, or begins where the first poll does, moves the watermark, and
        # never beyond its own start: a time-window that somebody asked for leaves a gap.
        # By TikTok's clock: a server that is ahead of it has read less far than it thinks.
        behind = min(0.0, clock_offset.offset(gateways.tiktok_app().api_url))
        read_up_to = min(run.until, run.started_at) + timedelta(seconds=behind)
        is_read_before = shop.poll_watermark or run.started_at - asks.FIRST_FETCH
        if run.since <= is_read_before and (shop.poll_watermark is None or shop.poll_watermark < read_up_to):
            shop.poll_watermark = read_up_to


def _put_back(run_id: int) -> None:
    with transaction() as session:
        run = session.get_one(FetchRun, run_id, populate_existing=True)
        run.lease_until = None
        pages = run.pages
    queue.wake_fetch(run_id, bucket=f"-{pages}")


def _take_in(run_id: int, shop_id: int, documents: Sequence[Mapping[str, object]], reached: datetime) -> None:
    is_further = FetchRun.reached.is_(None) | (FetchRun.reached < reached)
    with transaction() as session:
        gateways.require_connected(session, shop_id)
        seen = intake.observe_documents(session, shop_id, documents)
        session.execute(
            update(FetchRun)
            .where(FetchRun.id == run_id)
            .values(
                lease_until=clock.now() + RUN_LEASE,
                reached=reached,
                failing_since=case((is_further, null()), else_=FetchRun.failing_since),
                pages=FetchRun.pages + 1,
                seen=FetchRun.seen + len(seen),
                new=FetchRun.new + sum(order.is_new for order in seen),
                failed=FetchRun.failed + sum(order.is_unreadable for order in seen),
                updated=FetchRun.updated + sum(order.is_changed and not order.is_new for order in seen),
            )
        )
    queue.wake_orders((order.row_id, order.observed) for order in seen if order.is_changed)


def _take_in_alone(run_id: int, shop_id: int, document: Mapping[str, object], reached: datetime) -> None:
    """One order. What cannot be written of it is left to its own run, which says so on the order."""
    try:
        _take_in(run_id, shop_id, [document], reached)
        return
    except DataError:
        log.exception("an order could not be written")
    try:
        with transaction() as session:
            hint = intake.observe_hint(session, shop_id, str(document["id"]))
            session.execute(update(FetchRun).where(FetchRun.id == run_id).values(failed=FetchRun.failed + 1))
        queue.wake_order(hint.row_id, hint.observed)
    except DataError:
        log.exception("an order has a number that cannot be written")


def _failed(run_id: int, error: ConnectorError) -> None:
    now = clock.now()
    db.session.rollback()
    with transaction() as session:
        run = session.get_one(FetchRun, run_id, populate_existing=True)
        run.error = error.message[:500]
        run.failing_since = run.failing_since or now
        if isinstance(error, TryLater) and now - run.failing_since < GIVE_UP_AFTER:
            run.lease_until = now + timedelta(seconds=max(error.after or 0, 5))
        else:
            run.state, run.finished_at, run.lease_until = FAILED, now, None
        session.execute(update(Shop).where(Shop.id == run.shop_id).values(last_error=error.message[:500]))
    log.warning("fetch failed: %s", error.code)
