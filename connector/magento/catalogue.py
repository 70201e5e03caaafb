"""The catalogue: products by SKU, by another attribute, and by what a person types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from connector.domain.choices import Choice
from connector.domain.magento_order import MagentoProduct
from connector.magento import choices, read
from connector.magento.changes import PAGE_SIZE, changed_since
from connector.magento.search import Filter, criteria
from connector.magento.transport import Transport

_FIELDS = "id,sku,name,price,type_id,status"
#: A request carries so many values and characters of them at most: web servers refuse long addresses.
_BATCH = 50
_BATCH_CHARACTERS = 1000


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """A product as the panel's search knows it. `updated_at` is UTC."""

    entity_id: int
    sku: str
    name: str
    type_id: str
    is_enabled: bool
    choices: tuple[Choice, ...]
    updated_at: datetime | None


class Catalogue(Transport):
    def products_by_sku(self, skus: Iterable[str]) -> dict[str, MagentoProduct]:
        """The products that have one of these SKUs (03), by Magento's spelling of it; unknown ones are absent.

        Magento's database compares without regard to case, so a SKU that differs in case only is found too.
        """
        found: dict[str, MagentoProduct] = {}
        for batch in _batches(skus):
            for document in self._products(_any_of("sku", batch), len(batch)):
                product = _product(document)
                found[product.sku] = product
        return found

    def choices_of(self, sku: str) -> tuple[Choice, ...]:
        """What must be chosen of a composite or downloadable product (04 where there is none: ProductNotFound)."""
        path = f"/products/{quote(sku, safe='')}"
        return self.call("GET", path, choices.choices_of, params={"fields": choices.FIELDS}, subject=sku)

    def website_ids_of(self, sku: str) -> tuple[int, ...]:
        """The websites that sell a product. Raises ProductNotFound (04)."""
        return self.call(
            "GET",
            f"/products/{quote(sku, safe='')}",
            lambda answer: tuple(
                int(one) for one in (answer.get("extension_attributes") or {}).get("website_ids") or ()
            ),
            params={"fields": "extension_attributes[website_ids]"},
            subject=sku,
        )

    def products_updated_since(self, since: datetime, page_size: int = PAGE_SIZE) -> Iterator[CatalogueEntry]:
        """Products changed at or after `since` (UTC-aware), oldest change first; read page by page while iterating."""
        fields = f"{_FIELDS},updated_at,{choices.FIELDS}"
        return changed_since(self, "/products", _entry, fields, since=since, page_size=page_size)

    def products_by_attribute(self, attribute: str, values: Iterable[str]) -> dict[str, tuple[MagentoProduct, ...]]:
        """The products whose `attribute` is one of these values, by the value as Magento has it.

        Raises UnknownFilterField where the store has no such attribute (94).
        """
        found: dict[str, tuple[MagentoProduct, ...]] = {}
        for batch in _batches(values):
            for document in self._products(
                _any_of(attribute, batch), 2 * len(batch), fields=f"{_FIELDS},custom_attributes", subject=attribute
            ):
                value = _attribute(document, attribute)
                found[value] = (*found.get(value, ()), _product(document))
        return found

    def search_products(self, text: str, limit: int = 20) -> tuple[MagentoProduct, ...]:
        """Products with `text` in their SKU or name, by name. An empty text finds nothing."""
        if not text.strip():
            return ()
        where = [Filter(field, f"%{text.strip()}%", "like") for field in ("sku", "name")]
        return tuple(map(_product, self._products(where, limit, sort=[("name", "ASC")])))

    def _products(
        self,
        where: Sequence[Filter],
        page_size: int,
        *,
        fields: str = _FIELDS,
        sort: Sequence[tuple[str, str]] = (),
        subject: str = "",
    ) -> list[Mapping[str, Any]]:
        params = criteria(where, sort=sort, page_size=page_size, fields=f"items[{fields}],total_count")
        return self.call("GET", "/products", lambda answer: read.rows(answer, "items"), params=params, subject=subject)


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for value in dict.fromkeys(value for value in values if value.strip()):
        if len(batch) >= _BATCH or sum(map(len, batch)) + len(value) > _BATCH_CHARACTERS:
            yield batch
            batch = []
        batch.append(value)
    if batch:
        yield batch


def _any_of(field: str, values: Sequence[str]) -> list[Filter]:
    """One filter group that any of the values meets. `in` splits at commas, so a value with one gets its own `eq`."""
    plain = [value for value in values if "," not in value]
    filters = [Filter(field, value) for value in values if "," in value]
    return [Filter(field, ",".join(plain), "in"), *filters] if plain else filters


def _product(document: Mapping[str, Any]) -> MagentoProduct:
    price = document.get("price")
    return MagentoProduct(
        id=int(document["id"]),
        sku=str(document["sku"]),
        name=read.text(document, "name"),
        type_id=read.text(document, "type_id") or "simple",
        price=Decimal(0) if price is None else Decimal(str(price)),
        is_enabled=read.whole(document, "status") != 2,
    )


def _entry(document: Mapping[str, Any]) -> CatalogueEntry:
    product = _product(document)
    return CatalogueEntry(
        entity_id=product.id,
        sku=product.sku,
        name=product.name,
        type_id=product.type_id,
        is_enabled=product.is_enabled,
        choices=choices.choices_of(document),
        updated_at=read.moment(document, "updated_at"),
    )


def _attribute(document: Mapping[str, Any], name: str) -> str:
    """An attribute's value, which stands among the custom attributes or is a field of its own."""
    for attribute in read.rows(document, "custom_attributes"):
        if attribute.get("attribute_code") == name:
            return read.text(attribute, "value")
    return read.text(document, name)
