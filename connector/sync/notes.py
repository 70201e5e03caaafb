"""Notes that the staff write on an order: lines of its timeline, so that they stand between what happened.

The words are in the line's document, not in its sentence: they may hold personal data, and go with the order's other
personal data when that is blanked (connector.sync.privacy).
"""

from __future__ import annotations

from sqlalchemy import select

from connector.extensions import db, queue
from connector.models import Order, TimelineEntry
from connector.models.timeline import NOTE, PERSON
from connector.models.timeline import NOTE_WORDS as WORDS
from connector.models.transaction import transaction
from connector.sync.asks import Refused
from connector.sync.intake import observe_row
from connector.sync.timeline import record

LONGEST = 2000


def write(row_id: int, words: str, actor: str) -> None:
    """Writes a note. Raises Refused when it says nothing or too much."""
    words = words.replace("\r\n", "\n").strip()  # forms send a line break as two signs; the browser counted one
    if not words:
        raise Refused("The note is empty.")
    if len(words) > LONGEST:
        raise Refused(f"A note has at most {LONGEST} characters.")
    with transaction() as session:
        row = session.get_one(Order, row_id, with_for_update={"of": Order})
        if row.blanked_at is not None:  # nothing blanks an order a second time
            raise Refused("This order's personal data was blanked, and a note would stay for good.")
        record(session, row_id, PERSON, NOTE, "Wrote a note.", actor=actor, details={WORDS: words})
        is_told = row.shop.settings.tell_staff_notes and row.magento_order_id is not None
        observed = observe_row(row).observed if is_told else 0
    if observed:
        queue.wake_order(row_id, observed)


def to_tell(row: Order) -> tuple[tuple[int, str], ...]:
    """The notes that Magento is still to be told: the line's id, and the comment. None of what was blanked."""
    if not row.shop.settings.tell_staff_notes or row.blanked_at is not None:
        return ()
    untold = (
        select(TimelineEntry)
        .where(TimelineEntry.order_id == row.id, TimelineEntry.code == NOTE, TimelineEntry.id > row.staff_notes_told)
        .order_by(TimelineEntry.id)
    )
    return tuple(
        (line.id, f"Note of {line.actor}, {line.at:%Y-%m-%d %H:%M} UTC: {(line.details or {}).get(WORDS, '')}")
        for line in db.session.scalars(untold)
    )


def of(row_id: int) -> list[TimelineEntry]:
    """The notes on an order, the newest first."""
    notes = select(TimelineEntry).where(TimelineEntry.order_id == row_id, TimelineEntry.code == NOTE)
    return list(db.session.scalars(notes.order_by(TimelineEntry.id.desc()).limit(50)))
