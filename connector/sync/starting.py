"""Starting with a living shop: TikTok is asked how many orders are open and since when, and the merchant chooses."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.errors import ConnectorError
from connector.domain.starting import FROM, MODES, NOW, OPEN, OPEN_STATUSES
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.models import FetchRun, Order, Shop
from connector.models.audit import CONNECTION
from connector.models.transaction import end_transaction, transaction
from connector.sync import asks, audit, gateways, stopping
from connector.tiktok.values import from_unix

ASKED, COUNTED, FAILED = "asked", "counted", "failed"
WORDS = {NOW: "only orders placed from now on", OPEN: "the open orders too", FROM: "orders from a day on"}


def begin(shop_id: int) -> None:
    """For a shop that was just connected: only orders placed from now on, until the merchant chooses otherwise."""
    with transaction() as session:
        shop = _locked(session, shop_id)
        shop.orders_from = clock.now()
        shop.start = {"mode": NOW, "state": ASKED, "connected_at": clock.now().isoformat(), "chosen_by": ""}
    queue.wake_start(shop_id)


def ask(shop_id: int) -> None:
    """Has the open orders counted (anew)."""
    with transaction() as session:
        shop = _locked(session, shop_id)
        shop.start = {**shop.start, "state": ASKED}
    queue.wake_start(shop_id)


def count(shop_id: int) -> None:
    """Asks TikTok how many orders are open and from when: one call for each status, the oldest first, one order a page."""
    shop = db.session.get(Shop, shop_id)
    if shop is None or shop.start.get("state") != ASKED:
        end_transaction()
        return
    client = gateways.tiktok_client(shop, before_call=stopping.check)
    end_transaction()
    total, oldest, error = 0, None, ""
    try:
        for status in OPEN_STATUSES:
            page = client.search_orders(order_status=status, sort_field="create_time", sort_order="ASC", page_size=1)
            total += page.total_count
            placed = [from_unix(int(document["create_time"])) for document in page.documents]
            oldest = min([at for at in (oldest, *placed) if at is not None], default=None)
    except ConnectorError as failed:
        error = f"{failed.message} {failed.remedy}".strip()
    with transaction() as session:
        shop = _locked(session, shop_id)
        shop.start = {
            **shop.start,
            "state": FAILED if error else COUNTED,
            "open": total,
            "oldest": oldest.isoformat() if oldest else "",
            "error": error[:500],
        }
        if oldest is not None and not error:
            fetch_id = _fetch_from(session, shop, oldest, "connector")
    if oldest is not None and not error:
        queue.wake_fetch(fetch_id)


def choose(shop_id: int, mode: str, since: datetime | None, actor: str) -> None:
    """Sets from when on a shop's orders are created by themselves. `since` (UTC) counts for FROM alone.

    Raises asks.Refused for a choice that is none. What waits is planned anew; older orders are fetched so that they are shown.
    """
    if mode not in MODES or (mode == FROM and since is None):
        raise asks.Refused("Choose from when on orders are created, and give a day where you choose one.")
    if since is not None and since > clock.now():
        raise asks.Refused("The day must not lie in the future.")
    with transaction() as session:
        shop = _locked(session, shop_id)
        before = WORDS.get(str(shop.start.get("mode", "")), "all orders")
        connected = shop.start.get("connected_at")
        at = datetime.fromisoformat(connected) if connected else clock.now()
        shop.orders_from = since if mode == FROM else at
        shop.start = {**shop.start, "mode": mode, "connected_at": at.isoformat(), "chosen_by": actor}
        session.execute(
            update(Order)
            .where(Order.shop_id == shop_id, Order.sync_state == SyncState.WAITING, Order.waiting_for == "older")
            .values(due_at=clock.now())
        )
        audit.note(
            session,
            actor,
            CONNECTION,
            "orders to begin with",
            subject=shop.name,
            shop_id=shop.id,
            before=before,
            after=WORDS[mode] + (f": {since:%Y-%m-%d %H:%M} UTC" if mode == FROM and since else ""),
        )
        fetch_id = _fetch_from(session, shop, since, actor) if mode == FROM and since is not None else None
    if fetch_id is not None:
        queue.wake_fetch(fetch_id)


def _fetch_from(session: Session, shop: Shop, since: datetime, actor: str) -> int:
    """What changed since an order was placed has the order in it."""
    now = clock.now()
    run = FetchRun(shop_id=shop.id, asked_by=actor, since=since, until=now + timedelta(minutes=1), started_at=now)
    session.add(run)
    session.flush()
    return run.id


def _locked(session: Session, shop_id: int) -> Shop:
    return session.get_one(Shop, shop_id, with_for_update={"of": Shop})
