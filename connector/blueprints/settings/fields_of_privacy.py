"""The settings page's group on how long personal data is kept (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import Field, Group

PRIVACY = Group(
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
)
