"""One buyer's data in the panel: found, exported, erased, by admins; nothing of it in an address."""

from __future__ import annotations

import json

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.customers import BELONGS, CUSTOMER_ID
from connector.models import AuditEntry, Cancellation, Order, ShippingLabel, TimelineEntry
from connector.models.timeline import MAGENTO
from tests import factories


def _user_id(order: Order) -> str:
    assert order.document is not None
    return str(order.document["user_id"])


def test_a_buyer_is_found_exported_and_erased_and_who_did_it_is_written_down(
    admin: FlaskClient, session: Session
) -> None:
    shop = factories.make_shop()
    ended = factories.make_order(shop, status="COMPLETED", row={"sync_state": "synced"})
    open_order = factories.make_order(shop, status="AWAITING_SHIPMENT")
    session.add_all(
        [
            ShippingLabel(order_id=ended.id, package_id="1", kind="label", asked_at=clock.now(), content=b"%PDF"),
            Cancellation(order_id=ended.id, cancel_id="7", reason_text="I moved to 5 Elm St"),
            TimelineEntry(
                order_id=ended.id,
                at=clock.now(),
                kind=MAGENTO,
                code=BELONGS,
                sentence="It belongs to customer 5.",
                details={CUSTOMER_ID: 5},
            ),
        ]
    )
    session.commit()
    known_by = _user_id(ended)
    assert _user_id(open_order) == known_by
    page = admin.post("/settings/buyer", data={"known_by": f" {known_by} "}).text
    assert "2 orders" in page
    assert "Needed until it has arrived" in page

    answer = admin.post("/settings/buyer", data={"known_by": known_by, "what": "export"})
    assert "attachment" in answer.headers["Content-Disposition"]
    exported = json.loads(answer.text)["orders"]
    assert [entry["what_the_buyer_wrote"] for entry in exported] == [["I moved to 5 Elm St"], []]
    assert exported[0]["document"]["recipient_address"]["name"]
    assert [entry["magento_customer_ids"] for entry in exported] == [[5], []]

    page = admin.post("/settings/buyer", data={"known_by": known_by, "what": "erase"}).text
    assert "in 1 order is blanked" in page
    assert "was blanked before" not in page
    assert "Magento keeps its customer 5 for the buyer" in page
    factories.reload(ended)
    assert (ended.blanked_at is not None, ended.document["recipient_address"]["name"]) == (True, "***")
    assert session.scalars(select(ShippingLabel)).all() == []
    assert session.scalars(select(Cancellation.reason_text)).all() == [""]
    assert open_order.blanked_at is None
    done = session.scalars(select(AuditEntry).where(AuditEntry.kind == "privacy").order_by(AuditEntry.id)).all()
    assert [entry.what for entry in done] == ["buyer exported", "buyer erased"]
    assert all(entry.actor.startswith("admin-") for entry in done)

    page = admin.post("/settings/buyer", data={"known_by": open_order.tiktok_order_id, "what": "erase"}).text
    assert "Nothing was blanked" in page
    assert "was blanked before" in admin.post("/settings/buyer", data={"known_by": ended.tiktok_order_id}).text
    assert "Nothing is known of such a buyer" in admin.post("/settings/buyer", data={"known_by": "nobody"}).text


def test_others_cannot(staff: FlaskClient) -> None:
    assert staff.get("/settings/buyer").status_code == 403
    assert staff.post("/settings/buyer", data={"known_by": "1", "what": "export"}).status_code == 403
