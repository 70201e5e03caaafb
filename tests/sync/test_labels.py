"""Labels, packing lists and pick-up times of TikTok's carrier, against the sandbox shop."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from connector.extensions import db
from connector.models import PickupChoice, ShippingLabel, TimelineEntry
from connector.models.transaction import end_transaction
from connector.sync import labels, ship_asks
from connector.sync.asks import Refused
from sandbox.faults import Fault
from tests.sync.merchant import Merchant

LINES = [{"seller_sku": "MUG-01", "quantity": 1}]


@pytest.fixture
def merchant(work: Any) -> Merchant:
    return Merchant(work)


def arranged(work: Any, merchant: Merchant, count: int = 1, **options: Any) -> list[int]:
    rows = []
    for _ in range(count):
        order_id = work.place(lines=LINES, shipping_type="TIKTOK", **options)
        row = work.sync(order_id)
        ship_asks.arrange(row.id, "jo@example.com", handover="DROP_OFF")
        rows.append(row.id)
    merchant.settle()
    return rows


def test_labels_of_several_orders_are_one_pdf(work: Any, merchant: Merchant) -> None:
    rows = arranged(work, merchant, 3)
    assert labels.ask(rows) == 3
    for row_id in rows:
        labels.read(row_id)
    content = labels.printed(rows)
    assert len(PdfReader(io.BytesIO(content)).pages) == 6  # a label and a packing list each
    assert len(PdfReader(io.BytesIO(labels.printed(rows, [labels.LABEL]))).pages) == 3


def test_a_label_is_read_once_and_printed_again(work: Any, merchant: Merchant) -> None:
    rows = arranged(work, merchant)
    for _ in range(2):
        labels.ask(rows)
        labels.read(rows[0])
    assert merchant.calls("shipping_documents") == 2
    assert labels.printed(rows).startswith(b"%PDF")


def test_a_label_that_cannot_be_read_says_why_and_is_read_with_the_next_click(work: Any, merchant: Merchant) -> None:
    rows = arranged(work, merchant)
    work.tiktok.state.faults.add(Fault(kind="status", path="shipping_documents", status=503, times=2))
    labels.ask(rows)
    labels.read(rows[0])
    with pytest.raises(Refused, match="could not be read"):
        labels.printed(rows)
    labels.ask(rows)
    labels.read(rows[0])
    assert labels.printed(rows).startswith(b"%PDF")


def test_what_is_no_pdf_is_not_kept(work: Any, merchant: Merchant) -> None:
    rows = arranged(work, merchant)
    work.tiktok.state.faults.add(Fault(kind="html", path="/documents/", status=200, times=2))
    labels.ask(rows)
    labels.read(rows[0])
    contents = db.session.scalars(select(ShippingLabel.content)).all()
    end_transaction()
    assert contents == [None, None]


def test_before_it_is_arranged_there_is_no_label(work: Any) -> None:
    row = work.sync(work.place(lines=LINES, shipping_type="TIKTOK"))
    with pytest.raises(Refused, match="arrange"):
        labels.ask([row.id])


def test_pick_up_times_are_offered_and_one_can_be_chosen(work: Any, merchant: Merchant) -> None:
    order_id = work.place(lines=LINES, shipping_type="TIKTOK", region="ID")
    row = work.sync_until_settled(order_id)
    labels.read(row.id)
    choice = db.session.scalars(select(PickupChoice)).one()
    end_transaction()
    assert choice.choices["can_pickup"]
    from datetime import UTC, datetime

    start, end = (datetime.fromtimestamp(second, UTC) for second in choice.choices["slots"][0])
    ship_asks.arrange(row.id, "jo@example.com", handover="PICKUP", slot=(start, end))
    merchant.settle()
    with work.tiktok.state.lock:
        [package] = work.tiktok.state.find_order(order_id)[1].packages
    assert package.pickup_slot == tuple(choice.choices["slots"][0])
    assert work.row(order_id).status == "AWAITING_COLLECTION"
    assert "arranged" in told(row.id) and told(row.id)["arranged"].endswith(", to be picked up.")


def told(row_id: int) -> dict[str, str]:
    entries = select(TimelineEntry.code, TimelineEntry.sentence).where(TimelineEntry.order_id == row_id)
    found = dict(db.session.execute(entries).all())
    end_transaction()
    return found


def test_what_tiktok_was_not_told_is_not_told_as_done(work: Any, merchant: Merchant) -> None:
    [row_id] = arranged(work, merchant)
    assert told(row_id)["arranged"] == "Arranged with TikTok Shop's carrier."


def test_pick_up_times_that_cannot_be_read_are_kept_as_that(work: Any, merchant: Merchant) -> None:
    row = work.sync_until_settled(work.place(lines=LINES, shipping_type="TIKTOK", region="ID"))
    work.tiktok.state.faults.add(Fault(kind="status", path="handover_time_slots", status=503, times=1))
    for is_read in (False, True):
        labels.read(row.id)
        choice = db.session.scalars(select(PickupChoice).execution_options(populate_existing=True)).one()
        end_transaction()
        assert bool(choice.choices["slots"]) is is_read and bool(choice.choices.get("error")) is not is_read
