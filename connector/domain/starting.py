"""Starting with a living shop: which of the orders that were placed before the connector came are created by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.domain import statuses
from connector.domain.order import Order

#: What a merchant may choose: only what is placed from now on, what is still open too, or all from a day on.
NOW, OPEN, FROM = "now", "open", "from"
MODES = (NOW, OPEN, FROM)
#: What has still to be shipped when a shop is connected.
OPEN_STATUSES = (statuses.ON_HOLD, statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING)


@dataclass(frozen=True)
class Start:
    """The choice. Without a time, all orders are created: a shop that was connected by command."""

    orders_from: datetime | None
    mode: str = NOW

    @classmethod
    def of(cls, orders_from: datetime | None, stored: Mapping[str, Any] | None) -> Start:
        """From a shop's row (`orders_from`, `start`)."""
        return cls(orders_from, str((stored or {}).get("mode", NOW)))

    def leaves_out(self, order: Order) -> bool:
        """Whether an order is shown only, until a person asks for it.

        With the open ones, what was handed over (`rts_time`) before the shop was connected is left out.
        """
        if self.orders_from is None or order.create_time >= self.orders_from:
            return False
        if self.mode != OPEN:
            return True
        if order.rts_time is not None:
            return order.rts_time < self.orders_from
        return order.status in statuses.SHIPPED
