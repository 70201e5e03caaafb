"""The settings page's group on amounts: what an order comes to, tax, fees, payouts (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import Field, Group

MONEY = Group(
    key="money",
    label="Money",
    fields=(
        Field(
            name="price_basis",
            label="Order total",
            effect="What the Magento order comes to: what the buyer paid, or what TikTok pays out to you, with the"
            " discounts that TikTok funds added back.",
            kind="choice",
            choices={
                "buyer_paid": "What the buyer paid",
                "merchant_paid": "With TikTok-funded discounts added back",
            },
        ),
        Field(
            name="tax_mode",
            label="Tax",
            effect="How tax is booked. By country: as TikTok lists it in the US, contained in the price in the UK and"
            " EU, none elsewhere.",
            kind="choice",
            choices={
                "auto": "By the order's country",
                "listed": "As TikTok lists it",
                "included": "Contained in the price",
                "none": "No tax",
            },
        ),
        Field(
            name="vat_rates",
            label="VAT rates",
            effect="Percent by country, one a line: DE 19. A line with * is the rate of every other country. Used"
            " where tax is contained in the price.",
            kind="rates",
            longest=2000,
        ),
        Field(
            name="fees_mode",
            label="Fees that the buyer paid to TikTok",
            effect="Small-order and similar fees: part of the Magento order's shipping amount, or left out of its"
            " total.",
            kind="choice",
            choices={"shipping": "Added to the shipping amount", "leave_out": "Left out"},
        ),
        Field(
            name="exchange_rate",
            label="Exchange rate",
            effect="What one unit of the shop's currency is in the store's base currency. Empty: the rate that"
            " Magento keeps.",
            kind="decimal",
        ),
        Field(
            name="cofunded_share",
            label="TikTok's share of shipping discounts",
            effect="Percent of a co-funded shipping discount that TikTok pays back to you. Counts only with discounts"
            " added back.",
            kind="decimal",
            most=100,
            may_be_empty=False,
            unit="%",
        ),
        Field(
            name="read_finance",
            label="Read payouts and fees",
            effect="Statements, fees and payments are read from TikTok Shop once an hour, slowly and only while no"
            " order waits, for the Payouts page and each order's margin. Off: nothing new is read.",
            kind="flag",
        ),
    ),
)
