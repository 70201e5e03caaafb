"""A row that is locked is read anew, also where the same session has it already: a page that shows an order and then writes."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from connector.extensions import db
from connector.models import Order
from connector.models.transaction import transaction
from connector.sync import asks
from tests.sync.conftest import Work


def observe_elsewhere(row_id: int) -> None:
    """What another process does: it observes something of an order."""
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE orders SET observed = observed + 1 WHERE id = :id"), {"id": row_id})


def test_what_was_observed_since_the_page_was_read_is_not_written_over(work: Work) -> None:
    """Two observations would have one number, and who works on the first would take the second as done."""
    order_id = work.place()
    work.hint(order_id)
    shown = work.row(order_id)
    before = shown.observed
    observe_elsewhere(shown.id)
    asks.sync_again(shown.id, "a@example.com")
    assert db.session.scalar(select(Order.observed).where(Order.id == shown.id)) == before + 2


@pytest.mark.parametrize("way", ["get", "select"])
def test_each_way_to_lock_a_row_reads_it(work: Work, way: str) -> None:
    order_id = work.place()
    work.hint(order_id)
    shown = work.row(order_id)
    before = shown.observed
    observe_elsewhere(shown.id)
    with transaction() as session:
        if way == "get":
            row = session.get_one(Order, shown.id, with_for_update={"of": Order})
        else:
            row = session.scalars(select(Order).where(Order.id == shown.id).with_for_update(of=Order)).one()
        assert (row is shown, row.observed) == (True, before + 1)
