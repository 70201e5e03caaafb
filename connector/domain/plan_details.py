"""What of a created order may still be missing in Magento beside its states: its first comment, a better address."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain import edited_address, statuses
from connector.domain.address_print import PLACEHOLDER, address_print
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Order
from connector.domain.steps import Record, Step


@dataclass(frozen=True)
class NoteInMagento(Step):
    """Write the booking's notes (unit prices that differ, fees, the adjustment, stand-ins) as the order's first comment."""

    text: str


@dataclass(frozen=True)
class UpdateAddressInMagento(Step):
    """Write the recipient as TikTok gives it now, or as a person put it right, over the order's addresses.

    A masked value never goes over a real one.
    """


def details(order: Order, record: Record, magento: MagentoOrder) -> list[Step]:
    """The steps for an order that is in Magento and has its amounts."""
    steps: list[Step] = []
    if address_is_better(order, record, magento):
        steps.append(UpdateAddressInMagento())
    if record.notes and not record.notes_written:
        steps.append(NoteInMagento(note_text(order, record.notes)))
    return steps


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


def note_text(order: Order, notes: tuple[str, ...]) -> str:
    """The comment; the same text for the same notes, so that it is found again."""
    return "\n".join((f"TikTok Shop order {order.id}:", *notes))
