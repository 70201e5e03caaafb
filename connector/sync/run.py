"""One run on one order: what the steps need, and how they write down what they did.

No transaction is open while a step calls outside; every receipt is one short transaction that writes the order's columns
and its timeline line together, and only as long as the run still holds the order's lease.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, update

from connector import clock
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order as OrderValue
from connector.domain.plan import Record
from connector.domain.settings import ShopSettings
from connector.domain.shipping_steps import Shipping
from connector.magento.client import MagentoClient
from connector.models import Order
from connector.models.timeline import MAGENTO
from connector.models.transaction import transaction
from connector.sync import metrics
from connector.sync.lease import Lease, LeaseLost
from connector.sync.store_facts import StoreFacts
from connector.sync.timeline import record
from connector.tiktok.client import TikTokClient

#: Receipts by which Magento has followed what TikTok said.
FOLLOWED = ("placed", "recorded", "cancelled", "refunded")


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys of the Magento side as they stand in the order's row."""

    cart_id: int | None
    placing_at: datetime | None
    order_id: int | None
    #: When the order became known here.
    known_at: datetime
    increment_id: str = ""
    #: It was placed before the shop was connected: another connector may have created it.
    is_from_before: bool = False


@dataclass(kw_only=True)
class Run:
    """What a step may use. `order` and `magento` are as they were read at the beginning of the round."""

    row_id: int
    lease: Lease
    order: OrderValue
    record: Record
    keys: Keys
    settings: ShopSettings
    tiktok: TikTokClient
    magento_client: MagentoClient
    store: StoreFacts
    magento: MagentoOrder | None = None
    shipping: Shipping = field(default_factory=lambda: Shipping(region=""))

    def receipt(
        self,
        code: str = "",
        sentence: str = "",
        *,
        kind: str = MAGENTO,
        is_error: bool = False,
        details: dict[str, Any] | None = None,
        **columns: Any,
    ) -> None:
        """Writes columns of the order's row, and a timeline line when `code` is given. Raises LeaseLost."""
        with transaction() as session:
            written = session.execute(
                update(Order)
                .where(Order.id == self.row_id, Order.lease_owner == self.lease.owner)
                .values(updated_at=clock.now(), **columns)
            )
            assert isinstance(written, CursorResult)  # noqa: S101
            if written.rowcount == 0:
                raise LeaseLost
            if code:
                record(session, self.row_id, kind, code, sentence, is_error=is_error, details=details)
        if code:
            self.told(code)

    def told(self, code: str) -> None:
        """Counts a receipt that was written down, and how long after TikTok's change it came."""
        metrics.count("connector_steps", step=code)
        if code in FOLLOWED:
            metrics.observe("connector_lag_seconds", (clock.now() - self.order.update_time).total_seconds(), step=code)
