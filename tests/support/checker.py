"""Compares both sandboxes' own books; trusts nothing that the connector says of itself."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.stack import Stack
from sandbox.tiktok.logistics import provider_id
from tests.support import expected
from tests.support.expected import Row, counted, own_items, pieces, total

CREATED = {"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"}
UNDONE = {"canceled", "closed"}
#: TikTok's shipping provider by Magento's carrier code, as the suites map them.
PROVIDERS = {"ups": "UPS"}


@dataclass
class Findings:
    """What is wrong, by kind; `str()` is for a person. Empty: nothing."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    wrong_total: list[str] = field(default_factory=list)
    wrong_amount: list[str] = field(default_factory=list)
    wrong_items: list[str] = field(default_factory=list)
    wrong_invoice: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)
    wrong_comment: list[str] = field(default_factory=list)
    wrong_reference: list[str] = field(default_factory=list)
    wrong_shipment: list[str] = field(default_factory=list)
    wrong_cancellation: list[str] = field(default_factory=list)
    wrong_refund: list[str] = field(default_factory=list)
    wrong_stock: list[str] = field(default_factory=list)
    arithmetic: list[Any] = field(default_factory=list)
    inconsistencies: list[Any] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def __str__(self) -> str:
        return (
            "; ".join(f"{len(found)} {kind}: {found[:5]}" for kind, found in vars(self).items() if found)
            or "nothing wrong"
        )


def salable(stack: Stack) -> dict[str, Decimal]:
    """What each SKU can still be sold of, before a test begins."""
    return {sku: Decimal(str(row["salable"])) for sku, row in stack.books("magento")["stock"].items()}


def compare(stack: Stack, salable_before: Mapping[str, Decimal], unfinished: Collection[str] = ()) -> Findings:
    """Every TikTok order against Magento's; `unfinished`: TikTok's statuses in which a test leaves orders on purpose."""
    return compared(stack.books("tiktok")["orders"], stack.books("magento"), salable_before, unfinished)


def compared(
    orders: list[Row], magento: Row, salable_before: Mapping[str, Decimal], unfinished: Collection[str] = ()
) -> Findings:
    """TikTok's orders against Magento's books: each there once, with what belongs to it, nothing twice; and the stock."""
    findings = Findings()
    by_tiktok_id: dict[str, list[Row]] = defaultdict(list)
    for order in magento["orders"]:
        by_tiktok_id[order.get("ext_order_id") or f"none ({order['increment_id']})"].append(order)
    sold: Counter[str] = Counter()
    shared = _shared(magento["orders"])
    sharing: dict[str, list[Row]] = defaultdict(list)
    for order in orders:
        found = by_tiktok_id.pop(order["id"], []) or shared.get(order["id"], [])
        if len(found) > 1:
            findings.doubled.append(order["id"])
        _check_cancellations(order, findings)
        if order["status"] in CREATED:
            if not found:
                findings.lost.append(order["id"])
                continue
            # A single line that was cancelled: its reservation is free again.
            sold.update(pieces(expected.live(order)))
            sold.subtract(pieces(expected.sent_back(order)))
        elif order["status"] != "CANCELLED" and order["status"] not in unfinished:
            findings.unfinished.append(f"{order['id']}: {order['status']}")
        if not found:
            continue
        if order["id"] in shared:
            sharing[found[0]["increment_id"]].append(order)
        else:
            _check_pair(order, found[0], findings)
    for together in sharing.values():
        _check_shared(together, shared[together[0]["id"]][0], findings)
    findings.unexpected = sorted(by_tiktok_id)
    findings.arithmetic = magento["arithmetic"]
    findings.inconsistencies = magento["inconsistencies"]
    for sku, row in magento["stock"].items():
        left = salable_before.get(sku, Decimal(0)) - sold[sku]
        if Decimal(str(row["salable"])) != left:
            findings.wrong_stock.append(f"{sku}: salable {row['salable']}, expected {left}")
    return findings


# -- several TikTok orders that are one Magento order ---------------------------------------------------------------------


def _shared(magento: list[Row]) -> dict[str, list[Row]]:
    """The Magento orders that say in a comment that they stand for several TikTok orders, by each of these."""
    shared: dict[str, list[Row]] = defaultdict(list)
    for order in magento:
        for numbers in re.findall(r"^TikTok Shop orders: ([0-9, ]+)\.$", "\n".join(order["comments"]), re.M):
            for number in numbers.split(", "):
                shared[number].append(order)
    return dict(shared)


def _check_shared(orders: list[Row], found: Row, findings: Findings) -> None:
    """Several TikTok orders against the one Magento order that stands for them: free samples, put together."""
    name = "+".join(order["id"] for order in orders)
    whole = total(order["total_amount"] for order in orders)
    if Decimal(str(found["grand_total"])) != whole:
        findings.wrong_total.append(f"{name}: {found['grand_total']} instead of {whole}")
    if all(order["status"] == "CANCELLED" for order in orders) != (found["state"] in UNDONE):
        findings.wrong_state.append(f"{name}: is {found['state']}")
    if len(found["invoices"]) != 1:
        findings.wrong_invoice.append(f"{name}: {len(found['invoices'])} invoices")
    kept = counted(own_items(found), "qty_ordered") - counted(own_items(found), "qty_refunded")
    wanted = pieces(unit for order in orders for unit in expected.live(order))
    if kept != wanted:
        findings.wrong_items.append(f"{name}: {dict(kept)} instead of {dict(wanted)}")
    tracks = {track["track_number"] for shipment in found["shipments"] for track in shipment["tracks"]}
    told = {package["tracking_number"] for order in orders for package in order["packages"]} - {""}
    if tracks != told:
        findings.wrong_shipment.append(f"{name}: {tracks} in Magento, {told} on TikTok")
    if len(found["comments"]) != len(set(found["comments"])):
        findings.doubled.append(f"{name}: the same comment twice")
    for order in orders:
        _check_reference(order, found, findings)


# -- one TikTok order and its Magento order -------------------------------------------------------------------------------


def _check_pair(order: Row, found: Row, findings: Findings) -> None:
    _check_amounts(order, found, findings)
    _check_state(order, found, findings)
    _check_parcels(order, found, findings)
    _check_credits(order, found, findings)
    _check_comments(order, found, findings)
    _check_reference(order, found, findings)


def _check_amounts(order: Row, found: Row, findings: Findings) -> None:
    """What was sold at which price, in the order and in its invoice."""
    name, is_cancelled = order["id"], order["status"] == "CANCELLED"
    # Cash on delivery is paid at the door.
    is_due = not is_cancelled and not (order["is_cod"] and order["status"] not in ("DELIVERED", "COMPLETED"))
    if len(found["invoices"]) > 1:
        findings.doubled.append(f"{name}: {len(found['invoices'])} invoices")
    if not is_cancelled and len(found["invoices"]) != is_due:
        findings.wrong_invoice.append(f"{name}: {len(found['invoices'])} invoices")
    if found["order_currency_code"] != order["currency"]:
        findings.wrong_amount.append(f"{name}: {found['order_currency_code']} instead of {order['currency']}")
    missing = expected.left_out(order, found)
    wanted = pieces(order["line_items"]) - pieces(missing)
    items = counted(own_items(found), "qty_ordered")
    if items != wanted:
        findings.wrong_items.append(f"{name}: {dict(items)} instead of {dict(wanted)}")
    if is_cancelled and not found["invoices"]:
        # Cancelled before its total was put right and invoiced: it has charged nobody, and holds no stock.
        return
    for field_name, amount in expected.amounts(order, missing).items():
        if Decimal(str(found[field_name])) == amount:
            continue
        kind = findings.wrong_total if field_name == "grand_total" else findings.wrong_amount
        kind.append(f"{name}: {field_name} {found[field_name]} instead of {amount}")
    invoiced = total(invoice["grand_total"] for invoice in found["invoices"])
    if found["invoices"] and invoiced != Decimal(str(found["grand_total"])):
        findings.wrong_invoice.append(f"{name}: {invoiced} of {found['grand_total']} invoiced")


def _check_state(order: Row, found: Row, findings: Findings) -> None:
    refunded = total(one["refunded"] for one in order["returns"])
    if order["status"] == "CANCELLED" or refunded == Decimal(order["total_amount"]) > 0:
        wanted = UNDONE
    elif not found["invoices"]:
        wanted = {"new", "processing"}
    else:
        is_shipped = counted(own_items(found), "qty_shipped") == pieces(expected.live(order))
        wanted = {"complete"} if is_shipped else {"processing"}
    if found["state"] not in wanted:
        findings.wrong_state.append(f"{order['id']}: {order['status']}, {refunded} refunded, is {found['state']}")


def _check_parcels(order: Row, found: Row, findings: Findings) -> None:
    """Each of Magento's shipments is one of TikTok's packages, with its number, its carrier and what is in it."""
    name = order["id"]
    units = {unit["id"]: unit for unit in order["line_items"]}
    provider = {code: provider_id(order["region"], known) for code, known in PROVIDERS.items()}
    sent = [
        (track["track_number"], provider.get(track["carrier_code"]), sorted(counted(shipment["items"], "qty").items()))
        for shipment in found["shipments"]
        for track in shipment["tracks"]
    ]
    told = [
        (
            package["tracking_number"],
            package["provider_id"],
            sorted(pieces(units[unit_id] for unit_id in package["unit_ids"]).items()),
        )
        for package in order["packages"]
        if package["tracking_number"]
    ]
    if len({number for number, *_ in sent}) < len(found["shipments"]):
        findings.doubled.append(f"{name}: {len(found['shipments'])} shipments with the numbers {sent}")
    if sorted(sent, key=str) != sorted(told, key=str) or any(package["corrections"] for package in order["packages"]):
        findings.wrong_shipment.append(f"{name}: {sent} in Magento, {told} on TikTok")


def _check_cancellations(order: Row, findings: Findings) -> None:
    """Each cancelled line was cancelled once on TikTok, no other was, and nobody waits for an answer."""
    times = Counter(unit_id for one in expected.carried_out(order) for unit_id in one["unit_ids"])
    wrong = [unit["id"] for unit in order["line_items"] if times[unit["id"]] != (unit["status"] == "CANCELLED")]
    if wrong or any(one["status"] == "PENDING" for one in order["cancellations"]):
        said = [(one["status"], one["role"], len(one["unit_ids"])) for one in order["cancellations"]]
        findings.wrong_cancellation.append(f"{order['id']}: {order['status']}, cancellations {said}")


def _check_credits(order: Row, found: Row, findings: Findings) -> None:
    """What the buyer got back, and what was cancelled, is credited once: money, pieces, and the number of credit memos."""
    name, memos = order["id"], found["creditmemos"]
    credited = total(memo["grand_total"] for memo in memos)
    undone = counted((line for memo in memos for line in memo["items"]), "qty")
    cancellations = len(expected.carried_out(order))
    if order["status"] == "CANCELLED":
        items = own_items(found)
        least, most = (1, cancellations) if found["invoices"] else (0, 0)
        if credited != (Decimal(str(found["grand_total"])) if found["invoices"] else 0):
            findings.wrong_refund.append(f"{name}: cancelled, {credited} of {found['grand_total']} credited")
        if undone + counted(items, "qty_canceled") != counted(items, "qty_ordered"):
            findings.wrong_refund.append(f"{name}: cancelled, and not all of it credited or cancelled: {dict(undone)}")
    else:
        returns = expected.paid_back(order)
        gone = expected.left_out(order, found)
        lines = [unit for unit in expected.cancelled(order) if unit not in gone]
        least, most = len(returns) + bool(lines), len(returns) + (cancellations if lines else 0)
        refunded = total(one["refunded"] for one in returns) + expected.worth(lines)
        wanted = pieces(lines + [unit for one in returns for unit in expected.returned_units(order, one)])
        in_part = [sku for sku in undone if undone[sku] < counted(own_items(found), "qty_ordered")[sku]]
        if abs(credited - refunded) > expected.SHARED_CENTS * len(in_part):
            findings.wrong_refund.append(f"{name}: {credited} credited, {refunded} refunded")
        if undone != wanted:
            findings.wrong_refund.append(f"{name}: {dict(undone)} credited, {dict(wanted)} given back")
    if len(memos) > most:
        findings.doubled.append(f"{name}: {len(memos)} creditmemos")
    elif len(memos) < least:
        findings.wrong_refund.append(f"{name}: {len(memos)} credit memos instead of {least}")


def _check_comments(order: Row, found: Row, findings: Findings) -> None:
    """Magento's order says once where it came from, and how TikTok's stands."""
    comments = found["comments"]
    if len(comments) != len(set(comments)):
        findings.doubled.append(f"{order['id']}: the same comment twice")
    told = f"TikTok Shop order {order['id']}: {order['status'].replace('_', ' ').lower()}"
    placed = [text for text in comments if "\nPlaced on TikTok Shop " in text]
    # Of one that was cancelled before its first comment nothing more than that need be said: nobody packs it.
    is_introduced = len(placed) == 1 or (order["status"] == "CANCELLED" and not placed)
    if not is_introduced or not any(text.startswith(told) for text in comments):
        findings.wrong_comment.append(f"{order['id']}: {order['status']}, and the comments are {comments}")


def _check_reference(order: Row, found: Row, findings: Findings) -> None:
    references = {reference["id"] for reference in order["external_orders"]}
    if order["status"] != "CANCELLED" and references != {found["increment_id"]}:
        findings.wrong_reference.append(f"{order['id']}: {references} instead of {found['increment_id']}")
