"""Addresses in Magento's two spellings, and the bodies that fill a cart (way B). Pure functions of our values."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connector.domain.booking import ProductOption
from connector.domain.postal import PostalAddress

Document = dict[str, Any]


def cart_address_document(address: PostalAddress, email: str) -> Document:
    """An address as carts take it: camelCase (65)."""
    return _without_empty(
        {
            "firstname": address.firstname,
            "lastname": address.lastname,
            "street": list(address.street),
            "city": address.city,
            "region": address.region,
            "regionCode": address.region_code,
            "regionId": address.region_id,
            "postcode": address.postcode,
            "countryId": address.country_id,
            "telephone": address.telephone,
            "email": email,
            "vatId": address.vat_id,
            "company": address.company,
        }
    )


def order_address_document(address: PostalAddress, email: str, address_type: str) -> Document:
    """An address as orders take it: snake_case; `address_type` is billing or shipping (95)."""
    return _without_empty(
        {
            "firstname": address.firstname,
            "lastname": address.lastname,
            "street": list(address.street),
            "city": address.city,
            "region": address.region,
            "region_code": address.region_code,
            "region_id": address.region_id,
            "postcode": address.postcode,
            "country_id": address.country_id,
            "telephone": address.telephone,
            "email": email,
            "address_type": address_type,
            "vat_id": address.vat_id,
            "company": address.company,
        }
    )


def _without_empty(document: Document) -> Document:
    """Without the optional fields that are empty: a null region or tax number is not the same as none."""
    optional = {"region", "regionCode", "regionId", "region_code", "region_id", "vatId", "vat_id", "company"}
    return {name: value for name, value in document.items() if value or name not in optional}


def shipping_information_document(
    address: PostalAddress, carrier: str, method: str, *, email: str, billing: PostalAddress | None = None
) -> Document:
    """The body of POST /V1/carts/{id}/shipping-information: the address for shipping, and for billing unless another is (65)."""
    return {
        "addressInformation": {
            "shippingAddress": cart_address_document(address, email),
            "billingAddress": cart_address_document(billing or address, email),
            "shippingCarrierCode": carrier,
            "shippingMethodCode": method,
        }
    }


def billing_address_document(address: PostalAddress, *, email: str) -> Document:
    """The body of POST /V1/carts/{id}/billing-address, for a cart with nothing to ship."""
    return {"address": cart_address_document(address, email), "useForShipping": False}


def cart_item_document(cart_id: int, sku: str, qty: int | Decimal, options: Iterable[ProductOption] = ()) -> Document:
    """The body of POST /V1/carts/{id}/items (61). Without a price: Magento takes the catalogue's whatever is sent."""
    item: Document = {"sku": sku, "qty": qty, "quote_id": str(cart_id)}
    chosen = _chosen(options)
    if chosen:
        item["product_option"] = {"extension_attributes": chosen}
    return {"cartItem": item}


def _chosen(options: Iterable[ProductOption]) -> Document:
    """The choices of a configurable, bundle, … product, as quote-data-product-option takes them."""
    chosen: dict[str, Any] = {}
    for option in options:
        if option.kind == "bundle":
            selections = [int(value) for value in option.values]
            chosen.setdefault("bundle_options", []).append(
                {"option_id": int(option.option_id), "option_qty": option.quantity, "option_selections": selections}
            )
        elif option.kind == "downloadable":
            links = [int(value) for value in option.values]
            chosen.setdefault("downloadable_option", {"downloadable_links": []})["downloadable_links"] += links
        elif option.kind == "configurable":
            chosen.setdefault("configurable_item_options", []).append(
                {"option_id": option.option_id, "option_value": int(option.values[0])}
            )
        else:
            chosen.setdefault("custom_options", []).append(
                {"option_id": option.option_id, "option_value": ",".join(option.values)}
            )
    return chosen
