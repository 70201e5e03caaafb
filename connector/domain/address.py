"""A TikTok recipient as a Magento address.

Choices, where the two differ:

- Names: see `person_names`.
- Street: the address lines, then, where addresses have districts that Magento has no field for (Asia, Latin America),
  those that no line names yet, smallest first. More lines than the store has are joined into the last one.
- City: `post_town` in GB; else the level that is the city there (`_CITY_LEVELS`), never the state if there is a smaller one.
- Region: among Magento's regions by ISO code, then by name (accents and case aside), then by other names, then by post
  code (ES, FR). In ES, IT and FR Magento's regions are provinces and départements, one level below TikTok's L1.
- Text is kept as the buyer wrote it, markup included: escaping is for whoever shows it. Masks (`*`) are kept and marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.domain.better_address import better_address
from connector.domain.countries import POSTCODE_OPTIONAL
from connector.domain.errors import NeedsMerchant
from connector.domain.house_numbers import in_lines_of_its_own
from connector.domain.order import District, Order, Recipient
from connector.domain.person_names import one_line, split_name
from connector.domain.postal import PostalAddress, Region
from connector.domain.region_names import also_called, plain, region_by_postcode
from connector.domain.settings import ShopSettings

__all__ = ["better_address", "named_region", "postal_address"]

#: Which levels of district_info can be the city, likeliest first; elsewhere as in the US.
_CITY_LEVELS = {
    **dict.fromkeys(("US",), ("L3", "L2", "L4", "L1")),
    **dict.fromkeys(("GB", "DE", "FR", "ES", "IT", "IE", "NL"), ("L3", "L4", "L2", "L1")),
    **dict.fromkeys(("JP", "MX", "BR", "ID", "TH", "VN", "MY", "PH", "SG"), ("L2", "L3", "L1")),
}
#: Which levels can be the region in Magento's sense, likeliest first; elsewhere L1.
_REGION_LEVELS = {
    **dict.fromkeys(("ES", "IT", "FR"), ("L2", "L1", "L3")),
    **dict.fromkeys(("GB", "IE"), ("L2", "L1")),
}
#: Which levels name the region where Magento has none: free text in the address.
_REGION_TEXT_LEVELS = {"GB": ("L2", "L1"), "IE": ("L2", "L1")}
#: Here a district below the city is part of the postal address; elsewhere (US counties) it is not.
_DISTRICTS_IN_STREET = frozenset({"JP", "MX", "BR", "ID", "TH", "VN", "MY", "PH", "SG"})
#: City states, whose city TikTok does not list as a district.
_CITY_STATES = {"SG": "Singapore"}
#: Not regions of an address, but L1 in GB.
_NATIONS = frozenset({"england", "scotland", "wales", "northern ireland"})

_CITY_WORDS = frozenset({"city", "town", "municipality", "ciudad", "municipio", "cidade", "kota", "post town"})


def postal_address(
    recipient: Recipient, order: Order, settings: ShopSettings, regions: Sequence[Region], region_required: bool
) -> PostalAddress:
    """The recipient as Magento takes it. `regions` are Magento's for the country (empty where it has none).

    Raises NeedsMerchant: no_address when TikTok gives no country or no street at all; unknown_region when Magento requires a
    region, none fits and the settings name no way out. Rests on `recipient_address` of GET /order/202507/orders, and on
    recordings 80-82, 91 (Magento refuses a cart without region id where one is required).
    """
    country = recipient.country_code
    lines = _address_lines(recipient)
    city = _city(recipient, country)
    if not country or not (lines or city):
        raise NeedsMerchant(
            "TikTok gives no address for this order.",
            code="no_address",
            remedy="Wait until TikTok's hold is over and try again, or look at the order in Seller Center.",
        )
    masked = recipient.is_masked
    region = _region(recipient, country, regions)
    if region is None and region_required and regions:
        region = _region_in_doubt(recipient, country, settings, regions, masked)
    region_text = region.name if region else _region_text(recipient, country, city)
    if settings.house_number_line:
        lines = in_lines_of_its_own(lines, country, settings.street_lines)
    street = [*lines, *_districts_for_street(recipient, country, lines, taken=(city, region_text))]
    firstname, lastname = split_name(recipient, country)
    return PostalAddress(
        firstname=firstname,
        lastname=lastname,
        street=_fitted(street or [city], settings.street_lines),
        city=city or region_text or "-",
        postcode=recipient.postal_code.strip() or _no_postcode(country, settings),
        country_id=country,
        telephone=recipient.phone_number.strip() or settings.telephone_placeholder,
        region=region_text,
        region_code=region.code if region else "",
        region_id=region.id if region else None,
        vat_id=order.cpf.strip() if country == "BR" else "",
        is_masked=masked,
    )


def _address_lines(recipient: Recipient) -> list[str]:
    """The street lines as given, without doubles; address_detail where it says something that they do not."""
    given = (recipient.address_line1, recipient.address_line2, recipient.address_line3, recipient.address_line4)
    lines = list(dict.fromkeys(one_line(line) for line in given if line.strip()))
    detail = one_line(recipient.address_detail)
    if detail and not any(_contains(detail, line) for line in lines) and not _contains(" ".join(lines), detail):
        lines.append(detail)
    return lines or [line for line in [one_line(recipient.full_address)] if line]


def _contains(text: str, part: str) -> bool:
    """Whether `part` is in `text` as whole words, accents and case aside. Masks are compared as they are."""
    if "*" in part:
        return part in text
    return f" {plain(part)} " in f" {plain(text)} "


def _city(recipient: Recipient, country: str) -> str:
    if country == "GB" and recipient.post_town.strip():
        return one_line(recipient.post_town)
    if country in _CITY_STATES:
        return _CITY_STATES[country]
    *likely, last_resort = _CITY_LEVELS.get(country, _CITY_LEVELS["US"])
    by_level = [district for level in likely for district in _at(recipient, level)]
    called_city = [d for d in by_level if _CITY_WORDS & set(plain(d.level_name).split())]
    for district in (*called_city, *by_level, *_at(recipient, last_resort)):
        return one_line(district.name)
    return one_line(recipient.post_town)


def _at(recipient: Recipient, level: str) -> Iterator[District]:
    return (district for district in recipient.districts if district.level == level and district.name.strip())


def _region_districts(recipient: Recipient, country: str) -> list[District]:
    return [d for level in _REGION_LEVELS.get(country, ("L1",)) for d in _at(recipient, level)]


def _region(recipient: Recipient, country: str, regions: Sequence[Region]) -> Region | None:
    """Magento's region: by ISO code over all levels first, then by name and other names, then by post code."""
    districts = _region_districts(recipient, country)
    codes = [district.iso_code.rpartition("-")[2] for district in districts if district.iso_code]
    for code in codes:
        for region in regions:
            if _code(region.code) == _code(code):
                return region
    names = [district.name for district in districts]
    for name in (*names, *codes, region_by_postcode(country, recipient.postal_code)):
        found = named_region(country, name, regions)
        if found:
            return found
    return None


def _code(code: str) -> str:
    """A region code for comparing: "US-TX" is "TX", and FR's "01" is Magento's "1"."""
    return code.rpartition("-")[2].casefold().lstrip("0")


def named_region(country: str, name: str, regions: Sequence[Region]) -> Region | None:
    """The region of that name or code, else of one of its other names."""
    if not plain(name):
        return None
    for region in regions:
        if plain(name) == plain(region.name) or _code(name) == _code(region.code):
            return region
    wanted = also_called(country, name)
    return next((r for r in regions if wanted & (also_called(country, r.name) | {plain(r.code)})), None)


def _region_in_doubt(
    recipient: Recipient, country: str, settings: ShopSettings, regions: Sequence[Region], masked: bool
) -> Region:
    """The fallback region where the settings allow one, or where the region itself is masked; else an error."""
    names = [district.name for district in _region_districts(recipient, country)]
    unreadable = masked and all("*" in name for name in names)
    if settings.unknown_region == "fallback" or unreadable:
        named = named_region(country, settings.fallback_region, regions) if settings.fallback_region else None
        return named or regions[0]
    fault = f"none of its regions is called “{names[0]}”" if names else "TikTok names none"
    raise NeedsMerchant(
        f"Magento needs a region for an address in {country}, and {fault}.",
        code="unknown_region",
        subject=f"{country}: {names[0]}" if names else country,
        remedy="Put the address right on the order's page, or choose a fallback region in the shop's settings, then try again.",
    )


def _region_text(recipient: Recipient, country: str, city: str) -> str:
    """The region's name where Magento has no such region: free text in the address."""
    levels = _REGION_TEXT_LEVELS.get(country, ("L1",))
    names = [one_line(district.name) for level in levels for district in _at(recipient, level)]
    return next((name for name in names if plain(name) not in _NATIONS and plain(name) != plain(city)), "")


def _districts_for_street(
    recipient: Recipient, country: str, lines: Sequence[str], taken: Sequence[str]
) -> Iterator[str]:
    """The districts that have no field of their own, smallest first, unless a street line names them already."""
    if country not in _DISTRICTS_IN_STREET:
        return
    written = " ".join(lines)
    for level in ("L4", "L3", "L2", "L1"):
        for district in _at(recipient, level):
            name = one_line(district.name)
            is_taken = any(plain(name) == plain(other) for other in taken)
            is_region = any(plain(name) in also_called(country, other) for other in taken if other)
            if not is_taken and not (level == "L1" and is_region) and not _contains(written, name):
                yield name


def _fitted(lines: Sequence[str], count: int) -> tuple[str, ...]:
    """The lines in at most `count`, what is over joined into the last."""
    count = max(count, 1)
    kept, over = list(lines[: count - 1]), list(lines[count - 1 :])
    return (*kept, ", ".join(over)) if over else tuple(kept)


def _no_postcode(country: str, settings: ShopSettings) -> str:
    return "" if country in POSTCODE_OPTIONAL else settings.postcode_placeholder
