"""Where each cause of an error is solved, by its code. A code that is not listed has no page of its own: trying again is all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode


class _Page(NamedTuple):
    path: str
    label: str
    #: Who may change things there.
    role: str
    #: The argument that takes the error's subject.
    argument: str = ""
    #: Whether it is of one shop, which its address names.
    is_of_shop: bool = False


_PAGES: dict[str, _Page] = {
    "sku": _Page("/skus", "Map the SKU", "staff", "sku"),
    "carrier": _Page("/carriers", "Map the carrier", "staff", "carrier", is_of_shop=True),
    "connection": _Page("/connections", "Check the connection", "admin"),
    "settings": _Page("/settings", "Open the settings", "admin", is_of_shop=True),
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
    "another_magento_order": "connection",
    "shop_deauthorized": "connection",
    "tiktok_token_expired": "connection",
    "tiktok_authorization_revoked": "connection",
    "tiktok_missing_permission": "connection",
    "unreachable": "connection",
    "magento_rests": "connection",
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
    "magento_unknown_field": "settings",
    "customer_refused": "settings",
    "number_taken": "settings",
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


def cure(code: str, subject: str, *, shop_id: int | None, tiktok_order_id: str = "") -> Cure | None:
    """The page on which a cause is solved, of one order where its number is given; None where there is none.

    `shop_id`: the shop whose orders have it; None when they are of several.
    """
    if tiktok_order_id and code in _BY_ADDRESS:
        return Cure("Put the address right", f"/orders/{tiktok_order_id}/address", "staff")
    if code in ("combined_stopped", "combined_address"):
        return Cure("Open the order that carries it", f"/orders/{subject}", "staff")
    if code not in SOLVED_ON:
        return None
    page = _PAGES[SOLVED_ON[code]]
    arguments = {page.argument: subject} if page.argument and subject else {}
    if page.is_of_shop and shop_id is not None:
        arguments["shop"] = str(shop_id)
    return Cure(page.label, page.path + (f"?{urlencode(arguments)}" if arguments else ""), page.role)


def can_skip_stock(code: str) -> bool:
    """Whether creating the order without reserving stock gets around this cause."""
    return code in _WITHOUT_STOCK
