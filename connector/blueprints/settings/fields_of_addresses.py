"""The settings page's group on the billing address (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import Field, Group


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
