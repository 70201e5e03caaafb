"""The settings page's group on what happens to an order after it was created (see fields.py)."""

from __future__ import annotations

from connector.blueprints import formats
from connector.blueprints.settings.shapes import CODE, CODE_SAYS, Field, Group
from connector.domain import statuses

#: What TikTok's status may be while the order is in Magento.
STATUSES = {status: formats.status_label(status) for status in statuses.ORDER_STATUSES if status != statuses.UNPAID}

AFTERSALES = Group(
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
            label="Items credited or cancelled in Magento before shipping",
            effect="What becomes of them on TikTok Shop when some items of an order are credited in Magento's admin, or"
            " what is left of it is cancelled, before they are shipped: a task on the order; or they are cancelled there too"
            " (single items in the US and the UK only); or nothing. All of it, before anything is shipped, counts as a"
            " cancelled order.",
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
            pattern=CODE,
            pattern_says=CODE_SAYS,
        ),
    ),
)
