"""What can still be sold of a product: Magento's salable quantity, of the stock that a website sells from."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

from connector.magento.transport import Transport


class Inventory(Transport):
    def stock_id(self, website_code: str) -> int:
        """The stock that a website sells from. Raises StoreAddressWrong where the inventory modules are switched off."""
        path = f"/inventory/stock-resolver/website/{quote(website_code, safe='')}"
        return self.call("GET", path, lambda answer: int(answer["stock_id"]))

    def salable_quantity(self, sku: str, stock_id: int) -> Decimal:
        """What can still be sold of a product. Raises NotFound or Refused for one whose stock is not managed."""
        path = f"/inventory/get-product-salable-quantity/{quote(sku, safe='')}/{stock_id}"
        return self.call("GET", path, lambda answer: Decimal(str(answer)), subject=sku)
