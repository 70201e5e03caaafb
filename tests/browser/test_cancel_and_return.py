"""Cancelling, buyers who ask to cancel, and returns as a merchant meets them, in a real browser; both sandboxes are behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import Worker
from tests.sync.aftersales import Desk
from tests.sync.conftest import Work

pytestmark = pytest.mark.browser

Open = Callable[[str], Page]
#: For what a worker and both sandboxes do in between.
PATIENCE = 20_000


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected


@pytest.fixture
def desk(work: Work) -> Desk:
    return Desk(work)


def test_an_order_is_cancelled_once_and_one_that_cannot_be_says_why(opened: Open, desk: Desk, worker: Worker) -> None:
    with worker.rests():
        order_id, shipped = desk.placed(), desk.placed()
        desk.ship(shipped)
        desk.settle(shipped)
    page = opened(f"/orders/{order_id}")

    # The reasons that TikTok takes for this order now, in words.
    page.get_by_role("button", name="Cancel on TikTok Shop…").click()
    dialog = page.locator("#cancel")
    expect(dialog.get_by_label("Out of stock")).to_be_visible(timeout=PATIENCE)
    expect(dialog.locator('input[name="reason"]')).to_have_count(4)
    for words in ("Pricing error", "Unable to deliver to the buyer's address", "Buyer requested cancellation"):
        expect(dialog.get_by_label(words)).to_be_visible()
    window = page.context.new_page()
    window.goto(page.url)

    # Pressed twice, and in a second window: once. Until TikTok confirms it is being cancelled.
    with worker.rests():
        for one in (page, window):
            one.get_by_label("Out of stock").check()
            one.get_by_label("The whole order").check()
        page.get_by_role("button", name="Cancel on TikTok Shop").dblclick()
        expect(page.locator("#cancelling")).to_contain_text(
            re.compile("Cancelling the order .*: Out of stock. Asked by")
        )
        window.get_by_role("button", name="Cancel on TikTok Shop").click()
        expect(window.locator("#cancelling")).to_be_visible()
        expect(page.get_by_role("button", name="Cancel on TikTok Shop…")).to_have_count(0)
        window.goto("/orders")
        row = window.locator(f"#o-{desk.work.row(order_id).id}")
        expect(row.locator(".c-status")).to_contain_text("Cancelling")

    # Then cancelled, with the reason on hover, here without loading the page again; Magento has followed.
    expect(row.locator(".status-button")).to_have_text("Cancelled", timeout=PATIENCE)
    expect(row.locator(".c-status")).not_to_contain_text("Cancelling")
    row.locator(".status-button").hover()
    expect(row.locator(".why")).to_be_visible()
    expect(row.locator(".why")).to_contain_text("Out of stock")
    expect(row.locator(".why")).to_contain_text("Asked by the seller")
    expect(page.locator(".sides")).to_contain_text("Closed", timeout=PATIENCE)
    expect(page.locator(".timeline")).to_contain_text(re.compile(r"Cancelled on TikTok Shop: Out of stock\.\s+staff-"))
    [cancellation] = desk.tiktok_book(order_id)["cancellations"]
    assert cancellation["role"] == "SELLER"
    [ask] = desk.asks(order_id)
    assert ask.state == "confirmed"

    # What was shipped says why it cannot be cancelled, and offers nothing to press.
    page.goto(f"/orders/{shipped}")
    page.get_by_role("button", name="Cancel on TikTok Shop…").click()
    expect(dialog).to_contain_text("It cannot be cancelled now: The order is AWAITING_COLLECTION", timeout=PATIENCE)
    expect(dialog.get_by_role("button")).to_have_count(0)
    dialog.get_by_role("link", name="Back to the order").click()
    page.wait_for_url(f"**/orders/{shipped}")
    assert desk.asks(shipped) == []


def test_buyers_who_ask_to_cancel_are_found_and_answered(opened: Open, desk: Desk, worker: Worker) -> None:
    with worker.rests():
        one, two, other = (desk.placed() for _ in range(3))
    page = opened("/orders")
    for order_id in (one, two):
        desk.act(order_id, "request_cancellation")
        desk.hear(order_id)

    # They come into the open list with a badge; a tab of their own has them, and no others.
    badge = page.locator("#rows .c-status", has_text="Buyer asks to cancel")
    expect(badge).to_have_count(2, timeout=PATIENCE)
    page.locator("#tab-buyer-asks").click()
    expect(page.locator("#rows > tr")).to_have_count(2)
    expect(page.locator("#rows")).not_to_contain_text(other)

    # The time that is left goes down while the page is open.
    window = opened("/orders?tab=buyer-asks")  # of a context of its own: a clock counts for all pages of one
    left = window.locator("#rows .c-status time[data-until]").first
    expect(left).to_have_text("in 1 d")
    # Only what o'clock it is changes: with timers set forward, questions under way would be given up.
    window.clock.set_fixed_time(datetime.now(UTC) + timedelta(hours=13))
    expect(left).to_have_text("in 34 h", timeout=PATIENCE)
    window.clock.set_fixed_time(datetime.now(UTC) + timedelta(hours=48))
    expect(left).to_have_text(re.compile("late"), timeout=PATIENCE)
    window.close()

    # One is approved: cancelled on both sides.
    page.locator("#rows .order-link", has_text=one[-4:]).click()
    asks = page.locator("#buyer-asks")
    expect(asks).to_contain_text("No longer needed")
    expect(asks).to_contain_text("then TikTok Shop decides")
    asks.get_by_role("button", name="Approve: cancel the order").click()
    expect(page.locator(".sides")).to_contain_text("Cancelled", timeout=PATIENCE)
    expect(asks).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("The buyer's request to cancel was approved.")
    expect(page.locator(".sides")).to_contain_text("Closed", timeout=PATIENCE)

    # The other is rejected with one of TikTok's reasons: it goes on.
    page.goto(f"/orders/{two}")
    asks.get_by_text("Reject…").click()
    asks.get_by_label("Package has already been shipped").check()
    asks.get_by_label("Words to the buyer").fill("It left this morning.")
    asks.get_by_role("button", name="Reject: the order goes on").click()
    expect(asks).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".sides")).to_contain_text("Awaiting shipment")
    expect(page.locator(".timeline")).to_contain_text("The buyer's request to cancel was rejected.")
    assert (desk.tiktok(one), desk.tiktok(two)) == ("CANCELLED", "AWAITING_SHIPMENT")
    shop = desk.work.tiktok.state.shop(None)
    [kept] = [found for found in shop.cancellations.values() if found.order_id == two]
    assert kept.reject_reason == "seller_reject_apply_package_already_shipped"
    assert desk.magento(two)["creditmemos"] == []  # type: ignore[index]
    page.goto("/orders")
    expect(page.locator("#tab-buyer-asks")).to_have_count(0)


def test_a_return_is_shown_on_its_order_and_approved(opened: Open, desk: Desk, worker: Worker) -> None:
    with worker.rests():
        order_id, other = desk.placed(), desk.placed()
        desk.ship(order_id, until="deliver")
        desk.settle(order_id)
    page = opened("/orders")
    [mug] = desk.line_ids(order_id, "MUG-01")
    desk.act(order_id, "request_return", unit_ids=[mug])
    desk.hear(order_id)

    # A badge, and a tab with this order alone.
    expect(page.locator("#rows .c-status", has_text="Return requested")).to_have_count(1, timeout=PATIENCE)
    page.locator("#tab-return-requested").click()
    expect(page.locator("#rows > tr")).to_have_count(1)
    expect(page.locator("#rows")).not_to_contain_text(other)

    # Type, reason, item, amount and the time that is left, on its order.
    page.locator("#rows .order-link").click()
    card = page.locator("#returns")
    one = desk.returned(order_id)
    for words in ("Return and refund", "Pending", one.reason_text, "the buyer", "MUG-01", str(one.refund_total)):
        expect(card).to_contain_text(words)
    expect(card).not_to_contain_text("HAT-07")
    expect(card.locator("time[data-until]")).to_have_text("in 1 d")
    expect(card).to_contain_text("then TikTok Shop decides")

    # A part of the money is offered, with a sum that TikTok takes; the buyer does not take it.
    card.get_by_role("button", name="Answer…").click()
    page.get_by_label("Offer a part of the money").check(timeout=PATIENCE)
    page.get_by_label("For an offer: how much").fill("0,10")
    page.get_by_role("button", name="Tell TikTok Shop").click()
    expect(page.locator("main")).to_contain_text("TikTok Shop takes an offer from 0.50 to")
    page.get_by_label("Offer a part of the money").check()
    page.get_by_label("For an offer: how much").fill("2,50")
    page.get_by_role("button", name="Tell TikTok Shop").click()
    expect(card).to_contain_text("The buyer is to answer", timeout=PATIENCE)
    expect(card).to_contain_text("2.50")
    desk.act(order_id, "decline_offer")
    desk.hear(order_id)
    expect(card).to_contain_text("The buyer did not take it", timeout=PATIENCE)

    # Approved with what TikTok lets be decided; sent back and accepted, Magento credits the one mug.
    card.get_by_role("button", name="Answer…").click()
    page.get_by_label("Accept the return").check(timeout=PATIENCE)
    page.get_by_role("button", name="Tell TikTok Shop").click()
    expect(card).to_contain_text(re.compile("Awaiting buyer ship", re.IGNORECASE), timeout=PATIENCE)
    desk.act(order_id, "buyer_ships")
    desk.hear(order_id)
    expect(card).to_contain_text(
        re.compile("Comes back by.*USPS RT.*Sent with.*a shipping label", re.S), timeout=PATIENCE
    )
    card.get_by_role("button", name="Answer…").click(timeout=PATIENCE)
    page.get_by_label("The parcel is right: refund the buyer").check(timeout=PATIENCE)
    page.get_by_role("button", name="Tell TikTok Shop").click()
    expect(card).to_contain_text("Credited in Magento", timeout=PATIENCE)
    with worker.rests():
        desk.assert_refunded_once(order_id)
        desk.assert_books_are_right()
    page.goto("/orders")
    expect(page.locator("#tab-return-requested")).to_have_count(0)
