"""The errors that need nobody, as connector.domain.explained tells them: tried again, or met by a step in between."""

from __future__ import annotations

from connector.domain.explained_reason import Reason

RETRIED: tuple[Reason, ...] = (
    Reason(
        "tls_failed",
        "The certificate of the store's server has expired, is for another name, is self-signed or incomplete: "
        "the message says which.",
        "Do what the message says on that server. The connector tries again by itself.",
    ),
    Reason(
        "unreachable",
        "No connection to Magento or TikTok Shop could be made.",
        "Nothing, unless it lasts: look at the Connections page.",
    ),
    Reason(
        "timeout",
        "A call took longer than 20 seconds. It may have worked all the same; the connector looks before it repeats.",
        "Nothing; a store that is always slow needs its host's attention.",
    ),
    Reason(
        "connection_cut",
        "The connection broke in the middle of an answer.",
        "Nothing.",
    ),
    Reason(
        "answer_too_large",
        "An answer was larger than 20 MiB.",
        "Nothing, unless it lasts: a proxy may be answering in Magento's place.",
    ),
    Reason(
        "magento_unavailable",
        "Magento, or the server in front of it, answered with an error of its own (5xx).",
        "Nothing; a store in maintenance answers like this.",
    ),
    Reason(
        "magento_rests",
        "Magento kept the connector waiting in vain. One order at a time asks it; the others wait until it answers.",
        "Nothing, unless it lasts: look at the Connections page.",
    ),
    Reason(
        "magento_rate_limited",
        "The store asked to be called less often.",
        "Nothing.",
    ),
    Reason(
        "magento_answer_cut",
        "Magento's answer broke off.",
        "Nothing.",
    ),
    Reason(
        "magento_answer_empty",
        "Magento's answer was empty.",
        "Nothing.",
    ),
    Reason(
        "magento_answer_incomplete",
        "Magento's answer lacked something that it always has.",
        "Nothing, unless it lasts: an extension may change Magento's answers.",
    ),
    Reason(
        "magento_answer_not_json",
        "A page came instead of Magento's answer: of a firewall, a proxy or a maintenance mode.",
        "Nothing, unless it lasts: let the connector through to `/rest/`.",
    ),
    Reason(
        "magento_nonce_used",
        "Magento took a signed request for a repeated one.",
        "Nothing.",
    ),
    Reason(
        "magento_not_saved",
        "Magento failed while it wrote an invoice, a shipment or a credit memo, and took it back; a deadlock is told like this.",
        "Nothing, unless it lasts: Magento's log (`var/log/exception.log`) says why.",
    ),
    Reason(
        "tiktok_unavailable",
        "TikTok Shop answered with an error of its own.",
        "Nothing.",
    ),
    Reason(
        "tiktok_rate_limited",
        "TikTok Shop asked to be called less often.",
        "Nothing.",
    ),
    Reason(
        "tiktok_unreadable_answer",
        "TikTok Shop's answer was not what its documentation says.",
        "Nothing, unless it lasts.",
    ),
    Reason(
        "tiktok_token_expired",
        "The shop's token had ended, and was not renewed yet.",
        "Nothing.",
    ),
    Reason(
        "change_unclear",
        "An invoice, a cancellation or a correction timed out; it is looked for, and asked for again after 50 seconds.",
        "Nothing.",
    ),
    Reason(
        "credit_unclear",
        "A credit memo timed out; it is looked for before it is made again.",
        "Nothing.",
    ),
    Reason(
        "cancel_unclear",
        "TikTok Shop refuses a cancellation after an attempt that timed out, which it may have carried out.",
        "Nothing.",
    ),
    Reason(
        "shown_late",
        "TikTok Shop may have done what it was told of packages or a parcel, and not show it yet; it is looked at again.",
        "Nothing.",
    ),
    Reason(
        "shipping_unclear",
        "A shipment timed out; it is looked for before it is made again.",
        "Nothing.",
    ),
    Reason(
        "placing_unclear",
        "Magento took the order's cart or number, but the order is not to be seen yet.",
        "Nothing.",
    ),
    Reason(
        "customer_unclear",
        "Magento knows the buyer's e-mail address, but its customer is not to be seen yet.",
        "Nothing.",
    ),
    Reason(
        "no_end",
        "The order kept changing while it was worked on.",
        "Nothing.",
    ),
    Reason(
        "unexpected",
        "A fault of the connector.",
        "Nothing; if it lasts, send its makers the log line with the order's id.",
    ),
)

BETWEEN: tuple[Reason, ...] = (
    Reason(
        "magento_already_invoiced",
        "The order was invoiced meanwhile.",
        "Nothing.",
    ),
    Reason(
        "magento_already_shipped",
        "The order was shipped meanwhile.",
        "Nothing.",
    ),
    Reason(
        "magento_already_refunded",
        "The order was refunded meanwhile.",
        "Nothing.",
    ),
    Reason(
        "magento_wrong_state",
        "The order's state changed meanwhile.",
        "Nothing.",
    ),
    Reason(
        "magento_cart_gone",
        "The cart was placed by an attempt that was given up on.",
        "Nothing; its order is found.",
    ),
    Reason(
        "magento_number_taken",
        "The order is there already, by an attempt that was given up on.",
        "Nothing; it is found.",
    ),
    Reason(
        "magento_customer_exists",
        "The buyer's customer is there already, by another order or an attempt that was given up on.",
        "Nothing; it is found.",
    ),
    Reason(
        "magento_not_found",
        "Something was deleted meanwhile.",
        "Nothing.",
    ),
    Reason(
        "magento_item_missing",
        "The Magento order holds other items than were put into its cart.",
        "Nothing; if it stays, the order says so.",
    ),
    Reason(
        "put_together",
        "The order was put together with other free samples meanwhile, or taken out again.",
        "Nothing.",
    ),
    Reason(
        "ships_by_changed",
        "TikTok Shop wants this shop's parcels told in the other of its two ways; the connector has noted it.",
        "Nothing.",
    ),
    Reason(
        "tiktok_not_in_this_region",
        "One of TikTok's two ways of telling a parcel does not work in the region.",
        "Nothing; the other one is used.",
    ),
    Reason(
        "taken_over",
        "The order was found in Magento by TikTok's number, after the database had been restored or lost.",
        "Nothing; it is linked, not made twice.",
    ),
    Reason(
        "tiktok_reference_refused",
        "TikTok Shop did not take the Magento number.",
        "Nothing; the order is in Magento all the same.",
    ),
)
