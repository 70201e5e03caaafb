"""Making a shipment in Magento, exactly once: for what a person shipped in the panel, and for TikTok's own parcels.

The tracking number is the key: a shipment that has it is there already. Magento may still be at work on a call that we
gave up on, so after a time-out nothing is repeated before that must have ended. What came of a request that was sent twice on
its way is kept as the same parcel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from connector import clock
from connector.domain import tracking
from connector.domain.carriers import CUSTOM
from connector.domain.errors import NeedsMerchant, RateLimited, Unclear
from connector.domain.magento_order import MagentoOrder, MagentoShipment, MagentoTrack
from connector.domain.shipping_steps import MIRROR, ShipAsAsked, ShipInMagento
from connector.domain.steps import PLACING_MAY_LAST
from connector.domain.undoing import items_of
from connector.extensions import db
from connector.http import CallFailed
from connector.magento.errors import AlreadyShipped, NotSaved, WrongState
from connector.models import ShipAsk, Shipment
from connector.models.shipment import DONE, REFUSED
from connector.models.timeline import MAGENTO
from connector.models.transaction import end_transaction, transaction
from connector.sync import parcels, warehouses
from connector.sync.run import Run
from connector.sync.steps.attempts import REQUEST_MAY_LAST, next_look
from connector.sync.timeline import record

#: Magento takes a second shipment of some of an item's pieces as readily as the first, as it does credit memos. One that uses
#: up what is left is refused the second time, so it is repeated sooner, after PLACING_MAY_LAST.
SHIPMENT_MAY_LAST = REQUEST_MAY_LAST
#: A shipment that can't be saved is often one whose source has no stock, and the parcel has a deadline: so often in a row it
#: is tried, about half a minute.
MOST_TRIES = 6


def ship_as_asked(run: Run, step: ShipAsAsked) -> None:
    """Makes the shipment that a person asked for; the number goes to TikTok with the next round, as every other."""
    ask = step.ask
    track = MagentoTrack(
        track_number=ask.tracking_number,
        carrier_code=ask.carrier.code,
        title=ask.carrier.title or ask.carrier.code.upper(),
    )
    _ship(run, ask.id, ask.line_item_ids, track)


def mirror(run: Run, step: ShipInMagento) -> None:
    """Puts TikTok's own tracking number onto a shipment in Magento.

    Onto one that is there, when all of it is shipped in Magento already: TikTok split, combined or re-split its packages.
    """
    with transaction() as session:
        row = session.scalars(
            select(ShipAsk).where(
                ShipAsk.order_id == run.row_id,
                ShipAsk.kind == MIRROR,
                ShipAsk.tracking_number == step.tracking_number,
            )
        ).first()
        if row is None:
            row = ShipAsk(
                order_id=run.row_id,
                kind=MIRROR,
                asked_at=clock.now(),
                tracking_number=step.tracking_number,
                line_item_ids=list(step.line_item_ids),
                carrier_code=CUSTOM,
                carrier_title=step.carrier_title,
            )
            session.add(row)
            session.flush()
        ask_id = row.id
    track = MagentoTrack(track_number=step.tracking_number, carrier_code=CUSTOM, title=step.carrier_title)
    _ship(run, ask_id, step.line_item_ids, track, onto_another=True)


def _ship(run: Run, ask_id: int, line_ids: tuple[str, ...], track: MagentoTrack, *, onto_another: bool = False) -> None:
    assert run.magento is not None  # noqa: S101  (the plan asks for it only then)
    begun_at = db.session.scalar(select(ShipAsk.begun_at).where(ShipAsk.id == ask_id))
    end_transaction()
    # Once begun, a shipment may have been made of it: looked for anew, also when the round began before it was made.
    known = run.magento_client.shipments_of(run.magento.entity_id) if begun_at else run.shipping.shipments
    if _has_number(known, track):
        if begun_at is not None:
            _keep_doubles(run, known, track)
        _finish(run, ask_id, DONE, f"Magento has the shipment with the tracking number {track.track_number}.")
        return
    items = _items(run, line_ids)
    if begun_at is not None:
        _wait_for_attempt(run.magento, items, begun_at)
    is_all_shipped = items is not None and not items
    if onto_another and known and (is_all_shipped or _is_nothing_left(run)):
        write_ask(run, ask_id, begun_at=clock.now())
        added = run.magento_client.add_track(run.magento.entity_id, known[-1].entity_id, track)
        _take_back_second(run, known[-1].entity_id, added)
        _finish(run, ask_id, DONE, f"Added the tracking number {track.track_number} to the shipment in Magento.")
        return
    if is_all_shipped:
        _finish(run, ask_id, REFUSED, "Nothing of it is left to ship in Magento.", is_error=True)
        return
    _require_shippable(run.magento)
    write_ask(run, ask_id, begun_at=clock.now())
    is_refused = False
    try:
        source_code = warehouses.source_for(run.row_id, run.order.warehouse_id)
        run.magento_client.ship(run.magento.entity_id, items, [track], source_code=source_code or None)
    except AlreadyShipped:
        is_refused = True  # that is also Magento's answer to a request that something on its way sent a second time
    except NotSaved as error:
        write_ask(run, ask_id, begun_at=None)  # it rolled back
        if run.row.error_code == error.code and run.row.attempts + 1 >= MOST_TRIES:
            raise NeedsMerchant(
                "Magento could not save the shipment, also not after several tries.",
                code="shipment_not_saved",
                remedy="Magento's log (var/log/exception.log) says why; most often the source that it ships from has too "
                "little of a product. Solve that, then try again.",
                exchange=error.exchange,
            ) from error
        raise
    except (RateLimited, NeedsMerchant, WrongState):
        write_ask(run, ask_id, begun_at=None)  # a clear no: nothing was made
        raise
    except CallFailed as error:
        if not error.maybe_done:
            write_ask(run, ask_id, begun_at=None)
        raise
    made = run.magento_client.shipments_of(run.magento.entity_id)
    if is_refused and not _has_number(made, track):
        _finish(run, ask_id, REFUSED, "Magento says that there is nothing left to ship.", is_error=True)
        return
    _keep_doubles(run, made, track)
    _finish(run, ask_id, DONE, f"Shipped in Magento with the tracking number {track.track_number}.")


def _require_shippable(magento: MagentoOrder) -> None:
    """Raises NeedsMerchant for an order that Magento lets nobody ship for now."""
    if magento.is_held or magento.state == "payment_review":
        raise NeedsMerchant(
            "There is a parcel to be shipped, but the Magento order is on hold or under review, where nothing can be shipped.",
            code="on_hold_in_magento",
            remedy="Take the order off hold in Magento, or end the review of its payment, then try again.",
        )


def _wait_for_attempt(magento: MagentoOrder, items: Mapping[int, int] | None, begun_at: datetime) -> None:
    """An attempt that timed out may still be at work in Magento: a second one would ship twice. Raises Unclear."""
    waited = clock.now() - begun_at
    left = _left(magento)
    uses_up = not items or any(2 * count > left[item_id] for item_id, count in items.items())
    may_last = PLACING_MAY_LAST if uses_up else SHIPMENT_MAY_LAST
    if waited < may_last:
        raise Unclear(
            "Magento may still be making the shipment.", code="shipping_unclear", after=next_look(waited, may_last)
        )


def _with_number(shipments: Iterable[MagentoShipment], track: MagentoTrack) -> list[MagentoShipment]:
    wanted = tracking.cleaned(track.track_number)
    return [
        shipment
        for shipment in shipments
        if any(tracking.cleaned(one.track_number) == wanted for one in shipment.tracks)
    ]


def _has_number(shipments: Iterable[MagentoShipment], track: MagentoTrack) -> bool:
    return bool(_with_number(shipments, track))


def _keep_doubles(run: Run, shipments: Iterable[MagentoShipment], track: MagentoTrack) -> None:
    """Of two alike with the number, of which none was there before we asked, the second is kept as told, without units.

    So TikTok hears nothing of it: it would be told of units that were never sent. A shipment can't be undone in Magento.
    """
    assert run.magento is not None  # noqa: S101
    same = _with_number(shipments, track)
    doubles = [one for one in same[1:] if one.quantities == same[0].quantities]
    if not doubles:
        return
    with transaction() as session:
        order = run.lease.row(session)
        parcels.take_in(session, run.store.store_id, doubles, {run.magento.entity_id: [run.row_id]})
        rows = session.scalars(
            select(Shipment).where(
                Shipment.store_id == run.store.store_id,
                Shipment.order_id == run.row_id,
                Shipment.magento_shipment_id.in_([one.entity_id for one in doubles]),
                Shipment.told_at.is_(None),
            )
        ).all()
        for row in rows:
            row.told_at, row.tracking_number = clock.now(), tracking.cleaned(track.track_number)
            row.carrier_code, row.carrier_title = track.carrier_code, track.title
            order.needs_look, order.updated_at = True, clock.now()
            sentence = (
                f"Magento made the shipment with the tracking number {track.track_number} twice: something between the "
                "connector and Magento sent the request again. TikTok Shop is told of it once. A shipment can't be cancelled "
                "in Magento, so put the stock right by hand, and ship the units that Magento has none left of in Seller Center."
            )
            record(session, run.row_id, MAGENTO, "shipped_twice", sentence, is_error=True)


def _take_back_second(run: Run, shipment_id: int, added: MagentoTrack) -> None:
    """Removes the number where Magento has it twice: something between us and Magento sent the request again."""
    assert run.magento is not None  # noqa: S101
    for shipment in run.magento_client.shipments_of(run.magento.entity_id):
        for one in shipment.tracks:
            is_same = tracking.cleaned(one.track_number) == tracking.cleaned(added.track_number)
            if shipment.entity_id == shipment_id and is_same and one.entity_id not in (None, added.entity_id):
                run.magento_client.delete_track(one.entity_id)


def _items(run: Run, line_ids: tuple[str, ...]) -> dict[int, int] | None:
    """How many of which Magento item these units are, as far as they are left to ship; None: all that is left.

    Of those that were cancelled or shipped meanwhile none: another unit of the same product would go in its place.
    """
    assert run.magento is not None  # noqa: S101
    live = {line.id for line in run.order.live_line_items}
    if not line_ids or set(line_ids) >= live:
        if not run.record.mates:
            return None
        line_ids = tuple(live)  # what else is in the Magento order is of other TikTok orders
    gone = {line_id for told in run.shipping.told.values() for line_id in told.line_item_ids}
    line_ids = tuple(line_id for line_id in line_ids if line_id in live - gone)
    left = _left(run.magento)
    items: dict[int, int] = {}
    for line_id in line_ids:
        pieces = run.shipping.contents.get(line_id)
        if pieces is None:
            raise NeedsMerchant(
                "It is not known which Magento item some of these units are.",
                code="units_unknown",
                remedy="Ship the whole order here, or make the shipment in Magento.",
            )
        for item_id, count in pieces.items():
            items[item_id] = items.get(item_id, 0) + count
    return {item_id: min(count, left[item_id]) for item_id, count in items.items() if left[item_id] > 0}


def _left(magento: MagentoOrder) -> dict[int, int]:
    return {item.item_id: item.left_to_ship for item in magento.items}


def _is_nothing_left(run: Run) -> bool:
    assert run.magento is not None  # noqa: S101
    return not any(item.left_to_ship for item in items_of(run.magento).values())


def _finish(run: Run, ask_id: int, state: str, sentence: str, *, is_error: bool = False) -> None:
    code = "shipped" if state == DONE else "not_shipped"
    write_ask(
        run, ask_id, code, sentence, is_error=is_error, state=state, finished_at=clock.now(), outcome=sentence[:500]
    )


def write_ask(
    run: Run,
    ask_id: int,
    code: str = "",
    sentence: str = "",
    *,
    kind: str = MAGENTO,
    is_error: bool = False,
    **columns: Any,
) -> None:
    """Columns of what was asked, and a timeline line, as long as the run holds the order's lease."""
    with transaction() as session:
        run.lease.mark(session)
        session.execute(update(ShipAsk).where(ShipAsk.id == ask_id).values(**columns))
        if code:
            record(session, run.row_id, kind, code, sentence, is_error=is_error)
