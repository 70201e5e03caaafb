"""A created order's first comment, and its address when TikTok gives a better one."""

from __future__ import annotations

from connector.domain.address import better_address
from connector.domain.address_print import PLACEHOLDER
from connector.domain.plan_details import NoteInMagento, UpdateAddressInMagento
from connector.sync.run import Run
from connector.sync.steps.prepare import address_of, print_of_address


def note(run: Run, step: NoteInMagento) -> None:
    """Adds the comment unless it is there. The order's own status goes with it, so that it stays what it is."""
    assert run.magento is not None  # noqa: S101  (the plan asks for it only then)
    if not any(line.comment == step.text for line in run.magento.comments):
        run.magento_client.add_comment(run.magento.entity_id, step.text, status=run.magento.status)
    run.receipt(notes_written=True)


def update_address(run: Run, _step: UpdateAddressInMagento) -> None:
    """Writes the better of both addresses over billing and shipping. What was there is read for this, and not kept.

    A billing address of the merchant's own stays; an address that a person put right goes over whatever is there.
    """
    assert run.magento is not None  # noqa: S101
    entity_id = run.magento.entity_id
    given = address_of(run)
    is_masked = False
    is_changed = False
    is_edited = run.record.edited_address is not None
    is_whole = is_edited or run.record.address_print == PLACEHOLDER
    for old in run.magento_client.order_addresses(entity_id):
        if old.address_type == "billing" and run.settings.billing_address == "fixed":
            continue
        better = given if is_whole else better_address(old.address, given)
        is_masked = is_masked or better.is_masked
        if better != old.address:
            run.magento_client.update_address(entity_id, old, better)
            is_changed = True
    run.receipt(
        "address_updated" if is_changed else "",
        "The address in Magento was updated to the one put right in the panel."
        if is_edited
        else "The address in Magento was updated to the one that TikTok Shop now gives"
        + (", of which parts are still hidden." if is_masked else "."),
        address_print=print_of_address(run),
        address_is_masked=is_masked,
    )
