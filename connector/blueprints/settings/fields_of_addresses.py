"""The settings page's groups on the recipient's and on the billing address (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import Field, Group

ADDRESS = Group(
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
)


def _text(name: str, label: str, effect: str, longest: int = 100) -> Field:
    return Field(name=f"billing_{name}", label=label, effect=effect, kind="text", longest=longest)


BILLING = Group(
    key="billing",
    label="Billing address",
    fields=(
        Field(
            name="billing_address",
            label="Billing address",
            effect="The recipient's address, or one address of yours for all orders: for merchants whose books have TikTok"
            " as the customer.",
            kind="choice",
            choices={"shipping": "Same as shipping", "fixed": "The address below"},
        ),
        _text("company", "Company", "Printed above the name; may be empty."),
        _text("firstname", "First name", "Magento wants a first and a last name in each address."),
        _text("lastname", "Last name", "Magento wants a first and a last name in each address."),
        _text("street", "Street and number", "In one line.", 200),
        _text("postcode", "Post code", "As written in the country.", 20),
        _text("city", "City", "The town of the address."),
        _text("region", "State or province", "Its name or code as in Magento; needed where Magento wants one."),
        Field(
            name="billing_country",
            label="Country",
            effect="Its two letters, such as US, GB or DE.",
            kind="text",
            longest=2,
            pattern=r"[A-Z]{2}",
            pattern_says="is two capital letters, such as US",
        ),
        _text("telephone", "Telephone", "Empty: the placeholder that stands for a missing one.", 32),
        _text("vat_id", "VAT number", "Written into the billing address; may be empty.", 40),
    ),
)
