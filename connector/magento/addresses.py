"""The addresses of an order that is there: read and changed one by one (PUT /V1/orders/{parent_id})."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.domain.postal import PostalAddress
from connector.magento import read
from connector.magento.cart_documents import order_address_document
from connector.magento.transport import Transport

_ADDRESS = (
    "[entity_id,address_type,firstname,lastname,street,city,postcode,country_id,region,region_code,region_id,telephone,"
    "email,vat_id,company]"
)
_FIELDS = f"billing_address{_ADDRESS},extension_attributes[shipping_assignments[shipping[address{_ADDRESS}]]]"


@dataclass(frozen=True, kw_only=True)
class OrderAddress:
    """One address of an order: billing or shipping."""

    entity_id: int
    address_type: str
    email: str
    address: PostalAddress


class Addresses(Transport):
    def order_addresses(self, entity_id: int) -> tuple[OrderAddress, ...]:
        """The addresses of an order (29): billing, and shipping unless it is virtual. Personal data: not to be kept."""
        return self.call("GET", f"/orders/{entity_id}", _addresses, params={"fields": _FIELDS})

    def update_address(self, entity_id: int, old: OrderAddress, address: PostalAddress) -> None:
        """Writes an address over one of the order's. Magento allows it in any state, and repeating it changes nothing."""
        document = order_address_document(address, old.email, old.address_type)
        # A region that is left out would stay what it was.
        for name in ("region", "region_code", "vat_id"):
            document.setdefault(name, "")
        document |= {"entity_id": old.entity_id, "parent_id": entity_id}
        self.call("PUT", f"/orders/{entity_id}", lambda answer: answer["entity_id"], body={"entity": document})


def _addresses(document: Mapping[str, Any]) -> tuple[OrderAddress, ...]:
    found = [document.get("billing_address")]
    extension = document.get("extension_attributes") or {}
    for assignment in read.rows(extension, "shipping_assignments")[:1]:
        found.append((assignment.get("shipping") or {}).get("address"))
    return tuple(_address(row) for row in found if row)


def _address(row: Mapping[str, Any]) -> OrderAddress:
    street = row.get("street") or ()
    address = PostalAddress(
        firstname=read.text(row, "firstname"),
        lastname=read.text(row, "lastname"),
        street=tuple(str(line) for line in ([street] if isinstance(street, str) else street)),
        city=read.text(row, "city"),
        postcode=read.text(row, "postcode"),
        country_id=read.text(row, "country_id"),
        telephone=read.text(row, "telephone"),
        region=read.text(row, "region"),
        region_code=read.text(row, "region_code"),
        region_id=read.whole(row, "region_id"),
        vat_id=read.text(row, "vat_id"),
        company=read.text(row, "company"),
    )
    texts = (address.firstname, address.lastname, *address.street, address.city, address.postcode, address.telephone)
    return OrderAddress(
        entity_id=int(row["entity_id"]),
        address_type=read.text(row, "address_type"),
        email=read.text(row, "email"),
        address=PostalAddress(**{**vars(address), "is_masked": any("*" in text for text in texts)}),
    )
