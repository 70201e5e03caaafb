"""Recipients as TikTok writes them, hostile names, and its masking with `*`."""

import random
import re
from typing import Any

from sandbox.tiktok.recipients import RECIPIENTS

HOSTILE_NAMES: tuple[tuple[str, str], ...] = (
    ("<script>alert('name')</script>", "O'Brien"),
    ('Robert"); DROP TABLE orders;--', "Tables"),
    ("{{ 7 * 7 }}", "${jndi:ldap://x}"),
    ("🦄🎉", "👩‍👩‍👧"),
    ("محمد", "الأحمد"),
    ("X" * 180, "Æ A-12"),
    ("\u202eesreveR", "\u200bZero\u200bWidth"),
    ("Line\nBreak", "Tab\tbed"),
    ('=HYPERLINK("http://x")', "+1"),
    ("Cher", ""),
)


def make_recipient(region: str, rng: random.Random, options: dict[str, Any]) -> dict[str, Any]:
    """A `recipient_address` in clear. `options`: `recipient` (fields that replace the made-up ones), `hostile`."""
    first, last, phone, postal_code, lines, districts = rng.choice(RECIPIENTS[region])
    if options.get("hostile"):
        first, last = rng.choice(HOSTILE_NAMES)
    given: dict[str, Any] = dict(options.get("recipient") or {})
    first, last = given.pop("first_name", first), given.pop("last_name", last)
    places = [[*district] for district in districts]
    for option, levels in (("state", ("L1",)), ("city", ("L3", "L2"))):
        name, iso = given.pop(option, None), given.pop("state_iso", None) if option == "state" else None
        for level in levels:
            found = [place for place in places if place[0] == level]
            if found and name is not None:
                found[-1][2], found[-1][3] = name, iso or ""
                break
    four = [*lines, "", "", "", ""][:4]
    address: dict[str, Any] = {
        "name": f"{first} {last}".strip(),
        "first_name": first,
        "last_name": last,
        "phone_number": phone,
        "region_code": region,
        "postal_code": postal_code,
        "address_line1": four[0],
        "address_line2": four[1],
        "address_line3": four[2],
        "address_line4": four[3],
        "district_info": [
            {"address_level": level, "address_level_name": kind, "address_name": name, "iso_code": iso}
            for level, kind, name, iso in places
        ],
        "delivery_preferences": {"drop_off_location": ""},
    }
    if region == "GB":
        address["post_town"] = places[-1][2].upper()
    if region == "JP":
        address["first_name_local_script"], address["last_name_local_script"] = "タロウ", "ヤマダ"
    unknown = set(given) - set(address)
    if unknown:
        raise ValueError(f"recipient: unknown {', '.join(sorted(unknown))}")
    address.update(given)
    return complete(address)


def complete(address: dict[str, Any]) -> dict[str, Any]:
    """Write `address_detail` and `full_address` anew out of the other fields."""
    lines = [address[f"address_line{n}"] for n in (1, 2, 3, 4)]
    address["address_detail"] = ", ".join(line for line in lines if line)
    places = [district["address_name"] for district in address["district_info"]]
    address["full_address"] = ", ".join(
        part for part in [*places, address["address_detail"], address["postal_code"]] if part
    )
    return address


def mask_words(text: str) -> str:
    """`Jane Doe` becomes `J*** D**`: what platform logistics and ended orders show of a text."""
    return re.sub(r"\S+", lambda word: word[0][0] + "*" * max(1, len(word[0]) - 1), text)


def mask_phone(phone: str) -> str:
    """`(+1)2135550147` becomes `(+1)213*****47`."""
    prefix, _, number = phone.rpartition(")")
    head = f"{prefix})" if prefix else ""
    return head + number[:3] + "*" * max(0, len(number) - 5) + number[-2:] if len(number) > 5 else head + "***"


def masked(address: dict[str, Any]) -> dict[str, Any]:
    """The address as it is given to those who must not know it: country, places and postal code stay readable."""
    hidden = dict(address)
    for key in ("name", "first_name", "last_name", "first_name_local_script", "last_name_local_script"):
        if hidden.get(key):
            hidden[key] = mask_words(hidden[key])
    hidden["phone_number"] = mask_phone(hidden["phone_number"])
    for n in (1, 2, 3, 4):
        hidden[f"address_line{n}"] = mask_words(hidden[f"address_line{n}"])
    return complete(hidden)


def emptied(address: dict[str, Any]) -> dict[str, Any]:
    """The address as some orders on hold give it: every field there, nothing in it but the country."""
    empty: dict[str, Any] = {key: "" for key, value in address.items() if isinstance(value, str)}
    empty |= {"region_code": address["region_code"], "district_info": []}
    return empty
