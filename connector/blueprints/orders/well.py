"""One sentence for the merchant: whether today's orders are in Magento, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, literal, null, select, union_all

from connector import clock
from connector.blueprints import formats
from connector.blueprints.orders import blueprint, shops, tabs
from connector.blueprints.panel import needs
from connector.domain import statuses
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order, Shop, Store
from connector.models.inbox import waits_since
from connector.models.order import WAITS_SINCE
from connector.models.shop import ACTIVE, DEAUTHORIZED, DISCONNECTED, looked_for_since
from connector.sync import reconcile

#: An order is on its way for a few seconds; one that is for longer is worth a word.
SLOW = timedelta(minutes=2)


@dataclass(frozen=True)
class Health:
    """`tone` is good, todo or bad; the sentences are for a merchant."""

    tone: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.sentences)


def health(version: str = "") -> Health:
    """How today's orders stand, in the shops' own day. `version`: what `tabs.version` says now, where that was asked."""
    now = clock.now()
    midnight = now.astimezone(formats.zone(shops.panel_zone())).replace(hour=0, minute=0, second=0, microsecond=0)
    total, in_magento, oldest, errors = _numbers(version or tabs.version(), midnight)
    sentences = [_today(total, in_magento)]
    waits = _aware(oldest, now)
    if waits is not None:
        sentences.append(f"Oldest waiting: {formats.span(waits.total_seconds(), most_hours=24)}.")
    if errors:
        sentences.append(f"{errors} {'order needs' if errors == 1 else 'orders need'} you.")
    differences = sum(reconcile.left_to_people().values())
    if differences:
        sentences.append(
            f"Reconciliation left {differences} {'difference' if differences == 1 else 'differences'} to you."
        )
    away, looked_at = _connections()
    sentences += away
    is_blind = looked_at is not None and now - looked_at > _interval() + SLOW
    if is_blind and looked_at is not None:
        ago = formats.span((now - looked_at).total_seconds(), most_hours=24)
        sentences.append(f"Nobody has looked for new orders for {ago}. Check that the scheduler and a worker run.")
    told_at = db.session.scalar(waits_since())
    is_deaf = told_at is not None and now - told_at > SLOW
    if is_deaf and told_at is not None:
        ago = formats.span((now - told_at).total_seconds(), most_hours=24)
        sentences.append(
            f"Nobody has looked at what TikTok Shop told {ago} ago. Check that Redis, the scheduler and a worker run."
        )
    if away or errors:
        tone = "bad"
    elif differences or is_blind or is_deaf or (waits is not None and waits > SLOW):
        tone = "todo"
    else:
        tone = "good"
    return Health(tone, tuple(sentences))


def _numbers(version: str, midnight: datetime) -> tuple[int, int, datetime | None, int]:
    """Orders of today that belong in Magento, those that are there, since when the oldest waits, and errors.

    Kept as long as no order changes: they take as long as the rest of a nearly empty page.
    """
    kept = current_app.extensions.get("order_health")
    if kept is not None and kept[0] == (version, midnight):
        numbers: tuple[int, int, datetime | None, int] = kept[1]
        return numbers
    belongs = Order.status.in_(statuses.TO_CREATE) & (Order.sync_state != SyncState.IGNORED)
    of_today = select(func.count()).where(belongs, Order.create_time >= midnight)
    # One statement, but each number by an index of its own: an OR of them would read all orders on SQLite.
    parts = (
        of_today,
        of_today.where(Order.magento_order_id.is_not(None)),
        select(func.min(WAITS_SINCE)).where(belongs, Order.sync_state == SyncState.PENDING),
        select(func.count()).where(Order.sync_state == SyncState.ERROR),
    )
    total, in_magento, oldest, errors = db.session.execute(select(*(part.scalar_subquery() for part in parts))).one()
    current_app.extensions["order_health"] = ((version, midnight), (total, in_magento, oldest, errors))
    return total, in_magento, oldest, errors


def _today(total: int, in_magento: int) -> str:
    if not total:
        return "No order of today belongs in Magento yet."
    if in_magento == total:
        return (
            "The one order of today is in Magento." if total == 1 else f"All {total:,} orders of today are in Magento."
        )
    return f"{in_magento:,} of {total:,} orders of today are in Magento."


def _connections() -> tuple[list[str], datetime | None]:
    """Sentences on the connections whose last call failed and none has succeeded since; and when orders were looked for last.

    That is of the connected shop that was polled the longest ago; of one that was connected after that, when it was. One that
    does not answer is not among them: the sentence on it says why. Without workers nothing fails and no order waits: none
    becomes known.
    """
    found: list[str] = []
    looked_at: list[datetime] = []
    store: Any = (Store.name, literal(ACTIVE), Store.last_ok_at, Store.last_error_at)
    stores: Any = select(literal("store"), *store, null(), null(), null(), literal(""))
    shop: Any = (Shop.name, Shop.state, Shop.last_ok_at, Shop.last_error_at)
    looks: Any = (Shop.last_poll_at, Shop.created_at, Shop.authorized_at, Shop.aftersales_error)
    connected: Any = select(literal("shop"), *shop, *looks)
    for side, name, state, ok_at, error_at, polled_at, created_at, authorized_at, returns_error in db.session.execute(
        union_all(connected, stores)
    ):
        is_away = error_at is not None and (ok_at is None or ok_at < error_at)
        if state == DEAUTHORIZED:
            found.append(f"The shop {name} is not connected any more.")
        elif state == DISCONNECTED:
            continue  # on purpose
        elif is_away and side == "store":
            found.append(f"The store {name} does not answer; orders wait for it and are not lost.")
        elif is_away:
            found.append(f"The shop {name} does not answer; its orders are read as soon as it does.")
        elif side == "shop":
            if returns_error:
                found.append(f"Cancellations and returns of {name} cannot be read. The Connections page says why.")
            looked_at.append(looked_for_since(polled_at, created_at, authorized_at))
    return found, min(looked_at, default=None)


def _interval() -> timedelta:
    return timedelta(seconds=current_app.config["CONNECTOR"].fetch_interval)


def _aware(oldest: datetime | None, now: datetime) -> timedelta | None:
    return None if oldest is None else max(timedelta(0), now - oldest)


@blueprint.get("/orders/health")
@needs("viewer")
def well() -> ResponseReturnValue:
    """The sentence alone; it asks again by itself."""
    return render_template("orders/_health.html", health=health())


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"order_health": health}
