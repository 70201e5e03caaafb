"""Holding the Magento order while TikTok holds its own, and letting it go (recordings 53-55)."""

from __future__ import annotations

from connector import clock
from connector.domain.errors import NeedsMerchant
from connector.domain.plan_hold import HoldInMagento, ReleaseInMagento
from connector.domain.stored_booking import restored, stored
from connector.magento.errors import WrongState
from connector.sync.run import Run
from connector.sync.steps.prepare import Change, change_since


def hold(run: Run, _step: HoldInMagento) -> None:
    """Puts the order on hold. That it is we who hold it is written down first: whoever finds it held later knows."""
    assert run.magento is not None  # noqa: S101  (the plan asks for it only then)
    run.receipt(magento_held_at=clock.now())
    try:
        run.magento_client.hold(run.magento.entity_id)
    except WrongState:
        # Held by an attempt that we gave up on; anything else shows when it is read anew.
        if not run.magento_client.get_order(run.magento.entity_id).is_held:
            raise
    run.receipt("held", "Put on hold in Magento while TikTok Shop holds the order: its stock is reserved.")


def release(run: Run, _step: ReleaseInMagento) -> None:
    """Takes the order off our hold, if it still is on hold. What TikTok has changed meanwhile is looked for before.

    Another total is corrected next. Raises NeedsMerchant for other products: the order stays on hold then, until a person
    takes it off.
    """
    assert run.magento is not None  # noqa: S101
    was = restored(run.row.booking) if run.row.booking else None
    change = change_since(run, was) if was is not None and not run.magento.is_invoiced else Change()
    if run.magento.is_held:
        if change.is_other_products:
            raise NeedsMerchant(
                f"TikTok's order changed during the hold: Magento's order {run.magento.increment_id} holds other products or "
                "quantities.",
                code="quantity_mismatch",
                remedy="Compare the two orders. Take the Magento order off hold to ship it as it is, or cancel it there and on "
                "TikTok Shop.",
            )
        run.magento_client.unhold(run.magento.entity_id)
    run.receipt("released", "TikTok's hold is over: taken off hold in Magento.", later=True, magento_held_at=None)
    if was is not None and change.booking is not None:
        run.receipt(
            "booked_anew",
            f"TikTok's order changed during the hold: it comes to {change.booking.totals.grand_total} {was.currency}, no more "
            f"to {was.totals.grand_total}.",
            later=True,
            booking=stored(change.booking),
            needs_look=change.booking.needs_look,
            magento_corrected_at=None,
        )
    run.write_down()
