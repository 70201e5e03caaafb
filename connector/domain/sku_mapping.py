"""What the merchant said a TikTok SKU is in Magento: the mapping that goes before every rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connector.domain.booking import ProductOption


@dataclass(frozen=True, kw_only=True)
class MappedProduct:
    """One Magento product of a mapping: its SKU, how many of it per TikTok unit, and its options where it has some."""

    sku: str
    quantity: int = 1
    options: tuple[ProductOption, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SkuMapping:
    """What the merchant said a TikTok SKU is in Magento. Looked up by seller SKU, else by TikTok's SKU id."""

    tiktok_sku: str
    products: tuple[MappedProduct, ...]

    @classmethod
    def from_stored(cls, tiktok_sku: str, stored: Iterable[Mapping[str, Any]]) -> SkuMapping:
        """The mapping of a row: `[{"sku": …, "quantity": 1, "options": [{"kind", "option_id", "values", "quantity"}]}]`."""
        return cls(
            tiktok_sku=tiktok_sku,
            products=tuple(
                MappedProduct(
                    sku=str(product["sku"]),
                    quantity=max(int(product.get("quantity") or 1), 1),
                    options=tuple(
                        ProductOption(
                            kind=option["kind"],
                            option_id=str(option["option_id"]),
                            values=tuple(str(value) for value in option["values"]),
                            quantity=int(option.get("quantity") or 1),
                        )
                        for option in product.get("options") or ()
                    ),
                )
                for product in stored
            ),
        )

    def to_stored(self) -> list[dict[str, Any]]:
        """The products as `from_stored` reads them, JSON-able."""
        return [
            {
                "sku": product.sku,
                "quantity": product.quantity,
                "options": [
                    {
                        "kind": option.kind,
                        "option_id": option.option_id,
                        "values": list(option.values),
                        "quantity": option.quantity,
                    }
                    for option in product.options
                ],
            }
            for product in self.products
        ]
