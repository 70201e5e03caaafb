"""Notes that the staff write on an order: lines of its timeline, so that they stand between what happened.

The words are in the line's document, not in its sentence: they may hold personal data, and go with the order's other
personal data when that is blanked (connector.sync.privacy).
"""

from __future__ import annotations

from sqlalchemy import select

from connector.extensions import db
from connector.models import TimelineEntry
from connector.models.timeline import PERSON
from connector.models.transaction import transaction
from connector.sync.asks import Refused
from connector.sync.timeline import record

NOTE = "note"
#: The name under which the words are kept; connector.redaction blanks what bears it.
WORDS = "staff_note"
LONGEST = 2000


def write(row_id: int, words: str, actor: str) -> None:
    """Writes a note. Raises Refused when it says nothing or too much."""
    words = words.strip()
    if not words:
        raise Refused("The note is empty.")
    if len(words) > LONGEST:
        raise Refused(f"A note has at most {LONGEST} characters.")
    with transaction() as session:
        record(session, row_id, PERSON, NOTE, "Wrote a note.", actor=actor, details={WORDS: words})


def of(row_id: int) -> list[TimelineEntry]:
    """The notes on an order, the newest first."""
    notes = select(TimelineEntry).where(TimelineEntry.order_id == row_id, TimelineEntry.code == NOTE)
    return list(db.session.scalars(notes.order_by(TimelineEntry.id.desc()).limit(50)))
