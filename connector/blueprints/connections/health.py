"""How each connection is: one sentence with a tone, and the facts behind it. Read from the database only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from flask import current_app
from sqlalchemy import func, select

from connector import clock
from connector.blueprints import formats
from connector.extensions import db
from connector.models import CallCount, InboxEvent, Shop, Store
from connector.models.calls import MAGENTO_STORE, TIKTOK_SHOP
from connector.models.shop import DEAUTHORIZED, DISCONNECTED, looked_for_since
from connector.sync.stores import last_check

DAY = timedelta(hours=24)
#: From then on the end of the authorization is announced; TikTok's own webhook begins 30 days before, too.
ANNOUNCED = timedelta(days=30)
#: A webhook older than this is not looked for.
WEBHOOK_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Health:
    """`tone` is a status tone ("good", "todo", "bad", "idle"); `sentence` says how it is and what to do."""

    tone: str
    word: str
    sentence: str


@dataclass(frozen=True)
class Rate:
    """Calls of the last 24 hours."""

    ok: int
    failed: int

    @property
    def percent(self) -> Decimal:
        """How many of them failed, in percent; 0 where there were none."""
        return Decimal(100 * self.failed) / max(self.ok + self.failed, 1)

    def __str__(self) -> str:
        """How many there were, where none failed."""
        return f"None of {self.ok:,}" if self.ok else "No calls"


@dataclass(frozen=True)
class ShopHealth:
    shop: Shop
    health: Health
    rate: Rate
    last_webhook_at: datetime | None


@dataclass(frozen=True)
class StoreHealth:
    store: Store
    health: Health
    rate: Rate
    shop_names: list[str]


def shops() -> list[ShopHealth]:
    """Every shop, with how it is."""
    rates = _rates(TIKTOK_SHOP)
    found = []
    for shop in db.session.scalars(select(Shop).order_by(Shop.name)):
        last_webhook_at = db.session.scalar(
            select(InboxEvent.received_at)
            .where(
                InboxEvent.received_at > clock.now() - WEBHOOK_WITHIN, InboxEvent.tiktok_shop_id == shop.tiktok_shop_id
            )
            .order_by(InboxEvent.received_at.desc())
            .limit(1)
        )
        found.append(ShopHealth(shop, of_shop(shop), rates.get(shop.id, Rate(0, 0)), last_webhook_at))
    return found


def stores() -> list[StoreHealth]:
    """Every store, with how it is and which shops sell for it."""
    rates = _rates(MAGENTO_STORE)
    rows = list(db.session.scalars(select(Store).order_by(Store.name)))
    names: dict[int | None, list[str]] = {}
    for store_id, name in db.session.execute(select(Shop.store_id, Shop.name).order_by(Shop.name)):
        names.setdefault(store_id, []).append(name)
    return [
        StoreHealth(
            store,
            of_store(store),
            rates.get(store.id, Rate(0, 0)),
            sorted([*names.get(store.id, []), *(names.get(None, []) if len(rows) == 1 else [])]),
        )
        for store in rows
    ]


def of_shop(shop: Shop) -> Health:
    """How a shop's connection is, the worst first."""
    now = clock.now()
    zone = shop.time_zone
    since = f" on {formats.short(shop.deauthorized_at, zone)}" if shop.deauthorized_at else ""
    if shop.state == DISCONNECTED:
        return Health(
            "idle",
            "Disconnected",
            f"The shop was disconnected here{since}. Orders and settings are kept, nothing is sent or read meanwhile."
            " Reconnect the shop to go on.",
        )
    if shop.state == DEAUTHORIZED:
        return Health(
            "bad",
            "Disconnected",
            f"The authorization was taken back{since}. Orders and settings are kept, nothing is sent or read meanwhile."
            " Reconnect the shop to go on.",
        )
    if shop.access_expires_at <= now:
        return Health(
            "bad",
            "Authorization ended",
            "The access token has ended and could not be renewed yet. If this stays so for some minutes, reconnect the"
            " shop.",
        )
    if _is_failing(shop.last_ok_at, shop.last_error_at):
        return Health("bad", "Calls fail", shop.last_error)
    if shop.aftersales_error:
        return Health("bad", "Returns not read", f"Cancellations and returns cannot be read: {shop.aftersales_error}")
    if shop.refresh_expires_at is not None and shop.refresh_expires_at - now < ANNOUNCED:
        return Health(
            "todo",
            "Ends soon",
            f"The authorization ends on {formats.short(shop.refresh_expires_at, zone)}. Reconnect the shop before then.",
        )
    if shop.authorization_warned_at is not None:
        return Health(
            "todo", "Ends soon", "TikTok Shop has announced that the authorization ends soon. Reconnect the shop."
        )
    interval = timedelta(seconds=current_app.config["CONNECTOR"].fetch_interval)
    polled_at = min(
        looked_for_since(at, shop.created_at, shop.authorized_at)
        for at in (shop.last_poll_at, shop.last_aftersales_poll_at)
    )
    if now - polled_at > max(10 * interval, timedelta(minutes=15)):
        ago = formats.span((now - polled_at).total_seconds(), most_hours=24)
        return Health(
            "todo",
            "Not polled",
            f"No safety poll has come to its end for {ago}. Check that the scheduler and a worker run.",
        )
    if shop.webhooks.get("missing"):
        return Health(
            "todo", "Webhooks missing", f"Not subscribed: {', '.join(shop.webhooks['missing'])}. Polls find the orders."
        )
    if shop.webhooks.get("error"):
        return Health("todo", "Webhooks not checked", str(shop.webhooks["error"]))
    return Health("good", "Well", "Connected; tokens are renewed by themselves.")


def of_store(store: Store) -> Health:
    """How a store's connection is."""
    if _is_failing(store.last_ok_at, store.last_error_at):
        return Health("bad", "Calls fail", store.last_error)
    failed = [result["name"] for result in last_check(store).get("results", []) if not result["ok"]]
    if failed:
        return Health("todo", "Have a look", f"The last check found something: {', '.join(failed)}.")
    if store.last_ok_at is None:
        return Health("todo", "Not used yet", "No call was answered yet. Check the connection.")
    return Health("good", "Well", "The store answers.")


def _is_failing(last_ok_at: datetime | None, last_error_at: datetime | None) -> bool:
    return last_error_at is not None and (last_ok_at is None or last_ok_at < last_error_at)


def _rates(side: str) -> dict[int, Rate]:
    hours = (
        select(CallCount.connection_id, func.sum(CallCount.ok), func.sum(CallCount.failed))
        .where(CallCount.side == side, CallCount.hour > clock.now() - DAY)
        .group_by(CallCount.connection_id)
    )
    return {row_id: Rate(int(ok), int(failed)) for row_id, ok, failed in db.session.execute(hours)}
