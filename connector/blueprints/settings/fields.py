"""What the settings page shows of each setting: its group, its name, the sentence on its effect, and what it may be.

A test compares this list with `ShopSettings`, so that no setting is without its sentence. How a value is read from a form
and written into it is `values.py`.
"""

from __future__ import annotations

from connector import i18n
from connector.blueprints import formats
from connector.blueprints.settings.fields_of_addresses import BILLING
from connector.blueprints.settings.fields_of_comments import COMMENTS
from connector.blueprints.settings.fields_of_customers import CUSTOMERS
from connector.blueprints.settings.shapes import Field, Group, Kind
from connector.domain import statuses

__all__ = ["GROUPS", "Field", "Group", "Kind"]

_CODE = r"[a-z0-9_]+"
_CODE_SAYS = "is a code of Magento's: small letters, digits and underscores"

#: What TikTok's status may be while the order is in Magento.
STATUSES = {status: formats.status_label(status) for status in statuses.ORDER_STATUSES if status != statuses.UNPAID}

GROUPS: tuple[Group, ...] = (
    Group(
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
                pattern=_CODE,
                pattern_says=_CODE_SAYS,
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
                pattern=_CODE,
                pattern_says=_CODE_SAYS,
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
                pattern=_CODE,
                pattern_says=_CODE_SAYS,
                may_be_empty=False,
            ),
            Field(
                name="shipping_carrier_code",
                label="Shipping carrier",
                effect="The code of the Magento carrier that orders are created with, such as flatrate. What the buyer"
                " paid for shipping is TikTok's amount in each case.",
                kind="text",
                pattern=_CODE,
                pattern_says=_CODE_SAYS,
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
    ),
    Group(
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
    ),
    Group(
        key="address",
        label="Addresses",
        fields=(
            Field(
                name="telephone_placeholder",
                label="Telephone where TikTok gives none",
                effect="Magento wants a telephone number in each address; this one is written when TikTok masks it.",
                kind="text",
                longest=30,
                may_be_empty=False,
            ),
            Field(
                name="postcode_placeholder",
                label="Post code where TikTok gives none",
                effect="Written for countries where Magento wants a post code and TikTok has none, such as Vietnam.",
                kind="text",
                longest=20,
                may_be_empty=False,
            ),
            Field(
                name="unknown_region",
                label="Unknown state or province",
                effect="When TikTok's state or province matches none of Magento's: stop and ask, or use the region below.",
                kind="choice",
                choices={"error": "Stop and ask", "fallback": "Use the region below"},
            ),
            Field(
                name="fallback_region",
                label="Region to use instead",
                effect="Its name or code as in Magento. Empty: the first region of the country.",
                kind="text",
            ),
            Field(
                name="street_lines",
                label="Street lines",
                effect="How many lines a street has in Magento (Stores > Configuration > Customers > Customer"
                " Configuration). What does not fit is joined in the last one.",
                kind="whole",
                least=1,
                most=4,
                may_be_empty=False,
            ),
            Field(
                name="house_number_line",
                label="House number in a line of its own",
                effect="For addresses in the Netherlands, Germany, Belgium and Austria: the second street line is the house"
                " number, and with three lines the third is the Dutch addition, as address extensions want it.",
                kind="flag",
            ),
        ),
    ),
    COMMENTS,
    BILLING,
    Group(
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
                pattern=_CODE,
                pattern_says=_CODE_SAYS,
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
    ),
    Group(
        key="aftersales",
        label="Cancellations, refunds, completion",
        fields=(
            Field(
                name="magento_cancel",
                label="Order cancelled in Magento",
                effect="What becomes of it on TikTok Shop: a task on the order for you to decide; or it is cancelled there"
                " too; or nothing.",
                kind="choice",
                choices={"ask": "Ask me", "cancel": "Cancel it on TikTok Shop", "nothing": "Do nothing"},
            ),
            Field(
                name="magento_cancel_reason",
                label="Reason given to TikTok",
                effect="TikTok's reason, by its name or its words, for an order that is cancelled because it was cancelled"
                " in Magento.",
                kind="text",
                may_be_empty=False,
            ),
            Field(
                name="magento_credit",
                label="Items credited in Magento before shipping",
                effect="What becomes of them on TikTok Shop when a credit memo is made in Magento's admin for some items of"
                " an order of which nothing is shipped: a task on the order; or they are cancelled there too (single items"
                " in the US and the UK only); or nothing. A credit memo for all of it counts as a cancelled order.",
                kind="choice",
                choices={"ask": "Ask me", "cancel": "Cancel them on TikTok Shop", "nothing": "Do nothing"},
            ),
            Field(
                name="magento_cancel_words",
                label="Reasons by Magento's words",
                effect="One a line: a word or sentence = TikTok's reason, such as “damaged = Out of stock”. Where it stands in"
                " a comment of the credit memo or of the Magento order, that reason is given to TikTok instead of the one"
                " above; the first line that fits counts.",
                kind="words",
                longest=2000,
            ),
            Field(
                name="refunds",
                label="Refunds",
                effect="What becomes of a refund on TikTok Shop in Magento: a credit memo, or only a comment for those who"
                " book refunds elsewhere.",
                kind="choice",
                choices={"creditmemo": "Credit memo", "tell": "Comment only"},
            ),
            Field(
                name="return_to_stock",
                label="Put returned items back into stock",
                effect="The credit memo returns the quantity to Magento's stock, where TikTok does not say itself"
                " whether the items come back.",
                kind="flag",
            ),
            Field(
                name="failed_delivery",
                label="Parcels that did not arrive",
                effect="What becomes in Magento of an order whose delivery failed, or whose parcel was lost or goes back to you,"
                " once TikTok has cancelled or refunded it. Ask me: it is told in the order's history, and you refund it when"
                " the parcel is back. Crediting does not wait for the parcel; putting back into stock counts its items as"
                " salable at once, also those of a parcel that was lost.",
                kind="choice",
                choices={
                    "tell": "Ask me",
                    "credit": "Credit memo, stock stays as it is",
                    "credit_stock": "Credit memo, back into stock",
                },
            ),
            Field(
                name="status_map",
                label="Statuses in Magento",
                effect="The Magento status that an order gets when TikTok's becomes this one, with a note in its history."
                " It must belong to the state that the order is in by then (Stores > Order Status in Magento); where it does"
                " not, only the note is made and the order's timeline says so. Magento's API has no list of statuses: those"
                " that orders have had are offered, and the store's check looks at the others.",
                kind="statuses",
                choices=STATUSES,
                longest=32,
                pattern=_CODE,
                pattern_says=_CODE_SAYS,
            ),
        ),
    ),
    Group(
        key="packing",
        label="Packing and working days",
        fields=(
            Field(
                name="packing_paper",
                label="Paper",
                effect="What pick lists and packing slips are made for. By the shop's country: Letter in North and Latin"
                " America and the Philippines, A4 elsewhere.",
                kind="choice",
                choices={"auto": "By the shop's country", "a4": "A4", "letter": "Letter"},
            ),
            Field(
                name="packing_prices",
                label="Prices on packing slips",
                effect="Prints what each item cost the buyer, and their sum, on the slip that goes into the parcel.",
                kind="flag",
            ),
            Field(
                name="packing_note",
                label="Foot of packing slips",
                effect="A sentence of yours at the end of each slip, such as thanks or how to send something back.",
                kind="text",
                longest=300,
            ),
            Field(
                name="working_days",
                label="Working days",
                effect="The days on which parcels leave, as in Mon Tue Wed Thu Fri. The meter of late dispatches counts its"
                " periods in them.",
                kind="text",
                longest=40,
                pattern=r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)( (Mon|Tue|Wed|Thu|Fri|Sat|Sun))*",
                pattern_says="must be days such as Mon Tue Wed Thu Fri, separated by spaces",
                may_be_empty=False,
            ),
            Field(
                name="holidays",
                label="Holidays",
                effect="Days on which no parcel leaves, as in 2026-12-25 2027-01-01, separated by spaces.",
                kind="text",
                longest=1000,
                pattern=r"\d{4}-\d\d-\d\d( \d{4}-\d\d-\d\d)*",
                pattern_says="must be dates such as 2026-12-25, separated by spaces",
            ),
        ),
    ),
    Group(
        key="notices",
        label="Notices",
        fields=(
            Field(
                name="notify_mail",
                label="Mail to",
                effect="E-mail addresses, separated by commas, that are told what is switched on below. Needs SMTP_URL to"
                " be set on the server.",
                kind="text",
                longest=500,
                pattern=r"[^@\s,]+@[^@\s,]+\.[^@\s,]+(\s*,\s*[^@\s,]+@[^@\s,]+\.[^@\s,]+)*",
                pattern_says="must be e-mail addresses, separated by commas",
            ),
            Field(
                name="notify_url",
                label="Post to",
                effect="An address of yours that gets the same as JSON, signed. The secret of the signature is on the"
                " shop's page under Connections.",
                kind="text",
                longest=500,
                pattern=r"https?://[^\s/]+(/\S*)?",
                pattern_says="must be an address that begins with https://",
            ),
            Field(
                name="notify_slack",
                label="Post to Slack",
                effect="An incoming-webhook address of Slack, or of whatever takes the same (Mattermost, Rocket.Chat,"
                " Google Chat). Who knows it can post there: keep it to yourself.",
                kind="text",
                longest=500,
                pattern=r"https?://[^\s/]+(/\S*)?",
                pattern_says="must be an address that begins with https://",
                is_secret=True,
            ),
            Field(
                name="notify_digest",
                label="Mails",
                effect="Each thing as it happens, one mail a minute at most; or gathered. Posts always go at once.",
                kind="choice",
                choices={"at_once": "At once", "hourly": "One an hour", "daily": "One a day"},
            ),
            Field(
                name="notify_digest_hour",
                label="Hour of the daily mail",
                effect="In the shop's time zone, from 0 to 23.",
                kind="whole",
                least=0,
                most=23,
                may_be_empty=False,
                unit="o'clock",
            ),
            Field(
                name="notify_language",
                label="Language of notices",
                effect="What mails and messages in Slack are written in. Posts of JSON stay English.",
                kind="choice",
                choices=i18n.LANGUAGES,
            ),
            Field(
                name="notify_failures",
                label="About many failures",
                effect="When so many orders stand in Error that failed within an hour; told once, and once when it is over."
                " 0: never.",
                kind="whole",
                least=0,
                most=100_000,
                may_be_empty=False,
                unit="orders",
            ),
            Field(
                name="notify_connections",
                label="About connections",
                effect="When the store or TikTok Shop has not answered for 15 minutes, and when the shop's authorization"
                " ends within 30 and within 3 days, or has ended. Told once, and once when it is over.",
                kind="flag",
            ),
            Field(
                name="notify_carriers",
                label="About carriers",
                effect="When orders wait because a Magento carrier is not mapped to one of TikTok Shop's.",
                kind="flag",
            ),
            Field(name="notify_errors", label="About errors", effect="When an order needs somebody.", kind="flag"),
            Field(
                name="notify_deadlines",
                label="About deadlines",
                effect="When an order has to be shipped soon, or TikTok cancels it soon, and it is not shipped yet.",
                kind="flag",
            ),
            Field(
                name="notify_hours_before",
                label="Hours before a deadline",
                effect="How long before that it is told.",
                kind="whole",
                least=1,
                most=240,
                may_be_empty=False,
                unit="hours",
            ),
            Field(
                name="notify_new_orders", label="About new orders", effect="When an order becomes known.", kind="flag"
            ),
        ),
    ),
    Group(
        key="privacy",
        label="Personal data",
        fields=(
            Field(
                name="keep_personal_days",
                label="Keep recipients' data",
                effect="So many days after an order was completed or cancelled, the recipient's name, address, telephone"
                " and the buyer's e-mail, nickname and notes are blanked here. Amounts, products and numbers stay, and so"
                " does what Magento has.",
                kind="whole",
                least=1,
                most=3650,
                may_be_empty=False,
                unit="days",
            ),
        ),
    ),
)
