"""Writing into the audit log, in the transaction of the change itself."""

from __future__ import annotations

from sqlalchemy.orm import Session

from connector import clock
from connector.models import AuditEntry

LONGEST = 1000


def note(
    session: Session,
    actor: str,
    kind: str,
    what: str,
    *,
    subject: str = "",
    shop_id: int | None = None,
    before: str = "",
    after: str = "",
) -> None:
    """Adds one entry. `actor` is an e-mail address or "command line"; nothing secret may be given here."""
    session.add(
        AuditEntry(
            at=clock.now(),
            actor=actor[:254],
            kind=kind,
            shop_id=shop_id,
            subject=subject[:254],
            what=what[:64],
            before=before[:LONGEST],
            after=after[:LONGEST],
        )
    )
