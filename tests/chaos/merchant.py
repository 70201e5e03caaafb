"""What becomes of orders while all this goes on: cancelled here or there, shipped in Magento, refunded on TikTok.

What happens on the two sides is done through the sandboxes' control APIs, which no fault touches; what is done in the
connector's own panel is pressed until it has worked. Whether it arrived on the other side is the checker's business.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import requests
from sqlalchemy import Table, create_engine, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from connector import clock
from connector.config import database_url
from connector.models import Credit, Shop
from connector.models.returns import SENDING
from connector.sync.steps.credit_attempts import CREDIT_MAY_LAST
from sandbox.stack import Stack
from tests.chaos.panel import Panel

CANCELLATIONS = [("BUYER", "Changed my mind"), ("SELLER", "Out of stock"), ("SYSTEM", "Late")]
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock"
PACKED = "seller_reject_apply_product_has_been_packed"
CARRIER, PROVIDER = "ups", "UPS"
#: Seconds between two looks at what can be done. More of them would take the machine from what is tested.
LOOKS_EVERY = 1.0
#: Seconds between two presses of the same button.
PRESSED_EVERY = 3.0
#: What may become of an order, and of how many in fifty: deeds, one after the other. The others stay as they are.
#: Of one of several pieces, and of money alone, Magento takes a second credit memo, or a second shipment, as readily as the
#: first: only the connector keeps these from being doubled.
FATES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("cancel",)),
    (1, ("cancel_a_piece",)),
    (1, ("undo_in_magento",)),
    (1, ("cancel_in_panel",)),
    (1, ("ask_to_cancel", "approve_in_panel")),
    (1, ("ask_to_cancel", "reject_in_panel")),
    (3, ("ship",)),
    (3, ("ship_a_piece", "ship")),
    (1, ("ship", "refund")),
    (1, ("ship", "refund_a_piece")),
    (1, ("ship", "refund_some_money")),
    (1, ("ship", "take_back")),
    (1, ("ship_a_piece", "ship", "take_back_a_piece")),
)
OF = 50


class Merchant:
    """Draws each order's fate when it is placed, and brings it about as soon as it can be."""

    def __init__(self, stack: Stack, rng: random.Random) -> None:
        self.stack = stack
        self.rng = rng
        self.looked_at = 0.0
        self.panel = Panel(stack)
        self.engine = create_engine(database_url(stack.database_url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with self.engine.connect() as connection:
            # By default an order that was undone in Magento is a person's task.
            connection.execute(update(_table(Shop)).values(settings={"magento_cancel": "cancel"}))
        self.deck: list[tuple[str, ...]] = []
        #: What is still to be done with an order, and from when on.
        self.to_do: dict[str, tuple[str, ...]] = {}
        self.due: dict[str, float] = {}
        #: The buyers' requests to cancel, by order.
        self.requests: dict[str, str] = {}

    def take(self, ids: Iterable[str], now: float) -> None:
        """These orders were placed just `now` (a monotonic time, in seconds)."""
        for each in ids:
            if not self.deck:
                self.deck = [deeds for count, deeds in FATES for _ in range(count)]
                self.deck += [()] * (OF - len(self.deck))
                self.rng.shuffle(self.deck)
            deeds = self.deck.pop()
            if deeds:
                self.to_do[each] = deeds
                self.due[each] = now + self.rng.uniform(0, 8)

    def act(self, now: float) -> None:
        """Does what is due: all that are to be shipped, or undone, by one call."""
        if now - self.looked_at < LOOKS_EVERY:
            return
        self.looked_at = now
        by_deed: dict[str, list[str]] = {}
        for each, deeds in self.to_do.items():
            if self.due[each] <= now:
                by_deed.setdefault(deeds[0], []).append(each)
        statuses = self._statuses(each for deed, ids in by_deed.items() if deed not in IN_MAGENTO for each in ids)
        for deed, ids in by_deed.items():
            if deed in IN_MAGENTO:
                done = IN_MAGENTO[deed](self, ids)
            else:
                done = [each for each in ids if ON_TIKTOK[deed](self, each, statuses[each])]
                if deed.endswith("_in_panel"):
                    self.due |= dict.fromkeys(ids, now + PRESSED_EVERY)
            for each in done:
                self.to_do[each] = self.to_do[each][1:]
                if not self.to_do[each]:
                    del self.to_do[each], self.due[each]
        self._let_an_hour_pass()

    @property
    def is_done(self) -> bool:
        return not self.to_do

    # -- in Magento's admin ----------------------------------------------------------------------------------------------

    def _ship(self, ids: list[str], *, one_piece: bool = False) -> list[str]:
        """Ships what is invoiced; the numbers of an order's two parcels are not the same."""
        orders = {each: f"1Z{each}{'A' * one_piece}" for each in ids}
        return list(
            self.stack.post("magento", "ship", {"orders": orders, "carrier_code": CARRIER, "one_piece": one_piece})
        )

    def _ship_a_piece(self, ids: list[str]) -> list[str]:
        return self._ship(ids, one_piece=True)

    def _undo(self, ids: list[str]) -> list[str]:
        return list(self.stack.post("magento", "undo", {"orders": ids}))

    # -- on TikTok Shop --------------------------------------------------------------------------------------------------

    def _tiktok(self, order_id: str, action: str, **options: Any) -> Any:
        return self.stack.post("tiktok", f"orders/{order_id}/{action}", options)

    def _statuses(self, ids: Iterable[str]) -> dict[str, str]:
        wanted = list(ids)
        return dict(self.stack.post("tiktok", "orders/statuses", {"ids": wanted})) if wanted else {}

    def _lines(self, order_id: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.stack.url('tiktok')}/_sandbox/orders/{order_id}", timeout=60)
        answer.raise_for_status()
        lines: list[dict[str, Any]] = answer.json()["line_items"]
        return lines

    def _cancel(self, order_id: str, status: str) -> bool:
        by, reason = self.rng.choice(CANCELLATIONS)
        self._tiktok(order_id, "cancel", by=by, reason=reason)
        return True

    def _cancel_a_piece(self, order_id: str, status: str) -> bool:
        self._tiktok(order_id, "cancel", by="BUYER", unit_ids=[self._lines(order_id)[0]["id"]])
        return True

    def _ask_to_cancel(self, order_id: str, status: str) -> bool:
        self.requests[order_id] = self._tiktok(order_id, "request_cancellation")["cancel_id"]
        return True

    def _refund(self, order_id: str, status: str, **options: Any) -> bool:
        """The buyer gets money back for what arrived, as soon as TikTok knows that it was shipped."""
        if status != "AWAITING_COLLECTION":
            return False
        self._tiktok(order_id, "collect")
        back = self._tiktok(order_id, "request_return", **{"return_type": "REFUND", **options})
        while back["return_status"] in ("RETURN_OR_REFUND_REQUEST_PENDING", "AWAITING_BUYER_SHIP"):
            back = self._tiktok(order_id, "approve_return")
        return True

    def _refund_a_piece(self, order_id: str, status: str, **options: Any) -> bool:
        if status != "AWAITING_COLLECTION":
            return False
        return self._refund(order_id, status, unit_ids=[self._lines(order_id)[0]["id"]], **options)

    def _refund_some_money(self, order_id: str, status: str) -> bool:
        if status != "AWAITING_COLLECTION":
            return False
        line = self._lines(order_id)[0]
        amount = (Decimal(line["sale_price"]) / 3).quantize(Decimal("0.01"))
        return self._refund(order_id, status, unit_ids=[line["id"]], amount=str(amount))

    def _take_back(self, order_id: str, status: str) -> bool:
        return self._refund(order_id, status, return_type="RETURN_AND_REFUND")

    def _take_back_a_piece(self, order_id: str, status: str) -> bool:
        return self._refund_a_piece(order_id, status, return_type="RETURN_AND_REFUND")

    # -- in the connector's panel ----------------------------------------------------------------------------------------

    def _cancel_in_panel(self, order_id: str, status: str) -> bool:
        """Pressed until TikTok has cancelled the order: however often, it is one cancellation."""
        if status == "CANCELLED":
            return True
        self.panel.press(f"/orders/{order_id}/cancel", reason=OUT_OF_STOCK)
        return False

    def _answer(self, order_id: str, status: str, answer: str, reason: str = "") -> bool:
        if status == "CANCELLED" or not self._asks(order_id):
            return True
        self.panel.press(
            f"/orders/{order_id}/answer-buyer", answer=answer, reason=reason, cancel_id=self.requests[order_id]
        )
        return False

    def _asks(self, order_id: str) -> bool:
        """Whether the buyer still waits for an answer."""
        answer = requests.get(f"{self.stack.url('tiktok')}/_sandbox/orders/{order_id}", timeout=60)
        answer.raise_for_status()
        return bool(answer.json()["document"].get("is_buyer_request_cancel"))

    def _approve(self, order_id: str, status: str) -> bool:
        return self._answer(order_id, status, "approve")

    def _reject(self, order_id: str, status: str) -> bool:
        return self._answer(order_id, status, "reject", PACKED)

    # -- time --------------------------------------------------------------------------------------------------------------

    def _let_an_hour_pass(self) -> None:
        """Makes an hour of half a minute for the credit memos of which the connector doesn't know whether Magento made them.

        Before it repeats one that Magento would take twice, it waits for as long as a request can be at work in a real
        Magento (docs/decisions.md, "Refunds"). Nothing in the sandbox lasts longer than 22 seconds. So these are in time
        with the others; that they are made once is looked at like that of all others.
        """
        credits, now = _table(Credit), clock.now()
        long_ago = now - timedelta(seconds=30)
        unclear = (
            credits.c.state == SENDING,
            credits.c.key != "order",
            credits.c.sending_at.between(now - CREDIT_MAY_LAST, long_ago),
        )
        try:
            with self.engine.connect() as connection:
                connection.execute(update(credits).where(*unclear).values(sending_at=now - 2 * CREDIT_MAY_LAST))
        except SQLAlchemyError:
            return  # the database is what fails just now


def _table(model: type) -> Table:
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    return table


#: All at once; each gives the orders with which it was done.
IN_MAGENTO: dict[str, Callable[[Merchant, list[str]], list[str]]] = {
    "ship": Merchant._ship,
    "ship_a_piece": Merchant._ship_a_piece,
    "undo_in_magento": Merchant._undo,
}
#: One by one, with how TikTok's order stands; each says whether it was done.
ON_TIKTOK: dict[str, Callable[[Merchant, str, str], bool]] = {
    "cancel": Merchant._cancel,
    "cancel_a_piece": Merchant._cancel_a_piece,
    "ask_to_cancel": Merchant._ask_to_cancel,
    "approve_in_panel": Merchant._approve,
    "reject_in_panel": Merchant._reject,
    "cancel_in_panel": Merchant._cancel_in_panel,
    "refund": Merchant._refund,
    "refund_a_piece": Merchant._refund_a_piece,
    "refund_some_money": Merchant._refund_some_money,
    "take_back": Merchant._take_back,
    "take_back_a_piece": Merchant._take_back_a_piece,
}
