"""Holding the Magento order while TikTok holds its own, and letting it go (recordings 53-55)."""

from __future__ import annotations

from connector import clock
from connector.domain.plan_hold import HoldInMagento, ReleaseInMagento
from connector.magento.errors import WrongState
from connector.sync.run import Run


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
    """Takes the order off our hold, if it still is on hold."""
    assert run.magento is not None  # noqa: S101
    if run.magento.is_held:
        run.magento_client.unhold(run.magento.entity_id)
    run.receipt("released", "TikTok's hold is over: taken off hold in Magento.", magento_held_at=None)
