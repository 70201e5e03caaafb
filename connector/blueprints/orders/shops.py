"""What pages need to know of the shops, read without their secrets."""

from __future__ import annotations

from typing import NamedTuple

from flask import abort, g
from sqlalchemy import select

from connector.extensions import db
from connector.models import Shop, Store
from connector.models.shop import ACTIVE


class ShopLabel(NamedTuple):
    """A shop's name, its time zone, and where the admin of its Magento store is."""

    id: int
    name: str
    region: str
    time_zone: str
    is_active: bool
    store_name: str
    admin_url: str

    def magento_order_url(self, magento_order_id: int | None) -> str:
        """Where Magento's admin shows an order; empty when the store is not known."""
        if not self.admin_url or magento_order_id is None:
            return ""
        return f"{self.admin_url}/sales/order/view/order_id/{magento_order_id}/"


UNKNOWN = ShopLabel(0, "–", "", "UTC", False, "", "")


def labels() -> dict[int, ShopLabel]:
    """All shops by their row's id. Read once a request."""
    if "shop_labels" not in g:
        stores = {
            store_id: (name, (admin_url or f"{url.rstrip('/')}/admin").rstrip("/"))
            for store_id, name, url, admin_url in db.session.execute(
                select(Store.id, Store.name, Store.url, Store.admin_url)
            )
        }
        # A shop that names no store belongs to the only one there is.
        default = next(iter(stores.values())) if len(stores) == 1 else ("", "")
        columns = select(Shop.id, Shop.name, Shop.region, Shop.time_zone, Shop.state, Shop.store_id).order_by(Shop.name)
        g.shop_labels = {
            shop_id: ShopLabel(shop_id, name, region, zone, state == ACTIVE, *(stores.get(store_id or 0, default)))
            for shop_id, name, region, zone, state, store_id in db.session.execute(columns)
        }
    found: dict[int, ShopLabel] = g.shop_labels
    return found


def label(shop_id: int) -> ShopLabel:
    return labels().get(shop_id, UNKNOWN)


def row_or_404(shop_id: int) -> Shop:
    """The shop of an address, as it is in the database now."""
    return db.session.get(Shop, shop_id, populate_existing=True) or abort(404)


def panel_zone() -> str:
    """The time zone that lists use: the shops' own where they agree on one, else UTC."""
    zones = {shop.time_zone for shop in labels().values() if shop.is_active} or {
        shop.time_zone for shop in labels().values()
    }
    return zones.pop() if len(zones) == 1 else "UTC"
