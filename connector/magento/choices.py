"""The choices of composite products, from a product's `extension_attributes` and `product_links`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from connector.domain.choices import Choice, ChoiceValue
from connector.magento import read

#: What a search is asked for beside a product's own fields.
FIELDS = (
    "extension_attributes[website_ids,configurable_product_options,configurable_product_links,bundle_product_options,"
    "downloadable_product_links],product_links[sku,link_type,linked_product_sku,extension_attributes]"
)


def choices_of(document: Mapping[str, Any]) -> tuple[Choice, ...]:
    """What must be chosen of a product (schema catalog-data-product-interface); nothing for a simple one."""
    extension = document.get("extension_attributes") or {}
    return (*_configurable(extension), *_bundle(extension), *_downloadable(extension), *_grouped(document))


def _configurable(extension: Mapping[str, Any]) -> Iterator[Choice]:
    for option in read.rows(extension, "configurable_product_options"):
        yield Choice(
            kind="configurable",
            option_id=str(option["attribute_id"]),
            title=read.text(option, "label") or f"Option {option['attribute_id']}",
            # Magento's REST names the values of an attribute by their numbers only.
            values=tuple(
                ChoiceValue(id=str(value["value_index"]), label=f"Value {value['value_index']}")
                for value in read.rows(option, "values")
            ),
        )
    links = list(extension.get("configurable_product_links") or ())
    if links:
        values = tuple(ChoiceValue(id=str(link), label=str(link)) for link in links)
        yield Choice(kind="variants", option_id="variants", title="Variant", values=values)


def _bundle(extension: Mapping[str, Any]) -> Iterator[Choice]:
    for option in read.rows(extension, "bundle_product_options"):
        yield Choice(
            kind="bundle",
            option_id=str(option["option_id"]),
            title=read.text(option, "title"),
            is_required=bool(option.get("required")),
            values=tuple(
                ChoiceValue(id=str(link["id"]), label=read.text(link, "sku"), quantity=_whole(link))
                for link in read.rows(option, "product_links")
            ),
        )


def _downloadable(extension: Mapping[str, Any]) -> Iterator[Choice]:
    links = read.rows(extension, "downloadable_product_links")
    if links:
        values = tuple(ChoiceValue(id=str(link["id"]), label=read.text(link, "title")) for link in links)
        yield Choice(kind="downloadable", option_id="links", title="Download", values=values, is_required=False)


def _grouped(document: Mapping[str, Any]) -> Iterator[Choice]:
    links = [link for link in read.rows(document, "product_links") if link.get("link_type") == "associated"]
    if links:
        values = tuple(
            ChoiceValue(
                id=str(link["linked_product_sku"]),
                label=str(link["linked_product_sku"]),
                quantity=_whole(link.get("extension_attributes") or {}),
            )
            for link in links
        )
        yield Choice(kind="grouped", option_id="parts", title="Parts", values=values)


def _whole(document: Mapping[str, Any]) -> int:
    """A quantity of pieces; where Magento has none, or a fraction, one."""
    quantity = Decimal(str(document.get("qty") or 1))
    return int(quantity) if quantity == quantity.to_integral_value() and quantity > 0 else 1
