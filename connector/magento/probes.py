"""Looks at a store that change nothing: what it is, what the integration may do, what it can sell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from connector import http
from connector.domain.errors import ConnectorError
from connector.magento import read
from connector.magento.errors import Unauthorized
from connector.magento.search import Filter, criteria
from connector.magento.transport import Transport

#: Longer than any version's name; what is longer is a web page.
_LONGEST_VERSION = 100


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Something that an integration must be allowed: its name in Magento, what for, and a request that needs it.

    The requests that are no GET name an order that cannot exist (0), or lack what they must have: where they are allowed,
    Magento refuses them for that and changes nothing.
    """

    resource: str
    purpose: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


_ONE = criteria(page_size=1)

PERMISSIONS: tuple[Permission, ...] = (
    Permission(
        resource="Magento_Sales::actions_view", purpose="find and read orders", method="GET", path="/orders?one"
    ),
    Permission(
        resource="Magento_Sales::create", purpose="create and correct orders", method="POST", path="/orders", body={}
    ),
    Permission(
        resource="Magento_Sales::invoice",
        purpose="invoice orders",
        method="POST",
        path="/order/0/invoice",
        body={"capture": False},
    ),
    Permission(
        resource="Magento_Sales::creditmemo",
        purpose="refund orders",
        method="POST",
        path="/order/0/refund",
        body={"notify": False},
    ),
    Permission(
        resource="Magento_Sales::sales_creditmemo", purpose="read credit memos", method="GET", path="/creditmemos?one"
    ),
    Permission(resource="Magento_Sales::cancel", purpose="cancel orders", method="POST", path="/orders/0/cancel"),
    Permission(resource="Magento_Sales::hold", purpose="put orders on hold", method="POST", path="/orders/0/hold"),
    Permission(resource="Magento_Sales::unhold", purpose="release held orders", method="POST", path="/orders/0/unhold"),
    Permission(
        resource="Magento_Sales::comment",
        purpose="note TikTok's statuses on orders",
        method="POST",
        path="/orders/0/comments",
        body={},
    ),
    Permission(
        resource="Magento_Sales::ship",
        purpose="ship orders",
        method="POST",
        path="/order/0/ship",
        body={"notify": False},
    ),
    Permission(resource="Magento_Sales::shipment", purpose="read shipments", method="GET", path="/shipments?one"),
    Permission(resource="Magento_Catalog::products", purpose="find products", method="GET", path="/products?one"),
    Permission(resource="Magento_Cart::manage", purpose="place carts", method="GET", path="/carts/0/items"),
    Permission(
        resource="Magento_InventoryApi::source",
        purpose="see where stock lies",
        method="GET",
        path="/inventory/sources?one",
    ),
    Permission(
        resource="Magento_InventoryApi::stock",
        purpose="see which stock a website sells from",
        method="GET",
        path="/inventory/stock-resolver/website/base",
    ),
    Permission(
        resource="Magento_InventorySalesApi::stock",
        purpose="see what can still be sold",
        method="GET",
        path="/inventory/get-product-salable-quantity/0/0",
    ),
)

#: Needed only where there is to be a customer for each buyer (app/code/Magento/Customer/etc/webapi.xml, Magento 2.4).
CUSTOMERS = Permission(
    resource="Magento_Customer::customer", purpose="find customers", method="GET", path="/customers/search?one"
)
#: And where they are to be created in a group: the question whether customer 0 has confirmed an address changes nothing.
CUSTOMER_GROUPS = Permission(
    resource="Magento_Customer::manage",
    purpose="create customers in a group",
    method="GET",
    path="/customers/0/confirm",
)


class Probes(Transport):
    def version(self) -> str:
        """What /magento_version says ("Magento/2.4 (Community)"), without credentials; empty where the store hides it.

        Raises CallFailed when the store cannot be reached.
        """
        address = self._root.partition("/rest")[0] + "/magento_version"
        if self._before_call is not None:
            self._before_call()
        request = requests.Request("GET", address, headers={"User-Agent": "tiktok-magento-connector"})
        response = http.send(self._session, request, max_bytes=64 * 1024)
        text = response.text.strip()
        is_version = response.status == 200 and text.startswith("Magento/") and len(text) <= _LONGEST_VERSION
        return text if is_version else ""

    def may(self, permission: Permission) -> bool:
        """Whether the integration has a permission. Raises Unauthorized for another reason than a permission, and
        TryLater when the store did not answer."""
        path, _, one = permission.path.partition("?")
        try:
            self.call(permission.method, path, lambda answer: None, params=_ONE if one else None, body=permission.body)
        except Unauthorized as error:
            if getattr(error, "subject", ""):
                return False
            raise
        except ConnectorError as error:
            if error.exchange is None or error.exchange.status is None or error.exchange.status >= 500:
                # Some versions answer 500 to what names no order; then the permission was there.
                if error.exchange is not None and error.exchange.status == 500 and permission.body is not None:
                    return True
                raise
        return True

    def sellable_skus(self, limit: int = 5) -> tuple[str, ...]:
        """SKUs of some simple products that are enabled, the newest first."""
        params = criteria(
            Filter("type_id", "simple"),
            Filter("status", "1"),
            sort=[("entity_id", "DESC")],
            page_size=limit,
            fields="items[sku]",
        )
        return self.call("GET", "/products", _skus, params=params)


def _skus(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row["sku"]) for row in read.rows(answer, "items"))
