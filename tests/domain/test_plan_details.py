"""What of a created order is still missing beside its states: its first comment, and an address that TikTok now gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connector.domain.address_print import PLACEHOLDER, address_print, either
from connector.domain.magento_order import MagentoComment, MagentoOrder
from connector.domain.order import Order, Payment, Recipient
from connector.domain.plan_details import NoteInMagento, UpdateAddressInMagento, details
from connector.domain.settings import ShopSettings
from connector.domain.steps import Record

NOW = datetime(2026, 11, 24, tzinfo=UTC)
REAL = Recipient(
    name="Ada Lovelace", region_code="US", address_line1="12 Market Street", full_address="12 Market Street"
)
MASKED = replace(REAL, name="A*** L***", address_line1="1* M*** S***")
QUIET = ShopSettings(comment_on_status=False)
MAGENTO = MagentoOrder(entity_id=1, increment_id="1", state="processing", status="processing", grand_total=Decimal(1))


def order(recipient: Recipient = REAL) -> Order:
    return Order(
        id="577",
        status="AWAITING_SHIPMENT",
        create_time=NOW,
        update_time=NOW,
        payment=Payment(currency="USD"),
        line_items=(),
        recipient=recipient,
    )


def record(written: Recipient) -> Record:
    return Record(address_print=address_print(order(written)), address_is_masked=written.is_masked)


@pytest.mark.parametrize(
    ("written", "now", "expected"),
    [
        (REAL, REAL, []),
        (MASKED, MASKED, []),
        (MASKED, REAL, [UpdateAddressInMagento()]),
        (REAL, replace(REAL, address_line1="77 New Street"), [UpdateAddressInMagento()]),
        (MASKED, replace(MASKED, name="Ada L***"), [UpdateAddressInMagento()]),
        (REAL, MASKED, []),
        (REAL, Recipient(), []),
    ],
    ids=["same", "same masks", "shown", "moved", "shown in part", "hidden later", "gone"],
)
def test_an_address_is_updated_when_tiktok_gives_a_better_one(
    written: Recipient, now: Recipient, expected: list[object]
) -> None:
    assert details(order(now), record(written), MAGENTO, QUIET) == expected


@pytest.mark.parametrize("state", ["canceled", "closed"])
def test_an_order_that_is_over_keeps_its_address(state: str) -> None:
    assert details(order(), record(MASKED), replace(MAGENTO, state=state), QUIET) == []


def test_an_order_whose_address_nobody_wrote_down_is_left_alone() -> None:
    assert details(order(), Record(), MAGENTO, QUIET) == []


def test_the_notes_are_written_once_with_the_orders_number() -> None:
    kept = Record(notes=("one", "two"))
    [step] = details(order(), kept, MAGENTO, QUIET)
    assert isinstance(step, NoteInMagento)
    assert step.text == "TikTok Shop order 577:\nPlaced on TikTok Shop 2026-11-24 00:00 UTC.\none\ntwo"
    assert details(order(), replace(kept, notes_written=True), MAGENTO, QUIET) == []


@pytest.mark.parametrize(
    ("status", "told"), [("AWAITING_SHIPMENT", "AWAITING_SHIPMENT"), ("AWAITING_COLLECTION", "")], ids=["same", "later"]
)
def test_a_first_comment_that_is_there_tells_the_status_that_stands_in_it(status: str, told: str) -> None:
    """A worker was killed after it had written the comment; meanwhile the order's status may have changed."""
    kept = Record(notes=("one",))
    [step] = details(order(), kept, MAGENTO, ShopSettings())
    assert isinstance(step, NoteInMagento)
    there = replace(MAGENTO, comments=(MagentoComment(comment=step.text),))
    [again] = details(replace(order(), status=status), kept, there, ShopSettings())
    assert isinstance(again, NoteInMagento)
    assert (again.mark, again.status) == (step.mark, told)


def test_the_fingerprint_tells_recipients_and_orders_apart() -> None:
    prints = {address_print(order(one)) for one in (REAL, MASKED, Recipient())}
    assert len(prints) == 3
    assert address_print(order(REAL)) != address_print(replace(order(REAL), id="578"))
    assert "Ada" not in address_print(order(REAL))


def test_an_order_of_one_of_two_attempts_keeps_the_address_that_both_had_and_else_gets_the_one_of_now() -> None:
    old, new = address_print(order(REAL)), address_print(order(replace(REAL, address_line1="77 New Street")))
    assert details(order(REAL), Record(address_print=either(old, old)), MAGENTO, QUIET) == []
    assert details(order(REAL), Record(address_print=either(new, old)), MAGENTO, QUIET) == [UpdateAddressInMagento()]
    assert (either(PLACEHOLDER, new), either(new, PLACEHOLDER)) == (PLACEHOLDER, PLACEHOLDER)
