"""Reading a shop's orders from TikTok by update_time: for the safety poll, the button and the command alike.

Pages are read in the order of update_time, so what was read is safe to go on from. Orders that change meanwhile move to
the end of the window or out of it; the next fetch overlaps and finds them there.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import CursorResult, or_, update

from connector import clock
from connector.domain.errors import ConnectorError, TryLater
from connector.extensions import db, queue
from connector.http import CALL_DEADLINE
from connector.models import FetchRun, Shop
from connector.models.fetch import DONE, FAILED, RUNNING
from connector.models.transaction import end_transaction, transaction
from connector.sync import gateways, intake, stopping
from connector.tiktok import clock_offset

log = logging.getLogger(__name__)

PAGE_SIZE = 100
#: A run whose worker died is taken up again after this long. Longer than one call; two at once would only read twice.
RUN_LEASE = timedelta(seconds=CALL_DEADLINE + 10)
#: A run that keeps failing gives up; the next poll starts from the same watermark.
GIVE_UP_AFTER = timedelta(minutes=10)


def work(run_id: int) -> None:
    """Reads all pages of a run, wakes the orders that are new or changed, and moves the shop's watermark.

    Does nothing when somebody else is at it. A failure that may pass leaves the run running: the sweep takes it up again.
    """
    now = clock.now()
    with transaction() as session:
        taken = session.execute(
            update(FetchRun)
            .where(
                FetchRun.id == run_id,
                FetchRun.state == RUNNING,
                or_(FetchRun.lease_until.is_(None), FetchRun.lease_until <= now),
            )
            .values(lease_until=now + RUN_LEASE, pages=0, seen=0, new=0, updated=0, failed=0, error="")
        )
        assert isinstance(taken, CursorResult)  # noqa: S101
        if taken.rowcount == 0:
            return
    run = db.session.get_one(FetchRun, run_id, populate_existing=True)
    shop = db.session.get_one(Shop, run.shop_id)
    since, until, shop_id = run.since, run.until, shop.id
    api_url = gateways.tiktok_app().api_url
    end_transaction()
    try:
        client = gateways.tiktok_client(shop, before_call=stopping.check)
        pages = client.order_pages(
            update_time_ge=since,
            update_time_lt=until + timedelta(seconds=max(0.0, clock_offset.offset(api_url))),
            sort_field="update_time",
            sort_order="ASC",
            page_size=PAGE_SIZE,
        )
        for page in pages:
            _take_in(run_id, shop_id, page.documents)
    except ConnectorError as error:
        _failed(run_id, error)
        return
    with transaction() as session:
        run = session.get_one(FetchRun, run_id, populate_existing=True)
        run.state, run.finished_at, run.lease_until = DONE, clock.now(), None
        shop = session.get_one(Shop, shop_id, with_for_update={"of": Shop}, populate_existing=True)
        shop.last_poll_at = clock.now()
        shop.last_error = ""
        # Only a run that joins up with what was read before moves the watermark, and never beyond its own start:
        # a time-window that somebody asked for leaves a gap.
        # By TikTok's clock: a server that is ahead of it has read less far than it thinks.
        read_up_to = min(run.until, run.started_at) + timedelta(seconds=min(0.0, clock_offset.offset(api_url)))
        if shop.poll_watermark is None or run.since <= shop.poll_watermark < read_up_to:
            shop.poll_watermark = read_up_to


def _take_in(run_id: int, shop_id: int, documents: list[dict[str, object]]) -> None:
    with transaction() as session:
        seen = intake.observe_documents(session, shop_id, documents)
        session.execute(
            update(FetchRun)
            .where(FetchRun.id == run_id)
            .values(
                lease_until=clock.now() + RUN_LEASE,
                pages=FetchRun.pages + 1,
                seen=FetchRun.seen + len(seen),
                new=FetchRun.new + sum(order.is_new for order in seen),
                failed=FetchRun.failed + sum(order.is_unreadable for order in seen),
                updated=FetchRun.updated + sum(order.is_changed and not order.is_new for order in seen),
            )
        )
    queue.wake_orders((order.row_id, order.observed) for order in seen if order.is_changed)


def _failed(run_id: int, error: ConnectorError) -> None:
    now = clock.now()
    with transaction() as session:
        run = session.get_one(FetchRun, run_id, populate_existing=True)
        run.error = error.message[:500]
        if isinstance(error, TryLater) and now - run.started_at < GIVE_UP_AFTER:
            run.lease_until = now + timedelta(seconds=max(error.after or 0, 5))
        else:
            run.state, run.finished_at, run.lease_until = FAILED, now, None
        session.execute(update(Shop).where(Shop.id == run.shop_id).values(last_error=error.message[:500]))
    log.warning("fetch failed: %s", error.code)
