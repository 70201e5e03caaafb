"""The packing table: finding what was scanned, and shipping by a label or by a file of tracking numbers.

Each parcel is asked for as the order page asks for it (connector.sync.ship_asks); nothing is done here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from connector import clock
from connector.domain import statuses, tracking
from connector.domain.carriers import CUSTOM, Carrier
from connector.domain.tracking_file import Line
from connector.extensions import db
from connector.models import Order, ShipAsk, Shipment
from connector.models.timeline import PERSON
from connector.models.transaction import end_transaction, transaction
from connector.sync import carrier_rows, ship_asks
from connector.sync.asks import Refused
from connector.sync.shipping import carrier_map
from connector.sync.timeline import record

BATCH = 200
LAST_SHOWN = 10
LAST_OF = timedelta(days=1)
#: The label that is scanned instead of the order: of a parcel that has not left yet.
ON_THE_TABLE = (statuses.AWAITING_SHIPMENT, statuses.PARTIALLY_SHIPPING, statuses.AWAITING_COLLECTION)


class Found(NamedTuple):
    """An order that was named: its row, its shop's row, and its numbers on both sides."""

    id: int
    shop_id: int
    tiktok_order_id: str
    magento_increment_id: str


_COLUMNS = (Order.id, Order.shop_id, Order.tiktok_order_id, Order.magento_increment_id)


@dataclass(frozen=True)
class Taken:
    """What came of a file: how many parcels were asked for, and the lines that were not taken with the reason."""

    asked: int
    failed: list[tuple[Line, str]]


def find(text: str) -> Found:
    """The order that was scanned: TikTok's number, Magento's, or the number on its label. Raises Refused."""
    number = tracking.scanned(text)
    if not number:
        raise Refused("Scan the order first.")
    rows = _named([number])[number]
    if not rows:
        on_label = select(*_COLUMNS).where(Order.status.in_(ON_THE_TABLE), Order.tracking_number == number).limit(2)
        rows = [Found(*row) for row in db.session.execute(on_label)]
    end_transaction()
    if not rows:
        raise Refused(f"No order {number[:60]} is known.")
    if len(rows) > 1:
        raise Refused(f"Several orders have the number {number}. Scan TikTok's order number instead.")
    return rows[0]


def ship(row_id: int, actor: str, *, carrier: str, label: str, is_confirmed: bool = False) -> str:
    """Ships what is left of an order with the label that was scanned; for TikTok's own carrier the label is only compared.

    Returns what was done, in words. Raises Refused.
    """
    number = tracking.scanned(label)
    row = db.session.get_one(Order, row_id, populate_existing=True)
    shop_id, known_as = row.shop_id, {row.tiktok_order_id, row.magento_increment_id}
    shipping_type, document = row.shipping_type, row.document
    end_transaction()
    if not number:
        raise Refused("Scan the label.")
    if number in known_as:
        raise Refused("That is the order again. Scan the label of its parcel.")
    if shipping_type == "TIKTOK":
        return _compare(row_id, actor, number, document or {})
    other = None if is_confirmed else _order_with(number, row_id)
    if other:
        raise Refused(
            f"The label {number} is on order {other} already. Scan it again if both orders are in one parcel."
        )
    chosen = carrier_for(shop_id, carrier)
    ship_asks.ship(row_id, actor, carrier_code=chosen.code, title=chosen.title, number=number)
    return f"Ships with {number} ({chosen.title or chosen.code})."


def _compare(row_id: int, actor: str, number: str, document: dict[str, Any]) -> str:
    numbers = {str(line.get("tracking_number") or "") for line in document.get("line_items") or ()} - {""}
    if not numbers:
        raise Refused("TikTok Shop's carrier takes this order: arrange the shipment and print the label first.")
    if number not in numbers:
        raise Refused(f"Wrong label: this order's is {' or '.join(sorted(numbers))}.")
    with transaction() as session:
        record(session, row_id, PERSON, "label_checked", f"Packed: the label {number} is the right one.", actor=actor)
    return f"The label {number} is the right one."


def _order_with(number: str, row_id: int) -> str:
    """Another order (TikTok's number) whose parcel has this tracking number already; "": none."""
    asked = select(ShipAsk.order_id).where(ShipAsk.tracking_number == number, ShipAsk.order_id != row_id)
    told = select(Shipment.order_id).where(Shipment.tracking_number == number, Shipment.order_id != row_id)
    found = db.session.scalar(
        select(Order.tiktok_order_id).where(or_(Order.id.in_(asked), Order.id.in_(told))).limit(1)
    )
    end_transaction()
    return found or ""


def carrier_for(shop_id: int, text: str) -> Carrier:
    """The carrier that a person or a file names: by its code, its title, or TikTok's name for it. Raises Refused."""
    wanted = " ".join(text.split())
    if not wanted:
        raise Refused("Choose the carrier.")
    folded = wanted.casefold()
    rows = [row for row in carrier_rows.rows_of(shop_id) if row.is_mapped]
    named = [
        row.carrier
        for row in rows
        if folded in {part.casefold() for part in (row.carrier.name, row.carrier.title or row.carrier.code, row.label)}
    ] or [row.carrier for row in rows if folded == row.provider_name.casefold()]
    end_transaction()
    if named:
        return named[0]
    carrier = Carrier(CUSTOM, wanted) if folded != CUSTOM else Carrier(CUSTOM)
    if carrier_map(shop_id).provider_of(carrier):
        return carrier
    raise Refused(
        f"The carrier {wanted} is not mapped to a shipping provider of TikTok Shop. Map it on the Carriers page."
    )


def take(lines: Sequence[Line], actor: str, *, carrier: str = "") -> Taken:
    """Ships one parcel a line. `carrier` counts for lines that name none. Each line stands for itself."""
    asked = 0
    failed: list[tuple[Line, str]] = []
    for begin in range(0, len(lines), BATCH):
        some = lines[begin : begin + BATCH]
        found = _named([line.order for line in some])
        end_transaction()
        for line in some:
            try:
                _take(line, found.get(line.order, []), actor, carrier)
                asked += 1
            except Refused as refused:
                failed.append((line, str(refused)))
    return Taken(asked, failed)


def _take(line: Line, found: list[Found], actor: str, carrier: str) -> None:
    if line.fault:
        raise Refused(line.fault)
    if not found:
        raise Refused(f"No order {line.order} is known.")
    if len(found) > 1:
        raise Refused(f"Several orders have the number {line.order}. Use TikTok's order number.")
    chosen = carrier_for(found[0].shop_id, line.carrier or carrier)
    ship_asks.ship(
        found[0].id,
        actor,
        carrier_code=chosen.code,
        title=chosen.title,
        number=line.tracking_number,
        line_item_ids=line.line_item_ids,
    )


def last(actor: str) -> list[tuple[ShipAsk, str]]:
    """What a person shipped last, the newest first, with TikTok's order number."""
    found = db.session.execute(
        select(ShipAsk, Order.tiktok_order_id)
        .join(Order, Order.id == ShipAsk.order_id)
        .where(ShipAsk.asked_by == actor, ShipAsk.asked_at > clock.now() - LAST_OF)
        .order_by(ShipAsk.id.desc())
        .limit(LAST_SHOWN)
    )
    return [(ask, name) for ask, name in found]


def _named(names: Sequence[str]) -> dict[str, list[Found]]:
    """Orders by TikTok's or Magento's number."""
    wanted = set(names) - {""}
    rows = [
        Found(*row)
        for row in db.session.execute(
            select(*_COLUMNS).where(or_(Order.tiktok_order_id.in_(wanted), Order.magento_increment_id.in_(wanted)))
        )
    ]
    found: dict[str, list[Found]] = {name: [] for name in names}
    for row in rows:
        for name in {row.tiktok_order_id, row.magento_increment_id} & wanted:
            found[name].append(row)
    return found
