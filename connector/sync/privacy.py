"""Personal data of buyers: blanked when it has had its time, erased and exported for one buyer.

What is personal is decided by the names of keys, as `connector.redaction` knows them; amounts, products, numbers and the
country stay. What TikTok masks was never here. The Magento order is Magento's, and so is a customer that was created there for a
buyer: they are named, and left alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain import statuses
from connector.domain.customers import BELONGS, CREATED, CUSTOMER_ID
from connector.domain.folding import fold
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import Cancellation, Order, Return, ReturnChoices, ShippingLabel, Shop, TimelineEntry
from connector.models.audit import PRIVACY
from connector.models.shop import ACTIVE
from connector.models.timeline import EXCHANGE, NOTE, NOTE_WORDS
from connector.models.transaction import end_transaction, transaction
from connector.redaction import BLANK, redact
from connector.sync import audit, stopping

#: Orders that one transaction blanks.
BATCH = 100
#: An order that waits in Error keeps its data for this many times as long: it may still have to be created. So does one under
#: way of a shop that is not connected: nobody tells of its end any more, unless the shop is connected again.
PATIENCE = 2


def blanked(document: Mapping[str, Any]) -> dict[str, Any]:
    """TikTok's order document without the recipient and the buyer."""
    kept: dict[str, Any] = redact(dict(document))
    return kept


def blank_what_has_had_its_time(ends: float = math.inf) -> int:
    """Blanks the orders that ended longer ago than their shop keeps personal data. Returns how many. Safe to repeat.

    Stops at `ends` (of the monotonic clock), but not before it has blanked some.
    """
    count = 0
    for shop_id, state, stored in db.session.execute(select(Shop.id, Shop.state, Shop.stored_settings)).all():
        days = int((stored or {}).get("keep_personal_days", 90))
        while ids := _ended(shop_id, days, is_told_of=state == ACTIVE):
            stopping.check()
            count += _blank(ids)
            if time.monotonic() > ends:
                return count
    end_transaction()
    return count


def _ended(shop_id: int, days: int, *, is_told_of: bool) -> list[int]:
    now = clock.now()
    has_ended = Order.status.in_(statuses.FINAL)
    is_settled = Order.sync_state.in_((SyncState.SYNCED, SyncState.IGNORED))
    is_given_up = Order.update_time < now - timedelta(days=PATIENCE * days)
    has_had_its_time = or_(and_(has_ended, is_settled), and_(has_ended, is_given_up) if is_told_of else is_given_up)
    ids = list(
        db.session.scalars(
            select(Order.id)
            .where(
                Order.shop_id == shop_id,
                Order.blanked_at.is_(None),
                Order.update_time < now - timedelta(days=days),
                has_had_its_time,
            )
            .order_by(Order.update_time)  # as the index for it is: PostgreSQL would go through all by their ids
            .limit(BATCH)
        )
    )
    end_transaction()
    return ids


def _blank(ids: Iterable[int]) -> int:
    """Blanks orders in one transaction; returns how many."""
    with transaction() as session:
        rows = session.scalars(
            select(Order).where(Order.id.in_(list(ids))).order_by(Order.id).with_for_update(of=Order)
        ).all()
        for row in rows:
            _blank_row(session, row)
    return len(rows)


def _blank_row(session: Session, row: Order) -> None:
    row.document = blanked(row.document) if row.document is not None else None
    row.blanked_at = clock.now()
    row.buyer_name = BLANK if row.buyer_name else ""
    row.error_exchange = None
    row.edited_address = None
    row.search_text = _search_text(row)
    # What the buyer wrote with a cancellation or a return, and the pictures of it; the timeline tells it, too.
    words = _words_of_buyer(row.id)
    session.execute(update(ReturnChoices).where(ReturnChoices.order_id == row.id).values(records=[]))
    for table in (Cancellation, Return):
        session.execute(update(table).where(table.order_id == row.id).values(reason_text=""))
    # Labels and packing lists have the address printed on them.
    session.execute(delete(ShippingLabel).where(ShippingLabel.order_id == row.id))
    for entry in session.scalars(select(TimelineEntry).where(TimelineEntry.order_id == row.id)):
        if entry.details is not None:
            entry.details = redact({key: value for key, value in entry.details.items() if key != EXCHANGE})
        for word in words:
            entry.sentence = entry.sentence.replace(word, BLANK)


def _search_text(row: Order) -> str:
    """What the search box finds the order by: numbers, products and tracking, no longer the buyer."""
    words = [row.tiktok_order_id, row.magento_increment_id, row.tracking_number]
    for item in (row.document or {}).get("line_items") or ():
        words += [str(item.get(name) or "") for name in ("product_name", "seller_sku", "sku_name", "tracking_number")]
    return fold(" ".join(dict.fromkeys(word for word in words if word)))


# -- one buyer -------------------------------------------------------------------------------------------------------------


def orders_of_buyer(known_by: str) -> list[Order]:
    """All orders of one buyer: known by one of their order numbers, their TikTok user id, or TikTok's e-mail for them."""
    known_by = known_by.strip()
    if not known_by:
        return []
    document = Order.document
    found = db.session.scalars(select(Order).where(Order.tiktok_order_id == known_by)).one_or_none()
    if found is not None:
        user_id = str((found.document or {}).get("user_id") or "")
        if not user_id or user_id == BLANK:
            return [found]
        known_by = user_id
    return list(
        db.session.scalars(
            select(Order)
            .where(or_(document["user_id"].as_string() == known_by, document["buyer_email"].as_string() == known_by))
            .order_by(Order.id)
        )
    )


def export_buyer(known_by: str, actor: str) -> dict[str, Any] | None:
    """Everything that is kept of one buyer, as a JSON-able document; None when nothing is."""
    rows = orders_of_buyer(known_by)
    document = {
        "exported_at": clock.now().isoformat(),
        "orders": [
            {
                "tiktok_order_id": row.tiktok_order_id,
                "magento_increment_id": row.magento_increment_id or None,
                "magento_customer_ids": _customers([row.id]),
                "status": row.status,
                "personal_data_blanked_at": row.blanked_at.isoformat() if row.blanked_at else None,
                "document": row.document,
                "address_put_right_in_the_panel": row.edited_address,
                "what_the_buyer_wrote": _words_of_buyer(row.id),
                "labels_kept": _labels(row.id),
                "notes_of_the_staff": _notes(row.id),
            }
            for row in rows
        ],
    }
    end_transaction()
    if not rows:
        return None
    with transaction() as session:
        audit.note(session, actor, PRIVACY, "buyer exported", after=f"{len(rows)} orders")
    return document


def _words_of_buyer(order_id: int) -> list[str]:
    """The buyer's own words with cancellations and returns."""
    words = [
        text
        for table in (Cancellation, Return)
        for text in db.session.scalars(select(table.reason_text).where(table.order_id == order_id))
    ]
    for records in db.session.scalars(select(ReturnChoices.records).where(ReturnChoices.order_id == order_id)):
        words += [str(record.get("note", "")) for record in records if record.get("role") == "BUYER"]
    return [text for text in words if text]


def _notes(order_id: int) -> list[dict[str, str]]:
    lines = db.session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.order_id == order_id, TimelineEntry.code == NOTE)
        .order_by(TimelineEntry.id)
    )
    return [
        {"at": line.at.isoformat(), "by": line.actor, "words": str((line.details or {}).get(NOTE_WORDS, ""))}
        for line in lines
    ]


def _labels(order_id: int) -> int:
    return (
        db.session.scalar(select(func.count()).select_from(ShippingLabel).where(ShippingLabel.order_id == order_id))
        or 0
    )


class Erased(NamedTuple):
    """What became of one buyer's data; all empty: nobody is known by that."""

    #: The numbers of the orders that were blanked now.
    done: list[str]
    #: The numbers of those that are still under way, and need the address to arrive.
    left: list[str]
    #: The ids of the customers that Magento has for the buyer, and keeps.
    magento_customers: list[int]
    #: The number by which they were asked for, if that order was blanked before: by it the others cannot be found.
    blanked_before: str = ""


def blanked_before(rows: Iterable[Order]) -> str:
    """Of a buyer's orders the number of one that is blanked, or "": it alone was found, and by its number."""
    return next((row.tiktok_order_id for row in rows if row.blanked_at is not None), "")


def is_erasable(row: Order) -> bool:
    """Whether an order has ended (or nobody tells of it any more), and its buyer is still known of it."""
    return row.blanked_at is None and _is_over(row)


def is_under_way(row: Order) -> bool:
    """Whether an order needs its address, for it has still to arrive."""
    return row.blanked_at is None and not _is_over(row)


def _is_over(row: Order) -> bool:
    return row.status in statuses.FINAL or row.shop.state != ACTIVE


def erase_buyer(known_by: str, actor: str) -> Erased:
    """Blanks one buyer's ended orders here; nothing is done in Magento."""
    rows = orders_of_buyer(known_by)
    before = blanked_before(rows)
    done = [row for row in rows if is_erasable(row)]
    open_numbers = [row.tiktok_order_id for row in rows if is_under_way(row)]
    numbers, ids = [row.tiktok_order_id for row in done], [row.id for row in done]
    magento_customers = _customers([row.id for row in rows])
    end_transaction()
    if ids:
        _blank(ids)
        with transaction() as session:
            audit.note(session, actor, PRIVACY, "buyer erased", after=", ".join(numbers))
    return Erased(numbers, open_numbers, magento_customers, before)


def _customers(order_ids: list[int]) -> list[int]:
    """The customers of a buyer's own that these orders found or made in Magento, as their timelines say."""
    lines = db.session.scalars(
        select(TimelineEntry.details).where(
            TimelineEntry.order_id.in_(order_ids), TimelineEntry.code.in_((BELONGS, CREATED))
        )
    )
    return sorted({int(details[CUSTOMER_ID]) for details in lines if details and CUSTOMER_ID in details})
