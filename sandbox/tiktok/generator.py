"""Random but believable orders, as options for `Shop.place`; the same seed gives the same orders."""

import random
from decimal import Decimal
from typing import Any

from sandbox.tiktok.catalogue import SKUS
from sandbox.tiktok.regions import REGIONS, region_of, rounded

MESSAGES = ("", "", "", "", "Please leave it at the door", "It is a gift 🎁", "Größe M, merci!")
NORMAL = tuple(name for name in SKUS if name not in ("SET-TEE-MUG", "MUG-02"))
MANY_REGIONS = ("US", "US", "US", "GB", "DE", "FR", "ES", "IT", "IE", "NL", "JP", "MX", "BR", "ID", "TH", "VN", "SG")
SPECIAL_FEES = {
    "ID": {"buyer_service_fee": "2000", "shipping_insurance_fee": "500"},
    "TH": {"small_order_fee": "20.00"},
}


def random_line(rng: random.Random, region: str, *, sku: str | None = None) -> dict[str, Any]:
    """One line: a product, one to three units, sometimes less than the list price."""
    market = REGIONS[region]
    name = sku or rng.choice(NORMAL)
    quantity = rng.choices((1, 2, 3), (7, 2, 1))[0]
    listed = rounded(SKUS[name].price * market.rate, market.currency)
    line: dict[str, Any] = {"seller_sku": name, "quantity": quantity, "original_price": str(listed)}
    for who, chance in (("seller_discount", 0.35), ("platform_discount", 0.25)):
        if rng.random() < chance:
            percent = Decimal(rng.choice((5, 8, 10, 15)))
            line[who] = str(rounded(listed * quantity * percent / 100, market.currency))
    return line


def random_options(rng: random.Random, region: str | None = None, *, odd: bool = False) -> dict[str, Any]:
    """Options of an order in a market (by default any). `odd` also makes bundles, gifts, and unknown SKUs now and then."""
    code = region_of(region).code if region else rng.choice(MANY_REGIONS)
    names = rng.sample(NORMAL, rng.choices((1, 2, 3), (6, 3, 1))[0])
    lines = [random_line(rng, code, sku=name) for name in names]
    if odd and rng.random() < 0.15:
        lines.append(random_line(rng, code, sku="SET-TEE-MUG"))
    if odd and rng.random() < 0.15:
        lines.append({"seller_sku": "PEN-GEL", "is_gift": True})
    if odd and rng.random() < 0.05:
        lines.append(random_line(rng, code, sku="MUG-02"))
    options: dict[str, Any] = {"region": code, "lines": lines, "buyer_message": rng.choice(MESSAGES)}
    fee = REGIONS[code].shipping_fee
    if rng.random() < 0.4:
        options["shipping_fee_seller_discount"] = str(fee)
    elif rng.random() < 0.3:
        options["shipping_fee_platform_discount"] = str(rounded(fee / 2, REGIONS[code].currency))
    if code in SPECIAL_FEES and rng.random() < 0.5:
        options["fees"] = SPECIAL_FEES[code]
    if code == "US" and rng.random() < 0.2:
        options["fees"] = {"retail_delivery_fee": "0.28"}
    options["hold_recipient"] = rng.choice(("masked", "empty"))
    return options
