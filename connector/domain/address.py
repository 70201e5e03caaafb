"""A TikTok recipient as a Magento address.

Choices, where the two differ:

- Names: TikTok's own first and last name where it gives both; else the name is split at its last word, before particles
  ("Ana | de la Cruz"), after the family name where that comes first (Vietnam; Chinese, Japanese and Korean script).
  Magento requires both: a name of one word is the first name, and the last name is "-".
- Street: the address lines, then, where addresses have districts that Magento has no field for (Asia, Latin America),
  those that no line names yet, smallest first. More lines than the store has are joined into the last one.
- City: `post_town` in GB; else the level that is the city there (`_CITY_LEVELS`), never the state if there is a smaller one.
- Region: among Magento's regions by ISO code, then by name (accents and case aside), then by other names, then by post
  code (ES, FR). In ES, IT and FR Magento's regions are provinces and départements, one level below TikTok's L1.
- Text is kept as the buyer wrote it, markup included: escaping is for whoever shows it. Masks (`*`) are kept and marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from connector.domain.errors import NeedsMerchant
from connector.domain.order import District, Order, Recipient
from connector.domain.postal import PostalAddress, Region
from connector.domain.region_names import also_called, plain, region_by_postcode
from connector.domain.settings import ShopSettings

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
#: Where Magento requires a region (its default of general/region/state_required; recording 80 for the US). The store may
#: say otherwise; so can the caller, by `region_required`.
REGION_REQUIRED = frozenset(
    {
        "AL",
        "AR",
        "AU",
        "BG",
        "BO",
        "BR",
        "BY",
        "CA",
        "CH",
        "CL",
        "CN",
        "CO",
        "CR",
        "CY",
        "DK",
        "EC",
        "EE",
        "ES",
        "GR",
        "GY",
    }
    | {"HR", "IN", "IS", "IT", "LT", "LV", "MX", "PE", "PL", "PT", "PY", "RO", "SE", "SR", "US", "UY", "VE"}
)
#: Magento asks for no post code here (Stores > Configuration > General > Country Options, as delivered).
_POSTCODE_OPTIONAL = frozenset({"HK", "IE", "MO", "PA"})

_CITY_WORDS = frozenset({"city", "town", "municipality", "ciudad", "municipio", "cidade", "kota", "post town"})
_PARTICLES = frozenset(
    {"de", "del", "della", "delle", "di", "da", "das", "do", "dos", "du", "la", "le", "van", "von", "vom", "zu", "zur"}
    | {"ter", "ten", "den", "der", "bin", "binti", "bint", "ibn", "al", "el", "st.", "dela"}
)
_FAMILY_NAME_FIRST = re.compile(r"[぀-ヿ㐀-鿿가-힯]")

NO_NAME = ("TikTok", "Buyer")
NO_LAST_NAME = "-"


def postal_address(
    recipient: Recipient, order: Order, settings: ShopSettings, regions: Sequence[Region], region_required: bool
) -> PostalAddress:
    """The recipient as Magento takes it. `regions` are Magento's for the country (empty where it has none).

    Raises NeedsMerchant: no_address when TikTok gives no country or no street at all; unknown_region when Magento requires a
    region, none fits and the settings name no way out. Rests on `recipient_address` of GET /order/202507/orders, and on
    recordings 80-82, 91 (Magento refuses a cart without region id where one is required).
    """
    country = country_code(recipient)
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


def country_code(recipient: Recipient) -> str:
    """The ISO code of the recipient's country as Magento writes it ("GB"); empty when TikTok does not say."""
    top = next((district.iso_code for district in recipient.districts if district.level == "L0"), "")
    code = (recipient.region_code or top).strip().upper()
    return "GB" if code == "UK" else code


def split_name(recipient: Recipient, country: str) -> tuple[str, str]:
    """First and last name, neither ever empty (see the module's docstring)."""
    first, last = _one_line(recipient.first_name), _one_line(recipient.last_name)
    if first and last:
        return first, last
    # Without a last name, TikTok repeats the whole name in first_name (documentation of first_name).
    words = (_one_line(recipient.name) or first or last).split(" ")
    if words == [""]:
        return NO_NAME
    if len(words) == 1:
        return words[0], NO_LAST_NAME
    if country == "VN" or _FAMILY_NAME_FIRST.search("".join(words)):
        return " ".join(words[1:]), words[0]
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _address_lines(recipient: Recipient) -> list[str]:
    """The street lines as given, without doubles; address_detail where it says something that they do not."""
    given = (recipient.address_line1, recipient.address_line2, recipient.address_line3, recipient.address_line4)
    lines = list(dict.fromkeys(_one_line(line) for line in given if line.strip()))
    detail = _one_line(recipient.address_detail)
    if detail and not any(_contains(detail, line) for line in lines) and not _contains(" ".join(lines), detail):
        lines.append(detail)
    return lines or [line for line in [_one_line(recipient.full_address)] if line]


def _contains(text: str, part: str) -> bool:
    """Whether `part` is in `text` as whole words, accents and case aside. Masks are compared as they are."""
    if "*" in part:
        return part in text
    return f" {plain(part)} " in f" {plain(text)} "


def _city(recipient: Recipient, country: str) -> str:
    if country == "GB" and recipient.post_town.strip():
        return _one_line(recipient.post_town)
    if country in _CITY_STATES:
        return _CITY_STATES[country]
    *likely, last_resort = _CITY_LEVELS.get(country, _CITY_LEVELS["US"])
    by_level = [district for level in likely for district in _at(recipient, level)]
    called_city = [d for d in by_level if _CITY_WORDS & set(plain(d.level_name).split())]
    for district in (*called_city, *by_level, *_at(recipient, last_resort)):
        return _one_line(district.name)
    return _one_line(recipient.post_town)


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
        found = _named(country, name, regions)
        if found:
            return found
    return None


def _code(code: str) -> str:
    """A region code for comparing: "US-TX" is "TX", and FR's "01" is Magento's "1"."""
    return code.rpartition("-")[2].casefold().lstrip("0")


def _named(country: str, name: str, regions: Sequence[Region]) -> Region | None:
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
        named = _named(country, settings.fallback_region, regions) if settings.fallback_region else None
        return named or regions[0]
    fault = f"none of its regions is called “{names[0]}”" if names else "TikTok names none"
    raise NeedsMerchant(
        f"Magento needs a region for an address in {country}, and {fault}.",
        code="unknown_region",
        subject=f"{country}: {names[0]}" if names else country,
        remedy="Choose a fallback region in the shop's settings, or correct the address in Seller Center, then try again.",
    )


def _region_text(recipient: Recipient, country: str, city: str) -> str:
    """The region's name where Magento has no such region: free text in the address."""
    levels = _REGION_TEXT_LEVELS.get(country, ("L1",))
    names = [_one_line(district.name) for level in levels for district in _at(recipient, level)]
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
            name = _one_line(district.name)
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
    return "" if country in _POSTCODE_OPTIONAL else settings.postcode_placeholder


# -- the same address, read again ------------------------------------------------------------------------------------

_PLACE = ("country_id", "region", "city", "postcode")


def better_address(old: PostalAddress, new: PostalAddress) -> PostalAddress:
    """What the Magento order's address should be after `new` was read: a masked value never overwrites a real one.

    An address without masks replaces everything. A masked one only fills in what `old` has masked; if its readable
    parts show another place, old and new are not mixed: `old` stays if it is real, else `new` is taken whole.
    """
    if not new.is_masked:
        return new
    if not _same_place(old, new):
        return new if old.is_masked else old
    person = new if _is_readable(new.firstname, new.lastname) or not _is_readable(old.firstname, old.lastname) else old
    merged = replace(
        new,
        firstname=person.firstname,
        lastname=person.lastname,
        street=new.street if _is_readable(*new.street) or not _is_readable(*old.street) else old.street,
        city=_readable(new.city, old.city),
        postcode=_readable(new.postcode, old.postcode),
        telephone=_readable(new.telephone, old.telephone),
        region=_readable(new.region, old.region),
        vat_id=_readable(new.vat_id, old.vat_id),
    )
    if merged.region_id is None or not _is_readable(new.region):
        merged = replace(
            merged, region=old.region or merged.region, region_id=old.region_id, region_code=old.region_code
        )
    return replace(merged, is_masked=not _is_readable(*_texts(merged)))


def _same_place(old: PostalAddress, new: PostalAddress) -> bool:
    pairs = ((getattr(old, name), getattr(new, name)) for name in _PLACE)
    return all(plain(a) == plain(b) for a, b in pairs if a and b and _is_readable(a, b))


def _is_readable(*texts: str) -> bool:
    return all("*" not in text for text in texts)


def _readable(new: str, old: str) -> str:
    """The new text, unless it is masked or missing and the old one is neither."""
    return new if (new and _is_readable(new)) or not (old and _is_readable(old)) else old


def _texts(address: PostalAddress) -> Iterator[str]:
    yield from (address.firstname, address.lastname, *address.street, address.city, address.postcode)
    yield from (address.telephone, address.region, address.vat_id)
