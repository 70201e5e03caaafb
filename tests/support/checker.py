"""Compares both sandboxes' own books; trusts nothing that the connector says of itself."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.stack import Stack

CREATED = {"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"}
UNDONE = {"canceled", "closed"}


@dataclass
class Findings:
    """What is wrong, by kind; `str()` is for a person. Empty: nothing."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    wrong_total: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)
    wrong_reference: list[str] = field(default_factory=list)
    wrong_shipment: list[str] = field(default_factory=list)
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


def compare(stack: Stack, salable_before: dict[str, Decimal]) -> Findings:
    """Every TikTok order against Magento's: there once, with its total, state, number, shipments, refunds, and the stock."""
    findings = Findings()
    magento = stack.books("magento")
    by_tiktok_id: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order in magento["orders"]:
        by_tiktok_id[order.get("ext_order_id") or f"none ({order['increment_id']})"].append(order)
    sold: Counter[str] = Counter()
    shared = _shared(magento["orders"])
    sharing: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order in stack.books("tiktok")["orders"]:
        found = by_tiktok_id.pop(order["id"], []) or shared.get(order["id"], [])
        if len(found) > 1:
            findings.doubled.append(order["id"])
        if order["status"] in CREATED:
            if not found:
                findings.lost.append(order["id"])
                continue
            for item in order["line_items"]:
                if item["status"] == "CANCELLED":
                    continue  # a single line that was cancelled: its reservation is free again
                sold.update([part["seller_sku"] for part in item["parts"]] or [item["seller_sku"]])
        if not found:
            continue
        if order["id"] in shared:
            sharing[found[0]["increment_id"]].append(order)
        else:
            _check_pair(order, found[0], findings)
    for orders in sharing.values():
        _check_shared(orders, shared[orders[0]["id"]][0], findings)
    findings.unexpected = sorted(by_tiktok_id)
    findings.arithmetic = magento["arithmetic"]
    findings.inconsistencies = magento["inconsistencies"]
    for sku, row in magento["stock"].items():
        expected = salable_before.get(sku, Decimal(0)) - sold[sku]
        if Decimal(str(row["salable"])) != expected:
            findings.wrong_stock.append(f"{sku}: salable {row['salable']}, expected {expected}")
    return findings


def _shared(magento: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The Magento orders that say in a comment that they stand for several TikTok orders, by each of these."""
    shared: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order in magento:
        for numbers in re.findall(r"^TikTok Shop orders: ([0-9, ]+)\.$", "\n".join(order["comments"]), re.M):
            for number in numbers.split(", "):
                shared[number].append(order)
    return dict(shared)


def _check_shared(orders: list[dict[str, Any]], found: dict[str, Any], findings: Findings) -> None:
    """Several TikTok orders against the one Magento order that stands for them: free samples, put together."""
    name = "+".join(order["id"] for order in orders)
    total = sum((Decimal(order["total_amount"]) for order in orders), Decimal(0))
    if Decimal(str(found["grand_total"])) != total:
        findings.wrong_total.append(f"{name}: {found['grand_total']} instead of {total}")
    if all(order["status"] == "CANCELLED" for order in orders) != (found["state"] in UNDONE):
        findings.wrong_state.append(f"{name}: is {found['state']}")
    tracks = {track["track_number"] for shipment in found["shipments"] for track in shipment["tracks"]}
    told = {package["tracking_number"] for order in orders for package in order["packages"]} - {""}
    if tracks != told:
        findings.wrong_shipment.append(f"{name}: {tracks} in Magento, {told} on TikTok")
    if len(found["comments"]) != len(set(found["comments"])):
        findings.doubled.append(f"{name}: the same comment twice")
    for order in orders:
        references = {reference["id"] for reference in order["external_orders"]}
        if order["status"] != "CANCELLED" and references != {found["increment_id"]}:
            findings.wrong_reference.append(f"{order['id']}: {references} instead of {found['increment_id']}")


def _check_pair(order: dict[str, Any], found: dict[str, Any], findings: Findings) -> None:
    # One that was cancelled before its total was put right and invoiced has charged nobody, and holds no stock.
    is_charged = bool(found["invoices"]) or order["status"] != "CANCELLED"
    if is_charged and Decimal(str(found["grand_total"])) != Decimal(order["total_amount"]):
        findings.wrong_total.append(f"{order['id']}: {found['grand_total']} instead of {order['total_amount']}")
    refunded = sum((Decimal(back["refunded"]) for back in order["returns"]), Decimal(0))
    is_undone = order["status"] == "CANCELLED" or refunded == Decimal(order["total_amount"]) > 0
    if is_undone != (found["state"] in UNDONE):
        findings.wrong_state.append(f"{order['id']}: {order['status']}, {refunded} refunded, is {found['state']}")
    for name in ("invoices", "shipments", "creditmemos"):
        if len(found[name]) > 1:
            findings.doubled.append(f"{order['id']}: {len(found[name])} {name}")
    credited = sum((Decimal(str(memo["grand_total"])) for memo in found["creditmemos"]), Decimal(0))
    if order["status"] != "CANCELLED" and credited != refunded:
        findings.wrong_refund.append(f"{order['id']}: {credited} credited, {refunded} refunded")
    tracks = [track["track_number"] for shipment in found["shipments"] for track in shipment["tracks"]]
    told = [package["tracking_number"] for package in order["packages"] if package["tracking_number"]]
    if sorted(tracks) != sorted(told) or any(package["corrections"] for package in order["packages"]):
        findings.wrong_shipment.append(f"{order['id']}: {tracks} in Magento, {told} on TikTok")
    if len(found["comments"]) != len(set(found["comments"])):
        findings.doubled.append(f"{order['id']}: the same comment twice")
    references = {reference["id"] for reference in order["external_orders"]}
    if order["status"] != "CANCELLED" and references != {found["increment_id"]}:
        findings.wrong_reference.append(f"{order['id']}: {references} instead of {found['increment_id']}")
