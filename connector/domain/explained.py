"""Every reason for which an order is not in Magento, or not as it should be: what it means, whether it goes on by itself.

The one source of the panel's help and of docs/errors.md, whose tables `python -m scripts.reasons` writes from here. A test
holds the codes against the source: a new reason or error code is a row here. Texts may have `code` and *emphasis*.
"""

from __future__ import annotations

from typing import NamedTuple

from connector.domain.explained_errors import MERCHANTS
from connector.domain.explained_passing import BETWEEN, RETRIED
from connector.domain.explained_reason import Reason


class Group(NamedTuple):
    """Reasons that are alike in whose turn it is. `column` heads what happened."""

    key: str
    heading: str
    intro: str
    column: str
    reasons: tuple[Reason, ...]
    goes_on: bool


WAITS: tuple[Reason, ...] = (
    Reason(
        "unpaid",
        "The buyer has not paid.",
        "Nothing.",
    ),
    Reason(
        "on_hold",
        "TikTok holds the order for about an hour, in which the buyer may still cancel; it gives no address before.",
        "Nothing.",
    ),
    Reason(
        "by_hand",
        "The shop's settings leave it to a person when an order is created (When to create: by hand).",
        "Press “Create in Magento” on the order, or select several under “To create”.",
    ),
    Reason(
        "held_by_rule",
        "A rule of yours holds it back; the order's timeline names the rule.",
        "*Create in Magento* on the order's page, or switch the rule off.",
    ),
    Reason(
        "no_address",
        "The hold is over, but TikTok has not given an address yet.",
        "Nothing; when it lasts for hours, look in Seller Center and type the address in on the order's page "
        "(*Put right*).",
    ),
    Reason(
        "older",
        "It was placed before the orders that you chose to begin with.",
        "Nothing; *Create in Magento* creates this one.",
    ),
    Reason(
        "sample",
        "It is a free sample, and the settings say that those are not created.",
        "Nothing; *Create in Magento* creates this one.",
    ),
    Reason(
        "sample_window",
        "It is a free sample, and waits for others of the same creator, with which it becomes one Magento order "
        "(*Free samples*, *Time for samples of one creator*).",
        "Nothing; *Create in Magento* creates it alone at once.",
    ),
    Reason(
        "combined",
        "It becomes one Magento order together with other free samples; the order that carries them, which its page names, is "
        "not in Magento yet.",
        "Nothing; look at the order that carries it when that one stands in Error.",
    ),
    Reason(
        "merchants_wait",
        "The hold is over, and the time that you set to wait after it is not (*Wait after the hold*).",
        "Nothing, or *Create in Magento* on the order's page.",
    ),
    Reason(
        "cancelling",
        "You asked TikTok Shop to cancel it, and TikTok has not confirmed yet.",
        "Nothing.",
    ),
    Reason(
        "unknown_status",
        "TikTok Shop gave it a status that this version does not know.",
        "Update the connector; tell its makers the status.",
    ),
)

STOPPED: tuple[Reason, ...] = (
    Reason(
        "ignored",
        "A person marked the order to be ignored.",
        "*Take back into work* on the order's page.",
    ),
    Reason(
        "cancelled",
        "It was cancelled on TikTok Shop before it was created in Magento.",
        "Nothing.",
    ),
    Reason(
        "unknown_shop",
        "A webhook told of an order of a shop that is not connected; the event is kept for 90 days.",
        "Connect the shop, then try the event again under Activity, Dead ends.",
    ),
)

GROUPS: tuple[Group, ...] = (
    Group(
        "waits",
        "The order waits",
        "Nothing is wrong; the order is not in Magento yet, and goes on by itself.",
        "what it waits for",
        WAITS,
        True,
    ),
    Group(
        "stopped",
        "Nobody works on it",
        "The order neither waits nor stands in Error, and is not in Magento.",
        "what happened",
        STOPPED,
        False,
    ),
    Group(
        "retried",
        "It goes on by itself",
        "Tried again with growing pauses (a second at first, half a minute at most in the first half hour, then every five"
        " minutes). After 24 hours without success the order is given up: it stands in Error, and *try again* takes it up"
        " once more.",
        "what happened",
        RETRIED,
        True,
    ),
    Group(
        "merchants",
        "Only you can solve it",
        "The order stands in Error until it is solved; then it goes on by itself or with *try again*.",
        "what happened",
        MERCHANTS,
        False,
    ),
    Group(
        "between",
        "Seen in between",
        "A step may meet these; the connector reads the order again and plans anew, so no order stays in them.",
        "what happened",
        BETWEEN,
        True,
    ),
)


def of_error(code: str) -> tuple[Group, Reason] | None:
    """What an error's code means (`Order.error_code`), with whose turn it is. What only the merchant can solve goes first."""
    for key in ("merchants", "retried", "between"):
        group = next(one for one in GROUPS if one.key == key)
        for reason in group.reasons:
            if reason.code == code:
                return group, reason
    return None
