"""Customers: found by their e-mail address, and created.

None of this is in the recordings; it rests on Magento's own source (magento/magento2, 2.4):
- routes and permissions: app/code/Magento/Customer/etc/webapi.xml. Searching needs Magento_Customer::customer. Creating needs
  no permission, but Magento_Customer::manage where a group is given (Model/AccountManagementApi.php, createAccount).
- one customer for an e-mail address and website, by a unique key (etc/db_schema.xml, CUSTOMER_ENTITY_EMAIL_WEBSITE_ID), or one
  for an e-mail address where the store shares its customers among websites (Model/ResourceModel/Customer.php, _beforeSave).
- a customer who is created is sent a welcome mail; nothing that is sent with the request prevents it
  (Model/AccountManagement.php, createAccountWithPasswordHash and sendEmailConfirmation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.domain.customers import Customer, NewCustomer
from connector.magento import read
from connector.magento.search import Filter, criteria
from connector.magento.transport import Transport

#: What is asked of a customer: nothing about the person.
CUSTOMER_FIELDS = "id,group_id,website_id"


class Customers(Transport):
    def find_customers(self, email: str) -> tuple[Customer, ...]:
        """The customers with this e-mail address, one for each website at most. Raises NotAuthorized without permission."""
        params = criteria(Filter("email", email), page_size=100, fields=f"items[{CUSTOMER_FIELDS}]")
        return self.call(
            "GET", "/customers/search", lambda answer: tuple(map(_customer, read.rows(answer, "items"))), params=params
        )

    def create_customer(self, new: NewCustomer) -> Customer:
        """Create a customer without password: nobody can log in as it before setting one by Magento's mail.

        Raises CustomerExists where there is one with this e-mail address: find it and go on. Raises NotFound for an unknown
        website, Refused for an unknown group or what the store's own rules for customers do not allow.
        """
        document: dict[str, Any] = {
            "email": new.email,
            "firstname": new.firstname,
            "lastname": new.lastname,
            "website_id": new.website_id,
        }
        optional = {"store_id": new.store_id, "group_id": new.group_id}
        document |= {name: value for name, value in optional.items() if value is not None}
        return self.call("POST", "/customers", _customer, body={"customer": document})


def _customer(document: Mapping[str, Any]) -> Customer:
    return Customer(
        id=int(document["id"]),
        website_id=read.whole(document, "website_id") or 0,
        group_id=read.whole(document, "group_id") or 0,
    )
