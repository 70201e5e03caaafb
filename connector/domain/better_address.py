"""The same recipient, read again: what the Magento order's address should be then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connector.domain.postal import PostalAddress
from connector.domain.region_names import plain

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
