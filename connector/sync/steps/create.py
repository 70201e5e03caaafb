"""Creating the Magento order, exactly once.

Way B, "reserve": the cart's id is the idempotency key. It is stored before the cart is used, and `magento_placing_at`
before the first attempt to place it: from then on an order may come of this cart, so it is never replaced. A cart that
was never placed can be left lying: no order comes of it.
Way A, "record": our own unique number is the key (reference/magento/README.md).
"""

from __future__ import annotations

from connector import clock
from connector.domain.errors import Conflict, NeedsMerchant, TryLater
from connector.domain.magento_order import MagentoOrder
from connector.domain.plan import PLACING_MAY_LAST, RECORD, RESERVE, CreateInMagento
from connector.domain.postal import PostalAddress
from connector.magento.documents import create_document, customer_email
from connector.magento.errors import CartGone, UniqueNumberTaken
from connector.sync.run import Run
from connector.sync.steps.prepare import Prepared, address_of, prepare, stored


def create(run: Run, step: CreateInMagento) -> None:
    """Creates the order in Magento and writes down its id."""
    prepared = prepare(run)
    way = RECORD if prepared.matching.record_only and not run.record.way else step.way
    if way == RECORD:
        _record(run, prepared)
    else:
        _reserve(run, prepared)


# -- way B ---------------------------------------------------------------------------------------------------------------


def _reserve(run: Run, prepared: Prepared) -> None:
    address = address_of(run)
    if run.keys.placing_at is None:
        cart_id = run.magento_client.create_cart()
        run.receipt(magento_cart_id=cart_id, magento_way=RESERVE)
        _fill(run, cart_id, prepared, is_new=True)
        _ship_to(run, cart_id, address)
        entity_id = _place(run, cart_id, prepared)
    else:
        assert run.keys.cart_id is not None  # noqa: S101  (stored before placing_at)
        cart_id = run.keys.cart_id
        try:
            _fill(run, cart_id, prepared, is_new=False)
            _ship_to(run, cart_id, address)
            entity_id = _place(run, cart_id, prepared)
        except CartGone:
            entity_id = _order_of(run, cart_id).entity_id
    run.receipt(
        "placed",
        f"Placed in Magento; {_pieces(prepared)} reserved.",
        magento_order_id=entity_id,
        magento_created_at=clock.now(),
    )


def _ship_to(run: Run, cart_id: int, address: PostalAddress) -> None:
    run.magento_client.set_shipping_information(
        cart_id,
        address,
        run.settings.shipping_carrier_code,
        run.settings.shipping_method_code,
        email=customer_email(run.order, run.settings),
    )


def _place(run: Run, cart_id: int, prepared: Prepared) -> int:
    """Places the cart; from before this call on, an order may come of it."""
    run.receipt(magento_placing_at=clock.now(), booking=stored(prepared), needs_look=prepared.booking.needs_look)
    try:
        return run.magento_client.place_cart(cart_id, run.settings.payment_method)
    except CartGone:
        # It was placed, by an attempt that we gave up on.
        return _order_of(run, cart_id).entity_id
    except (NeedsMerchant, Conflict):
        # A refusal. An extension that fails after the order was saved looks the same, so look before believing it.
        found = run.magento_client.find_order_by_quote(cart_id)
        if found is not None:
            return found.entity_id
        if run.keys.placing_at is None:
            # The only attempt ever made was refused: nothing can come of this cart any more.
            run.receipt(magento_cart_id=None, magento_placing_at=None, magento_way="")
        raise


def _fill(run: Run, cart_id: int, prepared: Prepared, *, is_new: bool) -> None:
    """Puts exactly the order's products into the cart: one item per SKU."""
    client = run.magento_client
    wanted = {row.sku: row for row in prepared.booking.rows}
    if not is_new:
        for item in client.cart_items(cart_id):
            row = wanted.get(item.sku)
            if row is not None and item.qty == row.quantity:
                del wanted[item.sku]
            else:
                client.delete_cart_item(cart_id, item.item_id)
    options = {product.sku: product.options for products in prepared.matching.products.values() for product in products}
    for sku, row in wanted.items():
        client.add_cart_item(cart_id, sku, row.quantity, options.get(sku, ()))


def _order_of(run: Run, cart_id: int) -> MagentoOrder:
    found = run.magento_client.find_order_by_quote(cart_id)
    if found is not None:
        return found
    placing_at = run.keys.placing_at
    if placing_at is not None and clock.now() - placing_at > PLACING_MAY_LAST:
        # The cart is gone, no attempt can still be at work, and there is no order: Magento has deleted the cart.
        run.receipt(
            "cart_lost",
            "Magento has deleted the cart; a new one is made.",
            magento_cart_id=None,
            magento_placing_at=None,
        )
    raise TryLater("Magento has taken the cart, but its order is not to be seen yet.", code="placing_unclear")


# -- way A ---------------------------------------------------------------------------------------------------------------


def _record(run: Run, prepared: Prepared) -> None:
    address = address_of(run)
    store_id = run.store.magento_store_id
    number = f"{run.settings.order_prefix}{run.order.id}"
    run.receipt(
        magento_way=RECORD,
        magento_increment_id=number,
        magento_placing_at=clock.now(),
        booking=stored(prepared),
        needs_look=prepared.booking.needs_look,
    )
    document = create_document(
        run.order, prepared.booking, address, settings=run.settings, increment_id=number, store_id=store_id
    )
    try:
        created = run.magento_client.create_order(document)
    except UniqueNumberTaken:
        found = run.magento_client.find_order_by_increment_id(number, store_id)
        if found is None:
            raise TryLater(
                "Magento knows the order's number, but the order is not to be seen yet.", code="placing_unclear"
            ) from None
        if found.ext_order_id != run.order.id:
            raise NeedsMerchant(
                f"Magento has another order with the number {number}.",
                code="number_taken",
                remedy="Set another order number prefix in the shop's settings, then try again.",
                subject=number,
            ) from None
        created = found
    run.receipt(
        "recorded",
        "Written to Magento as a complete order; its stock was not touched.",
        magento_order_id=created.entity_id,
        magento_created_at=clock.now(),
        magento_corrected_at=clock.now(),
    )


def _pieces(prepared: Prepared) -> str:
    count = sum(row.quantity for row in prepared.booking.rows)
    return "1 piece" if count == 1 else f"{count} pieces"
