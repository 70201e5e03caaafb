"""What a Magento order has to say of a TikTok order, worked out of TikTok's books alone.

By the settings that the suites have: what the buyer paid, fees in the shipping amount, refunds as credit memos.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.tiktok.model import FEES

Row = Mapping[str, Any]
ZERO = Decimal(0)
#: What Magento's share of a row may differ by from TikTok's price of as many pieces, when only some are credited: both round
#: the row's discount and its tax to cents, each in its own way, and the connector doesn't guess Magento's (docs/decisions.md).
SHARED_CENTS = Decimal("0.03")
#: The status of a cancellation that was rejected or withdrawn.
WITHDRAWN = "CANCEL"


def total(amounts: Iterable[Any]) -> Decimal:
    """The sum of amounts as the books write them."""
    return sum((Decimal(str(amount)) for amount in amounts), ZERO)


# -- pieces ----------------------------------------------------------------------------------------------------------------


def pieces(units: Iterable[Row]) -> Counter[str]:
    """What line items are in Magento, by SKU: themselves, or the parts of a bundle."""
    found: Counter[str] = Counter()
    for unit in units:
        found.update([part["seller_sku"] for part in unit["parts"]] or [unit["seller_sku"]])
    return found


def live(order: Row) -> list[Row]:
    return [unit for unit in order["line_items"] if unit["status"] != "CANCELLED"]


def cancelled(order: Row) -> list[Row]:
    """The cancelled line items, those that were cancelled first first."""
    times = {unit_id: place for place, one in enumerate(carried_out(order)) for unit_id in one["unit_ids"]}
    gone = [unit for unit in order["line_items"] if unit["status"] == "CANCELLED"]
    return sorted(gone, key=lambda unit: times.get(unit["id"], 0))


def carried_out(order: Row) -> list[Row]:
    """The cancellations that were neither rejected nor withdrawn."""
    return [one for one in order["cancellations"] if one["status"] != WITHDRAWN]


def own_items(found: Row) -> list[Row]:
    """The items of a Magento order, without the children of configurable products and bundles."""
    return [item for item in found["items"] if item.get("parent_item_id") is None]


def counted(rows: Iterable[Row], name: str) -> Counter[str]:
    """A quantity of Magento's items, by SKU."""
    found: Counter[str] = Counter()
    for row in rows:
        found[row["sku"]] += int(Decimal(str(row.get(name) or 0)))
    return +found


def left_out(order: Row, found: Row) -> list[Row]:
    """The line items that were cancelled before the Magento order was made: it is made without them."""
    missing = pieces(order["line_items"]) - counted(own_items(found), "qty_ordered")
    gone = []
    for unit in cancelled(order):
        if pieces([unit]) <= missing:
            missing -= pieces([unit])
            gone.append(unit)
    return gone


# -- money -----------------------------------------------------------------------------------------------------------------


def worth(units: Iterable[Row]) -> Decimal:
    """What the buyer paid for line items, and gets back with them."""
    return total(amount for unit in units for amount in (unit["sale_price"], unit["tax"]))


def amounts(order: Row, without: list[Row]) -> dict[str, Decimal]:
    """The amounts of the Magento order by its own names, `without` the lines that were left out.

    Where TikTok lists tax it is on top of the prices; where it doesn't, the prices may hold it, and Magento's sums with tax
    are what TikTok's are.
    """
    payment = order["payment"]

    def of(*names: str) -> Decimal:
        return total(payment[name] for name in names)

    def gone(*names: str) -> Decimal:
        return total(unit[name] for unit in without for name in names)

    products = of("original_total_product_price") - gone("original_price")
    discount = of("seller_discount", "platform_discount", "payment_platform_discount")
    discount -= gone("seller_discount", "platform_discount")
    shipping = of("shipping_fee", "payment_discount_service_fee", *FEES) - gone("fees")
    grand_total = of("total_amount") - worth(without) - gone("fees")
    if not of("tax"):
        return {
            "subtotal_incl_tax": products,
            "discount_amount": -discount,
            "shipping_incl_tax": shipping,
            "grand_total": grand_total,
        }
    return {
        "subtotal": products,
        "discount_amount": -discount,
        "shipping_amount": shipping,
        "tax_amount": of("tax") - gone("tax"),
        "grand_total": grand_total,
    }


# -- what was given back ---------------------------------------------------------------------------------------------------


def paid_back(order: Row) -> list[Row]:
    """The returns that gave money back."""
    return [one for one in order["returns"] if Decimal(one["refunded"])]


def returned_units(order: Row, one: Row) -> list[Row]:
    """The line items that a return undoes in Magento; none where the buyer keeps them and got back less than they cost."""
    units = [unit for unit in order["line_items"] if unit["id"] in one["unit_ids"]]
    is_part = Decimal(one["refunded"]) < worth(units)
    return [] if one["type"] == "REFUND" and is_part else units


def sent_back(order: Row) -> list[Row]:
    """The line items that are the merchant's again: they go back into stock, as the settings have it."""
    returns = [one for one in paid_back(order) if one["type"] == "RETURN_AND_REFUND"]
    return [unit for one in returns for unit in returned_units(order, one)]
