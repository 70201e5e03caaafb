"""Whose order it is in Magento: what the merchant chose, and what a customer for each buyer is made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from connector.domain.order import Order
from connector.domain.postal import PostalAddress
from connector.domain.settings import ShopSettings

#: A customer needs names, and TikTok does not always show them.
UNNAMED = ("TikTok", "Buyer")
#: customer_entity.firstname and lastname (Magento's app/code/Magento/Customer/etc/db_schema.xml).
LONGEST_NAME = 255
#: The timeline's lines that say whose order it is, and that the customer was created for it; their details carry the id.
BELONGS = "customer"
CREATED = "customer_created"
#: The name of that id.
CUSTOMER_ID = "magento_customer_id"
_EMAIL = re.compile(r"[^@\s*]+@[^@\s*]+\.[^@\s*]+")
_SIGNS = frozenset(",-_.' 0123456789")


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer of Magento's; `group_id` 0 is that of guests."""

    id: int
    website_id: int
    group_id: int = 0


@dataclass(frozen=True, kw_only=True)
class NewCustomer:
    """What a customer is created with. Without a store view Magento takes the website's first, without a group its default."""

    email: str
    firstname: str
    lastname: str
    website_id: int
    store_id: int | None = None
    group_id: int | None = None


def address_of_buyer(order: Order) -> str:
    """TikTok's anonymized e-mail address for the buyer; "" where TikTok gives none, or only a masked one."""
    return order.buyer_email if _EMAIL.fullmatch(order.buyer_email) else ""


def has_own_customer(order: Order, settings: ShopSettings) -> bool:
    """Whether the order is to belong to a customer of the buyer's own."""
    return settings.customer_mode == "each" and bool(address_of_buyer(order))


def customer_email(order: Order, settings: ShopSettings) -> str:
    """The e-mail address that the Magento order gets, by the merchant's choice of customer."""
    known = address_of_buyer(order) if settings.customer_mode in ("buyer", "each") else ""
    return known or settings.customer_email


def customer_group(settings: ShopSettings, customer: Customer | None) -> int | None:
    """The customer group that the order gets: the setting's, else that of its own customer. None: Magento's choice."""
    if settings.customer_group_id is not None or customer is None:
        return settings.customer_group_id
    return customer.group_id


def new_customer(
    order: Order, settings: ShopSettings, address: PostalAddress | None, *, website_id: int, store_id: int | None
) -> NewCustomer:
    """The customer to be created for the order's buyer, with the recipient's name where there is one.

    `address` is None where only a placeholder stands for it. The group of guests (0) is no group of a customer's.
    """
    names = UNNAMED
    if address is not None and not address.is_masked:
        names = (_name(address.firstname) or UNNAMED[0], _name(address.lastname) or UNNAMED[1])
    return NewCustomer(
        email=address_of_buyer(order),
        firstname=names[0],
        lastname=names[1],
        website_id=website_id,
        store_id=store_id,
        group_id=settings.customer_group_id or None,
    )


def chosen(found: Iterable[Customer], website_id: int, *, of_any_website: bool = False) -> Customer | None:
    """Of the customers with one e-mail address the one of this website, or of any where customers are shared by all."""
    customers = sorted(found, key=lambda customer: (customer.website_id != website_id, customer.id))
    if not customers or (customers[0].website_id != website_id and not of_any_website):
        return None
    return customers[0]


def _name(text: str) -> str:
    """A name as Magento takes it for a customer: letters of all scripts, digits, spaces and , - _ . ' only.

    It refuses a customer with anything else in the name (app/code/Magento/Customer/Model/Validator/Name.php, PATTERN_NAME),
    while orders take what a buyer wrote.
    """
    spelled = " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    kept = "".join(one for one in spelled if one in _SIGNS or unicodedata.category(one)[0] in "LM")
    return " ".join(kept.split())[:LONGEST_NAME].strip()
