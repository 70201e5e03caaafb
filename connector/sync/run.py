"""One run on one order: what the steps need, and how they write down what they did.

No transaction is open while a step calls outside; every receipt is one short transaction that writes the order's columns
and its timeline line together, and only as long as the run still holds the order's lease. What need not be known before the
next call is written with the next receipt that must be: `receipt(..., later=True)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, Update, bindparam, case, or_

from connector import clock
from connector.domain.customers import Customer
from connector.domain.errors import ConnectorError
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order as OrderValue
from connector.domain.plan import Record, Step
from connector.domain.settings import ShopSettings
from connector.domain.shipping_steps import Ask, Shipping
from connector.domain.statuses import SyncState
from connector.magento.client import MagentoClient
from connector.models import Order
from connector.models.timeline import MAGENTO
from connector.models.transaction import table_transaction
from connector.sync import metrics
from connector.sync.lease import Lease, LeaseLost
from connector.sync.store_facts import StoreFacts
from connector.sync.timeline import line, write_lines
from connector.tiktok.client import TikTokClient

ORDERS = Order.__table__
assert isinstance(ORDERS, Table)  # noqa: S101
#: As long as the run holds the order's lease; says what was observed, and decided by a person, meanwhile. Made once, and
#: executed with the columns to be set: made for each receipt, a statement takes longer than the database does.
RECEIPT = (
    ORDERS.update()
    .where(ORDERS.c.id == bindparam("held_id"), ORDERS.c.lease_owner == bindparam("held_by"))
    .returning(ORDERS.c.observed, ORDERS.c.sync_state)
)
_IS_NEWS = ORDERS.c.observed != bindparam("was_observed")
_IS_IGNORED = ORDERS.c.sync_state == SyncState.IGNORED
#: The order's last receipt: what was observed meanwhile keeps it due, and the lease held. One that was marked to be ignored
#: meanwhile stays so.
LAST_RECEIPT = RECEIPT.values(
    sync_state=case((_IS_IGNORED, ORDERS.c.sync_state), else_=bindparam("end_state")),
    due_at=case(
        (or_(_IS_IGNORED, _IS_NEWS), ORDERS.c.due_at), else_=bindparam("end_due_at", type_=ORDERS.c.due_at.type)
    ),
    lease_owner=case((_IS_NEWS, ORDERS.c.lease_owner), else_=None),
    lease_until=case((_IS_NEWS, ORDERS.c.lease_until), else_=None),
)

#: Receipts by which Magento has followed what TikTok said.
FOLLOWED = ("placed", "recorded", "cancelled", "refunded")
#: What the merchant's settings let an order wait for (connector.domain.steps.Wait): that Magento follows later is wanted.
MERCHANTS_WAITS = ("by_hand", "held_by_rule", "merchants_wait", "older", "sample", "sample_window")


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


@dataclass(frozen=True, kw_only=True)
class ShopFacts:
    """What is known of the order's shop beside its settings."""

    id: int
    region: str
    ships_by: str


@dataclass(kw_only=True)
class Run:
    """What a step may use. `order` and `magento` are as they were read at the beginning of the round.

    `row` is the order's row as it was read, with the columns that this run has written since. It belongs to no session:
    touching it reads and writes nothing. `keys` and `record` are made of it at the beginning of each round.
    """

    row_id: int
    lease: Lease
    row: Order
    #: The number of the observation before which everything here was read.
    read_at: int
    shop: ShopFacts
    order: OrderValue
    #: What the Magento order is made of: `order`, or several that became one (connector.sync.together).
    whole: OrderValue
    record: Record
    keys: Keys
    settings: ShopSettings
    tiktok: TikTokClient
    magento_client: MagentoClient
    store: StoreFacts
    #: The store did not answer lately (connector.sync.resting).
    store_rests_until: datetime | None = None
    magento: MagentoOrder | None = None
    #: The customer of the buyer's own, once it was found or created.
    customer: Customer | None = None
    shipping: Shipping = field(default_factory=lambda: Shipping(region=""))

    #: What a person asked for that is not done, and whether products of the order had problems.
    asks: tuple[Ask, ...] = ()
    has_problems: bool = False
    #: What people asked for about packages, as steps that do not wait for Magento.
    on_packages: Sequence[Step] = ()
    #: What came instead of cancellations and returns, or of an answer to what TikTok was asked about them or about packages.
    #: TikTok is still told of parcels that have gone, and nothing else is done.
    failed: ConnectorError | None = None
    #: Something was observed, or the order is to be left alone: what was read does not count any more.
    is_overtaken: bool = False
    #: Whether this run knows what is written down of the order: nothing but its own receipts was written since the reading.
    is_known: bool = True
    _columns: dict[str, Any] = field(default_factory=dict)
    _lines: list[dict[str, Any]] = field(default_factory=list)

    def receipt(
        self,
        code: str = "",
        sentence: str = "",
        *,
        kind: str = MAGENTO,
        is_error: bool = False,
        details: dict[str, Any] | None = None,
        later: bool = False,
        **columns: Any,
    ) -> None:
        """Writes columns of the order's row, and a timeline line when `code` is given. Raises LeaseLost.

        `later`: with the next receipt, or at the end of the round. Only for what the next run finds out by itself, should this
        process be killed before.
        """
        self._columns |= columns
        for name, value in columns.items():
            setattr(self.row, name, value)
        if code:
            self._lines.append(line(self.row_id, kind, code, sentence, is_error=is_error, details=details))
            self.told(code)
        if not later:
            self._write(RECEIPT, {})

    def look_anew(self, row: Order) -> None:
        """Has the next round read the order anew, whatever becomes of the call that follows; in the transaction, of the
        caller's, that has locked the row. It is no news to this run: should the call fail, the order waits for its next try.
        """
        row.observed += 1
        self.lease.observed += 1

    def told(self, code: str) -> None:
        """Counts a receipt, and how long after Magento could have followed it came."""
        metrics.count("connector_steps", step=code)
        if code in FOLLOWED:
            metrics.observe("connector_lag_seconds", (clock.now() - self._free_since()).total_seconds(), step=code)

    def _free_since(self) -> datetime:
        """Since when Magento could have followed: TikTok's update, or the end of what held the order on our side.

        A person asked for it or released it from Error, a wait of the merchant's ended: then it was due, or failed since. And
        an order from before the shop was connected could not be known sooner.
        """
        row, moments = self.row, [self.order.update_time]
        was_held = row.waiting_for in MERCHANTS_WAITS or row.error_code != ""
        if was_held and (begun := row.failing_since or row.due_at):
            moments.append(begun)
        if self.keys.is_from_before:
            moments.append(self.keys.known_at)
        return max(moments)

    def write_down(self) -> None:
        """Writes what was left for later, if anything was. Raises LeaseLost."""
        if self._columns or self._lines:
            self._write(RECEIPT, {})

    def finish(self, state: str, again_at: datetime | None, **columns: Any) -> bool:
        """Writes what was left for later and how the order stands; gives the lease back unless something new was observed.
        Returns whether it was given back. Raises LeaseLost."""
        end = {"end_state": state, "end_due_at": again_at, "was_observed": self.read_at}
        observed = self._write(LAST_RECEIPT, {**columns, **end})
        self.lease.is_given_back = observed == self.read_at
        return self.lease.is_given_back

    def _write(self, statement: Update, values: Mapping[str, Any]) -> int:
        held = {"held_id": self.row_id, "held_by": self.lease.owner}
        with table_transaction() as connection:
            found = connection.execute(
                statement, {"updated_at": clock.now(), **self._columns, **values, **held}
            ).one_or_none()
            if found is None:
                raise LeaseLost
            write_lines(connection, self._lines)
        self._columns, self._lines = {}, []
        self.is_overtaken = found.observed != self.read_at or found.sync_state == SyncState.IGNORED
        return int(found.observed)
