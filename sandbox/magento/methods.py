"""The shipping and payment methods that a store can switch on; a fresh one has flat rate, check and free (recordings 64, 66)."""

from decimal import Decimal
from typing import NamedTuple


class ShippingMethod(NamedTuple):
    carrier_title: str
    method_title: str
    amount: Decimal
    per_item: bool


SHIPPING_METHODS = {
    "flatrate_flatrate": ShippingMethod("Flat Rate", "Fixed", Decimal(5), per_item=True),
    "freeshipping_freeshipping": ShippingMethod("Free Shipping", "Free", Decimal(0), per_item=False),
    "tablerate_bestway": ShippingMethod("Best Way", "Table Rate", Decimal("7.50"), per_item=False),
}
PAYMENT_METHODS = {
    "checkmo": "Check / Money order",
    "free": "No Payment Information Required",
    "banktransfer": "Bank Transfer Payment",
    "cashondelivery": "Cash On Delivery",
    "purchaseorder": "Purchase Order",
}
