"""The settings page's group on how a TikTok SKU finds its Magento product (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import CODE, CODE_SAYS, Field, Group

PRODUCTS = Group(
    key="products",
    label="Products",
    fields=(
        Field(
            name="sku_strip_prefix",
            label="Cut from the front of a SKU",
            effect="A seller SKU that begins with this is looked for in Magento without it.",
            kind="text",
            longest=64,
        ),
        Field(
            name="sku_strip_suffix",
            label="Cut from the end of a SKU",
            effect="A seller SKU that ends with this is looked for in Magento without it.",
            kind="text",
            longest=64,
        ),
        Field(
            name="sku_ignore_case",
            label="Ignore capitals in SKUs",
            effect="mug-red on TikTok is MUG-RED in Magento too.",
            kind="flag",
        ),
        Field(
            name="sku_attribute",
            label="Attribute with TikTok's SKU",
            effect="The code of a Magento product attribute that holds the seller SKU. Empty: Magento's SKU is it.",
            kind="text",
            pattern=CODE,
            pattern_says=CODE_SAYS,
        ),
        Field(
            name="product_problem",
            label="Product unknown, disabled or out of stock",
            effect="What becomes of an order with such a product: it waits in Error for you; or it is written as a"
            " record, without touching stock; or the placeholder product below takes its place.",
            kind="choice",
            choices={
                "error": "Stop and ask",
                "record": "Write the order as a record",
                "placeholder": "Use the placeholder product",
            },
        ),
        Field(
            name="placeholder_sku",
            label="Placeholder product",
            effect="The SKU of a Magento product that stands in for one that cannot be sold.",
            kind="text",
            longest=64,
        ),
    ),
)
