"""The first orders of the demo, in the whole product: all go through, the last one after its SKU was mapped with two clicks."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.first_orders import FIRST_ORDERS
from sandbox.stack import UK_SHOP_ID, Stack, wait_for

EMAIL, PASSWORD = "staff@example.com", "a-good-password-for-the-test"
#: Both tests in one process, so that they share the product's processes.
pytestmark = pytest.mark.xdist_group("skus")
MANY = "Several products or options…"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"), workers=1, web_workers=1, uk_shop=True)
    try:
        stack.start()
        stack.flask("users", "create", EMAIL, "--password", PASSWORD, "--role", "staff")
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def page(chromium: Browser, stack: Stack) -> Iterator[Page]:
    context = chromium.new_context(base_url=stack.url("web"), viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15000)
    page = context.new_page()
    page.goto("/login?next=/orders")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/orders")
    yield page
    context.close()


def by_id(stack: Stack, tiktok_order_id: str) -> dict[str, Any]:
    return next(order for order in stack.orders() if order["tiktok_order_id"] == tiktok_order_id)


def in_magento(stack: Stack, tiktok_order_id: str) -> dict[str, Any]:
    [order] = [one for one in stack.books("magento")["orders"] if one.get("ext_order_id") == tiktok_order_id]
    return dict(order)


def test_the_demos_first_orders_and_an_unknown_sku_mapped_with_two_clicks(stack: Stack, page: Page) -> None:
    placed = [stack.post("tiktok", "orders", {"status": "AWAITING_SHIPMENT", **o.options}) for o in FIRST_ORDERS]
    us, uk, discounted, bundle, unknown = (order["id"] for order in placed)

    def settled() -> bool:
        states = {order["tiktok_order_id"]: order["sync_state"] for order in stack.orders()}
        expected = {us: "synced", uk: "synced", discounted: "synced", bundle: "synced", unknown: "error"}
        return {each: states.get(each) for each in expected} == expected

    wait_for("four orders in Magento, and one that waits", settled, within=90, every=1)

    # -- two clicks, from the order's error to the mapping ---------------------------------------------------------------
    page.goto(f"/orders/{unknown}")
    page.get_by_role("link", name="Map the SKU").first.click()
    page.wait_for_url("**/skus?sku=MUG-02")
    expect(page.get_by_role("heading", name="MUG-02")).to_be_visible()
    page.get_by_role("button", name="Stoneware Mug, 350 ml").click()

    expect(page.get_by_text("1 order that waited goes on now")).to_be_visible()
    wait_for("the order that waited", lambda: by_id(stack, unknown)["sync_state"] == "synced", within=60, every=1)

    # -- what is in Magento ----------------------------------------------------------------------------------------------
    for order in placed:
        assert Decimal(str(in_magento(stack, order["id"])["grand_total"])) == Decimal(order["total_amount"])
    assert in_magento(stack, us)["tax_amount"] > 0
    assert in_magento(stack, uk)["order_currency_code"] == "GBP"
    assert in_magento(stack, uk)["tax_amount"] > 0  # included in the price, and shown
    assert in_magento(stack, discounted)["discount_amount"] < 0
    assert {item["sku"] for item in in_magento(stack, bundle)["items"]} == {"TEE-RED-M", "MUG-01"}
    assert {item["sku"] for item in in_magento(stack, unknown)["items"]} == {"MUG-01", "SOCK-3P"}
    assert [order for order in placed if order["shop_id"] == UK_SHOP_ID] == [placed[1]]
    books = stack.books("magento")
    assert (books["arithmetic"], books["inconsistencies"]) == ([], [])


def test_the_search_as_one_types_and_a_bundle_of_two_products(stack: Stack, page: Page) -> None:
    order = stack.post(
        "tiktok", "orders", {"status": "AWAITING_SHIPMENT", "lines": [{"seller_sku": "GIFT-77", "quantity": 1}]}
    )
    wait_for("the order in Error", lambda: by_id(stack, order["id"])["sync_state"] == "error", within=60, every=1)
    wait_for(
        "the catalogue",
        lambda: "Magento products, read" in (page.goto("/skus?sku=GIFT-77") and page.content()),
        within=60,
        every=1,
    )
    page.get_by_role("searchbox", name="Search the Magento catalogue for GIFT-77").press_sequentially("notebook")
    expect(page.get_by_role("button", name="Dotted Notebook, A5")).to_be_visible()
    page.get_by_role("link", name=MANY).click()
    page.get_by_label("Search the Magento catalogue").fill("gel pen")
    page.get_by_label("Search the Magento catalogue").press("Enter")
    page.get_by_role("button", name="Gel Pen, Black").click()
    page.get_by_label("Search the Magento catalogue").fill("notebook")
    page.get_by_label("Search the Magento catalogue").press("Enter")
    page.get_by_role("button", name="Dotted Notebook, A5").click()
    page.get_by_label("Pieces").first.fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 order that waited goes on now")).to_be_visible()
    wait_for("the order", lambda: by_id(stack, order["id"])["sync_state"] == "synced", within=60, every=1)
    items = {item["sku"]: item["qty_ordered"] for item in in_magento(stack, order["id"])["items"]}
    assert items == {"PEN-GEL": 3, "NOTE-A5": 1}
