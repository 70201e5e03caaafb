"""What runs on RQ. Jobs are thin: they take a row's id, and everything that matters is decided by the database."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import ParamSpec

from connector import logs
from connector.extensions import queue
from connector.sync import (
    addresses,
    aftersales,
    authorization,
    bulk,
    catalogue,
    converge,
    dead_ends,
    fetching,
    finance,
    labels,
    mail,
    metrics,
    notify,
    reconcile,
    rehearsal,
    starting,
    stopping,
    stores,
    upkeep,
    warehouses,
    watch,
)
from connector.sync import carriers as carrier_mapping

#: Seconds for which one job takes up orders, far from RQ's own time-out (connector.queue.JOB_TIMEOUT).
AT_ONE_GO = 60.0

P = ParamSpec("P")

log = logging.getLogger(__name__)


def job(id_name: str = "") -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A job whose first argument is in each of its log lines, as `id_name`.

    A process that shall stop ends it quietly: what is due stays due, and the sweep, or the next worker, goes on. What breaks
    it is logged here, where the ids are known, and raised on to RQ.
    """

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            with logs.ids(**({id_name: args[0]} if id_name else {})):
                try:
                    function(*args, **kwargs)
                except stopping.Stopping:
                    return
                except Exception:
                    log.exception("the job %s broke", function.__name__)
                    raise

        return run

    return decorate


@job()
def sync_order(row_id: int) -> None:
    """Brings one order's two sides together (connector.sync.converge)."""
    converge.sync_order(row_id)


@job()
def sync_orders(*row_ids: int) -> None:
    """The same for several that were woken at once, one after the other. When it takes long, the rest goes to others."""
    ends = time.monotonic() + AT_ONE_GO
    for place, row_id in enumerate(row_ids):
        if time.monotonic() > ends:
            queue.wake_orders(((rest, 0) for rest in row_ids[place:]), bucket=f"-rest-{int(time.time())}")
            return
        converge.sync_order(row_id)
        metrics.flush()


@job()
def handle_events() -> None:
    """Turns the new webhook events into observations (connector.sync.events, .dead_ends)."""
    dead_ends.handle_new()


@job("fetch")
def fetch_orders(run_id: int) -> None:
    """Reads one fetch run's pages (connector.sync.fetching)."""
    fetching.work(run_id)


@job("bulk")
def work_on_many(run_id: int) -> None:
    """Works on one action on many orders (connector.sync.bulk)."""
    bulk.work(run_id)


@job("store")
def watch_store(store_id: int) -> None:
    """Looks for what the merchant changed in a Magento store (connector.sync.watch)."""
    watch.watch(store_id)


@job("shop")
def poll_aftersales(shop_id: int) -> None:
    """Looks for cancellations and returns of a shop that were not heard of (connector.sync.aftersales)."""
    aftersales.poll(shop_id)


@job("shop")
def read_finance(shop_id: int) -> None:
    """Reads some of a shop's statements and fees (connector.sync.finance)."""
    finance.read(shop_id)


@job("store")
def read_catalogue(store_id: int) -> None:
    """Reads what changed in a Magento store's catalogue (connector.sync.catalogue)."""
    catalogue.read(store_id)


@job("shop")
def read_providers(shop_id: int) -> None:
    """Reads a shop's shipping providers for the carrier page (connector.sync.carriers)."""
    carrier_mapping.read_providers(shop_id)
    warehouses.read(shop_id)


@job("shop")
def care_for_shop(shop_id: int) -> None:
    """Renews a shop's tokens ahead of time and checks its webhooks (connector.sync.authorization)."""
    authorization.care(shop_id)


@job("shop")
def test_order(shop_id: int) -> None:
    """The test order that a person asked for (connector.sync.rehearsal)."""
    rehearsal.run(shop_id)


@job("shop")
def count_open(shop_id: int) -> None:
    """Asks TikTok how many orders of a new shop are open, and from when (connector.sync.starting)."""
    starting.count(shop_id)


@job("store")
def read_regions(store_id: int, country: str) -> None:
    """Reads Magento's regions of a country for the form of an address (connector.sync.addresses)."""
    addresses.read_regions(store_id, country)


@job("store")
def check_store(store_id: int) -> None:
    """The live check of a store that a person asked for (connector.sync.stores)."""
    stores.run_check(store_id)


@job()
def maintain() -> None:
    """What is done once in a while: personal data that has had its time, old counts (connector.sync.upkeep)."""
    upkeep.maintain()


@job("reconciliation")
def reconcile_orders(run_id: int) -> None:
    """Works on one reconciliation (connector.sync.reconcile)."""
    reconcile.work(run_id)


@job("order")
def read_labels(order_id: int) -> None:
    """Reads an order's labels and pick-up times from TikTok (connector.sync.labels)."""
    labels.read(order_id)


@job("user")
def mail_link(user_id: int) -> None:
    """Mails a link to set a password (connector.sync.mail); one that fails is asked for again by the person."""
    mail.send_password_link(user_id)


@job("shop")
def send_notices(shop_id: int) -> None:
    """Mails and posts what happened to a shop's orders (connector.sync.notify)."""
    notify.send(shop_id)
