"""Personal data ends when it has had its time, for one buyer when asked, and does not come back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from connector import clock
from connector.domain.statuses import SyncState
from connector.extensions import db
from connector.models import AuditEntry, Cancellation, Order, Return, ReturnChoices, TimelineEntry
from connector.models.transaction import end_transaction, transaction
from connector.sync import aftersales_rows, intake, notes, privacy, upkeep
from connector.sync.asks import Refused
from tests import factories
from tests.conftest import app as plain_app

app = plain_app  # one SQLite database is enough here

PERSONAL = ("Ada", "Lovelace", "ada_l", "v1@scs.example.com", "7494")


def ended(days: int, status: str = "COMPLETED", state: str = SyncState.SYNCED, **values: Any) -> Order:
    return factories.make_order(
        values.pop("shop", None),
        status=status,
        row={"sync_state": state, "update_time": clock.now() - timedelta(days=days)},
        **values,
    )


def reread(order: Order) -> Order:
    db.session.refresh(order)
    end_transaction()
    return order


def everything(order: Order) -> str:
    """All that the database holds of an order, as text."""
    rows = db.session.connection().exec_driver_sql(f"SELECT * FROM orders WHERE id = {order.id}").all()
    lines = db.session.connection().exec_driver_sql(f"SELECT * FROM timeline_entries WHERE order_id = {order.id}").all()
    end_transaction()
    return f"{rows}{lines}"


def test_ninety_days_after_its_end_an_order_holds_no_personal_data(app: Flask) -> None:
    old, young = ended(91), ended(89)
    names = [word for word in PERSONAL if word in everything(old)]
    assert names, "the example order should hold personal data at first"
    assert privacy.blank_what_has_had_its_time() == 1
    text = everything(old)
    assert [word for word in names if word in text] == []
    kept = reread(old)
    assert kept.document is not None
    assert kept.blanked_at is not None
    assert kept.document["line_items"][0]["product_name"] == "Stoneware Mug"
    assert kept.document["payment"] == reread(young).document["payment"]  # type: ignore[index]
    assert kept.document["recipient_address"]["region_code"]
    assert kept.tiktok_order_id in kept.search_text
    assert reread(young).blanked_at is None
    assert privacy.blank_what_has_had_its_time() == 0


def test_the_exchanges_of_failures_go_with_it(app: Flask) -> None:
    order = ended(91)
    details = {"code": "magento_refused", "exchange": {"method": "GET", "url": "https://store", "response_body": "Ada"}}
    factories.make_line_of_timeline(order, "Magento refused.", is_error=True, code="failed", details=details)
    assert privacy.blank_what_has_had_its_time() == 1
    assert "https://store" not in everything(order)
    assert "magento_refused" in everything(order)


def test_each_shop_has_its_own_time(app: Flask) -> None:
    shop = factories.make_shop(stored_settings={"keep_personal_days": 10})
    short, usual = ended(11, shop=shop), ended(11)
    privacy.blank_what_has_had_its_time()
    assert reread(short).blanked_at is not None
    assert reread(usual).blanked_at is None


@pytest.mark.parametrize("status", ["AWAITING_SHIPMENT", "DELIVERED", "ON_HOLD"])
def test_an_order_that_has_not_ended_keeps_its_address(status: str, app: Flask) -> None:
    order = ended(400, status)
    privacy.blank_what_has_had_its_time()
    assert reread(order).blanked_at is None


def test_an_order_in_error_is_waited_for_twice_as_long(app: Flask) -> None:
    waiting, given_up = ended(100, state=SyncState.ERROR), ended(181, state=SyncState.ERROR)
    privacy.blank_what_has_had_its_time()
    assert reread(waiting).blanked_at is None
    assert reread(given_up).blanked_at is not None


def test_what_was_on_its_way_when_its_shop_was_given_up_is_waited_for_twice_as_long(app: Flask) -> None:
    """Nobody tells of its end any more."""
    gone = [factories.make_shop(state=state) for state in ("disconnected", "deauthorized")]
    old = [ended(181, "IN_TRANSIT", SyncState.PENDING, shop=shop) for shop in gone]
    young = [ended(179, "IN_TRANSIT", SyncState.PENDING, shop=shop) for shop in gone]
    connected = ended(181, "IN_TRANSIT", SyncState.PENDING)
    upkeep.maintain()
    assert [bool(reread(order).blanked_at) for order in old] == [True, True]
    assert [bool(reread(order).blanked_at) for order in (*young, connected)] == [False, False, False]


def test_a_buyer_is_erased_in_the_open_orders_of_a_shop_that_was_given_up(app: Flask) -> None:
    order = ended(1, "IN_TRANSIT", shop=factories.make_shop(state="disconnected"))
    done, left, _, _ = privacy.erase_buyer(order.tiktok_order_id, "ada@example.com")
    assert (done, left) == ([order.tiktok_order_id], [])
    assert "Lovelace" not in everything(order)


def test_a_blanked_order_is_found_by_its_product_with_and_without_accents(app: Flask) -> None:
    order = factories.make_order(status="COMPLETED", line_items=[factories.make_line(product_name="Café Crème")])
    privacy.erase_buyer(order.tiktok_order_id, "ada@example.com")
    assert "cafe creme" in reread(order).search_text


def test_a_document_that_is_read_again_after_the_blanking_is_blanked_too(app: Flask) -> None:
    order = ended(91)
    privacy.blank_what_has_had_its_time()
    document = factories.make_document(id=order.tiktok_order_id, status="COMPLETED")
    document["update_time"] = int(clock.now().timestamp())
    with transaction() as session:
        intake.observe_documents(session, order.shop_id, [document])
    text = everything(order)
    assert [word for word in PERSONAL if word in text] == []


def test_what_the_buyer_wrote_is_exported_and_goes_from_the_timeline_too(app: Flask) -> None:
    order = ended(1)
    now = int(clock.now().timestamp())
    told = {"order_id": order.tiktok_order_id, "create_time": now, "update_time": now, "role": "BUYER"}
    cancellation = {**told, "cancel_reason_text": "Ada moved", "cancel_id": "1", "cancel_status": "X"}
    returned = {**told, "return_reason_text": "Ada is angry", "return_id": "2", "return_status": "X"}
    with transaction() as session:
        row = session.get_one(Order, order.id)
        aftersales_rows.store_cancellation(session, row, cancellation)
        aftersales_rows.store_return(session, row, returned)
        session.flush()
        records = [{"at": "", "role": "BUYER", "text": "", "note": "Ring at Lovelace", "images": []}]
        of_return = {"return_row_id": session.scalars(select(Return.id)).one(), "order_id": order.id}
        session.add(ReturnChoices(**of_return, state="ready", asked_at=clock.now(), decisions=[], records=records))
    exported = privacy.export_buyer(order.tiktok_order_id, "somebody")
    assert exported is not None
    privacy.erase_buyer(order.tiktok_order_id, "somebody")
    assert "Ada" not in everything(order)
    assert exported["orders"][0]["what_the_buyer_wrote"] == ["Ada moved", "Ada is angry", "Ring at Lovelace"]


def test_what_is_told_of_a_return_or_cancellation_after_the_blanking_is_blanked_too(app: Flask) -> None:
    order = ended(91)
    privacy.blank_what_has_had_its_time()
    now = int(clock.now().timestamp())
    told = {"order_id": order.tiktok_order_id, "create_time": now, "update_time": now, "role": "BUYER"}
    words = {"cancel_reason_text": "Ada is angry", "return_reason_text": "Ada is angry"}
    cancellation = {**told, **words, "cancel_id": "1", "cancel_type": "BUYER_CANCEL", "cancel_status": "X"}
    returned = {**told, **words, "return_id": "2", "return_type": "REFUND", "return_status": "X"}
    with transaction() as session:
        row = session.get_one(Order, order.id)
        aftersales_rows.store_cancellation(session, row, cancellation)
        aftersales_rows.store_return(session, row, returned)
    for table in (Cancellation, Return):
        assert db.session.scalars(select(table.reason_text)).all() == [""]
    assert "Ada" not in everything(order)


def test_the_upkeep_does_it(app: Flask) -> None:
    order = ended(91)
    upkeep.maintain()
    assert reread(order).blanked_at is not None


def test_upkeep_is_due_once_an_hour(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(upkeep.queue, "wake_upkeep", lambda bucket: bool(woken.append(bucket)) or True)
    upkeep.start_upkeep()
    assert [upkeep.start_upkeep() for _ in range(3)] == [True, False, False]
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=1, minutes=1))
    assert upkeep.start_upkeep()
    assert len(woken) == 2


def test_a_buyer_is_erased_in_all_ended_orders_and_others_are_left(app: Flask) -> None:
    first, second = ended(1, user_id="111"), ended(2, "CANCELLED", user_id="111")
    under_way, stranger = ended(1, "IN_TRANSIT", user_id="111"), ended(1, user_id="222")
    done, left, customers, blanked_before = privacy.erase_buyer(first.tiktok_order_id, "ada@example.com")
    assert blanked_before == ""
    assert customers == []
    assert sorted(done) == sorted([first.tiktok_order_id, second.tiktok_order_id])
    assert left == [under_way.tiktok_order_id]
    assert [bool(reread(row).blanked_at) for row in (first, second, under_way, stranger)] == [True, True, False, False]
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.what) == ("ada@example.com", "buyer erased")
    end_transaction()


def test_a_buyer_is_exported_with_all_orders(app: Flask) -> None:
    order = ended(1, user_id="111")
    ended(2, user_id="111")
    ended(2, user_id="222")
    result = app.test_cli_runner().invoke(args=["buyers", "export", "111"])
    assert result.exit_code == 0
    exported = json.loads(result.output)
    assert len(exported["orders"]) == 2
    assert exported["orders"][0]["tiktok_order_id"] == order.tiktok_order_id
    assert exported["orders"][0]["document"]["buyer_nickname"] == "ada_l"


def test_notes_are_exported_go_with_the_rest_and_none_is_written_afterwards(app: Flask) -> None:
    order = ended(1, user_id="111")
    notes.write(order.id, "Ada rang.", "jo@example.com")
    exported = privacy.export_buyer("111", "jo@example.com") or {}
    [note] = exported["orders"][0]["notes_of_the_staff"]
    assert (note["by"], note["words"]) == ("jo@example.com", "Ada rang.")
    privacy.erase_buyer("111", "jo@example.com")
    # What is blanked is not blanked again: a note would be left by every erasing to come.
    with pytest.raises(Refused, match="personal data was blanked"):
        notes.write(order.id, "Ada rang again.", "jo@example.com")
    lines = db.session.scalars(select(TimelineEntry.details).where(TimelineEntry.code == "note")).all()
    end_transaction()
    assert len(lines) == 1 and "Ada" not in str(lines)


def test_nobody_known_is_an_error_of_the_command(app: Flask) -> None:
    runner = app.test_cli_runner()
    for command in ("export", "erase"):
        result = runner.invoke(args=["buyers", command, "nobody"])
        assert result.exit_code == 1
        assert "No order is known" in result.output


def test_an_order_that_was_blanked_before_finds_no_other_and_says_so(app: Flask) -> None:
    old = ended(91, user_id="111")
    assert privacy.blank_what_has_had_its_time() == 1
    young = ended(1, user_id="111")
    result = app.test_cli_runner().invoke(args=["buyers", "erase", old.tiktok_order_id])
    assert result.exit_code == 1
    assert "blanked before, and the buyer's other orders cannot be found by it" in result.output
    assert "Blanked:" not in result.output
    assert reread(young).blanked_at is None
    end_transaction()


def test_erasing_by_command_fails_visibly_when_something_is_left(app: Flask, tmp_path: Path) -> None:
    order = ended(0, "IN_TRANSIT", user_id="111")
    result = app.test_cli_runner().invoke(args=["buyers", "erase", "111"])
    assert result.exit_code == 1
    assert order.tiktok_order_id in result.output
