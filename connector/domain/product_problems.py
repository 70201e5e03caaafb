"""Why a line item cannot be ordered in Magento, in a merchant's words. Found by `products.match`."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.domain.order import LineItem

UNKNOWN_SKU = "unknown_sku"
MISSING_SKU = "missing_sku"
DISABLED_PRODUCT = "disabled_product"
NOT_IN_STORE = "not_in_store"
OUT_OF_STOCK = "out_of_stock"
NEEDS_CHOICE = "needs_options"
UNKNOWN_PLACEHOLDER = "unknown_placeholder"

_SENTENCES = {
    UNKNOWN_SKU: "Magento has no product with SKU {sku} ({name}).",
    MISSING_SKU: "{name} has no seller SKU on TikTok, so no Magento product can be found for it.",
    DISABLED_PRODUCT: "The product with SKU {sku} ({name}) is disabled in Magento.",
    NOT_IN_STORE: "The product with SKU {sku} ({name}) is not sold in this store view.",
    OUT_OF_STOCK: "The product with SKU {sku} ({name}) is out of stock in Magento: {wanted} wanted, {salable} salable.",
    NEEDS_CHOICE: "The product with SKU {sku} ({name}) is a {type} product: Magento must be told which of its options.",
    UNKNOWN_PLACEHOLDER: "The placeholder product {sku}, used for what Magento does not know, is not in Magento.",
}
_REMEDIES = {
    UNKNOWN_SKU: "Map this SKU to a Magento product, or create the product in Magento and try again.",
    MISSING_SKU: "Map this product to a Magento product, or give it a seller SKU on TikTok.",
    DISABLED_PRODUCT: "Enable the product in Magento and try again, map the SKU to another product, or create the order "
    "without reserving stock.",
    NOT_IN_STORE: "Add the product to the store's website in Magento and try again, or map the SKU to another product.",
    OUT_OF_STOCK: "Put stock in and try again, create the order without reserving stock, or cancel it on TikTok as out of "
    "stock.",
    NEEDS_CHOICE: "Map this SKU to the simple product, or to this one with its options.",
    UNKNOWN_PLACEHOLDER: "Name an existing product as the placeholder in the shop's settings.",
}


@dataclass(frozen=True, kw_only=True)
class ProductProblem:
    """Why a line item cannot be ordered in Magento, in a merchant's words. `sku` is what to map or to mend."""

    code: str
    sku: str
    product_name: str
    message: str
    remedy: str
    line_item_ids: tuple[str, ...]
    tiktok_sku_id: str = ""
    image: str = ""


@dataclass
class Problems:
    """Problems by code and SKU, with the line items that have them."""

    found: dict[tuple[str, str], ProductProblem] = field(default_factory=dict)

    def add(self, code: str, sku: str, line: LineItem, **words: object) -> None:
        key = (code, sku or line.sku_id)
        known = self.found.get(key)
        ids = (*(known.line_item_ids if known else ()), line.id)
        sentence = _SENTENCES[code].format(sku=sku, name=line.product_name or "no name", **words)
        self.found[key] = ProductProblem(
            code=code,
            sku=sku or line.sku_id,
            product_name=line.product_name,
            message=sentence,
            remedy=_REMEDIES[code],
            line_item_ids=tuple(dict.fromkeys(ids)),
            tiktok_sku_id=line.sku_id,
            image=line.sku_image,
        )
