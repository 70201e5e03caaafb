"""What a store has: regions, currency rates, store views and their configuration, inventory sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from connector.domain.postal import Region
from connector.magento import read
from connector.magento.errors import NotFound
from connector.magento.search import criteria
from connector.magento.transport import Transport


@dataclass(frozen=True, kw_only=True)
class CurrencyRates:
    """The store's own rates: `rates[currency]` is how many units of `currency` one unit of base currency is."""

    base_currency: str
    display_currency: str
    rates: Mapping[str, Decimal]

    def base_rate(self, currency: str) -> Decimal | None:
        """Units of base currency for one unit of `currency`; None where the store has no rate."""
        if currency == self.base_currency:
            return Decimal(1)
        rate = self.rates.get(currency)
        return 1 / rate if rate else None


@dataclass(frozen=True, kw_only=True)
class StoreView:
    """A store view; id 0 (admin) is none that sells."""

    id: int
    code: str
    name: str
    website_id: int
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class StoreConfig:
    """A store view's configuration. `timezone` is an IANA name."""

    id: int
    code: str
    locale: str
    base_currency: str
    display_currency: str
    timezone: str
    base_url: str


@dataclass(frozen=True, kw_only=True)
class InventorySource:
    """A place that stock lies in."""

    source_code: str
    name: str
    is_enabled: bool
    country_id: str


class Directory(Transport):
    def regions(self, country_id: str) -> tuple[Region, ...]:
        """The regions of a country (ISO code), empty where it has none or Magento does not know it (91)."""
        try:
            return self.call("GET", f"/directory/countries/{quote(country_id, safe='')}", _regions)
        except NotFound:
            return ()

    def currency_rates(self) -> CurrencyRates:
        """The base currency and the rates that the merchant keeps in Magento."""
        return self.call("GET", "/directory/currency", _currency_rates)

    def store_views(self) -> tuple[StoreView, ...]:
        """All store views, the admin's (id 0) among them (05)."""
        return self.call("GET", "/store/storeViews", lambda answer: tuple(map(_store_view, answer)))

    def website_codes(self) -> dict[int, str]:
        """The code of each website, by its id."""
        return self.call("GET", "/store/websites", lambda answer: {int(row["id"]): str(row["code"]) for row in answer})

    def store_configs(self) -> tuple[StoreConfig, ...]:
        """The configuration of each store view (06)."""
        return self.call("GET", "/store/storeConfigs", lambda answer: tuple(map(_store_config, answer)))

    def inventory_sources(self) -> tuple[InventorySource, ...]:
        """The inventory sources. Raises StoreAddressWrong where the store's inventory modules are switched off."""
        params = criteria(page_size=200)
        return self.call(
            "GET", "/inventory/sources", lambda answer: tuple(map(_source, read.rows(answer, "items"))), params=params
        )


def _regions(answer: Mapping[str, Any]) -> tuple[Region, ...]:
    return tuple(
        Region(id=int(row["id"]), code=read.text(row, "code"), name=read.text(row, "name"))
        for row in read.rows(answer, "available_regions")
    )


def _currency_rates(answer: Mapping[str, Any]) -> CurrencyRates:
    return CurrencyRates(
        base_currency=str(answer["base_currency_code"]),
        display_currency=read.text(answer, "default_display_currency_code"),
        rates={str(row["currency_to"]): read.amount(row, "rate") for row in read.rows(answer, "exchange_rates")},
    )


def _store_view(row: Mapping[str, Any]) -> StoreView:
    return StoreView(
        id=int(row["id"]),
        code=str(row["code"]),
        name=read.text(row, "name"),
        website_id=int(row["website_id"]),
        is_active=bool(read.whole(row, "is_active")),
    )


def _store_config(row: Mapping[str, Any]) -> StoreConfig:
    return StoreConfig(
        id=int(row["id"]),
        code=str(row["code"]),
        locale=read.text(row, "locale"),
        base_currency=str(row["base_currency_code"]),
        display_currency=read.text(row, "default_display_currency_code"),
        timezone=read.text(row, "timezone"),
        base_url=read.text(row, "secure_base_url") or read.text(row, "base_url"),
    )


def _source(row: Mapping[str, Any]) -> InventorySource:
    return InventorySource(
        source_code=str(row["source_code"]),
        name=read.text(row, "name"),
        is_enabled=bool(row.get("enabled")),
        country_id=read.text(row, "country_id"),
    )
