"""A created order's first comment, and its address when TikTok gives a better one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from connector.domain import marks
from connector.domain.address import better_address
from connector.domain.address_print import PLACEHOLDER
from connector.domain.plan_details import (
    REPLACES,
    NoteInMagento,
    TellMarkInMagento,
    TellReplacement,
    TellStaffNote,
    UpdateAddressInMagento,
)
from connector.extensions import db
from connector.magento.errors import NotFound
from connector.models import Order
from connector.models.transaction import end_transaction
from connector.sync.run import Run
from connector.sync.steps import history
from connector.sync.steps.prepare import address_of, print_of_address


def note(run: Run, step: NoteInMagento) -> None:
    """Adds the first comment unless it is there. The order's own status goes with it, so that it stays what it is."""
    assert run.magento is not None  # noqa: S101  (the plan asks for it only then)
    history.add(run, run.magento, step.text, mark=step.mark, visible=run.settings.comments_visible)
    told: dict[str, Any] = {"commented_status": step.status} if step.status else {}
    run.receipt(notes_written=True, later=True, **told)


def tell_mark(run: Run, step: TellMarkInMagento) -> None:
    """Tells what went wrong with the parcel, unless Magento says it."""
    assert run.magento is not None  # noqa: S101
    history.add(run, run.magento, step.text)
    _told(run, step.mark)


def tell_staff_note(run: Run, step: TellStaffNote) -> None:
    """Writes a note into Magento's history, unless it is there."""
    assert run.magento is not None  # noqa: S101
    history.add(run, run.magento, step.text)
    run.receipt(staff_notes_told=step.note_id)


def tell_replacement(run: Run, step: TellReplacement) -> None:
    """Names both orders to each other. One that the connector does not know is named by TikTok's number on this one alone."""
    assert run.magento is not None  # noqa: S101
    other_id, other_number = _magento_order_of(step.replaced_order_id)
    verb = "Exchange for" if run.order.is_exchange_order else "Replaces"
    number = f" (Magento order {other_number})" if other_number else ""
    history.add(run, run.magento, f"{verb} TikTok Shop order {step.replaced_order_id}{number}.")
    if other_id is not None:
        try:
            other = run.magento_client.get_order(other_id)
            # It was deleted there, or it stands in the store that the shop was bound to then.
            is_there = other.ext_order_id == step.replaced_order_id
        except NotFound:
            is_there = False
        if is_there:
            verb = "Exchanged for" if run.order.is_exchange_order else "Replaced by"
            history.add(
                run, other, f"{verb} TikTok Shop order {run.order.id} (Magento order {run.magento.increment_id})."
            )
    _told(run, REPLACES)


def _magento_order_of(tiktok_order_id: str) -> tuple[int | None, str]:
    found = db.session.execute(
        select(Order.magento_order_id, Order.magento_increment_id).where(Order.tiktok_order_id == tiktok_order_id)
    ).first()
    end_transaction()
    return (found[0], found[1]) if found else (None, "")


def _told(run: Run, mark: str) -> None:
    run.record = replace(run.record, told_marks=run.record.told_marks | {mark})
    run.receipt(told_marks=marks.to_text(sorted(run.record.told_marks)))


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
