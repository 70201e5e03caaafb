"""One order is worked on by one worker at a time: a lease on its row, with an owner and an end.

Taken by one conditional UPDATE, renewed and checked before each call to the outside. It is longer than the longest call,
so a lease that was good before a call is good until the call's answer is written down. A worker that slept through its
lease finds out before its next call and does nothing more.
"""

from __future__ import annotations

import os
import socket
import uuid
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, Table, and_, bindparam, case, or_, update
from sqlalchemy.orm import Session

from connector import clock
from connector.extensions import db
from connector.http import CALL_DEADLINE
from connector.models import Order
from connector.models.transaction import table_transaction, transaction
from connector.sync import stopping
from connector.sync.claims import changed

#: How long a lease lasts. The order of a killed worker rests for no longer than this.
LEASE = timedelta(seconds=CALL_DEADLINE + 20)
#: What must be left of it before a call begins: the call, and the moment that it takes to write down its answer.
ENOUGH = timedelta(seconds=CALL_DEADLINE + 5)


#: After so many runs in a row whose worker died the order is what kills them. Workers that are killed at random now and then
#: meet the same order again only once in a LEASE, and each run that ends begins the count anew.
MOST_UNENDED = 10

_HOST = socket.gethostname()[:24]


class LeaseLost(Exception):
    """Somebody else works on the order by now; whatever we still wanted to do is theirs."""


class Lease:
    """The right to work on one order. `hold` is called before every call to TikTok or Magento."""

    def __init__(self, row_id: int, owner: str, until: datetime, unended_runs: int = 0) -> None:
        self.row_id = row_id
        self.owner = owner
        self.until = until
        #: How many runs in a row before this one did not end.
        self.unended_runs = unended_runs
        #: The newest observation that is no news to its holder: the one that was read last, or made by the holder itself.
        self.observed = 0
        #: Given back with the order's last receipt.
        self.is_given_back = False

    def row(self, session: Session) -> Order:
        """The order's row, locked, inside the caller's transaction. Raises LeaseLost."""
        row = session.get_one(Order, self.row_id, with_for_update={"of": Order})
        self.check(row)
        return row

    def check(self, row: Order) -> None:
        """Raises LeaseLost when the order's row, as it was just read, says that somebody else works on it by now."""
        if row.lease_owner != self.owner:
            raise LeaseLost

    def mark(self, session: Session) -> None:
        """Notes that something of the order is written now, inside the caller's transaction. Raises LeaseLost.

        The row is locked by it, and not read.
        """
        held = update(Order).where(Order.id == self.row_id, Order.lease_owner == self.owner)
        if changed(session.execute(held.values(updated_at=clock.now()))) == 0:
            raise LeaseLost

    def hold(self) -> None:
        """Makes sure that the lease outlasts one more call. Raises LeaseLost, or Stopping when the process shall stop."""
        if db.session().in_transaction():
            raise RuntimeError("a transaction is open during a call to the outside")
        stopping.check()
        now = clock.now()
        if self.until - now >= ENOUGH:
            return
        until = now + LEASE
        with transaction() as session:
            result = session.execute(
                update(Order)
                .where(Order.id == self.row_id, Order.lease_owner == self.owner, Order.lease_until > now)
                .values(lease_until=until)
            )
            if changed(result) == 0:
                raise LeaseLost
        self.until = until


def is_due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether there is something to do for an order now.

    An observation that nobody has worked on yet is due whatever its `due_at` says: that was written by a clock which may
    have been ahead and was put right meanwhile.
    """
    is_untouched = and_(Order.due_at.is_not(None), Order.attempts == 0, Order.handled < Order.observed)
    return or_(Order.due_at <= now, is_untouched)


_ORDERS = Order.__table__
assert isinstance(_ORDERS, Table)  # noqa: S101
_MOMENT = bindparam("moment", type_=_ORDERS.c.due_at.type)
#: Made once: making it took longer than running it.
_TAKE = (
    _ORDERS.update()
    .where(
        _ORDERS.c.id == bindparam("row_id"),
        or_(_ORDERS.c.lease_until.is_(None), _ORDERS.c.lease_until <= _MOMENT),
        is_due(_MOMENT),
    )
    # A run that ended leaves no owner.
    .values(unended_runs=case((_ORDERS.c.lease_owner.is_(None), 0), else_=_ORDERS.c.unended_runs + 1))
    .returning(_ORDERS.c.unended_runs)
)
_GIVE_BACK = _ORDERS.update().where(_ORDERS.c.id == bindparam("row_id"), _ORDERS.c.lease_owner == bindparam("held_by"))


def take(row_id: int) -> Lease | None:
    """The lease on an order; None while somebody else has it, or when nothing is due: jobs come in doubles, and late."""
    now = clock.now()
    owner = f"{_HOST}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    with table_transaction() as connection:
        taken = connection.execute(
            _TAKE, {"row_id": row_id, "moment": now, "lease_owner": owner, "lease_until": now + LEASE}
        ).one_or_none()
    return Lease(row_id, owner, now + LEASE, taken.unended_runs) if taken else None


def give_back(lease: Lease) -> None:
    """Ends a lease early. Nothing happens when it was lost, or given back already."""
    if lease.is_given_back:
        return
    with table_transaction() as connection:
        connection.execute(
            _GIVE_BACK,
            {"row_id": lease.row_id, "held_by": lease.owner, "lease_owner": None, "lease_until": None},
        )
