"""The settings page's group on how and when an order is created in Magento (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.fields_of_customers import CUSTOMERS
from connector.blueprints.settings.shapes import CODE, CODE_SAYS, Field, Group

CREATING = Group(
    key="creating",
    label="Creating orders",
    fields=(
        Field(
            name="create_way",
            label="Way of creating",
            effect="Reserving stock places a cart, so Magento's stock counts the order at once. A record is written"
            " complete and touches no stock: for merchants whose stock lives outside Magento. Orders that TikTok"
            " fulfils are always records.",
            kind="choice",
            choices={"reserve": "Reserve stock in Magento", "record": "Record only, no stock touched"},
        ),
        Field(
            name="create_when",
            label="When to create",
            effect="TikTok holds a paid order for about an hour, in which the buyer may still cancel. During the hold an"
            " order is created only if TikTok gives its address already, and is invoiced after it. By hand: the order"
            " waits until somebody presses “Create in Magento”.",
            kind="choice",
            choices={
                "paid": "As soon as it is paid",
                "hold": "After TikTok's hold",
                "by_hand": "By hand",
            },
        ),
        Field(
            name="on_hold",
            label="While TikTok holds an order",
            effect="Wait, or reserve its stock at once: the Magento order is placed with a placeholder address and put on"
            " hold; it gets the address and is released when TikTok's hold ends, and is cancelled with its stock back"
            " when the buyer cancels.",
            kind="choice",
            choices={"wait": "Wait", "reserve": "Reserve stock at once"},
        ),
        Field(
            name="wait_after_hold",
            label="Wait after the hold",
            effect="Hours in which an order still waits after TikTok's hold, for buyers who change their mind. It ends 12"
            " hours before the order has to be shipped, whatever is set.",
            kind="whole",
            most=48,
            may_be_empty=False,
            unit="hours",
        ),
        Field(
            name="link_field",
            label="Field of another connector",
            effect="Orders that another connector created in Magento are linked, not doubled: they are known by TikTok's"
            " number in their own number, ext_order_id or shipping_description, or in this field of the order (such as"
            " customer_note). With a field named, Magento is searched before each order is created.",
            kind="text",
            longest=64,
            pattern=CODE,
            pattern_says=CODE_SAYS,
        ),
        Field(
            name="samples",
            label="Free samples",
            effect="Creators' free samples are created like orders at price 0, or those that one creator gets at one address"
            " within some hours become one Magento order, or they stand in the list and are created when somebody presses"
            " “Create in Magento”.",
            kind="choice",
            choices={
                "create": "Create like orders",
                "combine": "One Magento order per creator",
                "skip": "Don't create",
            },
        ),
        Field(
            name="sample_window",
            label="Time for samples of one creator",
            effect="Hours for which samples of one creator are gathered, from the first one on: 0.5 to 24. It ends 12 hours"
            " before one of them has to be shipped, whatever is set. The creator must be the same on TikTok, and name, phone"
            " and address the same and not masked.",
            kind="decimal",
            least_decimal="0.5",
            most=24,
            may_be_empty=False,
            unit="hours",
        ),
        Field(
            name="cod_payment_method",
            label="Payment method of cash on delivery",
            effect="The code of a method that is switched on in Magento, such as cashondelivery. Empty: as for the others."
            " Such an order is invoiced once it is delivered.",
            kind="text",
            pattern=CODE,
            pattern_says=CODE_SAYS,
        ),
        Field(
            name="order_prefix",
            label="Number prefix of records",
            effect="A record's Magento number is this prefix and TikTok's order id. Orders that reserve stock keep"
            " Magento's own numbers.",
            kind="text",
            longest=16,
            pattern=r"[A-Za-z0-9._-]*",
            pattern_says="may hold letters, digits, dots, dashes and underscores",
        ),
        *CUSTOMERS,
        Field(
            name="payment_method",
            label="Payment method",
            effect="The code of an offline method that is switched on in Magento; TikTok has taken the money already."
            " checkmo is Magento's Check / Money order.",
            kind="text",
            pattern=CODE,
            pattern_says=CODE_SAYS,
            may_be_empty=False,
        ),
        Field(
            name="shipping_carrier_code",
            label="Shipping carrier",
            effect="The code of the Magento carrier that orders are created with, such as flatrate. What the buyer"
            " paid for shipping is TikTok's amount in each case.",
            kind="text",
            pattern=CODE,
            pattern_says=CODE_SAYS,
            may_be_empty=False,
        ),
        Field(
            name="shipping_method_code",
            label="Shipping method",
            effect="The code of the carrier's method, such as flatrate.",
            kind="text",
            pattern=r"[A-Za-z0-9_]+",
            pattern_says="is a code of Magento's: letters, digits and underscores",
            may_be_empty=False,
        ),
        Field(
            name="invoice",
            label="Invoice at once",
            effect="Creates the invoice with the order, since TikTok has the money. Without it the order stays"
            " Pending until somebody invoices it in Magento.",
            kind="flag",
        ),
        Field(
            name="write_external_reference",
            label="Show Magento's number in Seller Center",
            effect="Writes the Magento order number to TikTok as its external order reference.",
            kind="flag",
        ),
        Field(
            name="comment_on_status",
            label="Note TikTok's statuses in Magento",
            effect="Adds a comment to the Magento order when TikTok's status changes. Customers do not see it.",
            kind="flag",
        ),
    ),
)
