"""Every pair of (state on TikTok, state in Magento) x (cancel from panel, buyer, TikTok, Magento; return; refund).

What must follow is the table. `-`: TikTok or Magento does not let it happen; the pair is then left alone. After each, Magento's
own check of its reservations and sums must find nothing, and what is sold must be what is missing in stock. Then the same
again on a bad day, when a call fails, works without a word, or is done twice: the outcome must be the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector.sync import asks
from sandbox.tiktok.errors import ApiError
from tests.support.bad_days import Line, bad_days, comments_of
from tests.support.kept import keep
from tests.sync.aftersales import Clock, Desk

pytestmark = pytest.mark.either_database

#: never: not created, or created and not known to anybody any more. undone: cancelled or credited, stock back.
#: refused: TikTok says no, all is as it was. credited: one credit memo of TikTok's refund. told: no credit memo.
#: as is: nothing follows. Anything else is the error that a person gets to see.
MAGENTO = ("none", "new", "invoiced", "held", "shipped", "undone")
SHIPPED = "cancelled_after_shipping"
BY_HAND = "cancelled_in_magento"
HELD = "on_hold_in_magento"
TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    #                          none        new         invoiced    held        shipped     undone
    "panel": {
        "UNPAID":              ("never",),
        "ON_HOLD":             ("never",),
        "AWAITING_SHIPMENT":   ("never",    "undone",   "undone",   "undone",   SHIPPED,    "undone"),
        "AWAITING_COLLECTION": ("refused",  "refused",  "refused",  "refused",  "refused",  "as is"),
        "IN_TRANSIT":          ("refused",  "refused",  "refused",  "refused",  "refused",  "as is"),
        "DELIVERED":           ("refused",  "refused",  "refused",  "refused",  "refused",  "as is"),
        "COMPLETED":           ("refused",  "refused",  "refused",  "refused",  "refused",  "as is"),
    },
    "buyer": {
        "UNPAID":              ("never",),
        "ON_HOLD":             ("never",),
        # While the buyer waits for an answer the order goes on: it is created, and undone with the approval.
        "AWAITING_SHIPMENT":   ("undone",   "undone",   "undone",   "undone",   SHIPPED,    "undone"),
        "AWAITING_COLLECTION": ("-",        "-",        "-",        "-",        "-",        "-"),
    },
    "TikTok": {
        "UNPAID":              ("never",),
        "ON_HOLD":             ("never",),
        "AWAITING_SHIPMENT":   ("never",    "undone",   "undone",   "undone",   SHIPPED,    "undone"),
        "AWAITING_COLLECTION": ("never",    "undone",   "undone",   "undone",   SHIPPED,    "undone"),
        "IN_TRANSIT":          ("never",    "undone",   "undone",   "undone",   SHIPPED,    "undone"),
        "DELIVERED":           ("never",    "undone",   "undone",   "undone",   SHIPPED,    "undone"),
        "COMPLETED":           ("-",        "-",        "-",        "-",        "-",        "-"),
    },
    "Magento": {
        "AWAITING_SHIPMENT":   ("-",        BY_HAND,    BY_HAND,    "-",        BY_HAND,    "-"),
        "AWAITING_COLLECTION": ("-",        BY_HAND,    "as is",    "-",        "as is",    "-"),
        "IN_TRANSIT":          ("-",        BY_HAND,    "as is",    "-",        "as is",    "-"),
        "DELIVERED":           ("-",        BY_HAND,    "as is",    "-",        "as is",    "-"),
        "COMPLETED":           ("-",        BY_HAND,    "as is",    "-",        "as is",    "-"),
    },
    "Magento, to be followed": {
        "AWAITING_SHIPMENT":   ("-",        "undone",   "undone"),
        "AWAITING_COLLECTION": ("-",        BY_HAND,    "as is"),
    },
    "return": {
        "AWAITING_SHIPMENT":   ("-",        "-",        "-",        "-",        "-",        "-"),
        "IN_TRANSIT":          ("credited", "told",     "credited", HELD,       "credited", "told"),
        "DELIVERED":           ("credited", "told",     "credited", HELD,       "credited", "told"),
        "COMPLETED":           ("-",        "-",        "-",        "-",        "-",        "-"),
    },
    "refund": {
        "AWAITING_SHIPMENT":   ("-",        "-",        "-",        "-",        "-",        "-"),
        "IN_TRANSIT":          ("credited", "told",     "credited", HELD,       "credited", "told"),
        "DELIVERED":           ("credited", "told",     "credited", HELD,       "credited", "told"),
        "COMPLETED":           ("-",        "-",        "-",        "-",        "-",        "-"),
    },
}  # fmt: skip
ROAD = {"AWAITING_COLLECTION": "ship", "IN_TRANSIT": "collect", "DELIVERED": "deliver", "COMPLETED": "complete"}
SOLD = {"MUG-01": 2, "HAT-07": 1}


CASES = [
    pytest.param(action, status, in_magento, outcome, id=f"{action}-{status}-{in_magento}")
    for action, by_status in TABLE.items()
    for status, outcomes in by_status.items()
    for in_magento, outcome in zip(MAGENTO, outcomes, strict=False)
]


def prepare(desk: Desk, status: str, in_magento: str) -> str:
    """An order in this pair of states."""
    if in_magento == "new":
        desk.work.configure(invoice=False)
    if in_magento == "none":
        first = status if status in ("UNPAID", "ON_HOLD") else "AWAITING_SHIPMENT"
        order_id = desk.placed(synced=False, status=first)
        desk.hear(order_id)
    else:
        order_id = desk.placed()
        magento_id = desk.work.row(order_id).magento_order_id
        if in_magento == "held":
            desk.admin.hold(magento_id)
        elif in_magento == "shipped":
            desk.admin.ship(magento_id)
        elif in_magento == "undone":
            desk.magento_cancels(order_id)
    for reached, action in ROAD.items():
        if status in ROAD and list(ROAD).index(reached) <= list(ROAD).index(status):
            desk.act(order_id, action)
    assert desk.tiktok(order_id) == status
    return order_id


def do(desk: Desk, action: str, order_id: str, in_magento: str) -> None:
    """What somebody does. Raises ApiError or asks.Refused where it is not possible."""
    if action == "panel":
        desk.cancel(order_id)
    elif action == "buyer":
        desk.act(order_id, "request_cancellation")
        if desk.tiktok(order_id) != "CANCELLED":
            desk.settle(order_id)
            desk.answer(order_id, "approve")
    elif action == "TikTok":
        desk.act(order_id, "cancel", by="SYSTEM")
    elif action.startswith("Magento"):
        if action != "Magento":
            desk.work.configure(magento_cancel="cancel", invoice=in_magento != "new")
        if in_magento in ("none", "held", "undone"):
            raise asks.Refused("not possible in Magento's admin")
        desk.magento_cancels(order_id)
    else:
        desk.act(order_id, "request_return", return_type="RETURN_AND_REFUND" if action == "return" else "REFUND")
        for _ in range(2 if action == "return" else 1):
            desk.act(order_id, "approve_return")


@pytest.mark.parametrize(("action", "status", "in_magento", "outcome"), CASES)
def test_what_must_follow(
    desk: Desk, clock: Clock, action: str, status: str, in_magento: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = prepare(desk, status, in_magento)
    try:
        do(desk, action, order_id, in_magento)
    except (ApiError, asks.Refused):
        assert outcome in ("-", "refused"), "it was not possible"
        if outcome == "-":
            return
    assert outcome != "-", "it was possible"
    bring_back = keep(desk.work.tiktok, desk.work.magento)
    with monkeypatch.context() as patch:
        line = Line(patch)
        row = desk.settle(order_id)
    again = desk.settle(order_id)  # heard a second time: nothing more
    assert (again.sync_state, again.error_code) == (row.sync_state, row.error_code)
    check(desk, order_id, desk.magento(order_id), row, action, status, in_magento, outcome)
    desk.assert_books_are_right()
    wrong = []
    for place, fault in bad_days(f"{action}-{status}-{in_magento}", line.calls):
        bring_back()
        clock.ahead = timedelta(0)
        with monkeypatch.context() as patch:
            Line(patch, place, fault)
            desk.settle(order_id, most=3)
            clock.turn(minutes=61)
            row = desk.settle(order_id)
        order = desk.magento(order_id)
        try:
            check(desk, order_id, order, row, action, status, in_magento, outcome)
            desk.assert_books_are_right()
            assert len(desk.tiktok_book(order_id)["cancellations"]) <= 1
            comments = comments_of(order["comments"], line.calls[place], fault) if order else []
            assert len(comments) == len(set(comments))
        except AssertionError as error:
            what = f"{fault} at call {place}, {line.calls[place]}"
            wrong.append(f"{what}: {row.sync_state} {row.error_code} {row.error_message}\n{error}")
    assert not wrong, "\n".join(wrong)


def check(
    desk: Desk, order_id: str, order: Any, row: Any, action: str, status: str, in_magento: str, outcome: str
) -> None:
    memos = order["creditmemos"] if order else []
    if outcome == "never":
        assert (desk.tiktok(order_id), row.sync_state, order, desk.sold()) == ("CANCELLED", "synced", None, {})
    elif outcome == "undone":
        assert (desk.tiktok(order_id), row.sync_state, row.error_code) == ("CANCELLED", "synced", "")
        assert order["state"] in ("canceled", "closed")
        assert len(memos) == (0 if in_magento == "new" or order["state"] == "canceled" else 1)
        assert desk.sold() == {}
    elif outcome in ("refused", "as is"):
        assert desk.tiktok(order_id) == status
        assert row.sync_state == "synced" or row.error_code.startswith(
            ("shipment", "tracking", "carrier", "no_tracking")
        )
        assert row.status == status
        expected = 1 if in_magento == "undone" or action.startswith("Magento") else 0
        assert len(memos) == expected
    elif outcome == "credited":
        assert (row.sync_state, row.error_code, len(memos)) == ("synced", "", 1)
        desk.assert_refunded_once(order_id)
        kept = in_magento == "shipped" and action == "refund"
        assert desk.sold() == (SOLD if kept else {})
    elif outcome == "told":
        assert (row.sync_state, row.error_code) == ("synced", "")
        assert len(memos) == (1 if in_magento == "undone" else 0)
        assert desk.returned(order_id).followed in ("told", "credited")
    else:
        assert (row.sync_state, row.error_code) == ("error", outcome)
        assert len(memos) == (1 if action.startswith("Magento") and order["state"] == "closed" else 0)
