"""What a person may ask to be shipped, as connector.sync.asks: a row is written and a worker woken; nothing is done here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import tracking
from connector.domain.carriers import carrier_of
from connector.domain.plan_shipping import TO_SHIP, waiting_packages
from connector.domain.shipping_steps import MIRROR, OWN, PLATFORM
from connector.domain.statuses import SyncState
from connector.extensions import queue
from connector.models import Order, ShipAsk
from connector.models.shipment import ASKED
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync.asks import Refused, make_due
from connector.sync.timeline import record
from connector.tiktok.orders import readable_order

#: How a package is handed to TikTok's carrier, in words.
HANDED_OVER = {"PICKUP": "pick-up", "DROP_OFF": "drop-off"}


def ship(
    row_id: int, actor: str, *, carrier_code: str, title: str, number: str, line_item_ids: Sequence[str] = ()
) -> None:
    """Ships an order, or some of its units, by the merchant's own carrier: a shipment in Magento, and TikTok is told."""
    number, carrier = tracking.cleaned(number), carrier_of(carrier_code, title)
    if not carrier_code.strip():
        raise Refused("Choose the carrier.", "carrier")
    if not tracking.is_taken(number):
        raise Refused("A tracking number has 4 to 50 letters, digits or - _ . /", "number")
    with transaction() as session:
        row = _row(session, row_id, line_item_ids, "SELLER")
        _add(
            session,
            row,
            actor,
            f"Asked to ship {_what(line_item_ids)} by {carrier.name} with the tracking number {number}.",
            ShipAsk(
                kind=OWN,
                carrier_code=carrier.code,
                carrier_title=carrier.title,
                tracking_number=number,
                line_item_ids=list(line_item_ids),
            ),
        )
        observed = row.observed
    queue.wake_order(row_id, observed)


def arrange(
    row_id: int,
    actor: str,
    *,
    handover: str,
    slot: tuple[datetime, datetime] | None = None,
    line_item_ids: Sequence[str] = (),
) -> None:
    """Has TikTok's carrier arranged: `handover` is PICKUP (with one of its slots, UTC) or DROP_OFF.

    Nothing is kept of it where there is no package yet: buying its label (Create Packages) says nothing of the way.
    """
    with transaction() as session:
        row = _row(session, row_id, line_item_ids, "TIKTOK")
        order = readable_order(row.document)
        if order is None:
            raise Refused("What TikTok Shop told of this order cannot be read.")
        if waiting_packages(order, line_item_ids):
            if handover not in HANDED_OVER:
                raise Refused("A parcel is picked up or dropped off.", "handover")
        elif handover == "PICKUP":
            raise Refused(
                "TikTok Shop takes no pick-up with the label of this order. Arrange it without one.", "handover"
            )
        else:
            handover = ""
        what = _what(line_item_ids)
        _add(
            session,
            row,
            actor,
            f"Asked to arrange TikTok Shop's carrier for {what} ({how})."
            if (how := HANDED_OVER.get(handover))
            else f"Asked to arrange TikTok Shop's carrier for {what}.",
            ShipAsk(
                kind=PLATFORM,
                handover=handover,
                slot_start=slot[0] if slot and handover == "PICKUP" else None,
                slot_end=slot[1] if slot and handover == "PICKUP" else None,
                line_item_ids=list(line_item_ids),
            ),
        )
        observed = row.observed
    queue.wake_order(row_id, observed)


def withdraw(ask_id: int, row_id: int, actor: str) -> None:
    """Takes back what was asked and not begun yet."""
    with transaction() as session:
        ask = session.get(ShipAsk, ask_id, with_for_update=True)
        if ask is None or ask.order_id != row_id or ask.state != ASKED:
            raise Refused("There is nothing to take back.")
        if ask.begun_at is not None:
            raise Refused("It was begun already.")
        session.delete(ask)
        record(session, row_id, PERSON, "ship_withdrawn", "Took back what was asked to be shipped.", actor=actor)


def under_way(row_id: int) -> Select[ShipAsk]:
    """What people asked for of an order that is not done yet.

    Not what follows TikTok's own parcel: it is nobody's wish, and needed no more once the merchant has shipped it by hand.
    """
    return select(ShipAsk).where(ShipAsk.order_id == row_id, ShipAsk.state == ASKED, ShipAsk.kind != MIRROR)


def _row(session: Session, row_id: int, line_item_ids: Sequence[str], shipping_type: str) -> Order:
    row = session.get_one(Order, row_id, with_for_update={"of": Order})
    if row.sync_state == SyncState.IGNORED:
        raise Refused("The order is ignored. Take it back first.")
    if row.status not in TO_SHIP:
        raise Refused("TikTok Shop does not wait for this order to be shipped.")
    if row.is_fulfilled_by_tiktok:
        raise Refused("TikTok Shop delivers this order: there is nothing to do.")
    if row.shipping_type != shipping_type:
        raise Refused(
            "TikTok Shop's own carrier ships this order: arrange the shipment."
            if row.shipping_type == "TIKTOK"
            else "This order is shipped by a carrier of your own: enter its tracking number."
        )
    if row.magento_order_id is None:
        raise Refused("The Magento order is not there yet.")
    known = {str(line.get("id")) for line in (row.document or {}).get("line_items", ())}
    if not set(line_item_ids) <= known:
        raise Refused("The order has other items by now. Load the page again.")
    if session.scalars(under_way(row_id)).first():
        raise Refused("Something is just being shipped. Wait for it, or take it back.")
    return row


def _add(session: Session, row: Order, actor: str, sentence: str, ask: ShipAsk) -> None:
    ask.order_id, ask.asked_at, ask.asked_by = row.id, clock.now(), actor[:254]
    session.add(ask)
    make_due(row)
    record(session, row.id, PERSON, "ship_asked", sentence, actor=actor)


def _what(line_item_ids: Sequence[str]) -> str:
    count = len(line_item_ids)
    return "the order" if not count else ("1 unit" if count == 1 else f"{count} units")
