"""What of a created order may still be missing in Magento beside its states: its first comment, a better address."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain import edited_address, first_comment, marks, statuses
from connector.domain.address_print import PLACEHOLDER, address_print
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.settings import ShopSettings
from connector.domain.steps import Record, Step

#: What stands in `told_marks` once the order that this one replaces is named.
REPLACES = "replaces"
_TROUBLE = {
    marks.FAILED_DELIVERY: "the delivery failed, or the parcel was lost or goes back to the sender.",
    marks.AFTER_SHIPPING: "cancelled on TikTok Shop after it was shipped.",
}


@dataclass(frozen=True)
class NoteInMagento(Step):
    """Write the order's first comment: TikTok's status, what Magento has no field for, the booking's notes."""

    text: str
    #: The line by which the comment is found again, and TikTok's status that it tells (empty: none).
    mark: str = ""
    status: str = ""


@dataclass(frozen=True)
class TellMarkInMagento(Step):
    """Tell in the order's history what went wrong with its parcel."""

    mark: str
    text: str


@dataclass(frozen=True)
class TellStaffNote(Step):
    """Write a note of the staff into the order's history, for the admin alone."""

    note_id: int
    text: str


@dataclass(frozen=True)
class TellReplacement(Step):
    """Name the order that this one replaces in Magento, and this one on that order, where the connector knows it."""

    replaced_order_id: str


@dataclass(frozen=True)
class UpdateAddressInMagento(Step):
    """Write the recipient as TikTok gives it now, or as a person put it right, over the order's addresses.

    A masked value never goes over a real one.
    """


def details(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings) -> list[Step]:
    """The steps for an order that is in Magento and has its amounts."""
    steps: list[Step] = []
    if address_is_better(order, record, magento):
        steps.append(UpdateAddressInMagento())
    if not record.notes_written:
        steps += _first_comment(order, record, magento, settings)
    replaced = marks.replaced_order(order)
    if replaced and REPLACES not in record.told_marks:
        steps.append(TellReplacement(replaced))
    return steps + trouble(order, record)


def trouble(order: Order, record: Record) -> list[Step]:
    """What went wrong with the parcel, and what the staff noted, each told once; for orders that are over too."""
    told: list[Step] = [
        TellMarkInMagento(mark, f"TikTok Shop order {order.id}: {_TROUBLE[mark]}")
        for mark in marks.WORDS
        if mark in record.marks & marks.TROUBLE and mark not in record.told_marks
    ]
    return told + [TellStaffNote(note_id, text) for note_id, text in record.staff_notes]


def _first_comment(order: Order, record: Record, magento: MagentoOrder, settings: ShopSettings) -> list[Step]:
    lines = first_comment.lines(order, record.notes, settings)
    if not lines:
        return []
    # One call tells the status too, while none has been told yet and none is to be set with it.
    is_first = settings.notes_status(order.status) and not record.commented_status
    is_first = is_first and not settings.magento_status_for(order.status)
    # A worker that was killed after it may have told of an earlier status.
    written = [line.comment for line in magento.comments if lines[0] in line.comment]
    is_first = is_first and all(comment.startswith(f"{status_text(order)}\n") for comment in written)
    head = status_text(order) if is_first else f"TikTok Shop order {order.id}:"
    return [NoteInMagento("\n".join((head, *lines)), lines[0], order.status if is_first else "")]


def status_text(order: Order) -> str:
    """The comment that tells a status in Magento; the same text for the same status, so that it is found again."""
    words = order.status.replace("_", " ").lower()
    if order.is_cancelled and order.cancel_reason:
        who = f" by {order.cancellation_initiator.lower()}" if order.cancellation_initiator else ""
        words += f"{who}: {order.cancel_reason}"
    return f"TikTok Shop order {order.id}: {words}"


def address_is_better(order: Order, record: Record, magento: MagentoOrder) -> bool:
    """Whether the address that the Magento order should have now is another than was written, and may be written."""
    if magento.is_canceled or magento.is_closed:
        return False
    if record.edited_address is not None:
        return edited_address.print_of(order.id, record.edited_address) != record.address_print
    if not record.address_print or not order.recipient.is_given:
        return False
    if record.address_print == PLACEHOLDER:
        return order.status != statuses.ON_HOLD
    if order.recipient.is_masked and not record.address_is_masked:
        return False  # Magento has the real address; TikTok hides it by now
    return address_print(order) != record.address_print
