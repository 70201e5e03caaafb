"""What runs on RQ. Jobs are thin: they take a row's id, and everything that matters is decided by the database."""

from __future__ import annotations

from connector import logs
from connector.sync import aftersales, catalogue, converge, events, fetching, stopping, watch
from connector.sync import carriers as carrier_mapping


def sync_order(row_id: int) -> None:
    """Brings one order's two sides together (connector.sync.converge)."""
    with logs.ids(order=row_id):
        try:
            converge.sync_order(row_id)
        except stopping.Stopping:
            return  # the order stays due; the sweep, or the next worker, goes on


def handle_event(event_id: int) -> None:
    """Turns one webhook event into observations (connector.sync.events)."""
    with logs.ids(event=event_id):
        events.handle(event_id)


def fetch_orders(run_id: int) -> None:
    """Reads one fetch run's pages (connector.sync.fetching)."""
    with logs.ids(fetch=run_id):
        try:
            fetching.work(run_id)
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
        except stopping.Stopping:
            return
