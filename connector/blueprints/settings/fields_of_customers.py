"""The settings on whose order it is in Magento, part of the group on creating orders (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import Field

CUSTOMERS = (
    Field(
        name="customer_mode",
        label="Customer",
        effect="Whose order it is in Magento. The recipient's name is on the address in each case. A customer for each buyer is"
        " found by the buyer's anonymous TikTok e-mail, and created where Magento has none; Magento then sends its welcome"
        " mail there. Where TikTok gives no such e-mail, the order is a guest's with the e-mail below.",
        kind="choice",
        choices={
            "guest": "A guest with the e-mail below",
            "buyer": "A guest with the buyer's anonymous TikTok e-mail",
            "each": "A customer for each buyer",
            "fixed": "One existing customer for all orders",
        },
    ),
    Field(
        name="customer_email",
        label="Customer e-mail",
        effect="The e-mail of guests' orders. Magento sends its order mails there: an address that nobody reads"
        " keeps buyers from getting two mails.",
        kind="email",
        longest=254,
        may_be_empty=False,
    ),
    Field(
        name="fixed_customer_id",
        label="Existing customer's id",
        effect="The id of the customer in Magento (Customers > All Customers), when all orders are one customer's.",
        kind="whole",
        least=1,
    ),
    Field(
        name="customer_website_id",
        label="Customers' website's id",
        effect="The website in which a customer for each buyer is looked for and created (Stores > All Stores; its id is in the"
        " address of its page). Empty: the website of the shop's store view.",
        kind="whole",
        least=1,
        most=65_535,
    ),
    Field(
        name="customer_group_id",
        label="Customer group's id",
        effect="The group that orders get in Magento (Customers > Customer Groups), for reports and exports, and customers who"
        " are created for buyers. Empty: Magento's own, which is NOT LOGGED IN for guests and the store's default group for"
        " customers.",
        kind="whole",
        least=0,
        most=100_000,
    ),
)
