"""The meter of late dispatches in the panel."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from connector import clock
from tests import factories


def test_late_and_cancelled_orders_are_counted_and_named(viewer: Any) -> None:
    now = clock.now()
    settings = {"working_days": "Mon Tue Wed Thu Fri Sat Sun", "holidays": "2026-02-30"}
    shop = factories.make_shop(name="Acme", stored_settings=settings)

    def at(hours: float) -> int:
        return int((now + timedelta(hours=hours)).timestamp())

    created = now - timedelta(hours=60)
    factories.make_order(shop, status="IN_TRANSIT", create_time=created, rts_sla_time=at(-12), rts_time=at(-20))
    factories.make_order(shop, status="IN_TRANSIT", create_time=created, rts_sla_time=at(-12), rts_time=at(-2))
    late = factories.make_order(shop, create_time=created, rts_sla_time=at(-3))
    factories.make_order(shop, create_time=created, rts_sla_time=at(-3), shipping_type="TIKTOK_DIGITAL")
    factories.make_order(shop, status="CANCELLED", create_time=created, cancellation_initiator="SELLER")
    page = viewer.get("/activity/meter").text
    cells = re.findall(r"<td class=\"r\">(?:<span[^>]*><i[^>]*></i>)?([^<]+)", page)
    assert cells[:6] == ["3", "2", "66.7 %", "5", "1", "20.0 %"]
    assert late.tiktok_order_id in page and "Late and not shipped yet" in page


def test_of_more_late_orders_than_are_named_the_list_has_all(viewer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.blueprints.activity.meter.NAMED", 2)
    due = int((clock.now() - timedelta(hours=3)).timestamp())
    shop = factories.make_shop(stored_settings={"working_days": "Mon Tue Wed Thu Fri Sat Sun"})
    for of in (shop, shop, shop, factories.make_shop()):
        factories.make_order(of, rts_sla_time=due)
    factories.make_order(shop, rts_sla_time=due, fulfillment_type="FULFILLMENT_BY_TIKTOK")
    page = html.unescape(viewer.get("/activity/meter").text)
    assert 'Late and not shipped yet <span class="count">3</span>' in page
    [address] = re.findall(r'<a href="([^"]+)">Show all</a>', page)
    assert len(re.findall(r'<tr id="o-', viewer.get(address).text)) == 3
