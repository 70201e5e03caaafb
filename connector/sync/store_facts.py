"""What is known of a Magento store and rarely changes: its currencies and rates, its store views, its regions.

Read from Magento when needed, kept in the store's row for a while, so that an order costs no call for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connector import clock
from connector.domain.errors import NeedsMerchant
from connector.domain.postal import Region
from connector.magento.client import MagentoClient
from connector.magento.directory import CurrencyRates, StoreView
from connector.magento.refusals import no_store_view
from connector.models import Store
from connector.models.transaction import end_transaction, transaction

KEPT_FOR = timedelta(hours=6)


@dataclass(kw_only=True)
class StoreFacts:
    """A store's facts, read through `client` when they are not known or too old."""

    store_id: int
    store_view_code: str
    client: MagentoClient
    #: The same store, across all its store views.
    everywhere: MagentoClient
    facts: dict[str, Any]
    read_at: datetime | None
    #: Which of the facts were read just now, and not taken from the store's row.
    read_now: set[str] = field(default_factory=set)

    @property
    def currency(self) -> CurrencyRates:
        """The base currency of the store view, and the rates that the merchant keeps in Magento for it."""
        kept = self._fact(self._currency_name, self._read_currency)
        return CurrencyRates(
            base_currency=kept["base"],
            display_currency=kept["display"],
            rates={code: Decimal(rate) for code, rate in kept["rates"].items()},
        )

    def currency_for(self, currency: str) -> CurrencyRates:
        """The same; read anew where there was no rate for a currency: the merchant may have set one since."""
        rates = self.currency
        if rates.base_rate(currency) is None and self._currency_name not in self.read_now:
            self.facts = {name: fact for name, fact in self.facts.items() if name != self._currency_name}
            rates = self.currency
        return rates

    @property
    def _currency_name(self) -> str:
        return f"currency:{self.store_view_code}"

    def regions(self, country: str) -> tuple[Region, ...]:
        """Magento's regions of a country, in its order."""
        kept = self._fact(f"regions:{country}", lambda: [[r.id, r.code, r.name] for r in self.client.regions(country)])
        return tuple(Region(id=id_, code=code, name=name) for id_, code, name in kept)

    @property
    def magento_store_id(self) -> int:
        """The id of the store view that orders are created in."""
        return int(self._view["id"])

    @property
    def website_id(self) -> int:
        """The website of the store view that orders are created in."""
        return int(self._view["website_id"])

    @property
    def stock_id(self) -> int:
        """The stock that the website sells from. Raises StoreAddressWrong where Magento's inventory modules are off."""
        return int(self._fact(f"stock_id:{self.website_id}", self._read_stock))

    @property
    def _view(self) -> dict[str, int]:
        view: dict[str, int] = self._fact(f"view:{self.store_view_code}", self._read_store_view)
        return view

    def _read_currency(self) -> dict[str, Any]:
        rates = self.client.currency_rates()
        return {
            "base": rates.base_currency,
            "display": rates.display_currency,
            "rates": {code: str(rate) for code, rate in rates.rates.items()},
        }

    def _read_stock(self) -> int:
        return self.client.stock_id(self.client.website_codes()[self.website_id])

    def _read_store_view(self) -> dict[str, int]:
        views = {view.code: view for view in self.client.store_views() if view.id != 0}
        if self.store_view_code:
            if self.store_view_code not in views:
                raise no_store_view(self.store_view_code)
            view = views[self.store_view_code]
        else:
            view = self._default_of(list(views.values()))
        return {"id": view.id, "website_id": view.website_id}

    def _default_of(self, views: list[StoreView]) -> StoreView:
        """The view in whose scope calls without a store view are. Magento tells neither which website is the default one nor
        anything by the order of its list; but a cart that is made without a store view is one of the default store view."""
        active = [view for view in views if view.is_active]
        if len(active) == 1:
            return active[0]
        store_id = self.client.store_id_of_cart(self.client.create_cart())
        default = next((view for view in views if view.id == store_id), None)
        if default is None:
            raise NeedsMerchant(
                "It is not known which of Magento's store views the shop sells for.",
                code="no_store",
                remedy="Choose the shop's store view on the connections page.",
            )
        return default

    def _fact(self, name: str, read: Callable[[], Any]) -> Any:
        now = clock.now()
        if self.read_at is None or now - self.read_at > KEPT_FOR:
            self.facts, self.read_at = {}, now
        if name not in self.facts:
            value = read()
            self.facts = {**self.facts, name: value}
            self.read_now.add(name)
            with transaction() as session:
                store = session.get_one(Store, self.store_id, with_for_update=True)
                fresh = store.facts_read_at is not None and now - store.facts_read_at <= KEPT_FOR
                store.facts = {**(store.facts if fresh else {}), name: value}
                store.facts_read_at = store.facts_read_at if fresh else now
        return self.facts[name]


def facts_of(store: Store, client: MagentoClient, everywhere: MagentoClient, store_view_code: str) -> StoreFacts:
    """The facts of a store's row; ends the reading transaction, since they may be read from Magento later."""
    facts = StoreFacts(
        store_id=store.id,
        store_view_code=store_view_code,
        client=client,
        everywhere=everywhere,
        facts=dict(store.facts or {}),
        read_at=store.facts_read_at,
    )
    end_transaction()
    return facts


def known_regions(store: Store, country: str) -> tuple[Region, ...] | None:
    """Magento's regions of a country as they were last read, however long ago; None when they never were."""
    kept = (store.facts or {}).get(f"regions:{country}")
    return None if kept is None else tuple(Region(id=id_, code=code, name=name) for id_, code, name in kept)
