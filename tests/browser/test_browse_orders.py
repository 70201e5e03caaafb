"""The order list as a merchant uses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from connector import clock
from connector.domain.rules import Actions, Conditions
from connector.extensions import db
from connector.sync import rules
from tests import factories

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def row_of(page: Page, tiktok_order_id: str):  # type: ignore[no-untyped-def]
    return page.locator("#rows > tr", has=page.get_by_text(tiktok_order_id, exact=True))


def test_a_new_order_appears_by_itself_and_the_counters_follow(open_panel: Open) -> None:
    shop = factories.make_shop()
    factories.make_order(shop)
    page = open_panel("/orders")
    page.mouse.move(5, 5)
    expect(page.locator("#rows > tr")).to_have_count(1)
    new = factories.make_order(shop, status="UNPAID")
    expect(page.locator("#rows > tr")).to_have_count(2, timeout=7000)
    expect(page.locator("#rows > tr").first).to_contain_text(new.tiktok_order_id)
    expect(page.locator("#tab-all .count")).to_have_text("2")
    expect(page.locator("#tab-unpaid .count")).to_have_text("1")


def test_the_first_order_of_all_replaces_the_empty_page(open_panel: Open) -> None:
    shop = factories.make_shop()
    page = open_panel("/orders")
    expect(page.get_by_text("No orders yet")).to_be_visible()
    factories.make_order(shop)
    expect(page.locator("#rows > tr")).to_have_count(1, timeout=7000)


def test_what_one_is_looking_at_does_not_move_but_changes_in_place(open_panel: Open) -> None:
    shop, now = factories.make_shop(), clock.now()
    orders = [factories.make_order(shop, create_time=now - timedelta(minutes=n + 1)) for n in range(40)]
    page = open_panel("/orders")
    seen = orders[25]
    row = row_of(page, seen.tiktok_order_id)
    row.scroll_into_view_if_needed()
    page.mouse.wheel(0, 120)
    page.wait_for_function("scrollY > 80")
    before = row.bounding_box()
    factories.make_order(shop, create_time=now)
    seen.status, seen.updated_at = "IN_TRANSIT", clock.now()
    db.session.commit()
    expect(row.locator(".c-status")).to_contain_text("In transit", timeout=7000)
    assert row.bounding_box() == before
    expect(page.locator("#fresh")).to_have_text("1 new order")
    steps = page.evaluate("history.length")
    page.locator("#fresh").click()
    expect(page.locator("#rows > tr")).to_have_count(41)
    expect(page.locator("#fresh")).to_be_hidden()
    assert page.evaluate("history.length") == steps


def test_a_selection_survives_what_changes_around_it(open_panel: Open) -> None:
    shop = factories.make_shop()
    order, other = factories.make_order(shop), factories.make_order(shop)
    page = open_panel("/orders")
    page.get_by_label(f"Select order {order.tiktok_order_id}").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    order.status, order.updated_at = "IN_TRANSIT", clock.now()
    db.session.commit()
    expect(row_of(page, order.tiktok_order_id)).to_contain_text("In transit", timeout=7000)
    expect(page.get_by_label(f"Select order {order.tiktok_order_id}")).to_be_checked()
    expect(page.get_by_label(f"Select order {other.tiktok_order_id}")).not_to_be_checked()


def test_tabs_are_addresses_and_the_back_button_works(open_panel: Open) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, status="IN_TRANSIT")
    factories.make_order(shop, status="CANCELLED")
    page = open_panel("/orders")
    page.locator("#tab-in-transit").click()
    expect(page).to_have_url(re.compile(r"/orders\?tab=in-transit$"))
    expect(page.locator("#rows > tr")).to_have_count(1)
    expect(page).to_have_title(re.compile("^In transit"))
    page.locator("#tab-cancelled").click()
    expect(page).to_have_url(re.compile("tab=cancelled"))
    page.go_back()
    expect(page.locator("#tab-in-transit")).to_have_attribute("aria-current", "page")
    expect(page.locator("#rows > tr")).to_contain_text("In transit")
    page.go_back()
    expect(page.locator("#rows > tr")).to_have_count(2)
    page.go_forward()
    expect(page.locator("#rows > tr")).to_have_count(1)


def test_an_answer_for_the_tab_that_was_left_is_thrown_away(open_panel: Open) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, status="CANCELLED")
    page = open_panel("/orders")
    page.mouse.move(5, 5)
    with page.expect_request("**/orders/live**"):
        factories.make_order(shop, status="CANCELLED")
    page.locator("#tab-delivered").click()
    expect(page.get_by_text("Nothing here now")).to_be_visible()
    with page.expect_response("**/orders/live**"):
        pass  # one more poll
    expect(page.get_by_text("Nothing here now")).to_be_visible()


def test_the_list_is_searched_as_one_types_and_the_cursor_stays(open_panel: Open) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, line_items=[factories.make_line(product_name="Wool Beanie")])
    factories.make_order(shop)
    page = open_panel("/orders")
    page.keyboard.press("/")
    page.keyboard.type("bean", delay=40)
    expect(page.locator("#rows > tr")).to_have_count(1)
    page.keyboard.type("ie")
    expect(page).to_have_url(re.compile(r"\?q=beanie$"))
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("beanie")
    page.get_by_label("Search beanie: remove").click()
    expect(page.locator("#rows > tr")).to_have_count(2)


def test_filters_are_set_in_the_form_and_removed_by_their_chips(open_panel: Open) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, status="IN_TRANSIT")
    factories.make_order(shop, status="CANCELLED")
    page = open_panel("/orders")
    page.get_by_text("More filter").click()
    page.get_by_label("TikTok status").select_option("IN_TRANSIT")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/orders\?status=IN_TRANSIT$"))
    expect(page.locator("#rows > tr")).to_have_count(1)
    expect(page.locator("#filter-menu")).not_to_have_attribute("open", "")
    page.get_by_label("Status In transit: remove").click()
    expect(page.locator("#rows > tr")).to_have_count(2)


def test_the_reason_behind_a_status_shows_on_hover_and_on_focus(open_panel: Open) -> None:
    factories.make_order(status="CANCELLED", cancel_reason="Ordered by mistake", cancellation_initiator="BUYER")
    page = open_panel("/orders")
    tip = page.get_by_text("Asked by the buyer")
    expect(tip).to_be_hidden()
    page.locator(".status-button").hover()
    expect(tip).to_be_visible()
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    page.locator(".order-link").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator(".status-button")).to_be_focused()
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_the_red_error_opens_what_went_wrong_and_its_button_tries_again(open_panel: Open) -> None:
    order = factories.make_failed_order()
    page = open_panel("/orders?tab=error")
    page.locator(".error-button").click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_text("Magento has no product with SKU MUG-02.")).to_be_visible()
    drawer.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Trying again.")).to_be_visible()
    expect(drawer).to_be_hidden()
    expect(page.get_by_text("Nothing went wrong")).to_be_visible(timeout=9000)
    factories.reload(order)
    assert order.sync_state == "pending"


def test_what_is_refused_in_the_drawer_is_seen_above_it(open_panel: Open) -> None:
    order = factories.make_failed_order()
    page = open_panel("/orders?tab=error")
    page.locator(".error-button").click()
    drawer = page.locator("#drawer")
    button = drawer.get_by_role("button", name="Create without reserving stock")
    expect(button).to_be_visible()
    order.magento_order_id = 5
    db.session.commit()
    button.click()
    told = page.get_by_text("The Magento order is there already, or on its way.")
    expect(told).to_be_visible()
    what_is_there = """line => {
        const { x, y, width, height } = line.getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2) === line;
    }"""
    assert told.evaluate(what_is_there)
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(told).to_be_visible()
    assert told.evaluate(what_is_there)


def test_a_whole_cause_is_tried_again_with_one_button(open_panel: Open) -> None:
    shop = factories.make_shop()
    for _ in range(3):
        factories.make_failed_order(shop)
    page = open_panel("/orders?tab=error")
    page.get_by_role("button", name="Try all again").click()
    expect(page.locator("#toasts")).to_contain_text("Trying 3 orders again.")
    factories.work_on_all()
    expect(page.locator("#tab-error .count")).to_have_text("0", timeout=9000)


def test_the_keyboard_goes_through_the_list(open_panel: Open) -> None:
    shop, now = factories.make_shop(), clock.now()
    orders = [factories.make_order(shop, create_time=now - timedelta(minutes=n)) for n in range(3)]
    page = open_panel("/orders")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row_of(page, orders[1].tiktok_order_id)).to_have_class(re.compile("is-here"))
    page.keyboard.press("x")
    expect(page.get_by_label(f"Select order {orders[1].tiktok_order_id}")).to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_label(f"Select order {orders[1].tiktok_order_id}")).not_to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{orders[0].tiktok_order_id}")
    page.keyboard.press("j")
    page.wait_for_url(f"**/orders/{orders[1].tiktok_order_id}")


def test_several_orders_are_selected_and_tried_again(open_panel: Open) -> None:
    shop = factories.make_shop()
    for _ in range(3):
        factories.make_failed_order(shop)
    page = open_panel("/orders")
    boxes = page.locator("#rows input[name=id]")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("button", name="Sync again").click()
    expect(page.locator("#toasts")).to_contain_text("Trying 3 orders again.")
    expect(page.locator("#bulk-runs")).to_contain_text("3 left")
    factories.work_on_all()
    expect(page.locator("#bulk-runs")).to_contain_text("3 done")


def test_all_that_match_are_selected_and_the_run_is_watched_to_its_end(open_panel: Open) -> None:
    shop = factories.make_shop()
    for _ in range(52):
        factories.make_failed_order(shop)
    page = open_panel("/orders?tab=error")
    page.get_by_label("Select all orders on this page").check()
    expect(page.get_by_text("50 selected")).to_be_visible()
    page.get_by_role("button", name="Select all 52 that match").click()
    expect(page.get_by_role("heading", name="52 orders selected")).to_be_visible()
    page.get_by_role("button", name="Sync again").click()
    expect(page.locator("#bulk-run")).to_contain_text("52 left")
    page.goto("/orders")  # leaving does not end it
    expect(page.locator("#bulk-runs")).to_contain_text("52 left")
    factories.work_on_all()
    expect(page.locator("#bulk-runs")).to_contain_text("52 done")
    page.get_by_role("link", name="Result").click()
    expect(page.get_by_text("Nothing failed.")).to_be_visible()


def test_a_fetch_shows_how_far_it_has_come(open_panel: Open) -> None:
    from connector.models import FetchRun

    shop = factories.make_shop()
    page = open_panel("/orders")
    page.locator("#fetch-button").click()
    expect(page.locator(".fetch-run")).to_contain_text("Waiting for a worker")
    run = db.session.query(FetchRun).one()
    run.pages, run.seen, run.new = 2, 150, 7
    db.session.commit()
    expect(page.locator(".fetch-run")).to_contain_text("150 read", timeout=4000)
    page.goto("/orders?tab=error")
    page.goto("/orders")
    expect(page.locator(".fetch-run")).to_contain_text(shop.name)
    run.state, run.finished_at = "done", clock.now()
    db.session.commit()
    expect(page.locator(".fetch-run")).to_contain_text("Done.", timeout=4000)
    expect(page.locator(".fetch-run")).to_contain_text("7 new")


def test_everything_is_there_without_script(open_panel: Open) -> None:
    shop = factories.make_shop()
    order = factories.make_failed_order(shop)
    factories.make_order(shop, status="CANCELLED")
    page = open_panel("/orders", java_script_enabled=False)
    page.locator("#tab-error").click()
    expect(page.locator("#rows > tr")).to_have_count(1)
    page.locator("#q").fill("no such order")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No order matches")).to_be_visible()
    page.goto("/orders?tab=error")
    page.locator(".error-button").click()
    expect(page.get_by_role("heading", name="Magento has no product with SKU MUG-02.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Trying again.")).to_be_visible()
    factories.reload(order)
    assert order.sync_state == "pending"


def test_an_ended_session_leads_to_the_log_in_and_back(open_panel: Open) -> None:
    factories.make_order()
    page = open_panel("/orders?tab=delivered")
    page.context.clear_cookies()
    page.wait_for_url(re.compile(r"/login\?next="), timeout=8000)
    assert "tab%3Ddelivered" in page.url


def test_light_and_dark_are_remembered(open_panel: Open) -> None:
    page = open_panel("/orders", color_scheme="light")
    page.get_by_label("Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("width", [390, 768, 1280, 2560])
def test_no_page_is_wider_than_the_screen(open_panel: Open, width: int) -> None:
    shop = factories.make_shop()
    long_name = "A product with a very long name " * 6
    order = factories.make_failed_order(
        shop,
        line_items=[factories.make_line(product_name=long_name, seller_sku="SKU-" + "X" * 60)],
        recipient_address={"name": "Maximiliane von Hohenberg-Schwarzenstein", "region_code": "US"},
        row={"error_message": "https://" + "x" * 200},
    )
    page = open_panel("/orders", viewport={"width": width, "height": 900})
    for path in ("/orders", "/orders?tab=error", f"/orders/{order.tiktok_order_id}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_german_tables_of_sentences_fit_a_narrow_screen(open_panel: Open) -> None:
    factories.make_failed_order(row={"error_message": "Magento has no product with SKU MUG-02."})
    rules.save(None, "Dear ones", Conditions(total_from="20"), Actions(hold=True, tags=("large",)), "a@example.com")
    user = factories.make_user("admin")
    user.locale = "de"
    db.session.commit()
    page = open_panel("/account", user=user, viewport={"width": 390, "height": 844})
    for path in ("/activity/dead-ends", "/rules", "/users", "/help/reasons"):
        page.goto(path)
        assert page.locator(".stacks").count(), path
        widths = "boxes => boxes.map(box => box.scrollWidth - box.clientWidth)"
        assert max(page.locator(".table-box").evaluate_all(widths)) <= 0, path
