"""The flask commands: `flask --app wsgi …`. Exit status 0 only on success; what went wrong is said on standard error."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

from connector.cli_admin import buyers, key_commands, users
from connector.cli_asked import COMMAND_LINE, sentences
from connector.cli_orders import orders
from connector.domain.carriers import carrier_of
from connector.extensions import db
from connector.models import InboxEvent, Shop, Store
from connector.models.inbox import OVER
from connector.models.shop import is_sold_for
from connector.models.transaction import end_transaction
from connector.sync import carriers as carrier_mapping
from connector.sync import dead_ends, sweep
from connector.sync.shops import add_shop
from connector.sync.stores import add_store, check_store

shops = AppGroup("shops", help="TikTok shops.")
stores = AppGroup("stores", help="Magento stores.")
carriers = AppGroup("carriers", help="Shipping carriers.")
events = AppGroup("events", help="Webhook events.")

#: Seconds, up to the end of the year 2999: what is longer was written in thousandths.
UNIX = click.IntRange(0, 32_503_679_999)


def register(app: Flask) -> None:
    """Adds the commands to the app."""
    for group in (users, shops, stores, carriers, orders, events, key_commands, buyers):
        app.cli.add_command(group)
    app.cli.add_command(scheduler)


@shops.command("add")
@click.option("--shop-id", required=True, help="The shop's id, as webhooks carry it.")
@click.option("--name", required=True)
@click.option("--region", required=True, help="Country code, such as US or GB.")
@click.option("--cipher", required=True)
@click.option("--access-token", required=True)
@click.option("--refresh-token", required=True)
@click.option("--expires-at", required=True, type=UNIX, help="When the access token ends, Unix seconds.")
@click.option("--refresh-expires-at", type=UNIX, help="When the refresh token ends, Unix seconds.")
@sentences
def shops_add(expires_at: int, refresh_expires_at: int | None, **values: str) -> None:
    """Connects a TikTok shop by its tokens."""
    add_shop(
        access_expires_at=datetime.fromtimestamp(expires_at, UTC),
        refresh_expires_at=datetime.fromtimestamp(refresh_expires_at, UTC) if refresh_expires_at else None,
        **values,
    )
    click.echo(f"The shop {values['name']} is connected.")


@stores.command("add")
@click.option("--name", required=True)
@click.option("--url", required=True)
@click.option("--access-token", required=True)
@click.option("--access-token-secret")
@click.option("--consumer-key")
@click.option("--consumer-secret")
@sentences
def stores_add(**values: Any) -> None:
    """Connects a Magento store: with the access token alone (bearer), or with all four (OAuth 1.0a).

    A store of this name gets the address and the credentials instead.
    """
    add_store(overwrites=True, **values)
    click.echo(f"The store {values['name']} is connected.")


@stores.command("check")
@sentences
def stores_check() -> None:
    """Looks at every store that a shop sells for live; fails when anything is wrong with one."""
    rows = db.session.execute(select(Store.id, Store.name, is_sold_for().label("is_sold_for")).order_by(Store.id)).all()
    if not rows:
        raise ValueError("No Magento store is connected. Add one: flask --app wsgi stores add --help")
    all_well = True
    for row in rows:
        if not row.is_sold_for:
            click.echo(f"{row.name}: left out, no shop sells for it.")
            continue
        for check in check_store(row.id):
            click.echo(f"{row.name}: {'ok' if check.ok else 'FAILED'}: {check.name}: {check.message}")
            all_well = all_well and check.ok
    if not all_well:
        raise click.exceptions.Exit(1)


@carriers.command("map")
@click.option("--magento", "carrier_code", required=True, help="Magento's carrier code, such as ups; * for all others.")
@click.option("--tiktok", "provider_id", required=True, help="The id of TikTok's shipping provider.")
@click.option("--title", default="", help="For custom carriers: the title that it has on shipments.")
@click.option("--shop-id", default="", help="The TikTok shop for which it counts; without it, every shop.")
@sentences
def carriers_map(carrier_code: str, provider_id: str, title: str, shop_id: str) -> None:
    """Maps a Magento carrier to a TikTok shipping provider, and releases the orders that waited for it."""
    row_id = db.session.scalar(select(Shop.id).where(Shop.tiktok_shop_id == shop_id)) if shop_id else 0
    if row_id is None:
        raise ValueError(f"No shop {shop_id} is connected.")
    end_transaction()
    carrier = carrier_of(carrier_code, title)
    released = carrier_mapping.map_carrier(row_id, carrier, provider_id, "", COMMAND_LINE)
    click.echo(f"{carrier.name} is TikTok's {provider_id}. {released} waiting orders go on.")


@events.command("replay")
@click.argument("event_ids", metavar="ID...", nargs=-1, required=True, type=click.IntRange(1, 2**31 - 1))
@sentences
def events_replay(event_ids: tuple[int, ...]) -> None:
    """Handles webhook events again (their numbers are on Activity > Webhooks); workers read their orders anew.

    Fails when one is not there, or could not be handled.
    """
    dead_ends.replay(event_ids, COMMAND_LINE)
    failed = False
    for event_id in event_ids:
        dead_ends.handle(event_id)
        event = db.session.get(InboxEvent, event_id, populate_existing=True)
        end_transaction()
        failed = failed or event is None or event.state not in OVER
        said = "there is no such event" if event is None else f"{event.state} {event.error}".strip()
        click.echo(f"{event_id}: {said}", err=event is None or event.state not in OVER)
    if failed:
        raise click.exceptions.Exit(1)


@click.command("scheduler")
def scheduler() -> None:
    """Wakes what is due and polls for what was lost, until SIGTERM. More than one may run."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    sweep.run(current_app._get_current_object(), stop)  # type: ignore[attr-defined]
