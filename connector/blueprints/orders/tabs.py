"""The tabs of the order list and their counters."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, and_, func, select, true

from connector.domain import statuses
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Order, TimelineEntry

#: What may be open beside a status. Few orders each, found by an index of its own.
OPEN: Mapping[str, ColumnElement[bool]] = {
    "by-hand": and_(Order.waiting_for == "by_hand", Order.sync_state == SyncState.WAITING),
    "older": and_(Order.waiting_for == "older", Order.sync_state == SyncState.WAITING),
    "buyer-asks": Order.buyer_asks_cancel == true(),
    "return": Order.return_state == "open",
}


class Tab(NamedTuple):
    """One tab: `key` is what its address says. `rare` ones are shown only while there are such orders."""

    key: str
    label: str
    status: str = ""
    is_error: bool = False
    rare: bool = False
    #: Orders with something open beside their status: a key of OPEN.
    open: str = ""

    def condition(self) -> ColumnElement[bool] | None:
        """What an order must be to be in this tab; None: anything."""
        if self.is_error:
            return Order.sync_state == SyncState.ERROR
        if self.open:
            return OPEN[self.open]
        return Order.status == self.status if self.status else None


TABS: tuple[Tab, ...] = (
    Tab("all", "All"),
    Tab("awaiting-shipment", "Awaiting shipment", statuses.AWAITING_SHIPMENT),
    Tab("awaiting-collection", "Awaiting collection", statuses.AWAITING_COLLECTION),
    Tab("in-transit", "In transit", statuses.IN_TRANSIT),
    Tab("delivered", "Delivered", statuses.DELIVERED),
    Tab("completed", "Completed", statuses.COMPLETED),
    Tab("error", "Error", is_error=True),
    Tab("cancelled", "Cancelled", statuses.CANCELLED),
    # At the end, so that their coming and going moves none of the others.
    Tab("unpaid", "Unpaid", statuses.UNPAID, rare=True),
    Tab("on-hold", "On hold", statuses.ON_HOLD, rare=True),
    Tab("partially-shipping", "Partially shipping", statuses.PARTIALLY_SHIPPING, rare=True),
    Tab("by-hand", "To create", open="by-hand", rare=True),
    Tab("older", "Older", open="older", rare=True),
    Tab("buyer-asks", "Buyer asks to cancel", open="buyer-asks", rare=True),
    Tab("return-requested", "Return requested", open="return", rare=True),
)
BY_KEY: Mapping[str, Tab] = {tab.key: tab for tab in TABS}


def tab_of(key: str) -> Tab:
    """The tab of an address; All where there is none of that name."""
    return BY_KEY.get(key, TABS[0])


_NEWEST = select(
    select(func.max(Order.updated_at)).scalar_subquery(), select(func.max(TimelineEntry.id)).scalar_subquery()
)


def version() -> str:
    """Changes whenever any order or timeline changed. Two look-ups in indexes."""
    newest, line = db.session.execute(_NEWEST).one()
    moment = f"{newest.timestamp():.6f}" if newest else "0"
    return f"{moment}-{line or 0}"


@dataclass
class _Counted:
    version: str
    counts: dict[str, int]
    at: float
    took: float


#: Beside the tabs' keys: orders that were announced and not read yet.
UNREAD = "unread"
#: Counting a million rows takes a while: a count that took long is kept for so many times as long.
KEPT_FOR = 20
#: So many are counted in no time, whenever something changed.
COUNTED_AT_ONCE = 20_000


def counts(at_version: str) -> tuple[dict[str, int], str]:
    """How many orders each tab holds, by the tab's key, and the version that this is true of: it may be an older one."""
    kept: _Counted | None = current_app.extensions.get("order_counts")
    if kept is not None:
        is_costly = kept.counts["all"] > COUNTED_AT_ONCE and time.monotonic() - kept.at < kept.took * KEPT_FOR
        if kept.version == at_version or is_costly:
            return kept.counts, kept.version
    started = time.monotonic()
    counted = _count()
    ended = time.monotonic()
    current_app.extensions["order_counts"] = _Counted(at_version, counted, ended, ended - started)
    return counted, at_version


def _count() -> dict[str, int]:
    by_status: Counter[str] = Counter()
    errors = 0
    grouped = select(Order.status, Order.sync_state, func.count()).group_by(Order.status, Order.sync_state)
    for status, state, count in db.session.execute(grouped):
        by_status[status] += count
        if state == SyncState.ERROR:
            errors += count
    found = {tab.key: by_status[tab.status] for tab in TABS if tab.status}
    for tab in TABS:
        condition = tab.condition() if tab.open else None
        if condition is not None:  # few orders, by an index of their own
            found[tab.key] = db.session.scalar(select(func.count()).select_from(Order).where(condition)) or 0
    return found | {"all": by_status.total(), "error": errors, UNREAD: by_status[""]}


def shown(counted: Mapping[str, int], current: Tab) -> list[tuple[Tab, int]]:
    """The tabs to show, each with its counter."""
    return [(tab, counted[tab.key]) for tab in TABS if not tab.rare or counted[tab.key] or tab is current]
