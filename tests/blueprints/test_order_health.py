"""The merchant's sentence says what is so."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from connector import clock
from connector.blueprints.orders.well import health
from connector.models import Difference, InboxEvent, Reconciliation
from tests import factories


def now_seconds() -> int:
    return int(clock.now().timestamp())


def test_all_orders_of_today_are_in_magento(viewer: FlaskClient) -> None:
    shop = factories.make_shop(time_zone="UTC")
    for number in range(2):
        factories.make_order(shop, create_time=now_seconds(), row={"magento_order_id": number + 1})
    assert (health().tone, str(health())) == ("good", "All 2 orders of today are in Magento.")
    assert "All 2 orders of today are in Magento." in viewer.get("/orders").get_data(as_text=True)
    assert "All 2 orders" in viewer.get("/orders/health").get_data(as_text=True)


def test_what_waits_and_what_needs_somebody_is_said(session: Session) -> None:
    shop = factories.make_shop(time_zone="UTC")
    since = clock.now() - timedelta(minutes=7)
    factories.make_order(shop, create_time=now_seconds(), row={"sync_state": "pending", "failing_since": since})
    factories.make_failed_order(shop, create_time=now_seconds())
    assert str(health()) == "0 of 2 orders of today are in Magento. Oldest waiting: 7 min. 1 order needs you."
    assert health().tone == "bad"


def test_webhooks_that_nobody_comes_to_are_said(session: Session) -> None:
    came = clock.now() - timedelta(minutes=7)
    session.add(InboxEvent(dedupe_key="k", type=1, body=b"{}", received_at=came))
    session.commit()
    assert "Nobody has looked at what TikTok Shop told 7 min ago." in str(health())
    assert health().tone == "todo"


def test_what_the_last_reconciliation_left_to_people_is_said(session: Session, client: FlaskClient) -> None:
    now = clock.now()
    shop, gone = factories.make_shop(time_zone="UTC"), factories.make_shop(state="disconnected")
    for of, state, repaired in (
        (shop, "done", (False, False)),
        (gone, "done", (False,)),
        (shop, "done", (False, True)),
        (shop, "failed", (False, False, False)),
    ):
        run = Reconciliation(shop_id=of.id, since=now, until=now, state=state, started_at=now)
        session.add(run)
        session.flush()
        session.add_all(
            Difference(reconciliation_id=run.id, tiktok_order_id="42", kind="total", sentence="S", is_repaired=one)
            for one in repaired
        )
    session.commit()
    assert "Reconciliation left 1 difference to you." in str(health())
    assert health().tone == "todo"
    told = client.get("/metrics").get_data(as_text=True)
    assert f'connector_unrepaired_differences{{connection="{shop.id}"}} 1.0' in told
    assert f'connector_unrepaired_differences{{connection="{gone.id}"}}' not in told


def test_an_order_of_yesterday_of_which_something_was_just_observed_is_not_late(session: Session) -> None:
    now = clock.now()
    pending = {"sync_state": "pending", "magento_order_id": 1, "status_changed_at": now - timedelta(hours=20)}
    order = factories.make_order(factories.make_shop(time_zone="UTC"), row={**pending, "due_at": now})
    assert health().tone == "good"
    order.due_at = now - timedelta(minutes=7)  # nobody worked on it
    order.updated_at = clock.now()
    session.commit()
    assert "Oldest waiting: 7 min." in str(health())
    assert health().tone == "todo"


def test_unpaid_cancelled_ignored_and_yesterdays_orders_are_not_counted(app: Flask) -> None:
    shop = factories.make_shop(time_zone="UTC")
    factories.make_order(shop, create_time=now_seconds(), status="UNPAID")
    factories.make_order(shop, create_time=now_seconds(), status="CANCELLED")
    factories.make_order(shop, create_time=now_seconds(), row={"sync_state": "ignored"})
    factories.make_order(shop, create_time=now_seconds() - 2 * 86400, row={"magento_order_id": 5})
    assert str(health()) == "No order of today belongs in Magento yet."


def test_a_store_that_does_not_answer_is_named(session: Session) -> None:
    factories.make_shop()
    store = factories.make_store(
        name="Main Store", last_ok_at=clock.now() - timedelta(minutes=1), last_error_at=clock.now()
    )
    assert "The store Main Store does not answer; orders wait for it and are not lost." in str(health())
    store.last_ok_at = clock.now() + timedelta(seconds=1)
    session.commit()
    assert "Main Store" not in str(health())


def test_orders_that_nobody_looks_for_are_not_said_to_be_all_right(session: Session) -> None:
    shop = factories.make_shop(time_zone="UTC", last_poll_at=clock.now() - timedelta(minutes=1))
    factories.make_order(shop, create_time=now_seconds(), row={"magento_order_id": 1})
    assert health().tone == "good"
    shop.last_poll_at = clock.now() - timedelta(minutes=7)
    session.commit()
    assert "Nobody has looked for new orders for 7 min." in str(health())
    assert health().tone == "todo"
    shop.last_error_at = clock.now()
    session.commit()
    assert "Nobody has looked for" not in str(health()), "that the shop does not answer says why"


def test_one_shop_that_is_not_connected_hides_nothing_of_the_others(session: Session) -> None:
    factories.make_shop(time_zone="UTC", last_poll_at=clock.now() - timedelta(hours=5))
    lost = factories.make_shop(name="Lost", time_zone="UTC", state="deauthorized", last_poll_at=clock.now())
    factories.make_store(name="Main Store", last_error_at=clock.now())
    for sentence in ("The shop Lost is not", "Main Store does not answer", "Nobody has looked for new orders for 5 h."):
        assert sentence in str(health())
    lost.state = "disconnected"
    session.commit()
    assert "Lost" not in str(health())


def test_a_shop_that_was_disconnected_on_purpose_is_nobodys_concern(session: Session) -> None:
    long_ago = clock.now() - timedelta(days=9)
    shop = factories.make_shop(time_zone="UTC", state="disconnected", last_poll_at=long_ago, last_error_at=clock.now())
    assert (health().tone, str(health())) == ("good", "No order of today belongs in Magento yet.")
    shop.state = "deauthorized"
    session.commit()
    assert health().tone == "bad"


def test_that_returns_cannot_be_read_is_said(session: Session) -> None:
    shop = factories.make_shop(name="East", last_poll_at=clock.now(), aftersales_error="TikTok Shop says no.")
    assert "Cancellations and returns of East cannot be read. The Connections page says why." in str(health())
    assert health().tone == "bad"
    shop.last_error_at = clock.now()
    session.commit()
    assert "East cannot be read" not in str(health()), "that the shop does not answer says why"


def test_a_shop_whose_orders_nobody_has_looked_for_since_it_was_connected_is_said(session: Session) -> None:
    now = clock.now()
    shop = factories.make_shop(time_zone="UTC", created_at=now - timedelta(minutes=1))
    assert health().tone == "good"
    shop.created_at = now - timedelta(hours=2)
    session.commit()
    assert "Check that the scheduler and a worker run." in str(health())
    assert health().tone == "todo"
    shop.last_poll_at, shop.authorized_at = now - timedelta(days=9), now  # connected again just now
    session.commit()
    assert health().tone == "good"
