"""What Magento's error answers mean, grouped as `connector.domain.errors` groups them: by what to do next.

TryLater
├── connector.http.CallFailed   no whole answer; `maybe_done` says whether Magento may have done the work all the same
├── Unavailable             5xx
├── BadAnswer               an HTML page, cut-off JSON, an empty body, another content type
├── NonceUsed               OAuth 1.0a: the next request carries a new nonce
├── NotSaved                it failed while writing, and rolled back
└── connector.domain.errors.RateLimited
NeedsMerchant
├── Unauthorized
│   ├── SignatureInvalid    OAuth 1.0a: the secrets do not fit
│   ├── NotAuthorized       token wrong, or bearer switched off, or permission missing
│   └── PasswordProtected   the web server in front of Magento wants a password
├── StoreAddressWrong       the address redirects, or has no Magento REST API
├── UnknownFilterField      a filter names a column or attribute that the store does not have
├── ProductNotFound, ProductUnavailable, OutOfStock
├── AddressRefused
│   └── RegionRefused       the country needs a region's id
├── UnknownShippingMethod, UnknownPaymentMethod
└── Refused                 any other 4xx, in Magento's own words
Conflict
├── NotFound                the entity does not exist
├── UniqueNumberTaken       way A: an order with this increment_id and store exists
├── CustomerExists          there is a customer with this e-mail address
├── CartGone                way B: the cart was placed (or never was)
└── WrongState              the order's state does not allow it
    └── AlreadyInvoiced, AlreadyShipped, AlreadyRefunded

How an answer becomes one of these: `connector.magento.refusals`. Numbers are those of reference/magento/recordings.
"""

from __future__ import annotations

from connector.domain.errors import Conflict, NeedsMerchant, TryLater


class Unavailable(TryLater):
    """Magento, or the server in front of it, answered 5xx."""


class BadAnswer(TryLater):
    """The answer was not Magento's JSON: an HTML page, a cut-off or empty body. The work may have been done."""


class NonceUsed(TryLater):
    """OAuth 1.0a: Magento has seen this request's nonce."""


class NotSaved(TryLater):
    """An exception while Magento wrote the document, of whatever kind: it rolled back, so nothing was made.

    A deadlock is told like this, which passes by itself, and so is a shipment whose source has no stock.
    """


class Unauthorized(NeedsMerchant):
    """401 or 403: Magento does not let us in."""


class SignatureInvalid(Unauthorized):
    """OAuth 1.0a: consumer secret or access token secret are wrong."""


class NotAuthorized(Unauthorized):
    """The token is wrong, or not allowed as a bearer token, or the integration lacks a permission (07, 08)."""


class PasswordProtected(Unauthorized):
    """Something in front of Magento asks for a password of its own."""


class StoreAddressWrong(NeedsMerchant):
    """The store's address redirects, or leads to no Magento REST API (13)."""


class UnknownFilterField(NeedsMerchant):
    """A search names a field that the store does not have (94)."""


class ProductNotFound(NeedsMerchant):
    """No product with this SKU (04, 62). `subject` is the SKU where one was asked for."""


class ProductUnavailable(NeedsMerchant):
    """The product exists but cannot be put into a cart: disabled, or not in this website, or options missing."""


class OutOfStock(NeedsMerchant):
    """Not enough of it to sell (63). `subject` is the SKU where one was asked for."""


class AddressRefused(NeedsMerchant):
    """Magento does not take the address."""


class RegionRefused(AddressRefused):
    """The country needs a region, by its Magento id (81)."""


class UnknownShippingMethod(NeedsMerchant):
    """The store does not have this shipping method, or not for this address (83). `subject` is carrier_method."""


class UnknownPaymentMethod(NeedsMerchant):
    """The store does not have this payment method, or not for this cart (84). `subject` is its code."""


class Refused(NeedsMerchant):
    """Any other refusal, in Magento's own words."""


class NotFound(Conflict):
    """The order, invoice, cart item, … does not exist (09, 57)."""


class UniqueNumberTaken(Conflict):
    """An order with this (increment_id, store_id) exists: find it and go on (21, 25)."""


class CustomerExists(Conflict):
    """There is a customer with this e-mail address and website: find it and go on (connector.magento.customers)."""


class CartGone(Conflict):
    """The cart is no longer active: most likely its order was placed; find it by its quote_id (68)."""


class WrongState(Conflict):
    """The order's state does not allow it: read it again."""


class AlreadyInvoiced(WrongState):
    """Nothing (more) to invoice (41)."""


class AlreadyShipped(WrongState):
    """Nothing (more) to ship (45)."""


class AlreadyRefunded(WrongState):
    """Nothing (more) to refund."""
