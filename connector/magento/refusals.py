"""From an error answer to an error: placeholders filled in, wordings recognised, one row of `RULES` each.

Statuses and wordings were seen on a real Magento (reference/magento/recordings), or stand in Magento's own sources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.domain.errors import Conflict, ConnectorError, Exchange, NeedsMerchant, RateLimited, TryLater
from connector.magento import errors


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One recognised refusal: its statuses (none: any 4xx), the wording, and what it becomes.

    `sentence` and `remedy` may name {subject} (what the caller asked for) and {message} (Magento's words, filled in).
    """

    wording: str
    error: type[NeedsMerchant] | type[Conflict] | type[TryLater]
    code: str
    sentence: str
    remedy: str = ""
    statuses: frozenset[int] = frozenset()

    def matches(self, status: int, message: str) -> bool:
        fits = status in self.statuses if self.statuses else status < 500
        return fits and re.search(self.wording, message, re.I) is not None


_STOCK = "|".join(
    (
        r"requested (qty|quantity) (is not available|exceeds)",
        r"products? (is|are) (currently )?out of stock",
        r"not all of your products are available in the requested quantity",
        r"don't have (as many|enough)",
        r"not enough items for sale",
        r"no source items with the in stock status",
    )
)
_BACK_TO_MAGENTO = "Nothing to do: the connector reads the order again and goes on from there."

#: First match wins.
RULES: tuple[Rule, ...] = (
    Rule(
        wording=r"unique constraint violation",
        error=errors.UniqueNumberTaken,
        code="magento_number_taken",
        sentence="Magento already has an order with this number.",
        remedy=_BACK_TO_MAGENTO,
    ),
    Rule(
        wording=r"a customer with the same email\b.* already exists",
        error=errors.CustomerExists,
        code="magento_customer_exists",
        sentence="Magento already has a customer with the buyer's e-mail address.",
        remedy=_BACK_TO_MAGENTO,
    ),
    Rule(
        wording=r"no such entity with \W?(cartId|quoteId)\b",
        error=errors.CartGone,
        code="magento_cart_gone",
        sentence="Magento's cart no longer exists; its order has probably been placed.",
        remedy=_BACK_TO_MAGENTO,
        statuses=frozenset({404}),
    ),
    Rule(
        wording=r"product that was requested doesn't exist|no such entity with \W?sku\b",
        error=errors.ProductNotFound,
        code="magento_product_not_found",
        sentence="Magento has no product with SKU {subject}.",
        remedy="Map this SKU to a Magento product, or create the product in Magento, and try again.",
        statuses=frozenset({404}),
    ),
    Rule(
        wording=_STOCK,
        error=errors.OutOfStock,
        code="magento_out_of_stock",
        sentence="Magento does not have enough stock of {subject}.",
        remedy="Raise the product's stock in Magento and try again, or create the order without reserving stock.",
    ),
    Rule(
        wording=r"product that you are trying to add is not available|choose options for your item|required option",
        error=errors.ProductUnavailable,
        code="magento_product_unavailable",
        sentence="Magento cannot sell {subject}: {message}",
        remedy="Enable the product in Magento for this store view, or map the SKU to another product, and try again.",
    ),
    Rule(
        wording=r"carrier with such method not found|shipping method is missing",
        error=errors.UnknownShippingMethod,
        code="magento_unknown_shipping_method",
        sentence="Magento does not offer the shipping method {subject} for this order.",
        remedy="Choose a shipping method in Settings that the store offers for this address, and try again.",
    ),
    Rule(
        wording=r"payment method is not available|valid payment method",
        error=errors.UnknownPaymentMethod,
        code="magento_unknown_payment_method",
        sentence="Magento does not offer the payment method {subject} for this order.",
        remedy="Choose a payment method in Settings that is switched on in Magento, and try again.",
    ),
    Rule(
        wording=r"regionId\W* is required|region\w* is a? ?required",
        error=errors.RegionRefused,
        code="magento_region_required",
        sentence="Magento needs a state or province for this address and did not get one that it knows.",
        remedy="Correct the state or province in the address, or set a fallback region in Settings, and try again.",
    ),
    Rule(
        wording=r"check the (shipping|billing) address information|addresses can't be used due to the configurations",
        error=errors.AddressRefused,
        code="magento_address_refused",
        sentence="Magento does not accept the address: {message}",
        remedy="Correct the address, or the store's country settings in Magento, and try again.",
    ),
    Rule(  # held, cancelled, under review; what is complete or closed comes below
        wording=r"can ?not be created when an order has a status of (?!complete|closed)"
        r"|hold action is not available|cannot remove the hold|not part of the order status history"
        r"|does not allow a creditmemo to be created",
        error=errors.WrongState,
        code="magento_wrong_state",
        sentence="Magento's order is in a state that does not allow this: {message}",
        remedy=_BACK_TO_MAGENTO,
    ),
    Rule(
        wording=r"does not allow an invoice to be created|invoice can't be created without products"
        r"|invoice can ?not be created when",
        error=errors.AlreadyInvoiced,
        code="magento_already_invoiced",
        sentence="Magento has nothing to invoice in this order any more.",
        remedy=_BACK_TO_MAGENTO,
    ),
    Rule(
        wording=r"does not allow a shipment to be created|can't create a shipment without products"
        r"|quantity to ship must not be greater than the unshipped quantity|shipment can ?not be created when",
        error=errors.AlreadyShipped,
        code="magento_already_shipped",
        sentence="Magento has nothing to ship in this order any more.",
        remedy=_BACK_TO_MAGENTO,
    ),
    Rule(
        wording=r"can't create creditmemo for the order|the most money available to refund is"
        r"|quantity to creditmemo must not be greater|creditmemo can ?not be created when",
        error=errors.AlreadyRefunded,
        code="magento_already_refunded",
        sentence="Magento has nothing to refund in this order any more.",
        remedy=_BACK_TO_MAGENTO,
    ),
    Rule(
        wording=r"could not save an? (invoice|shipment|creditmemo), see error log",
        error=errors.NotSaved,
        code="magento_not_saved",
        sentence="Magento could not save what it was to do: {message}",
    ),
    Rule(
        wording=r"unknown column|invalid attribute name",
        error=errors.UnknownFilterField,
        code="magento_unknown_field",
        sentence="Magento was searched by a field that the store does not have{of_subject}.",
        remedy="Check the name of the product attribute in Settings.",
        statuses=frozenset({400, 500}),
    ),
    Rule(
        wording=r"nonce is already being used",
        error=errors.NonceUsed,
        code="magento_nonce_used",
        sentence="Magento took the request for a repeated one.",
    ),
    Rule(
        wording=r"request does not match any route",
        error=errors.StoreAddressWrong,
        code="magento_no_route",
        sentence="The store answers, but does not have the part of Magento's REST API that is needed.",
        remedy="Check the store's address and its Magento version (2.4 or later, with all core modules switched on).",
        statuses=frozenset({404}),
    ),
    Rule(  # where the path's scope, or a customer's store, is none; a store view in the path is most often told by the above
        wording=r"store that was requested wasn't found",
        error=errors.StoreAddressWrong,
        code="magento_no_route",
        sentence="Magento does not have the store view that was asked for.",
        remedy="Choose the shop's store view anew on the Connections page.",
        statuses=frozenset({404}),
    ),
)


#: Parameters that quote what was sent, which may be a buyer's data.
_QUOTING = frozenset({"value", "fieldValue", "field_value", "email"})


def fill(message: str, parameters: Sequence[Any] | Mapping[str, Any] | None) -> str:
    """`message` with %1 (from a list) or %name (from an object) filled in; what has no value stays as it is.

    Quoted values that are no numbers are left out: they may be a buyer's data.
    """
    values: dict[str, str] = {}
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            text = str(value)
            values[str(name)] = "…" if name in _QUOTING and not text.isdigit() else text
    elif isinstance(parameters, Sequence) and not isinstance(parameters, str | bytes):
        values = {str(number): str(value) for number, value in enumerate(parameters, start=1)}
    return re.sub(r"%(\d+|[A-Za-z_]\w*)", lambda found: values.get(found[1], found[0]), message)


def message_of(answer: Any) -> str:
    """The sentence (or sentences) of an error body, filled in and on one line; empty if there is none."""
    if not isinstance(answer, Mapping):
        return ""
    sentences = []
    for part in (answer, *(answer.get("errors") or ())):
        if isinstance(part, Mapping) and part.get("message"):
            sentences.append(fill(str(part["message"]), part.get("parameters")))
    return " ".join(" ".join(sentences).split())


def error_for(
    status: int,
    answer: Any,
    *,
    exchange: Exchange | None = None,
    uses_oauth: bool = False,
    subject: str = "",
    store_view: str = "",
    retry_after: float | None = None,
) -> ConnectorError:
    """The error for a JSON answer with an error status.

    `subject` is what the caller asked for (a SKU, a method), to be named in the sentence; `uses_oauth` tells the two
    ways of signing in apart; `store_view` is the one in whose scope it was asked; `retry_after` is the answer's Retry-After
    in seconds.
    """
    message = message_of(answer)
    if status == 429:
        return RateLimited(
            "Magento asks us to wait: too many requests.",
            code="magento_rate_limited",
            exchange=exchange,
            after=retry_after,
        )
    for rule in RULES:
        if rule.matches(status, message):
            if rule.error is errors.StoreAddressWrong and store_view:
                return no_store_view(store_view, exchange)
            return _by_rule(rule, message, subject, exchange)
    if status in (401, 403):
        return _unauthorized(message, answer, uses_oauth, exchange)
    if status >= 500:
        return errors.Unavailable(
            f"Magento had a problem of its own (status {status}).",
            code="magento_unavailable",
            exchange=exchange,
            after=retry_after,
        )
    if status == 404:
        return errors.NotFound(
            "Magento has no such entry (any more).",
            code="magento_not_found",
            remedy="Look in Magento whether it was deleted there.",
            exchange=exchange,
        )
    return errors.Refused(
        f"Magento refused the request: {message or f'status {status}'}",
        code="magento_refused",
        remedy="Solve in Magento what the message says, then try again.",
        exchange=exchange,
        subject=subject,
    )


def no_store_view(code: str, exchange: Exchange | None = None) -> errors.StoreAddressWrong:
    """What a store view that is gone becomes: Magento leaves a code that it does not know in the path, where it is no route."""
    return errors.StoreAddressWrong(
        f"Magento does not have the store view {code} (any more), or not the part of its REST API that is needed.",
        code="magento_no_route",
        remedy="Choose the shop's store view anew on the Connections page; if it is there, check that all of Magento's core "
        "modules are switched on.",
        exchange=exchange,
    )


def _by_rule(rule: Rule, message: str, subject: str, exchange: Exchange | None) -> ConnectorError:
    sentence = rule.sentence.format(
        subject=subject or "this item", message=message, of_subject=f": {subject}" if subject else ""
    )
    if issubclass(rule.error, NeedsMerchant):
        return rule.error(sentence, code=rule.code, remedy=rule.remedy, exchange=exchange, subject=subject)
    return rule.error(sentence, code=rule.code, remedy=rule.remedy, exchange=exchange)


def _unauthorized(message: str, answer: Any, uses_oauth: bool, exchange: Exchange | None) -> errors.Unauthorized:
    # A wrong token, no token, a bearer token while bearer is switched off and a missing permission all answer the same
    # 401 (07, 08), so each possible cause is named.
    parameters = answer.get("parameters") if isinstance(answer, Mapping) else None
    resources = parameters.get("resources") if isinstance(parameters, Mapping) else None
    if re.search(r"signature is invalid", message, re.I):
        return errors.SignatureInvalid(
            "Magento does not accept our signature: the consumer secret or the access token secret is wrong.",
            code="magento_signature_invalid",
            remedy="Copy all four values of the integration from Magento anew (System > Integrations), then try again.",
            exchange=exchange,
        )
    if resources and uses_oauth:
        return errors.NotAuthorized(
            f"The Magento integration lacks the permission {resources}.",
            code="magento_permission_missing",
            remedy=f"In Magento, System > Integrations, give the integration access to {resources} "
            "(or to all resources), reauthorize it and try again.",
            exchange=exchange,
            subject=str(resources),
        )
    if resources:
        return errors.NotAuthorized(
            f"Magento did not let the access token use {resources}.",
            code="magento_not_authorized",
            remedy="One of three: the access token is wrong; or the store does not allow it as a bearer token "
            "(Stores > Configuration > Services > OAuth > Consumer Settings, “Allow OAuth Access Tokens to be used as "
            "standalone Bearer tokens”; or enter all four values of the integration instead, which needs no such "
            f"switch); or the integration lacks the permission {resources}.",
            exchange=exchange,
            subject=str(resources),
        )
    return errors.NotAuthorized(
        f"Magento did not let us in: {message or 'no reason given'}",
        code="magento_not_authorized",
        remedy="Check the integration in Magento (System > Integrations): it must be active, and its values must be "
        "the ones entered here.",
        exchange=exchange,
    )
