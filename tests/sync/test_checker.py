"""The checker of both sandboxes' books finds what it is there to find: each good book with one value spoilt in it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from sandbox.tiktok.actions import books_of
from tests.support.apps import Apps, Sandboxes, connect
from tests.support.checker import Findings, compared
from tests.sync.aftersales import Desk
from tests.sync.conftest import Work
from tests.sync.merchant import Merchant

Book = dict[str, Any]
LINES = [
    {"seller_sku": "MUG-01", "quantity": 3, "seller_discount": "1.00", "platform_discount": "0.50"},
    {"seller_sku": "HAT-07", "quantity": 1},
]
FEES = {"retail_delivery_fee": "0.28"}


@dataclass
class Books:
    """Both books of one run, and what was salable before it."""

    tiktok: list[Book]
    magento: Book
    salable: dict[str, Decimal]
    names: dict[str, str]

    def order(self, name: str) -> Book:
        return next(order for order in self.tiktok if order["id"] == self.names[name])

    def found(self, name: str) -> Book:
        return next(order for order in self.magento["orders"] if order["ext_order_id"] == self.names[name])

    def findings(self) -> Findings:
        return compared(self.tiktok, self.magento, self.salable)


@pytest.fixture(scope="module")
def good(apps: Apps, sandboxes: Sandboxes) -> Iterator[Books]:
    """What the connector makes of orders with all kinds of fates, looked at once."""
    tiktok, magento = sandboxes.tiktok(), sandboxes.magento()
    with apps.one("sqlite", TIKTOK_API_URL=tiktok.url, TIKTOK_AUTH_URL=tiktok.url) as app:
        connect(magento.url)
        desk = Desk(Work(app, tiktok, magento))
        desk.work.configure(magento_cancel="cancel")
        names = _run(desk)
        with tiktok.state.lock:
            orders = books_of(tiktok.state.shop(None))
        yield Books(orders, desk.work.magento_books(), desk.before, names)


def _run(desk: Desk) -> dict[str, str]:
    merchant = Merchant(desk.work)
    merchant.map("ups", "UPS")
    names = {
        name: desk.placed(lines=LINES, fees=FEES)
        for name in ("plain", "cancelled", "line", "parcels", "whole", "goods", "two", "money", "magento", "buyer")
    }
    names["bundle"] = desk.placed(lines=[{"seller_sku": "SET-TEE-MUG", "quantity": 1}])
    names["uk"] = desk.placed(lines=LINES, region="GB")
    for name in ("early", "never", "door"):
        names[name] = desk.placed(synced=False, lines=LINES, fees=FEES, is_cod=name == "door")
    one_mug = {name: desk.line_ids(order_id, "MUG-01") for name, order_id in names.items()}

    desk.act(names["never"], "cancel")
    desk.act(names["early"], "cancel", unit_ids=one_mug["early"])
    desk.act(names["cancelled"], "cancel", by="BUYER")
    desk.act(names["line"], "cancel", unit_ids=one_mug["line"])
    desk.act(names["buyer"], "request_cancellation")
    desk.act(names["buyer"], "reject_cancellation")
    desk.magento_cancels(names["magento"])

    merchant.ship(names["parcels"], "1ZPARCEL1", only={"MUG-01": 2})
    merchant.settle()
    merchant.ship(names["parcels"], "1ZPARCEL2")
    for name in ("whole", "goods", "two", "money"):
        merchant.ship(names[name], f"1Z{name.upper()}")
    merchant.settle()
    for name in ("whole", "goods", "two", "money"):
        desk.act(names[name], "collect")
    desk.act(names["whole"], "request_return", return_type="REFUND")
    desk.act(names["money"], "request_return", return_type="REFUND", unit_ids=one_mug["money"], amount="2.00")
    for name in ("goods", "two"):
        desk.act(names[name], "request_return", unit_ids=one_mug[name])
        desk.act(names[name], "approve_return")
    for name in ("whole", "money", "goods", "two"):
        desk.act(names[name], "approve_return")
    for order_id in names.values():
        assert desk.settle(order_id).sync_state == "synced", order_id
    desk.act(names["two"], "request_return", return_type="REFUND", unit_ids=desk.line_ids(names["two"], "HAT-07"))
    desk.act(names["two"], "approve_return")
    assert desk.settle(names["two"]).sync_state == "synced"
    return names


def test_good_books_are_found_good(good: Books) -> None:
    assert not good.findings(), str(good.findings())
    assert {order["status"] for order in good.tiktok} >= {"AWAITING_SHIPMENT", "AWAITING_COLLECTION", "IN_TRANSIT"}
    assert [len(good.found(name)["creditmemos"]) for name in ("plain", "line", "goods", "two", "money")] == [
        0,
        1,
        1,
        2,
        1,
    ]
    assert [len(good.found(name)["shipments"]) for name in ("plain", "parcels")] == [0, 2]
    assert [len(good.found(name)["invoices"]) for name in ("plain", "door")] == [1, 0]


def _of_pair(name: str, side: str, change: Callable[[Book], Any]) -> Callable[[Books], Any]:
    return lambda books: change(getattr(books, side)(name))


def magento(name: str, **fields: Any) -> Callable[[Books], Any]:
    """Fields of a Magento order that are wrong."""
    return _of_pair(name, "found", lambda order: order.update(fields))


def tiktok(name: str, **fields: Any) -> Callable[[Books], Any]:
    """Fields of a TikTok order that are wrong."""
    return _of_pair(name, "order", lambda order: order.update(fields))


def of(name: str, rows: str, **fields: Any) -> Callable[[Books], Any]:
    """Fields of the first of some rows of a Magento order that are wrong."""
    return _of_pair(name, "found", lambda order: order[rows][0].update(fields))


def of_tiktok(name: str, rows: str, **fields: Any) -> Callable[[Books], Any]:
    """Fields of the first of some rows of a TikTok order that are wrong."""
    return _of_pair(name, "order", lambda order: order[rows][0].update(fields))


def without(name: str, rows: str) -> Callable[[Books], Any]:
    return _of_pair(name, "found", lambda order: order[rows].pop(0))


def twice(name: str, rows: str, side: str = "found") -> Callable[[Books], Any]:
    return _of_pair(name, side, lambda order: order[rows].append(copy.deepcopy(order[rows][-1])))


def _swap_numbers(books: Books) -> None:
    first, second = books.order("parcels")["packages"]
    first["tracking_number"], second["tracking_number"] = second["tracking_number"], first["tracking_number"]


def _swap_lines(order: Book) -> None:
    """One mug more and one hat less: the total is what it was."""
    mugs, hat = order["items"]
    mugs["qty_ordered"], hat["qty_ordered"] = "4", "0"


def _by_another_carrier(order: Book) -> None:
    order["shipments"][0]["tracks"][0]["carrier_code"] = "dhl"


def _piece_more(rows: str) -> Callable[[Book], None]:
    """One more piece in the first document."""

    def change(order: Book) -> None:
        line = order[rows][0]["items"][0]
        line["qty"] = str(int(Decimal(line["qty"])) + 1)

    return change


def _cancel_on_paper(order: Book) -> None:
    ids = [unit["id"] for unit in order["line_items"]]
    order["cancellations"] = [{"id": "1", "status": "COMPLETE", "role": "SELLER", "reason": "", "unit_ids": ids}]


def _revive(order: Book) -> None:
    for unit in order["line_items"]:
        unit["status"] = order["status"]


def _other_order(books: Books) -> None:
    books.magento["orders"].append(copy.deepcopy(books.found("plain")) | {"ext_order_id": "1", "increment_id": "9"})


def _gone(books: Books) -> None:
    books.magento["orders"].remove(books.found("plain"))


def _doubled_order(books: Books) -> None:
    books.magento["orders"].append(copy.deepcopy(books.found("plain")))


def _stock(books: Books) -> None:
    books.magento["stock"]["MUG-01"]["salable"] = "1"


SPOILT: dict[str, list[tuple[str, Callable[[Books], Any]]]] = {
    "lost": [("not in Magento", _gone)],
    "unexpected": [("nobody's order", _other_order)],
    "unfinished": [
        ("on hold for ever", tiktok("plain", status="ON_HOLD")),
        ("never paid", tiktok("plain", status="UNPAID")),
        ("a status that nobody knows", tiktok("plain", status="IN_LIMBO")),
    ],
    "doubled": [
        ("two orders", _doubled_order),
        ("two invoices", twice("plain", "invoices")),
        ("two shipments", twice("parcels", "shipments")),
        ("two credit memos of a return", twice("goods", "creditmemos")),
        ("two credit memos of money", twice("money", "creditmemos")),
        ("two credit memos of a line", twice("line", "creditmemos")),
        ("two credit memos of a cancelled order", twice("cancelled", "creditmemos")),
        ("one comment twice", twice("plain", "comments")),
    ],
    "wrong_total": [
        ("a cent too much", magento("plain", grand_total="1000000.01")),
        ("a cancelled one, too", magento("cancelled", grand_total="0.01")),
    ],
    "wrong_amount": [
        ("another currency", magento("plain", order_currency_code="EUR")),
        ("no tax", magento("plain", tax_amount="0")),
        ("no shipping", magento("plain", shipping_amount="0")),
        ("no discount", magento("plain", discount_amount="0")),
        ("prices without discount", magento("plain", subtotal="1.00")),
        ("prices that hold the tax", magento("uk", subtotal_incl_tax="1.00")),
        ("shipping that holds the tax", magento("uk", shipping_incl_tax="1.00")),
        ("without a line that was cancelled early", magento("early", subtotal="1.00")),
    ],
    "wrong_items": [
        ("99 of another", of("plain", "items", sku="PEN-GEL", qty_ordered="99")),
        ("one too many", of("plain", "items", qty_ordered="4")),
        ("one too few, nobody cancelled it", of("plain", "items", qty_ordered="2")),
        ("one instead of another", _of_pair("plain", "found", _swap_lines)),
        ("a bundle without a part", without("bundle", "items")),
        ("an item that was cancelled early", of("early", "items", qty_ordered="4")),
    ],
    "wrong_invoice": [
        ("none", without("plain", "invoices")),
        ("one of another sum", of("plain", "invoices", grand_total="0.01")),
        ("none of one that is cash on delivery, and delivered", tiktok("door", status="DELIVERED")),
        ("one before it is delivered", tiktok("plain", is_cod=True)),
    ],
    "wrong_state": [
        ("on hold", magento("plain", state="holded")),
        ("closed, nobody cancelled", magento("plain", state="closed")),
        ("shipped, and not complete", magento("parcels", state="processing")),
        ("cancelled, and goes on", magento("cancelled", state="processing")),
        ("paid back, and goes on", magento("whole", state="complete")),
    ],
    "wrong_comment": [
        ("none", magento("plain", comments=[])),
        ("not of the last status", tiktok("plain", status="COMPLETED")),
        ("not of the cancellation", _of_pair("cancelled", "found", lambda order: order["comments"].pop())),
    ],
    "wrong_reference": [
        ("none", tiktok("plain", external_orders=[])),
        ("another's", of_tiktok("plain", "external_orders", id="1")),
    ],
    "wrong_shipment": [
        ("not told", of_tiktok("whole", "packages", tracking_number="")),
        ("another number", of_tiktok("whole", "packages", tracking_number="1ZOTHER")),
        ("another carrier", of_tiktok("whole", "packages", provider_id="1")),
        ("a carrier that nobody mapped", _of_pair("whole", "found", _by_another_carrier)),
        ("corrected, and it was right", of_tiktok("whole", "packages", corrections=1)),
        ("the numbers of two parcels the other way round", _swap_numbers),
        ("not in Magento", without("whole", "shipments")),
        ("told twice", twice("whole", "packages", "order")),
        ("a piece more in it", _of_pair("whole", "found", _piece_more("shipments"))),
    ],
    "wrong_cancellation": [
        ("twice", twice("cancelled", "cancellations", "order")),
        ("never", tiktok("cancelled", cancellations=[])),
        ("of one that goes on", _of_pair("plain", "order", _cancel_on_paper)),
        ("a line twice", twice("line", "cancellations", "order")),
        ("one that was cancelled in Magento, twice", twice("magento", "cancellations", "order")),
        ("one that was never created, twice", twice("never", "cancellations", "order")),
        ("a rejected one that counts", of_tiktok("buyer", "cancellations", status="COMPLETE")),
        ("one that nobody answers", of_tiktok("buyer", "cancellations", status="PENDING")),
    ],
    "wrong_refund": [
        ("a cent of a cancelled order", of("cancelled", "creditmemos", grand_total="0.01")),
        ("nothing of a cancelled order", magento("cancelled", creditmemos=[])),
        ("nothing of a line", magento("line", creditmemos=[])),
        ("nothing of a return", magento("whole", creditmemos=[])),
        ("a cent of money", of("money", "creditmemos", grand_total="2.01")),
        ("ten cents of a piece", of("goods", "creditmemos", grand_total="0.10")),
        ("two pieces of one", _of_pair("goods", "found", _piece_more("creditmemos"))),
        ("a piece with money alone", of("money", "creditmemos", items=[{"sku": "MUG-01", "qty": "1"}])),
        ("of nothing", lambda books: books.found("plain").update(creditmemos=books.found("money")["creditmemos"])),
    ],
    "wrong_stock": [
        ("less is left", _stock),
        ("what came back is sold again", of_tiktok("goods", "returns", type="REFUND")),
        ("what was cancelled is still sold", _of_pair("line", "order", _revive)),
    ],
    "arithmetic": [("Magento's accountant", lambda books: books.magento["arithmetic"].append("a sum"))],
    "inconsistencies": [("Magento's stock-keeper", lambda books: books.magento["inconsistencies"].append("a row"))],
}


def test_every_kind_of_finding_is_tried() -> None:
    assert set(SPOILT) == set(vars(Findings()))


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [pytest.param(kind, spoil, id=f"{kind}: {name}") for kind, cases in SPOILT.items() for name, spoil in cases],
)
def test_what_is_spoilt_is_found(good: Books, kind: str, spoil: Callable[[Books], Any]) -> None:
    books = copy.deepcopy(good)
    spoil(books)
    assert getattr(books.findings(), kind), str(books.findings())
    assert not good.findings(), "the copy was deep enough"
