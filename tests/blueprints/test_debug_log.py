"""The debug log in the panel: switched on and off, narrowed down, downloaded, emptied; by admins."""

from __future__ import annotations

import json

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.models import AuditEntry, DebugExchange, Shop
from tests import factories


def _exchange(shop: Shop, **columns: object) -> DebugExchange:
    values = {"side": "magento", "method": "GET", "url": "https://shop.example/rest/V1/orders", "status": 200}
    return DebugExchange(shop_id=shop.id, at=clock.now(), **(values | columns))


def test_it_is_switched_on_for_a_time_and_off_and_who_did_it_is_written_down(
    admin: FlaskClient, session: Session
) -> None:
    shop = factories.make_shop()
    address = f"/settings/{shop.id}/debug"
    assert "Nothing here yet" in admin.get(address).text
    admin.post(address, data={"what": "on", "minutes": "60"})
    factories.reload(shop)
    assert shop.debug_until > clock.now()
    assert "On until" in admin.get(address).text
    assert "On until" in admin.get(f"/settings?shop={shop.id}").text
    admin.post(address, data={"what": "off"})
    factories.reload(shop)
    assert shop.debug_until is None
    assert admin.post(address, data={"what": "on", "minutes": "100000"}).status_code == 400
    changes = session.scalars(select(AuditEntry).where(AuditEntry.what == "Debug log").order_by(AuditEntry.id)).all()
    assert [change.after for change in changes] == ["on for 1 hour", "off"]
    assert all(change.actor.startswith("admin-") for change in changes)


def test_it_is_narrowed_down_downloaded_and_emptied(admin: FlaskClient, session: Session) -> None:
    shop = factories.make_shop()
    hostile = '<script>alert(1)</script>"'
    session.add_all(
        [
            _exchange(shop, tiktok_order_id="576461413038785752", response_body=hostile),
            _exchange(shop, status=None, failure="shop.example did not answer in time."),
            _exchange(shop, side="tiktok", url="https://api.example/order/202507/orders?ids=1"),
        ]
    )
    session.commit()
    address = f"/settings/{shop.id}/debug"
    page = admin.get(address).text
    assert (page.count("<details>"), hostile in page) == (3, False)
    assert admin.get(f"{address}?order=576461413038785752").text.count("<details>") == 1
    assert admin.get(f"{address}?side=tiktok").text.count("<details>") == 1
    assert "did not answer in time" in (failed := admin.get(f"{address}?failed=1").text)
    assert failed.count("<details>") == 1
    answer = admin.get(f"{address}/download?side=magento")
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [(line["side"], line["status"]) for line in lines] == [("magento", None), ("magento", 200)]
    assert lines[1]["response"] == hostile
    gone = admin.get(f"{address}?before=1").text
    assert "This page is empty by now" in gone and f'<a class="button" href="{address}">' in gone
    admin.post(address, data={"what": "empty"})
    assert session.scalars(select(DebugExchange)).all() == []


def test_others_do_not_see_it(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    assert staff.get(f"/settings/{shop.id}/debug").status_code == 403
    assert staff.get(f"/settings/{shop.id}/debug/download").status_code == 403
