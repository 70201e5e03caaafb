"""Addresses of carts: how they are kept, and what Magento finds wrong with them at placing (recordings 65, 81)."""

from typing import Any

from sandbox.magento.order_rows import stored
from sandbox.magento.regions import COUNTRIES, POSTCODE_OPTIONAL, REGION_REQUIRED, REGIONS, region
from sandbox.magento.state import Row, Settings


def cart_address(given: Row) -> Row:
    """The address as saved: name and code of a region come from its id; a region in words is its own code."""
    row = stored("quote-data-address", given)
    known = region(str(row.get("country_id")), row.get("region_id") or 0)
    if known:
        row |= {"region": known.name, "region_code": known.code}
    elif row.get("region"):
        row["region_code"] = row["region"]
    return row


def problems(address: Row, settings: Settings) -> list[str]:
    """Everything that Magento's address validators say, in their order."""
    found = []
    country = address.get("country_id")
    street = [line for line in address.get("street") or [] if line]
    for name, value in (
        ("firstname", address.get("firstname")),
        ("lastname", address.get("lastname")),
        ("street", street),
        ("city", address.get("city")),
        ("telephone", address.get("telephone")),
        ("postcode", address.get("postcode") or country in POSTCODE_OPTIONAL),
    ):
        if not value:
            found.append(_missing(name))
    if not country:
        found.append(_missing("countryId"))
    elif country not in COUNTRIES:
        found.append('Invalid value of "%value" provided for the %fieldName field.'.replace("%value", str(country)))
    else:
        found += _region_problems(address, settings)
    return found


def _region_problems(address: Row, settings: Settings) -> list[str]:
    country, region_id = address["country_id"], address.get("region_id")
    needed = REGION_REQUIRED if settings.region_required is None else settings.region_required
    if country not in REGIONS:
        return [_missing("region")] if country in needed and not address.get("region") else []
    if not region_id:
        return [_missing("regionId")] if country in needed else []
    if region(country, region_id) is None:
        return [f'Invalid value of "{region_id}" provided for the regionId field.']
    return []


def _missing(name: str) -> str:
    return f'"{name}" is required. Enter and try again.'


def order_address(address: Row, kind: str, order_id: int, entity_id: int) -> dict[str, Any]:
    """The row that placing makes of a cart's address."""
    names = (
        "city company country_id email fax firstname lastname middlename postcode prefix region region_code region_id "
        "street suffix telephone vat_id"
    )
    row = {name: address.get(name) for name in names.split()}
    return row | {"address_type": kind, "parent_id": order_id, "entity_id": entity_id}
