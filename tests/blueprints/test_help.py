"""The list of reasons in the panel: it is the documentation's, with what stands there now."""

from __future__ import annotations

import html
import re
from typing import Any

from connector.domain import explained
from tests import factories

#: While it is tried: Error is where it stands once it has been given up.
TRIED_AGAIN = {"sync_state": "pending", "error_code": "timeout", "error_subject": ""}


def test_every_reason_is_listed_with_the_orders_that_stand_there(viewer: Any) -> None:
    factories.make_failed_order(row={"error_code": "unknown_sku", "error_subject": "MUG"})
    factories.make_failed_order(row=TRIED_AGAIN)
    factories.make_order(status="UNPAID", row={"sync_state": "waiting", "waiting_for": "unpaid"})
    factories.make_order(row={"sync_state": "ignored"})
    page = viewer.get("/help/reasons").text
    listed = re.findall(r'<tr id="(\w+)-(\w+)">', page)
    assert listed == [(group.key, reason.code) for group in explained.GROUPS for reason in group.reasons]
    counted = dict(
        re.findall(r'<tr id="(\w+)">.*?<td class="r"[^>]*><a href="[^"]+">(\d+)</a>', page.replace("-", "_"))
    )
    assert counted == {
        "merchants_unknown_sku": "1",
        "retried_timeout": "1",
        "waits_unpaid": "1",
        "stopped_ignored": "1",
    }
    assert "4 to 50 letters, digits and <code>- _ . /</code>." in page and "<em>Take back into work</em>" in page


def test_the_order_says_the_same_and_leads_to_the_list(viewer: Any) -> None:
    order = factories.make_failed_order(row={"error_code": "no_tracking", "error_subject": ""})
    page = viewer.get(f"/orders/{order.tiktok_order_id}/problem").text
    assert "shipped in Magento without a tracking number. It goes on once that is solved." in page
    assert 'href="/help/reasons#merchants-no_tracking"' in page
    waiting = factories.make_order(status="UNPAID", row={"sync_state": "waiting", "waiting_for": "unpaid"})
    assert 'href="/help/reasons#waits-unpaid"' in viewer.get(f"/orders/{waiting.tiktok_order_id}").text
    strange = factories.make_failed_order(row={"error_code": "of_another_version"})
    assert viewer.get(f"/orders/{strange.tiktok_order_id}/problem").status_code == 200


def test_each_count_leads_to_the_orders_that_it_counts(staff: Any) -> None:
    waits = [("no_address", 2), ("by_hand", 1), ("older", 1), ("unpaid", 1)]
    for code, count in waits:
        for _ in range(count):
            factories.make_order(row={"sync_state": "waiting", "waiting_for": code})
    for subject in ("MUG", "TEE"):
        factories.make_failed_order(row={"error_code": "unknown_sku", "error_subject": subject})
    factories.make_failed_order(row=TRIED_AGAIN)
    factories.make_failed_order(row=TRIED_AGAIN | {"sync_state": "error"})  # after a day
    page = html.unescape(staff.get("/help/reasons").text)
    found = dict(re.findall(r'<tr id="([\w-]+)">.*?<td class="r"[^>]*>(?:<span[^>]*>–</span>|(<a.*?</a>))</td>', page))
    for code, count in [
        *((f"waits-{code}", n) for code, n in waits),
        ("merchants-unknown_sku", 2),
        ("retried-timeout", 2),
    ]:
        address, counted = re.findall(r'<a href="([^"]+)">(\d+)</a>', found[code])[0]
        assert int(counted) == count, code
        assert len(re.findall(r'name="id" value="\d+"', staff.get(address).text)) == count, address
