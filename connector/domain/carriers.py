"""Magento's carriers and TikTok's shipping providers: which is which by the merchant's mapping, and what may be suggested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

#: Magento's code of carriers that merchants type in themselves; these go by their title.
CUSTOM = "custom"
#: The code under which a mapping's default is kept: for what is not mapped.
DEFAULT = "*"
#: Carriers that every Magento has (reference/magento/README.md, "Watching"), with the title that it gives them.
USUAL: Mapping[str, str] = MappingProxyType(
    {"ups": "United Parcel Service", "usps": "United States Postal Service", "fedex": "Federal Express", "dhl": "DHL"}
)
#: Words of a carrier's name that tell nothing.
_EMPTY_WORDS = frozenset(
    {"the", "shipping", "express", "parcel", "courier", "service", "services", "delivery", "logistics"}
)
#: What is written in other ways elsewhere.
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "united parcel service": "ups",
        "united states postal service": "usps",
        "us postal service": "usps",
        "federal express": "fedex",
        "deutsche post dhl": "dhl",
        "royalmail": "royal mail",
    }
)


@dataclass(frozen=True, order=True)
class Carrier:
    """A carrier of Magento. `title` is empty but for custom ones."""

    code: str
    title: str = ""

    @property
    def name(self) -> str:
        """How an error names it, and how errors are grouped by it."""
        return f"{self.code}: {self.title}" if self.title else self.code


def carrier_of(code: str, title: str) -> Carrier:
    """The carrier of a track. A title counts only where the code says nothing."""
    code = code.strip()[:64] or CUSTOM
    return Carrier(code, " ".join(title.split())[:200] if code == CUSTOM else "")


def carrier_named(name: str) -> Carrier:
    """The carrier of a `Carrier.name`."""
    code, separator, title = name.partition(": ")
    return Carrier(code, title) if separator and code == CUSTOM else Carrier(name)


@dataclass(frozen=True, kw_only=True)
class CarrierMap:
    """What the merchant mapped, for one shop: provider ids by carrier, and the default for all others ("": none)."""

    providers: Mapping[Carrier, str] = field(default_factory=lambda: MappingProxyType({}))
    default: str = ""

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[int, str, str, str]]) -> CarrierMap:
        """From (shop id, code, title, provider id): the rows of one shop and those that count for every shop (0)."""
        providers: dict[Carrier, str] = {}
        default = ""
        for _, code, title, provider_id in sorted(rows, key=lambda row: row[0]):  # a shop's own come last, and stand
            if code == DEFAULT:
                default = provider_id
            else:
                providers[_folded(Carrier(code, title))] = provider_id
        return cls(providers=MappingProxyType(providers), default=default)

    def provider_of(self, carrier: Carrier) -> str:
        """The provider's id; a custom carrier whose title is not mapped is what `custom` itself is. "": unmapped."""
        for known in (carrier, Carrier(carrier.code)):
            provider = self.providers.get(_folded(known))
            if provider:
                return provider
        return self.default


def _folded(carrier: Carrier) -> Carrier:
    return Carrier(carrier.code.casefold(), carrier.title.casefold())


def suggestion(carrier: Carrier, label: str, providers: Sequence[tuple[str, str]]) -> str:
    """The id of the provider (id, name) whose name is like the carrier's ("UPS" → "UPS", "dhl" → "DHL_US"); "": none is."""
    best, best_score = "", 0.0
    for name in (carrier.title or carrier.code, label):
        wanted = _words(name)
        for provider_id, provider_name in providers:
            score = _likeness(wanted, _words(provider_name))
            if score > best_score:
                best, best_score = provider_id, score
    return best if best_score >= 0.5 else ""


def _words(name: str) -> tuple[str, ...]:
    spoken = " ".join(re.findall(r"[^\W_]+", name.casefold()))
    return tuple(_ALIASES.get(spoken, spoken).split())


def _likeness(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    """1: the same words; between 0.5 and 1: the words that tell something of one are all in the other."""
    if not a or not b:
        return 0
    if a == b or "".join(a) == "".join(b):
        return 1
    telling_a = [word for word in a if word not in _EMPTY_WORDS] or list(a)
    telling_b = [word for word in b if word not in _EMPTY_WORDS] or list(b)
    if telling_a[0] != telling_b[0]:
        return 0
    common = len(set(telling_a) & set(telling_b))
    if common < min(len(telling_a), len(telling_b)):
        return 0
    return 0.5 + 0.4 * common / max(len(a), len(b))
