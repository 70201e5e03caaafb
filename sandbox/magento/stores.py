"""Websites, groups, store views and their configuration (recordings 05, 06)."""

from dataclasses import dataclass
from typing import Any

from sandbox.magento.routing import Call, route

BASE_CURRENCY = "USD"


@dataclass
class Store:
    """A store view."""

    id: int
    code: str
    name: str
    website_id: int
    store_group_id: int
    currency: str = BASE_CURRENCY
    locale: str = "en_US"
    is_active: int = 1
    rates: dict[str, str] | None = None
    """Exchange rates where it offers other currencies than the others; None: those of the settings."""

    @property
    def full_name(self) -> str:
        """`store_name` of an order (recording 20)."""
        return f"Main Website\nMain Website Store\n{self.name}"


def first_stores() -> list[Store]:
    """The store views of a fresh Magento, in the order in which it lists them."""
    return [
        Store(1, "default", "Default Store View", website_id=1, store_group_id=1),
        Store(0, "admin", "Admin", website_id=0, store_group_id=0),
    ]


@route("GET", "/V1/store/storeViews", "Magento_Backend::store")
def store_views(call: Call) -> list[dict[str, Any]]:
    names = ("id", "code", "name", "website_id", "store_group_id", "is_active")
    return [{name: getattr(store, name) for name in names} for store in call.state.stores]


@route("GET", "/V1/store/storeConfigs", "Magento_Backend::store")
def store_configs(call: Call) -> list[dict[str, Any]]:
    """Of all store views, or of those in `storeCodes[]`."""
    wanted = [value for key, value in call.query if key.startswith("storeCodes")]
    base = call.state.base_url
    urls = {
        "base_url": base,
        "base_link_url": base,
        "base_static_url": f"{base}static/version1795433842/",
        "base_media_url": f"{base}media/",
    }
    return [
        {
            "id": store.id,
            "code": store.code,
            "website_id": store.website_id,
            "locale": store.locale,
            "base_currency_code": BASE_CURRENCY,
            "default_display_currency_code": store.currency,
            "timezone": "UTC",
            "weight_unit": "lbs",
            **urls,
            **{f"secure_{name}": value for name, value in urls.items()},
        }
        for store in call.state.stores
        if store.id and (not wanted or store.code in wanted)
    ]


@route("GET", "/V1/store/websites", "Magento_Backend::store")
def websites(call: Call) -> list[dict[str, Any]]:
    further = [number for number in website_ids(call.state.stores) if number > 1]
    return [
        {"id": 1, "code": "base", "name": "Main Website", "default_group_id": 1},
        {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
        *({"id": n, "code": f"website_{n}", "name": f"Website {n}", "default_group_id": 1} for n in further),
    ]


def website_ids(stores: list[Store]) -> list[int]:
    """The websites that the store views belong to, the admin's (0) among them."""
    return sorted({store.website_id for store in stores})


@route("GET", "/V1/store/storeGroups", "Magento_Backend::store")
def store_groups(call: Call) -> list[dict[str, Any]]:
    main = {"id": 1, "website_id": 1, "root_category_id": 2, "default_store_id": 1, "name": "Main Website Store"}
    default = {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0, "name": "Default"}
    return [{**main, "code": "main_website_store"}, {**default, "code": "default"}]


@route("GET", "/V1/modules", "Magento_Backend::admin")
def modules(call: Call) -> list[str]:
    return [f"Magento_{name}" for name in ("Store", "Directory", "Catalog", "Quote", "Sales", "InventorySales")]
