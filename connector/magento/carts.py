"""Way B up to the placed order: a cart, its items, its address, and placing it (recordings 60–69, 80–87)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.domain.booking import ProductOption
from connector.domain.postal import PostalAddress
from connector.magento import cart_documents, read
from connector.magento.transport import Transport


@dataclass(frozen=True, kw_only=True)
class CartItem:
    """An item of a cart. The same SKU added twice is one item with the sum."""

    item_id: int
    sku: str
    qty: Decimal


@dataclass(frozen=True, kw_only=True)
class PaymentMethod:
    """A payment method that a cart may be placed with."""

    code: str
    title: str


@dataclass(frozen=True, kw_only=True)
class AddressedCart:
    """A cart with its addresses: how it may be paid, and how many pieces it holds (None: Magento did not say)."""

    payment_methods: tuple[PaymentMethod, ...]
    items_qty: Decimal | None = None


class Carts(Transport):
    """Carts. Each call may raise `CartGone` once the cart has been placed."""

    def create_cart(self) -> int:
        """A new, empty guest cart's id (60). Store it before using it: it is the order's idempotency key."""
        return self.call("POST", "/carts/", read.integer)

    def store_id_of_cart(self, cart_id: int) -> int:
        """The id of the store view that a cart is of."""
        return self.call("GET", f"/carts/{cart_id}", lambda answer: int(answer["store_id"]))

    def add_cart_item(
        self, cart_id: int, sku: str, qty: int | Decimal, options: Iterable[ProductOption] = ()
    ) -> CartItem:
        """Put `qty` more of a SKU into the cart (61), and give the item as it is then; look at `cart_items` first.

        Raises ProductNotFound (62), OutOfStock (63), ProductUnavailable; their subject is the SKU.
        """
        body = cart_documents.cart_item_document(cart_id, sku, qty, options)
        return self.call("POST", f"/carts/{cart_id}/items", _item, body=body, subject=sku)

    def cart_items(self, cart_id: int) -> tuple[CartItem, ...]:
        """What the cart holds."""
        return self.call("GET", f"/carts/{cart_id}/items", _items)

    def delete_cart_item(self, cart_id: int, item_id: int) -> bool:
        """Take an item out of the cart. Raises NotFound if it is not in it."""
        return self.call("DELETE", f"/carts/{cart_id}/items/{item_id}", read.truth)

    def set_shipping_information(
        self,
        cart_id: int,
        address: PostalAddress,
        carrier: str,
        method: str,
        *,
        email: str,
        billing: PostalAddress | None = None,
    ) -> AddressedCart:
        """Set both addresses, the customer's e-mail and the shipping method; gives what the cart is then (65).

        The billing address is the same unless `billing` is another.

        A missing region is refused only by `place_cart` (80, 81). Raises UnknownShippingMethod (83).
        """
        body = cart_documents.shipping_information_document(address, carrier, method, email=email, billing=billing)
        return self.call(
            "POST",
            f"/carts/{cart_id}/shipping-information",
            _addressed,
            body=body,
            subject=f"{carrier}_{method}",
        )

    def set_billing_address(self, cart_id: int, address: PostalAddress, *, email: str) -> None:
        """Set the billing address and the customer's e-mail of a cart with nothing to ship: virtual and downloadable products.

        Magento takes no shipping information for such a cart, and places it without a shipping method.
        """
        body = cart_documents.billing_address_document(address, email=email)
        self.call("POST", f"/carts/{cart_id}/billing-address", read.integer, body=body)

    def place_cart(self, cart_id: int, payment_method: str) -> int:
        """Place the cart: the order's entity id (67). It can be placed once; stock is reserved here.

        Raises CartGone when it was placed before or meanwhile (68): `find_order_by_quote` finds the order. After
        a time-out place the same cart again. Raises RegionRefused (81), AddressRefused, UnknownPaymentMethod (84),
        UnknownShippingMethod (none set), OutOfStock.
        """
        body = {"paymentMethod": {"method": payment_method}}
        return self.call("PUT", f"/carts/{cart_id}/order", read.integer, body=body, subject=payment_method)


def _item(document: Mapping[str, Any]) -> CartItem:
    return CartItem(item_id=int(document["item_id"]), sku=read.text(document, "sku"), qty=read.amount(document, "qty"))


def _addressed(answer: Mapping[str, Any]) -> AddressedCart:
    totals = answer.get("totals") or {}
    quantity = read.amount(totals, "items_qty") if totals.get("items_qty") is not None else None
    return AddressedCart(payment_methods=_methods(answer["payment_methods"]), items_qty=quantity)


def _items(answer: list[Mapping[str, Any]]) -> tuple[CartItem, ...]:
    return tuple(map(_item, answer))


def _methods(answer: list[Mapping[str, Any]]) -> tuple[PaymentMethod, ...]:
    return tuple(PaymentMethod(code=row["code"], title=read.text(row, "title")) for row in answer)
