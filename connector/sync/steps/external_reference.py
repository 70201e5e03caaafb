"""Magento's number on the TikTok order, so that it shows in Seller Center."""

from __future__ import annotations

from connector.domain.plan import WriteExternalReference
from connector.models.timeline import TIKTOK
from connector.sync.run import Run
from connector.tiktok.errors import MissingPermission, RequestRefused


def write(run: Run, step: WriteExternalReference) -> None:
    """Writes the reference; written again it is the same. A refusal is told, but keeps no order from being synced.

    Only what is refused by itself: a shop that is not connected now gets the number once it is again.
    """
    try:
        run.tiktok.add_external_order_reference(
            run.order.id, [item.id for item in run.order.line_items], step.increment_id
        )
    except (RequestRefused, MissingPermission) as error:
        run.receipt(
            "external_reference_refused",
            f"TikTok Shop did not take the Magento number: {error.message}",
            kind=TIKTOK,
            is_error=True,
            later=True,
            external_reference=step.increment_id,
        )
        return
    run.receipt(
        "external_reference",
        f"TikTok Shop now shows the Magento number {step.increment_id}.",
        kind=TIKTOK,
        later=True,
        external_reference=step.increment_id,
    )
