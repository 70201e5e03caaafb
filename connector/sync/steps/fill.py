"""Filling a cart with what an order holds: products, addresses and the shipping method; repeating it changes nothing."""

from __future__ import annotations

from decimal import Decimal

from connector.domain.booking import BookedRow, ProductOption
from connector.domain.choices import all_links
from connector.domain.customers import customer_email
from connector.domain.postal import PostalAddress
from connector.domain.stored_booking import restored
from connector.magento.carts import CartItem
from connector.magento.errors import OutOfStock
from connector.sync.run import Run
from connector.sync.steps.prepare import Prepared, billing_of


def make_ready(run: Run, cart_id: int, prepared: Prepared, address: PostalAddress, *, is_new: bool) -> None:
    """Puts products, addresses and the shipping method into the cart, so that it holds what was ordered and no piece more.

    Something between us and Magento that sends a request again adds an item a second time, and Magento then has the sum.
    """
    _fill(run, cart_id, prepared, is_new=is_new)
    held = _send_to(run, cart_id, prepared, address)
    rows = prepared.booking.rows
    if any(row.options for row in rows):
        return  # how Magento counts what is made of several products was not seen; the placed order is compared
    if held is not None and held != sum(row.quantity for row in rows):
        _fill(run, cart_id, prepared, is_new=False)
        _send_to(run, cart_id, prepared, address)


def _send_to(run: Run, cart_id: int, prepared: Prepared, address: PostalAddress) -> Decimal | None:
    """The addresses, and the shipping method where there is something to ship; how many pieces Magento says are in the cart.

    Of a cart with nothing to ship Magento takes no shipping information.
    """
    email = customer_email(run.whole, run.settings)
    billing = billing_of(run)
    if prepared.booking.is_virtual:
        run.magento_client.set_billing_address(cart_id, billing or address, email=email)
        return None
    cart = run.magento_client.set_shipping_information(
        cart_id,
        address,
        run.settings.shipping_carrier_code,
        run.settings.shipping_method_code,
        email=email,
        billing=billing,
    )
    return cart.items_qty


def _fill(run: Run, cart_id: int, prepared: Prepared, *, is_new: bool) -> None:
    """Puts exactly the order's products into the cart: one item per SKU (and its options)."""
    client = run.magento_client
    wanted = list(prepared.booking.rows)
    if not is_new:
        others = []
        for item in client.cart_items(cart_id):
            row = next((r for r in wanted if not r.options and _is_row(item, r)), None)
            if row is not None:
                wanted.remove(row)
            else:
                others.append(item)
        if _are_as_placed(run, prepared, wanted, others):
            return
        for item in others:
            client.delete_cart_item(cart_id, item.item_id)
    for row in wanted:
        options = row.options or _links(run, row.sku, row.product_type)
        try:
            client.add_cart_item(cart_id, row.sku, row.quantity, options)
        except OutOfStock:
            # The last pieces are not to be had a second time: it may have been put in, by a request that was sent twice.
            if not any(_is_row(item, row) for item in client.cart_items(cart_id)):
                raise


def _are_as_placed(run: Run, prepared: Prepared, wanted: list[BookedRow], items: list[CartItem]) -> bool:
    """Whether the rest of a cart is what was to be placed: a placing that may still be at work would miss what is taken out.

    A product with options stands there under a SKU of Magento's making: what was booked then is compared, and the counts.
    """
    if run.keys.placing_at is None or not run.row.booking or not all(row.options for row in wanted):
        return False
    booked = {row.key: row.quantity for row in restored(run.row.booking).rows}
    is_same = booked == {row.key: row.quantity for row in prepared.booking.rows}
    return is_same and sorted(item.qty for item in items) == sorted(row.quantity for row in wanted)


def _is_row(item: CartItem, row: BookedRow) -> bool:
    return item.sku == row.sku and item.qty == row.quantity


def _links(run: Run, sku: str, product_type: str) -> tuple[ProductOption, ...]:
    return all_links(run.magento_client.choices_of(sku)) if product_type == "downloadable" else ()
