"""Commands on orders: fetched, compared, worked on, cancelled, listed."""

from __future__ import annotations

import json
import math
import time
from datetime import UTC, datetime
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from connector import clock
from connector.cli_asked import COMMAND_LINE, sentences
from connector.domain import returns
from connector.domain.errors import ConnectorError
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import CancelAsk, FetchRun, Order, Shop
from connector.models.fetch import DONE, RUNNING
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, cancel_asks, cancelling, converge, fetching, gateways, intake, reconcile

orders = AppGroup("orders", help="Orders.")


class _Time(click.ParamType[datetime]):
    """A day or a time as ISO 8601 writes it, such as `orders list --json` prints; in UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no time such as 2026-11-30, 2026-11-30T09:15 or 2026-11-30T09:15:00+01:00.", param, ctx
            )


TIME = _Time()


@orders.command("fetch")
@click.option("--since", type=TIME)
@click.option("--until", type=TIME)
@sentences
def orders_fetch(since: datetime | None, until: datetime | None) -> None:
    """Reads what is new from TikTok (or what changed between two times, UTC unless they say otherwise); workers go on."""
    failed = False
    for shop in _shops():
        name = shop.name
        run_id = asks.fetch(shop.id, COMMAND_LINE, since=since, until=until)
        run = _fetched(run_id)
        click.echo(f"{name}: {run.seen} read, {run.new} new, {run.updated} updated, {run.failed} failed.")
        if run.state != DONE:
            failed = True
            click.echo(f"{name}: {run.error or 'the fetch is still under way'}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


def _shops() -> list[Shop]:
    active = asks.active_shops()
    if not active:
        raise ValueError("No TikTok shop is connected. Add one: flask --app wsgi shops add --help")
    return active


def _fetched(run_id: int, patience: float = 120) -> FetchRun:
    """Works on a fetch in this process, or waits for the worker that was quicker; then how it went.

    `patience`: for so many seconds without progress.
    """
    pages, give_up = -1, 0.0
    while True:
        fetching.work(run_id, at_one_go=math.inf)
        run = db.session.get_one(FetchRun, run_id, populate_existing=True)
        end_transaction()
        if run.pages != pages:
            pages, give_up = run.pages, time.monotonic() + patience
        if run.state != RUNNING or run.error or time.monotonic() > give_up:
            return run
        time.sleep(0.2)  # a worker has it, or had it until a moment ago


@orders.command("reconcile")
@click.option("--since", type=TIME)
@click.option("--until", type=TIME)
@sentences
def orders_reconcile(since: datetime | None, until: datetime | None) -> None:
    """Compares both sides' orders that were created in a period (the last week by default; UTC unless they say otherwise).

    Fails when a person has to decide about something.
    """
    now = clock.now()
    failed = False
    for shop in _shops():
        name = shop.name
        begin = since or now - reconcile.NIGHTLY_PERIOD
        run_id = reconcile.ask(shop.id, COMMAND_LINE, begin, until or now)
        run, differences = reconcile.finish(run_id)
        click.echo(f"{name}: {run.orders} orders, {run.agreed} alike, {run.under_way} on their way.")
        for found in differences:
            does = "given to a worker" if found.is_repaired else "for you to decide"
            click.echo(f"{name}: {found.tiktok_order_id}: {found.sentence} ({does})")
            failed = failed or not found.is_repaired
        if run.error:
            failed = True
            click.echo(f"{name}: {run.error}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


@orders.command("sync")
@click.argument("tiktok_order_id")
@sentences
def orders_sync(tiktok_order_id: str) -> None:
    """Works on one order now, in this process, and says how it stands. Fails when it ends in an error."""
    row_id = _row_of(tiktok_order_id)
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.sync_state == SyncState.IGNORED:
            raise ValueError("The order is marked to be ignored.")
        observed = intake.observe_hint(session, row.shop_id, tiktok_order_id).observed
    give_up = time.monotonic() + 120
    while True:
        converge.sync_order(row_id)
        row = db.session.get_one(Order, row_id, populate_existing=True)
        end_transaction()
        if row.handled >= observed or row.sync_state == SyncState.ERROR or time.monotonic() > give_up:
            break
        time.sleep(0.2)  # a worker has the order, or it is to be tried again in a moment
    click.echo(json.dumps(_as_json(row)))
    if row.error_code or row.handled < observed:
        raise click.ClickException(
            f"{row.error_message} {row.error_remedy}".strip() or "The order is still being worked on."
        )


@orders.command("cancel")
@click.argument("tiktok_order_id")
@click.option(
    "--reason", required=True, help="TikTok's name of a reason that it takes for this order now, or its words."
)
@click.option("--line", "lines", multiple=True, help="Only this line item (US and UK); may be given several times.")
@sentences
def orders_cancel(tiktok_order_id: str, reason: str, lines: tuple[str, ...]) -> None:
    """Cancels an order on TikTok Shop now, in this process; Magento follows. Fails unless TikTok accepted."""
    row_id = _row_of(tiktok_order_id)
    name = cancelling.reason_for(row_id, reason, lines)
    ask_id = cancel_asks.cancel(row_id, name, COMMAND_LINE, list(lines) or None)
    give_up = time.monotonic() + 120
    while True:
        converge.sync_order(row_id)
        row = db.session.get_one(Order, row_id, populate_existing=True)
        ask = db.session.get_one(CancelAsk, ask_id, populate_existing=True)
        end_transaction()
        if ask.state not in returns.OPEN or time.monotonic() > give_up:
            break
        if ask.cancel_id and not row.error_code:
            break  # TikTok has taken it, and will say when it is done
        time.sleep(0.2)  # a worker has the order, or it is to be tried again in a moment
    click.echo(json.dumps(_as_json(row)))
    if ask.state == returns.REFUSED:
        raise click.ClickException(ask.message)
    if ask.state == returns.CONFIRMED:
        click.echo(f"Cancelled on TikTok Shop: {returns.reason_in_words(name)}.", err=True)
    elif ask.cancel_id:
        click.echo("TikTok Shop has accepted the cancellation and has not confirmed it yet.", err=True)
    else:
        raise click.ClickException(
            f"{row.error_message} {row.error_remedy}".strip() or "The order is still being worked on."
        )


def _row_of(tiktok_order_id: str) -> int:
    """The order's row; an order that is not known yet is looked for in every shop."""
    row_id = db.session.scalar(select(Order.id).where(Order.tiktok_order_id == tiktok_order_id))
    if row_id is not None:
        end_transaction()
        return row_id
    unasked = []
    for shop in asks.active_shops():
        shop_id, name = shop.id, shop.name
        client = gateways.tiktok_client(shop, before_call=lambda: None)
        end_transaction()
        try:
            documents = client.get_orders([tiktok_order_id])
        except ConnectorError as error:  # it may be another's
            unasked.append(f"{name}: {error.message} {error.remedy}".strip())
            continue
        if documents:
            with transaction() as session:
                return intake.observe_documents(session, shop_id, documents)[0].row_id
    if unasked:
        raise ValueError(f"The order {tiktok_order_id} was not found. These shops did not say: {' '.join(unasked)}")
    raise ValueError(f"No connected shop has an order {tiktok_order_id}.")


@orders.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@sentences
def orders_list(as_json: bool) -> None:
    """Lists all orders, the oldest first."""
    last = 0
    # A transaction a batch: whoever reads slowly (a pager) holds none open.
    while rows := db.session.scalars(select(Order).where(Order.id > last).order_by(Order.id).limit(500)).all():
        last = rows[-1].id
        listed = [_as_json(row) for row in rows]
        db.session.expunge_all()
        end_transaction()
        for fields in listed:
            click.echo(json.dumps(fields) if as_json else "  ".join(str(value or "-") for value in fields.values()))


def _as_json(row: Order) -> dict[str, Any]:
    """An order as `orders list --json` prints it (names fixed in the design)."""
    return {
        "tiktok_order_id": row.tiktok_order_id,
        "status": row.status,
        "sync_state": row.sync_state,
        "error_code": row.error_code or None,
        "error_message": row.error_message or None,
        "magento_order_id": row.magento_order_id,
        "magento_increment_id": row.magento_increment_id or None,
        "grand_total": None if row.magento_grand_total is None else str(row.magento_grand_total),
        "currency": row.currency or None,
        "updated_at": row.updated_at.isoformat(),
    }
