"""The settings page's group on what the Magento order says (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import Field, Group


def _flag(name: str, label: str, effect: str) -> Field:
    return Field(name=name, label=label, effect=effect, kind="flag")


COMMENTS = Group(
    key="comments",
    label="What the Magento order says",
    fields=(
        Field(
            name="order_date",
            label="Order date",
            effect="When the buyer placed the order on TikTok Shop, or when it was created in Magento. Its invoice and"
            " shipments carry their own dates.",
            kind="choice",
            choices={"tiktok": "When it was placed", "magento": "When it was created in Magento"},
        ),
        _flag("tell_message", "Buyer's message", "In the order's first comment, as the buyer wrote it."),
        _flag("tell_note", "Seller's note", "The note of Seller Center, in the order's first comment."),
        _flag("tell_ship_by", "Ship-by date", "Until when TikTok wants it shipped, in the order's first comment."),
        _flag("tell_delivery", "Delivery option", "The buyer's choice of delivery, in the order's first comment."),
        _flag(
            "tell_marks",
            "Gifts, samples and other marks",
            "What is special about the order, and which items are gifts, in the order's first comment.",
        ),
        _flag(
            "tell_amounts",
            "Explanation of the amounts",
            "Unit prices that differ, fees, taxes and discounts that are booked otherwise than Magento would, in the order's"
            " first comment.",
        ),
        _flag(
            "tell_staff_notes",
            "Notes of the staff",
            "What the staff note on an order's page becomes a comment in Magento, for the admin alone.",
        ),
        _flag(
            "comments_visible",
            "Shown to the customer",
            "Shows the first comment in the customer's account too. Without it, it is for the admin alone.",
        ),
    ),
)
