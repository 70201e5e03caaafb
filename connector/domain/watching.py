"""What the watch of a Magento store compares, and how far it has read. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from connector.domain.magento_order import MagentoOrder, MagentoShipment

#: A change is written with the time at which its transaction began to write, and can be read only after it has ended; so
#: what is a little older than the newest that was read is read again.
OVERLAP = timedelta(seconds=120)
#: What is known of Magento's clock is trusted a little less with every look at which nothing new told of it.
FORGET = 1.0
#: Looks come every twenty seconds or sooner. After a longer gap between two, or one that is negative, our own clock may have
#: been put right, and what was known in comparison with it is not so any more. Less than this is within the overlap.
JUMP = timedelta(seconds=60)


def order_mark(order: MagentoOrder) -> str:
    """What of a Magento order makes us look at it again: state, status, what was invoiced, shipped, refunded, cancelled.

    Not its `updated_at`: each comment of ours changes that.
    """
    items = [
        (item.item_id, item.qty_ordered, item.qty_invoiced, item.qty_shipped, item.qty_refunded, item.qty_canceled)
        for item in order.items
    ]
    totals = (order.total_refunded, order.total_canceled)
    return _digest((order.state, order.status, *totals), *sorted(items))


def shipment_mark(shipment: MagentoShipment) -> str:
    """What of a shipment matters: what is in it, and its tracks."""
    tracks = [(track.entity_id or 0, track.carrier_code, track.title, track.track_number) for track in shipment.tracks]
    return _digest(sorted(shipment.quantities.items()), *sorted(tracks))


def still_known(ahead: float | None, last_look: datetime | None, begun_at: datetime) -> float | None:
    """What is still known of Magento's clock in seconds (see `clock_ahead`), at a look that begins; both times by our clock."""
    if ahead is None or last_look is None or abs(begun_at - last_look) > JUMP:
        return None
    return ahead - FORGET


def clock_ahead(known: float | None, newest: datetime | None, now: datetime) -> float | None:
    """By how many seconds Magento's clock is ahead of ours, at least (negative: it may be behind); None: not known.

    `newest` is an `updated_at` that was just read, at `now` by our clock: nothing was changed later than now, so Magento's
    clock has shown at least that.
    """
    shown = None if newest is None else (newest - now).total_seconds()
    return max((value for value in (known, shown) if value is not None), default=None)


def read_up_to(watermark: datetime | None, begun_at: datetime, ahead: float | None) -> datetime | None:
    """The watermark after a look that began at `begun_at` by our clock: as late as Magento's clock surely was by then.

    A watermark that stayed at the newest change would have everything of a busy minute read again and again for as long as
    nothing else happens.
    """
    surely = None if ahead is None else begun_at + timedelta(seconds=ahead)
    return max((moment for moment in (watermark, surely) if moment is not None), default=None)


def _digest(*parts: Iterable[object]) -> str:
    text = "\n".join("|".join(map(str, part)) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:40]
