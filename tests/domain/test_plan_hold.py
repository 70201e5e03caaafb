"""TikTok's hold and the merchant's own wait, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain import statuses
from connector.domain.address_print import PLACEHOLDER
from connector.domain.order import Recipient
from connector.domain.plan import (
    CorrectInMagento,
    CreateInMagento,
    InvoiceInMagento,
    Record,
    UnholdInMagento,
    Wait,
    plan,
)
from connector.domain.plan_details import UpdateAddressInMagento
from connector.domain.plan_hold import HoldInMagento, ReleaseInMagento, placeholder_address
from connector.domain.postal import PostalAddress, Region
from connector.domain.settings import ShopSettings
from connector.domain.steps import RECORD, RESERVE, CancelInMagento
from tests.domain.test_plan import INVOICED, MAGENTO, NOW, ORDER

HELD = replace(ORDER, status=statuses.ON_HOLD, recipient=Recipient(region_code="US"))
MASKED = replace(HELD, recipient=Recipient(region_code="US", name="A***", full_address="***"))
ON = ShopSettings(on_hold="reserve")
PLACED = Record(
    way=RESERVE, corrected=True, address_print=PLACEHOLDER, external_reference="000000003", commented_status="ON_HOLD"
)
OURS = replace(PLACED, held_at=NOW)
HOLDED = replace(MAGENTO, state="holded", status="holded")
WAIT = Wait("on_hold")


def names(steps: list[Any]) -> list[Any]:
    """Waits as they are, other steps by their kind."""
    return [step if isinstance(step, Wait) else type(step) for step in steps if type(step).__name__ != "LookAgain"]


@pytest.mark.parametrize(
    ("order", "record", "magento", "settings", "steps"),
    [
        (HELD, Record(), None, ShopSettings(), [WAIT]),
        (HELD, Record(), None, ON, [CreateInMagento, WAIT]),
        (MASKED, Record(), None, ON, [CreateInMagento, WAIT]),
        # Without a country, taxes could be booked wrongly.
        (replace(HELD, recipient=Recipient()), Record(), None, ON, [WAIT]),
        # A record is complete from the start, and what TikTok fulfils needs no stock.
        (HELD, Record(), None, replace(ON, create_way=RECORD), [WAIT]),
        (HELD, Record(forced_way=RECORD), None, ON, [WAIT]),
        (replace(HELD, fulfillment_type="FULFILLMENT_BY_TIKTOK"), Record(), None, ON, [WAIT]),
        (HELD, Record(), None, replace(ON, create_when="by_hand"), [Wait("by_hand"), WAIT]),
        # "As soon as it is paid": what is released later is only paid then.
        (MASKED, Record(), None, ShopSettings(create_when="paid"), [CreateInMagento, WAIT]),
        (replace(MASKED, order_type="PRE_ORDER"), Record(), None, ShopSettings(create_when="paid"), [WAIT]),
        (replace(MASKED, order_type="BACK_ORDER"), Record(), None, replace(ON, create_when="paid"), [WAIT]),
        # The amounts come first, then the hold; nothing is invoiced.
        (HELD, replace(PLACED, corrected=False), MAGENTO, ON, [CorrectInMagento, HoldInMagento, WAIT]),
        (HELD, PLACED, MAGENTO, ON, [HoldInMagento, WAIT]),
        (HELD, OURS, HOLDED, ON, [WAIT]),
        # A placeholder is held even when the setting was changed meanwhile.
        (HELD, PLACED, MAGENTO, ShopSettings(), [HoldInMagento, WAIT]),
        (HELD, PLACED, replace(MAGENTO, state="complete"), ON, [WAIT]),
        # Over: the address, then the release.
        (ORDER, OURS, HOLDED, ON, [UpdateAddressInMagento, ReleaseInMagento]),
        (ORDER, OURS, HOLDED, ShopSettings(), [UpdateAddressInMagento, ReleaseInMagento]),
        (ORDER, replace(OURS, address_print="real"), MAGENTO, ON, [UpdateAddressInMagento, ReleaseInMagento]),
        (replace(ORDER, recipient=Recipient()), OURS, HOLDED, ON, [Wait("no_address")]),
        # The buyer cancelled: off hold, then cancelled with its stock back.
        (replace(HELD, status=statuses.CANCELLED), OURS, HOLDED, ON, [UnholdInMagento, CancelInMagento]),
    ],
)
def test_what_is_done_while_tiktok_holds_and_after(
    order: Any, record: Record, magento: Any, settings: ShopSettings, steps: list[Any]
) -> None:
    assert names(plan(order, record, magento, settings, NOW))[: len(steps)] == steps


def test_after_the_release_it_is_invoiced_and_a_hold_of_the_merchants_own_is_left_alone() -> None:
    record = replace(OURS, held_at=None, address_print="real")
    assert InvoiceInMagento in names(plan(ORDER, replace(record, address_print=""), MAGENTO, ON, NOW))
    assert ReleaseInMagento not in names(plan(ORDER, record, replace(INVOICED, state="holded"), ON, NOW))


@pytest.mark.parametrize(
    ("hours", "ready", "ship_by", "until"),
    [
        (0, timedelta(0), None, None),
        (4, timedelta(hours=1), None, timedelta(hours=3)),
        (4, timedelta(hours=4), None, None),
        (48, timedelta(0), timedelta(hours=40), timedelta(hours=28)),
        (48, timedelta(0), timedelta(hours=10), None),
    ],
)
def test_the_merchants_own_wait_ends_and_never_eats_the_time_to_ship(
    hours: int, ready: timedelta, ship_by: timedelta | None, until: timedelta | None
) -> None:
    order = replace(ORDER, rts_sla_time=NOW + ship_by if ship_by else None)
    record = Record(ready_at=NOW - ready)
    steps = plan(order, record, None, ShopSettings(wait_after_hold=hours), NOW)
    assert steps[0] == (CreateInMagento(RESERVE) if until is None else Wait("merchants_wait", until=NOW + until))
    asked = replace(record, create_asked=True)
    assert plan(order, asked, None, ShopSettings(wait_after_hold=hours), NOW)[0] == CreateInMagento(RESERVE)
    moving = replace(order, status=statuses.IN_TRANSIT)
    assert plan(moving, record, None, ShopSettings(wait_after_hold=hours), NOW)[0] == CreateInMagento(RESERVE)


def test_the_merchants_wait_keeps_a_reserved_order_on_hold_unless_a_person_releases_it() -> None:
    settings = replace(ON, wait_after_hold=2)
    record = replace(OURS, ready_at=NOW)
    until = NOW + timedelta(hours=2)
    assert plan(ORDER, record, HOLDED, settings, NOW)[0] == Wait("merchants_wait", until=until)
    assert names(plan(ORDER, record, MAGENTO, settings, NOW)) == [UpdateAddressInMagento, ReleaseInMagento]


def test_a_placeholder_is_plainly_none_and_has_a_region_where_there_are_some() -> None:
    regions = (Region(id=12, code="CA", name="California"), Region(id=57, code="TX", name="Texas"))
    assert placeholder_address(HELD, ShopSettings(), regions).region_id == 12
    assert placeholder_address(HELD, ShopSettings(fallback_region="Texas"), regions).region_id == 57
    assert placeholder_address(HELD, ShopSettings(), ()).region_id is None


def test_an_address_that_was_typed_in_needs_no_placeholder() -> None:
    typed = PostalAddress(
        firstname="A", lastname="B", street=("1",), city="C", postcode="1", country_id="US", telephone="1234"
    )
    record = Record(edited_address=typed)
    assert names(plan(HELD, record, None, replace(ShopSettings(), create_when="paid"), NOW)) == [CreateInMagento, WAIT]
