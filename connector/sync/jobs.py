"""What runs on RQ. Jobs are thin: they take a row's id, and everything that matters is decided by the database."""

from __future__ import annotations

import time

from connector import logs
from connector.extensions import queue
from connector.sync import (
    addresses,
    aftersales,
    authorization,
    bulk,
    catalogue,
    connections,
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
    upkeep,
    warehouses,
    watch,
)
from connector.sync import carriers as carrier_mapping

#: Seconds for which one job takes up orders, far from RQ's own time-out (connector.queue.JOB_TIMEOUT).
AT_ONE_GO = 60.0


def sync_order(row_id: int) -> None:
    """Brings one order's two sides together (connector.sync.converge)."""
    try:
        converge.sync_order(row_id)
    except stopping.Stopping:
        return  # the order stays due; the sweep, or the next worker, goes on


def sync_orders(*row_ids: int) -> None:
    """The same for several that were woken at once, one after the other. When it takes long, the rest goes to others."""
    ends = time.monotonic() + AT_ONE_GO
    for place, row_id in enumerate(row_ids):
        if time.monotonic() > ends:
            queue.wake_orders(((rest, 0) for rest in row_ids[place:]), bucket=f"-rest-{int(time.time())}")
            return
        try:
            converge.sync_order(row_id)
        except stopping.Stopping:
            return
        metrics.flush()


def handle_events() -> None:
    """Turns the new webhook events into observations (connector.sync.events, .dead_ends)."""
    try:
        dead_ends.handle_new()
    except stopping.Stopping:
        return  # the rest stay new; the sweep wakes somebody for them


def fetch_orders(run_id: int) -> None:
    """Reads one fetch run's pages (connector.sync.fetching)."""
    with logs.ids(fetch=run_id):
        try:
            fetching.work(run_id)
        except stopping.Stopping:
            return


def work_on_many(run_id: int) -> None:
    """Works on one action on many orders (connector.sync.bulk)."""
    with logs.ids(bulk=run_id):
        try:
            bulk.work(run_id)
        except stopping.Stopping:
            return


def watch_store(store_id: int) -> None:
    """Looks for what the merchant changed in a Magento store (connector.sync.watch)."""
    with logs.ids(store=store_id):
        try:
            watch.watch(store_id)
        except stopping.Stopping:
            return


def poll_aftersales(shop_id: int) -> None:
    """Looks for cancellations and returns of a shop that were not heard of (connector.sync.aftersales)."""
    with logs.ids(shop=shop_id):
        try:
            aftersales.poll(shop_id)
        except stopping.Stopping:
            return


def read_finance(shop_id: int) -> None:
    """Reads some of a shop's statements and fees (connector.sync.finance)."""
    with logs.ids(shop=shop_id):
        try:
            finance.read(shop_id)
        except stopping.Stopping:
            return


def read_catalogue(store_id: int) -> None:
    """Reads what changed in a Magento store's catalogue (connector.sync.catalogue)."""
    with logs.ids(store=store_id):
        try:
            catalogue.read(store_id)
        except stopping.Stopping:
            return


def read_providers(shop_id: int) -> None:
    """Reads a shop's shipping providers for the carrier page (connector.sync.carriers)."""
    with logs.ids(shop=shop_id):
        try:
            carrier_mapping.read_providers(shop_id)
            warehouses.read(shop_id)
        except stopping.Stopping:
            return


def care_for_shop(shop_id: int) -> None:
    """Renews a shop's tokens ahead of time and checks its webhooks (connector.sync.authorization)."""
    with logs.ids(shop=shop_id):
        try:
            authorization.care(shop_id)
        except stopping.Stopping:
            return


def test_order(shop_id: int) -> None:
    """The test order that a person asked for (connector.sync.rehearsal)."""
    with logs.ids(shop=shop_id):
        try:
            rehearsal.run(shop_id)
        except stopping.Stopping:
            return


def count_open(shop_id: int) -> None:
    """Asks TikTok how many orders of a new shop are open, and from when (connector.sync.starting)."""
    with logs.ids(shop=shop_id):
        try:
            starting.count(shop_id)
        except stopping.Stopping:
            return


def read_regions(store_id: int, country: str) -> None:
    """Reads Magento's regions of a country for the form of an address (connector.sync.addresses)."""
    with logs.ids(store=store_id):
        try:
            addresses.read_regions(store_id, country)
        except stopping.Stopping:
            return


def check_store(store_id: int) -> None:
    """The live check of a store that a person asked for (connector.sync.connections)."""
    with logs.ids(store=store_id):
        connections.run_check(store_id)


def maintain() -> None:
    """What is done once in a while: personal data that has had its time, old counts (connector.sync.upkeep)."""
    upkeep.maintain()


def reconcile_orders(run_id: int) -> None:
    """Works on one reconciliation (connector.sync.reconcile)."""
    with logs.ids(reconciliation=run_id):
        try:
            reconcile.work(run_id)
        except stopping.Stopping:
            return


def read_labels(order_id: int) -> None:
    """Reads an order's labels and pick-up times from TikTok (connector.sync.labels)."""
    with logs.ids(order=order_id):
        try:
            labels.read(order_id)
        except stopping.Stopping:
            return


def mail_link(user_id: int) -> None:
    """Mails a link to set a password (connector.sync.mail); one that fails is asked for again by the person."""
    mail.send_password_link(user_id)


def send_notices(shop_id: int) -> None:
    """Mails and posts what happened to a shop's orders (connector.sync.notify)."""
    with logs.ids(shop=shop_id):
        notify.send(shop_id)
