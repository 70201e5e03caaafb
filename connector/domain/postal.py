"""A postal address as Magento takes it. Made from a TikTok recipient by `connector.domain.address`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Region:
    """A state or province of Magento's directory (`available_regions` of GET /V1/directory/countries/{id})."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PostalAddress:
    """Names, street lines and ids as Magento's address documents take them."""

    firstname: str
    lastname: str
    street: tuple[str, ...]
    city: str
    postcode: str
    country_id: str
    telephone: str
    region: str = ""
    region_code: str = ""
    region_id: int | None = None
    vat_id: str = ""
    company: str = ""
    is_masked: bool = False
