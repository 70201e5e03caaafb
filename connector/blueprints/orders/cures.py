"""Where each cause of an error is solved, by its code. A code that is not listed has no page of its own: trying again is all."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

#: The page, the label of its link, the argument that takes the error's subject, and the role that may change things there.
_PAGES: dict[str, tuple[str, str, str, str]] = {
    "sku": ("/skus", "Map the SKU", "sku", "staff"),
    "carrier": ("/carriers", "Map the carrier", "carrier", "staff"),
    "connection": ("/connections", "Check the connection", "", "admin"),
    "settings": ("/settings", "Open the settings", "", "admin"),
}

SOLVED_ON: dict[str, str] = {
    "unknown_sku": "sku",
    "missing_sku": "sku",
    "disabled_product": "sku",
    "not_in_store": "sku",
    "needs_options": "sku",
    "magento_product_not_found": "sku",
    "magento_product_unavailable": "sku",
    "magento_item_missing": "sku",
    "unmapped_carrier": "carrier",
    "no_store": "connection",
    "shop_deauthorized": "connection",
    "magento_not_authorized": "connection",
    "magento_signature_invalid": "connection",
    "magento_permission_missing": "connection",
    "magento_password_protected": "connection",
    "magento_redirects": "connection",
    "magento_no_route": "connection",
    "unknown_placeholder": "settings",
    "unknown_region": "settings",
    "billing_region_unknown": "settings",
    "link_field_unknown": "settings",
    "bad_vat_rate": "settings",
    "bad_exchange_rate": "settings",
    "no_exchange_rate": "settings",
    "magento_region_required": "settings",
    "magento_unknown_payment_method": "settings",
    "magento_unknown_shipping_method": "settings",
}

#: Solved in the order's own address; all orders of such a cause at once only by the settings above.
_BY_ADDRESS = frozenset({"unknown_region", "magento_region_required", "magento_address_refused", "no_address"})

#: The products or their stock are in the way: the order could be written down without touching stock.
_WITHOUT_STOCK = {code for code, page in SOLVED_ON.items() if page == "sku"} | {"out_of_stock", "magento_out_of_stock"}


@dataclass(frozen=True)
class Cure:
    """The page on which a cause is solved: the label of the link, its address, and the role that it takes."""

    label: str
    address: str
    role: str

    @property
    def path(self) -> str:
        return "/" + self.address.partition("?")[0].split("/")[1]


def cure(code: str, subject: str, tiktok_order_id: str = "") -> Cure | None:
    """The page on which a cause is solved, of one order where its number is given; None where there is none."""
    if tiktok_order_id and code in _BY_ADDRESS:
        return Cure("Put the address right", f"/orders/{tiktok_order_id}/address", "staff")
    if code in ("combined_stopped", "combined_address"):
        return Cure("Open the order that carries it", f"/orders/{subject}", "staff")
    page = SOLVED_ON.get(code)
    if page is None:
        return None
    path, label, argument, role = _PAGES[page]
    return Cure(label, f"{path}?{urlencode({argument: subject})}" if argument and subject else path, role)


def can_skip_stock(code: str) -> bool:
    """Whether creating the order without reserving stock gets around this cause."""
    return code in _WITHOUT_STOCK
