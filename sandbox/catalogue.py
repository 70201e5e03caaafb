"""The twelve simple products that both sandboxes sell, as plain data: an order of the one finds its product in the other.

TikTok-side oddities (a bundle, an SKU that Magento lacks) are in `sandbox/tiktok/catalogue.py`; stock is Magento's.
"""

from decimal import Decimal
from typing import NamedTuple


class Product(NamedTuple):
    """A simple product; the price is in US dollars before tax."""

    sku: str
    name: str
    price: Decimal


PRODUCTS: tuple[Product, ...] = (
    Product("TEE-RED-M", "Cotton Tee, Red, M", Decimal("19.90")),
    Product("TEE-RED-L", "Cotton Tee, Red, L", Decimal("19.90")),
    Product("TEE-BLUE-M", "Cotton Tee, Blue, M", Decimal("19.90")),
    Product("MUG-01", "Stoneware Mug, 350 ml", Decimal("12.50")),
    Product("HAT-07", "Wool Beanie, Charcoal", Decimal("16.00")),
    Product("SOCK-3P", "Crew Socks, 3 Pairs", Decimal("9.99")),
    Product("TOTE-NAT", "Canvas Tote, Natural", Decimal("14.25")),
    Product("CAP-BLK", "Twill Cap, Black", Decimal("18.00")),
    Product("POSTER-A2", "Art Poster, A2", Decimal("24.95")),
    Product("CANDLE-VAN", "Soy Candle, Vanilla", Decimal("11.75")),
    Product("NOTE-A5", "Dotted Notebook, A5", Decimal("8.40")),
    Product("PEN-GEL", "Gel Pen, Black", Decimal("2.35")),
)
