"""The comparison of a reconciliation: some seconds at a time, what was found is written down with how far it reached."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select, update

from connector import clock
from connector.domain import reconciling
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order as OrderValue
from connector.domain.statuses import SyncState
from connector.extensions import db, queue
from connector.http import CALL_DEADLINE
from connector.magento import reconciling as magento_reconciling
from connector.magento.client import MagentoClient
from connector.models import Difference, Order, Reconciliation, Shop
from connector.models.transaction import end_transaction, transaction
from connector.sync import compared_rows, gateways, intake, stopping
from connector.tiktok.client import TikTokClient
from connector.tiktok.orders import UnreadableDocument, order_from_document

#: A run whose worker died is taken up again after this long: longer than one call.
LEASE = timedelta(seconds=CALL_DEADLINE + 20)
#: An order that TikTok changed a moment ago may be on its way: it is not judged.
GRACE = timedelta(minutes=2)

T = TypeVar("T")


class Overtaken(Exception):
    """Somebody else took the run up, after this process had slept through its lease."""


@dataclass
class Comparison:
    """Goes through the orders by the time of their creation; what was found up to a moment is written with that moment."""

    run_id: int
    shop_id: int
    reached: datetime
    until: datetime
    tiktok: TikTokClient
    magento: MagentoClient
    #: Whether the merchant wants a cancellation in Magento to be followed on TikTok.
    follows_magento: bool = True
    known: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, run_id: int) -> Comparison:
        run = db.session.get_one(Reconciliation, run_id, populate_existing=True)
        shop = db.session.get_one(Shop, run.shop_id, populate_existing=True)
        reached, until, shop_id = run.reached or run.since, run.until, shop.id

        def hold() -> None:
            stopping.check()
            with transaction() as session:
                gateways.require_connected(session, shop_id)
                session.execute(
                    update(Reconciliation).where(Reconciliation.id == run_id).values(lease_until=clock.now() + LEASE)
                )

        comparison = cls(
            run_id=run_id,
            shop_id=shop_id,
            reached=reached,
            until=until,
            tiktok=gateways.tiktok_client(shop, before_call=hold),
            magento=gateways.magento_client(gateways.store_of(shop), before_call=hold),
            follows_magento=shop.settings.magento_cancel != "nothing",
        )
        end_transaction()
        return comparison

    def run(self, ends: float) -> bool:
        """Compares until `ends` (of the monotonic clock), but a step forward at least. Whether all has been compared."""
        begun_at = self.reached
        pages = self.tiktok.order_pages(
            create_time_ge=self.reached,
            create_time_lt=self.until,
            sort_field="create_time",
            sort_order="ASC",
            page_size=magento_reconciling.MANY,
        )
        # The next page may begin with orders of the second in which this one ends: those are compared with it.
        carried: dict[str, dict[str, Any]] = {}
        for page in pages:
            documents = {**carried, **{str(document["id"]): document for document in page.documents}}
            orders, unreadable = _read(documents)
            newest = max((order.create_time for order in orders.values()), default=self.reached)
            carried = {number: documents[number] for number, order in orders.items() if order.create_time == newest}
            for number in carried:
                del orders[number]
            if not self._compare_up_to(newest, orders, unreadable, documents, ends):
                return False
            if page.next_page_token and self.reached > begun_at and time.monotonic() > ends:
                return False
        return self._compare_up_to(self.until, *_read(carried), carried, ends)

    def _compare_up_to(
        self,
        up_to: datetime,
        orders: dict[str, OrderValue],
        unreadable: dict[str, reconciling.Found],
        documents: Mapping[str, dict[str, Any]],
        ends: float,
    ) -> bool:
        """Compares some orders by slices of the time in which they were created: Magento may have more in it than TikTok.

        Whether it came to its end before `ends`; a slice is compared at least.
        """
        while True:
            in_magento, reaches = magento_reconciling.marketplace_orders(self.magento, self.reached, up_to)
            is_last = reaches >= up_to
            now = {number: order for number, order in orders.items() if is_last or order.create_time < reaches}
            self._compare(now, unreadable, documents, in_magento, up_to=reaches)
            if is_last:
                return True
            orders, unreadable = {number: orders[number] for number in orders.keys() - now.keys()}, {}
            if time.monotonic() > ends:
                return False

    def _compare(
        self,
        orders: dict[str, OrderValue],
        unreadable: dict[str, reconciling.Found],
        documents: Mapping[str, dict[str, Any]],
        in_magento: Sequence[MagentoOrder],
        up_to: datetime,
    ) -> None:
        """Compares some orders, and whatever Magento has of the time from what was reached to `up_to`."""
        self.known |= orders.keys() | unreadable.keys()
        rows = compared_rows.rows_of([*orders, *unreadable])
        carriers = compared_rows.carriers_of(rows)
        magento = self._in_magento(orders, rows, carriers)
        ended = compared_rows.whole_groups_cancelled(orders, carriers, self.tiktok)
        now = clock.now()
        differences = [*unreadable.items(), *self._only_in_magento(in_magento)]
        under_way = agreed = 0
        for number, order in orders.items():
            row = rows.get(number)
            if row is not None and row.sync_state == SyncState.IGNORED:
                agreed += 1  # by the merchant's word
            elif now - order.update_time < GRACE or compared_rows.is_under_way(row, magento[number]):
                under_way += 1
            else:
                known = compared_rows.known_of(
                    row,
                    carriers.get(number),
                    all_cancelled=number in ended,
                    follows_magento=self.follows_magento,
                )
                found_here = reconciling.compare(order, magento[number], known, now)
                differences += [(number, found) for found in found_here]
                agreed += not found_here
        counts = {"orders": len(orders) + len(unreadable), "under_way": under_way, "agreed": agreed}
        self._write(differences, documents, rows, up_to, counts)

    def _in_magento(
        self, orders: Mapping[str, OrderValue], rows: Mapping[str, Order], carriers: Mapping[str, str]
    ) -> dict[str, list[MagentoOrder]]:
        """The Magento orders of each TikTok order: those that carry its number, and the one that is written down here.

        That one may carry it no more: somebody has emptied or changed the field.
        """
        names = sorted({*orders, *carriers.values()})
        by_number: dict[str, list[MagentoOrder]] = defaultdict(list)
        for some in _in_parts(names):
            for found in magento_reconciling.orders_of(self.magento, some):
                by_number[found.ext_order_id].append(found)
        linked = {number: rows[number].magento_order_id for number in orders if number in rows}
        by_id = {found.entity_id: found for many in by_number.values() for found in many}
        for some_ids in _in_parts(sorted({one for one in linked.values() if one is not None} - by_id.keys())):
            by_id |= {found.entity_id: found for found in magento_reconciling.orders_with_ids(self.magento, some_ids)}
        magento: dict[str, list[MagentoOrder]] = {}
        for number in orders:
            magento[number] = list(by_number[carriers.get(number, number)])
            one = by_id.get(linked.get(number) or 0)
            if one is not None and one not in magento[number]:
                magento[number].append(one)
        return magento

    def _write(
        self,
        differences: Sequence[tuple[str, reconciling.Found]],
        documents: Mapping[str, dict[str, Any]],
        rows: dict[str, Order],
        up_to: datetime,
        counts: Mapping[str, int],
    ) -> None:
        to_repair = sorted({number for number, found in differences if found.is_safe})
        in_vain = compared_rows.given_in_vain(
            self.shop_id,
            self.run_id,
            [number for number in to_repair if number in rows and compared_rows.is_handled(rows[number])],
        )
        unknown = [documents[number] for number in to_repair if number not in rows]
        seen: list[intake.Observed] = []
        with transaction() as session:
            run = session.get_one(Reconciliation, self.run_id, with_for_update={"of": Reconciliation})
            if (run.reached or run.since) != self.reached:
                raise Overtaken
            # Unknown orders become rows as in a fetch; known ones are read anew, although nothing of them is newer.
            seen += intake.observe_documents(session, self.shop_id, unknown)
            seen += intake.observe_hints(session, self.shop_id, [number for number in to_repair if number in rows])
            session.add_all(
                Difference(
                    reconciliation_id=self.run_id,
                    tiktok_order_id=number,
                    magento_increment_id=found.magento_increment_id,
                    magento_order_id=found.magento_order_id,
                    kind=found.kind,
                    sentence=found.sentence[:500],
                    is_repaired=found.is_safe and (number, found.kind) not in in_vain,
                )
                for number, found in differences
            )
            if up_to > self.reached:
                run.failing_since = None
            run.reached = up_to
            for name, by in counts.items():
                setattr(run, name, getattr(run, name) + by)
        self.reached = up_to
        queue.wake_orders((order.row_id, order.observed) for order in seen)

    def _only_in_magento(self, in_magento: Sequence[MagentoOrder]) -> list[tuple[str, reconciling.Found]]:
        """Magento orders with a number that TikTok did not list: those that no shop has given us are asked for."""
        strangers: dict[str, MagentoOrder] = {}
        for found in in_magento:
            # Another shop's, or another connector's, are not ours to judge: TikTok's ids are numbers.
            if found.ext_order_id.isdigit() and found.ext_order_id not in self.known:
                strangers[found.ext_order_id] = found
        is_of_tiktok = Order.tiktok_order_id.in_(list(strangers)) & Order.document.is_not(None)
        given = set(db.session.scalars(select(Order.tiktok_order_id).where(is_of_tiktok)))
        end_transaction()
        numbers = sorted(strangers.keys() - given)
        there = {str(document["id"]) for document in self.tiktok.get_orders(numbers)}
        return [(number, reconciling.only_in_magento(strangers[number])) for number in numbers if number not in there]


def _read(documents: Mapping[str, dict[str, Any]]) -> tuple[dict[str, OrderValue], dict[str, reconciling.Found]]:
    """The orders by their numbers, and those that cannot be read: one of them keeps no other from being compared."""
    orders: dict[str, OrderValue] = {}
    unreadable: dict[str, reconciling.Found] = {}
    for number, document in documents.items():
        try:
            orders[number] = order_from_document(document)
        except UnreadableDocument as error:
            # Its own run says the same, and stands in Error.
            unreadable[number] = reconciling.Found(kind=reconciling.UNREADABLE, sentence=error.message, is_safe=True)
    return orders, unreadable


def _in_parts(many: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(many), magento_reconciling.MANY):
        yield many[first : first + magento_reconciling.MANY]
