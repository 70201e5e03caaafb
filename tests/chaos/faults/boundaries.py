"""Workers killed at every place where it matters: between two lines that write or call, and inside every call."""

from __future__ import annotations

import time
from contextlib import nullcontext

from sandbox.stack import SHOP_ID
from tests.chaos.lab import Lab
from tests.chaos.measures import SHORT
from tests.chaos.rules import Rules

#: Where every order comes by.
ALWAYS = [
    *(f"step-{name}" for name in ("CreateInMagento", "CorrectInMagento", "InvoiceInMagento")),
    *(f"step-{name}" for name in ("WriteExternalReference", "NoteInMagento")),
    *(f"receipt-{name}" for name in ("magento_cart_id", "magento_placing_at", "placed", "magento_asked_at")),
    *(f"receipt-{name}" for name in ("corrected", "invoiced", "external_reference", "commented_status")),
    *("take", "read", "document", "finish", "give-back"),
]
#: Where those come by that are cancelled, shipped or refunded.
SOME = [
    *(f"step-{name}" for name in ("TellShipped", "CommentInMagento", "RefundInMagento", "CreditInMagento")),
    *("step-CancelInMagento", "receipt-cancelled", "shipment-telling", "shipment-told"),
    *("credit-key", "credit-done", "aftersales"),
    *(f"step-{name}" for name in ("SendCancel", "SettleAsk", "RequestCancel", "SendAnswer", "SettleAnswer")),
]

#: Only what is cancelled before it was invoiced is cancelled in Magento (the rest is credited): so some are invoiced late.
LATE_INVOICES = {"kind": "status", "status": 503, "path": r"/invoice", "probability": 0.3, "times": None}


def worker_killed_at_every_boundary(lab: Lab) -> None:
    """One ticket a boundary: the first worker that comes there dies.

    In the long form orders flow on until all are used. In short, every order comes by all of those that are drawn.
    """
    tickets = lab.folder / "tickets"
    tickets.mkdir(exist_ok=True)
    names = [f"{when}-{name}" for name in (ALWAYS if SHORT else ALWAYS + SOME) for when in ("before", "after")]
    if SHORT:
        names = lab.rng.sample(names, 8)
    lab.stack.end("worker")
    lab.stack.inside = {"CHAOS_TICKETS": str(tickets)}
    for name in names:
        (tickets / name).touch()
    lab.stack.begin("worker")
    with (
        nullcontext() if SHORT else lab.rules("magento", LATE_INVOICES),
        nullcontext() if SHORT else lab.orders_flow_on(),
    ):
        lab.sees(lambda: not any(tickets.iterdir()) or (not lab.flowing and lab.is_quiet(lab.states())), within=900)
    lab.flow_over.wait()
    left = sorted(ticket.name for ticket in tickets.iterdir())
    for name in left:
        (tickets / name).unlink()
    lab.stack.end("worker")
    lab.stack.inside = {}
    lab.stack.begin("worker")
    assert not left, f"nobody died at {left}"


#: The calls that every order makes: side, method, path, query.
EVERY = [
    ("magento", "GET", r"/products", ""),
    ("magento", "POST", r"/carts/$", ""),
    ("magento", "POST", r"/carts/\d+/items", ""),
    ("magento", "POST", r"/shipping-information", ""),
    ("magento", "PUT", r"/carts/\d+/order", ""),
    ("magento", "POST", r"/V1/orders$", ""),
    ("magento", "GET", r"/V1/orders/\d+$", ""),
    ("magento", "POST", r"/invoice", ""),
    ("magento", "POST", r"/comments", ""),
    ("tiktok", "GET", r"/order/\d+/orders$", ""),
    ("tiktok", "POST", r"/orders/search", ""),
    ("tiktok", "POST", r"external_orders", ""),
]
#: Those that are made now and then: for cancelled, shipped and refunded orders, and for one whose placing was broken off
#: (found again by its cart).
RARE = [
    ("magento", "GET", r"/V1/orders$", "quote_id"),
    ("magento", "POST", r"/V1/orders/\d+/cancel", ""),
    ("magento", "POST", r"/refund", ""),
    ("magento", "GET", r"/creditmemos", ""),
    ("magento", "GET", r"/shipments", ""),
    ("tiktok", "POST", r"/fulfillment/\d+/orders/\d+/packages", ""),
    ("tiktok", "POST", r"/cancellations/search", ""),
    ("tiktok", "POST", r"/cancellations$", ""),
    ("tiktok", "POST", r"/cancellations/[^/]+/approve", ""),
    ("tiktok", "POST", r"/cancellations/[^/]+/reject", ""),
    ("tiktok", "POST", r"/returns/search", ""),
]
#: Renewing the tokens, without the work: the sandbox's refresh token is good for one call, so that after one that was done
#: and whose answer nobody got, only the merchant can connect the shop again.
RENEWING = ("tiktok", "GET", r"/token/refresh", "", "status")
#: Seconds for which such a call lasts; far longer than it takes from seeing it to killing its worker.
SLOW = 5.0
Call = tuple[str, str, str, str, str]


def worker_killed_inside_every_call(lab: Lab) -> None:
    """A call is made slow (before the work, or after it), and while the worker waits in it, it is killed.

    The rare ones are slow all the time, the others one after the other; orders flow on until each was struck. In short, five
    of those that every order makes.
    """
    every, rare = ([(*call, kind) for call in calls for kind in ("delay", "after")] for calls in (EVERY, RARE))
    every, rare = (lab.rng.sample(every, 4), []) if SHORT else (lab.rng.sample(every, len(every)), [*rare, RENEWING])
    now_and_then = [_slow(lab, side, rare) for side in ("magento", "tiktok")]
    killer = Killer(lab, now_and_then)
    late = nullcontext() if SHORT else lab.rules("magento", LATE_INVOICES)
    with late, lab.orders_flow_on():
        for each in now_and_then:
            each.begin()
        if RENEWING in rare:
            # Once: who is killed in a renewal that was done has lost the tokens, and that is not what is tried here.
            lab.stack.post("tiktok", f"shops/{SHOP_ID}/expire_tokens")
        for call in every:
            one = _slow(lab, call[0], [call])
            one.begin()
            killer.watch(one)
            one.end()
            killer.rest(3, 5)
        for each in now_and_then:
            killer.watch(each)
            each.end()
    lab.flow_over.wait()


def _slow(lab: Lab, side: str, calls: list[Call]) -> Rules:
    """Rules for those on one side, each for one call only."""
    return lab.rules(
        side,
        *(
            {"kind": kind, "status": 503, "method": method, "path": path, "query": query, "seconds": SLOW}
            for of_side, method, path, query, kind in calls
            if of_side == side
        ),
    )


class Killer:
    """Kills the worker each time that one of the rules in force has struck."""

    def __init__(self, lab: Lab, always: list[Rules]) -> None:
        self._lab, self._always = lab, always
        self._killed: dict[Rules, int] = {}

    def watch(self, wanted: Rules, within: float = 240 if SHORT else 600) -> None:
        """Until each of the wanted rules has struck, and the worker in it was killed."""
        give_up = time.monotonic() + within
        while not wanted.have_struck() or sum(wanted.hits) > self._killed.get(wanted, 0):
            assert self._lab.flowing and time.monotonic() < give_up, f"nobody called {wanted}: {wanted.hits}"
            self._look({wanted, *self._always})

    def rest(self, least: float, most: float) -> None:
        """Lets the worker come up, and do some work."""
        ends = time.monotonic() + self._lab.rng.uniform(least, most)
        while time.monotonic() < ends:
            self._look(set(self._always))

    def _look(self, rules: set[Rules]) -> None:
        lab, looked_at = self._lab, time.monotonic()
        lab.pause(0.05)
        struck = {each: sum(each.hits) for each in rules}
        if any(hits > self._killed.get(each, 0) for each, hits in struck.items()):
            lab.stack.kill("worker")
            assert time.monotonic() - looked_at < SLOW, "killed too late: the call was over"
            self._killed |= struck
            lab.stack.begin("worker")
