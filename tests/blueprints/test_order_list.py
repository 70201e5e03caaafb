"""The list of orders: tabs, counters, search, filters, pages, and what is new."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from connector import clock
from connector.blueprints.orders import filters, tabs
from connector.blueprints.orders.query import OrderQuery
from connector.extensions import db
from tests import factories
from tests.support.apps import Apps


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, apps: Apps) -> Iterator[Flask]:
    """The list on both databases: JSON paths, places in the list and the search differ between them."""
    with apps.one(request.param) as app:
        yield app


LIVE = {"HX-Request": "true"}
LIST = {"HX-Request": "true", "HX-Target": "section#list"}


def listed(text: str) -> list[str]:
    """The TikTok order ids of a list, as it shows them."""
    return re.findall(r'name="id" value="(\d+)"', text)


def counter(text: str, tab: str) -> int:
    found = re.search(rf'id="tab-{tab}".*?<span class="count">([\d,]+)</span>', text, re.S)
    assert found, tab
    return int(found[1].replace(",", ""))


def test_each_tab_lists_its_orders_and_counts_them(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    waiting = factories.make_order(shop, status="AWAITING_SHIPMENT")
    gone = factories.make_order(shop, status="CANCELLED")
    failed = factories.make_failed_order(shop, status="AWAITING_SHIPMENT")
    everything = staff.get("/orders").text
    assert set(listed(everything)) == {waiting.tiktok_order_id, gone.tiktok_order_id, failed.tiktok_order_id}
    counts = {tab: counter(everything, tab) for tab in ("all", "awaiting-shipment", "in-transit", "error", "cancelled")}
    assert counts == {"all": 3, "awaiting-shipment": 2, "in-transit": 0, "error": 1, "cancelled": 1}
    assert listed(staff.get("/orders?tab=cancelled").text) == [gone.tiktok_order_id]
    assert listed(staff.get("/orders?tab=error").text) == [failed.tiktok_order_id]


def test_rare_tabs_show_only_while_there_are_such_orders(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    assert 'id="tab-unpaid"' not in staff.get("/orders").text
    factories.make_order(shop, status="UNPAID")
    text = staff.get("/orders").text
    assert counter(text, "unpaid") == 1
    assert 'id="tab-on-hold"' not in text


def test_the_newest_order_comes_first(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    now = clock.now()
    middle = factories.make_order(shop, create_time=now - timedelta(hours=2))
    old = factories.make_order(shop, create_time=now - timedelta(hours=3))
    new = factories.make_order(shop, create_time=now - timedelta(hours=1))
    assert listed(staff.get("/orders").text) == [order.tiktok_order_id for order in (new, middle, old)]


def test_an_announced_order_that_nobody_has_read_is_listed_first(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    factories.make_order(shop)
    announced = factories.make_announced_order(shop)
    text = staff.get("/orders").text
    assert listed(text)[0] == announced.tiktok_order_id
    assert "Being read" in text


@pytest.mark.parametrize("per_page", [2, 3])
def test_pages_hold_every_order_once_and_go_back_the_same_way(
    staff: FlaskClient, monkeypatch: pytest.MonkeyPatch, per_page: int
) -> None:
    monkeypatch.setattr(
        "connector.blueprints.orders.pages.page.__kwdefaults__", {"older": None, "newer": None, "size": per_page}
    )
    shop = factories.make_shop()
    moment = clock.now()
    # Several have the same second: the row decides.
    orders = [factories.make_order(shop, create_time=moment - timedelta(minutes=n // 3)) for n in range(8)]
    forward, address = [], "/orders"
    while True:
        text = staff.get(address).text
        forward.append(listed(text))
        older = re.search(r'rel="next" href="([^"]+)"', text)
        if not older:
            break
        address = older[1].replace("&amp;", "&")
    shown = [order_id for page in forward for order_id in page]
    assert sorted(shown) == sorted(order.tiktok_order_id for order in orders)
    assert len(shown) == 8
    back = [listed(text)]
    while newer := re.search(r'rel="prev" href="([^"]+)"', text):
        text = staff.get(newer[1].replace("&amp;", "&")).text
        back.append(listed(text))
    assert back[::-1][0] == forward[0]
    assert [order_id for page in back[::-1] for order_id in page] == shown


def test_a_bookmarked_page_stays_the_same_when_new_orders_come(
    staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "connector.blueprints.orders.pages.page.__kwdefaults__", {"older": None, "newer": None, "size": 2}
    )
    shop = factories.make_shop()
    for hours in range(4):
        factories.make_order(shop, create_time=clock.now() - timedelta(hours=hours + 1))
    first = staff.get("/orders").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    address = older[1].replace("&amp;", "&")
    before = listed(staff.get(address).text)
    factories.make_order(shop, create_time=clock.now())
    assert listed(staff.get(address).text) == before


@pytest.mark.parametrize("left", [4, 3, 1, 0])
def test_a_page_whose_orders_are_gone_is_the_last_that_there_is(
    staff: FlaskClient, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    monkeypatch.setattr(
        "connector.blueprints.orders.pages.page.__kwdefaults__", {"older": None, "newer": None, "size": 2}
    )
    shop = factories.make_shop()
    orders = [factories.make_failed_order(shop, create_time=clock.now() - timedelta(hours=hours)) for hours in range(6)]
    address = "/orders?tab=error"
    for _ in range(2):
        older = re.search(r'rel="next" href="([^"]+)"', staff.get(address).text)
        assert older
        address = older[1].replace("&amp;", "&")
    assert listed(staff.get(address).text) == [order.tiktok_order_id for order in orders[4:]]
    for order in (orders[4:] + orders[:4])[: 6 - left]:
        order.sync_state = "pending"
    factories.make_order(shop, row={"sync_state": "synced"})
    db.session.commit()
    # The page that is open asks what is new, with its own place in the list.
    page = staff.get(address.replace("/orders?", "/orders/live?")).text
    stand = [order for order in orders if order.sync_state == "error"]
    assert listed(page) == [order.tiktok_order_id for order in stand[-2:]]
    assert ("Nothing went wrong" in page) == (left == 0)
    assert ('rel="prev"' in page, 'rel="next"' in page) == (left > 2, False)


@pytest.mark.parametrize("cursor", ["x", "1", "-", "99999999999999-1", "1-1-1", "٣-٤"])
def test_a_broken_cursor_shows_the_first_page(staff: FlaskClient, cursor: str) -> None:
    order = factories.make_order()
    assert listed(staff.get("/orders", query_string={"older": cursor}).text) == [order.tiktok_order_id]


@pytest.mark.parametrize(
    "search",
    [
        "0042",
        "100000042",
        "lovelace",
        "LOVELACE",
        "Zoe",
        "zoë",
        "beanie",
        "hat-07",
        "1Z999",
        "faure beanie",
        "  wool   beanie ",
        "zo",
        "w",
        "z",
        "5",
        "h",
        "w z",
        "zo wo",
    ],
)
def test_the_search_finds_an_order_by_any_of_its_numbers_and_names(staff: FlaskClient, search: str) -> None:
    from connector.sync import intake
    from connector.tiktok.orders import order_from_document

    shop = factories.make_shop()
    factories.make_order(shop, recipient_address={"name": "Somebody Else", "region_code": "US"}, id="999999999999")
    wanted = factories.make_order(
        shop,
        id="576200000000420042",
        recipient_address={"name": "Zoë Faure-Lovelace", "region_code": "GB"},
        line_items=[factories.make_line(product_name="Wool Beanie", seller_sku="HAT-07")],
        tracking_number="1Z999AA10123456784",
        row={"magento_increment_id": "100000042"},
    )
    assert wanted.document is not None
    wanted.search_text = intake.search_text(wanted, order_from_document(wanted.document))
    db.session.commit()
    assert listed(staff.get("/orders", query_string={"q": search}).text) == ["576200000000420042"]


@pytest.mark.parametrize("rare", [0, 2_000], ids=["walked along", "by the terms"])
@pytest.mark.parametrize("search", ["q", "9", "1 q"])
def test_nothing_begins_with_a_letter_or_digit(
    staff: FlaskClient, search: str, rare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.blueprints.orders.search.RARE", rare)
    factories.make_order(id="576200000000420942", recipient_address={"name": "Aqua 1q", "region_code": "US"})
    assert listed(staff.get("/orders", query_string={"q": search}).text) == []


@pytest.mark.parametrize("search", ["%", "_a", "100%", "\\"])
def test_the_search_takes_signs_literally(staff: FlaskClient, search: str) -> None:
    factories.make_order()
    text = staff.get("/orders", query_string={"q": search}).text
    assert listed(text) == []
    assert "No order matches" in text


def test_what_a_person_typed_is_shown_as_text(staff: FlaskClient) -> None:
    text = staff.get("/orders", query_string={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


FILTERS = [
    ("status=IN_TRANSIT", "moving"),
    ("status=IN_TRANSIT&status=CANCELLED", "moving gone"),
    ("country=gb", "moving"),
    ("carrier=UPS", "moving"),
    ("total_from=100", "dear"),
    ("total_to=17.49", "plain moving gone"),
    ("total_from=17.49&total_to=17.49", "plain moving gone"),
    ("ship_by=late", "dear"),
    ("ship_by=24h", "plain"),
    ("state=ignored", "gone"),
    ("fulfilment=FULFILLMENT_BY_TIKTOK", "gone"),
    ("look=1", "plain"),
    ("created=today", "plain dear moving"),
    ("created=yesterday", "gone"),
    ("created=7d", "plain dear moving gone"),
    ("created_from=2026-11-24", "plain dear moving"),
    ("created_to=2026-11-23", "gone"),
    ("created_from=2026-11-23&created_to=2026-11-23", "gone"),
    # Nonsense is left out, so that an old bookmark still opens.
    ("created=never&total_from=abc&created_from=2026-13-45&shop=x&ship_by=1y&state=odd", "plain dear moving gone"),
]


@pytest.mark.parametrize(("address", "expected"), FILTERS)
def test_filters_narrow_the_list(
    staff: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str, expected: str
) -> None:
    now = factories.at("2026-11-24 20:00")
    monkeypatch.setattr(clock, "now", lambda: now)
    shop = factories.make_shop(time_zone="America/Los_Angeles")
    noon = factories.at("2026-11-24 19:00")
    us = {"name": "A", "region_code": "US"}
    made = {
        "plain": factories.make_order(
            shop,
            create_time=noon,
            recipient_address=us,
            rts_sla_time=int(now.timestamp()) + 3600,
            row={"needs_look": True},
        ),
        "dear": factories.make_order(
            shop,
            create_time=noon,
            recipient_address=us,
            line_items=[factories.make_line(price="150.00")],
            rts_sla_time=int(now.timestamp()) - 60,
        ),
        "moving": factories.make_order(
            shop,
            create_time=noon,
            status="IN_TRANSIT",
            shipping_provider="UPS",
            recipient_address={"name": "B", "region_code": "GB"},
        ),
        # 07:30 UTC is still the 23rd in Los Angeles.
        "gone": factories.make_order(
            shop,
            create_time=factories.at("2026-11-24 07:30"),
            status="CANCELLED",
            recipient_address=us,
            fulfillment_type="FULFILLMENT_BY_TIKTOK",
            row={"sync_state": "ignored"},
        ),
    }
    names = {order.tiktok_order_id: name for name, order in made.items()}
    shown = listed(staff.get(f"/orders?{address}").text)
    assert {names[order_id] for order_id in shown} == set(expected.split())


def test_filters_show_as_chips_each_with_its_way_out(staff: FlaskClient) -> None:
    factories.make_order()
    text = staff.get("/orders?tab=in-transit&country=GB&created=7d&q=mug").text
    assert "Last 7 days" in text
    chip = re.search(r'<a class="chip" href="([^"]+)" aria-label="Country GB: remove"', text)
    assert chip
    assert chip[1].replace("&amp;", "&") == "/orders?tab=in-transit&q=mug&created=7d"


class FilterForm(HTMLParser):
    """What the form of the filters would send as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.select: str | None = None
        self.feed(page[(at := page.index('class="popup filters"')) : page.index("</form>", at)])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "select":
            self.select, self.first, self.chosen = values["name"], None, None
        elif tag == "option":
            self.first = self.first if self.first is not None else values["value"]
            self.chosen = values["value"] if "selected" in values else self.chosen
        elif tag == "input" and (values.get("type") != "checkbox" or "checked" in values):
            self.sent.append((values["name"], values.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.select:
            chosen = self.first if self.chosen is None else self.chosen
            self.sent.append((self.select, chosen or ""))


IN_FORCE = {
    "created": "90d",
    "created_from": "2026-11-01",
    "created_to": "2026-11-30",
    "paid_from": "2026-11-01",
    "paid_to": "2026-11-30",
    "status": "IN_TRANSIT,DELIVERED",
    "state": "error",
    "shop": "SHOP",
    "carrier": "UPS",
    "country": "GB",
    "fulfilment": "FULFILLED_BY_NOBODY",
    "total_from": "1.50",
    "total_to": "99",
    "ship_by": "12h",
    "ship_from": "2026-11-01",
    "ship_to": "2026-11-30",
    "auto_cancel": "36h",
    "cause": "unknown_sku~MUG",
    "waiting": "no_address",
    "mark": "sample",
    "tag": "fragile",
    "look": "1",
}


@pytest.mark.parametrize("name", [one.name for one in filters.FILTERS])
def test_the_form_of_the_filters_keeps_what_is_in_force(app: Flask, staff: FlaskClient, name: str) -> None:
    """Whatever is changed in it: it is sent whole, with what it has no choice of its own for."""
    value = str(factories.make_shop().id) if name == "shop" else IN_FORCE[name]
    page = staff.get("/orders", query_string={name: value, "tab": "error", "sort": "ship_by"}).text
    with app.test_request_context():
        sent = OrderQuery.from_args(MultiDict(FilterForm(page).sent)).args()
    assert sent == {"tab": "error", "sort": "ship_by", name: value}


def test_counters_of_all_orders_do_not_stand_beside_a_narrowed_list(staff: FlaskClient) -> None:
    """The tabs' links keep the search and the filters, which the counters do not know."""
    factories.make_order()
    assert '<span class="count">' in tabs_of(staff.get("/orders?tab=in-transit").text)
    for address in ("/orders?country=GB", "/orders?q=mug"):
        assert '<span class="count">' not in tabs_of(staff.get(address).text)


def tabs_of(page: str) -> str:
    return page[page.index('<nav id="tabs"') : page.index("</nav>", page.index('<nav id="tabs"'))]


def test_shops_in_several_zones_are_listed_in_the_zone_that_the_page_names(staff: FlaskClient) -> None:
    west = factories.make_shop(time_zone="America/Los_Angeles")
    factories.make_shop(time_zone="Asia/Tokyo")
    order = factories.make_order(west, create_time=factories.at("2026-01-02 05:00"))
    page = staff.get("/orders?created_from=2026-01-02&created_to=2026-01-02").text
    assert "Times in UTC" in page and listed(page) == [order.tiktok_order_id]
    assert 'title="Fri 2 Jan 2026, 05:00:00 UTC"' in page


def test_empty_fields_of_the_form_do_not_stay_in_the_address(staff: FlaskClient) -> None:
    answer = staff.get("/orders?q=&country=GB&total_from=&tab=error")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/orders?tab=error&country=GB"


def test_htmx_gets_the_list_alone_with_the_address_to_keep(staff: FlaskClient) -> None:
    factories.make_order()
    answer = staff.get("/orders?q=mug&country=", headers=LIST)
    assert "<html" not in answer.text
    assert "<title>All" in answer.text
    assert answer.headers["HX-Push-Url"] == "/orders?q=mug"
    typed = staff.get("/orders?q=mug", headers=LIST | {"HX-Source": "input#q"})
    assert typed.headers["HX-Replace-Url"] == "/orders?q=mug"
    # What catches up at the same address is no step on the way back.
    again = staff.get("/orders?q=mug", headers=LIST | {"HX-Current-URL": "http://localhost/orders?q=mug"})
    assert not {"HX-Push-Url", "HX-Replace-Url"} & set(again.headers.keys())
    restored = staff.get("/orders?q=mug", headers=LIST | {"HX-History-Restore-Request": "true"})
    assert "<html" in restored.text


def _live_address(text: str) -> str:
    found = re.search(r'id="live" hx-get="([^"]+)"', text)
    assert found
    return found[1].replace("&amp;", "&")


def test_the_live_part_answers_nothing_until_something_changes(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, status="AWAITING_SHIPMENT")
    address = _live_address(staff.get("/orders?tab=awaiting-shipment").text)
    assert staff.get(address, headers=LIVE).status_code == 204
    new = factories.make_order(shop, status="AWAITING_SHIPMENT")
    answer = staff.get(address, headers=LIVE)
    assert answer.status_code == 200
    assert new.tiktok_order_id in listed(answer.text)
    assert counter(answer.text, "awaiting-shipment") == 2
    assert staff.get(_live_address(answer.text), headers=LIVE).status_code == 204


def test_the_live_part_tells_of_a_line_in_a_timeline(staff: FlaskClient) -> None:
    order = factories.make_order()
    address = _live_address(staff.get("/orders").text)
    factories.make_line_of_timeline(order, "Invoiced.")
    assert staff.get(address, headers=LIVE).status_code == 200


def test_the_live_part_keeps_the_filters_of_the_page(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, status="CANCELLED")
    address = _live_address(staff.get("/orders?tab=in-transit&q=mug").text)
    factories.make_order(shop, status="CANCELLED")
    assert listed(staff.get(address, headers=LIVE).text) == []


def test_a_row_says_what_is_behind_its_status(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    factories.make_order(shop, status="CANCELLED", cancel_reason="Ordered by mistake", cancellation_initiator="BUYER")
    factories.make_order(shop, status="IN_TRANSIT", tracking_number="1Z999", shipping_provider="UPS")
    text = staff.get("/orders").text
    assert "Ordered by mistake" in text
    assert "Asked by the buyer" in text
    assert '<b>UPS</b><span class="mono">1Z999</span>' in text
    assert text.count("Changed ") == 2


def test_the_magento_number_opens_the_order_in_magentos_admin(staff: FlaskClient) -> None:
    store = factories.make_store(url="https://shop.example.com/")
    other = factories.make_store(url="https://b.example.com", admin_url="https://b.example.com/back_office/")
    made = {"magento_order_id": 77, "magento_increment_id": "100000077"}
    factories.make_order(factories.make_shop(store_id=store.id), row=made)
    factories.make_order(factories.make_shop(store_id=other.id), row=made)
    text = staff.get("/orders").text
    assert 'href="https://shop.example.com/admin/sales/order/view/order_id/77/"' in text
    assert 'href="https://b.example.com/back_office/sales/order/view/order_id/77/"' in text


def test_the_first_item_and_the_number_of_others_are_shown(staff: FlaskClient) -> None:
    lines = [
        factories.make_line(product_name="Wool Beanie", sku_image="https://img.example/1.jpg"),
        factories.make_line(product_name="Mug"),
        factories.make_line(product_name="Pen"),
    ]
    factories.make_order(line_items=lines)
    text = staff.get("/orders").text
    assert "Wool Beanie" in text
    assert '<span class="more">+2</span>' in text
    assert '<img src="https://img.example/1.jpg"' in text


def test_a_picture_that_is_not_https_is_not_shown(staff: FlaskClient) -> None:
    factories.make_order(line_items=[factories.make_line(sku_image="javascript:alert(1)")])
    assert "javascript:" not in staff.get("/orders").text


def test_amounts_are_shown_to_the_cent_with_their_currency(staff: FlaskClient) -> None:
    order = factories.make_order(line_items=[factories.make_line(price="1234.50")])
    assert order.total_amount == Decimal("1239.49")
    assert '1,239.49<span class="cur">USD</span>' in staff.get("/orders").text


def test_columns_and_row_height_are_remembered(staff: FlaskClient) -> None:
    factories.make_order()
    assert 'class="c-buyer"' in staff.get("/orders").text
    data = {"column": ["items", "tracking", "magento"], "rows": "compact"}
    answer = staff.post("/orders/columns?tab=error", data=data)
    assert answer.headers["Location"] == "/orders?tab=error"
    text = staff.get("/orders").text
    assert re.findall('<td class="c-([a-z_]+)"', text)[1:] == ["order", "items", "tracking", "magento", "status"]
    assert 'class="grid compact"' in text


def test_a_column_is_moved_with_a_button_and_what_is_usual_comes_back(staff: FlaskClient) -> None:
    factories.make_order()
    shown = ["order", "total", "status"]
    staff.post("/orders/columns", data={"column": shown, "move": "total:1"})
    text = staff.get("/orders").text
    assert re.findall('<td class="c-([a-z_]+)"', text)[1:] == ["order", "status", "total"]
    staff.post("/orders/columns", data={"column": shown, "usual": "1"})
    assert 'class="c-shop"' in staff.get("/orders").text


def test_columns_that_nobody_knows_are_left_out(staff: FlaskClient) -> None:
    factories.make_order()
    staff.post("/orders/columns", data={"column": ["evil", "buyer", "buyer"], "move": "evil:9"})
    assert re.findall('<td class="c-([a-z_]+)"', staff.get("/orders").text)[1:] == ["order", "buyer", "status"]


def test_an_empty_panel_tells_what_to_do_next(app: Flask, staff: FlaskClient) -> None:
    assert "Connect a shop to begin" in staff.get("/orders").text
    factories.make_shop()
    assert "No orders yet" in staff.get("/orders").text
    factories.make_order()
    assert "Nothing went wrong" in staff.get("/orders?tab=error").text


def test_the_list_reads_no_documents_and_no_secrets(app: Flask, staff: FlaskClient) -> None:
    from sqlalchemy import event

    for _ in range(3):
        factories.make_order()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    # The request's engine is the same: engines belong to the app.
    staff.get("/orders")
    joined = " ".join(statements)
    assert "FROM orders" in joined
    assert "orders.document AS" not in joined
    assert "access_token" not in joined
    assert len([s for s in statements if s.startswith("SELECT")]) <= 18


def test_a_whole_number_is_found_by_its_index(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    wanted = factories.make_order(shop, id="576200000000420042")
    # Its number stands in another order's text too: a replacement names what it replaces.
    factories.make_order(shop, line_items=[factories.make_line(product_name="For 576200000000420042")])
    assert listed(staff.get("/orders?q=576200000000420042").text) == [wanted.tiktok_order_id]
    assert len(listed(staff.get("/orders?q=57620000000042004").text)) == 2


def test_counters_that_are_behind_are_asked_for_again(
    app: Flask, staff: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = factories.make_shop()
    factories.make_order(shop)
    address = _live_address(staff.get("/orders").text)
    kept = app.extensions["order_counts"]
    monkeypatch.setattr(tabs, "COUNTED_AT_ONCE", 0)
    kept.took = 60.0  # as if counting took a minute: it is not done again at once
    factories.make_order(shop)
    behind = staff.get(address, headers=LIVE).text
    assert (len(listed(behind)), counter(behind, "all")) == (2, 1)
    kept.took = 0.0
    again = staff.get(_live_address(behind), headers=LIVE).text
    assert counter(again, "all") == 2


def due_in(hours: float, **document: object) -> dict[str, object]:
    """An order to be shipped in so many hours, and cancelled by TikTok a day later."""
    due = int((clock.now() + timedelta(hours=hours)).timestamp())
    return {"rts_sla_time": due, "shipping_due_time": due + 86400, **document}


@pytest.mark.parametrize("sort", ["ship_by", "auto_cancel"])
def test_sorted_by_a_deadline_the_soonest_comes_first_and_those_without_one_last(staff: FlaskClient, sort: str) -> None:
    shop = factories.make_shop()
    later = factories.make_order(shop, **due_in(30))
    shipped = factories.make_order(shop, **due_in(-50, status="IN_TRANSIT"))
    soon = factories.make_order(shop, **due_in(2))
    passed = factories.make_order(shop, **due_in(-3))
    tiktoks = factories.make_order(shop, **due_in(1, fulfillment_type="FULFILLMENT_BY_TIKTOK"))
    wanted = [order.tiktok_order_id for order in (passed, soon, later, shipped, tiktoks)]
    assert listed(staff.get(f"/orders?sort={sort}").text) == wanted
    lines = staff.get(f"/orders/export.csv?sort={sort}").text.splitlines()[1:]
    assert [line.partition(",")[0].strip("'") for line in lines] == wanted


@pytest.mark.parametrize("per_page", [2, 3])
def test_pages_by_deadline_hold_every_order_once_and_go_back_the_same_way(
    staff: FlaskClient, monkeypatch: pytest.MonkeyPatch, per_page: int
) -> None:
    monkeypatch.setattr(
        "connector.blueprints.orders.pages.page.__kwdefaults__", {"older": None, "newer": None, "size": per_page}
    )
    shop = factories.make_shop()
    # Several have the same second; some have no deadline any more.
    orders = [factories.make_order(shop, **due_in(5 - n // 3)) for n in range(6)]
    orders += [factories.make_order(shop, **due_in(1, status="DELIVERED")) for _ in range(2)]
    pages, address = [], "/orders?sort=ship_by"
    while address:
        text = staff.get(address).text
        pages.append(listed(text))
        later = re.search(r'rel="next" href="([^"]+)"', text)
        address = later[1].replace("&amp;", "&") if later else ""
    shown = [order_id for page in pages for order_id in page]
    assert shown == [orders[place].tiktok_order_id for place in (3, 4, 5, 0, 1, 2, 6, 7)]
    back = [listed(text)]
    while sooner := re.search(r'rel="prev" href="([^"]+)"', text):
        text = staff.get(sooner[1].replace("&amp;", "&")).text
        back.append(listed(text))
    assert [order_id for page in back[::-1] for order_id in page] == shown


def test_the_next_order_of_a_sorted_list_is_the_next_by_deadline(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    later, first, second = (factories.make_order(shop, **due_in(hours)) for hours in (9, 1, 5))
    text = staff.get(f"/orders/{second.tiktok_order_id}", query_string={"list": "sort=ship_by"}).text
    found = re.findall(r'<a[^>]*href="/orders/(\d+)\?list=sort%3Dship_by"', text)
    assert found == [first.tiktok_order_id, later.tiktok_order_id]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("ship_by=24h", ["soon"]),
        ("ship_by=late", ["passed"]),
        ("auto_cancel=24h", ["passed"]),
        ("auto_cancel=48h", ["passed", "soon"]),
        ("auto_cancel=late", []),
        ("ship_from={today}&sort=ship_by", ["soon", "later"]),
        ("ship_from={today}&ship_to={in_a_week}&sort=ship_by", ["soon"]),
        ("ship_to={yesterday}", ["passed"]),
        ("ship_from=2026-13-45&sort=size", ["later", "soon", "passed", "shipped"]),
    ],
)
def test_deadlines_narrow_the_list(staff: FlaskClient, arguments: str, found: list[str]) -> None:
    shop = factories.make_shop(time_zone="UTC")
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    orders = {
        "shipped": factories.make_order(shop, **due_in(3, status="IN_TRANSIT")),
        "passed": factories.make_order(
            shop, **due_in(0) | {"rts_sla_time": int(midnight.timestamp()) - 60, "shipping_due_time": _at(now, 1)}
        ),
        "soon": factories.make_order(
            shop, **due_in(0) | {"rts_sla_time": _at(now, 3), "shipping_due_time": _at(now, 27)}
        ),
        "later": factories.make_order(shop, **due_in(24 * 9)),
    }
    days = {"today": 0, "in_a_week": 7, "yesterday": -1}
    address = arguments.format(**{name: f"{midnight + timedelta(days=count):%Y-%m-%d}" for name, count in days.items()})
    names = {order.tiktok_order_id: name for name, order in orders.items()}
    shown = [names[order_id] for order_id in listed(staff.get(f"/orders?{address}").text)]
    assert sorted(shown) == sorted(found)
    if "sort=ship_by" in arguments:
        assert shown == found


def _at(now: datetime, hours: int) -> int:
    return int((now + timedelta(hours=hours)).timestamp())


def test_when_tiktok_cancels_stands_in_the_tooltip_and_on_the_page_until_it_is_shipped(staff: FlaskClient) -> None:
    shop = factories.make_shop()
    waiting = factories.make_order(shop, **due_in(5.5))
    for address in ("/orders", f"/orders/{waiting.tiktok_order_id}"):
        assert re.search(r"Cancelled by TikTok (<[^>]+>)?in 29 h(</time>)? unless shipped", staff.get(address).text)
    shipped = factories.make_order(shop, **due_in(5.5, status="IN_TRANSIT"))
    assert "Cancelled by TikTok" not in staff.get(f"/orders/{shipped.tiktok_order_id}").text
