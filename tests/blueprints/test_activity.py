"""The activity page: every kind of event, paged by key, and changes for admins only."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from connector import clock
from connector.blueprints.activity import SHOWN, TABS
from connector.extensions import db
from connector.models import AuditEntry, FetchRun, InboxEvent
from connector.models.timeline import MAGENTO
from connector.models.transaction import transaction
from connector.sync.timeline import record
from tests import factories

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def filled() -> None:
    order = factories.make_order()
    with transaction() as session:
        record(session, order.id, MAGENTO, "placed", f"Placed in Magento {HOSTILE}")
        record(session, order.id, MAGENTO, "failed", "Magento is away.", is_error=True)
        session.add(
            InboxEvent(
                dedupe_key="k",
                type=1,
                tiktok_shop_id="7494",
                body=b"{}",
                received_at=clock.now(),
                state="failed",
                error=HOSTILE,
            )
        )
        session.add(
            FetchRun(
                shop_id=order.shop_id,
                asked_by="safety poll",
                since=clock.now(),
                until=clock.now(),
                started_at=clock.now(),
                state="failed",
                error="TikTok is away.",
            )
        )
        session.add(AuditEntry(at=clock.now(), actor="ada@example.com", kind="user", what="invited", after=HOSTILE))


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("events", "Placed in Magento"),
        ("failures", "Magento is away."),
        ("webhooks", "order status"),
        ("fetches", "TikTok is away."),
        ("changes", "invited"),
    ],
)
def test_each_tab_shows_its_kind_and_what_is_hostile_is_inert(
    tab: str, words: str, app: Any, filled: None, admin: FlaskClient
) -> None:
    page = admin.get(f"/activity?tab={tab}").text
    assert words in page
    assert HOSTILE not in page


def test_failures_are_only_failures(app: Any, filled: None, admin: FlaskClient) -> None:
    assert "Placed in Magento" not in admin.get("/activity?tab=failures").text


def test_changes_are_for_admins(staff: FlaskClient) -> None:
    assert staff.get("/activity?tab=changes").status_code == 403
    assert "Changes" not in staff.get("/activity").text
    assert staff.get("/activity?tab=nothing").status_code == 404
    for tab in set(TABS) - {"changes"}:
        assert "Nothing here yet" in staff.get(f"/activity?tab={tab}").text


def test_older_pages_follow_by_key(admin: FlaskClient) -> None:
    order = factories.make_order()
    with transaction() as session:
        for number in range(SHOWN + 5):
            record(session, order.id, MAGENTO, "x", f"Sentence {number:03}.")
    first = admin.get("/activity").text
    assert f"Sentence {SHOWN + 4:03}." in first
    assert "Sentence 004." not in first
    found = first.partition("before=")[2].partition('"')[0]
    assert "Sentence 004." in admin.get(f"/activity?tab=events&before={found}").text
    db.session.rollback()
    gone = admin.get("/activity?tab=events&before=1").text
    assert "This page is empty by now" in gone and "Nothing here yet" not in gone
    assert '<a class="button" href="/activity?tab=events">' in gone


def test_an_event_that_was_handled_is_handled_again_by_its_button(
    app: Any, filled: None, staff: FlaskClient, viewer: FlaskClient
) -> None:
    with transaction() as session:
        event = session.scalars(select(InboxEvent)).one()
        event.state, event.handled_at, event_id = "handled", clock.now(), event.id
    page = "/activity?tab=webhooks"
    assert f'name="id" value="{event_id}"' in staff.get(page).text
    assert "Handle it again" not in viewer.get(page).text
    asked = {"id": str(event_id), "back_to": page}
    assert viewer.post("/activity/dead-ends/events", data=asked).status_code == 403
    assert staff.post("/activity/dead-ends/events", data=asked).headers["Location"] == page
    assert db.session.scalars(select(InboxEvent.state)).one() == "new"
    assert f'name="id" value="{event_id}"' not in staff.get(page).text, "it waits already"
    assert staff.post("/activity/dead-ends/events", data={"id": "9" * 15}).status_code == 303
