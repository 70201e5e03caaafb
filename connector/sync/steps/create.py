"""Creating the Magento order, exactly once.

Way B, "reserve": the cart's id is the idempotency key. It is stored before the cart is used, and `magento_placing_at`
before the first attempt to place it: from then on an order may come of this cart, so it is never replaced. A cart that
was never placed can be left lying: no order comes of it.
Way A, "record": our own unique number is the key (reference/magento/README.md).
"""

from __future__ import annotations

from typing import Any

from connector import clock
from connector.domain import plan_hold
from connector.domain.address_print import either
from connector.domain.errors import Conflict, ConnectorError, NeedsMerchant, TryLater, Unclear
from connector.domain.magento_order import MagentoOrder
from connector.domain.plan import PLACING_MAY_LAST, RECORD, RESERVE, CreateInMagento
from connector.domain.postal import PostalAddress
from connector.domain.stored_booking import stored
from connector.magento.documents import create_document, payment_method
from connector.magento.errors import CartGone, OutOfStock, ProductNotFound, ProductUnavailable, UniqueNumberTaken
from connector.sync import together
from connector.sync.run import Run
from connector.sync.steps import customer as customers
from connector.sync.steps.attempts import look_after
from connector.sync.steps.fill import make_ready
from connector.sync.steps.prepare import Prepared, address_of, billing_of, prepare, print_of_address
from connector.sync.steps.refused import what_magento_refused


def create(run: Run, step: CreateInMagento) -> None:
    """Creates the order in Magento and writes down its id."""
    if run.order.is_sample_order:
        together.close(run)
    prepared = prepare(run)
    way = RECORD if prepared.matching.record_only and not run.record.way else step.way
    if way == RECORD and step.way == RESERVE and plan_hold.needs_placeholder(run.order, run.record):
        _record_after_hold(run, prepared)
        return
    if way == RECORD:
        _record(run, prepared)
        return
    try:
        _reserve(run, prepared)
    except (OutOfStock, ProductUnavailable, ProductNotFound) as error:
        if run.keys.placing_at is not None:
            raise  # an order may still come of the cart
        # The cart knows better than the catalogue. What is to be done with such a product, the shop's settings say.
        again = prepare(run, what_magento_refused(run, prepared, error))
        if not again.matching.passed_over:
            raise
        run.receipt(magento_cart_id=None, magento_way="")
        if again.matching.record_only and plan_hold.needs_placeholder(run.order, run.record):
            _record_after_hold(run, again)
        elif again.matching.record_only:
            _record(run, again)
        else:
            _reserve(run, again)


def _record_after_hold(run: Run, prepared: Prepared) -> None:
    """What cannot be reserved is recorded, and a record is complete: it is not made before there is an address."""
    said = " ".join(problem.message for problem in prepared.matching.passed_over)
    run.receipt(
        "not_reserved",
        f"{said} Its stock is not reserved; the order is recorded once TikTok's hold is over.",
        forced_way=RECORD,
    )


def _passed_over(run: Run, prepared: Prepared, effect: str) -> None:
    """Tells in the timeline what the order is created without, and what comes of it."""
    said = " ".join(problem.message for problem in prepared.matching.passed_over)
    if said:
        run.receipt("passed_over", f"{said} {effect}", later=True)


# -- way B ---------------------------------------------------------------------------------------------------------------


def _reserve(run: Run, prepared: Prepared) -> None:
    address = address_of(run)
    if run.keys.placing_at is None:
        # Written onto the order when it is corrected. Looked for here, so that what is wrong shows before an order is there.
        customers.customer_of(run)
        cart_id = run.magento_client.create_cart()
        run.receipt(magento_cart_id=cart_id, magento_way=RESERVE)
        make_ready(run, cart_id, prepared, address, is_new=True)
        entity_id = _place(run, cart_id, prepared, address)
    else:
        assert run.keys.cart_id is not None  # noqa: S101  (stored before placing_at)
        cart_id = run.keys.cart_id
        try:
            make_ready(run, cart_id, prepared, address, is_new=False)
            entity_id = _place(run, cart_id, prepared, address)
        except CartGone:
            entity_id = _order_of(run, cart_id).entity_id
        except (NeedsMerchant, Conflict) as refusal:
            entity_id = _refused(run, cart_id, refusal)
    _passed_over(run, prepared, "The placeholder product stands for it, as the shop's settings say.")
    run.receipt(
        "placed",
        f"Placed in Magento; {_pieces(prepared)} reserved.",
        magento_order_id=entity_id,
        magento_created_at=clock.now(),
    )


def _place(run: Run, cart_id: int, prepared: Prepared, address: PostalAddress) -> int:
    """Places the cart; from before this call on, an order may come of it."""
    run.receipt(magento_placing_at=clock.now(), **_booked(run, prepared, address))
    try:
        entity_id = run.magento_client.place_cart(cart_id, payment_method(run.whole, run.settings))
    except CartGone:
        # It was placed, by an attempt that we gave up on; perhaps before the address of this one was there.
        return _order_of(run, cart_id).entity_id
    except (NeedsMerchant, Conflict) as refusal:
        if run.keys.placing_at is not None:
            raise  # looked at with what may be refused before this call
        return _refused(run, cart_id, refusal)
    run.receipt(**_sent_to(run, address), later=True)
    return entity_id


def _refused(run: Run, cart_id: int, refusal: ConnectorError) -> int:
    """The order that came of a cart all the same, which Magento refused to place: one that an extension fails after saving
    looks the same. Raises the refusal where none did.

    An earlier attempt may be what it was refused for: at work still, it has reserved the last piece for this very cart. As
    long as it may be, Unclear is raised.
    """
    found = run.magento_client.find_order_by_quote(cart_id)
    if found is not None:
        return found.entity_id
    placing_at = run.keys.placing_at
    if placing_at is None:
        # The only attempt ever made was refused: nothing can come of this cart any more.
        run.receipt(magento_cart_id=None, magento_placing_at=None, magento_way="")
        raise refusal
    run.receipt(magento_placing_at=placing_at)  # of this one, which was answered, nothing comes
    after = look_after(placing_at, PLACING_MAY_LAST)
    if after is not None:
        raise Unclear(
            "Magento refused to place the cart, but an order may still come of the attempt before.",
            code="placing_unclear",
            after=after,
        ) from refusal
    raise refusal


def _booked(run: Run, prepared: Prepared, address: PostalAddress) -> dict[str, Any]:
    """What of the order's row says how the Magento order is written, before the attempt.

    An order may still come of an earlier attempt, which the buyer's or TikTok's change of the address came too late for.
    """
    sent_to = _sent_to(run, address)
    if run.keys.placing_at is not None:
        sent_to["address_print"] = either(run.record.address_print, sent_to["address_print"])
        sent_to["address_is_masked"] = run.record.address_is_masked or address.is_masked
    return {"booking": stored(prepared.booking), "needs_look": prepared.booking.needs_look, **sent_to}


def _sent_to(run: Run, address: PostalAddress) -> dict[str, Any]:
    """What of the row says which address an order has that is known to have come of this attempt."""
    return {"address_print": print_of_address(run), "address_is_masked": address.is_masked}


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
    customer = customers.customer_of(run)
    run.receipt(
        magento_way=RECORD,
        magento_increment_id=number,
        magento_placing_at=clock.now(),
        **_booked(run, prepared, address),
    )
    document = create_document(
        run.whole,
        prepared.booking,
        address,
        settings=run.settings,
        increment_id=number,
        store_id=store_id,
        billing=billing_of(run),
        customer=customer,
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
    else:
        run.receipt(**_sent_to(run, address), later=True)
    _passed_over(
        run,
        prepared,
        "So the order is recorded only: Magento's stock is not reserved and not lowered by it. If these goods leave the "
        "stock that Magento counts, lower it by hand.",
    )
    customers.tell(run, customer)
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
