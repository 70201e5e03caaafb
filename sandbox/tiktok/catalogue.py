"""What the TikTok Shop sells: the products of both sandboxes, and the things that only TikTok has.

`SET-TEE-MUG` is a virtual bundle (a red tee and two mugs), `MUG-02` is an SKU that Magento does not know.
"""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from sandbox.catalogue import PRODUCTS
from sandbox.tiktok.pictures import picture_of


@dataclass(frozen=True)
class Sku:
    """One SKU as listed on TikTok Shop; `price` in US dollars before tax. `parts` of a bundle: seller SKU, count."""

    seller_sku: str
    product_name: str
    sku_name: str
    price: Decimal
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def sku_id(self) -> str:
        return listing_id("sku", self.seller_sku)

    @property
    def product_id(self) -> str:
        return listing_id("product", self.product_name)

    @property
    def image(self) -> str:
        return picture_of(self.seller_sku)


def listing_id(kind: str, name: str) -> str:
    """A TikTok-like 19-digit id that stays the same from start to start, as listings do."""
    digest = hashlib.sha256(f"{kind}:{name}".encode()).digest()
    return f"1729{int.from_bytes(digest[:8]) % 10**15:015d}"


def _listed(name: str) -> tuple[str, str]:
    """`Cotton Tee, Red, M` is on TikTok the product `Cotton Tee` with the SKU name `Red, M`."""
    product, _, variant = name.partition(", ")
    return product, variant or "Default"


SKUS: dict[str, Sku] = {p.sku: Sku(p.sku, *_listed(p.name), p.price) for p in PRODUCTS} | {
    "SET-TEE-MUG": Sku(
        "SET-TEE-MUG", "Tee and Mugs Gift Set", "Default", Decimal("39.90"), (("TEE-RED-M", 1), ("MUG-01", 2))
    ),
    "MUG-02": Sku("MUG-02", "Stoneware Mug", "500 ml", Decimal("14.50")),
}


def sku_of(seller_sku: str, price: Decimal = Decimal("10.00")) -> Sku:
    """The listing of a seller SKU; one that is not in the catalogue is made up, for shops sell unknown things too."""
    return SKUS.get(seller_sku) or Sku(seller_sku, f"Product {seller_sku or 'without SKU'}", "Default", price)
