"""What the steps of shipping read and write: a shipment's row, and TikTok's order as it is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from connector import clock
from connector.domain.errors import Unclear
from connector.domain.order import Order as OrderValue
from connector.extensions import db
from connector.models import Order, Shipment
from connector.models.timeline import TIKTOK
from connector.models.transaction import end_transaction, transaction
from connector.sync import intake
from connector.sync.run import Run
from connector.sync.steps.attempts import next_look
from connector.sync.timeline import record
from connector.tiktok.orders import order_from_document

#: What TikTok took its orders show within this time: after it a refusal that follows a call of unknown outcome is believed.
SHOWN_WITHIN = timedelta(minutes=10)


def read(run: Run, shipment_id: int) -> Shipment:
    """The row of one of the order's shipments in Magento, as it is now."""
    row = db.session.scalars(
        select(Shipment).where(*_is_it(run, shipment_id)).execution_options(populate_existing=True)
    ).one()
    end_transaction()
    return row


def _is_it(run: Run, shipment_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Shipment.store_id == run.store.store_id,
        Shipment.magento_shipment_id == shipment_id,
        Shipment.order_id == run.row_id,
    )


def write(
    run: Run, shipment_id: int, code: str = "", sentence: str = "", *, is_error: bool = False, **columns: Any
) -> None:
    """Columns of the shipment's row and a timeline line, in one transaction, as long as the run holds the order's lease."""
    with transaction() as session:
        run.lease.mark(session)
        session.execute(update(Shipment).where(*_is_it(run, shipment_id)).values(**columns))
        if code:
            record(session, run.row_id, TIKTOK, code, sentence, is_error=is_error)


def read_back(run: Run) -> OrderValue:
    """The TikTok order as it is now; it is kept, so that the next plan sees what was done."""
    documents = run.tiktok.get_orders([run.order.id])
    if not documents:
        return run.order
    with transaction() as session:
        row = run.lease.row(session)
        intake.store_document(session, row, documents[0], observed=row.document_observed)
    return order_from_document(documents[0])


def wait_until_shown(asked_at: datetime | None) -> None:
    """Raises Unclear as long as TikTok's order may not show yet what came of a call of then. None: there was none.

    After a refusal: that may be the answer to what the call has done, for TikTok takes each unit once.
    """
    waited = None if asked_at is None else clock.now() - asked_at
    if waited is not None and timedelta(0) <= waited < SHOWN_WITHIN:
        raise Unclear(
            "TikTok Shop may have done already what it was told, and not show it yet: it is looked at again.",
            code="shown_late",
            after=next_look(waited, SHOWN_WITHIN),
        )


def document_of(run: Run) -> dict[str, Any]:
    """TikTok's document of the order, as it was read last."""
    document = db.session.scalar(select(Order.document).where(Order.id == run.row_id))
    end_transaction()
    return document or {}
