"""TikTok's own carrier: arranging it as a person asked, following where the parcels are, telling it in Magento."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import select

from connector import clock
from connector.domain import marks, statuses
from connector.domain.order import Order as OrderValue
from connector.domain.plan_shipping import waiting_packages
from connector.domain.shipping_steps import ArrangeAsAsked, NoteTracking, ReadTracking
from connector.extensions import db
from connector.models import ShipAsk
from connector.models.shipment import DONE, REFUSED
from connector.models.timeline import TIKTOK
from connector.models.transaction import end_transaction
from connector.sync.run import Run
from connector.sync.steps import history
from connector.sync.steps.ship_magento import write_ask
from connector.sync.steps.shipment_rows import document_of, read_back, wait_until_shown
from connector.tiktok.errors import RequestRefused
from connector.tiktok.fulfilment_calls import PickupSlot, order_lines

#: TikTok's update times have whole seconds: what is read within the second of a change may change once more in it.
SAME_SECOND = timedelta(seconds=1)
#: What is told, by the way in which TikTok was told that a package is handed over.
ARRANGED = {
    "PICKUP": "Arranged with TikTok Shop's carrier, to be picked up.",
    "DROP_OFF": "Arranged with TikTok Shop's carrier, to be dropped off.",
}


def arrange(run: Run, step: ArrangeAsAsked) -> None:
    """Has TikTok's carrier come, or the parcel dropped off; of an order whose label was bought already, nothing more."""
    ask = step.ask
    begun_at = db.session.scalar(select(ShipAsk.begun_at).where(ShipAsk.id == ask.id))
    end_transaction()
    if begun_at is not None:
        run.order = read_back(run)
    waiting = _waiting(run.order, ask.line_item_ids)
    # Of an earlier call that was given up on and is found done now.
    how = ask.handover if begun_at is not None else ""
    if waiting:
        write_ask(run, ask.id, begun_at=clock.now())
        try:
            how = _arrange(run, step, waiting)
        except RequestRefused as error:
            # It may be refused because an earlier call, given up on, was done meanwhile.
            run.order = read_back(run)
            if _waiting(run.order, ask.line_item_ids):
                write_ask(run, ask.id, begun_at=begun_at)  # nothing came of this call
                wait_until_shown(begun_at)
                because = error.tiktok_message or error.message
                write_ask(
                    run,
                    ask.id,
                    "not_arranged",
                    f"TikTok Shop did not arrange the shipment: {because}",
                    kind=TIKTOK,
                    is_error=True,
                    state=REFUSED,
                    finished_at=clock.now(),
                    outcome=because[:500],
                )
                return
        else:
            run.order = read_back(run)
    sentence = ARRANGED.get(how, "Arranged with TikTok Shop's carrier.")
    write_ask(
        run,
        ask.id,
        "arranged",
        sentence,
        kind=TIKTOK,
        state=DONE,
        finished_at=clock.now(),
        outcome=sentence,
    )


def _waiting(order: OrderValue, line_ids: tuple[str, ...]) -> list[str]:
    """The units asked for that TikTok still waits for."""
    return [
        line.id
        for line in order.live_line_items
        if (not line_ids or line.id in line_ids) and line.display_status not in statuses.SHIPPED
    ]


def _arrange(run: Run, step: ArrangeAsAsked, line_ids: list[str]) -> str:
    """Returns how TikTok was told that it is handed over; "" where it takes no word on that."""
    packages = waiting_packages(run.order, line_ids)
    if not packages:
        # US, UK, EU, JP: there is no package before its label is bought, and Create Packages has no field for the way.
        chosen = order_lines(document_of(run), line_ids) if step.ask.line_item_ids else None
        run.tiktok.create_package(run.order.id, chosen)
        return ""
    how: Literal["PICKUP", "DROP_OFF"] = "PICKUP" if step.ask.handover == "PICKUP" else "DROP_OFF"
    slot = PickupSlot(start_time=step.ask.slot[0], end_time=step.ask.slot[1]) if step.ask.slot else None
    for package_id in packages:
        run.tiktok.ship_package(package_id, handover_method=how, pickup_slot=slot)
    return how


def note_tracking(run: Run, step: NoteTracking) -> None:
    """Adds the comment unless it is there, by what was read in this round."""
    assert run.magento is not None  # noqa: S101
    history.add(run, run.magento, step.text)
    run.receipt("tracking_noted", "TikTok Shop's tracking number is in the Magento order's comments.")


def read_tracking(run: Run, step: ReadTracking) -> None:
    """Keeps TikTok's tracking events for the order page. What TikTok does not tell is no reason to stop."""
    read_for = step.update_time if clock.now() - step.update_time > SAME_SECOND else None
    try:
        events = run.tiktok.tracking(run.order.id)
    except RequestRefused:
        run.receipt(tracking_read_for=read_for)
        return
    run.receipt(
        tracking_events=[
            {"at": event.time.isoformat() if event.time else None, "text": event.description} for event in events
        ],
        tracking_read_for=read_for,
        marks=marks.to_text(marks.marks_of(run.order, [event.description for event in events])),
    )
