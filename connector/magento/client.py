"""The Magento client: every call that the connector makes, put together from the modules by subject."""

from __future__ import annotations

from connector.magento.addresses import Addresses
from connector.magento.carts import Carts
from connector.magento.catalogue import Catalogue
from connector.magento.customers import Customers
from connector.magento.directory import Directory
from connector.magento.inventory import Inventory
from connector.magento.orders import Orders
from connector.magento.probes import Probes
from connector.magento.sales import Creditmemos, Invoices, Shipments
from connector.magento.transport import MagentoCredentials

__all__ = ["MagentoClient", "MagentoCredentials"]


class MagentoClient(
    Carts, Orders, Invoices, Shipments, Creditmemos, Catalogue, Directory, Probes, Inventory, Addresses, Customers
):
    """One store. See `Transport.__init__` for its arguments and `Transport.call` for what every call may raise."""
