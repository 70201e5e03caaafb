"""The first orders of the demo: one of each kind that a merchant should see go through."""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.stack import UK_SHOP_ID


class FirstOrder(NamedTuple):
    """What it shows, and what is posted to the sandbox shop's control API."""

    what: str
    options: dict[str, Any]


FIRST_ORDERS: tuple[FirstOrder, ...] = (
    FirstOrder(
        "a US order with tax",
        {"lines": [{"seller_sku": "MUG-01", "quantity": 2}, {"seller_sku": "NOTE-A5"}], "tax_rate": "0.0875"},
    ),
    FirstOrder(
        "a UK order with VAT included",
        {"shop_id": UK_SHOP_ID, "lines": [{"seller_sku": "CANDLE-VAN", "quantity": 3}, {"seller_sku": "TOTE-NAT"}]},
    ),
    FirstOrder(
        "a discounted one, with part of it paid by TikTok",
        {
            "lines": [
                {"seller_sku": "TEE-BLUE-M", "quantity": 3, "seller_discount": "10.00", "platform_discount": "5.00"},
                {"seller_sku": "CAP-BLK"},
            ],
            "shipping_fee_platform_discount": "2.00",
        },
    ),
    FirstOrder("a bundle, which becomes its parts", {"lines": [{"seller_sku": "SET-TEE-MUG", "quantity": 2}]}),
    FirstOrder("one with the SKU MUG-02", {"lines": [{"seller_sku": "MUG-02"}, {"seller_sku": "SOCK-3P"}]}),
)
