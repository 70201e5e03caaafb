"""An address that a person put right in the panel: what it must be, how it is kept, and how it is told.

It stands beside what TikTok sent, which is never changed. Magento's order is written from it for as long as it stands.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from connector.domain.address import postal_address
from connector.domain.countries import POSTCODE_OPTIONAL, REGION_REQUIRED
from connector.domain.errors import NeedsMerchant
from connector.domain.faults import Fault
from connector.domain.order import Order
from connector.domain.person_names import one_line
from connector.domain.postal import PostalAddress, Region
from connector.domain.settings import ShopSettings

#: Post codes by country, as TikTok's own forms take them where it sells.
_POSTCODES = {
    "US": (r"\d{5}(-\d{4})?", "90001 or 90001-1234"),
    "GB": (r"(?i)[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "SW1A 1AA"),
    "IE": (r"(?i)[A-Z]\d[\dW] ?[A-Z\d]{4}", "D02 AF30"),
    "NL": (r"(?i)\d{4} ?[A-Z]{2}", "1012 AB"),
    "JP": (r"\d{3}-?\d{4}", "100-0001"),
    "BR": (r"\d{5}-?\d{3}", "01310-100"),
    "VN": (r"\d{5,6}", "70000"),
    **dict.fromkeys(("DE", "FR", "ES", "IT", "MX", "TH", "MY", "ID"), (r"\d{5}", "10115")),
    "PH": (r"\d{4}", "1000"),
    "SG": (r"\d{6}", "018956"),
}
_TELEPHONE = re.compile(r"[\d+()./ \-]{4,32}")
LONGEST = {"firstname": 100, "lastname": 100, "city": 100, "postcode": 20, "telephone": 32, "region": 100}
LONGEST_LINE = 200
_LABELS = {
    "firstname": "First name",
    "lastname": "Last name",
    "street": "Street",
    "city": "City",
    "postcode": "Post code",
    "telephone": "Telephone",
    "region": "State or province",
}


def to_stored(address: PostalAddress) -> dict[str, Any]:
    """The address as JSON-able values; the names are those that `connector.redaction` knows as personal."""
    return asdict(address) | {"street": list(address.street)}


def from_stored(stored: Mapping[str, Any] | None) -> PostalAddress | None:
    """The address of a row; unknown names are ignored, None for none."""
    if not stored:
        return None
    known = {field.name for field in fields(PostalAddress)}
    values = {name: value for name, value in stored.items() if name in known}
    return PostalAddress(**{**values, "street": tuple(values.get("street") or ())})


def tidied(address: PostalAddress) -> PostalAddress:
    """Without spaces that say nothing, and without empty street lines."""
    return replace(
        address,
        firstname=one_line(address.firstname),
        lastname=one_line(address.lastname),
        city=one_line(address.city),
        postcode=one_line(address.postcode),
        telephone=one_line(address.telephone),
        region=one_line(address.region),
        street=tuple(line for line in map(one_line, address.street) if line),
    )


def problems(address: PostalAddress, regions: Sequence[Region] | None, *, street_lines: int) -> dict[str, str]:
    """What is wrong with which field, as sentences; empty when Magento will take the address.

    `regions` are Magento's for the country, None when they are not known yet (the worker checks the region then).
    """
    return dict(_problems(address, regions, street_lines))


def _problems(address: PostalAddress, regions: Sequence[Region] | None, street_lines: int) -> Iterator[tuple[str, str]]:
    texts = {name: getattr(address, name) for name in LONGEST} | {"street": "\n".join(address.street)}
    for name, text in texts.items():
        said = _problem_of_text(name, text, address.country_id)
        if said:
            yield name, Fault(_LABELS[name], said)
    if len(address.street) > street_lines:
        yield "street", f"Street may have at most {street_lines} lines in this store."
    if regions and address.country_id in REGION_REQUIRED and address.region_id is None:
        yield "region", "State or province must be chosen from Magento's list."
    elif regions and address.region_id is not None and address.region_id not in {region.id for region in regions}:
        yield "region", "State or province is not one of this country's."


def _problem_of_text(name: str, text: str, country: str) -> str:
    is_optional = name == "region" or (name == "postcode" and country in POSTCODE_OPTIONAL)
    if not text:
        return "" if is_optional else "must not be empty"
    if "*" in text:
        return "still holds * where TikTok hides it: type it in full"
    if any(ord(character) < 32 and character != "\n" for character in text):
        return "may not hold control characters"
    longest = LONGEST.get(name, LONGEST_LINE)
    if any(len(line) > longest for line in text.split("\n")):
        return f"may have at most {longest} characters"
    if name == "telephone" and not _TELEPHONE.fullmatch(text):
        return "may hold digits, spaces and + ( ) - . /, at least four of them"
    if name == "postcode" and country in _POSTCODES:
        pattern, example = _POSTCODES[country]
        if not re.fullmatch(pattern, text):
            return f"is not one of {country}'s (such as {example})"
    return ""


def with_region(address: PostalAddress, regions: Sequence[Region]) -> PostalAddress:
    """The address with the region's name and code from Magento's list. Raises NeedsMerchant where none is chosen that must be."""
    region = next((region for region in regions if region.id == address.region_id), None)
    if region is not None:
        return replace(address, region=region.name, region_code=region.code)
    if regions and address.country_id in REGION_REQUIRED:
        raise NeedsMerchant(
            f"Magento needs a region for an address in {address.country_id}, and the corrected address names none of its.",
            code="unknown_region",
            subject=address.country_id,
            remedy="Correct the address and choose a state or province from the list.",
        )
    return replace(address, region_id=None, region_code="")


def beginning(order: Order, settings: ShopSettings, regions: Sequence[Region] | None, country: str) -> PostalAddress:
    """What the form begins with: TikTok's address as Magento would get it, as far as there is one."""
    try:
        return postal_address(order.recipient, order, settings, regions or (), region_required=False)
    except NeedsMerchant:
        name = order.recipient
        return PostalAddress(
            firstname=name.first_name,
            lastname=name.last_name,
            street=(),
            city="",
            postcode="",
            country_id=country,
            telephone=name.phone_number,
        )


def print_of(order_id: str, address: PostalAddress) -> str:
    """A fingerprint, like connector.domain.address_print: what changed is noticed."""
    text = json.dumps({"id": order_id, "edited": to_stored(address)}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def changed_fields(old: PostalAddress, new: PostalAddress) -> tuple[str, ...]:
    """The names of what differs, for the timeline's sentence: without personal data."""
    return tuple(label.lower() for name, label in _LABELS.items() if getattr(old, name) != getattr(new, name))
