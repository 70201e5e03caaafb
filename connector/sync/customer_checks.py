"""The store's check on whose orders they are: what becomes of Magento's own mails, and what a customer for each buyer needs."""

from __future__ import annotations

from collections.abc import Iterator

from connector.domain.errors import ConnectorError
from connector.magento.client import MagentoClient
from connector.magento.probes import CUSTOMER_GROUPS, CUSTOMERS
from connector.sync.checks import BoundShop, Check, words


def order_mail(shop: BoundShop) -> Check:
    """What becomes of Magento's own order mail: REST can neither see nor switch it (reference/magento/README.md, way B)."""
    name = f"Order mail of {shop.name}"
    if shop.settings.create_way == "record":
        return Check(name, True, "Orders that are only recorded send none.")
    view = shop.store_view_code or "the default store view"
    where = f"Stores > Configuration > Sales > Sales Emails > Order, for {view}"
    if shop.settings.customer_mode in ("buyer", "each"):
        return Check(
            name,
            True,
            "Magento sends its own order mail to the buyer's TikTok address while such mails are on, besides TikTok's."
            f" It cannot be seen or switched from here: {where}.",
            is_warning=True,
        )
    return Check(
        name,
        True,
        f"Magento sends its own order mail to {shop.settings.customer_email} while such mails are on; buyers get none."
        f" It cannot be seen or switched from here: {where}.",
    )


def customers(client: MagentoClient, shop: BoundShop) -> Iterator[Check]:
    """Whether a customer for each buyer can be found and created; nothing where the shop wants none.

    A group is taken from whoever may manage customers only (Magento's AccountManagementApi::createAccount), and a welcome
    mail cannot be prevented by the request (connector.magento.customers).
    """
    if shop.settings.customer_mode != "each":
        return
    name = f"Customers of {shop.name}"
    needed = [CUSTOMERS, *([CUSTOMER_GROUPS] if shop.settings.customer_group_id else [])]
    try:
        missing = [one for one in needed if not client.may(one)]
        website_id = shop.settings.customer_website_id
        websites = client.website_codes() if website_id is not None and not missing else {}
    except ConnectorError as error:
        yield Check(name, False, words(error))
        return
    if missing:
        lacks = ", ".join(f"{one.resource} ({one.purpose})" for one in missing)
        yield Check(
            name,
            False,
            f"The integration lacks {lacks}. In Magento, System > Integrations, open the integration, give it Customers > All"
            " Customers, save and reauthorize it; or choose another customer in Settings.",
        )
        return
    if website_id is not None and not websites.get(website_id):
        there = ", ".join(f"{number} ({code})" for number, code in sorted(websites.items()) if number)
        yield Check(name, False, f"Magento has no website with the id {website_id}. There are: {there}.")
        return
    view = shop.store_view_code or "the default store view"
    yield Check(
        name,
        True,
        "A customer for each buyer can be found and created. Magento sends each new one its welcome mail, to the buyer's TikTok"
        " address, and the request cannot prevent it. All of a store view's mails are switched off together: Stores >"
        f" Configuration > Advanced > System > Mail Sending Settings > Disable Email Communications, for {view}.",
        is_warning=True,
    )
