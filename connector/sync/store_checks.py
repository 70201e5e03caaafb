"""A live look at a Magento store, step by step, each in words: what is well, what is wrong, what to do about it.

Nothing is changed in the store but for one guest cart, which gets an item and loses it again (Magento removes old carts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy import select

from connector.domain.errors import ConnectorError
from connector.domain.postal import PostalAddress
from connector.domain.settings import NO_NOTE, VAT_COUNTRIES, ShopSettings
from connector.extensions import db
from connector.http import CallFailed
from connector.magento.client import MagentoClient
from connector.magento.directory import CurrencyRates
from connector.magento.errors import (
    BadAnswer,
    NotFound,
    OutOfStock,
    ProductUnavailable,
    StoreAddressWrong,
    Unauthorized,
)
from connector.magento.probes import PERMISSIONS
from connector.models import Shop
from connector.models.shop import sells_for
from connector.models.transaction import end_transaction
from connector.sync.checks import BoundShop, Check, words
from connector.sync.customer_checks import customers, order_mail

T = TypeVar("T")

#: What a shop of a country sells in (TikTok Shop's markets).
CURRENCIES = {
    **dict.fromkeys(VAT_COUNTRIES, "EUR"),
    "US": "USD",
    "GB": "GBP",
    "UK": "GBP",
    "CZ": "CZK",
    "DK": "DKK",
    "HU": "HUF",
    "PL": "PLN",
    "RO": "RON",
    "SE": "SEK",
    "MX": "MXN",
    "BR": "BRL",
    "JP": "JPY",
    "ID": "IDR",
    "TH": "THB",
    "VN": "VND",
    "MY": "MYR",
    "PH": "PHP",
    "SG": "SGD",
}
_EXAMPLE = PostalAddress(
    firstname="Connection",
    lastname="Check",
    street=("1 Example Street",),
    city="Example",
    postcode="10001",
    country_id="US",
    telephone="000-000-0000",
)


def bound_shops(store_id: int) -> list[BoundShop]:
    """The shops whose orders go to this store."""
    rows = db.session.scalars(select(Shop).where(sells_for(store_id)).order_by(Shop.id)).all()
    return [BoundShop(shop.name, shop.region, shop.store_view_code, shop.settings) for shop in rows]


def check(
    client: MagentoClient, host: str, shops: list[BoundShop], of_view: Callable[[str], MagentoClient]
) -> Iterator[Check]:
    """All checks in order; those that cannot work after a failure are left out. Ends open reads first.

    `of_view` gives a client in the scope of a store view, by its code.
    """
    end_transaction()
    yield (reached := _reached(client, host))
    if not reached.ok:
        return
    rates = _asked(client.currency_rates)
    if isinstance(rates, ConnectorError):
        yield Check("Magento", False, _not_magento(rates))
        return
    yield Check("Magento", True, f"Magento's REST API answers. Its base currency is {rates.base_currency}.")
    views = _asked(client.store_views)
    denied = [] if not isinstance(views, Unauthorized) else [views]
    missing, error = _missing(client)
    if error is not None or len(missing) == len(PERMISSIONS):
        yield Check("Credentials", False, words(error or denied[0]) if (error or denied) else "Nothing is allowed.")
        return
    yield Check("Credentials", True, "Magento knows the integration.")
    if isinstance(views, Unauthorized):
        missing.insert(0, f"{getattr(views, 'subject', '') or 'Magento_Backend::store'} (see the store views)")
    yield _permissions(missing)
    if isinstance(views, ConnectorError):
        if not isinstance(views, Unauthorized):
            yield Check("Store views", False, words(views))
    else:
        yield _views([view.code for view in views if view.id != 0], shops)
    rates_of: dict[str, CurrencyRates | ConnectorError] = {"": rates}
    for shop in shops:
        view = shop.store_view_code
        if view not in rates_of:
            rates_of[view] = _asked(of_view(view).currency_rates)
        yield _currency(shop, rates_of[view])
    for shop in shops:
        yield from _statuses(client, shop)
    for shop in shops:
        yield order_mail(shop)
        yield from customers(client, shop)
    yield _inventory(client)
    yield from _cart(client, shops)


def _asked(ask: Callable[[], T]) -> T | ConnectorError:
    try:
        return ask()
    except ConnectorError as error:
        return error


def _reached(client: MagentoClient, host: str) -> Check:
    try:
        version = client.version()
    except CallFailed as error:
        if error.kind == "tls":
            return Check("Certificate", False, words(error))
        reason = error.message
        return Check(
            "Reachable",
            False,
            f"{reason} Check the address, that the server runs, and that no firewall keeps the connector out.",
        )
    answers = f"{host} answers. {version or 'It does not tell its version.'}"
    if not client.is_encrypted:
        return Check(
            "Reachable",
            True,
            f"{answers} Its address begins with http://: whoever sits between can read the credentials and the orders. Give"
            " the address with https://.",
            is_warning=True,
        )
    return Check("Reachable", True, answers)


def _not_magento(error: ConnectorError) -> str:
    if isinstance(error, StoreAddressWrong | BadAnswer | NotFound) and error.code != "magento_redirects":
        return (
            f"What answers there is not Magento's REST API. {error.message} Give the address under which the shop itself"
            " opens, without /admin; a shop in a folder needs the folder too."
        )
    return words(error)


def _missing(client: MagentoClient) -> tuple[list[str], ConnectorError | None]:
    missing = []
    for permission in PERMISSIONS:
        try:
            if not client.may(permission):
                missing.append(f"{permission.resource} ({permission.purpose})")
        except ConnectorError as error:
            if isinstance(error, StoreAddressWrong):
                continue  # a module that is switched off; the check of that module says so
            return missing, error
    return missing, None


def _permissions(missing: list[str]) -> Check:
    if not missing:
        return Check("Permissions", True, f"The integration has all {len(PERMISSIONS)} permissions that are needed.")
    return Check(
        "Permissions",
        False,
        f"The integration lacks {', '.join(missing)}. In Magento, System > Integrations, open the integration, give it"
        " these resources (or all), save and reauthorize it.",
    )


def _views(codes: list[str], shops: list[BoundShop]) -> Check:
    for shop in shops:
        if shop.store_view_code and shop.store_view_code not in codes:
            return Check(
                "Store views",
                False,
                f"{shop.name} sells for the store view {shop.store_view_code}, which is not there any more. There are:"
                f" {', '.join(codes)}. Choose one on the connections page.",
            )
    return Check("Store views", True, ", ".join(codes))


def _currency(shop: BoundShop, rates: CurrencyRates | ConnectorError) -> Check:
    name = f"Currency of {shop.name}"
    if isinstance(rates, ConnectorError):
        return Check(name, False, words(rates))
    currency, base = CURRENCIES.get(shop.region, ""), rates.base_currency
    if not currency or currency == base:
        return Check(name, True, f"{currency or 'Not known yet'}; the store's base currency is {base}.")
    if shop.settings.exchange_rate:
        return Check(name, True, f"1 {currency} is {shop.settings.exchange_rate} {base}, as set in Settings.")
    if rates.base_rate(currency) is not None:
        return Check(name, True, f"{currency}, by the rate that Magento keeps; the base currency is {base}.")
    return Check(
        name,
        False,
        f"The shop sells in {currency}, the store's base currency is {base}, and Magento keeps no rate for it. Enter one"
        " in Magento (Stores > Currency Rates) or in the shop's settings.",
    )


#: Every Magento has these.
_CORE_STATUSES = {"pending", "processing", "complete"}


def _statuses(client: MagentoClient, shop: BoundShop) -> Iterator[Check]:
    """The statuses that orders are to get: Magento's API has no list of them, so it is asked for orders that have them."""
    wanted = {code for code in (shop.settings.status_map or {}).values() if code != NO_NOTE}
    if not wanted:
        return
    name = f"Statuses of {shop.name}"
    try:
        unseen = sorted(code for code in wanted - _CORE_STATUSES if not client.has_order_with_status(code))
    except ConnectorError as error:
        yield Check(name, False, words(error))
        return
    if unseen:
        yield Check(
            name,
            True,
            f"No order of the store has had {', '.join(unseen)} yet. If Magento knows no such status (Stores > Order Status),"
            " it will refuse it, and the order's timeline will say so.",
            is_warning=True,
        )
    else:
        yield Check(name, True, f"Magento knows {', '.join(sorted(wanted))}.")


def _inventory(client: MagentoClient) -> Check:
    try:
        sources = client.inventory_sources()
    except StoreAddressWrong:
        return Check(
            "Stock reservation",
            True,
            "Magento's inventory modules (MSI) are switched off. Orders still take stock the way Magento does without"
            " them, when they are placed.",
            is_warning=True,
        )
    except Unauthorized:
        return Check("Stock reservation", True, "Not known: the permission is missing.", is_warning=True)
    except ConnectorError as error:
        return Check("Stock reservation", False, words(error))
    enabled = [source.source_code for source in sources if source.is_enabled]
    return Check("Stock reservation", True, f"Possible. Sources: {', '.join(enabled) or 'none is enabled'}.")


def _cart(client: MagentoClient, shops: list[BoundShop]) -> Iterator[Check]:
    """The round trip: a cart, an item in it, an address, and the item out again."""
    try:
        cart_id = client.create_cart()
        item_id = _put_something_in(client, cart_id)
    except ConnectorError as error:
        yield Check("A cart and back", False, words(error))
        return
    if item_id is None:
        yield Check(
            "A cart and back",
            True,
            "A cart can be made. No simple product in stock was found to put into it, so shipping and payment methods"
            " were not looked at.",
            is_warning=True,
        )
        return
    try:
        yield from _methods(client, cart_id, shops)
    finally:
        client.delete_cart_item(cart_id, item_id)
    is_empty = not client.cart_items(cart_id)
    yield Check(
        "A cart and back", is_empty, "A cart was made, filled and emptied again." if is_empty else "The item stayed."
    )


def _put_something_in(client: MagentoClient, cart_id: int) -> int | None:
    for sku in client.sellable_skus():
        try:
            return client.add_cart_item(cart_id, sku, 1).item_id
        except (OutOfStock, ProductUnavailable):
            continue
    return None


def _methods(client: MagentoClient, cart_id: int, shops: list[BoundShop]) -> Iterator[Check]:
    """Shipping and payment methods, as each shop's settings name them; without a shop, as the defaults do."""
    seen = set()
    for shop in shops or [BoundShop("the default settings", "US", "", ShopSettings())]:
        wanted = (shop.settings.shipping_carrier_code, shop.settings.shipping_method_code, shop.settings.payment_method)
        country = "GB" if shop.region == "UK" else shop.region
        if (country, *wanted) in seen:
            continue
        seen.add((country, *wanted))
        carrier, method, payment = wanted
        try:
            regions = client.regions(country)
            address = PostalAddress(
                **{
                    **_EXAMPLE.__dict__,
                    "country_id": country,
                    "region": regions[0].name if regions else "",
                    "region_code": regions[0].code if regions else "",
                    "region_id": regions[0].id if regions else None,
                }
            )
            cart = client.set_shipping_information(cart_id, address, carrier, method, email="check@example.com")
        except ConnectorError as error:
            yield Check(f"Shipping method of {shop.name}", False, words(error))
            continue
        yield Check(f"Shipping method of {shop.name}", True, f"{carrier}_{method} is offered in {country}.")
        codes = [one.code for one in cart.payment_methods]
        if payment in codes:
            yield Check(
                f"Payment method of {shop.name}", True, f"{payment} is switched on. Offered: {', '.join(codes)}."
            )
        else:
            yield Check(
                f"Payment method of {shop.name}",
                False,
                f"{payment} is not offered. Offered: {', '.join(codes) or 'none'}. Switch it on in Magento (Stores >"
                " Configuration > Sales > Payment Methods), or choose another one in Settings.",
            )
